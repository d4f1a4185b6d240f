use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::record::Record;
use super::state::Run;
use crate::domain::Timestamp;
use crate::runbook::Action;

/// How long each action took in a run, without the time that people took: from its turn, its approval or another try, to its proof. A database
/// that somebody else had turned, or that was asked to before, tells nothing of how long that takes; that there is nothing to be deployed, or
/// nobody to be led elsewhere, is so every time on some systems, and is to be expected there.
#[must_use]
pub fn durations<'r>(run: &Run, records: impl IntoIterator<Item = (Timestamp, &'r Record)>) -> Vec<(Action, Duration)> {
    let mut begun: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    let mut took = Vec::new();
    for (at, record) in records {
        match record {
            Record::Ready { stage }
            | Record::Approved { stage, .. }
            | Record::Retried { stage, .. }
            | Record::Overridden { stage, .. }
            | Record::Acknowledged { stage, .. } => {
                begun.insert(stage, at);
                asked.remove(stage.as_str());
            }
            // What became so while it stood still or nobody was there did so at a time that nobody knows.
            Record::Resumed { .. } | Record::TakenOver { .. } => {
                begun.values_mut().for_each(|begun| *begun = at);
                asked.clear();
            }
            Record::Intent { stage, .. } => drop(asked.insert(stage)),
            Record::Done { stage, .. } => {
                let planned = run.plan.stages.iter().find(|planned| planned.id == *stage);
                let (Some(planned), Some(begun)) = (planned, begun.get(stage.as_str())) else { continue };
                if !planned.action.changes_a_database() || asked.contains(stage.as_str()) {
                    took.push((planned.action, at.since(*begun)));
                }
            }
            _ => {}
        }
    }
    took
}
