//! Operations on where a secret is kept.

use drlab_core::domain::Region;

use super::operations::{invalid_parameter, invalid_request, no_such_secret, refuse_replica};
use super::replicas::send;
use super::store::{ReplicaState, ReplicaStatus, Role, Secret};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World};

pub(super) fn replicate_secret_to_regions(world: &mut World, call: &Call) -> Answer {
    let id = call.input.need("SecretId")?;
    let wanted = wanted(world, call)?;
    if wanted.is_empty() {
        return Err(invalid_parameter("You must specify at least one replica region."));
    }
    let secret = world.here_mut(&call.region)?.secrets.find_mut(id).ok_or_else(no_such_secret)?;
    refuse_replica(secret)?;
    if let Some((taken, _)) =
        wanted.iter().find(|(there, _)| secret.replicas.get(there).is_some_and(|state| state.status != ReplicaStatus::Failed))
    {
        return Err(invalid_request(&format!("The secret is already replicated to region {taken}.")));
    }
    secret.replicas.extend(wanted);
    let (name, arn) = (secret.name.clone(), secret.arn.clone());
    send(world, &call.region, &name);
    Ok(doc! { "ARN": arn, "ReplicationStatus": status_of(world, call, &name) }.into())
}

/// The replicas a request asks for: regions of this lab, not the one it was sent to.
pub(super) fn wanted(world: &World, call: &Call) -> Result<Vec<(Region, ReplicaState)>, ApiError> {
    let overwrites = call.input.bool("ForceOverwriteReplicaSecret")?.unwrap_or(false);
    let mut wanted: Vec<(Region, ReplicaState)> = Vec::new();
    for told in call.input.items("AddReplicaRegions", "member") {
        let region = Region::new(told.need("Region")?);
        if region == call.region || !world.regional.contains_key(&region) {
            return Err(invalid_parameter("Invalid replica region."));
        }
        if wanted.iter().any(|(other, _)| *other == region) {
            return Err(invalid_parameter(&format!("Duplicate replica region {region}.")));
        }
        let kms_key = told.text("KmsKeyId")?.map(str::to_owned);
        wanted.push((
            region,
            ReplicaState { status: ReplicaStatus::InProgress(world.now), message: None, kms_key, overwrites, joined: false },
        ));
    }
    Ok(wanted)
}

pub(super) fn status_of(world: &World, call: &Call, name: &str) -> Option<Document> {
    world.regional.get(&call.region).and_then(|here| here.secrets.by_name.get(name)).and_then(statuses)
}

pub(super) fn statuses(secret: &Secret) -> Option<Document> {
    let told = secret.replicas.iter().map(|(region, state)| {
        doc! {
            "Region": region.as_str(),
            "KmsKeyId": state.kms_key.as_deref().unwrap_or("alias/aws/secretsmanager"),
            "Status": state.status.name(),
            "StatusMessage": match state.status {
                ReplicaStatus::InSync => Some("Replication succeeded"),
                _ => state.message.as_deref(),
            },
        }
    });
    (!secret.replicas.is_empty()).then(|| Document::list(told))
}

pub(super) fn remove_regions_from_replication(world: &mut World, call: &Call) -> Answer {
    let id = call.input.need("SecretId")?;
    let regions: Vec<Region> = call.input.texts("RemoveReplicaRegions", "member").into_iter().map(Region::new).collect();
    if regions.is_empty() {
        return Err(ApiError::missing("RemoveReplicaRegions"));
    }
    let secret = world.here_mut(&call.region)?.secrets.find_mut(id).ok_or_else(no_such_secret)?;
    refuse_replica(secret)?;
    if let Some(unknown) = regions.iter().find(|region| !secret.replicas.contains_key(region)) {
        return Err(invalid_parameter(&format!("The secret is not replicated to region {unknown}.")));
    }
    let (name, arn) = (secret.name.clone(), secret.arn.clone());
    if let Some(dark) = regions.iter().find(|region| world.faults.is_dark(region)) {
        return Err(ApiError::new("InternalServiceError", 500, format!("An error occurred on the server side: {dark} does not answer.")));
    }
    for region in &regions {
        // A failed replica never came to be: what has its name there is somebody else's.
        if let Some(there) = world.regional.get_mut(region)
            && there.secrets.by_name.get(&name).is_some_and(|secret| secret.role == (Role::Replica { of: call.region.clone() }))
        {
            there.secrets.by_name.remove(&name);
            world.truth.note(world.now, Some(region), "secretsmanager", &name, "removed");
        }
    }
    if let Some(secret) = world.here_mut(&call.region)?.secrets.by_name.get_mut(&name) {
        secret.replicas.retain(|region, _| !regions.contains(region));
    }
    Ok(doc! { "ARN": arn, "ReplicationStatus": status_of(world, call, &name) }.into())
}

/// The promotion of a replica, asked for where the replica is. There is no way back but to replicate anew. The old primary learns of it
/// as soon as it can be reached.
pub(super) fn stop_replication_to_replica(world: &mut World, call: &Call) -> Answer {
    let id = call.input.need("SecretId")?;
    let now = world.now;
    let secret = world.here_mut(&call.region)?.secrets.find_mut(id).ok_or_else(no_such_secret)?;
    if !secret.is_replica() {
        return Err(invalid_request("Operation not permitted on a primary secret. Call must be made in replica secret's region."));
    }
    secret.role = Role::Primary;
    secret.changed = now;
    let (name, arn) = (secret.name.clone(), secret.arn.clone());
    world.truth.note(now, Some(&call.region), "secretsmanager", &name, "standalone");
    Ok(doc! { "ARN": arn }.into())
}
