//! What others do for us: functions and state machines that are started and followed.

mod function;
mod workflow;

use crate::runbook::action::{Action, Deed};

pub(in crate::runbook) fn deed(action: Action) -> Option<&'static dyn Deed> {
    match action {
        Action::FunctionInvoke => Some(&function::Invoked),
        Action::WorkflowStart => Some(&workflow::Followed),
        _ => None,
    }
}
