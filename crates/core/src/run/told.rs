//! A record in words, for whoever reads along at three in the morning.

use super::record::{Finished, Guarded, Record};
use super::state::Run;
use crate::domain::{Receipt, human_duration};

impl Record {
    /// What it is called in JSON: the same word as in the journal.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Declared(_) => "declared",
            Self::Ready { .. } => "ready",
            Self::Guarded { .. } => "guarded",
            Self::Approved { .. } => "approved",
            Self::Overridden { .. } => "overridden",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Intent { .. } => "intent",
            Self::Answered { .. } => "answered",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Retried { .. } => "retried",
            Self::Skipped { .. } => "skipped",
            Self::Owed { .. } => "owed",
            Self::Paused { .. } => "paused",
            Self::Resumed { .. } => "resumed",
            Self::Aborted { .. } => "aborted",
            Self::Switched(_) => "switched",
            Self::TakenOver { .. } => "taken-over",
            Self::Stated { .. } => "stated",
            Self::Forecast { .. } => "forecast",
            Self::Finished(_) => "finished",
        }
    }

    /// The stage that it is about; an answer is about the stage that asked.
    #[must_use]
    pub fn stage<'r>(&'r self, run: &'r Run) -> Option<&'r str> {
        match self {
            Self::Ready { stage }
            | Self::Guarded { stage, .. }
            | Self::Approved { stage, .. }
            | Self::Overridden { stage, .. }
            | Self::Acknowledged { stage, .. }
            | Self::Intent { stage, .. }
            | Self::Done { stage, .. }
            | Self::Failed { stage, .. }
            | Self::Retried { stage, .. }
            | Self::Skipped { stage, .. }
            | Self::Owed { stage, .. } => Some(stage),
            Self::Answered { nth, .. } => run.memory.past.get(*nth as usize).map(|past| past.stage.as_str()),
            _ => None,
        }
    }

    /// In a sentence. What comes from outside stands in it as it came.
    #[must_use]
    pub fn says(&self) -> String {
        match self {
            Self::Declared(declared) => {
                format!(
                    "{} for {}, from the {}, by {}: {}",
                    declared.runbook, declared.workload, declared.source, declared.who, declared.reason
                )
            }
            Self::Ready { .. } => "its turn has come".to_owned(),
            Self::Guarded { guards, .. } => guards.iter().map(Guarded::says).collect::<Vec<_>>().join("; "),
            Self::Approved { who, .. } => format!("approved by {who}"),
            Self::Overridden { guard, reason, who, .. } => format!("{who} goes past {guard}: {reason}"),
            Self::Acknowledged { note, who, .. } => format!("acknowledged by {who}: {note}"),
            Self::Intent { change, .. } => format!("asks: {change}"),
            Self::Answered { receipt, .. } => match receipt {
                Receipt::Accepted { .. } => "AWS has accepted it; that it is so is to be seen yet".to_owned(),
                Receipt::Refused { code, text } => format!("refused, {code}: {text}"),
                Receipt::Unknown { text } => format!("no answer, so nobody knows: {text}"),
            },
            Self::Done { shows, certainty, .. } => certainty.says(shows),
            Self::Failed { why, ways, .. } if ways.is_empty() => why.clone(),
            Self::Failed { why, ways, .. } => format!("{why}; ways on: {}", ways.join("; ")),
            Self::Retried { who, .. } => format!("once more, says {who}"),
            Self::Skipped { reason, who, .. } => format!("left out by {who}: {reason}"),
            Self::Owed { why, .. } => format!("to be done as soon as it can be: {why}"),
            Self::Paused { why, who: Some(who) } => format!("paused by {who}: {why}"),
            Self::Paused { why, who: None } => why.clone(),
            Self::Resumed { who } => format!("goes on, says {who}"),
            Self::Aborted { reason, who } => format!("aborted by {who}: {reason}"),
            Self::Switched(switched) => {
                format!("{} goes on with {}: {}; {}", switched.who, switched.runbook, switched.reason, switched.told)
            }
            Self::TakenOver { who, from: Some(from), lease } => format!("{who} takes over from {from} (lease {lease}; this machine only)"),
            Self::TakenOver { who, from: None, lease } => format!("{who} takes it up (lease {lease}; this machine only)"),
            Self::Stated { told, .. } => told.clone(),
            Self::Forecast { p50, p90, .. } => format!("proven at {p50}, nine times of ten by {p90}"),
            Self::Finished(finished) => finished.says(),
        }
    }
}

impl Guarded {
    #[must_use]
    pub fn says(&self) -> String {
        let holds = match self.holds {
            Some(true) => "holds",
            Some(false) => "DOES NOT HOLD",
            None => "cannot be told",
        };
        format!("{} {holds}: {}", self.guard, self.why)
    }
}

impl Finished {
    #[must_use]
    pub fn says(&self) -> String {
        let rto = self.rto.map_or("RTO not proven".to_owned(), |rto| format!("RTO {}", human_duration(rto)));
        let rpo = self.rpo.map_or("RPO not proven".to_owned(), |rpo| format!("RPO at most {}", human_duration(rpo)));
        let met = match self.met {
            Some(true) => "objectives met",
            Some(false) => "AN OBJECTIVE MISSED",
            None => "objectives not shown to be met",
        };
        let mut text = format!("{rto}; {rpo}; {met}");
        for (list, word) in [(&self.owed, "owed"), (&self.unproven, "not proven")] {
            if !list.is_empty() {
                text.push_str(&format!("; {word}: {}", list.join(", ")));
            }
        }
        text
    }
}
