//! A screen each.

mod dashboard;
mod events;
mod forecast;
mod history;
mod present;
mod readiness;
mod run;
mod workloads;

pub(super) use dashboard::dashboard;
pub(super) use events::events;
pub(super) use history::{history, seconds as figure_seconds, target as figure_target, told as figure_told};
pub(super) use present::present;
pub(super) use readiness::readiness;
pub(super) use run::{run, strip};
pub(super) use workloads::workloads;
