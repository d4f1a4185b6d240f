//! Databases: instances, their replicas, backups and snapshots, Aurora clusters and global clusters.
//!
//! Enters here: what RDS's API shows, and the truth beneath it (which rows a database holds, whether it can be reached and written).
//! Whatever belongs to a region lives in that region's `Rds`; what spans two is settled in the pulse, which alone may look across,
//! and only while neither end is dark. Global clusters are kept as a copy in every region, changed together by `global::alter`.

mod arn;
mod backup;
mod cluster;
mod cluster_operations;
mod create;
mod delete;
mod describe;
mod events;
mod global;
mod global_operations;
mod install;
mod instance;
mod life;
mod metrics;
mod modify;
mod page;
mod parameters;
mod promote;
mod replication;
mod restore;
mod sight;
mod snapshot;
mod tags;
mod window;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Operation, Service, World};

pub use backup::{KeptBackup, Restorable};
pub use cluster::{Cluster, ClusterSnapshot, ClusterStatus, Following};
pub use events::Event;
pub use global::{GlobalCluster, GlobalMember, Handover, HandoverPhase};
pub use install::{
    NewCluster, NewGlobalCluster, NewInstance, NewMember, add_backup_replication, add_cluster, add_global_cluster, add_instance,
    add_replica, add_snapshot,
};
pub use instance::{Changes, Engine, Instance, Promotion, Replication, ReplicationState, Status};
pub use metrics::{measure, note_writes};
pub use parameters::ParameterGroup;
pub use replication::replica_lag;
pub use sight::{DatabaseSight, database_at, endpoint, holds};
pub use snapshot::{Snapshot, SnapshotKind, SnapshotStatus};
pub use window::DailyWindow;

/// The databases of one region.
#[derive(Clone, Debug, Default)]
pub struct Rds {
    pub instances: BTreeMap<String, Instance>,
    pub clusters: BTreeMap<String, Cluster>,
    /// The global clusters as this region shows them.
    pub globals: BTreeMap<String, GlobalCluster>,
    pub snapshots: BTreeMap<String, Snapshot>,
    pub cluster_snapshots: BTreeMap<String, ClusterSnapshot>,
    /// Automated backups whose instance is gone or in another region, by ARN.
    pub backups: BTreeMap<String, KeptBackup>,
    pub parameter_groups: BTreeMap<String, ParameterGroup>,
    /// The security groups that let the application in. Moving a database out of all of them fences it.
    pub admitting: BTreeSet<String>,
    pub events: VecDeque<Event>,
}

pub const SERVICE: Service = Service {
    name: "rds",
    operations: &[
        Operation::read("DescribeDBInstances", describe::describe_instances),
        Operation::write("CreateDBInstance", create::create_instance),
        Operation::write("CreateDBInstanceReadReplica", create::create_replica),
        Operation::write("PromoteReadReplica", promote::promote_read_replica),
        Operation::write("ModifyDBInstance", modify::modify_instance),
        Operation::write("RebootDBInstance", modify::reboot_instance),
        Operation::write("StopDBInstance", modify::stop_instance),
        Operation::write("StartDBInstance", modify::start_instance),
        Operation::write("DeleteDBInstance", delete::delete_instance),
        Operation::write("CreateDBSnapshot", snapshot::create_snapshot),
        Operation::read("DescribeDBSnapshots", snapshot::describe_snapshots),
        Operation::write("CopyDBSnapshot", snapshot::copy_snapshot),
        Operation::write("DeleteDBSnapshot", snapshot::delete_snapshot),
        Operation::write("RestoreDBInstanceFromDBSnapshot", restore::restore_from_snapshot),
        Operation::write("RestoreDBInstanceToPointInTime", restore::restore_to_point_in_time),
        Operation::read("DescribeDBInstanceAutomatedBackups", backup::describe_automated_backups),
        Operation::read("DescribeDBParameterGroups", parameters::describe_groups),
        Operation::read("DescribeDBParameters", parameters::describe_parameters),
        Operation::write("ModifyDBParameterGroup", parameters::modify_group),
        Operation::read("DescribeEvents", events::describe_events),
        Operation::read("ListTagsForResource", tags::list_tags),
        Operation::write("AddTagsToResource", tags::add_tags),
        Operation::read("DescribeDBClusters", cluster_operations::describe_clusters),
        Operation::write("ModifyDBCluster", cluster_operations::modify_cluster),
        Operation::write("DeleteDBCluster", cluster_operations::delete_cluster),
        Operation::write("CreateDBClusterSnapshot", cluster_operations::create_cluster_snapshot),
        Operation::read("DescribeDBClusterSnapshots", cluster_operations::describe_cluster_snapshots),
        Operation::read("DescribeGlobalClusters", global_operations::describe_global_clusters),
        Operation::write("SwitchoverGlobalCluster", global_operations::switchover),
        Operation::write("FailoverGlobalCluster", global_operations::failover),
        Operation::write("RemoveFromGlobalCluster", global_operations::remove),
    ],
};

/// A second of every database's life: what is due, then what replicates, then what is handed over between regions.
pub fn pulse(world: &mut World) {
    life::pulse(world);
    snapshot::pulse(world);
    backup::pulse(world);
    replication::pulse(world);
    cluster::pulse(world);
    global::pulse(world);
}
