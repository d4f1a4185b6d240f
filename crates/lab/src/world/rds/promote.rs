//! `PromoteReadReplica`: a replica becomes a database of its own, which takes minutes, a reboot and, with backups on, a backup.

use drlab_core::domain::Region;

use super::super::{Answer, ApiError, Call, Fault, TimelineId, World};
use super::arn::{instance_state, invalid};
use super::describe::answer;
use super::instance::{Promotion, Status, draw, instance, instance_mut, named, tell, turn};
use super::life;
use super::window::DailyWindow;
use crate::document::Document;

pub(super) fn promote_read_replica(world: &mut World, call: &Call) -> Answer {
    let replica = named(world, &call.region, call.input.need("DBInstanceIdentifier")?)?;
    let id = replica.id.clone();
    if replica.replication.is_none() {
        return Err(instance_state(format!("DB Instance {id} is not a read replica.")));
    }
    if replica.promotion.is_some() || replica.status != Status::Available {
        return Err(instance_state(format!("Instance {id} is currently {} and cannot be promoted.", replica.status.name())));
    }
    let retention_days = retention(&call.input)?.unwrap_or(replica.retention_days);
    if retention_days == 0 && !replica.replicas.is_empty() {
        return Err(invalid("BackupRetentionPeriod cannot be 0 for a DB instance that is the source of a read replica."));
    }
    let backup_window = backup_window(&call.input)?.unwrap_or(replica.backup_window);
    begin(world, &call.region, &id, Promotion { retention_days, backup_window });
    answer(world, &call.region, &id)
}

/// How many days a request wants backups kept.
pub(super) fn retention(input: &Document) -> Result<Option<u32>, ApiError> {
    let days = input.int("BackupRetentionPeriod")?;
    days.map(|days| u32::try_from(days).ok().filter(|days| *days <= 35))
        .map(|days| days.ok_or_else(|| invalid("Invalid backup retention period. Retention period must be between 0 and 35.")))
        .transpose()
}

pub(super) fn backup_window(input: &Document) -> Result<Option<DailyWindow>, ApiError> {
    let text = input.text("PreferredBackupWindow")?;
    text.map(|text| {
        DailyWindow::parse(text).ok_or_else(|| invalid(format!("Invalid backup window: {text}. Use hh24:mi-hh24:mi, 30 minutes at least.")))
    })
    .transpose()
}

/// Replication stops here and now: what has not been applied is not in the new database's history.
pub(super) fn begin(world: &mut World, region: &Region, id: &str, promotion: Promotion) {
    let Some(replica) = instance(world, region, id) else { return };
    let Some(replication) = &replica.replication else { return };
    let (parent, cut) = (replica.timeline, replication.applied_to);
    let timeline = world.ledger.branch(id, parent, cut);
    let span = world.timings.promotion_modifying;
    let lasting = draw(world, region, id, "promote", span);
    if let Some(replica) = instance_mut(world, region, id) {
        replica.timeline = timeline;
        replica.promotion = Some(promotion);
    }
    hand_down(world, region, id, timeline);
    tell(world, region, id, "read replica", "Promotion of the read replica has started");
    turn(world, region, id, Status::Modifying, Some(lasting));
}

/// Replicas of a replica follow it into its new history; they hold no row that it does not hold.
fn hand_down(world: &mut World, region: &Region, id: &str, timeline: TimelineId) {
    let Some(resource) = instance(world, region, id).map(|instance| instance.resource_id.clone()) else { return };
    let mut below = Vec::new();
    for (at, regional) in &mut world.regional {
        for follower in regional.rds.instances.values_mut() {
            let follows = follower.replication.as_ref().is_some_and(|replication| replication.source_resource == resource);
            if follows && follower.promotion.is_none() {
                follower.timeline = timeline;
                below.push((at.clone(), follower.id.clone()));
            }
        }
    }
    for (at, follower) in below {
        hand_down(world, &at, &follower, timeline);
    }
}

pub(super) fn after_modifying(world: &mut World, region: &Region, id: &str) {
    if world.faults.hits(Fault::PromoteStuck, region, id) {
        return;
    }
    let span = world.timings.promotion_rebooting;
    let lasting = draw(world, region, id, "promote-reboot", span);
    turn(world, region, id, Status::Rebooting, Some(lasting));
}

/// The end of the promotion: only now is the source gone and writing allowed.
pub(super) fn after_rebooting(world: &mut World, region: &Region, id: &str) {
    let now = world.now();
    life::after_reboot(world, region, id);
    let liar = world.faults.hits(Fault::LiarPromotion, region, id);
    let Some(promoted) = instance_mut(world, region, id) else { return };
    if let Some(promotion) = promoted.promotion.take() {
        promoted.retention_days = promotion.retention_days;
        promoted.backup_window = promotion.backup_window;
    }
    promoted.replication = None;
    promoted.owes_backup = true;
    promoted.liar = liar;
    promoted.wal = now;
    world.truth.note(now, Some(region), "rds", id, "promoted");
    if !liar {
        world.truth.note(now, Some(region), "rds", id, "writable");
    }
    tell(world, region, id, "notification", "Promoted Read Replica instance to a stand-alone database instance");
    life::come_up(world, region, id);
}

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use super::super::{Engine, replica_lag};
    use super::*;
    use crate::doc;
    use crate::world::testing::{ask, east, live, west};

    fn promote(world: &mut World) {
        done(world, &west(), "PromoteReadReplica", doc! { "DBInstanceIdentifier": REPLICA, "BackupRetentionPeriod": 7 });
    }

    #[test]
    fn a_promotion_goes_through_all_its_stations() {
        let mut world = pair(Engine::Postgres);
        write(&mut world, &east(), SOURCE, 60);
        let endpoint = host(&world, &west(), REPLICA);
        promote(&mut world);
        let mut stations = vec![status(&world, &west(), REPLICA)];
        for _ in 0..1200 {
            live(&mut world, 1);
            let now = status(&world, &west(), REPLICA);
            if stations.last() != Some(&now) {
                stations.push(now);
            }
            let replica = &world.regional[&west()].rds.instances[REPLICA];
            let on_the_way = matches!(now, "modifying" | "rebooting");
            assert_eq!(replica.replication.is_some(), on_the_way, "the source is shown until the reboot is over");
            assert_eq!(sight(&world, &west(), REPLICA).writable, !on_the_way);
        }
        assert_eq!(stations, ["modifying", "rebooting", "backing-up", "available"]);
        assert_eq!(host(&world, &west(), REPLICA), endpoint);
        assert!(world.regional[&east()].rds.instances[SOURCE].replicas.is_empty());
        assert_eq!(world.regional[&west()].rds.instances[REPLICA].retention_days, 7);
        assert_eq!(replica_lag(&world, &west(), REPLICA), None);
    }

    #[test]
    fn only_an_available_replica_is_promoted() {
        let mut world = pair(Engine::Postgres);
        let input = || doc! { "DBInstanceIdentifier": REPLICA };
        assert_eq!(refused(&mut world, &east(), "PromoteReadReplica", doc! { "DBInstanceIdentifier": SOURCE }), "InvalidDBInstanceState");
        assert_eq!(refused(&mut world, &west(), "PromoteReadReplica", doc! { "DBInstanceIdentifier": "nobody" }), "DBInstanceNotFound");
        done(&mut world, &west(), "CreateDBSnapshot", doc! { "DBInstanceIdentifier": REPLICA, "DBSnapshotIdentifier": "before" });
        assert_eq!(status(&world, &west(), REPLICA), "backing-up");
        assert_eq!(refused(&mut world, &west(), "PromoteReadReplica", input()), "InvalidDBInstanceState");
        until(&mut world, &west(), REPLICA, "available");
        promote(&mut world);
        assert_eq!(refused(&mut world, &west(), "PromoteReadReplica", input()), "InvalidDBInstanceState");
    }

    #[test]
    fn what_was_in_flight_when_the_source_went_dark_is_lost_and_nothing_else() {
        let mut world = pair(Engine::Postgres);
        write(&mut world, &east(), SOURCE, 120);
        inject(&mut world, Fault::RegionDark, &east());
        let applied_to = world.regional[&west()].rds.instances[REPLICA].replication.as_ref().unwrap().applied_to;
        live(&mut world, 90);
        promote(&mut world);
        until(&mut world, &west(), REPLICA, "available");
        let sight = sight(&world, &west(), REPLICA);
        let lost: u64 = world.ledger.missing(sight.timeline, world.now()).iter().map(|missing| missing.rows).sum();
        assert_eq!(lost, world.ledger.acknowledged() - world.ledger.held(sight.timeline, applied_to));
        assert!((1..=200).contains(&lost), "{lost} rows lost");
        assert!(sight.writable);
        assert_eq!(world.regional[&east()].rds.instances[SOURCE].replicas.len(), 1, "a dark source cannot hear of it");
    }

    #[test]
    fn an_idle_source_loses_nothing() {
        let mut world = pair(Engine::Postgres);
        write(&mut world, &east(), SOURCE, 60);
        live(&mut world, 700);
        promote(&mut world);
        until(&mut world, &west(), REPLICA, "available");
        let timeline = sight(&world, &west(), REPLICA).timeline;
        assert_eq!(world.ledger.missing(timeline, world.now()), vec![]);
        assert_eq!(world.ledger.acknowledged(), 3000);
    }

    #[test]
    fn a_stuck_promotion_stays_until_it_is_let_go() {
        let mut world = pair(Engine::Mysql);
        inject(&mut world, Fault::PromoteStuck, &west());
        promote(&mut world);
        live(&mut world, 3600);
        assert_eq!(status(&world, &west(), REPLICA), "modifying");
        world.faults.lift(Fault::PromoteStuck);
        until(&mut world, &west(), REPLICA, "available");
        assert!(sight(&world, &west(), REPLICA).writable);
    }

    #[test]
    fn a_liar_says_available_and_refuses_writes() {
        let mut world = pair(Engine::Postgres);
        inject(&mut world, Fault::LiarPromotion, &west());
        promote(&mut world);
        until(&mut world, &west(), REPLICA, "available");
        let shown = done(&mut world, &west(), "DescribeDBInstances", doc! { "DBInstanceIdentifier": REPLICA });
        assert!(shown.items("DBInstances", "DBInstance")[0].get("ReadReplicaSourceDBInstanceIdentifier").is_none());
        let seen = sight(&world, &west(), REPLICA);
        assert!(seen.up && !seen.writable);
        world.faults.clear();
        live(&mut world, 1);
        assert!(sight(&world, &west(), REPLICA).writable);
    }

    #[test]
    fn retention_and_window_are_checked() {
        let mut world = pair(Engine::Postgres);
        for wrong in [doc! { "BackupRetentionPeriod": 36 }, doc! { "BackupRetentionPeriod": -1 }, doc! { "PreferredBackupWindow": "noon" }]
        {
            let mut input = wrong;
            input.set("DBInstanceIdentifier", REPLICA);
            assert_eq!(ask(&mut world, &west(), "rds", "PromoteReadReplica", input).unwrap_err().code, "InvalidParameterValue");
        }
    }
}
