//! What can be changed. The dry run prints a `Change`, the journal keeps it, and `act` carries it out: the same value, so that they agree.

mod aim;
mod back;
mod cli;
mod storage;
#[cfg(test)]
mod tests;
mod told;

pub use aim::Aim;
pub use back::ControlPlane;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Region;
use super::Timestamp;
use super::fact::RecordSet;

/// One request that changes something, with everything it needs written out. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where it is asked for; `global` for Route 53 and for what goes to no API of AWS.
    pub region: Region,
    #[serde(flatten)]
    pub what: What,
}

/// Names are as the configuration or AWS gives them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum What {
    /// `PromoteReadReplica`: replication ends for good, and the instance reboots.
    PromoteReplica {
        instance: String,
    },
    /// `ModifyInstance`, applied at once. What is `None` stays as it is.
    ProtectInstance {
        instance: String,
        multi_az: Option<bool>,
        backup_retention_days: Option<i32>,
        backup_window: Option<String>,
        maintenance_window: Option<String>,
    },
    SnapshotInstance {
        instance: String,
        snapshot: String,
    },
    SnapshotCluster {
        cluster: String,
        snapshot: String,
    },
    /// A new replica in the change's region of an instance in another one.
    CreateReplica {
        instance: String,
        source_arn: String,
        source_region: Region,
        shape: Shape,
    },
    RestoreSnapshot {
        instance: String,
        snapshot: String,
        shape: Shape,
    },
    /// `at` is `None` for the latest restorable time. From an instance of this region, or from its backups replicated here.
    RestorePointInTime {
        instance: String,
        from: BackupOf,
        at: Option<Timestamp>,
        shape: Shape,
    },
    /// Only for what the same run has made: a rehearsal's copy. Without a final snapshot.
    DiscardInstance {
        instance: String,
    },
    SwitchoverGlobal {
        global_cluster: String,
        target_arn: String,
    },
    /// Data loss allowed.
    FailoverGlobal {
        global_cluster: String,
        target_arn: String,
    },

    ScaleService {
        cluster: String,
        service: String,
        desired: i32,
    },
    /// `UpdateService` with `forceNewDeployment`.
    Redeploy {
        cluster: String,
        service: String,
    },
    SetBounds {
        cluster: String,
        service: String,
        min: i32,
        max: i32,
    },
    SuspendScaling {
        cluster: String,
        service: String,
        suspended: bool,
    },

    /// `StopReplicationToReplica`: the replica becomes a secret of its own, for good.
    PromoteSecret {
        secret: String,
    },
    /// Merges host and port into the JSON of the secret and leaves the rest of it alone. The value never leaves the room that does it.
    PointSecret {
        secret: String,
        host: String,
        port: i32,
        token: String,
    },

    SetReplication {
        bucket: String,
        rule: String,
        enabled: bool,
    },
    /// Replication the other way, by a rule of this id, with what the bucket's opposite rule has.
    ReverseReplication {
        bucket: String,
        from_region: Region,
        of: String,
        rule: String,
    },
    SetLifecycle {
        bucket: String,
        rule: String,
        enabled: bool,
    },
    /// Removes delete markers that are newer than `since`, under `prefix`; goes on after `after`.
    Undelete {
        bucket: String,
        prefix: String,
        since: Timestamp,
        after: Option<String>,
    },
    /// Copies the version from before `since` over what was written over it. What was deleted by its version's id is taken from the replica,
    /// where there is one.
    RestoreVersions {
        bucket: String,
        prefix: String,
        since: Timestamp,
        after: Option<String>,
        replica: Option<Replica>,
        /// What was written later than this is somebody's work, and no destruction: a conflict, which is left alone.
        #[serde(default)]
        until: Option<Timestamp>,
    },

    /// Copies what the other bucket holds under `prefix` and this one lacks; goes on after `after`.
    CopyMissing {
        bucket: String,
        from: Replica,
        prefix: String,
        /// What S3 itself has on its way is copied as well.
        pending: bool,
        /// Which time the bucket is gone through: what was copied is looked for once more, and that is another wish.
        pass: u32,
        after: Option<String>,
    },

    /// One change batch: all of it or nothing.
    ChangeRecords {
        zone: String,
        comment: String,
        sets: Vec<NamedSet>,
    },
    InvertHealthCheck {
        health_check: String,
        inverted: bool,
    },

    SetRule {
        rule: String,
        enabled: bool,
    },
    /// `None`: no reservation.
    SetConcurrency {
        function: String,
        reserved: Option<i32>,
    },
    InvokeFunction {
        function: String,
        payload: String,
    },
    StartExecution {
        machine: String,
        name: String,
        input: String,
    },
    StopExecution {
        execution: String,
        cause: String,
    },

    Publish {
        topic: String,
        subject: String,
        message: String,
    },
    /// To the workload's webhook: its URL is a secret and stays in the configuration.
    Post {
        workload: String,
        message: String,
    },
    PutItem {
        table: String,
        item: std::collections::BTreeMap<String, String>,
    },

    /// Asks the application to write a row, by the way users go or past the record at a site.
    WriteThrough {
        workload: String,
        way: Way,
    },
}

/// What a new database is made with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    pub class: String,
    pub subnet_group: Option<String>,
    pub parameter_group: Option<String>,
    pub security_groups: Vec<String>,
    pub kms_key: Option<String>,
    pub multi_az: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackupOf {
    Instance(String),
    /// The ARN of automated backups that were replicated into this region.
    Replicated(String),
}

/// The bucket that has a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    pub bucket: String,
    pub region: Region,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedSet {
    pub name: String,
    #[serde(flatten)]
    pub set: RecordSet,
}

/// By which way a client reaches the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Where this resolver (`host:port`) says the record leads.
    Record { resolver: String },
    /// The site's own load balancer, past the record.
    Site(SiteWord),
}

/// `primary` or `standby`, as the configuration has them.
pub type SiteWord = String;

/// After an answer that never came: what shows at all has shown by then.
pub const SHOWS_BY: Duration = Duration::from_secs(60);

/// What asking for the same thing once more would do, where it is not known whether the first time arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Nothing more than the first time.
    Harmless,
    /// It would be refused, and the refusal is recognised.
    Refused,
    /// It would happen twice; but what has happened shows, so that whoever looks [`SHOWS_BY`] and sees nothing may ask again.
    Shows,
    /// It would happen twice: a person must say.
    Twice,
}

impl Change {
    #[must_use]
    pub fn new(region: &Region, what: What) -> Self {
        Self { region: region.clone(), what }
    }

    #[must_use]
    pub fn global(what: What) -> Self {
        Self { region: Region::global(), what }
    }

    #[must_use]
    pub const fn again(&self) -> Again {
        match &self.what {
            What::PromoteReplica { .. }
            | What::SnapshotInstance { .. }
            | What::SnapshotCluster { .. }
            | What::CreateReplica { .. }
            | What::RestoreSnapshot { .. }
            | What::RestorePointInTime { .. }
            | What::DiscardInstance { .. }
            | What::SwitchoverGlobal { .. }
            | What::FailoverGlobal { .. }
            | What::PromoteSecret { .. }
            | What::StartExecution { .. }
            | What::StopExecution { .. } => Again::Refused,
            What::Redeploy { .. } => Again::Shows,
            What::InvokeFunction { .. } | What::Publish { .. } | What::Post { .. } => Again::Twice,
            What::ProtectInstance { .. }
            | What::ScaleService { .. }
            | What::SetBounds { .. }
            | What::SuspendScaling { .. }
            | What::PointSecret { .. }
            | What::SetReplication { .. }
            | What::ReverseReplication { .. }
            | What::SetLifecycle { .. }
            | What::Undelete { .. }
            | What::RestoreVersions { .. }
            | What::CopyMissing { .. }
            | What::ChangeRecords { .. }
            | What::InvertHealthCheck { .. }
            | What::SetRule { .. }
            | What::SetConcurrency { .. }
            | What::PutItem { .. }
            | What::WriteThrough { .. } => Again::Harmless,
        }
    }

    /// Whether the answer is all there is to it: nothing is to be seen afterwards, and whoever asks once more wants another answer.
    #[must_use]
    pub const fn is_its_own_proof(&self) -> bool {
        matches!(self.what, What::WriteThrough { .. })
    }

    /// Whether what the source has not sent yet is given up with it.
    #[must_use]
    pub const fn gives_up_writes(&self) -> bool {
        matches!(self.what, What::PromoteReplica { .. } | What::FailoverGlobal { .. })
    }

    /// Whether a database is made out of a backup.
    #[must_use]
    pub const fn restores_a_database(&self) -> bool {
        matches!(self.what, What::RestoreSnapshot { .. } | What::RestorePointInTime { .. })
    }

    /// Whether nothing can bring back what was before.
    #[must_use]
    pub const fn is_irreversible(&self) -> bool {
        matches!(
            self.what,
            What::PromoteReplica { .. } | What::FailoverGlobal { .. } | What::PromoteSecret { .. } | What::DiscardInstance { .. }
        )
    }
}

/// What came of asking for a change. Success is what AWS *said*; whether it is so is read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Receipt {
    /// Accepted; with what is needed to follow it, by name: `change`, `execution`, `arn`, `id`, `status`, `body`, `error` (of a function that
    /// failed). Of a write also `address`, where it went, or `problem`, why there was no answer. Of a page of objects `after`, where the next
    /// begins, or `done`; the counts `restored`, `conflicts`, `lost`, `archived`, `failed`; `conflicting`, keys a line each; `eta`.
    Accepted { told: std::collections::BTreeMap<String, String> },
    /// Refused by the service with this code: it has not happened.
    Refused { code: String, text: String },
    /// Nobody knows whether it arrived.
    Unknown { text: String },
}
