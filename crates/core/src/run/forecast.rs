//! When a run will be proven, from what is over, what is under way and what is still to come.

use super::begun::will_begin;
use super::record::Record;
use super::state::{Phase, Run};
use crate::config::Workload;
use crate::domain::Timestamp;
use crate::runbook::{Forecast, History, Progress, forecast};

/// If people take no time from now on.
#[must_use]
pub fn outlook(run: &Run, history: &History, now: Timestamp) -> Forecast {
    forecast(&run.plan, history, now, &|stage| {
        let Some(state) = run.stages.get(&stage.id) else { return Progress::Waiting };
        match state.phase {
            Phase::Done { .. } | Phase::Skipped { .. } | Phase::Owed { .. } => Progress::Over(state.since),
            // What waits for people has not begun: its time is still to come.
            Phase::Ready => {
                run.memory.past.iter().find(|past| past.stage == stage.id).map_or(Progress::Waiting, |past| Progress::Begun(past.asked_at))
            }
            Phase::Waiting | Phase::Failed { .. } => Progress::Waiting,
        }
    })
}

/// What is to be written down when a run falls behind its objective, or has caught up again: not before nine of ten would be in time, or it
/// would be said of every second.
pub(super) fn turned(run: &Run, workload: &Workload, history: &History, now: Timestamp) -> Option<Record> {
    let outlook = outlook(run, history, now);
    let deadline = will_begin(run, workload, &outlook) + workload.objectives.rto;
    let (p50, p90) = (outlook.proven.p50, outlook.proven.p90);
    let is = if run.behind { p90 > deadline } else { p50 > deadline };
    (is != run.behind).then_some(Record::Forecast { p50, p90, deadline: Some(deadline) })
}

/// Whether a run is behind after such a record. Those that do not say by when it would have had to be were only ever written when that turned.
pub(super) fn tells_behind(was: bool, p50: Timestamp, deadline: Option<Timestamp>) -> bool {
    deadline.map_or(!was, |deadline| p50 > deadline)
}

/// Since when it has been behind, by what was written down.
#[must_use]
pub fn behind_since<'r>(records: impl IntoIterator<Item = (Timestamp, &'r Record)>) -> Option<Timestamp> {
    records.into_iter().fold(None, |since, (at, record)| match record {
        Record::Forecast { p50, deadline, .. } => tells_behind(since.is_some(), *p50, *deadline).then(|| since.unwrap_or(at)),
        _ => since,
    })
}
