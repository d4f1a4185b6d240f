use std::time::Duration;

use super::{MESSAGE, message, post};
use crate::assess::rules::clipped;
use crate::config::Workload;
use crate::domain::Subject;
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::once;
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::{Certainty, Standing};

/// A message to the workload's webhook, whose URL is never written down here.
pub(in crate::runbook) struct Posted;

impl Deed for Posted {
    fn about(&self) -> About {
        About {
            makes_true: "The webhook has been told.",
            turns: ("not told", "told"),
            proof: "It has answered the message with a 2xx.",
            undo: Undo::Never("what was said is said"),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(2),
            timeout: Duration::from_secs(60),
            may_fail: true,
            parameters: &[MESSAGE],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        if workload.notify.webhook.is_some() { Ok(vec![Part::Whole]) } else { Err("no webhook is configured".to_owned()) }
    }

    fn subjects(&self, _: &Scene<'_>) -> Vec<Subject> {
        Vec::new()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        if let Some(note) = scene.said() {
            return Standing::Done { shows: format!("acknowledged: {}", clipped(note, 120)), certainty: Certainty::Told };
        }
        match once(scene, post(scene.workload, &message(scene))) {
            Ok((told, _)) => {
                let status = told.get("status").map(|status| format!(" with {}", clipped(status, 20))).unwrap_or_default();
                Standing::Done { shows: format!("the webhook answered{status}"), certainty: Certainty::Told }
            }
            Err(standing) => standing,
        }
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        ("not told".to_owned(), format!("told: {}", clipped(&message(scene), 120)))
    }
}
