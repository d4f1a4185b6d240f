//! Snapshots of instances: taken, copied between regions, deleted.

use drlab_core::domain::{Region, Timestamp};

use super::super::{Answer, ApiError, Call, TimelineId, World};
use super::arn::{Arn, combination, instance_state, invalid, name_of, new_name, no_instance, no_snapshot, unreachable};
use super::describe::tag_list;
use super::events::{self, Source};
use super::instance::{Engine, Instance, Status, draw, instance, named, tell, turn};
use super::page::{Filters, listing, page};
use super::replication::dark_between;
use super::tags;
use super::window::DailyWindow;
use crate::doc;
use crate::document::Document;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotKind {
    Manual,
    Automated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotStatus {
    Creating,
    Copying,
    Available,
}

#[derive(Clone, Debug)]
pub struct Snapshot {
    pub id: String,
    pub arn: String,
    pub instance: String,
    pub resource_id: String,
    pub kind: SnapshotKind,
    pub status: SnapshotStatus,
    pub until: Option<Timestamp>,
    /// When this snapshot, or this copy, was begun.
    pub created: Timestamp,
    /// The rows of `timeline` up to `taken_at` are in it.
    pub timeline: TimelineId,
    pub taken_at: Timestamp,
    pub copied_from: Option<(Region, String)>,
    pub engine: Engine,
    pub version: String,
    pub class: String,
    pub storage_gib: u32,
    pub port: u16,
    pub zone: char,
    pub username: String,
    pub database: Option<String>,
    pub kms_key: Option<String>,
    pub retention_days: u32,
    pub backup_window: DailyWindow,
    pub instance_created: Timestamp,
    pub tags: Vec<(String, String)>,
}

impl SnapshotKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Automated => "automated",
        }
    }
}

impl SnapshotStatus {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Copying => "copying",
            Self::Available => "available",
        }
    }
}

impl Snapshot {
    /// A snapshot in the making that holds what `source` held at `taken_at`.
    pub(super) fn of(world: &World, region: &Region, source: &Instance, id: &str, kind: SnapshotKind, taken_at: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            arn: world.arn("rds", region, &format!("snapshot:{id}")),
            instance: source.id.clone(),
            resource_id: source.resource_id.clone(),
            kind,
            status: SnapshotStatus::Creating,
            until: None,
            created: taken_at,
            timeline: source.timeline,
            taken_at,
            copied_from: None,
            engine: source.engine,
            version: source.version.clone(),
            class: source.class.clone(),
            storage_gib: source.storage_gib,
            port: source.port,
            zone: source.zone,
            username: source.username.clone(),
            database: source.database.clone(),
            kms_key: source.kms_key.clone(),
            retention_days: source.retention_days,
            backup_window: source.backup_window,
            instance_created: source.created,
            tags: Vec::new(),
        }
    }
}

/// Snapshots whose time has come are there; a copy waits for its source region.
pub(super) fn pulse(world: &mut World) {
    let now = world.now();
    let mut done = Vec::new();
    for (region, regional) in &world.regional {
        for snapshot in regional.rds.snapshots.values().filter(|snapshot| snapshot.until.is_some_and(|until| until <= now)) {
            let waits = snapshot.status == SnapshotStatus::Copying
                && snapshot.copied_from.as_ref().is_some_and(|(source, _)| dark_between(world, region, source));
            if !waits {
                done.push((region.clone(), snapshot.id.clone()));
            }
        }
    }
    for (region, id) in done {
        let Some(snapshot) = world.regional.get_mut(&region).and_then(|here| here.rds.snapshots.get_mut(&id)) else { continue };
        let copied = snapshot.status == SnapshotStatus::Copying;
        (snapshot.status, snapshot.until) = (SnapshotStatus::Available, None);
        let (arn, kind) = (snapshot.arn.clone(), snapshot.kind);
        world.truth.note(now, Some(&region), "rds-snapshot", &id, "available");
        let message = match (copied, kind) {
            (true, _) => "Finished copy of DB snapshot",
            (_, SnapshotKind::Manual) => "Manual snapshot created",
            (_, SnapshotKind::Automated) => "Automated snapshot created",
        };
        events::tell(world, &region, Source::Snapshot, &id, arn, "creation", message.to_owned());
    }
}

pub(super) fn create_snapshot(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let source = named(world, region, input.need("DBInstanceIdentifier")?)?;
    let (id, status) = (source.id.clone(), source.status);
    if source.cluster.is_some() {
        return Err(instance_state(
            "The specified instance is a member of a cluster and a snapshot cannot be created directly. \
             Please use the CreateDBClusterSnapshot API instead.",
        ));
    }
    if !matches!(status, Status::Available | Status::Stopped) {
        return Err(instance_state(format!(
            "Cannot create a snapshot because the database instance {id} is not currently in the available state."
        )));
    }
    let tags = tags::read(input, "Tags")?;
    let name = begin(world, region, &id, input.need("DBSnapshotIdentifier")?, tags)?;
    let until = world.here(region)?.rds.snapshots.get(&name).and_then(|snapshot| snapshot.until);
    if status == Status::Available {
        tell(world, region, &id, "backup", "Backing up DB instance");
        let lasting = until.map(|until| until.since(world.now()));
        turn(world, region, &id, Status::BackingUp, lasting);
    }
    answer(world, region, &name)
}

/// Begins a manual snapshot and answers its name.
pub(super) fn begin(world: &mut World, region: &Region, id: &str, name: &str, tags: Vec<(String, String)>) -> Result<String, ApiError> {
    let now = world.now();
    let name = free_name(world, region, name, "DBSnapshotIdentifier")?;
    let span = world.timings.snapshot_creating;
    let lasting = draw(world, region, id, "snapshot", span);
    let source = instance(world, region, id).ok_or_else(|| no_instance(id))?;
    let mut snapshot = Snapshot::of(world, region, source, &name, SnapshotKind::Manual, source.holds_to(now));
    (snapshot.created, snapshot.until, snapshot.tags) = (now, Some(now + lasting), tags);
    world.here_mut(region)?.rds.snapshots.insert(name.clone(), snapshot);
    Ok(name)
}

fn free_name(world: &World, region: &Region, text: &str, what: &str) -> Result<String, ApiError> {
    let name = new_name(text, what, 255)?;
    if world.here(region)?.rds.snapshots.contains_key(&name) {
        let message = format!("Cannot create the snapshot because a snapshot with the identifier {name} already exists.");
        return Err(ApiError::new("DBSnapshotAlreadyExists", 400, message));
    }
    Ok(name)
}

pub(super) fn copy_snapshot(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let now = world.now();
    let text = input.need("SourceDBSnapshotIdentifier")?;
    let name = free_name(world, region, input.need("TargetDBSnapshotIdentifier")?, "TargetDBSnapshotIdentifier")?;
    let home = Arn::parse(text).map_or_else(|| region.clone(), |arn| arn.region);
    if dark_between(world, region, &home) {
        return Err(unreachable(&home));
    }
    let source_name = name_of(text);
    let source = world.here(&home)?.rds.snapshots.get(&source_name).ok_or_else(|| no_snapshot(&source_name))?;
    if source.status != SnapshotStatus::Available {
        return Err(ApiError::new(
            "InvalidDBSnapshotState",
            400,
            format!("DB snapshot {source_name} is currently {}.", source.status.name()),
        ));
    }
    let key = input.text("KmsKeyId")?;
    if home != *region && source.kms_key.is_some() && key.is_none() {
        return Err(combination("KmsKeyId is required to copy an encrypted snapshot from another region."));
    }
    let mut copy = source.clone();
    let mut tags = tags::read(input, "Tags")?;
    if tags.is_empty() && input.bool("CopyTags")?.unwrap_or(false) {
        tags.clone_from(&copy.tags);
    }
    copy.copied_from = Some((home.clone(), copy.arn.clone()));
    copy.arn = world.arn("rds", region, &format!("snapshot:{name}"));
    let span = if home == *region { world.timings.snapshot_creating } else { world.timings.snapshot_copying };
    copy.until = Some(now + world.chance.between(("snapshot-copy", region.as_str(), &name, now.millis()), span));
    copy.kms_key = key.map(ToOwned::to_owned).or(copy.kms_key);
    (copy.id, copy.kind, copy.status, copy.created, copy.tags) = (name.clone(), SnapshotKind::Manual, SnapshotStatus::Copying, now, tags);
    world.here_mut(region)?.rds.snapshots.insert(name.clone(), copy);
    answer(world, region, &name)
}

pub(super) fn delete_snapshot(world: &mut World, call: &Call) -> Answer {
    let region = &call.region;
    let name = name_of(call.input.need("DBSnapshotIdentifier")?);
    let snapshot = world.here(region)?.rds.snapshots.get(&name).ok_or_else(|| no_snapshot(&name))?;
    if snapshot.kind == SnapshotKind::Automated || snapshot.status != SnapshotStatus::Available {
        let message = format!("Cannot delete the snapshot {name}: it is {} and {}.", snapshot.kind.name(), snapshot.status.name());
        return Err(ApiError::new("InvalidDBSnapshotState", 400, message));
    }
    let mut gone = show(world, region, snapshot);
    gone.set("Status", "deleted");
    let now = world.now();
    world.here_mut(region)?.rds.snapshots.remove(&name);
    world.truth.note(now, Some(region), "rds-snapshot", &name, "deleted");
    Ok(doc! { "DBSnapshot": gone }.into())
}

pub(super) fn describe_snapshots(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let filters = Filters::read(input, &["db-instance-id", "db-snapshot-id", "dbi-resource-id", "snapshot-type", "engine"])?;
    let of = input.text("DBInstanceIdentifier")?.map(name_of);
    let wanted = input.text("DBSnapshotIdentifier")?.map(name_of);
    let resource = input.text("DbiResourceId")?;
    let kind = input.text("SnapshotType")?;
    if let Some(kind) = kind.filter(|kind| !["automated", "manual", "shared", "public", "awsbackup"].contains(kind)) {
        return Err(invalid(format!("Invalid snapshot type: {kind}")));
    }
    let snapshots = &world.here(region)?.rds.snapshots;
    if let Some(wanted) = wanted.as_ref().filter(|wanted| !snapshots.contains_key(*wanted)) {
        return Err(no_snapshot(wanted));
    }
    let shown = |snapshot: &&Snapshot| {
        of.as_ref().is_none_or(|id| *id == snapshot.instance)
            && wanted.as_ref().is_none_or(|id| *id == snapshot.id)
            && resource.is_none_or(|resource| resource == snapshot.resource_id)
            && kind.is_none_or(|kind| kind == snapshot.kind.name())
            && filters.pass("db-instance-id", &snapshot.instance)
            && filters.pass("db-snapshot-id", &snapshot.id)
            && filters.pass("dbi-resource-id", &snapshot.resource_id)
            && filters.pass("snapshot-type", snapshot.kind.name())
            && filters.pass("engine", snapshot.engine.name())
    };
    let rows = snapshots.values().filter(shown).map(|snapshot| (snapshot.id.clone(), snapshot)).collect();
    let (part, marker) = page(input, rows)?;
    let shown = part.into_iter().map(|snapshot| show(world, region, snapshot)).collect();
    Ok(listing("DBSnapshots", "DBSnapshot", shown, marker).into())
}

fn answer(world: &World, region: &Region, name: &str) -> Answer {
    let snapshot = world.here(region)?.rds.snapshots.get(name).ok_or_else(|| no_snapshot(name))?;
    Ok(doc! { "DBSnapshot": show(world, region, snapshot) }.into())
}

/// How much of something that runs from `from` to `until` is done, in percent.
pub(super) fn percent(now: Timestamp, from: Timestamp, until: Option<Timestamp>) -> i64 {
    let Some(until) = until else { return 100 };
    let (whole, done) = (until.since(from).as_millis().max(1), now.since(from).as_millis());
    i64::try_from(done * 100 / whole).unwrap_or(99).min(99)
}

fn show(world: &World, region: &Region, snapshot: &Snapshot) -> Document {
    doc! {
        "DBSnapshotIdentifier": &snapshot.id,
        "DBInstanceIdentifier": &snapshot.instance,
        "SnapshotCreateTime": snapshot.created,
        "Engine": snapshot.engine.name(),
        "AllocatedStorage": snapshot.storage_gib,
        "Status": snapshot.status.name(),
        "Port": i64::from(snapshot.port),
        "AvailabilityZone": format!("{region}{}", snapshot.zone),
        "InstanceCreateTime": snapshot.instance_created,
        "MasterUsername": &snapshot.username,
        "EngineVersion": &snapshot.version,
        "SnapshotType": snapshot.kind.name(),
        "PercentProgress": percent(world.now(), snapshot.created, snapshot.until),
        "SourceRegion": snapshot.copied_from.as_ref().map(|(region, _)| region.as_str()),
        "SourceDBSnapshotIdentifier": snapshot.copied_from.as_ref().map(|(_, arn)| arn),
        "StorageType": "gp3",
        "Encrypted": snapshot.kms_key.is_some(),
        "KmsKeyId": snapshot.kms_key.as_ref(),
        "DBSnapshotArn": &snapshot.arn,
        "IAMDatabaseAuthenticationEnabled": false,
        "DbiResourceId": &snapshot.resource_id,
        "TagList": tag_list(&snapshot.tags),
        "SnapshotTarget": "region",
        "OriginalSnapshotCreateTime": snapshot.taken_at,
        "SnapshotDatabaseTime": snapshot.taken_at,
    }
}
