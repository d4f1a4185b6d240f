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
pub use sight::{DatabaseSight, database_at, database_in, endpoint, holds, instances_in};
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

#[cfg(test)]
mod invariants;

#[cfg(test)]
mod fixture {
    //! Databases to try things on, and somebody who writes to them.

    use drlab_core::domain::Region;

    use super::super::testing::{ask, east, west, world};
    use super::super::{ActiveFault, Fault, PULSE, World};
    use super::*;
    use crate::document::Document;

    pub(super) const SOURCE: &str = "orders";
    pub(super) const REPLICA: &str = "orders-west";

    pub(super) fn new(id: &str, engine: Engine, retention_days: u32) -> NewInstance {
        NewInstance { id: id.to_owned(), engine, retention_days, ..NewInstance::default() }
    }

    /// A source in the east and its replica in the west.
    pub(super) fn pair(engine: Engine) -> World {
        let mut world = world();
        add_instance(&mut world, &east(), new(SOURCE, engine, 7)).unwrap();
        add_replica(&mut world, &east(), SOURCE, &west(), new(REPLICA, engine, 0)).unwrap();
        world
    }

    /// `payments`: two instances in the east, one in the west.
    pub(super) fn aurora() -> World {
        let mut world = world();
        let member = |id: &str| NewMember { id: id.to_owned(), class: "db.r7g.large".to_owned(), promotion_tier: 1 };
        let common = new("", Engine::AuroraPostgres, 7);
        let primary =
            NewCluster { id: "payments-east".to_owned(), members: vec![member("east-1"), member("east-2")], common: common.clone() };
        let secondary = NewCluster { id: "payments-west".to_owned(), members: vec![member("west-1")], common };
        let new = NewGlobalCluster { id: "payments".to_owned(), primary: (east(), primary), secondaries: vec![(west(), secondary)] };
        add_global_cluster(&mut world, new).unwrap();
        world
    }

    pub(super) fn host(world: &World, region: &Region, id: &str) -> String {
        let rds = &world.regional[region].rds;
        rds.instances.get(id).map(|i| i.host.clone()).unwrap_or_else(|| rds.clusters[id].host.clone())
    }

    pub(super) fn sight(world: &World, region: &Region, id: &str) -> DatabaseSight {
        database_at(world, &host(world, region, id)).unwrap()
    }

    /// Lives for a while with an application that writes 50 rows a second to wherever it may.
    pub(super) fn write(world: &mut World, region: &Region, id: &str, seconds: u64) {
        for _ in 0..seconds {
            let second = world.now() + PULSE;
            world.advance(second);
            let sight = sight(world, region, id);
            if sight.writable && !world.faults.is_dark(region) {
                world.ledger.acknowledge(sight.timeline, "app", second - PULSE, 50);
                note_writes(world, region, id, 50.0, 20.0);
            }
        }
    }

    /// One second of an application that writes to every database that lets it.
    pub(super) fn note_all(world: &mut World) {
        let now = world.now();
        for region in world.regions() {
            let ids: Vec<String> = world.regional[&region].rds.instances.keys().cloned().collect();
            for id in ids {
                let sight = sight(world, &region, &id);
                if sight.writable {
                    world.ledger.acknowledge(sight.timeline, "app", now - PULSE, 50);
                    note_writes(world, &region, &id, 50.0, 20.0);
                }
            }
        }
    }

    pub(super) fn inject(world: &mut World, fault: Fault, region: &Region) {
        let now = world.now();
        world.faults.inject(ActiveFault::on(fault, region, now, None));
    }

    pub(super) fn done(world: &mut World, region: &Region, operation: &str, input: Document) -> Document {
        ask(world, region, "rds", operation, input).unwrap().body
    }

    /// The code with which a request is refused.
    pub(super) fn refused(world: &mut World, region: &Region, operation: &str, input: Document) -> String {
        ask(world, region, "rds", operation, input).unwrap_err().code.into_owned()
    }

    pub(super) fn status(world: &World, region: &Region, id: &str) -> &'static str {
        world.regional[region].rds.instances[id].status.name()
    }

    /// Lives until the instance has this status, an hour at most.
    pub(super) fn until(world: &mut World, region: &Region, id: &str, wanted: &str) {
        for _ in 0..3600 {
            if status(world, region, id) == wanted {
                return;
            }
            let next = world.now() + PULSE;
            world.advance(next);
        }
        assert_eq!(status(world, region, id), wanted);
    }
}
