use std::time::Duration;

use super::{NO_RECORD, has_a_way, told, whose};
use crate::config::{Site, Workload};
use crate::domain::Subject;
use crate::domain::fact::Sight;
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::{Fresh, Scene};
use crate::runbook::standing::Standing;

/// The application at a site answers, past the record.
pub(in crate::runbook) struct Healthy;

impl Deed for Healthy {
    fn about(&self) -> About {
        About {
            makes_true: "The site's application answers that it is well.",
            turns: ("what it answers", "HTTP 200"),
            proof: "A client that goes straight to the site gets a good answer, which does not speak for the other site.",
            undo: Undo::Nothing,
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(10),
            timeout: Duration::from_secs(600),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        match &workload.dns {
            None => Err(NO_RECORD.to_owned()),
            Some(dns) if ![Site::Primary, Site::Standby].into_iter().any(|site| has_a_way(dns, site)) => {
                Err("no load balancer and no URL of a site is configured: there is no way past the record".to_owned())
            }
            Some(_) => Ok(vec![Part::Whole]),
        }
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        vec![scene.workload.site_sight(scene.site())]
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        let site = scene.site();
        if !scene.dns().is_some_and(|dns| has_a_way(dns, site)) {
            return Standing::stuck(format!("no load balancer and no URL of the {site} is configured"));
        }
        let subject = scene.workload.site_sight(site);
        match scene.see::<Sight>(&subject) {
            Fresh::Is(sight, _) if !sight.is_ok() => Standing::working(format!("the {site} answers: {}", told(sight))),
            Fresh::Is(sight, _) => match whose::stranger(scene.workload, site, &sight.body) {
                Ok(()) => Standing::proven(format!("the {site} answers {} in {}ms", told(sight), sight.millis)),
                Err(why) => Standing::working(format!("{}: {why}", told(sight))),
            },
            seen => match seen.or_wait(&subject) {
                Ok(_) => Standing::Looking { what: subject.to_string() },
                Err(standing) => standing,
            },
        }
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let seen = scene.snapshot.see::<Sight>(&scene.workload.site_sight(scene.site()), scene.now);
        (seen.last().map_or_else(|| "unknown".to_owned(), told), "HTTP 200".to_owned())
    }
}
