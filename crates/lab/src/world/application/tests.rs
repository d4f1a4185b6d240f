//! The application of a built topology, for the reasons a real one would be up or down.

use std::net::Ipv4Addr;
use std::time::Duration;

use drlab_core::domain::Timestamp;
use serde_json::Value;

use super::*;
use crate::builder::build;
use crate::doc;
use crate::topologies::Topology;
use crate::world::testing::{ask, live};
use crate::world::{ActiveFault, Fault, ecs, route53};

const PRIMARY: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 10);
const STANDBY: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);

fn tier2() -> World {
    let config = Topology::named("tier2").unwrap().config().unwrap();
    build(&config, Timestamp::from_secs(1_767_225_600)).unwrap()
}

fn home() -> Region {
    Region::new("ap-southeast-2")
}

fn away() -> Region {
    Region::new("us-west-2")
}

fn hit(world: &mut World, fault: Fault, region: &Region) {
    let fault = ActiveFault::on(fault, region, world.now(), None);
    world.faults.inject(fault);
}

fn status(world: &World, address: Ipv4Addr, path: &str) -> u16 {
    match fetch(world, address, path) {
        Sight::Answered { status, .. } => status,
        other => panic!("{other:?}"),
    }
}

fn body(world: &World, address: Ipv4Addr) -> Value {
    match fetch(world, address, "/healthz") {
        Sight::Answered { body, .. } => serde_json::from_str(&body).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Rows acknowledged to a writer in the next `seconds`.
fn rows(world: &mut World, writer: &str, seconds: u64) -> u64 {
    let before = world.ledger.acknowledged_to(writer);
    live(world, seconds);
    world.ledger.acknowledged_to(writer) - before
}

#[test]
fn the_primary_writes_and_the_standby_only_reads() {
    let world = tier2();
    assert_eq!(status(&world, PRIMARY, "/healthz"), 200);
    assert_eq!(status(&world, PRIMARY, "/dbcheck"), 200);
    assert_eq!(status(&world, STANDBY, "/healthz"), 200);
    assert_eq!(status(&world, STANDBY, "/dbcheck"), 503);
    assert_eq!(status(&world, PRIMARY, "/nothing-here"), 404);
    assert_eq!(fetch(&world, Ipv4Addr::new(192, 0, 2, 1), "/healthz"), Sight::Silence);
}

#[test]
fn a_dark_region_is_silent_and_one_without_tasks_is_not() {
    let mut world = tier2();
    hit(&mut world, Fault::RegionDark, &home());
    assert_eq!(fetch(&world, PRIMARY, "/healthz"), Sight::Silence);
    ask(&mut world, &away(), "ecs", "UpdateService", doc! { "cluster": "tier2-standby", "service": "app", "desiredCount": 0 }).unwrap();
    live(&mut world, 120);
    assert_eq!(ecs::running_tasks(&world, &away(), "tier2-standby", "app"), 0);
    assert_eq!(status(&world, STANDBY, "/healthz"), 503);
}

#[test]
fn a_lost_database_stops_writes_but_not_a_shallow_health_check() {
    let mut world = tier2();
    hit(&mut world, Fault::DatabaseDown, &home());
    live(&mut world, 2);
    assert_eq!(status(&world, PRIMARY, "/healthz"), 200);
    assert_eq!(status(&world, PRIMARY, "/dbcheck"), 503);
    world.applications.list[0].deep_health = true;
    assert_eq!(status(&world, PRIMARY, "/healthz"), 503);
}

#[test]
fn an_application_flaps_by_the_minute_and_browns_out_by_its_share() {
    let mut world = tier2();
    hit(&mut world, Fault::AppFlapping, &home());
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(status(&world, PRIMARY, "/healthz"));
        live(&mut world, 60);
    }
    assert!(seen.windows(2).all(|pair| pair[0] != pair[1]), "{seen:?}");
    world.faults.clear();
    world.faults.inject(ActiveFault { level: Some(0.5), ..ActiveFault::on(Fault::Brownout, &home(), world.now(), None) });
    let mut failed = 0;
    for _ in 0..400 {
        live(&mut world, 1);
        failed += u32::from(status(&world, PRIMARY, "/healthz") == 503);
    }
    assert!((140..260).contains(&failed), "{failed} of 400 failed");
}

#[test]
fn a_liar_answers_in_the_sources_name() {
    let mut world = tier2();
    assert_eq!(body(&world, STANDBY)["site"], "standby");
    hit(&mut world, Fault::LiarAnswer, &away());
    assert_eq!(body(&world, STANDBY)["site"], "primary");
}

#[test]
fn writers_differ_in_what_stops_them() {
    let mut world = tier2();
    assert_eq!(rows(&mut world, "web", 10), 480);
    assert_eq!(rows(&mut world, "batch", 10), 60);
    assert_eq!(rows(&mut world, "reports", 10), 40);
    // Scaling to zero fences what goes through the application, and nothing else.
    ask(&mut world, &home(), "ecs", "UpdateService", doc! { "cluster": "tier2-primary", "service": "app", "desiredCount": 0 }).unwrap();
    live(&mut world, 120);
    assert_eq!(rows(&mut world, "batch", 10), 0);
    assert_eq!(rows(&mut world, "reports", 10), 40);
}

#[test]
fn who_asks_dns_follows_it_and_who_does_not_stays_behind() {
    let mut world = tier2();
    ask(&mut world, &away(), "rds", "PromoteReadReplica", doc! { "DBInstanceIdentifier": "tier2-db-replica" }).unwrap();
    live(&mut world, 900);
    hit(&mut world, Fault::RegionDark, &home());
    live(&mut world, 600);
    assert_eq!(route53::landing(&world, "tier2.example.com").addresses.first(), Some(&STANDBY));
    assert_eq!(rows(&mut world, "web", 10), 480);
    assert_eq!(rows(&mut world, "batch", 10), 0, "the pinned client keeps its dead address");
    assert_eq!(rows(&mut world, "reports", 10), 0, "nothing can be written to the lost database");
}

#[test]
fn a_brownout_costs_its_share_of_the_rows_and_load_follows_the_users() {
    let mut world = tier2();
    world.faults.inject(ActiveFault { level: Some(0.25), ..ActiveFault::on(Fault::Brownout, &home(), world.now(), None) });
    assert_eq!(rows(&mut world, "web", 10), 360);
    world.faults.clear();
    let load =
        |world: &World, region: &Region, cluster: &str| ecs::service(world, region, cluster, "app").unwrap().load.requests_per_second;
    assert!(load(&world, &home(), "tier2-primary") > 0.0);
    hit(&mut world, Fault::AppDown, &home());
    live(&mut world, 600);
    assert!(load(&world, &home(), "tier2-primary") == 0.0 && load(&world, &away(), "tier2-standby") > 0.0);
}

#[test]
fn requests_reach_the_metrics_of_where_they_land() {
    let mut world = tier2();
    live(&mut world, 60);
    let minute = Duration::from_secs(60);
    let mut gauges = Gauges::default();
    // Half a minute of the next one.
    live(&mut world, 30);
    crate::world::elb::measure(&mut world, &mut gauges);
    let requests = |region: &Region| -> f64 {
        let found = gauges
            .clone()
            .into_readings()
            .into_iter()
            .filter(|(at, name, _)| at == region && name.metric == "RequestCount" && name.dimensions.len() == 1);
        found.map(|(_, _, reading)| reading.sum).sum()
    };
    assert!(requests(&home()) > 0.0 && requests(&home()) <= 90.0 * minute.as_secs_f64());
    assert!(requests(&away()) == 0.0);
}

/// Somebody's own workload is rehearsed as it is: where no secret names the database, the tasks of each site are told it otherwise.
#[test]
fn without_a_secret_each_site_knows_its_own_database() {
    let mut config = Topology::named("tier2").unwrap().config().unwrap();
    config.workloads[0].database.as_mut().unwrap().secret = None;
    let mut world = build(&config, Timestamp::from_secs(1_767_225_600)).unwrap();
    world.applications.list[0].deep_health = true;
    for (address, writes) in [(PRIMARY, 200), (STANDBY, 503)] {
        assert_eq!((status(&world, address, "/healthz"), status(&world, address, "/dbcheck")), (200, writes));
    }
    // Tasks that start later are told the same.
    let anew = doc! { "cluster": "tier2-primary", "service": "app", "forceNewDeployment": true };
    ask(&mut world, &home(), "ecs", "UpdateService", anew).unwrap();
    live(&mut world, 600);
    assert_eq!(status(&world, PRIMARY, "/healthz"), 200);
    assert_eq!(rows(&mut world, "web", 10), 480);
}
