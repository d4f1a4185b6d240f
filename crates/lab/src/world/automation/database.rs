//! Databases and the secret that leads to them: what is there, what can be made of it, who is told.

use drlab_core::domain::{Region, Timestamp};

use super::deed::{Failure, Outcome, Scene, changed, failed};
use crate::doc;
use crate::document::Document;
use crate::world::json;

/// An instance as RDS describes it; `None` where there is none of this name.
fn described(scene: &mut Scene<'_>, region: &Region, id: &str) -> Result<Option<Document>, Failure> {
    match scene.ask(region, "rds", "DescribeDBInstances", doc! { "DBInstanceIdentifier": id }) {
        Ok(answer) => Ok(answer.items("DBInstances", "DBInstance").first().map(|found| (*found).clone())),
        Err(error) if error.code == "DBInstanceNotFound" => Ok(None),
        Err(error) => Err(failed("rds", error)),
    }
}

fn word<'d>(instance: &'d Document, member: &str) -> &'d str {
    instance.get(member).and_then(Document::as_text).unwrap_or("")
}

/// What can be made of an instance: `promotable`, `writable`, `busy` (wait and look again), `unusable`.
fn state_of(instance: Option<&Document>) -> &'static str {
    let Some(instance) = instance else { return "unusable" };
    let is_replica = !word(instance, "ReadReplicaSourceDBInstanceIdentifier").is_empty();
    match word(instance, "DBInstanceStatus") {
        "available" if is_replica => "promotable",
        "available" => "writable",
        // Open for writes while its first backup is taken; a replica in this state is refused a promotion.
        "backing-up" if !is_replica => "writable",
        status if status.starts_with("incompatible-") || status.starts_with("inaccessible-") => "unusable",
        "failed" | "deleting" | "stopped" | "stopping" | "storage-full" | "restore-error" => "unusable",
        _ => "busy",
    }
}

fn sight(id: &str, instance: Option<&Document>) -> Document {
    let endpoint = instance.and_then(|instance| instance.get("Endpoint"));
    doc! {
        "id": id,
        "state": state_of(instance),
        "status": instance.map_or("missing", |instance| word(instance, "DBInstanceStatus")),
        "host": endpoint.and_then(|endpoint| endpoint.get("Address")).cloned(),
        "port": endpoint.and_then(|endpoint| endpoint.get("Port")).and_then(Document::as_int),
    }
}

/// The database the target can be served from: the replica, or a restored instance where one has been begun.
pub(super) fn inspect(scene: &mut Scene<'_>) -> Outcome {
    let replica = inspect_replica(scene)?;
    if word(&replica, "state") != "unusable" {
        return Ok(replica);
    }
    let restored = scene.database()?.restored.clone();
    let region = scene.plan.target.region.clone();
    match described(scene, &region, &restored)? {
        Some(instance) => Ok(sight(&restored, Some(&instance))),
        None => Ok(replica),
    }
}

pub(super) fn inspect_replica(scene: &mut Scene<'_>) -> Outcome {
    let (id, region) = (scene.database()?.replica.clone(), scene.plan.target.region.clone());
    let instance = described(scene, &region, &id)?;
    Ok(sight(&id, instance.as_ref()))
}

/// The instance of the source's region that accepts writes.
pub(super) fn inspect_writer(scene: &mut Scene<'_>) -> Outcome {
    let (writers, region) = (scene.database()?.writers.clone(), scene.plan.source.region.clone());
    for id in &writers {
        let instance = described(scene, &region, id)?;
        if state_of(instance.as_ref()) == "writable" {
            let arn = instance.as_ref().map(|instance| word(instance, "DBInstanceArn").to_owned());
            let mut found = sight(id, instance.as_ref());
            found.set("arn", arn);
            let retention = instance.as_ref().and_then(|instance| instance.get("BackupRetentionPeriod")).and_then(Document::as_int);
            found.set("retention", retention);
            return Ok(found);
        }
    }
    Err(Failure::new("NoWriter", format!("none of {} in {region} accepts writes", writers.join(", "))))
}

/// Turns the writer's backups on where they are off: RDS replicates only from an instance that keeps some.
pub(super) fn enable_backups(scene: &mut Scene<'_>) -> Outcome {
    let (id, kept) = (scene.found("InspectWriter", "id").cloned(), scene.found("InspectWriter", "retention").and_then(Document::as_int));
    if kept != Some(0) {
        return Ok(changed(false));
    }
    let (region, days) = (scene.plan.source.region.clone(), scene.database()?.retention_days.unwrap_or(1).max(1));
    let input = doc! { "DBInstanceIdentifier": id, "BackupRetentionPeriod": days, "ApplyImmediately": true };
    scene.call(&region, "rds", "ModifyDBInstance", input)?;
    Ok(changed(true))
}

pub(super) fn promote(scene: &mut Scene<'_>) -> Outcome {
    let (id, region) = (scene.database()?.replica.clone(), scene.plan.target.region.clone());
    let retention = scene.database()?.retention_days;
    let input = doc! { "DBInstanceIdentifier": id, "BackupRetentionPeriod": retention };
    match scene.ask(&region, "rds", "PromoteReadReplica", input) {
        Ok(_) => Ok(changed(true)),
        // Somebody else was faster, or a backup has begun: the next look tells.
        Err(error) if error.code == "InvalidDBInstanceState" => Ok(changed(false)),
        Err(error) => Err(failed("rds", error)),
    }
}

/// The newest snapshot of any of the writers that has arrived in the target's region.
fn newest_snapshot(writers: &[String], listed: &Document) -> Option<(Timestamp, String)> {
    let taken = |snapshot: &Document| {
        ["OriginalSnapshotCreateTime", "SnapshotCreateTime"].into_iter().find_map(|member| snapshot.get(member).and_then(Document::as_time))
    };
    listed
        .items("DBSnapshots", "DBSnapshot")
        .into_iter()
        .filter(|snapshot| word(snapshot, "Status") == "available")
        .filter(|snapshot| writers.iter().any(|writer| writer == word(snapshot, "DBInstanceIdentifier")))
        .filter_map(|snapshot| Some((taken(snapshot)?, word(snapshot, "DBSnapshotIdentifier").to_owned())))
        .max()
}

/// All pages of the region's snapshots as one.
fn snapshots(scene: &mut Scene<'_>, region: &Region) -> Outcome {
    let (mut all, mut input) = (Vec::new(), doc! { "MaxRecords": 100 });
    loop {
        let page = scene.call(region, "rds", "DescribeDBSnapshots", input.clone())?;
        all.extend(page.items("DBSnapshots", "DBSnapshot").into_iter().cloned());
        match page.get("Marker").and_then(Document::as_text) {
            Some(marker) if !marker.is_empty() => input.set("Marker", marker),
            _ => return Ok(doc! { "DBSnapshots": Document::list_of("DBSnapshot", all) }),
        }
    }
}

fn groups(ids: &[String]) -> Option<Document> {
    (!ids.is_empty()).then(|| Document::list_of("VpcSecurityGroupId", ids))
}

pub(super) fn restore(scene: &mut Scene<'_>) -> Outcome {
    let (plan, region) = (scene.database()?.clone(), scene.plan.target.region.clone());
    let mut names = plan.writers.clone();
    names.push(plan.replica.clone());
    let listed = snapshots(scene, &region)?;
    let (taken, snapshot) = newest_snapshot(&names, &listed)
        .ok_or_else(|| Failure::new("NoSnapshot", format!("no available snapshot of {} in {region}", plan.writers.join(", "))))?;
    let input = doc! {
        "DBInstanceIdentifier": &plan.restored,
        "DBSnapshotIdentifier": &snapshot,
        "DBInstanceClass": plan.class.clone(),
        "DBSubnetGroupName": plan.subnet_group.clone(),
        "VpcSecurityGroupIds": groups(&plan.security_groups),
    };
    match scene.ask(&region, "rds", "RestoreDBInstanceFromDBSnapshot", input) {
        Ok(_) => Ok(doc! { "changed": true, "snapshot": snapshot, "taken": taken.to_string() }),
        Err(error) if error.code == "DBInstanceAlreadyExists" => Ok(changed(false)),
        Err(error) => Err(failed("rds", error)),
    }
}

pub(super) fn create_replica(scene: &mut Scene<'_>) -> Outcome {
    let (plan, region) = (scene.database()?.clone(), scene.plan.target.region.clone());
    let source = scene.found("InspectWriter", "arn").cloned();
    let input = doc! {
        "DBInstanceIdentifier": &plan.replica,
        "SourceDBInstanceIdentifier": source,
        "DBInstanceClass": plan.class.clone(),
        "DBSubnetGroupName": plan.subnet_group.clone(),
        "VpcSecurityGroupIds": groups(&plan.security_groups),
    };
    scene.call(&region, "rds", "CreateDBInstanceReadReplica", input)?;
    Ok(changed(true))
}

/// Merges the database's host and port into the secret, and nothing else. A replicated secret becomes one of its own first: it is read-only until then.
pub(super) fn update_secret(scene: &mut Scene<'_>) -> Outcome {
    let Some(secret) = scene.plan.secret.clone() else { return Ok(changed(false)) };
    let region = scene.plan.target.region.clone();
    let (Some(host), port) = (scene.found("InspectDatabase", "host").cloned(), scene.found("InspectDatabase", "port").cloned()) else {
        return Err(Failure::new("NoEndpoint", "the database has no endpoint yet"));
    };
    let about = scene.call(&region, "secretsmanager", "DescribeSecret", doc! { "SecretId": &secret })?;
    let primary = word(&about, "PrimaryRegion");
    if !primary.is_empty() && primary != region.as_str() {
        scene.call(&region, "secretsmanager", "StopReplicationToReplica", doc! { "SecretId": &secret })?;
    }
    let answer = scene.call(&region, "secretsmanager", "GetSecretValue", doc! { "SecretId": &secret })?;
    let Some(Document::Map(_)) = json::parse(word(&answer, "SecretString")) else {
        return Err(Failure::new("SecretNotJson", "the secret's value is no JSON object"));
    };
    let mut value = json::parse(word(&answer, "SecretString")).unwrap_or_default();
    let as_it_was = value.clone();
    value.set("host", host);
    if let Some(port) = port {
        // Secrets that RDS made itself hold the port as a number, many others as text.
        let port =
            if matches!(value.get("port"), Some(Document::Text(_))) { port.as_int().map(|port| port.to_string()).into() } else { port };
        value.set("port", port);
    }
    if value == as_it_was {
        return Ok(changed(false));
    }
    scene.call(&region, "secretsmanager", "PutSecretValue", doc! { "SecretId": secret, "SecretString": json::text(&value) })?;
    Ok(changed(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(status: &str, source: Option<&str>) -> Document {
        doc! { "DBInstanceStatus": status, "ReadReplicaSourceDBInstanceIdentifier": source }
    }

    #[test]
    fn a_replica_that_backs_up_is_waited_for_and_a_failed_one_is_given_up() {
        let of = |status, source| state_of(Some(&instance(status, source)));
        assert_eq!(of("available", Some("arn:db")), "promotable");
        assert_eq!(of("backing-up", Some("arn:db")), "busy");
        assert_eq!(of("modifying", Some("arn:db")), "busy");
        assert_eq!(of("rebooting", None), "busy");
        assert_eq!(of("backing-up", None), "writable");
        assert_eq!(of("available", None), "writable");
        assert_eq!(of("incompatible-restore", None), "unusable");
        assert_eq!(of("failed", Some("arn:db")), "unusable");
        assert_eq!(state_of(None), "unusable");
    }

    #[test]
    fn the_newest_usable_snapshot_is_chosen() {
        let snapshot = |id: &str, of: &str, status: &str, at: i64| {
            doc! {
                "DBSnapshotIdentifier": id, "DBInstanceIdentifier": of, "Status": status,
                "SnapshotCreateTime": Timestamp::from_secs(1000), "OriginalSnapshotCreateTime": Timestamp::from_secs(at),
            }
        };
        let listed = doc! { "DBSnapshots": Document::list_of("DBSnapshot", [
            snapshot("old", "db", "available", 10), snapshot("new", "db", "available", 20),
            snapshot("newer", "db", "creating", 30), snapshot("other", "else", "available", 40),
        ]) };
        assert_eq!(newest_snapshot(&["db".to_owned()], &listed), Some((Timestamp::from_secs(20), "new".to_owned())));
        assert_eq!(newest_snapshot(&["none".to_owned()], &listed), None);
    }
}
