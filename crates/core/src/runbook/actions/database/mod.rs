//! What is done to the database: making the target's the one that takes writes, proving that nothing is missing there, and what a new one is
//! made from.

pub(super) mod await_backup;
mod cost;
pub(super) mod failover;
mod global;
pub(super) mod marker;
mod naming;
pub(super) mod promote;
pub(super) mod protect;
mod protection;
pub(super) mod prove_caught_up;
pub(super) mod rebuild_replica;
mod restore;
pub(super) mod restore_point_in_time;
pub(super) mod restore_snapshot;
pub(super) mod switchover;
mod whose;

#[cfg(test)]
mod tests;

pub use cost::restore_costs;
pub(super) use marker::{missing, written_through};
pub use whose::{database_id, database_metric, database_subject};
pub(super) use whose::{endpoint, endpoint_subject, follower, to_be_endpoint};

use crate::config::{DatabaseKind, Workload};
use crate::runbook::Part;

/// The whole of a workload whose database is of this kind; why not, otherwise.
fn only(workload: &Workload, kind: DatabaseKind, otherwise: &str) -> Result<Vec<Part>, String> {
    match &workload.database {
        Some(database) if database.kind == kind => Ok(vec![Part::Whole]),
        Some(_) => Err(otherwise.to_owned()),
        None => Err("the workload has no database".to_owned()),
    }
}
