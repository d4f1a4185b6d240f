//! What is done to ECS services: running more of them, none of them, or all of them anew.

mod load;
pub(super) mod redeploy;
pub(super) mod scale;
pub(super) mod stop;

#[cfg(test)]
mod tests;

pub(super) use load::{Load, TASKS, name as figure_name};
