use std::time::Duration;

use super::guard::Guard;
use super::instants::Instant;
use super::model::{Confirm, Parameters, RunSite};
use super::plan::Part;
use super::scene::Scene;
use super::standing::Standing;
use crate::config::Workload;
use crate::config::words::words;
use crate::domain::{Change, Subject};

words! {
    /// Everything a step can do.
    Action {
        CheckIdentity = "check.identity",
        CheckReadiness = "check.readiness",
        CheckImpaired = "check.impaired",
        AutomationHold = "automation.hold",
        AutomationRelease = "automation.release",
        ServiceScale = "service.scale",
        ServiceStop = "service.stop",
        ServiceRedeploy = "service.redeploy",
        AutoscalingBounds = "autoscaling.bounds",
        AutoscalingSuspend = "autoscaling.suspend",
        AutoscalingResume = "autoscaling.resume",
        DatabaseAwaitBackup = "database.await-backup",
        DatabaseMarker = "database.marker",
        DatabaseProveCaughtUp = "database.prove-caught-up",
        DatabasePromote = "database.promote",
        DatabaseSwitchover = "database.switchover",
        DatabaseFailover = "database.failover",
        DatabaseRestoreSnapshot = "database.restore-snapshot",
        DatabaseRestorePointInTime = "database.restore-point-in-time",
        DatabaseRebuildReplica = "database.rebuild-replica",
        DatabaseProtect = "database.protect",
        DatabaseDiscard = "database.discard",
        SecretPromote = "secret.promote",
        SecretUpdateEndpoint = "secret.update-endpoint",
        StorageAwaitBacklog = "storage.await-backlog",
        StorageCopyMissing = "storage.copy-missing",
        StorageUndelete = "storage.undelete",
        StorageRestoreVersions = "storage.restore-versions",
        StorageReverseReplication = "storage.reverse-replication",
        DnsFlip = "dns.flip",
        DnsPin = "dns.pin",
        DnsUnpin = "dns.unpin",
        DnsAwait = "dns.await",
        ProbeHealth = "probe.health",
        ProbeWrite = "probe.write",
        ProbeClientEye = "probe.client-eye",
        FunctionInvoke = "function.invoke",
        WorkflowStart = "workflow.start",
        StateRecord = "state.record",
        NotifyTopic = "notify.topic",
        NotifyWebhook = "notify.webhook",
        Manual = "manual",
        Soak = "soak",
    }
}

impl Action {
    /// Whether it asks for a change of a database, which somebody else may have asked for before.
    #[must_use]
    pub fn changes_a_database(self) -> bool {
        self.word().starts_with("database.") && !self.specimens().is_empty()
    }

    /// Whether only the API that was asked can say that it is so, and nothing that a run looks at afterwards would show if it were not: a rule that
    /// is disabled, a record that is pinned while health leads there anyway, backups that are yet to be made, objects that
    /// S3 lists. That is told, and not seen.
    #[must_use]
    pub const fn rests_on_a_word(self) -> bool {
        matches!(
            self,
            Self::AutomationHold
                | Self::AutomationRelease
                | Self::AutoscalingBounds
                | Self::AutoscalingSuspend
                | Self::AutoscalingResume
                | Self::DatabaseProtect
                | Self::StorageReverseReplication
                | Self::StorageCopyMissing
                | Self::StorageUndelete
                | Self::StorageRestoreVersions
                | Self::DnsPin
                | Self::DnsUnpin
                | Self::StateRecord
        )
    }
}

/// What is to be known of an action before anything is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// What it makes true, in a sentence.
    pub makes_true: &'static str,
    /// From what to what, in words; `before_after` says it in figures, of one workload as it is now.
    pub turns: (&'static str, &'static str),
    /// What proves it, in a sentence.
    pub proof: &'static str,
    pub undo: Undo,
    /// Always there, whatever the runbook says.
    pub guards: &'static [Guard],
    pub site: RunSite,
    pub confirm: Confirm,
    pub expect: Duration,
    pub timeout: Duration,
    /// A failure of it never blocks a run.
    pub may_fail: bool,
    /// The parameters it takes, each with what it means.
    pub parameters: &'static [(&'static str, &'static str)],
}

impl About {
    /// Why a run cannot be taken back once this is done; nothing where it can. A message cannot be called back either, but what no run hangs
    /// on is not worth a typed name.
    #[must_use]
    pub const fn for_good(&self) -> Option<&'static str> {
        match self.undo {
            Undo::Never(why) if !self.may_fail => Some(why),
            Undo::Never(_) | Undo::Nothing | Undo::By(_) => None,
        }
    }
}

/// Whether one can go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undo {
    /// It changes nothing.
    Nothing,
    /// How.
    By(&'static str),
    /// It cannot be undone; why that is.
    Never(&'static str),
}

/// An action, as a rule: what should be true, whether it is, and what would make it so. It is asked again and again, and remembers nothing:
/// that makes resuming, retrying and “somebody else has already done it” one and the same.
pub trait Deed: Sync {
    fn about(&self) -> About;

    /// The parts of a workload it is done to, each of them a stage of its own; the reason where there is nothing for it to do.
    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String>;

    /// What must be freshly known before `stand` means anything.
    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject>;

    fn stand(&self, scene: &Scene<'_>) -> Standing;

    /// What it will ask for when its turn comes, as far as that is known beforehand: for plans, and for whoever has only paper. `scene` remembers
    /// what the steps before it would have asked for; what `stand` asks for now may be among it.
    fn foreseen(&self, _: &Scene<'_>) -> Vec<Change> {
        Vec::new()
    }

    /// How long it is to last, where its parameters say so: then that is what is expected of it, whatever the runbook expects.
    fn lasts(&self, _: &Parameters) -> Option<Duration> {
        None
    }

    /// The instant that somebody must have named before anything is begun.
    fn instant(&self) -> Option<Instant> {
        None
    }

    /// Why a parameter cannot be this, if it cannot: to be said to whoever writes it, and not to whoever runs it at night.
    fn refuses(&self, parameter: &str, value: &str) -> Option<String> {
        self.instant().filter(|instant| instant.parameter == parameter).and_then(|instant| instant.wrong(value))
    }

    /// What is left to try when it is not so in time, beside trying again and going on without it.
    fn ways(&self) -> Vec<String> {
        Vec::new()
    }

    /// How it is and how it will be, in figures: `replica of tier2-db` → `takes writes`.
    fn before_after(&self, scene: &Scene<'_>) -> (String, String);
}
