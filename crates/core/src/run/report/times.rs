//! For what a run stood still. Records tell when something was asked, seen, and said; what lies between follows.

use std::collections::{BTreeMap, BTreeSet};

use super::Waiting;
use crate::domain::Timestamp;
use crate::run::notices::NOTICE;
use crate::run::record::Record;
use crate::run::state::Run;
use crate::runbook::Confirm;

/// From, to.
type Stretch = (Timestamp, Timestamp);

/// What is waited for, and since when, for each stage.
#[derive(Default)]
struct Open<'r> {
    since: BTreeMap<&'r str, Timestamp>,
    over: Vec<Stretch>,
}

impl<'r> Open<'r> {
    fn begin(&mut self, of: &'r str, at: Timestamp) {
        self.since.entry(of).or_insert(at);
    }

    fn end(&mut self, of: &str, at: Timestamp) {
        if let Some(since) = self.since.remove(of) {
            self.over.push((since, at));
        }
    }

    fn all(mut self, at: Timestamp) -> Vec<Stretch> {
        let open: Vec<_> = self.since.values().map(|since| (*since, at)).collect();
        self.over.extend(open);
        self.over
    }
}

/// How long a run has waited until `end`.
#[must_use]
pub fn waiting<'r>(run: &'r Run, records: impl IntoIterator<Item = (Timestamp, &'r Record)>, end: Timestamp) -> Waiting {
    let (mut aws, mut people) = (Open::default(), Open::default());
    // What may stay owed: nobody waits for it.
    let mut left = BTreeSet::new();
    // The run itself, among the stages.
    const RUN: &str = "";
    for (at, record) in records {
        match record {
            Record::Intent { stage, .. } => {
                people.end(stage, at);
                aws.begin(stage, at);
            }
            // A notice is told by its answer; nobody looks further.
            Record::Answered { .. } => {
                if let Some(of) = record.stage(run).filter(|stage| stage.starts_with(NOTICE)) {
                    aws.end(of, at);
                }
            }
            Record::Ready { stage } if asks(run, stage) && run.state(stage).is_some_and(|state| state.guards.is_empty()) => {
                people.begin(stage, at);
            }
            // The guards are asked right before the person is.
            Record::Guarded { stage, .. } if asks(run, stage) => people.begin(stage, at),
            // One question after the other: past the guard, they are still asked whether they mean it.
            Record::Overridden { stage, .. } if asks(run, stage) => people.begin(stage, at),
            Record::Approved { stage, .. } | Record::Overridden { stage, .. } => people.end(stage, at),
            Record::Acknowledged { stage, .. } => {
                people.end(stage, at);
                left.insert(stage);
            }
            Record::Owed { stage, .. } if left.contains(stage) => aws.end(stage, at),
            Record::Owed { stage, .. } | Record::Failed { stage, .. } => {
                aws.end(stage, at);
                people.begin(stage, at);
            }
            Record::Done { stage, .. } | Record::Skipped { stage, .. } | Record::Retried { stage, .. } => {
                aws.end(stage, at);
                people.end(stage, at);
            }
            Record::Paused { .. } | Record::Aborted { .. } => people.begin(RUN, at),
            Record::Resumed { .. } => people.end(RUN, at),
            _ => {}
        }
    }
    let begun = run.memory.declared_at;
    let (aws, people) = (merged(aws.all(end)), merged(people.all(end)));
    let both = merged(aws.iter().chain(&people).copied().collect());
    let length = |stretches: &[Stretch]| stretches.iter().map(|(from, to)| to.since(*from).as_secs_f64()).sum::<f64>();
    // While somebody is asked it is them whom the run waits for, whatever AWS does beside that.
    Waiting { whole_s: end.since(begun).as_secs_f64(), aws_s: length(&both) - length(&people), people_s: length(&people) }
}

/// Whether a stage asks for a person before it changes anything.
fn asks(run: &Run, stage: &str) -> bool {
    run.plan.stages.iter().any(|planned| planned.id == stage && run.confirm(planned) != Confirm::None)
}

/// The same time in stretches that do not overlap.
fn merged(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort();
    let mut apart: Vec<Stretch> = Vec::new();
    for (from, to) in stretches {
        match apart.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => apart.push((from, to)),
        }
    }
    apart
}
