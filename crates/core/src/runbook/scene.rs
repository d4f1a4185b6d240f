use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::action::Action;
use super::model::Kind;
use super::plan::{Plan, Stage};
use crate::config::{Site, Workload};
use crate::domain::fact::Observable;
use crate::domain::{Change, Failing, Known, Receipt, Region, Seen, Snapshot, Subject, Timestamp, What};

/// All that an action or a guard may look at.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// As this run has made it: where it has made a database to take another's place, that one is meant (`Memory::meant`).
    pub workload: &'a Workload,
    /// As the configuration has it: what is made is named after it.
    pub configured: &'a Workload,
    pub kind: Kind,
    /// From where the run leads; fixed when it was declared.
    pub source: Site,
    pub stage: &'a Stage,
    pub snapshot: &'a Snapshot,
    pub now: Timestamp,
    /// Only what was looked at since then counts: the step became ready, or its last change was answered.
    pub since: Timestamp,
    pub memory: &'a Memory,
}

/// What a run has written down so far. It is read back from the journal after a crash.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// The run's own name: what it makes is called after it.
    pub run: String,
    pub declared_at: Timestamp,
    /// When the recovery clock started: the first failed observation, where there was one.
    pub outage_at: Option<Timestamp>,
    /// Every change that was asked for, in order.
    pub past: Vec<Past>,
    /// What was put aside before it was changed, by stage and name: `pin` `records`.
    pub kept: BTreeMap<(String, String), String>,
    /// When each stage that is done was done.
    pub done: BTreeMap<String, Timestamp>,
    /// Those of them that were not seen to be done: inferred, or told.
    pub inferred: BTreeSet<String>,
    /// Words people left with a stage: a note, an acknowledgement, a restore point's name.
    pub said: BTreeMap<String, String>,
    /// What each stage of the plan does, and at which site: guards ask whether the source has been fenced, not whether “fence” is done.
    pub stages: BTreeMap<String, (Action, Site)>,
}

/// A change that was asked for, and what came of it so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    pub stage: String,
    pub change: Change,
    pub asked_at: Timestamp,
    /// `None`: in the air, or lost with a crash.
    pub answer: Option<(Timestamp, Receipt)>,
}

/// What is known of a subject for the purposes of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fresh<'a, T> {
    Is(&'a T, &'a Known),
    /// There is no such thing, freshly.
    Missing,
    /// It will be known soon: nobody has looked since.
    NotYet,
    /// Looking has failed since; with what is in the way.
    Failing(&'a Failing),
}

impl Memory {
    /// Of a run that has done nothing yet: only what its plan says.
    #[must_use]
    pub fn beginning(run: &str, at: Timestamp, outage_at: Option<Timestamp>, plan: &Plan) -> Self {
        let stages = plan.stages.iter().map(|stage| (stage.id.clone(), (stage.action, stage.site))).collect();
        Self { run: run.to_owned(), declared_at: at, outage_at, stages, ..Self::default() }
    }

    /// What any stage has put aside under this name.
    #[must_use]
    pub fn put_aside(&self, name: &str) -> Option<&str> {
        self.kept.iter().find(|((_, known), _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The workload with the databases that this run has made in the places of those that the configuration names: a failback goes to the
    /// replica that it has made, a restore to the instance that was restored. What a rehearsal makes takes nobody's place.
    #[must_use]
    pub fn meant<'w>(&self, kind: Kind, workload: &'w Workload) -> Cow<'w, Workload> {
        let mut meant = Cow::Borrowed(workload);
        for past in self.past.iter().filter(|_| kind != Kind::Test) {
            let (What::CreateReplica { instance, .. } | What::RestoreSnapshot { instance, .. } | What::RestorePointInTime { instance, .. }) =
                &past.change.what
            else {
                continue;
            };
            if matches!(past.answer, Some((_, Receipt::Refused { .. }))) {
                continue;
            }
            let Some(site) = [Site::Primary, Site::Standby].into_iter().find(|site| *workload.region(*site) == past.change.region) else {
                continue;
            };
            if let Some(database) = &mut meant.to_mut().database {
                database.sites.get_mut(site).clone_from(instance);
            }
        }
        meant
    }

    /// Those databases: the configuration does not know them, and nobody looks at them for its sake.
    #[must_use]
    pub fn made(&self, kind: Kind, workload: &Workload) -> Vec<Subject> {
        let meant = self.meant(kind, workload);
        let (Some(before), Some(now)) = (&workload.database, &meant.database) else { return Vec::new() };
        let new = [Site::Primary, Site::Standby].into_iter().filter(|site| before.sites.get(*site) != now.sites.get(*site));
        new.map(|site| meant.database_subject(now, site)).collect()
    }
}

impl<'a> Scene<'a> {
    #[must_use]
    pub const fn target(&self) -> Site {
        self.source.other()
    }

    /// The stage's own site.
    #[must_use]
    pub const fn site(&self) -> Site {
        self.stage.site
    }

    /// The stage's own region.
    #[must_use]
    pub const fn region(&self) -> &'a Region {
        self.workload.region(self.stage.site)
    }

    /// Only a look that began since the step became ready says anything.
    #[must_use]
    pub fn see<T: Observable>(&self, subject: &Subject) -> Fresh<'a, T> {
        self.see_since(subject, self.since)
    }

    /// The same, where a look that began earlier is soon enough.
    pub fn see_since<T: Observable>(&self, subject: &Subject, since: Timestamp) -> Fresh<'a, T> {
        let Some(observation) = self.snapshot.get(subject) else { return Fresh::NotYet };
        if let Some(failing) = observation.failing.as_ref().filter(|failing| failing.last >= since) {
            return Fresh::Failing(failing);
        }
        if observation.known.as_ref().is_none_or(|known| known.begun < since) {
            return Fresh::NotYet;
        }
        match observation.see::<T>(self.now) {
            Seen::Now(fact, known) => Fresh::Is(fact, known),
            Seen::Missing(_) => Fresh::Missing,
            Seen::Stale(..) | Seen::Unknown(_) => Fresh::NotYet,
        }
    }

    /// What this stage has asked for so far, the latest last.
    pub fn past(&self) -> impl DoubleEndedIterator<Item = &'a Past> {
        let id = self.stage.id.as_str();
        self.memory.past.iter().filter(move |past| past.stage == id)
    }

    /// What was put aside by a stage of this step (`pin`) under this name.
    #[must_use]
    pub fn kept(&self, stage: &str, name: &str) -> Option<&'a str> {
        self.memory.kept.get(&(stage.to_owned(), name.to_owned())).map(String::as_str)
    }
}

impl<'a, T> Fresh<'a, T> {
    /// What it is, or what a stage that needs it has to say.
    pub fn or_wait(self, subject: &Subject) -> Result<&'a T, super::Standing> {
        match self {
            Self::Is(fact, _) => Ok(fact),
            Self::Missing => Err(super::Standing::stuck(format!("{subject} does not exist"))),
            Self::NotYet => Err(super::Standing::Looking { what: subject.to_string() }),
            Self::Failing(failing) => Err(super::Standing::Blind { why: format!("{subject}: {}", failing.trouble.text) }),
        }
    }
}
