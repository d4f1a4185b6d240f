//! What a minute of databases looks like in CloudWatch, and the application's notes it is made from.

use drlab_core::domain::Region;

use super::super::{Gauges, Reading, World};
use super::cluster::Cluster;
use super::instance::{Instance, Status, instance, is_up};
use super::replication::{replica_lag, told_lag};

pub(super) const GIB: f64 = 1_073_741_824.0;

/// What a row takes on disk with its share of indexes and log.
pub(super) const ROW_BYTES: f64 = 1024.0;

/// The application tells how much it asks of an instance, or of an Aurora cluster's writer, in this second. Notes of one instant add up.
/// A note holds for two seconds, so whoever goes on using a database repeats it, and a fence shows as connections falling to none.
pub fn note_writes(world: &mut World, region: &Region, id: &str, rows_per_second: f64, connections: f64) {
    let now = world.now();
    let Some(here) = world.regional.get(region) else { return };
    let target = match (here.rds.instances.get(id), here.rds.clusters.get(id)) {
        (Some(instance), _) => instance.id.clone(),
        (None, Some(cluster)) => match &cluster.writer {
            Some(writer) => writer.clone(),
            None => return,
        },
        (None, None) => return,
    };
    if !instance(world, region, &target).is_some_and(|instance| is_up(world, region, instance)) {
        return;
    }
    let Some(instance) = super::instance::instance_mut(world, region, &target) else { return };
    if instance.noted == now {
        instance.load += rows_per_second;
        instance.connections += connections;
    } else {
        instance.load = rows_per_second;
        instance.connections = connections;
    }
    instance.noted = now;
    instance.stored_bytes += rows_per_second * ROW_BYTES;
    if rows_per_second > 0.0 {
        // The second that was noted may be the one just ended or the one that begins: its rows are on the log by its end.
        instance.wal = now + super::super::PULSE;
    }
}

/// The readings of the minute just ended.
pub fn measure(world: &mut World, gauges: &mut Gauges) {
    for (region, regional) in &world.regional {
        for instance in regional.rds.instances.values() {
            measure_instance(world, region, instance, gauges);
        }
        for cluster in regional.rds.clusters.values() {
            measure_cluster(world, region, cluster, gauges);
        }
    }
}

fn measure_instance(world: &World, region: &Region, instance: &Instance, gauges: &mut Gauges) {
    if matches!(instance.status, Status::Creating | Status::Stopped | Status::Deleting) {
        return;
    }
    let up = is_up(world, region, instance);
    let mut put = |metric: &str, value: f64| {
        gauges.put(region, "AWS/RDS", metric, &[("DBInstanceIdentifier", &instance.id)], Reading::level(value));
    };
    put("CPUUtilization", cpu(world, region, instance, up));
    put("DatabaseConnections", if up { instance.connections } else { 0.0 });
    put("FreeableMemory", (memory(&instance.class) * 0.55 - instance.connections * 10e6).max(64e6));
    put("WriteIOPS", if up { 2.0 + instance.load * 1.5 } else { 0.0 });
    put("ReadIOPS", if up { 1.0 + instance.connections * 0.5 } else { 0.0 });
    match &instance.cluster {
        None => put("FreeStorageSpace", (f64::from(instance.storage_gib) * GIB - instance.stored_bytes).max(0.0)),
        Some(cluster) => {
            let writer = regional_cluster(world, region, cluster).and_then(|cluster| cluster.writer.as_ref());
            put("FreeLocalStorage", memory(&instance.class) * 2.0);
            if up && writer != Some(&instance.id) {
                put("AuroraReplicaLag", 12.0 + 20.0 * world.chance.unit(("reader-lag", &instance.id, world.now().secs())));
            }
        }
    }
    if up
        && instance.promotion.is_none()
        && let Some(lag) = instance.replication.as_ref().and_then(|replication| told_lag(world.now(), instance.engine, replication))
    {
        put("ReplicaLag", lag);
    }
}

fn measure_cluster(world: &World, region: &Region, cluster: &Cluster, gauges: &mut Gauges) {
    let mut put = |metric: &str, dimensions: &[(&str, &str)], value: f64| {
        gauges.put(region, "AWS/RDS", metric, dimensions, Reading::level(value));
    };
    let members = || {
        let instances = world.regional.get(region).map(|regional| regional.rds.instances.values());
        instances.into_iter().flatten().filter(|instance| instance.cluster.as_ref() == Some(&cluster.id) && is_up(world, region, instance))
    };
    if members().next().is_some() {
        let id = [("DBClusterIdentifier", cluster.id.as_str())];
        put("DatabaseConnections", &id, members().map(|instance| instance.connections).sum());
        let cpus: Vec<f64> = members().map(|instance| cpu(world, region, instance, true)).collect();
        put("CPUUtilization", &id, cpus.iter().copied().fold(0.0, f64::max));
    }
    let millis = |lag: std::time::Duration| lag.as_secs_f64() * 1000.0;
    if let Some(following) = &cluster.following
        && let Some(lag) = replica_lag(world, region, &cluster.id)
    {
        let source = following.region.as_str();
        put("AuroraGlobalDBReplicationLag", &[("DBClusterIdentifier", &cluster.id)], millis(lag));
        put("AuroraGlobalDBReplicationLag", &[("DBClusterIdentifier", &cluster.id), ("SourceRegion", source)], millis(lag));
        return;
    }
    // The primary knows how far each of its secondaries is; the one furthest behind is the risk.
    let global = cluster.global.as_ref().and_then(|id| world.regional.get(region)?.rds.globals.get(id));
    let behind = global.into_iter().flat_map(|global| &global.members).filter(|member| !member.writer && member.connected);
    if let Some(worst) = behind.filter_map(|member| replica_lag(world, &member.region, &member.cluster)).max() {
        put("AuroraGlobalDBRPOLag", &[("DBClusterIdentifier", &cluster.id)], millis(worst));
    }
}

fn regional_cluster<'w>(world: &'w World, region: &Region, id: &str) -> Option<&'w Cluster> {
    world.regional.get(region)?.rds.clusters.get(id)
}

/// Idle at a few percent; rows and connections fill what is left, the faster the smaller the class.
fn cpu(world: &World, region: &Region, instance: &Instance, up: bool) -> f64 {
    let idle = 2.0 + 2.0 * world.chance.unit(("cpu", region.as_str(), &instance.id, world.now().secs() / 60));
    let asked = (instance.load + instance.connections * 0.5) / (processors(&instance.class) * 250.0);
    if up { idle + (96.0 - idle) * (1.0 - (-asked).exp()) } else { idle }
}

/// `db.r7g.2xlarge` has 8.
fn processors(class: &str) -> f64 {
    let size = class.rsplit('.').next().unwrap_or_default();
    match size.strip_suffix("xlarge") {
        Some("") => 4.0,
        Some(times) => times.parse::<f64>().map_or(2.0, |times| times * 4.0),
        None => 2.0,
    }
}

fn memory(class: &str) -> f64 {
    let per_processor = match class.split('.').nth(1).and_then(|family| family.chars().next()) {
        Some('r' | 'x') => 8.0,
        Some('c') => 2.0,
        _ => 4.0,
    };
    let share = match class.rsplit('.').next() {
        Some("micro") => 0.125,
        Some("small") => 0.25,
        Some("medium") => 0.5,
        _ => 1.0,
    };
    processors(class) * per_processor * share * GIB
}

#[cfg(test)]
mod tests {
    use super::super::Engine;
    use super::super::fixture::*;
    use super::*;
    use crate::doc;
    use crate::world::testing::{east, live, west};

    fn reading(world: &mut World, region: &Region, metric: &str, dimensions: &[(&str, &str)]) -> Option<f64> {
        let mut gauges = Gauges::default();
        measure(world, &mut gauges);
        let told = |found: &[(String, String)]| {
            found.len() == dimensions.len() && dimensions.iter().all(|(n, v)| found.iter().any(|(fn_, fv)| fn_ == n && fv == v))
        };
        let readings = gauges.into_readings();
        readings
            .iter()
            .find(|(at, name, _)| at == region && name.metric == metric && told(&name.dimensions))
            .map(|(_, _, reading)| reading.max)
    }

    #[test]
    fn a_fence_shows_as_connections_falling_to_none() {
        let mut world = pair(Engine::Postgres);
        write(&mut world, &east(), SOURCE, 30);
        let of = [("DBInstanceIdentifier", SOURCE)];
        let (calm, asked) = (3.0, reading(&mut world, &east(), "CPUUtilization", &of).unwrap());
        assert_eq!(reading(&mut world, &east(), "DatabaseConnections", &of), Some(20.0));
        assert!(asked > calm);
        live(&mut world, 5);
        assert_eq!(reading(&mut world, &east(), "DatabaseConnections", &of), Some(0.0));
        assert!(reading(&mut world, &east(), "CPUUtilization", &of).unwrap() < 5.0);
    }

    #[test]
    fn lag_is_told_where_the_follower_is() {
        let mut world = pair(Engine::Postgres);
        write(&mut world, &east(), SOURCE, 30);
        let lag = reading(&mut world, &west(), "ReplicaLag", &[("DBInstanceIdentifier", REPLICA)]).unwrap();
        assert!((0.3..=2.0).contains(&lag));
        assert_eq!(reading(&mut world, &east(), "ReplicaLag", &[("DBInstanceIdentifier", SOURCE)]), None);

        let mut world = aurora();
        live(&mut world, 30);
        let follower = [("DBClusterIdentifier", "payments-west")];
        let millis = reading(&mut world, &west(), "AuroraGlobalDBReplicationLag", &follower).unwrap();
        assert!((80.0..=1900.0).contains(&millis), "{millis}");
        let both = [("DBClusterIdentifier", "payments-west"), ("SourceRegion", "us-east-1")];
        assert_eq!(reading(&mut world, &west(), "AuroraGlobalDBReplicationLag", &both), Some(millis));
        assert_eq!(reading(&mut world, &east(), "AuroraGlobalDBRPOLag", &[("DBClusterIdentifier", "payments-east")]), Some(millis));
    }

    #[test]
    fn notes_of_one_second_add_up_and_reach_a_clusters_writer() {
        let mut world = aurora();
        live(&mut world, 1);
        note_writes(&mut world, &east(), "payments-east", 10.0, 5.0);
        note_writes(&mut world, &east(), "payments-east", 30.0, 7.0);
        let writer = &world.regional[&east()].rds.instances["east-1"];
        assert_eq!((writer.load, writer.connections), (40.0, 12.0));
        live(&mut world, 1);
        note_writes(&mut world, &east(), "payments-east", 1.0, 2.0);
        assert_eq!(world.regional[&east()].rds.instances["east-1"].connections, 2.0);
    }

    #[test]
    fn who_is_stopped_tells_nothing() {
        let mut world = pair(Engine::Postgres);
        done(&mut world, &west(), "DeleteDBInstance", doc! { "DBInstanceIdentifier": REPLICA, "SkipFinalSnapshot": true });
        assert_eq!(reading(&mut world, &west(), "CPUUtilization", &[("DBInstanceIdentifier", REPLICA)]), None);
    }

    #[test]
    fn sizes_follow_their_class() {
        assert_eq!((processors("db.r7g.2xlarge"), processors("db.m7g.large"), processors("db.t4g.micro")), (8.0, 2.0, 2.0));
        assert_eq!((memory("db.r7g.large") / GIB, memory("db.t4g.micro") / GIB), (16.0, 1.0));
    }
}
