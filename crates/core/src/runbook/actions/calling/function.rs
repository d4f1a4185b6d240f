use std::time::Duration;

use crate::assess::rules::clipped;
use crate::config::{Named, Workload};
use crate::domain::fact::Function;
use crate::domain::{Change, Kind, Subject, What};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::{AGAIN, SKIP, either, once};
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::{Certainty, Standing};

/// A function of the workload's own, invoked once and waited for.
pub(in crate::runbook) struct Invoked;

const NOBODY: &str = "the stage names no function of this workload";

fn function<'a>(scene: &Scene<'a>) -> Option<(&'a Named, Subject)> {
    let Part::Function(index) = scene.stage.part else { return None };
    let found = scene.workload.functions.get(index)?;
    Some((found, Subject::new(Kind::Function, &found.region, &found.name)))
}

impl Deed for Invoked {
    fn about(&self) -> About {
        About {
            makes_true: "The function has run once.",
            turns: ("not invoked", "it has run once"),
            proof: "Lambda's own answer: it returned without an error. What it did is for other steps to prove.",
            undo: Undo::Never("what a function does is its own affair"),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::Key,
            expect: Duration::from_secs(15),
            timeout: Duration::from_secs(900),
            may_fail: false,
            parameters: &[("payload", "the JSON it is given; without it, the workload and the run")],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        if workload.functions.is_empty() {
            return Err("no function is configured".to_owned());
        }
        Ok((0..workload.functions.len()).map(Part::Function).collect())
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        function(scene).into_iter().map(|(_, subject)| subject).collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        let Some((named, subject)) = function(scene) else { return Standing::stuck(NOBODY) };
        if let Some(note) = scene.said() {
            return Standing::Done { shows: format!("acknowledged: {}", clipped(note, 120)), certainty: Certainty::Told };
        }
        let payload = scene
            .with("payload")
            .map_or_else(|| serde_json::json!({ "workload": scene.workload.name, "run": scene.memory.run }).to_string(), ToOwned::to_owned);
        let change = Change::new(&named.region, What::InvokeFunction { function: named.name.clone(), payload });
        let (told, at) = match once(scene, change.clone()) {
            Ok(answer) => answer,
            // Before it is invoked it must be able to run.
            Err(standing @ Standing::Needs { .. }) => {
                return either(scene.see::<Function>(&subject).or_wait(&subject).map(|found| match found.reserved_concurrency {
                    Some(0) => Standing::Stuck {
                        why: format!("{} has no concurrency: it is held and cannot run", clipped(&named.name, 60)),
                        ways: vec!["release it first".to_owned(), SKIP.to_owned()],
                    },
                    _ => standing,
                }));
            }
            Err(standing) => return standing,
        };
        let body = clipped(told.get("body").map(String::as_str).unwrap_or_default(), 160);
        match told.get("error") {
            // Somebody who has seen the error wants it again.
            Some(_) if scene.since > at => Standing::needs([change]),
            Some(error) => Standing::Stuck {
                why: format!("{} failed: {} {body}", clipped(&named.name, 60), clipped(error, 60)),
                ways: vec![AGAIN.to_owned(), SKIP.to_owned()],
            },
            None => Standing::Done { shows: format!("{} answered {body}", clipped(&named.name, 60)), certainty: Certainty::Told },
        }
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let Some((named, _)) = function(scene) else { return (NOBODY.to_owned(), String::new()) };
        (format!("{} is not invoked", named.name), "it has run once".to_owned())
    }
}
