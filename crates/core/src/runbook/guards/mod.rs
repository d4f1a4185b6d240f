//! The guards, each a question with an answer in figures. They judge by the rules of the dashboard, on values that were looked at since the
//! step became ready; what cannot be told does not hold.

mod aside;
mod data;
mod database;
pub(in crate::runbook) mod readiness;
mod source;
mod target;

#[cfg(test)]
mod tests;

use super::guard::Guard;
use super::scene::Scene;
use crate::domain::Subject;

pub use database::{loss_at_the_cut, loss_grows, seen_to_be_one, writes_go_aside};

/// What a guard found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// `None`: it cannot be told, and so it does not hold.
    pub holds: Option<bool>,
    pub why: String,
}

impl Held {
    pub(super) fn new(holds: Option<bool>, why: impl Into<String>) -> Self {
        Self { holds, why: crate::assess::rules::bounded(why.into()) }
    }

    pub(super) fn yes(why: impl Into<String>) -> Self {
        Self::new(Some(true), why)
    }

    pub(super) fn no(why: impl Into<String>) -> Self {
        Self::new(Some(false), why)
    }

    pub(super) fn unknown(why: impl Into<String>) -> Self {
        Self::new(None, why)
    }
}

impl From<(Option<bool>, String)> for Held {
    fn from((holds, why): (Option<bool>, String)) -> Self {
        Self::new(holds, why)
    }
}

impl Guard {
    /// What it demands, in a sentence.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::Identity => "The credentials belong to the workload's account.",
            Self::CredentialsLast => "The credentials live longer than the run is expected to take.",
            Self::SourceImpaired => "Two kinds of evidence say that the source is impaired, while the target answers this machine.",
            Self::SourceWell => "The source answers, takes writes, and nothing speaks against it.",
            Self::SourceFenced => "The source's writes have been stopped, or it cannot be reached and somebody has acknowledged that.",
            Self::TargetAnswers => "The target's region answers.",
            Self::TargetPromotable => "The target database can be promoted now: it is available and not backing up.",
            Self::TargetFollows => "The target database is the source's replica or secondary.",
            Self::LossBounded => "What may be lost has a bound, and it is within the objective.",
            Self::CaughtUp => {
                "The source's last write is at the target: proven by a marker, or inferred from lag measured after the fence."
            }
            Self::TargetWritable => "The target database takes writes, as far as AWS says.",
            Self::WriteProven => "A write through the target's application has been seen to arrive in the target's database.",
            Self::NotSplit => "Both sites never write at once, nor does anybody write to a database that the run has put aside.",
            Self::AutomationQuiet => "Nothing else is failing over, and what this run holds is still held.",
            Self::CapacityReady => "Tasks, bounds and healthy targets at the target suffice for the load.",
            Self::ImagePresent => "The image that must run is in the target's region.",
            Self::SecretWritable => "The secret at the target can be written: it is no replica of another region's.",
            Self::ControlPlane => "The control plane that the step depends on answers.",
            Self::ObjectsReplicated => "Every object written at the source is at the target.",
            Self::RestorePoint => "There is something to restore from in the region, and its age is known.",
            Self::Saved => "What is about to be given up is in an available manual snapshot of this run, or in one that was named by hand.",
            Self::BucketQuiet => "Lifecycle rules and replication into the bucket are held, or are what the step holds first.",
        }
    }

    /// What must be looked at freshly before `holds` means anything.
    #[must_use]
    pub fn subjects(self, scene: &Scene<'_>) -> Vec<Subject> {
        match self {
            Self::Identity => crate::assess::rules::identities(scene.workload),
            Self::CredentialsLast => vec![Subject::credentials()],
            Self::SourceImpaired | Self::SourceWell | Self::SourceFenced => source::subjects(self, scene),
            Self::TargetPromotable
            | Self::TargetFollows
            | Self::LossBounded
            | Self::CaughtUp
            | Self::TargetWritable
            | Self::NotSplit
            | Self::RestorePoint
            | Self::Saved => database::subjects(self, scene),
            Self::TargetAnswers
            | Self::WriteProven
            | Self::AutomationQuiet
            | Self::CapacityReady
            | Self::ImagePresent
            | Self::ControlPlane => target::subjects(self, scene),
            Self::SecretWritable | Self::ObjectsReplicated | Self::BucketQuiet => data::subjects(self, scene),
        }
    }

    /// Whether it holds at this moment, and the figures that say so.
    #[must_use]
    pub fn holds(self, scene: &Scene<'_>) -> Held {
        match self {
            Self::Identity => readiness::check(scene, &self.subjects(scene), scene.target(), "identity.account"),
            Self::CredentialsLast => readiness::check(scene, &self.subjects(scene), scene.target(), "credentials.outlive"),
            Self::SourceImpaired => source::impaired(scene),
            Self::SourceWell => source::well(scene),
            Self::SourceFenced => source::fenced(scene),
            Self::TargetAnswers => target::answers(scene),
            Self::TargetPromotable => database::check(self, scene, "database.target.promotable"),
            Self::TargetFollows => database::check(self, scene, "database.target.replica"),
            Self::LossBounded => database::loss_bounded(scene),
            Self::CaughtUp => database::caught_up(scene),
            Self::TargetWritable => database::writable(scene),
            Self::WriteProven => target::write_proven(scene),
            Self::NotSplit => database::not_split(scene),
            Self::AutomationQuiet => target::automation_quiet(scene),
            Self::CapacityReady => target::capacity(scene),
            Self::ImagePresent => target::image(scene),
            Self::SecretWritable => data::secret_writable(scene),
            Self::ControlPlane => target::control_plane(scene),
            Self::ObjectsReplicated => data::replicated(scene),
            Self::RestorePoint => database::restore_point(scene),
            Self::Saved => database::saved(scene),
            Self::BucketQuiet => data::bucket_quiet(scene),
        }
    }
}
