//! Turning users: the record, its sets, and what name servers really answer.

mod control;
pub(super) mod flip;
pub(super) mod landing;
pub(super) mod pin;
mod sets;
pub(super) mod unpin;
mod zones;

#[cfg(test)]
mod tests;

pub(in crate::runbook) use landing::watched;

const NO_RECORD: &str = "no record is configured";
