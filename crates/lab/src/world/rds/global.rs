//! Aurora global databases: which cluster writes, and how that changes hands between regions.
//!
//! A handover is first *pending* (everything goes on), then *moving* (nobody writes), then done. A switchover moves only once the target
//! holds every row; a failover takes what the target holds, and the old primary is made to follow when its region can be reached again.

use drlab_core::domain::{Region, Timestamp};

use super::super::{Fault, World};
use super::cluster::{self, ClusterSnapshot, ClusterStatus, Following, appoint, cluster_mut, successor, tell, turn};
use super::instance::{Engine, instance_mut};
use super::replication::dark_between;
use super::snapshot::SnapshotKind;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobalMember {
    pub region: Region,
    pub cluster: String,
    pub writer: bool,
    /// `false`: an old primary that has yet to be made to follow (`pending-resync`).
    pub connected: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoverPhase {
    Pending,
    /// Nobody writes since then.
    Moving(Timestamp),
}

#[derive(Clone, Debug)]
pub struct Handover {
    pub phase: HandoverPhase,
    pub from: (Region, String),
    pub to: (Region, String),
    /// A failover; a switchover loses nothing.
    pub loses_data: bool,
    pub moves_at: Timestamp,
    pub ends_at: Timestamp,
}

impl Handover {
    /// The status of the global cluster meanwhile.
    pub(super) const fn status(&self) -> &'static str {
        if self.loses_data { "failing-over" } else { "switching-over" }
    }
}

#[derive(Clone, Debug)]
pub struct GlobalCluster {
    pub id: String,
    pub arn: String,
    pub resource_id: String,
    /// The name that always leads to the cluster that writes.
    pub host: String,
    pub engine: Engine,
    pub version: String,
    pub database: Option<String>,
    pub encrypted: bool,
    pub deletion_protection: bool,
    pub members: Vec<GlobalMember>,
    /// Present only while it runs.
    pub handover: Option<Handover>,
    pub tags: Vec<(String, String)>,
}

impl GlobalCluster {
    pub(super) fn writer(&self) -> Option<&GlobalMember> {
        self.members.iter().find(|member| member.writer)
    }

    pub(super) fn secondaries(&self) -> impl Iterator<Item = &GlobalMember> {
        self.members.iter().filter(|member| !member.writer)
    }
}

/// Changes a global cluster as every region shows it.
pub(super) fn alter(world: &mut World, id: &str, change: impl Fn(&mut GlobalCluster)) {
    for regional in world.regional.values_mut() {
        if let Some(global) = regional.rds.globals.get_mut(id) {
            change(global);
        }
    }
}

pub(super) fn pulse(world: &mut World) {
    let Some(first) = world.regional.values().next() else { return };
    let busy = |global: &&GlobalCluster| global.handover.is_some() || global.members.iter().any(|member| !member.connected);
    let globals: Vec<GlobalCluster> = first.rds.globals.values().filter(busy).cloned().collect();
    for global in globals {
        if let Some(handover) = &global.handover {
            proceed(world, &global, handover);
        }
        for member in global.members.iter().filter(|member| !member.connected) {
            resync(world, &global, member);
        }
    }
}

fn proceed(world: &mut World, global: &GlobalCluster, handover: &Handover) {
    let now = world.now();
    match handover.phase {
        HandoverPhase::Pending if now >= handover.moves_at => {
            if !handover.loses_data && dark_between(world, &handover.from.0, &handover.to.0) {
                return cancel(world, global, handover);
            }
            depart(world, handover);
            alter(world, &global.id, |global| {
                if let Some(handover) = &mut global.handover {
                    handover.phase = HandoverPhase::Moving(now);
                }
            });
        }
        HandoverPhase::Moving(since) if now >= handover.ends_at => {
            let (region, id) = &handover.to;
            let held =
                cluster::cluster(world, region, id).and_then(|cluster| cluster.following.as_ref()).map(|following| following.applied_to);
            let complete = handover.loses_data || held.is_some_and(|held| held >= since);
            if complete && !world.faults.hits(Fault::PromoteStuck, region, id) {
                arrive(world, global, handover);
            }
        }
        HandoverPhase::Pending | HandoverPhase::Moving(_) => {}
    }
}

/// A switchover that finds its source gone before anything has moved is called off.
fn cancel(world: &mut World, global: &GlobalCluster, handover: &Handover) {
    let (region, id) = &handover.to;
    alter(world, &global.id, |global| global.handover = None);
    tell(world, region, id, "global-failover", format!("Global switchover to DB cluster {id} in {region} was cancelled"));
    world.truth.note(world.now(), Some(region), "rds-global", &global.id, "cancelled");
}

/// From now on nobody writes: the old primary if it can be told, the new one until it has arrived.
fn depart(world: &mut World, handover: &Handover) {
    let now = world.now();
    let ((old_region, old), (region, id)) = (&handover.from, &handover.to);
    if !dark_between(world, region, old_region) {
        if let Some(primary) = cluster_mut(world, old_region, old) {
            primary.fenced = true;
        }
        if !handover.loses_data {
            turn(world, old_region, old, ClusterStatus::Modifying, None);
        }
        tell(world, old_region, old, "global-failover", "Global database handover: the DB cluster no longer accepts writes");
    }
    if handover.loses_data {
        let Some(target) = cluster::cluster(world, region, id) else { return };
        let timeline = world.ledger.branch(id, target.timeline, target.holds_to(now));
        if let Some(target) = cluster_mut(world, region, id) {
            target.timeline = timeline;
            target.following = None;
            target.fenced = true;
        }
        turn(world, region, id, ClusterStatus::FailingOver, None);
    } else {
        turn(world, region, id, ClusterStatus::Promoting, None);
    }
}

/// The target writes; all others follow it.
fn arrive(world: &mut World, global: &GlobalCluster, handover: &Handover) {
    let now = world.now();
    let ((old_region, old), (region, id)) = (&handover.from, &handover.to);
    let Some(target) = cluster::cluster(world, region, id) else { return };
    let timeline = if handover.loses_data { target.timeline } else { world.ledger.branch(id, target.timeline, now) };
    if let Some(target) = cluster_mut(world, region, id) {
        target.timeline = timeline;
        target.following = None;
        target.fenced = false;
    }
    if let Some(writer) = successor(world, region, id) {
        appoint(world, region, id, &writer);
        let liar = world.faults.hits(Fault::LiarPromotion, region, id) || world.faults.hits(Fault::LiarPromotion, region, &writer);
        if let Some(writer) = instance_mut(world, region, &writer) {
            writer.liar = liar;
        }
        if !liar {
            world.truth.note(now, Some(region), "rds-cluster", id, "writable");
        }
    }
    turn(world, region, id, ClusterStatus::Available, None);
    for member in &global.members {
        let is_target = member.region == *region && member.cluster == *id;
        let is_old = member.region == *old_region && member.cluster == *old;
        // What was lost in a failover is still in the old primary; it is made to follow by `resync`.
        if is_target || (is_old && handover.loses_data) {
            continue;
        }
        if let Some(cluster) = cluster_mut(world, &member.region, &member.cluster) {
            let applied_to = cluster.holds_to(now);
            cluster.timeline = timeline;
            cluster.following = Some(Following::from(region.clone(), id.clone(), applied_to));
            cluster.writer = None;
            cluster.fenced = false;
        }
        if is_old {
            turn(world, old_region, old, ClusterStatus::Available, None);
        }
    }
    alter(world, &global.id, |global| {
        global.handover = None;
        for member in &mut global.members {
            member.writer = member.region == *region && member.cluster == *id;
            if handover.loses_data && member.region == *old_region && member.cluster == *old {
                member.connected = false;
            }
        }
    });
    tell(world, region, id, "global-failover", format!("Global database handover to DB cluster {id} in {region} is complete"));
    world.truth.note(now, Some(region), "rds-global", &global.id, format!("primary {region}"));
}

/// An old primary that can be reached again: stopped from writing at once, kept as a snapshot, then made to follow.
fn resync(world: &mut World, global: &GlobalCluster, member: &GlobalMember) {
    let now = world.now();
    let Some(writer) = global.writer() else { return };
    if dark_between(world, &member.region, &writer.region) {
        return;
    }
    let (region, id) = (&member.region, &member.cluster);
    let Some(old) = cluster::cluster(world, region, id) else { return };
    if old.status == ClusterStatus::Available {
        let span = world.timings.aurora_resync;
        let lasting = cluster::draw(world, region, id, "resync", span);
        if let Some(old) = cluster_mut(world, region, id) {
            old.fenced = true;
            old.status = ClusterStatus::FailingOver;
            old.until = Some(now + lasting);
        }
        keep(world, region, id);
        world.truth.note(now, Some(region), "rds-cluster", id, "pending-resync");
    } else if old.until.is_none_or(|until| until <= now + super::super::PULSE) {
        let timeline = cluster::cluster(world, &writer.region, &writer.cluster).map(|writer| writer.timeline);
        if let Some((old, timeline)) = cluster_mut(world, region, id).zip(timeline) {
            old.timeline = timeline;
            old.following = Some(Following::steady(writer.region.clone(), writer.cluster.clone(), now));
            old.writer = None;
            old.fenced = false;
        }
        turn(world, region, id, ClusterStatus::Available, None);
        alter(world, &global.id, |global| {
            for member in global.members.iter_mut().filter(|member| member.region == *region && member.cluster == *id) {
                member.connected = true;
            }
        });
        world.truth.note(now, Some(region), "rds-cluster", id, "connected");
    }
}

/// The only copy of the writes that were lost.
fn keep(world: &mut World, region: &Region, id: &str) {
    let span = world.timings.snapshot_creating;
    let lasting = cluster::draw(world, region, id, "unplanned-snapshot", span);
    let Some(old) = cluster::cluster(world, region, id) else { return };
    let moment = world.now().to_string();
    let name = format!("rds:unplanned-global-failover-{id}-{}", moment.get(..16).unwrap_or(&moment).replace(['T', ':'], "-"));
    let snapshot = ClusterSnapshot::of(world, region, old, &name, SnapshotKind::Automated, lasting);
    if let Some(here) = world.regional.get_mut(region) {
        here.rds.cluster_snapshots.insert(name, snapshot);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use crate::doc;
    use crate::document::Document;
    use crate::world::testing::{ask, east, live, west};
    use crate::world::{Fault, World};

    const WEST: &str = "arn:aws:rds:us-west-2:123456789012:cluster:payments-west";

    fn global(world: &mut World) -> Document {
        let shown = done(world, &west(), "DescribeGlobalClusters", doc! { "GlobalClusterIdentifier": "payments" });
        shown.items("GlobalClusters", "GlobalClusterMember")[0].clone()
    }

    fn phase(world: &mut World) -> Option<String> {
        global(world).get("FailoverState").and_then(|state| state.text("Status").unwrap()).map(ToOwned::to_owned)
    }

    fn synchronization(world: &mut World) -> Vec<String> {
        let global = global(world);
        let members = global.items("GlobalClusterMembers", "GlobalClusterMember");
        members.iter().map(|member| member.need("SynchronizationStatus").unwrap().to_owned()).collect()
    }

    #[test]
    fn a_switchover_loses_nothing() {
        let mut world = aurora();
        write(&mut world, &east(), "payments-east", 60);
        let target = doc! { "GlobalClusterIdentifier": "payments", "TargetDbClusterIdentifier": WEST };
        done(&mut world, &east(), "SwitchoverGlobalCluster", target.clone());
        assert_eq!(global(&mut world).need("Status").unwrap(), "switching-over");
        assert_eq!(refused(&mut world, &east(), "SwitchoverGlobalCluster", target), "InvalidGlobalClusterStateFault");
        let mut phases = vec![phase(&mut world)];
        for _ in 0..300 {
            write(&mut world, &east(), "payments-east", 1);
            let (old, new) = (sight(&world, &east(), "payments-east"), sight(&world, &west(), "payments-west"));
            assert!(!(old.writable && new.writable));
            // The API is asked rarely enough not to be throttled.
            if world.now().secs() % 3 == 0 {
                let now = phase(&mut world);
                if phases.last() != Some(&now) {
                    phases.push(now);
                }
            }
        }
        assert_eq!(phases, [Some("pending".to_owned()), Some("switching-over".to_owned()), None]);
        let new = sight(&world, &west(), "payments-west");
        assert!(new.writable && !sight(&world, &east(), "payments-east").writable);
        assert_eq!(world.ledger.missing(new.timeline, world.now()), vec![]);
        assert!(world.ledger.acknowledged() > 3000);
        assert_eq!(synchronization(&mut world), ["connected", "connected"]);
    }

    #[test]
    fn a_failover_of_a_dark_primary_loses_the_lag_and_keeps_it_in_a_snapshot() {
        let mut world = aurora();
        write(&mut world, &east(), "payments-east", 60);
        inject(&mut world, Fault::RegionDark, &east());
        live(&mut world, 10);
        let target = |loses: bool| {
            doc! { "GlobalClusterIdentifier": "payments", "TargetDbClusterIdentifier": WEST, "AllowDataLoss": loses }
        };
        assert_eq!(refused(&mut world, &west(), "FailoverGlobalCluster", target(false)), "InvalidDBClusterStateFault");
        done(&mut world, &west(), "FailoverGlobalCluster", target(true));
        assert_eq!(global(&mut world).get("FailoverState").unwrap().bool("IsDataLossAllowed").unwrap(), Some(true));
        live(&mut world, 400);
        let new = sight(&world, &west(), "payments-west");
        assert!(new.writable);
        let lost: u64 = world.ledger.missing(new.timeline, world.now()).iter().map(|missing| missing.rows).sum();
        assert!((1..=100).contains(&lost), "{lost}");
        assert_eq!(synchronization(&mut world), ["pending-resync", "connected"]);
        live(&mut world, 600);
        assert_eq!(synchronization(&mut world), ["pending-resync", "connected"], "it waits for its region");
        world.faults.clear();
        live(&mut world, 1);
        assert!(!sight(&world, &east(), "payments-east").writable, "fenced as soon as it can be reached");
        live(&mut world, 900);
        assert_eq!(synchronization(&mut world), ["connected", "connected"]);
        let kept = done(&mut world, &east(), "DescribeDBClusterSnapshots", doc! {});
        let kept = kept.items("DBClusterSnapshots", "DBClusterSnapshot")[0].clone();
        assert!(kept.need("DBClusterSnapshotIdentifier").unwrap().starts_with("rds:unplanned-global-failover-payments-east-2026-01-01"));
        let snapshot = world.regional[&east()].rds.cluster_snapshots.values().next().unwrap();
        assert_eq!(world.ledger.held(snapshot.timeline, snapshot.taken_at), 3000, "the snapshot holds all that was lost");
    }

    #[test]
    fn impossible_handovers_are_refused() {
        let mut world = aurora();
        let ask_for = |cluster: &str, target: &str| doc! { "GlobalClusterIdentifier": cluster, "TargetDbClusterIdentifier": target };
        for (input, code) in [
            (ask_for("nothing", WEST), "GlobalClusterNotFoundFault"),
            (ask_for("payments", "arn:aws:rds:us-west-2:123456789012:cluster:other"), "DBClusterNotFoundFault"),
            (ask_for("payments", "arn:aws:rds:us-east-1:123456789012:cluster:payments-east"), "InvalidDBClusterStateFault"),
        ] {
            assert_eq!(refused(&mut world, &east(), "SwitchoverGlobalCluster", input), code);
        }
        let both =
            doc! { "GlobalClusterIdentifier": "payments", "TargetDbClusterIdentifier": WEST, "AllowDataLoss": true, "Switchover": true };
        assert_eq!(refused(&mut world, &east(), "FailoverGlobalCluster", both), "InvalidParameterCombination");
    }

    #[test]
    fn a_headless_secondary_needs_an_instance_first() {
        let mut world = aurora();
        done(&mut world, &west(), "DeleteDBInstance", doc! { "DBInstanceIdentifier": "west-1" });
        live(&mut world, 120);
        let input = doc! { "GlobalClusterIdentifier": "payments", "TargetDbClusterIdentifier": WEST, "AllowDataLoss": true };
        assert_eq!(refused(&mut world, &west(), "FailoverGlobalCluster", input.clone()), "InvalidDBClusterStateFault");
        let create = doc! {
            "DBInstanceIdentifier": "west-2", "DBClusterIdentifier": "payments-west", "DBInstanceClass": "db.r7g.large",
            "Engine": "aurora-postgresql",
        };
        done(&mut world, &west(), "CreateDBInstance", create);
        until(&mut world, &west(), "west-2", "available");
        done(&mut world, &west(), "FailoverGlobalCluster", input);
        live(&mut world, 400);
        assert!(sight(&world, &west(), "payments-west").writable);
    }

    #[test]
    fn a_detached_secondary_becomes_a_database_of_its_own() {
        let mut world = aurora();
        write(&mut world, &east(), "payments-east", 30);
        let primary = "arn:aws:rds:us-east-1:123456789012:cluster:payments-east";
        let detach = |arn: &str| doc! { "GlobalClusterIdentifier": "payments", "DbClusterIdentifier": arn };
        assert_eq!(refused(&mut world, &east(), "RemoveFromGlobalCluster", detach(primary)), "InvalidGlobalClusterStateFault");
        done(&mut world, &west(), "RemoveFromGlobalCluster", detach(WEST));
        live(&mut world, 120);
        assert!(sight(&world, &west(), "payments-west").writable && sight(&world, &east(), "payments-east").writable);
        assert!(ask(&mut world, &east(), "rds", "RemoveFromGlobalCluster", detach(primary)).is_ok());
    }

    #[test]
    fn a_dead_writer_is_replaced_by_a_reader() {
        let mut world = aurora();
        let now = world.now();
        let mut fault = crate::world::ActiveFault::on(Fault::DatabaseDown, &east(), now, None);
        fault.component = Some("east-1".to_owned());
        world.faults.inject(fault);
        live(&mut world, 10);
        assert!(!sight(&world, &east(), "payments-east").up);
        live(&mut world, 40);
        assert!(sight(&world, &east(), "payments-east").writable);
        assert!(sight(&world, &east(), "east-2").writable);
    }
}
