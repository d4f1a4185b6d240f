//! When a run will be proven, from what is over, what is under way and what is still to come.

use super::state::{Phase, Run};
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
