//! Whatever breaks, and whatever is done about it, some things stay true.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::{config, sites, world};
use crate::doc;
use crate::document::Document;
use crate::world::testing::ask;
use crate::world::{ActiveFault, Fault, World, ecs, rds, route53};

/// What may be done to a world.
#[derive(Clone, Debug)]
enum Deed {
    Break { fault: Fault, primary: bool, minutes: u64 },
    Promote,
    Rebuild,
    Reboot { primary: bool },
    Scale { primary: bool, tasks: i64 },
    Bounds { least: i64, most: i64 },
    Live { seconds: u64 },
}

fn deed() -> impl Strategy<Value = Deed> {
    let fault = prop::sample::select(Fault::ALL.to_vec());
    prop_oneof![
        3 => (fault, any::<bool>(), 1..20u64).prop_map(|(fault, primary, minutes)| Deed::Break { fault, primary, minutes }),
        1 => Just(Deed::Promote),
        1 => Just(Deed::Rebuild),
        1 => any::<bool>().prop_map(|primary| Deed::Reboot { primary }),
        1 => (any::<bool>(), 0..6i64).prop_map(|(primary, tasks)| Deed::Scale { primary, tasks }),
        1 => (0..4i64, 4..8i64).prop_map(|(least, most)| Deed::Bounds { least, most }),
        4 => (1..240u64).prop_map(|seconds| Deed::Live { seconds }),
    ]
}

/// Does it, as far as AWS lets it be done: a refusal is an answer.
fn carry_out(world: &mut World, deed: &Deed) {
    let (east, west) = sites("platform");
    let at = |primary: bool| if primary { (&east, "platform-db") } else { (&west, "platform-db-replica") };
    let mut say = |region, service, operation: &str, input: Document| drop(ask(world, region, service, operation, input));
    match deed {
        Deed::Break { fault, primary, minutes } => {
            let fault = ActiveFault::on(*fault, at(*primary).0, world.now(), Some(Duration::from_secs(minutes * 60)));
            world.faults.inject(fault);
        }
        Deed::Promote => say(&west, "rds", "PromoteReadReplica", doc! { "DBInstanceIdentifier": "platform-db-replica" }),
        Deed::Rebuild => {
            let source = world.arn("rds", &west, "db:platform-db-replica");
            let input = doc! { "DBInstanceIdentifier": "platform-db-back", "SourceDBInstanceIdentifier": source };
            drop(ask(world, &east, "rds", "CreateDBInstanceReadReplica", input));
        }
        Deed::Reboot { primary } => {
            let (region, id) = at(*primary);
            say(region, "rds", "RebootDBInstance", doc! { "DBInstanceIdentifier": id });
        }
        Deed::Scale { primary, tasks } => {
            let site = if *primary { "primary" } else { "standby" };
            let input = doc! { "cluster": format!("platform-{site}"), "service": "frontend", "desiredCount": *tasks };
            say(at(*primary).0, "ecs", "UpdateService", input);
        }
        Deed::Bounds { least, most } => {
            let input = doc! {
                "ServiceNamespace": "ecs", "ResourceId": "service/platform-standby/frontend", "ScalableDimension": "ecs:service:DesiredCount",
                "MinCapacity": *least, "MaxCapacity": *most,
            };
            say(&west, "application-autoscaling", "RegisterScalableTarget", input);
        }
        Deed::Live { seconds } => {
            let later = world.now() + Duration::from_secs(*seconds);
            world.advance(later);
        }
    }
}

/// What must be true of any world at any time.
fn check(world: &World) -> Result<(), TestCaseError> {
    for (region, here) in &world.regional {
        for (id, instance) in &here.rds.instances {
            // Nobody follows itself, however long the way round.
            let (mut seen, mut next) = (BTreeSet::new(), instance.replication.clone());
            while let Some(following) = next {
                prop_assert!(seen.insert((following.source_region.clone(), following.source.clone())), "{id} replicates in a circle");
                let source = world.regional.get(&following.source_region).and_then(|there| there.rds.instances.get(&following.source));
                next = source.and_then(|source| source.replication.clone());
            }
            let sight = rds::endpoint(world, region, id).and_then(|host| rds::database_at(world, &host));
            if instance.replication.is_some() {
                prop_assert!(!sight.is_some_and(|sight| sight.writable), "{id} follows and writes");
            }
            if let Some((timeline, as_of)) = rds::holds(world, region, id) {
                prop_assert!(as_of <= world.now(), "{id} holds rows of the future");
                let missing: u64 = world.ledger.missing(timeline, as_of).iter().map(|part| part.rows).sum();
                // Each stretch is rounded for itself.
                let sum = world.ledger.held(timeline, as_of) + missing;
                prop_assert!(
                    sum.abs_diff(world.ledger.acknowledged()) <= 64,
                    "{sum} of {} rows accounted for",
                    world.ledger.acknowledged()
                );
            }
        }
        for service in here.ecs.clusters.values().flat_map(|cluster| cluster.services.values()) {
            prop_assert!(service.running() <= service.tasks.len());
            prop_assert_eq!(service.running(), ecs::running_tasks(world, region, &service.cluster, &service.name));
        }
    }
    for app in &world.applications.list {
        for address in route53::landing(world, &app.record).addresses {
            prop_assert!(crate::world::elb::name_at(world, address).is_some(), "{address} is nobody's");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn worlds_stay_sound(deeds in prop::collection::vec(deed(), 1..14)) {
        let mut world = world("platform");
        for deed in &deeds {
            carry_out(&mut world, deed);
            check(&world)?;
        }
    }

    #[test]
    fn desired_counts_come_back_within_bounds(least in 0..4i64, most in 4..8i64, asked in 0..20i64) {
        let mut world = world("platform");
        carry_out(&mut world, &Deed::Bounds { least, most });
        carry_out(&mut world, &Deed::Scale { primary: false, tasks: asked });
        carry_out(&mut world, &Deed::Live { seconds: 130 });
        let (_, west) = sites("platform");
        let desired = i64::from(ecs::service(&world, &west, "platform-standby", "frontend").unwrap().desired);
        prop_assert!((least..=most).contains(&desired), "{desired} is not within {least} and {most}");
    }
}

#[test]
fn what_is_lost_with_a_region_is_what_had_not_arrived() {
    let mut world = world("tier2");
    let (primary, standby) = sites("tier2");
    let dark = ActiveFault::on(Fault::RegionDark, &primary, world.now(), None);
    world.faults.inject(dark);
    let lost_at = world.now();
    let (_, applied) = rds::holds(&world, &standby, "tier2-db-replica").unwrap();
    let later = lost_at + Duration::from_secs(60);
    world.advance(later);
    ask(&mut world, &standby, "rds", "PromoteReadReplica", doc! { "DBInstanceIdentifier": "tier2-db-replica" }).unwrap();
    let later = world.now() + Duration::from_secs(900);
    world.advance(later);
    let (timeline, as_of) = rds::holds(&world, &standby, "tier2-db-replica").unwrap();
    let missing: u64 = world.ledger.missing(timeline, as_of).iter().map(|part| part.rows).sum();
    let rate: f64 = config("tier2").lab.workloads["tier2"].writers.iter().map(|writer| writer.rows_per_second).sum();
    let most = lost_at.since(applied).as_secs_f64() * rate;
    #[expect(clippy::cast_precision_loss, reason = "a few hundred rows")]
    let missing = missing as f64;
    // What was on its way when the region went may still have arrived; nothing else can have.
    assert!(missing <= most.ceil() + 3.0 && missing >= 0.0, "{missing} rows missing, {most} behind");
    assert!(most > 0.0, "a replica is never quite up to date");
}
