//! Multi-Region keys: one key material under one id in several regions, of which one is the primary.

use std::collections::BTreeMap;

use drlab_core::domain::{Region, Timestamp};

use super::{Answer, ApiError, Call, Gauges, Operation, Reply, Service, World, pages};
use crate::doc;
use crate::document::Document;

/// The keys of one region, by id, and the names they go by.
#[derive(Clone, Debug, Default)]
pub struct Kms {
    pub keys: BTreeMap<String, Key>,
    pub aliases: BTreeMap<String, Alias>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub id: String,
    pub arn: String,
    pub description: String,
    pub created: Timestamp,
    pub state: KeyState,
    pub family: Option<Family>,
}

/// The regions a multi-Region key is in.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    pub primary: Region,
    pub replicas: Vec<Region>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum KeyState {
    Enabled,
    Disabled,
    /// Until then at the earliest, the primary is moving to another region.
    Updating {
        to: Region,
        done: Timestamp,
    },
    PendingDeletion {
        on: Timestamp,
    },
}

impl KeyState {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::Updating { .. } => "Updating",
            Self::PendingDeletion { .. } => "PendingDeletion",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    pub key: String,
    pub created: Timestamp,
}

pub const SERVICE: Service = Service {
    name: "kms",
    operations: &[
        Operation::read("ListKeys", list_keys),
        Operation::read("ListAliases", list_aliases),
        Operation::read("DescribeKey", describe_key),
        Operation::write("EnableKey", enable_key),
        Operation::write("DisableKey", disable_key),
        Operation::write("UpdatePrimaryRegion", update_primary_region),
    ],
};

/// Adds a key with its replicas, known in each region as `alias/<alias>`. Returns the id they share.
pub fn add_multi_region_key(
    world: &mut World,
    primary: &Region,
    replicas: &[Region],
    id: Option<&str>,
    alias: &str,
    description: &str,
) -> String {
    let id = id.map_or_else(|| format!("mrk-{}", world.chance.hex(("kms-key", primary, alias), 32)), str::to_owned);
    let family = Family { primary: primary.clone(), replicas: replicas.to_vec() };
    for region in std::iter::once(primary).chain(replicas) {
        let key = Key {
            id: id.clone(),
            arn: world.arn("kms", region, &format!("key/{id}")),
            description: description.to_owned(),
            created: world.started,
            state: KeyState::Enabled,
            family: Some(family.clone()),
        };
        let name = Alias { key: id.clone(), created: world.started };
        if let Some(here) = world.regional.get_mut(region) {
            here.kms.keys.insert(id.clone(), key);
            here.kms.aliases.insert(format!("alias/{alias}"), name);
        }
    }
    id
}

/// Ends the moves of primaries whose regions reach each other.
pub fn pulse(world: &mut World) {
    let mut done = Vec::new();
    for (region, here) in &world.regional {
        for key in here.kms.keys.values() {
            let (KeyState::Updating { to, done: when }, Some(family)) = (&key.state, &key.family) else { continue };
            let reached = !world.faults.is_dark(to) && !world.faults.is_dark(&family.primary);
            if *region == family.primary && *when <= world.now && reached {
                done.push((key.id.clone(), to.clone(), family.clone()));
            }
        }
    }
    for (id, to, family) in done {
        let others = std::iter::once(family.primary.clone()).chain(family.replicas.iter().filter(|region| **region != to).cloned());
        let moved = Family { primary: to.clone(), replicas: others.collect() };
        for region in std::iter::once(&family.primary).chain(&family.replicas) {
            let key = world.regional.get_mut(region).and_then(|here| here.kms.keys.get_mut(&id));
            if let Some(key) = key {
                key.family = Some(moved.clone());
                if matches!(key.state, KeyState::Updating { .. }) {
                    key.state = KeyState::Enabled;
                }
            }
        }
        world.truth.note(world.now, Some(&to), "kms", &id, "primary");
    }
}

/// KMS reports nothing of keys whose material it made itself.
pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}

fn not_found(said: String) -> ApiError {
    ApiError::new("NotFoundException", 400, said)
}

fn invalid_state(arn: &str, state: &str) -> ApiError {
    ApiError::new("KMSInvalidStateException", 400, format!("{arn} {state}."))
}

/// The key named by id, ARN, alias or alias ARN.
fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Key, ApiError> {
    let asked = call.input.need("KeyId")?;
    let kms = &world.here(&call.region)?.kms;
    let foreign = || ApiError::new("InvalidArnException", 400, format!("Invalid arn {}", call.region));
    let name = match asked.strip_prefix("arn:") {
        Some(_) => {
            let own = world.arn("kms", &call.region, "");
            let Some(name) = asked.strip_prefix(&own) else {
                return Err(if asked.contains(":kms:") { not_found(format!("Key '{asked}' does not exist")) } else { foreign() });
            };
            name.strip_prefix("key/").unwrap_or(name)
        }
        None => asked,
    };
    let id = if name.starts_with("alias/") {
        let alias = kms.aliases.get(name);
        &alias.ok_or_else(|| not_found(format!("Alias {} is not found.", world.arn("kms", &call.region, name))))?.key
    } else {
        name
    };
    kms.keys.get(id).ok_or_else(|| not_found(format!("Key '{}' does not exist", world.arn("kms", &call.region, &format!("key/{id}")))))
}

/// The same key, to be changed: by id or ARN only, as KMS has it for all writes.
fn find_mut<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Key, ApiError> {
    if call.input.need("KeyId")?.contains("alias/") {
        return Err(ApiError::new("InvalidArnException", 400, format!("{} is not a key ARN or key id", call.input.need("KeyId")?)));
    }
    let id = find(world, call)?.id.clone();
    let missing = not_found(format!("Key '{id}' does not exist"));
    world.here_mut(&call.region)?.kms.keys.get_mut(&id).ok_or(missing)
}

fn describe_key(world: &mut World, call: &Call) -> Answer {
    let key = find(world, call)?;
    let member = |region: &Region| doc! { "Arn": world.arn("kms", region, &format!("key/{}", key.id)), "Region": region.as_str() };
    let family = key.family.as_ref().map(|family| {
        doc! {
            "MultiRegionKeyType": if family.primary == call.region { "PRIMARY" } else { "REPLICA" },
            "PrimaryKey": member(&family.primary),
            "ReplicaKeys": Document::list(family.replicas.iter().map(member)),
        }
    });
    Ok(doc! { "KeyMetadata": doc! {
        "AWSAccountId": &world.account,
        "KeyId": &key.id,
        "Arn": &key.arn,
        "CreationDate": key.created,
        "Enabled": key.state == KeyState::Enabled,
        "Description": &key.description,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": key.state.name(),
        "DeletionDate": match &key.state {
            KeyState::PendingDeletion { on } => Some(*on),
            _ => None,
        },
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": Document::list(["SYMMETRIC_DEFAULT"]),
        "MultiRegion": family.is_some(),
        "MultiRegionConfiguration": family,
    } }
    .into())
}

fn enable_key(world: &mut World, call: &Call) -> Answer {
    switch(world, call, KeyState::Enabled)
}

fn disable_key(world: &mut World, call: &Call) -> Answer {
    switch(world, call, KeyState::Disabled)
}

fn switch(world: &mut World, call: &Call, state: KeyState) -> Answer {
    let now = world.now;
    let key = find_mut(world, call)?;
    match key.state {
        KeyState::Enabled | KeyState::Disabled => {}
        KeyState::Updating { .. } => return Err(invalid_state(&key.arn, "is updating")),
        KeyState::PendingDeletion { .. } => return Err(invalid_state(&key.arn, "is pending deletion")),
    }
    let (id, became) = (key.id.clone(), state.name());
    key.state = state;
    world.truth.note(now, Some(&call.region), "kms", &id, became);
    Ok(Reply::default())
}

/// Makes a replica the primary. Asked for where the primary is, so not while that region is dark.
fn update_primary_region(world: &mut World, call: &Call) -> Answer {
    let to = Region::new(call.input.need("PrimaryRegion")?);
    let (now, chance, span) = (world.now, world.chance, world.timings.key_updating);
    let key = find_mut(world, call)?;
    let unsupported = |said: String| ApiError::new("UnsupportedOperationException", 400, said);
    let Some(family) = &key.family else { return Err(unsupported(format!("{} is not a multi-Region key.", key.arn))) };
    if family.primary != call.region {
        return Err(unsupported(format!("{} is not a multi-Region primary key.", key.arn)));
    }
    if !family.replicas.contains(&to) {
        return Err(not_found(format!("{} has no replica key in {to}.", key.arn)));
    }
    match key.state {
        KeyState::Enabled => {}
        KeyState::Disabled => return Err(ApiError::new("DisabledException", 400, format!("{} is disabled.", key.arn))),
        KeyState::Updating { .. } => return Err(invalid_state(&key.arn, "is updating")),
        KeyState::PendingDeletion { .. } => return Err(invalid_state(&key.arn, "is pending deletion")),
    }
    let id = key.id.clone();
    let there = world.regional.get(&to).and_then(|there| there.kms.keys.get(&id));
    if let Some(replica) = there.filter(|replica| replica.state != KeyState::Enabled) {
        return Err(invalid_state(&replica.arn, "is not enabled"));
    }
    let done = now + chance.between(("kms-primary", &id, now), span);
    for region in [&call.region, &to] {
        if let Some(key) = world.regional.get_mut(region).and_then(|here| here.kms.keys.get_mut(&id)) {
            key.state = KeyState::Updating { to: to.clone(), done };
        }
    }
    world.truth.note(now, Some(&call.region), "kms", &id, "Updating");
    Ok(Reply::default())
}

/// Things by what they are called.
type Named<'a, T> = Vec<(&'a str, T)>;

/// One page of them: those after the marker's, at most `Limit`, and the next marker.
fn page<'a, T>(call: &Call, most: i64, all: Named<'a, T>) -> Result<(Named<'a, T>, Option<String>), ApiError> {
    let limit = call.input.int("Limit")?.unwrap_or(most.min(100));
    if !(1..=most).contains(&limit) {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must be between 1 and {most}"
        )));
    }
    let page =
        pages::page(&call.operation, all, |(name, _)| (*name).to_owned(), call.input.text("Marker")?, usize::try_from(limit).unwrap_or(1));
    page.ok_or_else(|| ApiError::new("InvalidMarkerException", 400, "The marker is invalid."))
}

fn list_keys(world: &mut World, call: &Call) -> Answer {
    let all = world.here(&call.region)?.kms.keys.values().map(|key| (key.id.as_str(), &key.arn)).collect();
    let (keys, next) = page(call, 1000, all)?;
    let told = keys.into_iter().map(|(id, arn)| doc! { "KeyId": id, "KeyArn": arn });
    Ok(doc! { "Keys": Document::list(told), "Truncated": next.is_some(), "NextMarker": next }.into())
}

fn list_aliases(world: &mut World, call: &Call) -> Answer {
    let only = match call.input.text("KeyId")? {
        Some(_) => Some(find(world, call)?.id.clone()),
        None => None,
    };
    let aliases = world.here(&call.region)?.kms.aliases.iter().filter(|(_, alias)| only.as_ref().is_none_or(|key| alias.key == *key));
    let (aliases, next) = page(call, 100, aliases.map(|(name, alias)| (name.as_str(), alias)).collect())?;
    let told = aliases.into_iter().map(|(name, alias)| {
        doc! {
            "AliasName": name,
            "AliasArn": world.arn("kms", &call.region, name),
            "TargetKeyId": &alias.key,
            "CreationDate": alias.created,
            "LastUpdatedDate": alias.created,
        }
    });
    Ok(doc! { "Aliases": Document::list(told), "Truncated": next.is_some(), "NextMarker": next }.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{ask, east, live, west, world};
    use crate::world::{ActiveFault, Fault};

    fn told(world: &mut World, region: &Region, id: &str) -> (String, String) {
        let body = ask(world, region, "kms", "DescribeKey", doc! { "KeyId": id }).unwrap().body;
        let key = body.get("KeyMetadata").unwrap();
        let kind = key.get("MultiRegionConfiguration").unwrap().need("MultiRegionKeyType").unwrap();
        (key.need("KeyState").unwrap().to_owned(), kind.to_owned())
    }

    #[test]
    fn the_primary_moves_and_is_updating_meanwhile() {
        let mut world = world();
        let id = add_multi_region_key(&mut world, &east(), &[west()], None, "data", "objects");
        let moves = doc! { "KeyId": &id, "PrimaryRegion": "us-west-2" };
        let wrong = ask(&mut world, &west(), "kms", "UpdatePrimaryRegion", moves.clone());
        assert_eq!(wrong.unwrap_err().code, "UnsupportedOperationException");
        ask(&mut world, &east(), "kms", "UpdatePrimaryRegion", moves).unwrap();
        assert_eq!(told(&mut world, &east(), &id), ("Updating".into(), "PRIMARY".into()));
        let refused = ask(&mut world, &west(), "kms", "DisableKey", doc! { "KeyId": &id });
        assert_eq!(refused.unwrap_err().code, "KMSInvalidStateException");
        let most = world.timings.key_updating.most.as_secs();
        live(&mut world, most + 1);
        assert_eq!(told(&mut world, &east(), "alias/data"), ("Enabled".into(), "REPLICA".into()));
        assert_eq!(told(&mut world, &west(), &id), ("Enabled".into(), "PRIMARY".into()));
    }

    #[test]
    fn a_move_waits_for_a_dark_region() {
        let mut world = world();
        let id = add_multi_region_key(&mut world, &east(), &[west()], None, "data", "objects");
        ask(&mut world, &east(), "kms", "UpdatePrimaryRegion", doc! { "KeyId": &id, "PrimaryRegion": "us-west-2" }).unwrap();
        let now = world.now();
        world.faults.inject(ActiveFault::on(Fault::RegionDark, &west(), now, None));
        live(&mut world, 600);
        assert_eq!(told(&mut world, &east(), &id).0, "Updating");
        world.faults.clear();
        live(&mut world, 1);
        assert_eq!(told(&mut world, &east(), &id), ("Enabled".into(), "REPLICA".into()));
    }

    #[test]
    fn keys_are_switched_off_and_on_and_found_by_any_name() {
        let mut world = world();
        let id = add_multi_region_key(&mut world, &east(), &[west()], None, "data", "objects");
        let arn = world.arn("kms", &east(), &format!("key/{id}"));
        ask(&mut world, &east(), "kms", "DisableKey", doc! { "KeyId": &arn }).unwrap();
        assert_eq!(told(&mut world, &east(), &arn).0, "Disabled");
        assert_eq!(told(&mut world, &west(), &id).0, "Enabled", "each region's key has a state of its own");
        let moved = ask(&mut world, &east(), "kms", "UpdatePrimaryRegion", doc! { "KeyId": &id, "PrimaryRegion": "us-west-2" });
        assert_eq!(moved.unwrap_err().code, "DisabledException");
        ask(&mut world, &east(), "kms", "EnableKey", doc! { "KeyId": &id }).unwrap();
        assert_eq!(told(&mut world, &east(), "alias/data").0, "Enabled");
        for unknown in ["alias/none", "mrk-none", "arn:aws:kms:us-west-2:123456789012:key/x"] {
            let answer = ask(&mut world, &east(), "kms", "DescribeKey", doc! { "KeyId": unknown });
            assert_eq!(answer.unwrap_err().code, "NotFoundException", "{unknown}");
        }
    }

    #[test]
    fn pages_hold_every_key_once() {
        let mut world = world();
        let mut ids: Vec<_> = (0..5).map(|nth| add_multi_region_key(&mut world, &east(), &[], None, &format!("k{nth}"), "")).collect();
        ids.sort();
        let (mut seen, mut marker) = (Vec::new(), None::<String>);
        loop {
            let page = ask(&mut world, &east(), "kms", "ListKeys", doc! { "Limit": 2, "Marker": marker }).unwrap().body;
            seen.extend(page.items("Keys", "member").iter().map(|key| key.need("KeyId").unwrap().to_owned()));
            marker = page.text("NextMarker").unwrap().map(str::to_owned);
            assert_eq!(page.bool("Truncated").unwrap(), Some(marker.is_some()));
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, ids);
        let one = ask(&mut world, &east(), "kms", "ListAliases", doc! { "KeyId": &ids[0] }).unwrap().body;
        assert_eq!(one.items("Aliases", "member").len(), 1);
    }
}
