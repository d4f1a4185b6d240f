//! Somebody is told when a run waits for people: when it pauses by itself, and when a step fails. Each notice is a change like any other, written
//! down before it goes out; it never goes out twice, and nothing waits for it.

use super::send::{Sendable, sendable};
use super::state::{Run, StageState};
use crate::config::Workload;
use crate::domain::{Change, Receipt, Timestamp};
use crate::runbook::Kind;

/// What notices are journaled under, with the number of what they tell.
pub(super) const NOTICE: &str = "notice";

/// What is to go out now, each with the name it is journaled under.
pub(super) fn due(run: &Run, workload: &Workload, now: Timestamp) -> Vec<(String, Change)> {
    let told = run.tidings.iter().enumerate().flat_map(|(nth, tiding)| {
        let subject = format!("{}: {} needs somebody", workload.name, called(run.plan.kind));
        let message = format!("{} (run {}, {})", tiding, run.declared.run, run.declared.runbook);
        crate::runbook::notices(workload, &subject, &message).into_iter().map(move |change| (format!("{NOTICE}:{nth}"), change))
    });
    told.filter(|(stage, change)| is_due(run, stage, change, now)).collect()
}

/// What runs: nobody is woken by a failover that is none. A move that is switched is called as it was, or all of it would be told once more.
const fn called(kind: Kind) -> &'static str {
    match kind {
        Kind::Planned | Kind::Unplanned | Kind::Failback => "the failover",
        Kind::Test => "the test of the standby",
        Kind::Restore => "the restore of the database",
        Kind::Undelete => "the restore of objects",
        Kind::Isolation => "the isolation of the region",
    }
}

/// Only what was refused has certainly not gone out.
fn is_due(run: &Run, stage: &str, change: &Change, now: Timestamp) -> bool {
    let mut past = run.memory.past.iter().filter(|past| past.stage == stage && past.change == *change);
    past.all(|past| matches!(past.answer, Some((_, Receipt::Refused { .. }))))
        && sendable(run, stage, &StageState::default(), change, now) == Sendable::Now
}
