//! New instances out of old moments: from a snapshot, or from the log.

use drlab_core::domain::{Region, Timestamp};

use super::super::{Answer, ApiError, Call, TimelineId, World};
use super::arn::{combination, invalid, name_of, no_instance, no_snapshot};
use super::backup::Restorable;
use super::create::{adorn, free_name, place};
use super::install::{NewInstance, build};
use super::instance::{Instance, Status};
use super::snapshot::SnapshotStatus;
use crate::document::Document;

pub(super) fn restore_from_snapshot(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let id = free_name(world, region, input.need("DBInstanceIdentifier")?, "DBInstanceIdentifier")?;
    if input.get("DBClusterSnapshotIdentifier").is_some() {
        return Err(combination("The lab does not restore a DB instance from a Multi-AZ DB cluster snapshot."));
    }
    let name = name_of(input.need("DBSnapshotIdentifier")?);
    let snapshot = world.here(region)?.rds.snapshots.get(&name).ok_or_else(|| no_snapshot(&name))?;
    if snapshot.status != SnapshotStatus::Available {
        return Err(ApiError::new("InvalidDBSnapshotState", 400, format!("DB snapshot {name} is currently {}.", snapshot.status.name())));
    }
    if let Some(engine) = input.text("Engine")?.filter(|engine| *engine != snapshot.engine.name()) {
        return Err(combination(format!("The engine {engine} differs from the snapshot's, {}.", snapshot.engine.name())));
    }
    let new = NewInstance {
        id: id.clone(),
        engine: snapshot.engine,
        version: Some(snapshot.version.clone()),
        class: snapshot.class.clone(),
        storage_gib: snapshot.storage_gib,
        retention_days: snapshot.retention_days,
        backup_window: Some(snapshot.backup_window),
        kms_key: snapshot.kms_key.clone(),
        port: Some(snapshot.port),
        username: Some(snapshot.username.clone()),
        database: snapshot.database.clone(),
        ..NewInstance::default()
    };
    let (timeline, cut) = (snapshot.timeline, snapshot.taken_at);
    raise(world, region, input, new, timeline, cut)
}

pub(super) fn restore_to_point_in_time(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let id = free_name(world, region, input.need("TargetDBInstanceIdentifier")?, "TargetDBInstanceIdentifier")?;
    let origin = origin(world, region, input)?;
    let Some(restorable) = origin.restorable else {
        let message = "SourceDBInstanceIdentifier refers to a DB instance with BackupRetentionPeriod equal to 0.";
        return Err(ApiError::new("PointInTimeRestoreNotEnabled", 400, message));
    };
    let newest = input.bool("UseLatestRestorableTime")?.unwrap_or(false);
    let moment = match (newest, input.time("RestoreTime")?) {
        (true, None) => restorable.latest,
        (false, Some(moment)) => moment,
        (true, Some(_)) => return Err(combination("RestoreTime cannot be specified when UseLatestRestorableTime is true.")),
        (false, None) => return Err(combination("Either UseLatestRestorableTime or RestoreTime must be specified.")),
    };
    if moment > restorable.latest {
        return Err(invalid(format!("The specified instance cannot be restored to a time later than {}.", restorable.latest)));
    }
    if moment < restorable.earliest {
        return Err(invalid(format!("The specified instance cannot be restored to a time earlier than {}.", restorable.earliest)));
    }
    let source = origin.instance;
    let new = NewInstance {
        id,
        engine: source.engine,
        version: Some(source.version.clone()),
        class: source.class.clone(),
        storage_gib: source.storage_gib,
        retention_days: source.retention_days,
        backup_window: Some(source.backup_window),
        kms_key: source.kms_key.clone(),
        port: Some(source.port),
        username: Some(source.username.clone()),
        database: source.database.clone(),
        ..NewInstance::default()
    };
    let cut = moment.min(source.holds_to(moment));
    let timeline = origin.timeline;
    raise(world, region, input, new, timeline, cut)
}

fn raise(world: &mut World, region: &Region, input: &Document, new: NewInstance, parent: TimelineId, cut: Timestamp) -> Answer {
    let new = adorn(world, region, input, new)?;
    let timeline = world.ledger.branch(&new.id, parent, cut);
    let mut built = build(world, region, &new, timeline, Status::Creating);
    built.owes_backup = built.retention_days > 0;
    place(world, region, built)
}

/// What a point-in-time restore reads.
struct Origin<'w> {
    instance: &'w Instance,
    timeline: TimelineId,
    restorable: Option<Restorable>,
}

fn origin<'w>(world: &'w World, region: &Region, input: &Document) -> Result<Origin<'w>, ApiError> {
    let rds = &world.here(region)?.rds;
    let (name, resource, arn) =
        (input.text("SourceDBInstanceIdentifier")?, input.text("SourceDbiResourceId")?, input.text("SourceDBInstanceAutomatedBackupsArn")?);
    let of = |instance: &'w Instance| Origin { instance, timeline: instance.timeline, restorable: instance.restorable };
    match (name, resource, arn) {
        (Some(name), None, None) => {
            let id = name_of(name);
            let instance = rds.instances.get(&id).ok_or_else(|| no_instance(&id))?;
            if instance.cluster.is_some() {
                return Err(combination("The source is part of an Aurora DB cluster; use RestoreDBClusterToPointInTime."));
            }
            Ok(of(instance))
        }
        (None, Some(resource), None) => {
            let living = rds.instances.values().find(|instance| instance.resource_id == resource).map(of);
            let kept = || rds.backups.values().find(|kept| kept.instance.resource_id == resource).map(Origin::kept);
            living.or_else(kept).ok_or_else(|| no_backup(resource))
        }
        (None, None, Some(arn)) => rds.backups.get(arn).map(Origin::kept).ok_or_else(|| no_backup(arn)),
        _ => Err(combination(
            "Specify exactly one of SourceDBInstanceIdentifier, SourceDbiResourceId and SourceDBInstanceAutomatedBackupsArn.",
        )),
    }
}

impl<'w> Origin<'w> {
    fn kept(kept: &'w super::KeptBackup) -> Self {
        Self { instance: &kept.instance, timeline: kept.timeline, restorable: kept.restorable }
    }
}

fn no_backup(sought: &str) -> ApiError {
    ApiError::new("DBInstanceAutomatedBackupNotFound", 404, format!("DB instance automated backup {sought} not found."))
}
