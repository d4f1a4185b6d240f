//! Time: how it passes changes nothing, and a seed decides everything.

use std::time::Duration;

use proptest::prelude::*;

use super::{START, config, world};
use crate::builder::build;
use crate::doc;
use crate::world::cloudwatch::AlarmState;
use crate::world::testing::ask;
use crate::world::{ActiveFault, Fault, World};

/// Something for the time to act on: a promotion while the primary is lost.
fn eventful(topology: &str) -> World {
    let mut world = world(topology);
    let (primary, standby) = super::sites(topology);
    let dark = ActiveFault::on(Fault::RegionDark, &primary, world.now(), Some(Duration::from_secs(600)));
    world.faults.inject(dark);
    let replica = config(topology).workloads[0].database.as_ref().unwrap().sites.standby.clone();
    ask(&mut world, &standby, "rds", "PromoteReadReplica", doc! { "DBInstanceIdentifier": replica }).unwrap();
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn one_stride_is_as_good_as_many(strides in prop::collection::vec(1u64..90_000, 1..30), topology in prop::sample::select(vec!["tier2", "pilot"])) {
        let total = Duration::from_millis(strides.iter().sum());
        let (mut striding, mut leaping) = (eventful(topology), eventful(topology));
        let end = leaping.now() + total;
        leaping.advance(end);
        for stride in strides {
            let next = striding.now() + Duration::from_millis(stride);
            striding.advance(next);
        }
        prop_assert_eq!(striding.state(), leaping.state());
    }
}

#[test]
fn a_seed_is_a_world() {
    let lived = |seed: u64| {
        let mut config = config("tier2");
        config.lab.seed = seed;
        let mut world = build(&config, START).unwrap();
        let (primary, standby) = super::sites("tier2");
        let fault = ActiveFault::on(Fault::AppDown, &primary, world.now(), None);
        world.faults.inject(fault);
        ask(&mut world, &standby, "rds", "PromoteReadReplica", doc! { "DBInstanceIdentifier": "tier2-db-replica" }).unwrap();
        world.advance(START + Duration::from_secs(900));
        world.state()
    };
    assert_eq!(lived(7), lived(7));
    assert_ne!(lived(7), lived(8));
}

#[test]
fn nothing_happens_where_nothing_is_wrong() {
    for topology in ["tier2", "pilot", "platform", "payments", "fleet"] {
        let mut world = world(topology);
        let minutes = if topology == "fleet" { 6 } else { 30 };
        world.advance(START + Duration::from_secs(minutes * 60));
        let state = world.state();
        for workload in state["workloads"].as_array().unwrap() {
            assert_eq!(workload["landing"], "primary", "{topology}: {workload}");
            assert_eq!(workload["split"], false, "{topology}: {workload}");
            assert_eq!(workload["sites"][0]["answers"], 200, "{topology}: {workload}");
            assert_eq!(workload["sites"][0]["writes"], 200, "{topology}: {workload}");
            assert_eq!(workload["writes"]["missing"], 0, "{topology}: {workload}");
            if let Some(lag) = workload["sites"][1]["database"]["lag_s"].as_f64() {
                assert!((0.0..=5.0).contains(&lag), "{topology}: {workload}");
            }
        }
        for region in world.regional.values() {
            let ringing: Vec<_> =
                region.cloudwatch.alarms.values().filter(|alarm| alarm.state == AlarmState::Alarm).map(|alarm| &alarm.name).collect();
            assert!(ringing.is_empty(), "{topology}: {ringing:?}");
        }
        // What happens by itself: backups and schedules, and their results.
        let expected = ["rds", "rds-snapshot", "rds-cluster-snapshot", "lambda", "dynamodb", "events"];
        let strange: Vec<_> = world.truth.transitions().filter(|transition| !expected.contains(&transition.kind)).collect();
        assert!(strange.is_empty(), "{topology}: {strange:#?}");
        let pending: u64 = state["buckets"].as_array().unwrap().iter().map(|bucket| bucket["pending_operations"].as_u64().unwrap()).sum();
        assert!(pending < 200, "{topology}: {pending} operations pending");
    }
}
