use std::time::Duration;

use crate::assess::rules::clipped;
use crate::config::Workload;
use crate::domain::fact::{Execution, Machine};
use crate::domain::{Change, Subject, What, human_duration};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::{AGAIN, Fate, SKIP, either, fate, refused};
use crate::runbook::actions::automation::{called_after, is_own};
use crate::runbook::model::{Confirm, Kind, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::{Certainty, Standing};

/// The workload's own Step Functions machine, started and followed to its end. One that runs already is followed, never joined by a second.
pub(in crate::runbook) struct Followed;

const NONE: &str = "no workflow is configured for this direction";

/// The machine for what the run is for.
fn machine<'a>(scene: &Scene<'a>) -> Option<&'a str> {
    let workflow = &scene.workload.workflow;
    let arn = if scene.kind == Kind::Failback { &workflow.failback } else { &workflow.failover };
    arn.as_deref()
}

impl Deed for Followed {
    fn about(&self) -> About {
        About {
            makes_true: "The workload's own workflow has run to its end.",
            turns: ("no execution is running", "an execution has succeeded"),
            proof: "Step Functions calls the execution SUCCEEDED; what it did is for other steps to prove.",
            undo: Undo::Never("what a workflow does is its own affair"),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::Type,
            expect: Duration::from_secs(600),
            timeout: Duration::from_secs(2700),
            may_fail: false,
            parameters: &[("input", "the JSON it is given; without it, the workload, the run and \"force\": true")],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        if workload.workflow.is_empty() { Err("no workflow is configured".to_owned()) } else { Ok(vec![Part::Whole]) }
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        machine(scene).map(|arn| scene.workload.machine_subject(arn)).into_iter().collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        either(stand(scene))
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let Some(arn) = machine(scene) else { return (NONE.to_owned(), String::new()) };
        let seen = scene.snapshot.see::<Machine>(&scene.workload.machine_subject(arn), scene.now);
        let now = match seen.last() {
            Some(machine) if machine.running().is_some() => "an execution is running",
            Some(_) => "no execution is running",
            None => "unknown",
        };
        (now.to_owned(), format!("an execution of {} has succeeded", clipped(arn.rsplit(':').next().unwrap_or(arn), 60)))
    }
}

fn stand(scene: &Scene<'_>) -> Result<Standing, Standing> {
    let arn = machine(scene).ok_or_else(|| Standing::stuck(NONE))?;
    let subject = scene.workload.machine_subject(arn);
    let found = scene.see::<Machine>(&subject).or_wait(&subject)?;
    // Whoever started it: its effects are what the run wants, and two at once are what nobody wants.
    if let Some(running) = found.running() {
        return Ok(Standing::working(format!("{} runs{}", told(scene, running), age(scene, running))));
    }
    let during = |execution: &&Execution| execution.started_at.is_some_and(|at| at >= scene.memory.declared_at);
    let newest = found.executions.iter().filter(during).max_by_key(|execution| execution.started_at);
    if let Some(succeeded) = newest.filter(|execution| execution.status == "SUCCEEDED") {
        let shows = format!("{} has succeeded, as it says itself", told(scene, succeeded));
        return Ok(Standing::Done { shows, certainty: Certainty::Told });
    }
    let last = scene.past().rev().find_map(|past| match &past.change.what {
        What::StartExecution { name, .. } => Some((past, name)),
        _ => None,
    });
    let start = |name: String| {
        let input = scene.with("input").map_or_else(
            || serde_json::json!({ "workload": scene.workload.name, "run": scene.memory.run, "force": true }).to_string(),
            ToOwned::to_owned,
        );
        Change::new(&subject.region, What::StartExecution { machine: found.arn.clone(), name, input })
    };
    let Some((past, name)) = last else { return Ok(Standing::needs([start(called(scene, 1))])) };
    let ended = found.executions.iter().find(|execution| execution.name == *name);
    match (fate(scene, past), ended) {
        // Somebody has said since to try again: under another name, since one is never used twice.
        (_, Some(_)) if past.answer.as_ref().is_some_and(|(at, _)| scene.since > *at) => {
            let starts = scene.past().filter(|past| matches!(past.change.what, What::StartExecution { .. })).count();
            Ok(Standing::needs([start(called(scene, starts + 1))]))
        }
        (_, Some(ended)) => Ok(Standing::Stuck {
            why: format!("{} ended {}", told(scene, ended), clipped(&ended.status, 20)),
            ways: vec![
                "go on with the console's own steps: they see what it has done already".to_owned(),
                AGAIN.to_owned(),
                SKIP.to_owned(),
            ],
        }),
        (Fate::Refused { code, text }, None) => Err(refused(&past.change, code, text)),
        (Fate::Accepted(..) | Fate::Waiting, None) => Ok(Standing::working("started; it is not to be seen yet")),
        // The name makes asking again safe.
        (Fate::Open | Fate::Lost(..), None) => Ok(Standing::needs([start(name.clone())])),
    }
}

/// After the run, so that everybody sees whose it is.
fn called(scene: &Scene<'_>, nth: usize) -> String {
    format!("{}-{nth}", called_after(scene))
}

fn told(scene: &Scene<'_>, execution: &Execution) -> String {
    let name = clipped(&execution.name, 80);
    if is_own(scene, execution) { format!("execution {name}") } else { format!("execution {name}, which this run has adopted,") }
}

fn age(scene: &Scene<'_>, execution: &Execution) -> String {
    execution.started_at.map(|at| format!(", for {}", human_duration(scene.now.since(at)))).unwrap_or_default()
}
