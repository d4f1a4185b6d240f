//! What each action can ask for, with words in capitals where a plan has names: what the catalogue shows of commands and control planes comes
//! from the same changes that a run asks for.

use super::super::action::Action;
use crate::domain::change::{BackupOf, NamedSet, Replica, Shape, Way};
use crate::domain::fact::{Alias, RecordSet};
use crate::domain::{Change, Region, Timestamp, What};

/// The regions of a run, and the one that something else of the workload stands in.
const SOURCE: &str = "SOURCE";
const TARGET: &str = "TARGET";
const ITS_OWN: &str = "REGION";
/// What stands for an instant that somebody names.
const INSTANT: Timestamp = Timestamp::from_secs(1_795_172_551);

impl Action {
    /// Every change it can ask for, one of each; none where it only looks or waits for somebody.
    #[must_use]
    pub fn specimens(self) -> Vec<Change> {
        match self {
            Self::CheckIdentity
            | Self::CheckReadiness
            | Self::CheckImpaired
            | Self::DatabaseAwaitBackup
            | Self::DatabaseProveCaughtUp
            | Self::StorageAwaitBacklog
            | Self::DnsAwait
            | Self::ProbeHealth
            | Self::Manual
            | Self::Soak => Vec::new(),
            Self::AutomationHold => at(
                ITS_OWN,
                [rule(false), concurrency(Some(0)), What::StopExecution { execution: word("EXECUTION"), cause: word("REASON") }],
            ),
            Self::AutomationRelease => at(ITS_OWN, [rule(true), concurrency(None)]),
            Self::ServiceScale => at(TARGET, [bounds(2, 10), scale(2)]),
            Self::ServiceStop => {
                let stop = at(SOURCE, [bounds(0, 10), scale(0)]);
                std::iter::once(write(Way::Site(word("SITE")))).chain(stop).collect()
            }
            Self::ServiceRedeploy => at(TARGET, [What::Redeploy { cluster: word("CLUSTER"), service: word("SERVICE") }]),
            Self::AutoscalingBounds => at(TARGET, [bounds(2, 10)]),
            Self::AutoscalingSuspend => at(SOURCE, [suspend(true)]),
            Self::AutoscalingResume => at(SOURCE, [suspend(false)]),
            Self::DatabasePromote => at(TARGET, [What::PromoteReplica { instance: word("INSTANCE") }]),
            Self::DatabaseSwitchover => {
                at(TARGET, [What::SwitchoverGlobal { global_cluster: word("GLOBAL_CLUSTER"), target_arn: word("TARGET_CLUSTER") }])
            }
            Self::DatabaseFailover => {
                at(TARGET, [What::FailoverGlobal { global_cluster: word("GLOBAL_CLUSTER"), target_arn: word("TARGET_CLUSTER") }])
            }
            Self::DatabaseRestoreSnapshot => {
                at(TARGET, [What::RestoreSnapshot { instance: word("INSTANCE"), snapshot: word("SNAPSHOT"), shape: shape() }])
            }
            Self::DatabaseRestorePointInTime => {
                let from = BackupOf::Replicated(word("BACKUPS"));
                at(TARGET, [What::RestorePointInTime { instance: word("INSTANCE"), from, at: Some(INSTANT), shape: shape() }])
            }
            Self::DatabaseRebuildReplica => {
                let (instance, source_region) = (word("INSTANCE"), Region::new(SOURCE));
                let snapshot = What::SnapshotInstance { instance: instance.clone(), snapshot: word("SNAPSHOT") };
                at(TARGET, [snapshot, What::CreateReplica { instance, source_arn: word("WRITER"), source_region, shape: shape() }])
            }
            Self::DatabaseProtect => {
                let (multi_az, backup_retention_days) = (Some(true), Some(7));
                let (instance, backup_window, maintenance_window) = (word("INSTANCE"), None, None);
                at(TARGET, [What::ProtectInstance { instance, multi_az, backup_retention_days, backup_window, maintenance_window }])
            }
            Self::DatabaseDiscard => at(TARGET, [What::DiscardInstance { instance: word("INSTANCE") }]),
            Self::DatabaseMarker | Self::ProbeWrite => vec![write(Way::Site(word("SITE")))],
            Self::ProbeClientEye => vec![write(Way::Record { resolver: word("RESOLVER") })],
            Self::SecretPromote => at(TARGET, [What::PromoteSecret { secret: word("SECRET") }]),
            Self::SecretUpdateEndpoint => {
                let point = What::PointSecret { secret: word("SECRET"), host: word("HOST"), port: 5432, token: word("TOKEN") };
                at(TARGET, [point])
            }
            Self::StorageCopyMissing => {
                let from = Replica { bucket: word("OTHER_BUCKET"), region: Region::new(SOURCE) };
                at(
                    TARGET,
                    [What::CopyMissing { bucket: word("BUCKET"), from, prefix: word("PREFIX"), pending: false, pass: 1, after: None }],
                )
            }
            Self::StorageUndelete => {
                let undelete = What::Undelete { bucket: word("BUCKET"), prefix: word("PREFIX"), since: INSTANT, after: None };
                quietened([undelete])
            }
            Self::StorageRestoreVersions => {
                let (bucket, prefix) = (word("BUCKET"), word("PREFIX"));
                quietened([What::RestoreVersions { bucket, prefix, since: INSTANT, after: None, replica: None, until: None }])
            }
            Self::StorageReverseReplication => {
                let (bucket, of, from_region) = (word("BUCKET"), word("OTHER_BUCKET"), Region::new(SOURCE));
                at(TARGET, [What::ReverseReplication { bucket, from_region, of, rule: word("RULE") }, replication(false)])
            }
            Self::DnsFlip => vec![records(), Change::global(What::InvertHealthCheck { health_check: word("CHECK"), inverted: true })],
            Self::DnsPin | Self::DnsUnpin => vec![records()],
            Self::FunctionInvoke => at(ITS_OWN, [What::InvokeFunction { function: word("FUNCTION"), payload: "{}".to_owned() }]),
            Self::WorkflowStart => {
                at(ITS_OWN, [What::StartExecution { machine: word("MACHINE"), name: word("RUN"), input: "{}".to_owned() }])
            }
            Self::StateRecord => at(ITS_OWN, [What::PutItem { table: word("TABLE"), item: [(word("NAME"), word("VALUE"))].into() }]),
            Self::NotifyTopic => at(TARGET, [What::Publish { topic: word("TOPIC"), subject: word("SUBJECT"), message: word("MESSAGE") }]),
            Self::NotifyWebhook => vec![Change::global(What::Post { workload: word("WORKLOAD"), message: word("MESSAGE") })],
        }
    }
}

fn shape() -> Shape {
    Shape { class: word("CLASS"), ..Shape::default() }
}

/// Nothing takes versions away, and nothing is replicated into the bucket, while its objects are brought back.
fn quietened(what: impl IntoIterator<Item = What>) -> Vec<Change> {
    let lifecycle = What::SetLifecycle { bucket: word("BUCKET"), rule: word("RULE"), enabled: false };
    let inward = at(TARGET, [replication(false)]);
    at(SOURCE, [lifecycle]).into_iter().chain(inward).chain(at(SOURCE, what)).collect()
}

fn at(region: &str, what: impl IntoIterator<Item = What>) -> Vec<Change> {
    what.into_iter().map(|what| Change::new(&Region::new(region), what)).collect()
}

fn word(word: &str) -> String {
    word.to_owned()
}

fn rule(enabled: bool) -> What {
    What::SetRule { rule: word("RULE"), enabled }
}

fn concurrency(reserved: Option<i32>) -> What {
    What::SetConcurrency { function: word("FUNCTION"), reserved }
}

fn bounds(min: i32, max: i32) -> What {
    What::SetBounds { cluster: word("CLUSTER"), service: word("SERVICE"), min, max }
}

fn scale(desired: i32) -> What {
    What::ScaleService { cluster: word("CLUSTER"), service: word("SERVICE"), desired }
}

fn suspend(suspended: bool) -> What {
    What::SuspendScaling { cluster: word("CLUSTER"), service: word("SERVICE"), suspended }
}

fn replication(enabled: bool) -> What {
    What::SetReplication { bucket: word("BUCKET"), rule: word("RULE"), enabled }
}

fn write(way: Way) -> Change {
    Change::global(What::WriteThrough { workload: word("WORKLOAD"), way })
}

fn records() -> Change {
    let alias = Alias { name: word("LOAD_BALANCER"), zone: word("ITS_ZONE"), evaluate_target_health: true };
    let set = RecordSet { kind: "A".to_owned(), set_identifier: Some(word("SITE")), alias: Some(alias), ..RecordSet::default() };
    let sets = vec![NamedSet { name: word("RECORD"), set }];
    Change::global(What::ChangeRecords { zone: word("ZONE"), comment: word("REASON"), sets })
}
