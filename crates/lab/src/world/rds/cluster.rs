//! Aurora clusters: one storage, some instances, one of which writes; or a secondary that follows a cluster of another region.

use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::super::{Fault, Span, TimelineId, World};
use super::events::{self, Source};
use super::instance::{Changes, Engine, Status, is_up};
use super::replication::{dark_between, disturbed};
use super::snapshot::{SnapshotKind, SnapshotStatus};
use super::window::DailyWindow;

/// A writer that does not answer for this long is replaced by a reader.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much history a secondary that has fallen behind replays in a second.
const DRAIN: Duration = Duration::from_secs(4);

/// How far a secondary is behind when nothing is wrong.
const USUAL_LAG: Span = Span { least: Duration::from_millis(80), most: Duration::from_millis(900) };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterStatus {
    Available,
    Deleting,
    FailingOver,
    Modifying,
    Promoting,
}

impl ClusterStatus {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Deleting => "deleting",
            Self::FailingOver => "failing-over",
            Self::Modifying => "modifying",
            Self::Promoting => "promoting",
        }
    }

    pub(super) const fn takes_instances(self) -> bool {
        matches!(self, Self::Available | Self::Modifying)
    }
}

/// A secondary's tie to the primary cluster.
#[derive(Clone, Debug)]
pub struct Following {
    pub region: Region,
    pub cluster: String,
    /// Rows of the timeline up to here are in this cluster's storage.
    pub applied_to: Timestamp,
    catching_up: bool,
}

impl Following {
    pub(super) fn steady(region: Region, cluster: String, now: Timestamp) -> Self {
        Self { region, cluster, applied_to: now - USUAL_LAG.most, catching_up: false }
    }

    pub(super) fn from(region: Region, cluster: String, applied_to: Timestamp) -> Self {
        Self { region, cluster, applied_to, catching_up: true }
    }
}

#[derive(Clone, Debug)]
pub struct Cluster {
    pub id: String,
    pub arn: String,
    pub resource_id: String,
    pub host: String,
    pub reader_host: String,
    pub engine: Engine,
    pub version: String,
    pub port: u16,
    pub retention_days: u32,
    pub backup_window: DailyWindow,
    pub parameter_group: String,
    pub security_groups: Vec<String>,
    pub subnet_group: String,
    pub kms_key: Option<String>,
    pub username: String,
    pub database: Option<String>,
    pub created: Timestamp,
    pub tags: Vec<(String, String)>,
    pub deletion_protection: bool,
    pub status: ClusterStatus,
    pub until: Option<Timestamp>,
    pub changing: Changes,
    /// The instance that writes; a secondary has none.
    pub writer: Option<String>,
    /// Since when the writer has not answered.
    pub(super) writer_lost: Option<Timestamp>,
    pub timeline: TimelineId,
    pub following: Option<Following>,
    /// Kept from writing: it is handing over, or another cluster took over while it was away.
    pub fenced: bool,
    pub global: Option<String>,
    pub(super) occasions: u64,
}

impl Cluster {
    /// Whether its writer, if it has one, may write.
    pub fn writes(&self) -> bool {
        self.following.is_none() && !self.fenced
    }

    /// How far a snapshot taken now would reach.
    pub(super) fn holds_to(&self, now: Timestamp) -> Timestamp {
        self.following.as_ref().map_or(now, |following| following.applied_to)
    }
}

#[derive(Clone, Debug)]
pub struct ClusterSnapshot {
    pub id: String,
    pub arn: String,
    pub cluster: String,
    pub resource_id: String,
    pub kind: SnapshotKind,
    pub status: SnapshotStatus,
    pub until: Option<Timestamp>,
    pub created: Timestamp,
    pub timeline: TimelineId,
    pub taken_at: Timestamp,
    pub engine: Engine,
    pub version: String,
    pub port: u16,
    pub username: String,
    pub kms_key: Option<String>,
    pub cluster_created: Timestamp,
    pub tags: Vec<(String, String)>,
}

impl ClusterSnapshot {
    pub(super) fn of(world: &World, region: &Region, cluster: &Cluster, id: &str, kind: SnapshotKind, lasting: Duration) -> Self {
        let now = world.now();
        Self {
            id: id.to_owned(),
            arn: world.arn("rds", region, &format!("cluster-snapshot:{id}")),
            cluster: cluster.id.clone(),
            resource_id: cluster.resource_id.clone(),
            kind,
            status: SnapshotStatus::Creating,
            until: Some(now + lasting),
            created: now,
            timeline: cluster.timeline,
            taken_at: cluster.holds_to(now),
            engine: cluster.engine,
            version: cluster.version.clone(),
            port: cluster.port,
            username: cluster.username.clone(),
            kms_key: cluster.kms_key.clone(),
            cluster_created: cluster.created,
            tags: Vec::new(),
        }
    }
}

pub(super) fn cluster<'w>(world: &'w World, region: &Region, id: &str) -> Option<&'w Cluster> {
    world.regional.get(region)?.rds.clusters.get(id)
}

pub(super) fn cluster_mut<'w>(world: &'w mut World, region: &Region, id: &str) -> Option<&'w mut Cluster> {
    world.regional.get_mut(region)?.rds.clusters.get_mut(id)
}

/// Draws how long the next thing that befalls this cluster takes.
pub(super) fn draw(world: &mut World, region: &Region, id: &str, what: &'static str, span: Span) -> Duration {
    let nth = cluster_mut(world, region, id).map_or(0, |cluster| {
        cluster.occasions += 1;
        cluster.occasions
    });
    world.chance.between((what, region.as_str(), id, nth), span)
}

pub(super) fn turn(world: &mut World, region: &Region, id: &str, status: ClusterStatus, lasting: Option<Duration>) {
    let now = world.now();
    let Some(cluster) = cluster_mut(world, region, id) else { return };
    cluster.status = status;
    cluster.until = lasting.map(|lasting| now + lasting);
    world.truth.note(now, Some(region), "rds-cluster", id, status.name());
}

pub(super) fn tell(world: &mut World, region: &Region, id: &str, category: &'static str, message: impl Into<String>) {
    let Some(arn) = cluster(world, region, id).map(|cluster| cluster.arn.clone()) else { return };
    events::tell(world, region, Source::Cluster, id, arn, category, message.into());
}

pub(super) fn pulse(world: &mut World) {
    let now = world.now();
    let (mut due, mut steps, mut ready) = (Vec::new(), Vec::new(), Vec::new());
    for (region, regional) in &world.regional {
        for cluster in regional.rds.clusters.values() {
            if cluster.until.is_some_and(|until| until <= now) {
                due.push((region.clone(), cluster.id.clone()));
            }
            steps.push((region.clone(), cluster.id.clone(), arriving(world, region, cluster), needs_writer(world, region, cluster)));
        }
        for snapshot in regional.rds.cluster_snapshots.values().filter(|snapshot| snapshot.until.is_some_and(|until| until <= now)) {
            ready.push((region.clone(), snapshot.id.clone()));
        }
    }
    for (region, id, arriving, lost) in steps {
        if let Some(following) = cluster_mut(world, &region, &id).and_then(|cluster| cluster.following.as_mut()) {
            advance(following, arriving);
        }
        watch_writer(world, &region, &id, lost);
    }
    for (region, id) in due {
        pass(world, &region, &id);
    }
    for (region, id) in ready {
        let Some(snapshot) = world.regional.get_mut(&region).and_then(|here| here.rds.cluster_snapshots.get_mut(&id)) else { continue };
        (snapshot.status, snapshot.until) = (SnapshotStatus::Available, None);
        let arn = snapshot.arn.clone();
        world.truth.note(now, Some(&region), "rds-cluster-snapshot", &id, "available");
        events::tell(world, &region, Source::ClusterSnapshot, &id, arn, "backup", "DB cluster snapshot created".to_owned());
    }
}

/// Up to where the primary's storage has reached this secondary; `None` while nothing arrives.
fn arriving(world: &World, region: &Region, cluster: &Cluster) -> Option<Timestamp> {
    let following = cluster.following.as_ref()?;
    let (source, target) = ((&following.region, following.cluster.as_str()), (region, cluster.id.as_str()));
    let halted = dark_between(world, region, &following.region)
        || disturbed(world, Fault::LagStorm, source, target)
        || disturbed(world, Fault::ReplicationBroken, source, target)
        || self::cluster(world, &following.region, &following.cluster).is_none();
    let luck = ("aurora-lag", region.as_str(), &cluster.id, world.now().secs() / 10);
    (!halted).then(|| world.now() - world.chance.between(luck, USUAL_LAG))
}

fn advance(following: &mut Following, arriving: Option<Timestamp>) {
    let Some(to) = arriving else {
        following.catching_up = true;
        return;
    };
    let reach = if following.catching_up { to.min(following.applied_to + DRAIN) } else { to };
    following.catching_up &= reach < to;
    following.applied_to = following.applied_to.max(reach);
}

/// Whether the writer is gone or dead. One that reboots comes back by itself.
fn needs_writer(world: &World, region: &Region, cluster: &Cluster) -> bool {
    if cluster.following.is_some() || cluster.fenced {
        return false;
    }
    let writer = cluster.writer.as_ref().and_then(|id| world.regional.get(region)?.rds.instances.get(id));
    writer.is_none_or(|writer| writer.status == Status::Deleting || writer.status.runs() && !is_up(world, region, writer))
}

fn watch_writer(world: &mut World, region: &Region, id: &str, lost: bool) {
    let now = world.now();
    let Some(cluster) = cluster_mut(world, region, id) else { return };
    if !lost {
        cluster.writer_lost = None;
        return;
    }
    let since = *cluster.writer_lost.get_or_insert(now);
    let had_one = cluster.writer.is_some();
    if had_one && now.since(since) < PATIENCE {
        return;
    }
    if let Some(successor) = successor(world, region, id) {
        appoint(world, region, id, &successor);
        tell(world, region, id, "failover", format!("Completed failover to DB instance: {successor}"));
    }
}

/// The instance that would write next: the lowest promotion tier first.
pub(super) fn successor(world: &World, region: &Region, id: &str) -> Option<String> {
    let instances = &world.regional.get(region)?.rds.instances;
    let candidates = instances.values().filter(|instance| instance.cluster.as_deref() == Some(id) && is_up(world, region, instance));
    candidates.min_by_key(|instance| (instance.promotion_tier, &instance.id)).map(|instance| instance.id.clone())
}

pub(super) fn appoint(world: &mut World, region: &Region, id: &str, writer: &str) {
    let now = world.now();
    if let Some(cluster) = cluster_mut(world, region, id) {
        cluster.writer = Some(writer.to_owned());
        cluster.writer_lost = None;
        world.truth.note(now, Some(region), "rds-cluster", id, format!("writer {writer}"));
    }
}

fn pass(world: &mut World, region: &Region, id: &str) {
    let now = world.now();
    let Some(cluster) = cluster_mut(world, region, id) else { return };
    match cluster.status {
        ClusterStatus::Deleting => {
            tell(world, region, id, "deletion", "DB cluster deleted");
            if let Some(here) = world.regional.get_mut(region) {
                here.rds.clusters.remove(id);
            }
            world.truth.note(now, Some(region), "rds-cluster", id, "deleted");
        }
        ClusterStatus::Promoting => {
            cluster.fenced = false;
            if let Some(writer) = successor(world, region, id) {
                appoint(world, region, id, &writer);
            }
            world.truth.note(now, Some(region), "rds-cluster", id, "writable");
            turn(world, region, id, ClusterStatus::Available, None);
        }
        ClusterStatus::Modifying => {
            let changes = std::mem::take(&mut cluster.changing);
            cluster.version = changes.version.clone().unwrap_or_else(|| cluster.version.clone());
            if let (Some(version), Some(here)) = (changes.version, world.regional.get_mut(region)) {
                for member in here.rds.instances.values_mut().filter(|member| member.cluster.as_deref() == Some(id)) {
                    member.version.clone_from(&version);
                }
            }
            turn(world, region, id, ClusterStatus::Available, None);
        }
        ClusterStatus::Available | ClusterStatus::FailingOver => turn(world, region, id, ClusterStatus::Available, None),
    }
}
