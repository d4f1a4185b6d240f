//! When a run will end, from what is still to be done.

use std::collections::BTreeMap;
use std::time::Duration;

use super::state::{Phase, Run};
use crate::domain::Timestamp;

/// What nobody has measured takes up to this much longer, nine times of ten.
const MARGIN: f64 = 0.35;

/// The end at the median and at the ninetieth percentile, if people take no time.
#[must_use]
pub fn finish(run: &Run, now: Timestamp) -> (Timestamp, Timestamp) {
    let mut ends: BTreeMap<&str, (Duration, f64)> = BTreeMap::new();
    let mut latest = (Duration::ZERO, 0.0);
    for stage in &run.plan.stages {
        let start = stage
            .needs
            .iter()
            .filter_map(|need| ends.get(need.as_str()).copied())
            .fold((Duration::ZERO, 0.0), |latest: (Duration, f64), end| if end.0 > latest.0 { end } else { latest });
        let left = left(run, &stage.id, stage.expect, now);
        // Margins of what happens one after the other add up as squares.
        let margin = left.as_secs_f64() * MARGIN;
        let end = (start.0 + left, start.1.hypot(margin));
        if end.0 > latest.0 {
            latest = end;
        }
        ends.insert(&stage.id, end);
    }
    (now + latest.0, now + latest.0 + Duration::from_secs_f64(latest.1))
}

/// How much of a stage is still to come. What takes longer than expected is expected to take a little longer still.
fn left(run: &Run, stage: &str, expect: Duration, now: Timestamp) -> Duration {
    let Some(state) = run.stages.get(stage) else { return expect };
    match state.phase {
        Phase::Done { .. } | Phase::Skipped { .. } | Phase::Owed { .. } => Duration::ZERO,
        Phase::Waiting | Phase::Failed { .. } => expect,
        Phase::Ready => expect.saturating_sub(now.since(state.since)).max(expect / 20),
    }
}
