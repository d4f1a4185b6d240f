//! Since when users wait: there the recovery clock begins.

use super::state::Run;
use crate::config::{RtoFrom, Workload};
use crate::domain::Timestamp;
use crate::runbook::{Action, Forecast, Kind};

/// When the recovery clock began; `None` as long as users are served. Those of a planned move are until its source is told to stop, and wait
/// from then on; whatever it was switched for later, they wait no less.
#[must_use]
pub fn begins(run: &Run, workload: &Workload) -> Option<Timestamp> {
    let stopped = run.stopped_at();
    let declared = run.switched_at.unwrap_or(run.memory.declared_at);
    match run.plan.kind {
        // Where somebody else had stopped it, they have waited since nobody knows when; not since later than it was declared.
        Kind::Planned | Kind::Failback => stopped.or_else(|| fences(run).all(|id| run.is_settled(id)).then_some(declared)),
        _ => {
            let begun = match workload.rto_from {
                RtoFrom::Outage => run.memory.outage_at.unwrap_or(declared),
                RtoFrom::Declared => declared,
            };
            Some(stopped.filter(|_| run.switched_at.is_some()).map_or(begun, |stopped| begun.min(stopped)))
        }
    }
}

/// The same; where it has not begun, when it is expected to.
#[must_use]
pub fn will_begin(run: &Run, workload: &Workload, outlook: &Forecast) -> Timestamp {
    begins(run, workload).unwrap_or_else(|| {
        let expected = outlook.stages.iter().filter(|stage| fences(run).any(|id| id == stage.id)).map(|stage| stage.begins.p50);
        expected.min().unwrap_or(outlook.at).max(outlook.at)
    })
}

/// The stages that stop the source.
fn fences(run: &Run) -> impl Iterator<Item = &str> {
    let fence = |stage: &&crate::runbook::Stage| stage.action == Action::ServiceStop && stage.site == run.plan.source;
    run.plan.stages.iter().filter(fence).map(|stage| stage.id.as_str())
}
