//! Waiting for people, and for time.

pub(super) mod manual;
pub(super) mod soak;
