use std::collections::BTreeMap;
use std::time::Duration;

use super::record::Record;
use super::state::Run;
use crate::domain::Timestamp;
use crate::runbook::Action;

/// How long each action took in a run, without the time that people took: from its turn, its approval or another try, to its proof.
#[must_use]
pub fn durations<'r>(run: &Run, records: impl IntoIterator<Item = (Timestamp, &'r Record)>) -> Vec<(Action, Duration)> {
    let mut begun: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let mut took = Vec::new();
    for (at, record) in records {
        match record {
            Record::Ready { stage } | Record::Approved { stage, .. } | Record::Retried { stage, .. } => drop(begun.insert(stage, at)),
            Record::Overridden { stage, .. } | Record::Acknowledged { stage, .. } => drop(begun.insert(stage, at)),
            Record::Resumed { .. } => begun.values_mut().for_each(|begun| *begun = at),
            Record::Done { stage, .. } => {
                let planned = run.plan.stages.iter().find(|planned| planned.id == *stage);
                if let (Some(planned), Some(begun)) = (planned, begun.get(stage.as_str())) {
                    took.push((planned.action, at.since(*begun)));
                }
            }
            _ => {}
        }
    }
    took
}
