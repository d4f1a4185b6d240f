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

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use super::super::{Engine, add_backup_replication, add_snapshot};
    use super::*;
    use crate::doc;
    use crate::world::Fault;
    use crate::world::testing::{east, live, west};

    #[test]
    fn a_snapshot_copied_abroad_brings_back_what_it_held() {
        let mut world = pair(Engine::Postgres);
        write(&mut world, &east(), SOURCE, 60);
        done(&mut world, &east(), "CreateDBSnapshot", doc! { "DBInstanceIdentifier": SOURCE, "DBSnapshotIdentifier": "noon" });
        write(&mut world, &east(), SOURCE, 300);
        let copy = doc! {
            "SourceDBSnapshotIdentifier": "arn:aws:rds:us-east-1:123456789012:snapshot:noon", "TargetDBSnapshotIdentifier": "noon-copy",
        };
        done(&mut world, &west(), "CopyDBSnapshot", copy);
        let restore = doc! { "DBInstanceIdentifier": "again", "DBSnapshotIdentifier": "noon-copy" };
        assert_eq!(refused(&mut world, &west(), "RestoreDBInstanceFromDBSnapshot", restore.clone()), "InvalidDBSnapshotState");
        live(&mut world, 700);
        done(&mut world, &west(), "RestoreDBInstanceFromDBSnapshot", restore);
        assert_eq!(status(&world, &west(), "again"), "creating");
        assert!(!sight(&world, &west(), "again").up);
        until(&mut world, &west(), "again", "available");
        let restored = sight(&world, &west(), "again");
        assert!(restored.writable);
        assert_eq!(world.ledger.held(restored.timeline, world.now()), 3000);
    }

    #[test]
    fn a_copy_waits_for_its_source_region() {
        let mut world = pair(Engine::Postgres);
        let taken_at = world.now();
        add_snapshot(&mut world, &east(), SOURCE, "nightly", taken_at, &east()).unwrap();
        let copy = |to: &str| {
            doc! { "SourceDBSnapshotIdentifier": "arn:aws:rds:us-east-1:123456789012:snapshot:nightly", "TargetDBSnapshotIdentifier": to }
        };
        done(&mut world, &west(), "CopyDBSnapshot", copy("nightly-copy"));
        inject(&mut world, Fault::RegionDark, &east());
        assert_eq!(refused(&mut world, &west(), "CopyDBSnapshot", copy("another")), "InternalFailure");
        live(&mut world, 3600);
        assert_eq!(world.regional[&west()].rds.snapshots["nightly-copy"].status, SnapshotStatus::Copying);
        world.faults.clear();
        live(&mut world, 1);
        assert_eq!(world.regional[&west()].rds.snapshots["nightly-copy"].status, SnapshotStatus::Available);
    }

    #[test]
    fn a_point_in_time_lies_within_the_restorable_stretch() {
        let mut world = pair(Engine::Postgres);
        write(&mut world, &east(), SOURCE, 900);
        let latest = world.regional[&east()].rds.instances[SOURCE].restorable.unwrap().latest;
        assert!(world.now().since(latest).as_secs() <= 300);
        let restore = |extra: Document| {
            let mut input = doc! { "SourceDBInstanceIdentifier": SOURCE, "TargetDBInstanceIdentifier": "then" };
            if let Document::Map(members) = extra {
                members.into_iter().for_each(|(name, value)| input.set(&name, value));
            }
            input
        };
        let future = world.now();
        let operation = "RestoreDBInstanceToPointInTime";
        assert_eq!(refused(&mut world, &east(), operation, restore(doc! {})), "InvalidParameterCombination");
        assert_eq!(refused(&mut world, &east(), operation, restore(doc! { "RestoreTime": future })), "InvalidParameterValue");
        done(&mut world, &east(), operation, restore(doc! { "UseLatestRestorableTime": true }));
        until(&mut world, &east(), "then", "available");
        let restored = sight(&world, &east(), "then").timeline;
        let until_latest = world.ledger.held(world.regional[&east()].rds.instances[SOURCE].timeline, latest);
        assert_eq!(world.ledger.held(restored, world.now()), until_latest);
        let none = doc! { "SourceDBInstanceIdentifier": REPLICA, "TargetDBInstanceIdentifier": "no", "UseLatestRestorableTime": true };
        assert_eq!(refused(&mut world, &west(), operation, none), "PointInTimeRestoreNotEnabled");
    }

    #[test]
    fn replicated_backups_restore_abroad_while_the_source_is_dark() {
        let mut world = pair(Engine::Postgres);
        let arn = add_backup_replication(&mut world, &east(), SOURCE, &west(), None).unwrap();
        write(&mut world, &east(), SOURCE, 900);
        inject(&mut world, Fault::RegionDark, &east());
        live(&mut world, 900);
        let shown = done(&mut world, &west(), "DescribeDBInstanceAutomatedBackups", doc! { "DBInstanceAutomatedBackupsArn": &arn });
        let backup = shown.items("DBInstanceAutomatedBackups", "DBInstanceAutomatedBackup")[0].clone();
        let latest = backup.get("RestoreWindow").unwrap().time("LatestTime").unwrap().unwrap();
        assert!(world.now().since(latest).as_secs() >= 900, "nothing arrives from a dark region");
        let restore =
            doc! { "SourceDBInstanceAutomatedBackupsArn": &arn, "TargetDBInstanceIdentifier": "back", "UseLatestRestorableTime": true };
        done(&mut world, &west(), "RestoreDBInstanceToPointInTime", restore);
        until(&mut world, &west(), "back", "available");
        assert!(sight(&world, &west(), "back").writable);
        let held = world.ledger.held(sight(&world, &west(), "back").timeline, world.now());
        assert!((30_000..45_000).contains(&held), "{held}");
    }
}
