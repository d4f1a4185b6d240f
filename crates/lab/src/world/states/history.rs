//! What an execution's history tells: numbered events, each naming the one before.

use drlab_core::domain::{Region, Timestamp};

use crate::doc;
use crate::document::Document;
use crate::world::automation::{Act, Ending, Graph, Happening};
use crate::world::json;

#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEvent {
    pub id: u64,
    pub previous: u64,
    pub at: Timestamp,
    pub kind: String,
    /// The member that holds the details, and the details.
    pub details: Option<(&'static str, Document)>,
}

impl HistoryEvent {
    /// As `GetExecutionHistory` shows it, with inputs and outputs or without.
    pub(super) fn shown(&self, with_data: bool) -> Document {
        let mut event = doc! { "timestamp": self.at, "type": &self.kind, "id": self.id, "previousEventId": self.previous };
        if let Some((member, Document::Map(details))) = &self.details {
            let hidden = |member: &str| !with_data && matches!(member, "input" | "output" | "inputDetails" | "outputDetails");
            event.set(member, Document::Map(details.iter().filter(|(name, _)| !hidden(name)).cloned().collect()));
        }
        event
    }
}

fn push(history: &mut Vec<HistoryEvent>, at: Timestamp, kind: impl Into<String>, details: Option<(&'static str, Document)>) {
    let previous = history.last().map_or(0, |last| last.id);
    history.push(HistoryEvent { id: previous + 1, previous, at, kind: kind.into(), details });
}

fn whole() -> Document {
    doc! { "truncated": false }
}

pub(super) fn begin(history: &mut Vec<HistoryEvent>, at: Timestamp, input: &str, role: &str) {
    let details = doc! { "input": input, "inputDetails": whole(), "roleArn": role };
    push(history, at, "ExecutionStarted", Some(("executionStartedEventDetails", details)));
}

pub(super) fn note(history: &mut Vec<HistoryEvent>, at: Timestamp, region: &Region, graph: &Graph, happened: &Happening) {
    let state = |index: &usize| graph.states.get(*index);
    let task = |index: &usize| match state(index).map(|state| &state.act) {
        Some(Act::Task { deed, .. }) => Some(*deed),
        _ => None,
    };
    match happened {
        Happening::Entered { state: index, input } => {
            let Some(state) = state(index) else { return };
            let details = doc! { "name": state.name, "input": json::text(input), "inputDetails": whole() };
            push(history, at, format!("{}StateEntered", state.kind()), Some(("stateEnteredEventDetails", details)));
        }
        Happening::Exited { state: index, output } => {
            let Some(state) = state(index) else { return };
            let details = doc! { "name": state.name, "output": json::text(output), "outputDetails": whole() };
            push(history, at, format!("{}StateExited", state.kind()), Some(("stateExitedEventDetails", details)));
        }
        Happening::Scheduled { state: index } => {
            let Some(deed) = task(index) else { return };
            let (service, action) = deed.action();
            let scheduled = doc! {
                "resourceType": service, "resource": action, "region": region.as_str(), "parameters": json::text(&deed.parameters(&graph.plan)),
            };
            push(history, at, "TaskScheduled", Some(("taskScheduledEventDetails", scheduled)));
            let started = doc! { "resourceType": service, "resource": action };
            push(history, at, "TaskStarted", Some(("taskStartedEventDetails", started)));
        }
        Happening::Succeeded { state: index, output } => {
            let Some((service, action)) = task(index).map(|deed| deed.action()) else { return };
            let details = doc! { "resourceType": service, "resource": action, "output": json::text(output), "outputDetails": whole() };
            push(history, at, "TaskSucceeded", Some(("taskSucceededEventDetails", details)));
        }
        Happening::Failed { state: index, failure } => {
            let Some((service, action)) = task(index).map(|deed| deed.action()) else { return };
            let details = doc! { "resourceType": service, "resource": action, "error": &failure.error, "cause": &failure.cause };
            push(history, at, "TaskFailed", Some(("taskFailedEventDetails", details)));
        }
        Happening::Ended(Ending::Succeeded(output)) => {
            let details = doc! { "output": json::text(output), "outputDetails": whole() };
            push(history, at, "ExecutionSucceeded", Some(("executionSucceededEventDetails", details)));
        }
        Happening::Ended(Ending::Failed(failure)) => {
            let details = doc! { "error": &failure.error, "cause": &failure.cause };
            push(history, at, "ExecutionFailed", Some(("executionFailedEventDetails", details)));
        }
        Happening::Ended(Ending::TimedOut) => {
            let details = doc! { "error": "States.Timeout" };
            push(history, at, "ExecutionTimedOut", Some(("executionTimedOutEventDetails", details)));
        }
    }
}

pub(super) fn abort(history: &mut Vec<HistoryEvent>, at: Timestamp, error: Option<&str>, cause: Option<&str>) {
    push(history, at, "ExecutionAborted", Some(("executionAbortedEventDetails", doc! { "error": error, "cause": cause })));
}
