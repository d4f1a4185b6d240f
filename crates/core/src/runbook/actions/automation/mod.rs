//! What else may act on its own: held while a run is at it, and released afterwards.

pub(super) mod hold;
pub(super) mod release;

use crate::assess::rules::clipped;
use crate::config::{Automation, Workload};
use crate::domain::fact::{Execution, Machine};
use crate::domain::{Failing, Subject, human_duration};
use crate::runbook::action::Action;
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::Standing;

/// What was put aside of an automation when it was held: the name is the subject's, so that releasing finds it whatever the step was called.
fn put_aside<'a>(scene: &Scene<'a>, subject: &Subject) -> Option<&'a str> {
    let name = subject.to_string();
    scene.memory.kept.iter().find(|((_, kept), _)| *kept == name).map(|(_, value)| value.as_str())
}

/// Whether this run holds it, as far as it remembers.
pub(in crate::runbook) fn was_held(scene: &Scene<'_>, subject: &Subject) -> bool {
    let released = |(stage, what): (&String, &(Action, crate::config::Site))| {
        what.0 == Action::AutomationRelease
            && (scene.memory.done.contains_key(stage) || scene.memory.past.iter().any(|past| past.stage == *stage))
    };
    put_aside(scene, subject).is_some() && !scene.memory.stages.iter().any(released)
}

/// An execution that runs and is neither this run's own nor adopted by a person.
pub(in crate::runbook) fn foreign<'m>(scene: &Scene<'_>, machine: &'m Machine) -> Option<&'m Execution> {
    let adopted = |execution: &Execution| {
        let holds = scene.memory.stages.iter().filter(|(_, (action, _))| *action == Action::AutomationHold);
        let mut notes = holds.filter_map(|(stage, _)| Some((stage, scene.memory.said.get(stage)?)));
        notes.any(|(stage, note)| {
            note.contains(&execution.name) || scene.workload.automations.len() == 1 || stage.ends_with(&format!(":{}", machine.name))
        })
    };
    let running = machine.executions.iter().filter(|execution| execution.status == "RUNNING");
    running.filter(|execution| !is_own(scene, execution)).find(|execution| !adopted(execution))
}

/// Executions of a run are called after it.
pub(in crate::runbook) fn is_own(scene: &Scene<'_>, execution: &Execution) -> bool {
    let prefix = called_after(scene);
    !prefix.is_empty() && execution.name.starts_with(&prefix)
}

/// The run's name in the letters that Step Functions allows.
pub(in crate::runbook) fn called_after(scene: &Scene<'_>) -> String {
    scene.memory.run.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).take(60).collect()
}

fn automation<'a>(scene: &Scene<'a>) -> Option<(&'a Automation, Subject)> {
    let Part::Automation(index) = scene.stage.part else { return None };
    let found = scene.workload.automations.get(index)?;
    Some((found, scene.workload.automation_subject(found)))
}

fn parts(workload: &Workload, which: impl Fn(&Automation) -> bool) -> Vec<Part> {
    let all = workload.automations.iter().enumerate();
    all.filter(|(_, automation)| which(automation)).map(|(index, _)| Part::Automation(index)).collect()
}

fn short(automation: &Automation) -> String {
    clipped(automation.what.name().rsplit(':').next().unwrap_or_default(), 60).into_owned()
}

/// A region that does not answer keeps nobody from going on; what could not be done there must be done as soon as it does.
fn unreachable(scene: &Scene<'_>, automation: &Automation, failing: &Failing) -> Standing {
    let why = format!("{} in {}: {}", short(automation), automation.region, failing.told(scene.now));
    if failing.trouble.cause.is_theirs() && failing.times >= 2 {
        Standing::Owed { why: format!("{why}, for {}", human_duration(scene.now.since(failing.since))) }
    } else {
        Standing::Blind { why }
    }
}

const NOBODY: &str = "the stage names no automation of this workload";
