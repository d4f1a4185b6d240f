//! For what a run stood still. Records tell when something was asked, seen, and said; what lies between follows.

use std::collections::{BTreeMap, BTreeSet};

use super::Waiting;
use super::questions::Questions;
use super::stretches::{Open, Stretch, length, merged};
use crate::domain::Timestamp;
use crate::run::desk::Stance;
use crate::run::notices::NOTICE;
use crate::run::record::Record;
use crate::run::state::Run;

/// How long a run has waited until `end`. What steps wait for just now is known to whoever carries it out, and to nobody afterwards.
#[must_use]
pub fn waiting<'r>(
    run: &'r Run,
    records: impl IntoIterator<Item = (Timestamp, &'r Record)>,
    stances: &'r BTreeMap<String, Stance>,
    end: Timestamp,
) -> Waiting {
    let (mut aws, mut questions, mut nobody) = (Open::default(), Questions::of(run), Vec::new());
    // What may stay owed: nobody waits for it.
    let mut left = BTreeSet::new();
    let mut before = run.memory.declared_at;
    for (at, record) in records {
        match record {
            Record::Intent { stage, .. } => aws.begin(stage, at),
            // A notice is told by its answer; nobody looks further.
            Record::Answered { .. } => {
                if let Some(of) = record.stage(run).filter(|stage| stage.starts_with(NOTICE)) {
                    aws.end(of, at);
                }
            }
            Record::Acknowledged { stage, .. } => drop(left.insert(stage)),
            Record::Done { stage, .. }
            | Record::Skipped { stage, .. }
            | Record::Retried { stage, .. }
            | Record::Owed { stage, .. }
            | Record::Failed { stage, .. } => aws.end(stage, at),
            Record::Switched(_) => aws.end_all(at, |of| !run.stages.contains_key(of)),
            // When whoever had it went away is nowhere written down: not before the last record.
            Record::TakenOver { .. } => nobody.push((before, at)),
            _ => {}
        }
        match record {
            Record::Owed { stage, .. } if left.contains(stage) => {}
            _ => questions.hear(at, record),
        }
        before = at;
    }
    told(run, end, aws.all(end), questions.all(stances, end), nobody)
}

/// While nobody was there nobody waited; while somebody was asked it is them whom the run waited for, whatever AWS did beside that.
fn told(run: &Run, end: Timestamp, aws: Vec<Stretch>, people: Vec<Stretch>, nobody: Vec<Stretch>) -> Waiting {
    let nobody = merged(nobody);
    let or_people = merged(nobody.iter().copied().chain(people).collect());
    let or_aws = merged(or_people.iter().copied().chain(aws).collect());
    Waiting {
        whole_s: end.since(run.memory.declared_at).as_secs_f64(),
        aws_s: length(&or_aws) - length(&or_people),
        people_s: length(&or_people) - length(&nobody),
        nobody_s: length(&nobody),
    }
}
