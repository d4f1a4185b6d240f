use std::collections::BTreeMap;

use super::chooser::{asked_for, set_of, unset};
use super::deeds::open;
use super::entry::{Asked, Entry};
use super::model::{Model, Overlay};
use crate::domain::Timestamp;
use crate::runbook::{Runbook, Wanted};

/// The instants that the runbook under the cursor takes, as they are set now.
#[must_use]
pub fn instants(model: &Model) -> Vec<Wanted> {
    asked_for(model).map(|runbook| runbook.instants(&|action| action.deed())).unwrap_or_default()
}

/// Of each choice that the runbook under the cursor leaves, the steps that could be taken.
#[must_use]
pub fn ways_to_choose(model: &Model) -> BTreeMap<String, Vec<String>> {
    asked_for(model).map(|runbook| choices(&runbook)).unwrap_or_default()
}

fn choices(runbook: &Runbook) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for step in &runbook.steps {
        if let Some(choice) = &step.choice {
            all.entry(choice.clone()).or_default().push(step.id.clone());
        }
    }
    all
}

/// Asks for the instant that is lacking; where none is, for the first one anew.
pub(super) fn ask_instant(model: &mut Model) {
    let all = instants(model);
    let Some(first) = all.iter().find(|wanted| wanted.wrong().is_some()).or_else(|| all.first()).cloned() else {
        return model.say("it takes no instant", true);
    };
    // What is known by the same name is one question.
    let steps = all.iter().filter(|wanted| wanted.instant == first.instant).map(|wanted| wanted.step.clone()).collect();
    let mut entry = Entry::new(Asked::Instant { steps, instant: first.instant, means: first.means });
    entry.line.insert(first.said.as_deref().unwrap_or_default());
    open(model, Overlay::Entry(entry));
}

/// Why it is not taken, if it is not.
pub(super) fn wrong(model: &Model, asked: &Asked, said: &str) -> Option<String> {
    let Asked::Instant { instant, .. } = asked else { return None };
    instant.wrong(said).or_else(|| {
        let to_come = Timestamp::parse(said).is_some_and(|at| at > model.clock.now);
        to_come.then(|| "that is still to come".to_owned())
    })
}

/// What was said is part of the runbook from now on, as long as it is under the cursor.
pub(super) fn set_instant(model: &mut Model, steps: &[String], parameter: &str, said: &str) {
    if let Some(set) = set_of(model) {
        set.extend(steps.iter().map(|step| (format!("{step}.{parameter}"), said.to_owned())));
    }
}

/// Takes the next step of what is left to choose; after the last of one choice, the next of the next.
pub(super) fn next_choice(model: &mut Model) {
    let Some(runbook) = asked_for(model) else { return };
    let all = choices(&runbook);
    if all.is_empty() {
        return model.say("there is one way to do it", true);
    }
    let taken = |id: &String| runbook.steps.iter().any(|step| step.id == *id && step.passed_over.is_none());
    let mut next = Vec::new();
    for (choice, steps) in &all {
        let at = steps.iter().position(taken).map_or(0, |at| at + 1);
        next.push((choice.clone(), steps[at % steps.len()].clone()));
        if at < steps.len() {
            break;
        }
    }
    // What was set for a step that is not taken any more would be set for nothing.
    unset(model);
    if let Some(set) = set_of(model) {
        set.extend(next);
    }
}
