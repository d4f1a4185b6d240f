//! Reading and changing a secret.

use drlab_core::domain::Region;

use super::replicas::send;
use super::replication::{status_of, statuses, wanted};
use super::store::{CURRENT, Content, Role, Secret, SecretVersion, invent_arn};
use crate::base64;
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World};

/// The largest value, in bytes.
const LARGEST: usize = 65_536;

pub(super) fn no_such_secret() -> ApiError {
    ApiError::new("ResourceNotFoundException", 400, "Secrets Manager can't find the specified secret.")
}

pub(super) fn invalid_request(message: &str) -> ApiError {
    ApiError::new("InvalidRequestException", 400, message)
}

pub(super) fn invalid_parameter(message: &str) -> ApiError {
    ApiError::new("InvalidParameterException", 400, message)
}

/// Only a primary can be written; replicas say so with the code and in the words AWS itself uses.
pub(super) fn refuse_replica(secret: &Secret) -> Result<(), ApiError> {
    if secret.is_replica() {
        return Err(invalid_parameter("Operation not permitted on a replica secret. Call must be made in primary secret's region."));
    }
    Ok(())
}

pub(super) fn primary_region<'s>(secret: &'s Secret, here: &'s Region) -> Option<&'s str> {
    match &secret.role {
        Role::Replica { of } => Some(of.as_str()),
        Role::Primary if secret.replicas.is_empty() => None,
        Role::Primary => Some(here.as_str()),
    }
}

/// Which labels every version has, as a map from id to labels.
pub(super) fn stages(secret: &Secret) -> Document {
    let of = |version: &SecretVersion| Document::list(version.stages.iter());
    Document::Map(secret.versions.iter().map(|(id, version)| (id.clone(), of(version))).collect())
}

pub(super) fn tags(secret: &Secret) -> Option<Document> {
    (!secret.tags.is_empty()).then(|| Document::list(secret.tags.iter().map(|(key, value)| doc! { "Key": key, "Value": value })))
}

pub(super) fn describe_secret(world: &mut World, call: &Call) -> Answer {
    let secret = world.here(&call.region)?.secrets.find(call.input.need("SecretId")?).ok_or_else(no_such_secret)?;
    Ok(doc! {
        "ARN": &secret.arn,
        "Name": &secret.name,
        "Description": secret.description.as_deref(),
        "KmsKeyId": secret.kms_key.as_deref(),
        "LastChangedDate": secret.changed,
        "Tags": tags(secret),
        "VersionIdsToStages": stages(secret),
        "CreatedDate": secret.created,
        "PrimaryRegion": primary_region(secret, &call.region),
        "ReplicationStatus": statuses(secret),
    }
    .into())
}

pub(super) fn get_secret_value(world: &mut World, call: &Call) -> Answer {
    let secret = world.here(&call.region)?.secrets.find(call.input.need("SecretId")?).ok_or_else(no_such_secret)?;
    let (wanted, stage) = (call.input.text("VersionId")?, call.input.text("VersionStage")?);
    let missing = |what: &str| {
        ApiError::new("ResourceNotFoundException", 400, format!("Secrets Manager can't find the specified secret value for {what}"))
    };
    let (id, version) = match (wanted, stage) {
        (Some(id), stage) => {
            let found = secret.versions.get_key_value(id).ok_or_else(|| missing(&format!("VersionId: {id}")))?;
            if stage.is_some_and(|stage| !found.1.stages.iter().any(|held| held == stage)) {
                return Err(invalid_request("You provided a VersionStage that is not associated to the provided VersionId."));
            }
            (found.0.as_str(), found.1)
        }
        (None, stage) => {
            let stage = stage.unwrap_or(CURRENT);
            secret.staged(stage).ok_or_else(|| missing(&format!("staging label: {stage}")))?
        }
    };
    let (text, binary) = match &version.content {
        Content::Text(text) => (Some(text.as_str()), None),
        Content::Binary(bytes) => (None, Some(Document::Blob(bytes.clone()))),
    };
    Ok(doc! {
        "ARN": &secret.arn,
        "Name": &secret.name,
        "VersionId": id,
        "SecretString": text,
        "SecretBinary": binary,
        "VersionStages": Document::list(version.stages.iter()),
        "CreatedDate": version.created,
    }
    .into())
}

/// The value a request brings, if it brings one.
fn content(call: &Call) -> Result<Option<Content>, ApiError> {
    let content = match (call.input.text("SecretString")?, call.input.get("SecretBinary")) {
        (Some(_), Some(_)) => {
            return Err(invalid_parameter("You can't specify both a binary secret value and a string secret value in the same secret."));
        }
        (Some(text), None) => Content::Text(text.to_owned()),
        (None, Some(Document::Blob(bytes))) => Content::Binary(bytes.clone()),
        (None, Some(Document::Text(text))) => {
            Content::Binary(base64::decode(text).ok_or_else(|| ApiError::validation("SecretBinary must be base64"))?)
        }
        _ => return Ok(None),
    };
    let size = match &content {
        Content::Text(text) => text.len(),
        Content::Binary(bytes) => bytes.len(),
    };
    if size == 0 || size > LARGEST {
        return Err(ApiError::validation(format!("The secret value must have between 1 and {LARGEST} bytes")));
    }
    Ok(Some(content))
}

/// The id the new version gets: the caller's token, which makes a repetition harmless, or one of our own.
fn version_id(world: &World, call: &Call, arn: &str, nth: u64) -> Result<String, ApiError> {
    match call.input.text("ClientRequestToken")? {
        Some(token) if !(32..=64).contains(&token.len()) => Err(invalid_parameter("ClientRequestToken must be 32-64 characters long.")),
        Some(token) => Ok(token.to_owned()),
        None => Ok(world.chance.uuid(("secret-version", arn, nth))),
    }
}

pub(super) fn create_secret(world: &mut World, call: &Call) -> Answer {
    let name = call.input.need("Name")?;
    if name.is_empty() || name.len() > 512 || !name.chars().all(|c| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c)) {
        return Err(ApiError::validation(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        ));
    }
    if world.here(&call.region)?.secrets.by_name.contains_key(name) {
        return Err(ApiError::new(
            "ResourceExistsException",
            400,
            format!("The operation failed because the secret {name} already exists."),
        ));
    }
    let arn = invent_arn(world, &call.region, name);
    let mut secret = Secret::new(name, &arn, world.now);
    secret.description = call.input.text("Description")?.map(str::to_owned);
    secret.kms_key = call.input.text("KmsKeyId")?.map(str::to_owned);
    for tag in call.input.items("Tags", "member") {
        secret.tags.push((tag.need("Key")?.to_owned(), tag.text("Value")?.unwrap_or("").to_owned()));
    }
    secret.replicas.extend(wanted(world, call)?);
    let mut version = None;
    if let Some(content) = content(call)? {
        let id = version_id(world, call, &arn, 0)?;
        secret.put(&id, content, &[CURRENT], world.now);
        version = Some(id);
    }
    world.here_mut(&call.region)?.secrets.by_name.insert(name.to_owned(), secret);
    world.truth.note(world.now, Some(&call.region), "secretsmanager", name, "created");
    send(world, &call.region, name);
    Ok(doc! { "ARN": arn, "Name": name, "VersionId": version, "ReplicationStatus": status_of(world, call, name) }.into())
}

pub(super) fn put_secret_value(world: &mut World, call: &Call) -> Answer {
    let content = content(call)?.ok_or_else(|| invalid_request("You must provide either SecretString or SecretBinary."))?;
    let asked = call.input.texts("VersionStages", "member");
    let stages = if asked.is_empty() { vec![CURRENT] } else { asked };
    let (name, arn, id) = store(world, call, content, &stages)?;
    let told = Document::list(stages);
    Ok(doc! { "ARN": arn, "Name": name, "VersionId": id, "VersionStages": told }.into())
}

pub(super) fn update_secret(world: &mut World, call: &Call) -> Answer {
    let now = world.now;
    let content = content(call)?;
    let secret = world.here_mut(&call.region)?.secrets.find_mut(call.input.need("SecretId")?).ok_or_else(no_such_secret)?;
    refuse_replica(secret)?;
    if let Some(description) = call.input.text("Description")? {
        secret.description = Some(description.to_owned());
        secret.changed = now;
    }
    if let Some(key) = call.input.text("KmsKeyId")? {
        secret.kms_key = Some(key.to_owned());
        secret.changed = now;
    }
    let (mut name, mut arn, mut version) = (secret.name.clone(), secret.arn.clone(), None);
    match content {
        Some(content) => {
            let id;
            (name, arn, id) = store(world, call, content, &[CURRENT])?;
            version = Some(id);
        }
        None => send(world, &call.region, &name),
    }
    Ok(doc! { "ARN": arn, "Name": name, "VersionId": version }.into())
}

/// Stores a new version and sends it on its way. The same token with the same value again changes nothing.
fn store(world: &mut World, call: &Call, content: Content, stages: &[&str]) -> Result<(String, String, String), ApiError> {
    let secret = world.here(&call.region)?.secrets.find(call.input.need("SecretId")?).ok_or_else(no_such_secret)?;
    refuse_replica(secret)?;
    let (name, arn) = (secret.name.clone(), secret.arn.clone());
    let id = version_id(world, call, &arn, secret.written)?;
    if let Some(known) = secret.versions.get(&id) {
        if known.content == content {
            return Ok((name, arn, id));
        }
        return Err(ApiError::new(
            "ResourceExistsException",
            400,
            format!("You tried to create a version with ClientRequestToken {id} that already exists with a different value."),
        ));
    }
    let now = world.now;
    if let Some(secret) = world.here_mut(&call.region)?.secrets.by_name.get_mut(&name) {
        secret.put(&id, content, stages, now);
    }
    world.truth.note(now, Some(&call.region), "secretsmanager", &name, "changed");
    send(world, &call.region, &name);
    Ok((name, arn, id))
}
