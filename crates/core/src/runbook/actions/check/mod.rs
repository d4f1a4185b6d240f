//! What changes nothing and must be so before anything is changed.

pub(super) mod identity;
pub(super) mod impaired;
pub(super) mod readiness;

pub(in crate::runbook) use impaired::evidence;
