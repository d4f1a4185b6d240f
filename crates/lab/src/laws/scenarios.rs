//! Every built-in scenario, on every topology that it can happen to, does what it says.

use std::time::Duration;

use serde_json::Value;

use super::{START, config, sites, workload};
use crate::control::Stage;
use crate::doc;
use crate::document::Document;
use crate::scenarios::{BuiltIn, SCENARIOS};
use crate::world::testing::ask;
use crate::world::{Access, Door, Fault, Link, SERVICES, World};

/// A topology living through a scenario.
fn playing(name: &str, topology: &str) -> Option<World> {
    let config = config(topology);
    let scenario = BuiltIn::named(name)?.script().unwrap().cast(&config, None).ok()?;
    Some(Stage { config, scenario: Some(scenario) }.open(START).unwrap())
}

fn after(name: &str, topology: &str, minutes: u64) -> (World, Value) {
    let mut world = playing(name, topology).unwrap();
    world.advance(START + Duration::from_secs(minutes * 60));
    let state = workload(&world.state(), topology).clone();
    (world, state)
}

fn instance(world: &mut World, topology: &str, id: &str) -> Document {
    let (_, standby) = sites(topology);
    let answer = ask(world, &standby, "rds", "DescribeDBInstances", doc! { "DBInstanceIdentifier": id }).unwrap();
    answer.body.items("DBInstances", "DBInstance")[0].clone()
}

#[test]
fn every_scenario_plays_to_its_end_wherever_it_can() {
    for scenario in SCENARIOS {
        let mut played = 0;
        for topology in ["tier2", "pilot", "platform", "payments"] {
            let Some(mut world) = playing(scenario.name, topology) else { continue };
            assert!(!world.script.coming().is_empty(), "{} has nothing to happen to {topology}", scenario.name);
            world.advance(START + Duration::from_secs(15 * 60));
            let refused =
                world.truth.transitions().find(|transition| transition.kind == "call" && transition.became.starts_with("UnknownOperation"));
            assert!(refused.is_none(), "{} on {topology}: {refused:?}", scenario.name);
            assert!(world.state()["workloads"].as_array().is_some_and(|workloads| !workloads.is_empty()));
            played += 1;
        }
        assert!(played > 0, "{} can happen to nothing", scenario.name);
    }
}

#[test]
fn an_outage_moves_users_to_a_database_that_only_reads() {
    let (world, state) = after("primary-outage", "tier2", 12);
    let (primary, _) = sites("tier2");
    assert_eq!(state["landing"], "standby");
    assert_eq!(state["sites"][1]["writes"], 503);
    assert_eq!(world.link(&Door::Region(primary)), Link::Up(Duration::ZERO), "the region's APIs answer");
}

#[test]
fn a_dark_region_answers_nobody() {
    let (world, state) = after("dark-region", "tier2", 12);
    let (primary, standby) = sites("tier2");
    assert_eq!(world.link(&Door::Region(primary)), Link::BlackHole);
    assert_eq!(world.link(&Door::Region(standby)), Link::Up(Duration::ZERO));
    assert_eq!((state["landing"].as_str(), state["sites"][0]["answers"].as_str()), (Some("standby"), Some("silence")));
}

#[test]
fn a_lag_storm_and_a_broken_replica_differ() {
    let (_, storm) = after("lag-storm", "tier2", 10);
    let lag = |state: &Value| state["sites"][1]["database"]["lag_s"].as_f64();
    assert!(lag(&storm).unwrap() > 60.0, "{storm}");
    let (mut world, _) = after("replication-broken", "pilot", 12);
    let replica = instance(&mut world, "pilot", "pilot-db-replica");
    assert_eq!(replica.items("StatusInfos", "DBInstanceStatusInfo")[0].get("Normal").and_then(Document::as_bool), Some(false));
}

#[test]
fn a_stalled_queue_grows() {
    let pending = |minutes| {
        let (world, _) = after("s3-stall", "tier2", minutes);
        crate::world::s3::backlog(&world, "tier2-app-data").operations
    };
    assert!(pending(12) > pending(6) && pending(6) > 50);
}

#[test]
fn ransomware_leaves_markers_and_garbage_on_top() {
    let (mut world, _) = after("s3-ransomware", "tier2", 8);
    let (primary, _) = sites("tier2");
    let listed = ask(&mut world, &primary, "s3", "ListObjectVersions", doc! { "Bucket": "tier2-app-data" }).unwrap();
    assert!(!listed.body.items("DeleteMarker", "DeleteMarker").is_empty());
}

#[test]
fn without_a_control_plane_health_checks_still_turn_the_users() {
    let (world, state) = after("control-plane-down", "tier2", 10);
    assert_eq!(world.link(&Door::Route53), Link::BlackHole);
    assert_eq!(state["landing"], "standby");
}

#[test]
fn a_stuck_promotion_stays_modifying_and_capacity_stays_short() {
    let (mut world, _) = after("promote-stuck", "tier2", 4);
    let (_, standby) = sites("tier2");
    ask(&mut world, &standby, "rds", "PromoteReadReplica", doc! { "DBInstanceIdentifier": "tier2-db-replica" }).unwrap();
    let later = world.now() + Duration::from_secs(1200);
    world.advance(later);
    assert_eq!(instance(&mut world, "tier2", "tier2-db-replica").need("DBInstanceStatus").unwrap(), "modifying");

    let (mut world, _) = after("capacity-short", "tier2", 4);
    ask(&mut world, &standby, "ecs", "UpdateService", doc! { "cluster": "tier2-standby", "service": "app", "desiredCount": 2 }).unwrap();
    let later = world.now() + Duration::from_secs(300);
    world.advance(later);
    assert_eq!(crate::world::ecs::running_tasks(&world, &standby, "tier2-standby", "app"), 1);
}

#[test]
fn a_liar_says_one_thing_and_is_another() {
    let (mut world, _) = after("liar-promotion", "tier2", 4);
    let (_, standby) = sites("tier2");
    ask(&mut world, &standby, "rds", "PromoteReadReplica", doc! { "DBInstanceIdentifier": "tier2-db-replica" }).unwrap();
    let later = world.now() + Duration::from_secs(780);
    world.advance(later);
    let told = instance(&mut world, "tier2", "tier2-db-replica");
    assert_eq!(told.need("DBInstanceStatus").unwrap(), "available");
    assert_eq!(told.get("ReadReplicaSourceDBInstanceIdentifier"), None);
    assert_eq!(workload(&world.state(), "tier2")["sites"][1]["database"]["writable"], false);

    let (world, state) = after("liar-answer", "tier2", 4);
    assert!(world.faults.active().iter().any(|active| active.fault == Fault::LiarAnswer));
    assert_eq!(state["sites"][1]["writes"], 200, "the source answers at the standby's address: {state}");
}

#[test]
fn credentials_expire_and_throttling_throttles() {
    let (primary, standby) = sites("tier2");
    let refusals = |world: &mut World, region| {
        let mut codes = Vec::new();
        for _ in 0..20 {
            let answer = ask(world, region, "sts", "GetCallerIdentity", doc! {});
            codes.extend(answer.err().map(|error| error.code.into_owned()));
        }
        codes
    };
    let (mut world, _) = after("credentials-expired", "tier2", 6);
    assert_eq!(refusals(&mut world, &primary).len(), 20);
    let (mut world, _) = after("api-throttled", "tier2", 6);
    assert!(refusals(&mut world, &standby).len() > 8);
}

#[test]
fn both_sites_write_in_a_split() {
    let (_, state) = after("split-brain", "tier2", 25);
    assert_eq!(state["split"], true, "{state}");
}

#[test]
fn automation_acts_without_being_asked() {
    let (world, _) = after("automation-races", "tier2", 20);
    let promoted = world.truth.transitions().any(|transition| transition.kind == "rds" && transition.became == "promoted");
    assert!(promoted, "the state machine promoted nothing");
}

#[test]
fn reading_operations_are_told_from_writing_ones() {
    // Those that begin like a reading one, read; the names are AWS's own.
    let reads = ["Describe", "List", "Get", "Head", "Query", "Scan", "BatchGet", "Test"];
    for operation in SERVICES.iter().flat_map(|service| service.operations) {
        let named = reads.iter().any(|prefix| operation.name.starts_with(prefix));
        assert_eq!(named, operation.access == Access::Read, "{}", operation.name);
    }
}
