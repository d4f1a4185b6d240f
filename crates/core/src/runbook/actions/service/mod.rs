//! What is done to ECS services: running more of them, none of them, or all of them anew.

mod load;
mod redeploy;
mod scale;
mod stop;

#[cfg(test)]
mod tests;

pub(super) use load::{Load, TASKS, name as figure_name};

use crate::runbook::{Action, Deed};

pub(in crate::runbook) fn deed(action: Action) -> Option<&'static dyn Deed> {
    Some(match action {
        Action::ServiceScale => &scale::Scale,
        Action::ServiceStop => &stop::Stop,
        Action::ServiceRedeploy => &redeploy::Redeploy,
        _ => return None,
    })
}
