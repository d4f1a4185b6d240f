//! The catalogue: a file per action.

mod asked;
pub(super) mod automation;
mod calling;
pub(super) mod check;
mod dns;
pub(super) mod probe;
mod storage;
mod telling;
mod waiting;

#[cfg(test)]
mod tests;

pub use telling::notices;

use super::action::{Action, Deed};

impl Action {
    /// The rule behind the word.
    #[must_use]
    pub fn deed(self) -> Option<&'static dyn Deed> {
        match self {
            Self::CheckIdentity | Self::CheckReadiness | Self::CheckImpaired => check::deed(self),
            Self::AutomationHold | Self::AutomationRelease => automation::deed(self),
            Self::StorageAwaitBacklog | Self::StorageUndelete | Self::StorageRestoreVersions | Self::StorageReverseReplication => {
                storage::deed(self)
            }
            Self::DnsFlip | Self::DnsPin | Self::DnsUnpin | Self::DnsAwait => dns::deed(self),
            Self::ProbeHealth | Self::ProbeWrite | Self::ProbeClientEye => probe::deed(self),
            Self::FunctionInvoke | Self::WorkflowStart => calling::deed(self),
            Self::StateRecord | Self::NotifyTopic | Self::NotifyWebhook => telling::deed(self),
            Self::Manual | Self::Soak => waiting::deed(self),
            Self::ServiceScale
            | Self::ServiceStop
            | Self::ServiceRedeploy
            | Self::AutoscalingBounds
            | Self::AutoscalingSuspend
            | Self::AutoscalingResume
            | Self::DatabaseAwaitBackup
            | Self::DatabaseMarker
            | Self::DatabaseProveCaughtUp
            | Self::DatabasePromote
            | Self::DatabaseSwitchover
            | Self::DatabaseFailover
            | Self::DatabaseRestoreSnapshot
            | Self::DatabaseRestorePointInTime
            | Self::DatabaseRebuildReplica
            | Self::DatabaseProtect
            | Self::SecretPromote
            | Self::SecretUpdateEndpoint => None,
        }
    }
}
