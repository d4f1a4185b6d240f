//! What is done to ECS services: running more of them, none of them, or all of them anew.

mod load;
pub(super) mod redeploy;
pub(super) mod scale;
pub(super) mod stop;

#[cfg(test)]
mod tests;

pub use load::found_before;
pub(super) use load::{Load, TASKS, name as figure_name};

use crate::domain::fact::Service;

/// Whether older deployments have nothing left that runs. That their tasks drain for minutes keeps nobody waiting: a draining target gets no new
/// requests, and is not healthy.
fn is_alone(found: &Service) -> bool {
    found.deployments.iter().all(|one| one.status == "PRIMARY" || (one.desired == 0 && one.running == 0))
}
