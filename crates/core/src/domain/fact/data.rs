use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{Region, Timestamp};

/// A bucket's versioning and where it is replicated to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replication {
    pub bucket: String,
    /// `Enabled`, `Suspended`, or `Off` for a bucket that never had any.
    pub versioning: String,
    pub rules: Vec<ReplicationRule>,
    /// Its lifecycle rules; `None` where they could not be read.
    pub lifecycle: Option<Vec<LifecycleRule>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LifecycleRule {
    pub id: String,
    pub enabled: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReplicationRule {
    pub id: String,
    pub enabled: bool,
    pub priority: Option<i32>,
    pub prefix: Option<String>,
    /// It chooses by tags as well, which no list shows.
    pub by_tags: bool,
    pub destination: String,
    pub storage_class: Option<String>,
    pub delete_markers: bool,
    /// Whether it publishes metrics; without them replication is proven object by object.
    pub metrics: bool,
    /// Replication Time Control.
    pub time_control: bool,
}

/// A KMS key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Key {
    pub id: String,
    pub arn: String,
    /// `Enabled`, `Disabled`, `PendingDeletion` …
    pub state: String,
    pub multi_region: bool,
    /// `PRIMARY` or `REPLICA`, of a multi-Region key.
    pub role: Option<String>,
}

/// A secret's description. Its value is never read by the watch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Secret {
    pub name: String,
    pub arn: String,
    /// Where it is written, if it is one of several replicas.
    pub primary_region: Option<Region>,
    pub replicas: Vec<SecretReplica>,
    pub last_changed: Option<Timestamp>,
    pub rotation: bool,
    pub deleted_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecretReplica {
    pub region: Region,
    /// `InSync`, `InProgress`, `Failed`.
    pub status: String,
    pub message: Option<String>,
}

/// A DynamoDB table with a few of its items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    pub name: String,
    pub status: String,
    /// At most `ITEMS`, attributes as text.
    pub items: Vec<BTreeMap<String, String>>,
}

impl Table {
    /// How many items are read: the console's own scan and the command that asks the same.
    pub const ITEMS: u8 = 20;
}

/// What an ECR repository holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repository {
    pub name: String,
    pub images: Vec<StoredImage>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StoredImage {
    pub digest: String,
    pub tags: Vec<String>,
    pub pushed_at: Option<Timestamp>,
}

impl Repository {
    #[must_use]
    pub fn holds(&self, digest: &str) -> bool {
        self.images.iter().any(|image| image.digest == digest)
    }
}
