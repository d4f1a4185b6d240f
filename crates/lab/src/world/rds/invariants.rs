//! What holds whatever is done to the databases and whatever befalls them.

use std::collections::BTreeMap;

use drlab_core::domain::{Region, Timestamp};
use proptest::prelude::*;

use super::super::testing::{east, live, west};
use super::super::{ActiveFault, Call, Fault, World};
use super::fixture::{REPLICA, SOURCE, note_all, pair};
use super::{Engine, SERVICE, database_at};
use crate::doc;
use crate::document::Document;

#[derive(Clone, Debug)]
enum Deed {
    Live(u64),
    Write(u64),
    Ask { west: bool, operation: &'static str, who: usize, other: usize, flag: bool },
    Break { fault: Fault, west: bool, seconds: u64 },
}

const NAMES: [&str; 5] = [SOURCE, REPLICA, "third", "fourth", "fifth"];

const OPERATIONS: [&str; 12] = [
    "PromoteReadReplica",
    "CreateDBInstanceReadReplica",
    "DeleteDBInstance",
    "RebootDBInstance",
    "StopDBInstance",
    "StartDBInstance",
    "ModifyDBInstance",
    "CreateDBSnapshot",
    "CopyDBSnapshot",
    "RestoreDBInstanceFromDBSnapshot",
    "RestoreDBInstanceToPointInTime",
    "DescribeDBInstances",
];

const FAULTS: [Fault; 6] =
    [Fault::RegionDark, Fault::LagStorm, Fault::ReplicationBroken, Fault::DatabaseDown, Fault::PromoteStuck, Fault::LiarPromotion];

fn deeds() -> impl Strategy<Value = Deed> {
    let name = || prop_oneof![2 => Just(0usize), 2 => Just(1usize), 1 => 2..NAMES.len()];
    // Blind luck seldom promotes a replica that is there.
    let promotion = any::<bool>().prop_map(|flag| Deed::Ask { west: true, operation: "PromoteReadReplica", who: 1, other: 0, flag });
    prop_oneof![
        3 => (1u64..900).prop_map(Deed::Live),
        3 => (1u64..120).prop_map(Deed::Write),
        4 => (any::<bool>(), 0..OPERATIONS.len(), name(), name(), any::<bool>())
            .prop_map(|(west, operation, who, other, flag)| Deed::Ask { west, operation: OPERATIONS[operation], who, other, flag }),
        2 => (0..FAULTS.len(), any::<bool>(), 5u64..600)
            .prop_map(|(fault, west, seconds)| Deed::Break { fault: FAULTS[fault], west, seconds }),
        1 => promotion,
    ]
}

fn input(operation: &str, there: &Region, (who, other): (&str, &str), flag: bool) -> Document {
    let abroad = |kind: &str| format!("arn:aws:rds:{there}:123456789012:{kind}:{other}");
    match operation {
        "CreateDBInstanceReadReplica" => {
            let source = if flag { abroad("db") } else { other.to_owned() };
            doc! { "DBInstanceIdentifier": who, "SourceDBInstanceIdentifier": source }
        }
        "DeleteDBInstance" => doc! { "DBInstanceIdentifier": who, "SkipFinalSnapshot": true },
        "ModifyDBInstance" => {
            doc! { "DBInstanceIdentifier": who, "BackupRetentionPeriod": if flag { 7 } else { 0 }, "ApplyImmediately": true }
        }
        "CreateDBSnapshot" => doc! { "DBInstanceIdentifier": who, "DBSnapshotIdentifier": other },
        "CopyDBSnapshot" => doc! { "SourceDBSnapshotIdentifier": abroad("snapshot"), "TargetDBSnapshotIdentifier": who },
        "RestoreDBInstanceFromDBSnapshot" => doc! { "DBInstanceIdentifier": who, "DBSnapshotIdentifier": other },
        "RestoreDBInstanceToPointInTime" => {
            doc! { "TargetDBInstanceIdentifier": who, "SourceDBInstanceIdentifier": other, "UseLatestRestorableTime": true }
        }
        "PromoteReadReplica" => doc! { "DBInstanceIdentifier": who, "BackupRetentionPeriod": if flag { 7 } else { 0 } },
        _ => doc! { "DBInstanceIdentifier": who },
    }
}

/// Does one thing; a refusal is as good as a success, but a dark region is not even asked.
fn perform(world: &mut World, deed: &Deed, check: &mut impl FnMut(&World)) {
    match deed {
        Deed::Live(seconds) | Deed::Write(seconds) => {
            for _ in 0..*seconds {
                live(world, 1);
                if matches!(deed, Deed::Write(_)) {
                    note_all(world);
                }
                check(world);
            }
        }
        Deed::Ask { west: in_west, operation, who, other, flag } => {
            let (here, there) = if *in_west { (west(), east()) } else { (east(), west()) };
            if !world.faults.is_dark(&here) {
                let input = input(operation, &there, (NAMES[*who], NAMES[*other]), *flag);
                let call = Call {
                    region: here,
                    service: "rds",
                    operation: (*operation).to_owned(),
                    input,
                    payload: bytes::Bytes::new(),
                    access_key: String::new(),
                };
                let found = SERVICE.operations.iter().find(|known| known.name == *operation).unwrap();
                let _ = (found.run)(world, &call);
            }
            check(world);
        }
        Deed::Break { fault, west: in_west, seconds } => {
            let region = if *in_west { west() } else { east() };
            let now = world.now();
            world.faults.inject(ActiveFault::on(*fault, &region, now, Some(std::time::Duration::from_secs(*seconds))));
        }
    }
}

/// How far each replica had got, by the instance itself and not by its name.
type Progress = BTreeMap<String, Timestamp>;

fn hold(world: &World, progress: &mut Progress) {
    let mut writers = BTreeMap::new();
    for regional in world.regional.values() {
        for instance in regional.rds.instances.values() {
            let sight = database_at(world, &instance.host).unwrap();
            assert!(sight.up || !sight.writable, "{} is written to while down", instance.id);
            if sight.writable {
                let double = writers.insert(sight.timeline, instance.id.clone());
                assert_eq!(double, None, "{} writes another's history", instance.id);
                assert!(instance.replication.is_none() && instance.promotion.is_none());
            }
            let Some(replication) = &instance.replication else { continue };
            assert!(replication.applied_to <= world.now(), "{} is ahead of the present", instance.id);
            let before = progress.insert(instance.resource_id.clone(), replication.applied_to);
            assert!(before.is_none_or(|before| before <= replication.applied_to), "{} went back", instance.id);
            let lag = super::replication::told_lag(world.now(), instance.engine, replication);
            assert!(lag.is_none_or(|lag| lag >= 0.0 || (lag == -1.0 && !instance.engine.is_postgres())), "{lag:?}");
            // Nobody follows itself, over whatever detours.
            let mut above = replication;
            for _ in 0..NAMES.len() * 2 {
                assert_ne!(above.source_resource, instance.resource_id, "a circle");
                let source = world.regional[&above.source_region].rds.instances.get(&above.source);
                let source = source.filter(|source| source.resource_id == above.source_resource);
                let Some(next) = source.and_then(|source| source.replication.as_ref()) else { break };
                above = next;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn replication_never_lies_to_itself(mysql in any::<bool>(), deeds in prop::collection::vec(deeds(), 1..40)) {
        let mut world = pair(if mysql { Engine::Mysql } else { Engine::Postgres });
        let mut progress = Progress::new();
        for deed in &deeds {
            perform(&mut world, deed, &mut |world| hold(world, &mut progress));
        }
        // Whatever was acknowledged is accounted for: every database holds it or misses it.
        let all = world.ledger.acknowledged();
        for regional in world.regional.values() {
            for instance in regional.rds.instances.values() {
                let until = instance.holds_to(world.now());
                let missing: u64 = world.ledger.missing(instance.timeline, until).iter().map(|missing| missing.rows).sum();
                prop_assert_eq!(world.ledger.held(instance.timeline, until) + missing, all);
            }
        }
    }

    #[test]
    fn looking_more_often_changes_nothing(deeds in prop::collection::vec(deeds(), 1..12), every in 1u64..50) {
        let (mut calm, mut watched) = (pair(Engine::Postgres), pair(Engine::Postgres));
        for deed in &deeds {
            perform(&mut calm, deed, &mut |_| {});
            perform(&mut watched, deed, &mut |_| {});
            let until = watched.now() + std::time::Duration::from_secs(200);
            calm.advance(until);
            while watched.now() < until {
                let next = (watched.now() + std::time::Duration::from_secs(every)).min(until);
                watched.advance(next);
                for operation in ["DescribeDBInstances", "DescribeDBSnapshots", "DescribeEvents", "DescribeGlobalClusters"] {
                    let found = SERVICE.operations.iter().find(|known| known.name == operation).unwrap();
                    let call = Call {
                        region: west(),
                        service: "rds",
                        operation: operation.to_owned(),
                        input: doc! {},
                        payload: bytes::Bytes::new(),
                        access_key: String::new(),
                    };
                    prop_assert!((found.run)(&mut watched, &call).is_ok());
                }
            }
        }
        prop_assert_eq!(format!("{:?}", calm.regional), format!("{:?}", watched.regional));
    }
}
