use std::time::Duration;

use crate::assess::rules::listed;
use crate::config::Workload;
use crate::domain::Subject;
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::SKIP;
use crate::runbook::guards::readiness::{judged, subjects};
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::{Certainty, Standing};

/// Whether a failover would succeed now: the dashboard's checks, looked at again.
pub(in crate::runbook) struct Ready;

impl Deed for Ready {
    fn about(&self) -> About {
        About {
            makes_true: "Everything a failover needs is there.",
            turns: ("how many checks hold", "every required check holds"),
            proof: "Every required check of the readiness screen holds on fresh values.",
            undo: Undo::Nothing,
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(5),
            timeout: Duration::from_secs(300),
            may_fail: false,
            parameters: &[("wait", "yes: what is wanting may come by itself, and is waited for; no (the default): it fails at once")],
        }
    }

    fn parts(&self, _: &Workload) -> Result<Vec<Part>, String> {
        Ok(vec![Part::Whole])
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        subjects(scene, scene.target())
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        let checks = judged(scene, scene.target());
        let passed = checks.iter().filter(|check| check.ok == Some(true)).count();
        let required = || checks.iter().filter(|check| check.required);
        let told = |ok: Option<bool>| -> Vec<String> {
            required().filter(|check| check.ok == ok).map(|check| format!("{}: {}", check.id, check.why)).collect()
        };
        let (wrong, unknown) = (told(Some(false)), told(None));
        if !wrong.is_empty() {
            if scene.with("wait") == Some("yes") {
                return Standing::working(listed_whole(&wrong));
            }
            return Standing::Stuck { why: listed_whole(&wrong), ways: vec!["put it right, and retry".to_owned(), SKIP.to_owned()] };
        }
        if !unknown.is_empty() || checks.is_empty() {
            let looked = scene.fresh(&subjects(scene, scene.target()));
            return if looked.is_empty() {
                Standing::Looking { what: "what a failover needs".to_owned() }
            } else {
                Standing::Blind { why: listed_whole(&unknown) }
            };
        }
        let wanting: Vec<&str> = checks.iter().filter(|check| check.ok != Some(true)).map(|check| &*check.id).collect();
        let rest = if wanting.is_empty() { String::new() } else { format!("; wanting: {}", listed(&wanting)) };
        // What would be follows from what is described; it is proven by nothing but a failover.
        Standing::Done { shows: format!("{passed} of {} checks hold{rest}", checks.len()), certainty: Certainty::Inferred }
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let checks = judged(scene, scene.target());
        let passed = checks.iter().filter(|check| check.ok == Some(true)).count();
        (format!("{passed} of {} checks hold", checks.len()), "every required check holds".to_owned())
    }
}

fn listed_whole(reasons: &[String]) -> String {
    crate::assess::rules::bounded(reasons.join(" · "))
}
