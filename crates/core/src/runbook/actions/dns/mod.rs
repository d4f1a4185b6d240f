//! Turning users: the record, its sets, and what name servers really answer.

mod control;
mod flip;
mod landing;
mod pin;
mod sets;
mod unpin;
mod zones;

#[cfg(test)]
mod tests;

use crate::runbook::action::{Action, Deed};

pub(in crate::runbook) use landing::watched;

pub(in crate::runbook) fn deed(action: Action) -> Option<&'static dyn Deed> {
    match action {
        Action::DnsFlip => Some(&flip::Turned),
        Action::DnsPin => Some(&pin::Pinned),
        Action::DnsUnpin => Some(&unpin::Unpinned),
        Action::DnsAwait => Some(&landing::Arrived),
        _ => None,
    }
}

const NO_RECORD: &str = "no record is configured";
