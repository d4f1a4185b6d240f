//! What others do for us: functions and state machines that are started and followed.

pub(super) mod function;
pub(super) mod workflow;
