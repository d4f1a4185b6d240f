//! Which rows a replica has: how far behind it is, and what makes it fall further behind.
//!
//! `applied_to` is the truth: rows of the source's timeline up to there are in the replica. It never goes back and never passes the
//! source's present. PostgreSQL applies only what is written to the log, so behind an idle source it stands still until the next heartbeat.

use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::super::{Fault, World};
use super::instance::{Engine, Instance, Promotion, Replication, ReplicationState, Status, instance, instance_mut, is_up, tell};
use super::promote;

/// An idle PostgreSQL database writes to its log at least this often.
const HEARTBEAT: i64 = 300;

/// How much history a replica that has fallen behind replays in a second.
const DRAIN: Duration = Duration::from_secs(4);

/// How a replica and its source stand to each other in this second.
enum Link {
    /// The replica is not running: nothing changes.
    Asleep,
    /// Connected, and the log arrives up to here.
    Flows {
        to: Timestamp,
        rows: f64,
    },
    /// Connected, and nothing is applied.
    Holds,
    Cut(&'static str),
    /// The source was deleted.
    Orphaned,
}

pub(super) fn pulse(world: &mut World) {
    beat(world);
    let mut links = Vec::new();
    let mut departed = Vec::new();
    for (region, regional) in &world.regional {
        for instance in regional.rds.instances.values() {
            if let Some(replication) = &instance.replication
                && instance.promotion.is_none()
                && replication.state != ReplicationState::Terminated
            {
                links.push((region.clone(), instance.id.clone(), link(world, region, instance, replication)));
            }
            for (at, id) in &instance.replicas {
                if !dark_between(world, region, at) && !follows(world, at, id, region, &instance.id) {
                    departed.push((region.clone(), instance.id.clone(), id.clone(), at.clone()));
                }
            }
        }
    }
    for (region, id, link) in links {
        apply(world, &region, &id, link);
    }
    for (region, id, replica, at) in departed {
        if let Some(source) = instance_mut(world, &region, &id) {
            source.replicas.retain(|(place, name)| *place != at || *name != replica);
        }
    }
}

/// How far a replica, or an Aurora cluster that follows another region's, is behind. `None` for what follows nothing.
pub fn replica_lag(world: &World, region: &Region, id: &str) -> Option<Duration> {
    let rds = &world.regional.get(region)?.rds;
    let instance = rds.instances.get(id).filter(|instance| instance.promotion.is_none());
    let replica = instance.and_then(|instance| instance.replication.as_ref()).map(|replication| replication.applied_to);
    let cluster = || rds.clusters.get(id)?.following.as_ref().map(|following| following.applied_to);
    replica.or_else(cluster).map(|applied_to| world.now().since(applied_to))
}

/// What CloudWatch's `ReplicaLag` says, in seconds.
pub(super) fn told_lag(now: Timestamp, engine: Engine, replication: &Replication) -> Option<f64> {
    let behind = now.since(replication.applied_to).as_secs_f64();
    match (&replication.state, engine.is_postgres()) {
        (ReplicationState::Terminated, _) => None,
        (ReplicationState::Error(_), false) => Some(-1.0),
        (_, false) => Some(behind.floor()),
        (_, true) => Some(behind),
    }
}

pub(super) fn dark_between(world: &World, one: &Region, other: &Region) -> bool {
    one != other && (world.faults.is_dark(one) || world.faults.is_dark(other))
}

/// Whether a fault that disturbs replication hits either end of it.
pub(super) fn disturbed(world: &World, fault: Fault, source: (&Region, &str), target: (&Region, &str)) -> bool {
    world.faults.hits(fault, target.0, target.1) || world.faults.hits(fault, source.0, source.1)
}

/// What every idle PostgreSQL source writes to its log now and then.
fn beat(world: &mut World) {
    let now = world.now();
    let mut beating = Vec::new();
    for (region, regional) in &world.regional {
        for source in regional.rds.instances.values().filter(|instance| !instance.replicas.is_empty()) {
            let phase = i64::try_from(world.chance.bits(("heartbeat", region.as_str(), &source.id)) % 300).unwrap_or(0);
            if now.secs().rem_euclid(HEARTBEAT) == phase && is_up(world, region, source) {
                beating.push((region.clone(), source.id.clone()));
            }
        }
    }
    for (region, id) in beating {
        if let Some(source) = instance_mut(world, &region, &id) {
            source.wal = source.wal.max(now);
        }
    }
}

fn follows(world: &World, at: &Region, id: &str, region: &Region, source: &str) -> bool {
    let replication = instance(world, at, id).and_then(|instance| instance.replication.as_ref());
    replication.is_some_and(|replication| replication.source_region == *region && replication.source == source)
}

fn link(world: &World, region: &Region, replica: &Instance, replication: &Replication) -> Link {
    let now = world.now();
    let ends = ((&replication.source_region, replication.source.as_str()), (region, replica.id.as_str()));
    if !is_up(world, region, replica) {
        return Link::Asleep;
    }
    if dark_between(world, region, &replication.source_region) {
        return Link::Cut("The source DB instance cannot be reached.");
    }
    let source = instance(world, &replication.source_region, &replication.source);
    let Some(source) = source.filter(|source| source.resource_id == replication.source_resource) else { return Link::Orphaned };
    if disturbed(world, Fault::ReplicationBroken, ends.0, ends.1) {
        return Link::Cut("Replication has stopped with an error.");
    }
    if !is_up(world, &replication.source_region, source) {
        return Link::Cut("The connection to the source DB instance was lost.");
    }
    if disturbed(world, Fault::LagStorm, ends.0, ends.1) {
        return Link::Holds;
    }
    let written = match &source.replication {
        Some(upstream) if source.promotion.is_none() => upstream.applied_to,
        _ if source.engine.is_postgres() => source.wal,
        _ => now,
    };
    let behind = usual_lag(world, region, replica, source.load > 0.0);
    Link::Flows { to: (now - behind).min(written), rows: source.load }
}

/// The lag of a replica that has nothing to complain of, drawn anew every ten seconds.
fn usual_lag(world: &World, region: &Region, replica: &Instance, busy: bool) -> Duration {
    let luck = world.chance.unit(("lag", region.as_str(), &replica.id, world.now().secs() / 10));
    match (replica.engine.is_postgres(), busy) {
        (true, _) => Duration::from_millis(300) + Duration::from_millis(1700).mul_f64(luck),
        (false, true) => Duration::from_secs(5).mul_f64(luck * luck),
        (false, false) => Duration::ZERO,
    }
}

fn apply(world: &mut World, region: &Region, id: &str, link: Link) {
    let Some(replica) = instance_mut(world, region, id) else { return };
    let Some(replication) = replica.replication.as_mut() else { return };
    let mut state = ReplicationState::Replicating;
    match link {
        Link::Asleep => return,
        Link::Flows { to, rows } => {
            let reach = if replication.catching_up { to.min(replication.applied_to + DRAIN) } else { to };
            replication.catching_up &= reach < to;
            replication.applied_to = replication.applied_to.max(reach);
            replica.load = rows;
            replica.wal = replica.wal.max(replication.applied_to);
            replica.stored_bytes += rows * super::metrics::ROW_BYTES;
        }
        Link::Holds => replication.catching_up = true,
        Link::Cut(why) => {
            replication.catching_up = true;
            state = ReplicationState::Error(why.to_owned());
        }
        Link::Orphaned => return orphaned(world, region, id),
    }
    enter(world, region, id, state);
}

/// RDS promotes what its deleted source leaves behind, but for PostgreSQL's replicas in other regions.
fn orphaned(world: &mut World, region: &Region, id: &str) {
    let Some(replica) = instance(world, region, id) else { return };
    let abroad = replica.replication.as_ref().is_some_and(|replication| replication.source_region != *region);
    if abroad && replica.engine.is_postgres() {
        enter(world, region, id, ReplicationState::Terminated);
    } else if replica.status == Status::Available {
        let promotion = Promotion { retention_days: replica.retention_days, backup_window: replica.backup_window };
        promote::begin(world, region, id, promotion);
    }
}

fn enter(world: &mut World, region: &Region, id: &str, state: ReplicationState) {
    let now = world.now();
    let Some(replication) = instance_mut(world, region, id).and_then(|instance| instance.replication.as_mut()) else { return };
    if replication.state == state {
        return;
    }
    let (became, message) = match &state {
        ReplicationState::Replicating => ("replicating", "Replication for the Read Replica resumed"),
        ReplicationState::Error(_) => ("replication-error", "Read replica replication has stopped with an error"),
        ReplicationState::Terminated => ("replication-terminated", "Replication for the Read Replica terminated"),
    };
    replication.state = state;
    world.truth.note(now, Some(region), "rds", id, became);
    tell(world, region, id, "read replica", message);
}

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use super::*;
    use crate::doc;
    use crate::world::testing::{east, live, west};

    fn lag(world: &World) -> f64 {
        replica_lag(world, &west(), REPLICA).unwrap().as_secs_f64()
    }

    fn told(world: &World) -> f64 {
        let replica = &world.regional[&west()].rds.instances[REPLICA];
        told_lag(world.now(), replica.engine, replica.replication.as_ref().unwrap()).unwrap()
    }

    #[test]
    fn traffic_keeps_postgres_close_and_silence_lets_it_saw() {
        let mut world = pair(Engine::Postgres);
        write(&mut world, &east(), SOURCE, 30);
        for _ in 0..120 {
            write(&mut world, &east(), SOURCE, 1);
            assert!((0.3..=2.0).contains(&lag(&world)), "{}", lag(&world));
        }
        let mut highest: f64 = 0.0;
        for _ in 0..1200 {
            live(&mut world, 1);
            highest = highest.max(lag(&world));
        }
        assert!((250.0..=303.0).contains(&highest), "{highest}");
    }

    #[test]
    fn mysql_stays_within_five_seconds() {
        let mut world = pair(Engine::Mysql);
        for _ in 0..300 {
            write(&mut world, &east(), SOURCE, 1);
            assert!((0.0..=5.0).contains(&lag(&world)));
        }
    }

    #[test]
    fn broken_replication_climbs_on_postgres_and_reads_minus_one_on_mysql() {
        for engine in [Engine::Postgres, Engine::Mysql] {
            let mut world = pair(engine);
            write(&mut world, &east(), SOURCE, 30);
            inject(&mut world, Fault::ReplicationBroken, &west());
            write(&mut world, &east(), SOURCE, 100);
            assert!(lag(&world) >= 100.0);
            assert_eq!(told(&world), if engine == Engine::Mysql { -1.0 } else { lag(&world) });
            let shown = done(&mut world, &west(), "DescribeDBInstances", doc! { "DBInstanceIdentifier": REPLICA });
            let info = shown.items("DBInstances", "DBInstance")[0].items("StatusInfos", "DBInstanceStatusInfo")[0].clone();
            assert_eq!((info.text("Status").unwrap(), info.bool("Normal").unwrap()), (Some("error"), Some(false)));
            world.faults.clear();
            write(&mut world, &east(), SOURCE, 60);
            assert!(lag(&world) < 6.0 && told(&world) >= 0.0);
        }
    }

    #[test]
    fn a_storm_grows_by_a_second_a_second_and_drains_at_a_limited_pace() {
        let mut world = pair(Engine::Postgres);
        write(&mut world, &east(), SOURCE, 30);
        inject(&mut world, Fault::LagStorm, &west());
        let before = lag(&world);
        write(&mut world, &east(), SOURCE, 100);
        assert!((lag(&world) - before - 100.0).abs() < 0.01);
        world.faults.lift(Fault::LagStorm);
        write(&mut world, &east(), SOURCE, 10);
        assert!((lag(&world) - before - 70.0).abs() < 0.01, "drains 3 s net each second, not at once: {}", lag(&world));
        write(&mut world, &east(), SOURCE, 40);
        assert!(lag(&world) <= 2.0);
    }

    #[test]
    fn a_deleted_source_leaves_its_replicas_as_aws_documents() {
        for (engine, abroad) in [(Engine::Postgres, "terminated"), (Engine::Mysql, "promoted")] {
            let mut world = pair(engine);
            add_neighbour(&mut world, engine);
            done(&mut world, &east(), "DeleteDBInstance", doc! { "DBInstanceIdentifier": SOURCE, "SkipFinalSnapshot": true });
            live(&mut world, 1200);
            let here = &world.regional[&east()].rds.instances;
            assert!(!here.contains_key(SOURCE));
            assert!(here["orders-near"].replication.is_none(), "replicas in the region are promoted");
            let replication = &world.regional[&west()].rds.instances[REPLICA].replication;
            match abroad {
                "promoted" => assert!(replication.is_none()),
                _ => assert_eq!(replication.as_ref().unwrap().state, ReplicationState::Terminated),
            }
            if abroad == "terminated" {
                done(&mut world, &west(), "PromoteReadReplica", doc! { "DBInstanceIdentifier": REPLICA });
                until(&mut world, &west(), REPLICA, "available");
                assert!(sight(&world, &west(), REPLICA).writable);
            }
        }
    }

    fn add_neighbour(world: &mut World, engine: Engine) {
        super::super::add_replica(world, &east(), SOURCE, &east(), new("orders-near", engine, 0)).unwrap();
    }

    #[test]
    fn a_source_that_reboots_is_followed_again() {
        let mut world = pair(Engine::Mysql);
        write(&mut world, &east(), SOURCE, 30);
        done(&mut world, &east(), "RebootDBInstance", doc! { "DBInstanceIdentifier": SOURCE });
        live(&mut world, 10);
        assert_eq!(told(&world), -1.0);
        assert!(!sight(&world, &east(), SOURCE).up);
        until(&mut world, &east(), SOURCE, "available");
        write(&mut world, &east(), SOURCE, 60);
        assert!((0.0..=5.0).contains(&told(&world)));
    }
}
