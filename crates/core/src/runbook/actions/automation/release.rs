use std::collections::BTreeMap;
use std::time::Duration;

use super::{NOBODY, automation, parts, put_aside, short, unreachable};
use crate::config::{Actor, Automation, Workload};
use crate::domain::fact::{Function, Rule};
use crate::domain::{Change, Subject, What};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::needs;
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::{Fresh, Scene};
use crate::runbook::standing::Standing;

/// Puts back what `automation.hold` put aside, and nothing else: what was disabled before stays so.
pub(in crate::runbook) struct Release;

impl Deed for Release {
    fn about(&self) -> About {
        About {
            makes_true: "What this run held is as it was before.",
            turns: ("held", "as before"),
            proof: "EventBridge and Lambda say so when they are asked again.",
            undo: Undo::By("automation.hold"),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(5),
            timeout: Duration::from_secs(300),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        let parts = parts(workload, |automation| !matches!(automation.what, Actor::StateMachine(_)));
        if parts.is_empty() { Err("no rule and no function is ever held".to_owned()) } else { Ok(parts) }
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        automation(scene).into_iter().map(|(_, subject)| subject).collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        let Some((automation, subject)) = automation(scene) else { return Standing::stuck(NOBODY) };
        let name = short(automation);
        let Some(before) = put_aside(scene, &subject) else {
            return Standing::proven(format!("{name}: this run has not changed it"));
        };
        match &automation.what {
            Actor::Rule(_) => match scene.see::<Rule>(&subject) {
                Fresh::Is(found, _) if found.enabled => Standing::proven(format!("{name} is enabled again")),
                Fresh::Is(..) => needs(scene, back(automation, before), BTreeMap::new()),
                Fresh::Missing => Standing::proven(format!("{name} does not exist any more")),
                Fresh::NotYet => Standing::Looking { what: subject.to_string() },
                Fresh::Failing(failing) => unreachable(scene, automation, failing),
            },
            Actor::Function(_) => match scene.see::<Function>(&subject) {
                Fresh::Is(found, _) if found.reserved_concurrency == reserved(before) => {
                    Standing::proven(format!("{name} has the concurrency it had: {before}"))
                }
                Fresh::Is(..) => needs(scene, back(automation, before), BTreeMap::new()),
                Fresh::Missing => Standing::proven(format!("{name} does not exist any more")),
                Fresh::NotYet => Standing::Looking { what: subject.to_string() },
                Fresh::Failing(failing) => unreachable(scene, automation, failing),
            },
            Actor::StateMachine(_) => Standing::proven(format!("{name}: a machine is never held")),
        }
    }

    fn foreseen(&self, scene: &Scene<'_>) -> Vec<Change> {
        let held = automation(scene).and_then(|(automation, subject)| Some((automation, put_aside(scene, &subject)?)));
        held.map(|(automation, before)| back(automation, before)).unwrap_or_default()
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let Some((automation, subject)) = automation(scene) else { return (NOBODY.to_owned(), String::new()) };
        match put_aside(scene, &subject) {
            Some(before) => (format!("{}: held", short(automation)), format!("as before: {before}")),
            None => (format!("{}: not held by this run", short(automation)), "unchanged".to_owned()),
        }
    }
}

fn back(automation: &Automation, before: &str) -> Vec<Change> {
    let what = match &automation.what {
        Actor::Rule(rule) => What::SetRule { rule: rule.clone(), enabled: true },
        Actor::Function(function) => What::SetConcurrency { function: function.clone(), reserved: reserved(before) },
        Actor::StateMachine(_) => return Vec::new(),
    };
    vec![Change::new(&automation.region, what)]
}

/// As it was written down; `none` is a function without a reservation.
fn reserved(before: &str) -> Option<i32> {
    before.parse().ok()
}
