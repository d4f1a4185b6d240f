//! The catalogue: a file per action.

mod autoscaling;
mod database;
mod judging;
mod secret;
mod service;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod laws;

pub use database::{database_id, database_metric, database_subject};

use super::action::{Action, Deed};

/// The rule of an action.
#[must_use]
pub fn deed(action: Action) -> Option<&'static dyn Deed> {
    let rooms = [service::deed, autoscaling::deed, database::deed, secret::deed];
    rooms.iter().find_map(|room| room(action))
}
