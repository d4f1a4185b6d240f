//! What somebody who connects to a database finds there, whatever the API says.

use drlab_core::domain::{Region, Timestamp};

use super::super::{TimelineId, World};
use super::cluster::Cluster;
use super::instance::{Instance, is_up};

/// What a client that connects to a database finds there.
#[derive(Clone, Debug)]
pub struct DatabaseSight {
    pub region: Region,
    /// The instance, or the Aurora cluster.
    pub id: String,
    /// Accepts connections (false while rebooting, creating, failed).
    pub up: bool,
    /// Can be read, here or from the cluster's readers: a secondary of a global database has readers and no writer.
    pub readable: bool,
    /// Accepts writes.
    pub writable: bool,
    pub timeline: TimelineId,
}

/// The name under which an instance, or a cluster's writer, is reached.
pub fn endpoint(world: &World, region: &Region, id: &str) -> Option<String> {
    let here = &world.regional.get(region)?.rds;
    let instance = here.instances.get(id).map(|instance| &instance.host);
    instance.or_else(|| here.clusters.get(id).map(|cluster| &cluster.host)).cloned()
}

/// Whose rows an instance or a cluster holds, and up to when: a replica is behind.
pub fn holds(world: &World, region: &Region, id: &str) -> Option<(TimelineId, Timestamp)> {
    let (here, now) = (&world.regional.get(region)?.rds, world.now());
    let instance = here.instances.get(id).map(|instance| (instance.timeline, instance.holds_to(now)));
    instance.or_else(|| here.clusters.get(id).map(|cluster| (cluster.timeline, cluster.holds_to(now))))
}

/// The database whose endpoint this is. Names outlive what they lead to: a deleted database's name leads nowhere.
pub fn database_at(world: &World, host: &str) -> Option<DatabaseSight> {
    // `orders.c0123456789a.us-west-2.rds.amazonaws.com`: whose it is, and where.
    let mut labels = host.split('.');
    let (id, place) = (labels.next()?, labels.nth(1)?);
    if let Some((region, here)) = world.regional.iter().find(|(region, _)| region.as_str() == place) {
        if let Some(instance) = here.rds.instances.get(id).filter(|instance| instance.host == host) {
            return Some(of_instance(world, region, instance));
        }
        let cluster = here.rds.clusters.get(id)?;
        return if cluster.host == host {
            Some(of_writer(world, region, cluster))
        } else {
            (cluster.reader_host == host).then(|| of_readers(world, region, cluster))
        };
    }
    let global = world.regional.values().find_map(|regional| regional.rds.globals.get(id).filter(|global| global.host == host))?;
    let writer = global.writer()?;
    let cluster = world.regional.get(&writer.region)?.rds.clusters.get(&writer.cluster)?;
    Some(of_writer(world, &writer.region, cluster))
}

/// The database of this name, as somebody finds it who looks for it where it is: an Aurora cluster that follows another has readers only.
pub fn database_in(world: &World, region: &Region, id: &str) -> Option<DatabaseSight> {
    let (region, here) = world.regional.get_key_value(region)?;
    if let Some(instance) = here.rds.instances.get(id) {
        return Some(of_instance(world, region, instance));
    }
    let cluster = here.rds.clusters.get(id)?;
    Some(if cluster.following.is_some() { of_readers(world, region, cluster) } else { of_writer(world, region, cluster) })
}

/// Every instance of a region, by name.
pub fn instances_in<'w>(world: &'w World, region: &'w Region) -> impl Iterator<Item = DatabaseSight> + 'w {
    world.regional.get(region).into_iter().flat_map(move |here| here.rds.instances.values().map(move |one| of_instance(world, region, one)))
}

fn of_instance(world: &World, region: &Region, instance: &Instance) -> DatabaseSight {
    let up = answers(world, region, instance);
    let cluster = instance.cluster.as_ref().and_then(|id| world.regional.get(region)?.rds.clusters.get(id));
    let writes = match (&instance.cluster, cluster) {
        (Some(_), Some(cluster)) => cluster.writes() && cluster.writer.as_ref() == Some(&instance.id),
        (Some(_), None) => false,
        (None, _) => instance.replication.is_none(),
    };
    DatabaseSight {
        region: region.clone(),
        id: instance.id.clone(),
        up,
        readable: up,
        writable: up && writes && !instance.liar && !instance.is_fenced_by_parameter(),
        timeline: cluster.map_or(instance.timeline, |cluster| cluster.timeline),
    }
}

/// The instance of a cluster that writes, if it has one.
fn writer(world: &World, region: &Region, cluster: &Cluster) -> Option<DatabaseSight> {
    let writer = world.regional.get(region)?.rds.instances.get(cluster.writer.as_ref()?)?;
    Some(of_instance(world, region, writer))
}

/// A cluster's endpoint leads to its writer. A secondary cluster has none, and neither has a headless one.
fn of_writer(world: &World, region: &Region, cluster: &Cluster) -> DatabaseSight {
    let (up, writable) = writer(world, region, cluster).map_or((false, false), |sight| (sight.up, sight.writable));
    DatabaseSight { readable: up || of_readers(world, region, cluster).up, ..seen(region, cluster, up, writable) }
}

/// The reader endpoint falls back to the writer where there is no reader; what it answers is for reading.
fn of_readers(world: &World, region: &Region, cluster: &Cluster) -> DatabaseSight {
    let members = || {
        let instances = world.regional.get(region).map(|regional| regional.rds.instances.values());
        instances.into_iter().flatten().filter(|instance| instance.cluster.as_ref() == Some(&cluster.id))
    };
    let up = |instance: &Instance| answers(world, region, instance);
    let is_writer = |instance: &Instance| cluster.writer.as_ref() == Some(&instance.id);
    let readers = members().any(|instance| !is_writer(instance) && up(instance));
    let alone = !readers && members().any(|instance| is_writer(instance) && up(instance));
    let writable = alone && writer(world, region, cluster).is_some_and(|sight| sight.writable);
    seen(region, cluster, readers || alone, writable)
}

fn seen(region: &Region, cluster: &Cluster, up: bool, writable: bool) -> DatabaseSight {
    DatabaseSight { region: region.clone(), id: cluster.id.clone(), up, readable: up, writable, timeline: cluster.timeline }
}

/// Whether a client gets through: the process runs and a security group lets the application in.
fn answers(world: &World, region: &Region, instance: &Instance) -> bool {
    let admitted =
        world.regional.get(region).is_some_and(|here| instance.security_groups.iter().any(|group| here.rds.admitting.contains(group)));
    admitted && is_up(world, region, instance)
}
