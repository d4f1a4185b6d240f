use super::Plan;
use crate::runbook::action::Action;
use crate::runbook::guard::Guard;

impl Guard {
    /// What makes it hold, where something does. A guard that a step before is there to make hold need not hold before that.
    #[must_use]
    pub const fn made_by(self) -> &'static [Action] {
        match self {
            Self::SourceFenced => &[Action::ServiceStop],
            Self::CaughtUp => &[Action::DatabaseProveCaughtUp],
            Self::TargetPromotable => &[Action::DatabaseAwaitBackup, Action::DatabaseRebuildReplica],
            Self::TargetFollows => &[Action::DatabaseRebuildReplica],
            Self::TargetWritable => &[
                Action::DatabasePromote,
                Action::DatabaseSwitchover,
                Action::DatabaseFailover,
                Action::DatabaseRestoreSnapshot,
                Action::DatabaseRestorePointInTime,
            ],
            Self::WriteProven => &[Action::ProbeWrite],
            Self::AutomationQuiet => &[Action::AutomationHold],
            Self::CapacityReady => &[Action::ServiceScale],
            Self::SecretWritable => &[Action::SecretPromote],
            Self::ObjectsReplicated => &[Action::StorageAwaitBacklog],
            Self::LossBounded => &[Action::DatabaseProveCaughtUp],
            Self::NotSplit => &[Action::ServiceStop, Action::DatabaseRebuildReplica],
            Self::Identity
            | Self::CredentialsLast
            | Self::SourceImpaired
            | Self::SourceWell
            | Self::TargetAnswers
            | Self::ImagePresent
            | Self::ControlPlane
            | Self::RestorePoint
            | Self::Saved
            | Self::BucketQuiet => &[],
        }
    }
}

/// Of the stages before (as `order::before` tells them), those that are there to make a guard hold.
pub(super) fn makers(plan: &Plan, before: &[bool], guard: Guard) -> Vec<String> {
    let stages = plan.stages.iter().zip(before).filter(|(_, before)| **before).map(|(stage, _)| stage);
    stages.filter(|stage| guard.made_by().contains(&stage.action)).map(|stage| stage.id.clone()).collect()
}
