//! Secrets, and their replicas in other regions: read-only copies under the same name, until one is promoted.
//!
//! `store` is what a region keeps; `replicas` carries changes over with the clock; `operations` and `listing` are the API.

mod listing;
mod operations;
mod replicas;
mod replication;
mod store;

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::Region;

pub use replicas::pulse;
pub use store::{Content, ReplicaState, ReplicaStatus, Role, Secret, SecretVersion};

use super::{Gauges, Operation, Reading, Service, World};

/// The secrets of one region, by name.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    pub by_name: BTreeMap<String, Secret>,
}

pub const SERVICE: Service = Service {
    name: "secretsmanager",
    operations: &[
        Operation::read("ListSecrets", listing::list_secrets),
        Operation::read("DescribeSecret", operations::describe_secret),
        Operation::read("GetSecretValue", operations::get_secret_value),
        Operation::write("CreateSecret", operations::create_secret),
        Operation::write("PutSecretValue", operations::put_secret_value),
        Operation::write("UpdateSecret", operations::update_secret),
        Operation::write("ReplicateSecretToRegions", replication::replicate_secret_to_regions),
        Operation::write("RemoveRegionsFromReplication", replication::remove_regions_from_replication),
        Operation::write("StopReplicationToReplica", replication::stop_replication_to_replica),
    ],
};

/// How old what was there before the lab is. Tasks read their secret when they start: it is older than any of them.
const AGE: Duration = Duration::from_secs(20 * 86_400);

/// How many secrets there are, told once an hour.
pub fn measure(world: &mut World, gauges: &mut Gauges) {
    if world.now.secs().rem_euclid(3600) != 0 {
        return;
    }
    for (region, here) in &world.regional {
        if let Ok(count) = u32::try_from(here.secrets.by_name.len())
            && count > 0
        {
            gauges.put(region, "AWS/SecretsManager", "ResourceCount", &[], Reading::level(f64::from(count)));
        }
    }
}

/// All that are kept in a region.
pub fn in_region<'w>(world: &'w World, region: &Region) -> impl Iterator<Item = &'w Secret> {
    world.regional.get(region).into_iter().flat_map(|here| here.secrets.by_name.values())
}

/// The current value of a secret, by name or ARN, with the id of its version.
pub fn value<'w>(world: &'w World, region: &Region, secret: &str) -> Option<(&'w str, &'w str)> {
    let secret = world.regional.get(region)?.secrets.find(secret)?;
    let (id, version) = secret.staged(store::CURRENT)?;
    match &version.content {
        Content::Text(text) => Some((text, id)),
        Content::Binary(_) => None,
    }
}

/// A secret that has been there for long, with replicas that have all of it. Returns its ARN.
pub fn add_secret(world: &mut World, region: &Region, name: &str, value: &str, replicas: &[Region]) -> String {
    let arn = store::invent_arn(world, region, name);
    let since = world.started - AGE;
    let mut secret = Secret::new(name, &arn, since);
    secret.put(&world.chance.uuid(("secret-version", &arn, 0)), Content::Text(value.to_owned()), &[store::CURRENT], since);
    for replica in replicas {
        if let Some(there) = world.regional.get_mut(replica) {
            there.secrets.by_name.insert(name.to_owned(), secret.replica(region, replica, None));
            secret.replicas.insert(replica.clone(), ReplicaState::in_sync());
        }
    }
    if let Some(here) = world.regional.get_mut(region) {
        here.secrets.by_name.insert(name.to_owned(), secret);
    }
    arn
}

#[cfg(test)]
mod tests;
