use std::time::Duration;

use super::{MESSAGE, filled, message, publish};
use crate::assess::rules::clipped;
use crate::config::{Site, Workload};
use crate::domain::Subject;
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::once;
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::{Certainty, Standing};

/// A message to the topic of the stage's site.
pub(in crate::runbook) struct Published;

impl Deed for Published {
    fn about(&self) -> About {
        About {
            makes_true: "The topic's subscribers have been told.",
            turns: ("not told", "told"),
            proof: "SNS has taken the message; who reads it is not known.",
            undo: Undo::Never("what was said is said"),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(2),
            timeout: Duration::from_secs(60),
            may_fail: true,
            parameters: &[MESSAGE, ("subject", "of the mail; at most a hundred letters")],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        let any = [Site::Primary, Site::Standby].into_iter().any(|site| workload.notify.topic.get(site).is_some());
        if any { Ok(vec![Part::Whole]) } else { Err("no topic is configured".to_owned()) }
    }

    fn subjects(&self, _: &Scene<'_>) -> Vec<Subject> {
        Vec::new()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        if let Some(note) = scene.said() {
            return Standing::Done { shows: format!("acknowledged: {}", clipped(note, 120)), certainty: Certainty::Told };
        }
        let subject = filled(scene, scene.with("subject").unwrap_or("{workload}: {kind}"));
        let Some(change) = publish(scene.workload, scene.site(), &subject, &message(scene)) else {
            return Standing::stuck(format!("no topic is configured at the {}", scene.site()));
        };
        match once(scene, change) {
            Ok((told, _)) => {
                let id = told.get("message").map(|id| format!(" as {}", clipped(id, 60))).unwrap_or_default();
                Standing::Done { shows: format!("SNS in {} took the message{id}", scene.region()), certainty: Certainty::Told }
            }
            Err(standing) => standing,
        }
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        ("not told".to_owned(), format!("told: {}", clipped(&message(scene), 120)))
    }
}
