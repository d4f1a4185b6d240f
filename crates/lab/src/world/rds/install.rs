//! Databases that have stood there all along: what a topology puts into a world at its beginning.

use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::super::{ApiError, TimelineId, World};
use super::arn::{no_cluster, no_instance};
use super::backup::{KeptBackup, Restorable};
use super::cluster::{Cluster, ClusterStatus, Following};
use super::global::{GlobalCluster, GlobalMember};
use super::instance::{Changes, Engine, Instance, Replication, ReplicationState, Status, instance, instance_mut};
use super::snapshot::{Snapshot, SnapshotKind, SnapshotStatus};
use super::window::DailyWindow;
use super::{metrics, parameters};

/// What is to be said of a new instance; the rest RDS decides.
#[derive(Clone, Debug)]
pub struct NewInstance {
    pub id: String,
    pub engine: Engine,
    pub version: Option<String>,
    pub class: String,
    pub storage_gib: u32,
    pub multi_az: bool,
    pub retention_days: u32,
    pub backup_window: Option<DailyWindow>,
    pub parameter_group: Option<String>,
    pub security_groups: Vec<String>,
    pub subnet_group: Option<String>,
    pub kms_key: Option<String>,
    pub port: Option<u16>,
    pub username: Option<String>,
    pub database: Option<String>,
    pub tags: Vec<(String, String)>,
    pub deletion_protection: bool,
}

impl Default for NewInstance {
    fn default() -> Self {
        Self {
            id: String::new(),
            engine: Engine::default(),
            version: None,
            class: "db.m7g.large".to_owned(),
            storage_gib: 100,
            multi_az: false,
            retention_days: 0,
            backup_window: None,
            parameter_group: None,
            security_groups: Vec::new(),
            subnet_group: None,
            kms_key: None,
            port: None,
            username: None,
            database: None,
            tags: Vec::new(),
            deletion_protection: false,
        }
    }
}

/// An instance of an Aurora cluster. The first one of a primary cluster is its writer.
#[derive(Clone, Debug, Default)]
pub struct NewMember {
    pub id: String,
    pub class: String,
    pub promotion_tier: u32,
}

#[derive(Clone, Debug, Default)]
pub struct NewCluster {
    pub id: String,
    /// None: a headless cluster, storage without anybody who answers.
    pub members: Vec<NewMember>,
    /// What its instances and itself have in common; `id` and `class` are not looked at.
    pub common: NewInstance,
}

#[derive(Clone, Debug)]
pub struct NewGlobalCluster {
    pub id: String,
    pub primary: (Region, NewCluster),
    pub secondaries: Vec<(Region, NewCluster)>,
}

/// A standalone instance in steady state. Its security groups are the ones that let the application in.
pub fn add_instance(world: &mut World, region: &Region, new: NewInstance) -> Result<TimelineId, ApiError> {
    let timeline = world.ledger.begin(&new.id);
    admit(world, region, &new.security_groups)?;
    let built = build(world, region, &new, timeline, Status::Available);
    settle(world, region, built)?;
    Ok(timeline)
}

/// A replica that has followed its source for long.
pub fn add_replica(world: &mut World, source_region: &Region, source_id: &str, region: &Region, new: NewInstance) -> Result<(), ApiError> {
    let now = world.now();
    let source = instance(world, source_region, source_id).ok_or_else(|| no_instance(source_id))?;
    let (timeline, resource) = (source.timeline, source.resource_id.clone());
    let new = NewInstance { engine: source.engine, version: Some(source.version.clone()), ..new };
    admit(world, region, &new.security_groups)?;
    let mut built = build(world, region, &new, timeline, Status::Available);
    built.replication = Some(Replication {
        source_region: source_region.clone(),
        source: source_id.to_owned(),
        source_resource: resource,
        applied_to: now - Duration::from_secs(1),
        state: ReplicationState::Replicating,
        catching_up: false,
    });
    let id = built.id.clone();
    settle(world, region, built)?;
    if let Some(source) = instance_mut(world, source_region, source_id) {
        source.replicas.push((region.clone(), id));
    }
    Ok(())
}

/// A manual snapshot of `source_id`, as it was at `taken_at`, that is kept in `region` (a copy, when that is another one).
pub fn add_snapshot(
    world: &mut World,
    source_region: &Region,
    source_id: &str,
    snapshot_id: &str,
    taken_at: Timestamp,
    region: &Region,
) -> Result<(), ApiError> {
    let source = instance(world, source_region, source_id).ok_or_else(|| no_instance(source_id))?;
    let mut snapshot = Snapshot::of(world, source_region, source, snapshot_id, SnapshotKind::Manual, taken_at);
    if source_region != region {
        snapshot.copied_from = Some((source_region.clone(), snapshot.arn.clone()));
        snapshot.arn = world.arn("rds", region, &format!("snapshot:{snapshot_id}"));
    }
    snapshot.status = SnapshotStatus::Available;
    snapshot.until = None;
    world.here_mut(region)?.rds.snapshots.insert(snapshot.id.clone(), snapshot);
    Ok(())
}

/// Replicates the automated backups of an instance into `region`, under a key of that region. Answers the ARN they have there.
pub fn add_backup_replication(
    world: &mut World,
    source_region: &Region,
    source_id: &str,
    region: &Region,
    kms_key: Option<String>,
) -> Result<String, ApiError> {
    let source = instance(world, source_region, source_id).ok_or_else(|| no_instance(source_id))?;
    let backup = KeptBackup::replicated(world, source_region, source, region, kms_key);
    let arn = backup.arn.clone();
    world.here_mut(region)?.rds.backups.insert(arn.clone(), backup);
    Ok(arn)
}

/// An Aurora cluster on its own, with its instances.
pub fn add_cluster(world: &mut World, region: &Region, new: NewCluster) -> Result<TimelineId, ApiError> {
    let timeline = world.ledger.begin(&new.id);
    put_cluster(world, region, new, timeline, None)?;
    Ok(timeline)
}

/// An Aurora global database with all its clusters, connected.
pub fn add_global_cluster(world: &mut World, new: NewGlobalCluster) -> Result<TimelineId, ApiError> {
    let (home, primary) = new.primary;
    let (home_id, engine) = (primary.id.clone(), primary.common.engine);
    let version = primary.common.version.clone().unwrap_or_else(|| engine.default_version().to_owned());
    let (database, encrypted) = (primary.common.database.clone(), primary.common.kms_key.is_some());
    let timeline = add_cluster(world, &home, primary)?;
    let mut members = vec![GlobalMember { region: home.clone(), cluster: home_id.clone(), writer: true, connected: true }];
    for (region, secondary) in new.secondaries {
        let id = secondary.id.clone();
        let mut common = secondary.common.clone();
        common.engine = engine;
        common.version.get_or_insert_with(|| version.clone());
        put_cluster(world, &region, NewCluster { common, ..secondary }, timeline, Some((home.clone(), home_id.clone())))?;
        members.push(GlobalMember { region, cluster: id, writer: false, connected: true });
    }
    for member in &members {
        let cluster = world.here_mut(&member.region)?.rds.clusters.get_mut(&member.cluster).ok_or_else(|| no_cluster(&member.cluster))?;
        cluster.global = Some(new.id.clone());
    }
    let hash = world.chance.hex(("global-host", &new.id), 11);
    let global = GlobalCluster {
        resource_id: format!("cluster-{}", world.chance.hex(("global-resource", &new.id), 16)),
        arn: format!("arn:aws:rds::{}:global-cluster:{}", world.account, new.id),
        host: format!("{}.global-c{hash}.global.rds.amazonaws.com", new.id),
        id: new.id.clone(),
        engine,
        version,
        database,
        encrypted,
        deletion_protection: false,
        members,
        handover: None,
        tags: Vec::new(),
    };
    for regional in world.regional.values_mut() {
        regional.rds.globals.insert(new.id.clone(), global.clone());
    }
    Ok(timeline)
}

fn put_cluster(
    world: &mut World,
    region: &Region,
    new: NewCluster,
    timeline: TimelineId,
    source: Option<(Region, String)>,
) -> Result<(), ApiError> {
    admit(world, region, &new.common.security_groups)?;
    let now = world.now();
    let hash = host_hash(world, region);
    let common = &new.common;
    let writer = if source.is_none() { new.members.first().map(|member| member.id.clone()) } else { None };
    let cluster = Cluster {
        id: new.id.clone(),
        arn: world.arn("rds", region, &format!("cluster:{}", new.id)),
        resource_id: format!("cluster-{}", world.chance.hex(("cluster", region.as_str(), &new.id), 26).to_uppercase()),
        host: format!("{}.cluster-{hash}.{region}.rds.amazonaws.com", new.id),
        reader_host: format!("{}.cluster-ro-{hash}.{region}.rds.amazonaws.com", new.id),
        engine: common.engine,
        version: common.version.clone().unwrap_or_else(|| common.engine.default_version().to_owned()),
        port: common.port.unwrap_or(common.engine.port()),
        retention_days: common.retention_days.max(1),
        backup_window: common.backup_window.unwrap_or_else(|| usual_window(world, region, &new.id)),
        parameter_group: format!("default.{}", common.engine.family(common.version.as_deref().unwrap_or(common.engine.default_version()))),
        security_groups: groups_or_default(&common.security_groups),
        subnet_group: common.subnet_group.clone().unwrap_or_else(|| "default".to_owned()),
        kms_key: common.kms_key.clone(),
        username: common.username.clone().unwrap_or_else(|| "postgres".to_owned()),
        database: common.database.clone(),
        created: now,
        tags: common.tags.clone(),
        deletion_protection: common.deletion_protection,
        status: ClusterStatus::Available,
        until: None,
        changing: Changes::default(),
        writer,
        writer_lost: None,
        timeline,
        following: source.map(|(region, id)| Following::steady(region, id, now)),
        fenced: false,
        global: None,
        occasions: 0,
    };
    world.here_mut(region)?.rds.clusters.insert(new.id.clone(), cluster);
    for member in &new.members {
        let one = NewInstance { id: member.id.clone(), class: member.class.clone(), multi_az: false, ..new.common.clone() };
        let mut built = build(world, region, &one, timeline, Status::Available);
        built.cluster = Some(new.id.clone());
        built.promotion_tier = member.promotion_tier;
        settle(world, region, built)?;
    }
    Ok(())
}

/// An instance as RDS would make it of a request. It is not yet anywhere.
pub(super) fn build(world: &mut World, region: &Region, new: &NewInstance, timeline: TimelineId, status: Status) -> Instance {
    let now = world.now();
    let id = new.id.to_ascii_lowercase();
    let version = new.version.clone().unwrap_or_else(|| new.engine.default_version().to_owned());
    let family = new.engine.family(&version);
    let parameter_group = new.parameter_group.clone().unwrap_or_else(|| format!("default.{family}"));
    let parameters = parameters::ensure(world, region, &parameter_group, &family);
    let window = new.backup_window.unwrap_or_else(|| usual_window(world, region, &id));
    let born = (region.as_str(), id.as_str(), now.millis());
    Instance {
        arn: world.arn("rds", region, &format!("db:{id}")),
        resource_id: format!("db-{}", world.chance.hex(("dbi", born), 26).to_uppercase()),
        host: format!("{id}.{}.{region}.rds.amazonaws.com", host_hash(world, region)),
        port: new.port.unwrap_or(new.engine.port()),
        engine: new.engine,
        version,
        class: new.class.clone(),
        storage_gib: if new.engine.is_aurora() { 1 } else { new.storage_gib },
        multi_az: new.multi_az,
        zone: if world.chance.bits(("zone", born)).is_multiple_of(2) { 'a' } else { 'b' },
        retention_days: new.retention_days,
        backup_window: window,
        maintenance_window: "sun:08:00-sun:08:30".to_owned(),
        parameter_group,
        parameters,
        parameters_await_reboot: false,
        security_groups: groups_or_default(&new.security_groups),
        subnet_group: new.subnet_group.clone().unwrap_or_else(|| "default".to_owned()),
        kms_key: new.kms_key.clone(),
        username: new.username.clone().unwrap_or_else(|| if new.engine.is_postgres() { "postgres" } else { "admin" }.to_owned()),
        database: new.database.clone(),
        created: now,
        tags: new.tags.clone(),
        deletion_protection: new.deletion_protection,
        status,
        until: None,
        pending: Changes::default(),
        changing: Changes::default(),
        replication: None,
        replicas: Vec::new(),
        promotion: None,
        cluster: None,
        promotion_tier: 1,
        timeline,
        liar: false,
        owes_backup: false,
        restorable: None,
        backed_up: window.opened(now),
        connections: 0.0,
        load: 0.0,
        noted: now,
        wal: now,
        stored_bytes: f64::from(new.storage_gib) * metrics::GIB * 0.38,
        occasions: 0,
        id,
    }
}

/// Puts an instance into its place as if it had been there for days.
fn settle(world: &mut World, region: &Region, mut built: Instance) -> Result<(), ApiError> {
    let now = world.now();
    if built.retention_days > 0 && built.cluster.is_none() {
        let since = now - Duration::from_secs(u64::from(built.retention_days) * 86_400);
        built.restorable = Some(Restorable { earliest: since, latest: now - Duration::from_secs(120) });
    }
    built.created = now - Duration::from_secs(90 * 86_400);
    world.here_mut(region)?.rds.instances.insert(built.id.clone(), built);
    Ok(())
}

fn admit(world: &mut World, region: &Region, groups: &[String]) -> Result<(), ApiError> {
    let groups = groups_or_default(groups);
    world.here_mut(region)?.rds.admitting.extend(groups);
    Ok(())
}

/// The VPC's own group, where a request names none.
fn groups_or_default(groups: &[String]) -> Vec<String> {
    if groups.is_empty() { vec!["sg-default".to_owned()] } else { groups.to_vec() }
}

fn host_hash(world: &World, region: &Region) -> String {
    format!("c{}", world.chance.hex(("rds-host", region.as_str()), 11))
}

/// The half hour RDS picks when it is not told one.
fn usual_window(world: &World, region: &Region, id: &str) -> DailyWindow {
    let half_hour = world.chance.bits(("backup-window", region.as_str(), id)) % 16;
    DailyWindow { start: 180 + 30 * u16::try_from(half_hour).unwrap_or(0), minutes: 30 }
}
