//! Automated backups: the daily one in its window, the log that follows it, what is kept of the departed and what is replicated abroad.

use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::super::{Answer, ApiError, Call, Span, TimelineId, World};
use super::arn::name_of;
use super::instance::{Instance, Status, draw, instance, instance_mut, is_up, tell, turn};
use super::page::{Filters, listing, page};
use super::replication::dark_between;
use super::snapshot::{Snapshot, SnapshotKind};
use crate::doc;
use crate::document::Document;

/// The log is shipped this often, so the newest restorable moment is up to this old.
const SHIPPED_EVERY: i64 = 300;

/// The stretch of time to any moment of which a database can be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restorable {
    pub earliest: Timestamp,
    pub latest: Timestamp,
}

/// Automated backups that are not beside their instance: it is gone, or lives in another region.
#[derive(Clone, Debug)]
pub struct KeptBackup {
    pub arn: String,
    /// Where the instance is or was.
    pub region: Region,
    pub replicated: bool,
    /// The instance as it was when last seen: what a restore is built from.
    pub instance: Instance,
    pub timeline: TimelineId,
    pub restorable: Option<Restorable>,
}

impl KeptBackup {
    pub(super) fn replicated(world: &World, source_region: &Region, source: &Instance, region: &Region, kms_key: Option<String>) -> Self {
        let mut kept = Self {
            arn: arn_in(world, region, source, "replicated"),
            region: source_region.clone(),
            replicated: true,
            instance: source.clone(),
            timeline: source.timeline,
            restorable: source.restorable,
        };
        // A key of one region opens nothing in another; the copy has its own.
        kept.instance.kms_key = kms_key;
        kept
    }

    /// `None` for an instance that has no backups to retain.
    pub(super) fn retained(world: &World, region: &Region, source: &Instance) -> Option<Self> {
        Some(Self {
            arn: arn_in(world, region, source, "retained"),
            region: region.clone(),
            replicated: false,
            instance: source.clone(),
            timeline: source.timeline,
            restorable: Some(source.restorable?),
        })
    }
}

fn arn_in(world: &World, region: &Region, source: &Instance, why: &str) -> String {
    let hash = world.chance.hex(("auto-backup", why, region.as_str(), &source.resource_id), 26);
    world.arn("rds", region, &format!("auto-backup:ab-{hash}"))
}

pub(super) fn pulse(world: &mut World) {
    let now = world.now();
    let mut due = Vec::new();
    let mut shipped = Vec::new();
    for (region, regional) in &world.regional {
        for instance in regional.rds.instances.values().filter(|instance| instance.retention_days > 0 && instance.cluster.is_none()) {
            if instance.status == Status::Available && instance.promotion.is_none() && is_due(world, region, instance) {
                due.push((region.clone(), instance.id.clone()));
            }
            let phase = i64::try_from(world.chance.bits(("log", region.as_str(), &instance.id)) % 300).unwrap_or(0);
            if instance.restorable.is_some() && now.secs().rem_euclid(SHIPPED_EVERY) == phase && is_up(world, region, instance) {
                shipped.push((region.clone(), instance.id.clone()));
            }
        }
    }
    for (region, id) in due {
        if let Some(instance) = instance_mut(world, &region, &id) {
            instance.backed_up = instance.backup_window.opened(now);
        }
        let span = world.timings.daily_backup;
        begin(world, &region, &id, span);
    }
    for (region, id) in shipped {
        ship(world, &region, &id);
    }
    replicate(world);
}

/// Whether the window is open, its moment has come, and today's backup has not been taken.
fn is_due(world: &World, region: &Region, instance: &Instance) -> bool {
    let now = world.now();
    let opened = instance.backup_window.opened(now);
    if opened <= instance.backed_up || now >= instance.backup_window.closes(opened) {
        return false;
    }
    let half = Duration::from_secs(u64::from(instance.backup_window.minutes) * 30);
    let luck =
        world.chance.between(("daily-backup", region.as_str(), &instance.id, opened.secs()), Span { least: Duration::ZERO, most: half });
    now >= opened + luck
}

fn ship(world: &mut World, region: &Region, id: &str) {
    let now = world.now();
    let Some(instance) = instance_mut(world, region, id) else { return };
    let latest = instance.holds_to(now);
    let oldest = now - Duration::from_secs(u64::from(instance.retention_days) * 86_400);
    if let Some(restorable) = &mut instance.restorable {
        restorable.latest = restorable.latest.max(latest);
        restorable.earliest = restorable.earliest.max(oldest);
    }
    let old = |snapshot: &Snapshot| snapshot.kind == SnapshotKind::Automated && snapshot.instance == id && snapshot.created < oldest;
    if let Some(here) = world.regional.get_mut(region) {
        here.rds.snapshots.retain(|_, snapshot| !old(snapshot));
    }
}

/// Backups that are replicated follow their source while both ends can be reached.
fn replicate(world: &mut World) {
    let mut news = Vec::new();
    for (region, regional) in &world.regional {
        for kept in regional.rds.backups.values().filter(|kept| kept.replicated && !dark_between(world, region, &kept.region)) {
            if let Some(source) = instance(world, &kept.region, &kept.instance.id)
                && source.resource_id == kept.instance.resource_id
                && (source.restorable != kept.restorable || source.timeline != kept.timeline)
            {
                news.push((region.clone(), kept.arn.clone(), source.restorable, source.timeline));
            }
        }
    }
    for (region, arn, restorable, timeline) in news {
        if let Some(kept) = world.regional.get_mut(&region).and_then(|here| here.rds.backups.get_mut(&arn)) {
            kept.restorable = restorable;
            kept.timeline = timeline;
        }
    }
}

/// Takes an automated snapshot; the instance is `backing-up` meanwhile.
pub(super) fn begin(world: &mut World, region: &Region, id: &str, span: Span) {
    let now = world.now();
    let lasting = draw(world, region, id, "backup", span);
    let Some(source) = instance(world, region, id) else { return };
    let moment = now.to_string();
    let name = format!("rds:{id}-{}", moment.get(..16).unwrap_or(&moment).replace(['T', ':'], "-"));
    let mut snapshot = Snapshot::of(world, region, source, &name, SnapshotKind::Automated, source.holds_to(now));
    (snapshot.created, snapshot.until) = (now, Some(now + lasting));
    if let Some(here) = world.regional.get_mut(region) {
        here.rds.snapshots.insert(name, snapshot);
    }
    tell(world, region, id, "backup", "Backing up DB instance");
    turn(world, region, id, Status::BackingUp, Some(lasting));
}

/// A backup is complete: from its moment on the database can be restored.
pub(super) fn finish(world: &mut World, region: &Region, id: &str) {
    let Some(regional) = world.regional.get(region) else { return };
    let taken = regional.rds.snapshots.values().filter(|snapshot| snapshot.instance == id && snapshot.kind == SnapshotKind::Automated);
    let newest = taken.max_by_key(|snapshot| snapshot.created).map(|snapshot| snapshot.taken_at);
    let Some(instance) = instance_mut(world, region, id) else { return };
    if instance.retention_days > 0
        && instance.cluster.is_none()
        && let Some(moment) = newest
    {
        instance.restorable.get_or_insert(Restorable { earliest: moment, latest: moment });
    }
    tell(world, region, id, "backup", "Finished DB Instance backup");
}

/// Backups were switched off, or their instance is gone.
pub(super) fn forget(world: &mut World, region: &Region, id: &str) {
    let Some(here) = world.regional.get_mut(region) else { return };
    here.rds.snapshots.retain(|_, snapshot| snapshot.kind != SnapshotKind::Automated || snapshot.instance != id);
    if let Some(instance) = here.rds.instances.get_mut(id) {
        instance.restorable = None;
    }
}

pub(super) fn describe_automated_backups(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let filters = Filters::read(input, &["status", "db-instance-id", "dbi-resource-id"])?;
    let of = input.text("DBInstanceIdentifier")?.map(name_of);
    let resource = input.text("DbiResourceId")?;
    let arn = input.text("DBInstanceAutomatedBackupsArn")?;
    let rds = &world.here(region)?.rds;
    let fits = |instance: &Instance, its_arn: &str, status: &str| {
        of.as_ref().is_none_or(|id| *id == instance.id)
            && resource.is_none_or(|resource| resource == instance.resource_id)
            && arn.is_none_or(|arn| arn == its_arn)
            && filters.pass("status", status)
            && filters.pass("db-instance-id", &instance.id)
            && filters.pass("dbi-resource-id", &instance.resource_id)
    };
    let mut rows = Vec::new();
    for instance in rds.instances.values().filter(|instance| instance.retention_days > 0 && instance.cluster.is_none()) {
        let (its_arn, status) = (arn_in(world, region, instance, "own"), if instance.restorable.is_some() { "active" } else { "creating" });
        if fits(instance, &its_arn, status) {
            let shown = show(instance, region, &its_arn, status, instance.restorable);
            rows.push((its_arn, shown));
        }
    }
    for kept in rds.backups.values() {
        let status = if kept.replicated { "replicating" } else { "retained" };
        if fits(&kept.instance, &kept.arn, status) {
            rows.push((kept.arn.clone(), show(&kept.instance, &kept.region, &kept.arn, status, kept.restorable)));
        }
    }
    if rows.is_empty()
        && let Some(sought) = arn.or(resource)
    {
        return Err(ApiError::new("DBInstanceAutomatedBackupNotFound", 404, format!("DB instance automated backup {sought} not found.")));
    }
    rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    let (part, marker) = page(input, rows)?;
    Ok(listing("DBInstanceAutomatedBackups", "DBInstanceAutomatedBackup", part, marker).into())
}

fn show(instance: &Instance, region: &Region, arn: &str, status: &str, restorable: Option<Restorable>) -> Document {
    doc! {
        "DBInstanceArn": &instance.arn,
        "DbiResourceId": &instance.resource_id,
        "Region": region.as_str(),
        "DBInstanceIdentifier": &instance.id,
        "RestoreWindow": restorable.map(|restorable| doc! { "EarliestTime": restorable.earliest, "LatestTime": restorable.latest }),
        "AllocatedStorage": instance.storage_gib,
        "Status": status,
        "Port": i64::from(instance.port),
        "AvailabilityZone": format!("{region}{}", instance.zone),
        "InstanceCreateTime": instance.created,
        "MasterUsername": &instance.username,
        "Engine": instance.engine.name(),
        "EngineVersion": &instance.version,
        "Encrypted": instance.kms_key.is_some(),
        "KmsKeyId": instance.kms_key.as_ref(),
        "BackupRetentionPeriod": instance.retention_days,
        "PreferredBackupWindow": instance.backup_window.to_string(),
        "DBInstanceAutomatedBackupsArn": arn,
        "BackupTarget": "region",
    }
}

#[cfg(test)]
mod tests {
    use super::super::Engine;
    use super::super::fixture::*;
    use crate::doc;
    use crate::world::testing::{east, live};

    #[test]
    fn a_backup_is_taken_once_a_day_in_its_window() {
        let mut world = pair(Engine::Postgres);
        world.regional.get_mut(&east()).unwrap().rds.instances.get_mut(SOURCE).unwrap().retention_days = 2;
        let window = world.regional[&east()].rds.instances[SOURCE].backup_window;
        let (mut backups, mut before) = (0, "available");
        for _ in 0..2 * 86_400 {
            live(&mut world, 1);
            let now = status(&world, &east(), SOURCE);
            if now == "backing-up" && before != now {
                backups += 1;
                let minute = world.now().secs().rem_euclid(86_400) / 60 - i64::from(window.start);
                assert!((0..=i64::from(window.minutes) / 2).contains(&minute), "{minute} minutes after the window opened");
            }
            before = now;
        }
        assert_eq!(backups, 2);
        let shown = done(&mut world, &east(), "DescribeDBSnapshots", doc! { "SnapshotType": "automated" });
        assert_eq!(shown.items("DBSnapshots", "DBSnapshot").len(), 2);
        live(&mut world, 2 * 86_400);
        let kept = world.regional[&east()].rds.snapshots.len();
        assert!((2..=3).contains(&kept), "{kept} automated snapshots for two days");
    }
}
