//! The catalogue: a file per action.

mod asked;
pub(super) mod automation;
mod autoscaling;
mod calling;
pub(super) mod check;
mod database;
mod discard;
mod dns;
mod judging;
pub(super) mod probe;
mod secret;
mod service;
mod specimens;
mod storage;
mod telling;
mod waiting;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod foreseen;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

pub use database::{database_id, database_metric, database_subject, restore_costs};
pub use service::found_before;
pub use telling::notices;

use super::action::{Action, Deed};

impl Action {
    /// The rule behind the word.
    #[must_use]
    pub fn deed(self) -> &'static dyn Deed {
        match self {
            Self::CheckIdentity => &check::identity::Identified,
            Self::CheckReadiness => &check::readiness::Ready,
            Self::CheckImpaired => &check::impaired::Impaired,
            Self::AutomationHold => &automation::hold::Hold,
            Self::AutomationRelease => &automation::release::Release,
            Self::ServiceScale => &service::scale::Scale,
            Self::ServiceStop => &service::stop::Stop,
            Self::ServiceRedeploy => &service::redeploy::Redeploy,
            Self::AutoscalingBounds => &autoscaling::bounds::SetBounds,
            Self::AutoscalingSuspend => &autoscaling::suspension::SUSPEND,
            Self::AutoscalingResume => &autoscaling::suspension::RESUME,
            Self::DatabaseAwaitBackup => &database::await_backup::AwaitBackup,
            Self::DatabaseMarker => &database::marker::Marker,
            Self::DatabaseProveCaughtUp => &database::prove_caught_up::ProveCaughtUp,
            Self::DatabasePromote => &database::promote::Promote,
            Self::DatabaseSwitchover => &database::switchover::Switchover,
            Self::DatabaseFailover => &database::failover::Failover,
            Self::DatabaseRestoreSnapshot => &database::restore_snapshot::RestoreSnapshot,
            Self::DatabaseRestorePointInTime => &database::restore_point_in_time::RestorePointInTime,
            Self::DatabaseRebuildReplica => &database::rebuild_replica::RebuildReplica,
            Self::DatabaseDiscard => &discard::Discard,
            Self::DatabaseProtect => &database::protect::Protect,
            Self::SecretPromote => &secret::promote::Promote,
            Self::SecretUpdateEndpoint => &secret::update_endpoint::UpdateEndpoint,
            Self::StorageAwaitBacklog => &storage::backlog::Arrived,
            Self::StorageCopyMissing => &storage::missing::Missing,
            Self::StorageUndelete => &storage::objects::Objects::Deleted,
            Self::StorageRestoreVersions => &storage::objects::Objects::Overwritten,
            Self::StorageReverseReplication => &storage::reverse::Reversed,
            Self::DnsFlip => &dns::flip::Turned,
            Self::DnsPin => &dns::pin::Pinned,
            Self::DnsUnpin => &dns::unpin::Unpinned,
            Self::DnsAwait => &dns::landing::Arrived,
            Self::ProbeHealth => &probe::health::Healthy,
            Self::ProbeWrite => &probe::write::Written,
            Self::ProbeClientEye => &probe::eye::Seen,
            Self::FunctionInvoke => &calling::function::Invoked,
            Self::WorkflowStart => &calling::workflow::Followed,
            Self::StateRecord => &telling::state::Recorded,
            Self::NotifyTopic => &telling::topic::Published,
            Self::NotifyWebhook => &telling::webhook::Posted,
            Self::Manual => &waiting::manual::ByHand,
            Self::Soak => &waiting::soak::Calm,
        }
    }
}
