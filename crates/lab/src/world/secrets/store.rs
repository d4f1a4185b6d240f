//! What a region keeps of a secret: versions under staging labels, and how it stands to the same secret elsewhere.

use std::collections::BTreeMap;

use drlab_core::domain::{Region, Timestamp};

use super::Secrets;
use crate::world::World;

/// The label of the version that is read unless another is asked for, and of the one before.
pub(super) const CURRENT: &str = "AWSCURRENT";
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";

#[derive(Clone, Debug, PartialEq)]
pub struct Secret {
    pub name: String,
    pub arn: String,
    pub description: Option<String>,
    pub kms_key: Option<String>,
    pub tags: Vec<(String, String)>,
    pub created: Timestamp,
    pub changed: Timestamp,
    /// By id.
    pub versions: BTreeMap<String, SecretVersion>,
    /// How many versions there ever were.
    pub written: u64,
    pub role: Role,
    /// Of a primary: where else it is kept.
    pub replicas: BTreeMap<Region, ReplicaState>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Text(String),
    Binary(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct SecretVersion {
    pub content: Content,
    pub stages: Vec<String>,
    pub created: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// On its own, or the primary of its replicas.
    Primary,
    /// A copy that cannot be written.
    Replica { of: Region },
}

/// What a primary knows of one of its replicas.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaState {
    pub status: ReplicaStatus,
    pub message: Option<String>,
    pub kms_key: Option<String>,
    /// It may replace a secret of that name that is there already.
    pub overwrites: bool,
    /// It was in sync once: another secret in its place is the replica itself, promoted.
    pub joined: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaStatus {
    InSync,
    Failed,
    /// The change arrives then.
    InProgress(Timestamp),
}

impl ReplicaStatus {
    pub const fn name(self) -> &'static str {
        match self {
            Self::InSync => "InSync",
            Self::Failed => "Failed",
            Self::InProgress(_) => "InProgress",
        }
    }
}

impl ReplicaState {
    pub(super) const fn in_sync() -> Self {
        Self { status: ReplicaStatus::InSync, message: None, kms_key: None, overwrites: false, joined: true }
    }
}

impl Secret {
    pub(super) fn new(name: &str, arn: &str, created: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            arn: arn.to_owned(),
            description: None,
            kms_key: None,
            tags: Vec::new(),
            created,
            changed: created,
            versions: BTreeMap::new(),
            written: 0,
            role: Role::Primary,
            replicas: BTreeMap::new(),
        }
    }

    /// The version under a staging label.
    pub fn staged(&self, stage: &str) -> Option<(&str, &SecretVersion)> {
        self.versions
            .iter()
            .find(|(_, version)| version.stages.iter().any(|held| held == stage))
            .map(|(id, version)| (id.as_str(), version))
    }

    /// Adds a version and moves labels to it; the version that was current becomes the previous one. Versions without labels are forgotten.
    pub(super) fn put(&mut self, id: &str, content: Content, stages: &[&str], now: Timestamp) {
        let displaced = stages.contains(&CURRENT).then(|| self.staged(CURRENT).map(|(id, _)| id.to_owned())).flatten();
        for version in self.versions.values_mut() {
            version.stages.retain(|held| !stages.contains(&held.as_str()) && (displaced.is_none() || held != PREVIOUS));
        }
        if let Some(version) = displaced.as_ref().and_then(|id| self.versions.get_mut(id)) {
            version.stages.push(PREVIOUS.to_owned());
        }
        let stages = stages.iter().map(|stage| (*stage).to_owned()).collect();
        self.versions.insert(id.to_owned(), SecretVersion { content, stages, created: now });
        self.versions.retain(|_, version| !version.stages.is_empty());
        self.written += 1;
        self.changed = now;
    }

    /// This secret as its replica in another region.
    pub(super) fn replica(&self, home: &Region, there: &Region, kms_key: Option<String>) -> Self {
        Self {
            arn: self.arn.replacen(&format!(":{home}:"), &format!(":{there}:"), 1),
            kms_key,
            role: Role::Replica { of: home.clone() },
            replicas: BTreeMap::new(),
            ..self.clone()
        }
    }

    pub fn is_replica(&self) -> bool {
        matches!(self.role, Role::Replica { .. })
    }
}

impl Secrets {
    /// By name, ARN, or ARN without its last hyphen and six characters.
    pub(super) fn find(&self, id: &str) -> Option<&Secret> {
        if let Some(secret) = self.by_name.get(id) {
            return Some(secret);
        }
        let fits = |secret: &&Secret| secret.arn == id || secret.arn.rsplit_once('-').is_some_and(|(partial, _)| partial == id);
        id.starts_with("arn:").then(|| self.by_name.values().find(fits)).flatten()
    }

    pub(super) fn find_mut(&mut self, id: &str) -> Option<&mut Secret> {
        let name = self.find(id)?.name.clone();
        self.by_name.get_mut(&name)
    }
}

/// `arn:aws:secretsmanager:us-west-2:123456789012:secret:orders/db-a1B2c3`: the tail tells secrets apart that had the same name.
pub(super) fn invent_arn(world: &World, region: &Region, name: &str) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let luck = world.chance.bits(("secret-suffix", region, name, world.now));
    let suffix: String =
        (0..6).map(|nth| char::from(LETTERS[usize::try_from((luck >> (8 * nth)) & 0xff).unwrap_or(0) % LETTERS.len()])).collect();
    world.arn("secretsmanager", region, &format!("secret:{name}-{suffix}"))
}
