//! Changes on their way from primary secrets to their replicas.

use drlab_core::domain::Region;

use super::store::{ReplicaStatus, Role, Secret};
use crate::world::{Regional, World};

/// One change that is due.
struct Delivery {
    home: Region,
    there: Region,
    name: String,
}

/// Delivers what is due between regions that reach each other, and lets primaries learn of replicas that were promoted.
pub fn pulse(world: &mut World) {
    let mut due = Vec::new();
    for (home, here) in world.regional.iter().filter(|(home, _)| !world.faults.is_dark(home)) {
        for secret in here.secrets.by_name.values() {
            for (there, state) in secret.replicas.iter().filter(|(there, _)| !world.faults.is_dark(there)) {
                let arrives = matches!(state.status, ReplicaStatus::InProgress(when) if when <= world.now);
                if arrives || is_lost(world.regional.get(there), home, &secret.name, state.status) {
                    due.push(Delivery { home: home.clone(), there: there.clone(), name: secret.name.clone() });
                }
            }
        }
    }
    for delivery in due {
        deliver(world, &delivery);
    }
}

/// Whether a replica that was in sync is no longer this primary's.
fn is_lost(there: Option<&Regional>, home: &Region, name: &str, status: ReplicaStatus) -> bool {
    let found = there.and_then(|there| there.secrets.by_name.get(name));
    status == ReplicaStatus::InSync && !found.is_some_and(|secret| belongs_to(secret, home))
}

fn belongs_to(secret: &Secret, home: &Region) -> bool {
    matches!(&secret.role, Role::Replica { of } if of == home)
}

fn deliver(world: &mut World, Delivery { home, there, name }: &Delivery) {
    let Some(primary) = world.regional.get(home).and_then(|here| here.secrets.by_name.get(name)) else { return };
    let Some(state) = primary.replicas.get(there) else { return };
    let found = world.regional.get(there).and_then(|there| there.secrets.by_name.get(name));
    let foreign = found.is_some_and(|secret| !belongs_to(secret, home));
    let replica = primary.replica(home, there, state.kms_key.clone());
    let status = if !foreign || state.overwrites {
        Some((ReplicaStatus::InSync, None))
    } else if state.joined {
        // Promoted meanwhile: it is nobody's replica any more, and nothing reaches it.
        None
    } else {
        Some((ReplicaStatus::Failed, Some(format!("Replication failed: Secret name {name} already exists in region {there}."))))
    };
    if matches!(status, Some((ReplicaStatus::InSync, _)))
        && let Some(region) = world.regional.get_mut(there)
    {
        region.secrets.by_name.insert(name.clone(), replica);
        world.truth.note(world.now, Some(there), "secretsmanager", name, "in sync");
    }
    let Some(primary) = world.regional.get_mut(home).and_then(|here| here.secrets.by_name.get_mut(name)) else { return };
    match status {
        None => {
            primary.replicas.remove(there);
        }
        Some((status, message)) => {
            if let Some(state) = primary.replicas.get_mut(there) {
                (state.joined, state.overwrites) = (state.joined || status == ReplicaStatus::InSync, false);
                (state.status, state.message) = (status, message);
            }
        }
    }
}

/// Sends a secret's changes to all its replicas. `Failed` ones stay failed until they are replicated anew.
pub(super) fn send(world: &mut World, region: &Region, name: &str) {
    let (now, chance, span) = (world.now, world.chance, world.timings.secret_replication);
    let Some(secret) = world.regional.get_mut(region).and_then(|here| here.secrets.by_name.get_mut(name)) else { return };
    for (there, state) in &mut secret.replicas {
        if state.status != ReplicaStatus::Failed {
            let delay = chance.between(("secret-replication", &secret.arn, there, now), span);
            state.status = ReplicaStatus::InProgress(now + delay);
        }
    }
}
