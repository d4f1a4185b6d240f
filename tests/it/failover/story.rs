//! A run's journal, a line for each record: what somebody reads who wants to know where the time went.

use drlab_core::domain::Timestamp;
use drlab_core::run::{Desk, Record, Run};

use super::bridge::Outcome;

impl Outcome {
    /// Since `zero`, which is when the outage began.
    pub(crate) fn story(&self, zero: Timestamp) -> String {
        format!("{}\nstopped {:?}", journal(&self.run, &self.desk, &self.records, zero), self.stopped)
    }
}

/// The records of a run, where it stands, and how it ended.
pub(crate) fn journal(run: &Run, desk: &Desk, records: &[(Timestamp, Record)], zero: Timestamp) -> String {
    let mut lines: Vec<String> =
        records.iter().filter_map(|(at, record)| Some(format!("{:>8.1} {}", at.since(zero).as_secs_f64(), line(run, record)?))).collect();
    lines.push(format!("mode {:?}", run.mode));
    lines.extend(desk.stances.iter().map(|(stage, stance)| format!("  {stage}: {}", stance.says())));
    lines.push(format!("finished {:?}", run.finished));
    lines.join("\n")
}

fn line(run: &Run, record: &Record) -> Option<String> {
    Some(match record {
        Record::Ready { stage } => format!("{stage} ready"),
        Record::Guarded { stage, guards } => {
            let told: Vec<_> = guards.iter().map(|held| format!("{} {:?} {}", held.guard, held.holds, held.why)).collect();
            format!("{stage} guards: {}", told.join(" | "))
        }
        Record::Approved { stage, .. } => format!("{stage} approved"),
        Record::Overridden { stage, guard, .. } => format!("{stage} overridden {guard}"),
        Record::Acknowledged { stage, note, .. } => format!("{stage} acknowledged: {note}"),
        Record::Intent { stage, nth, change, .. } => format!("{stage} → #{nth} {change}"),
        Record::Answered { nth, receipt } => {
            let stage = run.memory.past.get(*nth as usize).map(|past| past.stage.as_str()).unwrap_or_default();
            format!("{stage} ← #{nth} {receipt:?}")
        }
        Record::Done { stage, shows, certainty } => format!("{stage} DONE {certainty:?}: {shows}"),
        Record::Failed { stage, why, ways } => format!("{stage} FAILED: {why} {ways:?}"),
        Record::Retried { stage, who } => format!("{stage} retried by {who}"),
        Record::Skipped { stage, reason, .. } => format!("{stage} skipped: {reason}"),
        Record::Owed { stage, why } => format!("{stage} OWED: {why}"),
        Record::Paused { why, who } => format!("PAUSED by {who:?}: {why}"),
        Record::Resumed { who } => format!("resumed by {who}"),
        Record::Stated { told, loss_seconds, .. } => format!("stated {loss_seconds:?}: {told}"),
        Record::Finished(finished) => format!("FINISHED {finished:?}"),
        Record::Declared(_) | Record::Forecast { .. } => return None,
        other => format!("{other:?}"),
    })
}
