//! Reasons to stop before the next irreversible step and ask.

use super::forecast::outlook;
use super::state::Run;
use crate::config::{RtoFrom, Workload};
use crate::domain::{Timestamp, human_duration};
use crate::runbook::{History, Kind, Stage};

/// Why a person should say once more that this is what they want; `None` if there is no reason, or they have.
pub(super) fn reason(run: &Run, stage: &Stage, workload: &Workload, history: &History, now: Timestamp) -> Option<String> {
    let p50 = outlook(run, history, now).proven.p50;
    let deadline = begins(run, workload) + workload.objectives.rto;
    if p50 <= deadline {
        return None;
    }
    // Without figures that move, so that one answer holds; whoever goes on at the first such step is not asked again at the next.
    let missed = format!("the objective of {} will be missed anyway", human_duration(workload.objectives.rto));
    let asked = run.answered.iter().any(|why| why.starts_with(&missed));
    (!asked).then(|| format!("{missed}, and {} cannot be undone: go on, wait, or abort", stage.id))
}

/// When the recovery clock began. Users of a planned move are served until its source is told to stop, and wait from then on; whatever it was
/// switched for later, they wait no less.
#[must_use]
pub fn begins(run: &Run, workload: &Workload) -> Timestamp {
    let stopped = run.stopped_at();
    if matches!(run.plan.kind, Kind::Planned | Kind::Failback) {
        return stopped.unwrap_or(run.memory.declared_at);
    }
    let declared = run.switched_at.unwrap_or(run.memory.declared_at);
    let begun = match workload.rto_from {
        RtoFrom::Outage => run.memory.outage_at.unwrap_or(declared),
        RtoFrom::Declared => declared,
    };
    match stopped.filter(|_| run.switched_at.is_some()) {
        Some(stopped) => begun.min(stopped),
        None => begun,
    }
}
