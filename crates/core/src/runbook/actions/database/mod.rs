//! What is done to the database: making the target's the one that takes writes, proving that nothing is missing there, and what a new one is
//! made from.

mod await_backup;
mod failover;
mod global;
mod marker;
mod naming;
mod promote;
mod protect;
mod protection;
mod prove_caught_up;
mod rebuild_replica;
mod restore;
mod restore_point_in_time;
mod restore_snapshot;
mod switchover;
mod whose;

#[cfg(test)]
mod tests;

pub use whose::{database_id, database_metric, database_subject};
pub(super) use whose::{endpoint, endpoint_subject};

use crate::config::{DatabaseKind, Workload};
use crate::runbook::{Action, Deed, Part};

pub(in crate::runbook) fn deed(action: Action) -> Option<&'static dyn Deed> {
    Some(match action {
        Action::DatabaseAwaitBackup => &await_backup::AwaitBackup,
        Action::DatabaseMarker => &marker::Marker,
        Action::DatabaseProveCaughtUp => &prove_caught_up::ProveCaughtUp,
        Action::DatabasePromote => &promote::Promote,
        Action::DatabaseSwitchover => &switchover::Switchover,
        Action::DatabaseFailover => &failover::Failover,
        Action::DatabaseRestoreSnapshot => &restore_snapshot::RestoreSnapshot,
        Action::DatabaseRestorePointInTime => &restore_point_in_time::RestorePointInTime,
        Action::DatabaseRebuildReplica => &rebuild_replica::RebuildReplica,
        Action::DatabaseProtect => &protect::Protect,
        _ => return None,
    })
}

/// The whole of a workload whose database is of this kind; why not, otherwise.
fn only(workload: &Workload, kind: DatabaseKind, otherwise: &str) -> Result<Vec<Part>, String> {
    match &workload.database {
        Some(database) if database.kind == kind => Ok(vec![Part::Whole]),
        Some(_) => Err(otherwise.to_owned()),
        None => Err("the workload has no database".to_owned()),
    }
}
