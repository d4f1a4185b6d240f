use std::time::Duration;

use super::super::judging::{Judged, concluded, last};
use super::{here, subject, written_in};
use crate::config::Workload;
use crate::domain::fact::Secret;
use crate::domain::{Change, Subject, What};
use crate::runbook::{About, Confirm, Deed, Part, RunSite, Scene, Standing, Undo};

/// The target's copy of the secret can be written: a replica cannot, and its primary may be in the region that is lost.
#[derive(Debug)]
pub(in crate::runbook) struct Promote;

impl Deed for Promote {
    fn about(&self) -> About {
        About {
            makes_true: "The target's secret is one of its own, and can be written.",
            turns: ("a replica of the other region's, read-only", "written here"),
            proof: "It names no other region as the one it is written in.",
            undo: Undo::Never("it is replicated no longer, and can only be replicated anew"),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::Key,
            expect: Duration::from_secs(3),
            timeout: Duration::from_secs(180),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        match workload.database.as_ref().and_then(|database| database.secret.as_ref()) {
            Some(secret) if secret.is_replicated() => Ok(vec![Part::Whole]),
            Some(_) => Err("the secret is not replicated: each site writes its own".to_owned()),
            None => Err("no secret is configured".to_owned()),
        }
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        subject(scene).into_iter().collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(judge(scene))
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let found = subject(scene).and_then(|subject| last::<Secret>(scene, &subject));
        let before = match found.map(|found| written_in(found, scene.region())) {
            Some(Some(region)) => format!("a replica of {region}'s, read-only"),
            Some(None) => "written here".to_owned(),
            None => "unknown".to_owned(),
        };
        (before, "written here".to_owned())
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    let (name, found) = here(scene)?;
    Ok(match written_in(found, scene.region()) {
        Some(_) => Standing::needs([Change::new(scene.region(), What::PromoteSecret { secret: name.to_owned() })]),
        None => Standing::proven(format!("written in {}", scene.region())),
    })
}
