//! The tests' lab in this process: its rig, and who takes the minutes.

#[path = "../../tests/it/lab/rig.rs"]
pub(crate) mod rig;
#[path = "../../tests/it/lab/transcript.rs"]
pub(crate) mod transcript;
