use std::collections::BTreeMap;
use std::time::Duration;

use super::{NOBODY, automation, is_own, parts, put_aside, short, unreachable};
use crate::assess::rules::clipped;
use crate::config::{Actor, Automation, Workload};
use crate::domain::fact::{Function, Machine, Rule};
use crate::domain::{Change, Subject, What, human_duration};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::{either, needs};
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::{Fresh, Scene};
use crate::runbook::standing::{Certainty, Standing};

/// Rules disabled, functions without concurrency, machines without executions.
pub(in crate::runbook) struct Hold;

impl Deed for Hold {
    fn about(&self) -> About {
        About {
            makes_true: "Nothing but this run acts: rules are disabled, functions cannot start, no execution runs.",
            turns: ("enabled, may run, or an execution runs", "disabled, concurrency 0, no execution runs"),
            proof: "EventBridge, Lambda and Step Functions say so when they are asked again.",
            undo: Undo::By("automation.release puts back what was put aside"),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(5),
            timeout: Duration::from_secs(300),
            may_fail: false,
            parameters: &[("running", "ask (the default), adopt: wait for a running execution to end, or stop: end it")],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        let parts = parts(workload, |_| true);
        if parts.is_empty() { Err("no other automation is configured".to_owned()) } else { Ok(parts) }
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        automation(scene).into_iter().map(|(_, subject)| subject).collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        let Some((automation, subject)) = automation(scene) else { return Standing::stuck(NOBODY) };
        either(match &automation.what {
            Actor::Rule(name) => seen::<Rule>(scene, automation, &subject).map(|rule| match rule {
                Some(rule) if rule.enabled => {
                    let change = Change::new(&automation.region, What::SetRule { rule: name.clone(), enabled: false });
                    needs(scene, vec![change], keep(scene, &subject, "enabled"))
                }
                Some(_) => Standing::proven(format!("{} is disabled", short(automation))),
                None => Standing::proven(format!("{} does not exist: it cannot act", short(automation))),
            }),
            Actor::Function(name) => seen::<Function>(scene, automation, &subject).map(|function| match function {
                Some(function) if function.reserved_concurrency == Some(0) => {
                    Standing::proven(format!("{} has no concurrency: it cannot start", short(automation)))
                }
                Some(function) => {
                    let change = Change::new(&automation.region, What::SetConcurrency { function: name.clone(), reserved: Some(0) });
                    let before = function.reserved_concurrency.map_or_else(|| "none".to_owned(), |reserved| reserved.to_string());
                    needs(scene, vec![change], keep(scene, &subject, &before))
                }
                None => Standing::proven(format!("{} does not exist: it cannot act", short(automation))),
            }),
            Actor::StateMachine(_) => seen::<Machine>(scene, automation, &subject).map(|machine| match machine {
                Some(machine) => held(scene, automation, machine),
                None => Standing::proven(format!("{} does not exist: it cannot act", short(automation))),
            }),
        })
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let Some((automation, subject)) = automation(scene) else { return (NOBODY.to_owned(), String::new()) };
        let name = short(automation);
        let now = scene.snapshot;
        let (is, becomes) = match automation.what {
            Actor::Rule(_) => match now.see::<Rule>(&subject, scene.now).last() {
                Some(rule) if rule.enabled => ("enabled", "disabled"),
                Some(_) => ("disabled", "disabled"),
                None => ("unknown", "disabled"),
            },
            Actor::Function(_) => match now.see::<Function>(&subject, scene.now).last() {
                Some(function) if function.reserved_concurrency == Some(0) => ("held", "held"),
                Some(_) => ("may run", "concurrency 0"),
                None => ("unknown", "concurrency 0"),
            },
            Actor::StateMachine(_) => match now.see::<Machine>(&subject, scene.now).last() {
                Some(machine) if machine.running().is_some() => ("an execution runs", "no execution runs"),
                Some(_) => ("idle", "idle"),
                None => ("unknown", "no execution runs"),
            },
        };
        (format!("{name}: {is}"), becomes.to_owned())
    }
}

/// `None`: it does not exist.
fn seen<'a, T: crate::domain::fact::Observable + 'a>(
    scene: &Scene<'a>,
    automation: &Automation,
    subject: &Subject,
) -> Result<Option<&'a T>, Standing> {
    match scene.see::<T>(subject) {
        Fresh::Is(found, _) => Ok(Some(found)),
        Fresh::Missing => Ok(None),
        Fresh::NotYet => Err(Standing::Looking { what: subject.to_string() }),
        Fresh::Failing(failing) => Err(unreachable(scene, automation, failing)),
    }
}

/// What was put aside first is what it was like; a second look at what is held already must not take its place.
fn keep(scene: &Scene<'_>, subject: &Subject, before: &str) -> BTreeMap<String, String> {
    match put_aside(scene, subject) {
        Some(_) => BTreeMap::new(),
        None => BTreeMap::from([(subject.to_string(), before.to_owned())]),
    }
}

fn held(scene: &Scene<'_>, automation: &Automation, machine: &Machine) -> Standing {
    let name = short(automation);
    let Some(execution) = machine.executions.iter().find(|execution| execution.status == "RUNNING" && !is_own(scene, execution)) else {
        return Standing::proven(format!("{name}: no execution runs"));
    };
    // What a person has adopted runs on, and is no longer anybody else's.
    if scene.said().is_some() {
        return Standing::Done {
            shows: format!("{name}: execution {} is adopted: what it does is taken over", clipped(&execution.name, 60)),
            certainty: Certainty::Told,
        };
    }
    let since = execution.started_at.map(|at| format!(", for {}", human_duration(scene.now.since(at)))).unwrap_or_default();
    let told = format!("{name}: execution {} is running{since}", clipped(&execution.name, 60));
    match scene.with("running") {
        Some("adopt") => Standing::working(format!("{told}; it is let to end")),
        Some("stop") => {
            let cause = format!("{}: held while the run is at it", scene.memory.run);
            let change = Change::new(&automation.region, What::StopExecution { execution: execution.arn.clone(), cause });
            needs(scene, vec![change], BTreeMap::new())
        }
        _ => Standing::Asks { whom: format!("{told}. Acknowledge to let it run and take over what it does, or stop it and retry") },
    }
}
