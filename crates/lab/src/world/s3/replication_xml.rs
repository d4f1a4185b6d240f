//! Replication configurations as clients write and read them.

use drlab_core::domain::Region;

use super::bucket::{VersionName, Versioning};
use super::filter::{Filter, enabled, is_enabled, malformed};
use super::replication::{Replication, ReplicationRule};
use super::request::{body, configure, open};
use super::version::{ReplicationStatus, StorageClass};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, Reply, World};

/// The most rules a configuration may have.
const MOST_RULES: usize = 1000;

pub(super) fn get_bucket_replication(world: &mut World, call: &Call) -> Answer {
    let bucket = open(world, call)?;
    let Some(replication) = &bucket.replication else {
        return Err(ApiError::new("ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found")
            .member("BucketName", &bucket.name));
    };
    Ok(doc! { "Role": &replication.role, "Rule": Document::flat(replication.rules.iter().map(tell)) }.into())
}

pub(super) fn put_bucket_replication(world: &mut World, call: &Call) -> Answer {
    let chance = world.chance;
    let regions: Vec<(String, Region, Versioning)> =
        world.s3.buckets.values().map(|bucket| (bucket.name.clone(), bucket.region.clone(), bucket.versioning)).collect();
    let bucket = configure(world, call)?;
    if bucket.versioning != Versioning::Enabled {
        return Err(invalid_request("Versioning must be 'Enabled' on the bucket to apply a replication configuration"));
    }
    let told = body(call, "ReplicationConfiguration")?;
    let rules = told.items("Rule", "Rule");
    if rules.is_empty() || rules.len() > MOST_RULES {
        return Err(malformed());
    }
    let mut replication = Replication { role: told.text("Role")?.ok_or_else(malformed)?.to_owned(), rules: Vec::new() };
    for (nth, rule) in rules.into_iter().enumerate() {
        let invented = || chance.hex(("s3-replication-rule", &bucket.name, nth), 32);
        let rule = read(rule, invented, |name| {
            regions.iter().find(|(known, ..)| known == name).map(|(_, region, state)| (region.clone(), *state))
        })?;
        if rule.destination == bucket.name {
            return Err(invalid_request("Destination bucket cannot be the same as the source bucket."));
        }
        if replication.rule(&rule.id).is_some() {
            return Err(ApiError::new("InvalidArgument", 400, "Rule Id must be unique")
                .member("ArgumentName", "ID")
                .member("ArgumentValue", rule.id));
        }
        if rule.priority.is_some() && replication.rules.iter().any(|other| other.priority == rule.priority) {
            return Err(invalid_request("Found duplicate priority in the replication configuration. Priorities must be unique."));
        }
        replication.rules.push(rule);
    }
    install(world, call, Some(replication))?;
    Ok(Reply::default())
}

pub(super) fn delete_bucket_replication(world: &mut World, call: &Call) -> Answer {
    configure(world, call)?;
    install(world, call, None)?;
    Ok(Reply::default().status(204))
}

/// Puts a configuration in force. What waits under a rule that is gone, off or turned elsewhere never arrives.
fn install(world: &mut World, call: &Call, replication: Option<Replication>) -> Result<(), ApiError> {
    let now = world.now;
    let bucket = configure(world, call)?;
    let stays = |id: &str| {
        let (old, new) = (bucket.replication.as_ref()?.rule(id)?, replication.as_ref()?.rule(id)?);
        (new.enabled && old.destination == new.destination).then_some(())
    };
    let dropped: Vec<String> = bucket.lanes.keys().filter(|id| stays(id).is_none()).cloned().collect();
    for lane in dropped.iter().filter_map(|id| bucket.lanes.remove(id)) {
        for (key, id) in lane.into_waiting() {
            if let Some(version) = bucket.objects.get_mut(&key).and_then(|stack| stack.find_mut(VersionName::Id(id)))
                && version.replication.is_some()
            {
                version.replication = Some(ReplicationStatus::Failed);
            }
        }
    }
    let became = if replication.as_ref().is_some_and(|replication| replication.rules.iter().any(|rule| rule.enabled)) {
        "replication configured"
    } else {
        "replication off"
    };
    bucket.replication = replication;
    let (region, name) = (bucket.region.clone(), bucket.name.clone());
    world.truth.note(now, Some(&region), "s3", &name, became);
    Ok(())
}

fn invalid_request(message: &str) -> ApiError {
    ApiError::new("InvalidRequest", 400, message)
}

fn read(
    rule: &Document,
    invented: impl Fn() -> String,
    find: impl Fn(&str) -> Option<(Region, Versioning)>,
) -> Result<ReplicationRule, ApiError> {
    let filter = Filter::read(rule)?;
    let priority = rule.int("Priority")?;
    let delete_markers = rule.get("DeleteMarkerReplication").map(|markers| is_enabled(markers, "Status")).transpose()?;
    if !filter.old && (priority.is_none() || delete_markers.is_none()) {
        let missing = if priority.is_none() { "Priority" } else { "DeleteMarkerReplication" };
        return Err(invalid_request(&format!(
            "{missing} must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 Developer \
             Guide for more information."
        )));
    }
    if filter.old && delete_markers.is_some() {
        return Err(invalid_request(
            "DeleteMarkerReplication cannot be used for this version of Cross Region Replication configuration schema. Please refer to S3 \
             Developer Guide for more information.",
        ));
    }
    if delete_markers == Some(true) && !filter.tags.is_empty() {
        return Err(invalid_request(
            "Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more \
             information.",
        ));
    }
    let to = rule.get("Destination").ok_or_else(malformed)?;
    let arn = to.text("Bucket")?.ok_or_else(malformed)?;
    let destination = arn.strip_prefix("arn:aws:s3:::").ok_or_else(|| invalid_request("Invalid bucket ARN."))?;
    let (destination_region, versioning) = find(destination).ok_or_else(|| invalid_request("Destination bucket must exist."))?;
    if versioning != Versioning::Enabled {
        return Err(invalid_request("Destination bucket must have versioning enabled."));
    }
    let class = |name: &str| StorageClass::parse(name).ok_or_else(malformed);
    let selection = rule.get("SourceSelectionCriteria");
    let selected = |name: &str| selection.and_then(|all| all.get(name)).map(|one| is_enabled(one, "Status")).transpose();
    let minutes = |time: &Document, name: &str| time.get(name).map_or(Ok(None), |value| value.int("Minutes"));
    let time_control = match to.get("ReplicationTime") {
        Some(time) if is_enabled(time, "Status")? => Some(minutes(time, "Time")?.ok_or_else(malformed)?),
        _ => None,
    };
    let metrics = to.get("Metrics").map(|metrics| is_enabled(metrics, "Status")).transpose()?.unwrap_or(false);
    if time_control.is_some_and(|minutes| minutes != 15) || (time_control.is_some() && !metrics) {
        return Err(invalid_request("ReplicationTime requires Metrics and a Time of 15 minutes."));
    }
    Ok(ReplicationRule {
        id: rule.text("ID")?.filter(|id| !id.is_empty()).map_or_else(invented, str::to_owned),
        priority,
        enabled: is_enabled(rule, "Status")?,
        filter,
        delete_markers,
        destination: destination.to_owned(),
        destination_region,
        storage_class: to.text("StorageClass")?.map(class).transpose()?,
        account: to.text("Account")?.map(str::to_owned),
        replica_key: to.get("EncryptionConfiguration").map_or(Ok(None), |key| key.text("ReplicaKmsKeyID"))?.map(str::to_owned),
        kms_objects: selected("SseKmsEncryptedObjects")?,
        replica_modifications: selected("ReplicaModifications")?,
        time_control,
        metrics,
    })
}

fn tell(rule: &ReplicationRule) -> Document {
    let mut told = doc! { "ID": &rule.id, "Priority": rule.priority };
    rule.filter.tell(&mut told);
    told.set("Status", enabled(rule.enabled));
    let status = |yes: Option<bool>| yes.map(|yes| doc! { "Status": enabled(yes) });
    if rule.kms_objects.is_some() || rule.replica_modifications.is_some() {
        told.set(
            "SourceSelectionCriteria",
            doc! { "SseKmsEncryptedObjects": status(rule.kms_objects), "ReplicaModifications": status(rule.replica_modifications) },
        );
    }
    let threshold = rule.time_control.map(|minutes| doc! { "Minutes": minutes });
    told.set(
        "Destination",
        doc! {
            "Bucket": format!("arn:aws:s3:::{}", rule.destination),
            "Account": rule.account.clone(),
            "StorageClass": rule.storage_class.map(StorageClass::name),
            "EncryptionConfiguration": rule.replica_key.as_ref().map(|key| doc! { "ReplicaKmsKeyID": key }),
            "ReplicationTime": threshold.clone().map(|time| doc! { "Status": "Enabled", "Time": time }),
            "Metrics": rule.metrics.then(|| doc! { "Status": "Enabled", "EventThreshold": threshold }),
        },
    );
    if let Some(markers) = status(rule.delete_markers) {
        told.set("DeleteMarkerReplication", markers);
    }
    told
}
