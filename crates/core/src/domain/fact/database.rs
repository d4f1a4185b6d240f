use serde::Serialize;

use crate::domain::Timestamp;

/// An RDS instance, as `DescribeDBInstances` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Instance {
    pub id: String,
    pub arn: String,
    /// `available`, `modifying`, `rebooting`, `backing-up` …
    pub status: String,
    /// The instance it replicates from: there exactly while it is a replica.
    pub replica_of: Option<String>,
    /// Of a replica: `replicating`, `error`, `stopped`, `terminated` …; `None` where AWS does not say.
    pub replication: Option<String>,
    pub replicas: Vec<String>,
    pub endpoint: Option<String>,
    pub port: Option<i32>,
    pub engine: String,
    pub version: String,
    pub class: String,
    pub multi_az: bool,
    pub zone: Option<String>,
    pub storage_gb: i32,
    pub encrypted: bool,
    pub kms_key: Option<String>,
    pub parameter_group: Option<String>,
    /// `in-sync`, `pending-reboot` …
    pub parameter_status: Option<String>,
    pub backup_retention_days: i32,
    pub backup_window: Option<String>,
    pub maintenance_window: Option<String>,
    pub latest_restorable: Option<Timestamp>,
    pub deletion_protection: bool,
}

impl Instance {
    /// It takes writes, as far as AWS says: `available` and nobody's replica.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.replica_of.is_none()
            && matches!(self.status.as_str(), "available" | "backing-up" | "storage-optimization" | "configuring-enhanced-monitoring")
    }

    #[must_use]
    pub const fn is_replica(&self) -> bool {
        self.replica_of.is_some()
    }
}

/// An Aurora cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cluster {
    pub id: String,
    pub arn: String,
    pub status: String,
    pub engine: String,
    pub version: String,
    pub endpoint: Option<String>,
    pub reader_endpoint: Option<String>,
    pub port: Option<i32>,
    pub members: Vec<ClusterMember>,
    pub parameter_group: Option<String>,
    pub kms_key: Option<String>,
    pub backup_retention_days: i32,
    pub latest_restorable: Option<Timestamp>,
    pub deletion_protection: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClusterMember {
    pub id: String,
    pub writer: bool,
    pub promotion_tier: i32,
}

/// An Aurora Global Database, as seen from one of its regions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GlobalCluster {
    pub id: String,
    pub status: String,
    pub engine: String,
    pub version: String,
    pub members: Vec<GlobalMember>,
    /// Only while a switchover or failover is under way.
    pub failover: Option<GlobalFailover>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GlobalMember {
    pub cluster: String,
    pub writer: bool,
    /// `connected`, `pending-resync`; AWS says nothing of the writer.
    pub synchronization: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GlobalFailover {
    pub status: String,
    pub from: Option<String>,
    pub to: Option<String>,
    pub data_loss_allowed: bool,
}

impl GlobalCluster {
    /// The ARN of the cluster that takes writes.
    #[must_use]
    pub fn writer(&self) -> Option<&str> {
        self.members.iter().find(|member| member.writer).map(|member| member.cluster.as_str())
    }
}

/// What a database could be restored from, in the region that is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RestorePoint {
    /// The newest snapshot that is `available`.
    pub snapshot: Option<Snapshotted>,
    /// The newest point in time that automated backups reach in this region.
    pub point_in_time: Option<Timestamp>,
    /// The ARN of the automated backups that were replicated into this region: without it no point in time of another region's instance can
    /// be restored here.
    pub replicated_backups: Option<String>,
    /// Snapshots that people or runs made by hand, in whatever state, the newest first; at most twenty.
    pub manual: Vec<ManualSnapshot>,
}

/// A snapshot that stays until somebody deletes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ManualSnapshot {
    pub id: String,
    /// `creating`, `available`, `failed`.
    pub status: String,
    /// Unknown while it is being made.
    pub at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Snapshotted {
    pub id: String,
    pub at: Timestamp,
    pub kind: String,
}

impl RestorePoint {
    #[must_use]
    pub fn manual(&self, id: &str) -> Option<&ManualSnapshot> {
        self.manual.iter().find(|snapshot| snapshot.id.eq_ignore_ascii_case(id))
    }

    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        self.snapshot.as_ref().map(|snapshot| snapshot.at).max(self.point_in_time)
    }
}
