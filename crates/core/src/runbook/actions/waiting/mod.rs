//! Waiting for people, and for time.

mod manual;
mod soak;

use crate::runbook::action::{Action, Deed};

pub(in crate::runbook) fn deed(action: Action) -> Option<&'static dyn Deed> {
    match action {
        Action::Manual => Some(&manual::ByHand),
        Action::Soak => Some(&soak::Calm),
        _ => None,
    }
}
