use std::sync::Arc;

use super::action::Action;
use super::plan::Part;
use super::scene::Scene;
use crate::assess::rules::Look;
use crate::config::{Bucket, Database, Dns, Service, Site};
use crate::domain::{Observation, Snapshot, Subject, Timestamp};

impl<'a> Scene<'a> {
    /// Of these subjects only what was looked at since the step became ready, for rules that judge a whole snapshot: they cannot be tempted by
    /// anything older. A streak of failures may have begun before; its last look may not.
    pub(super) fn fresh(&self, subjects: &[Subject]) -> Snapshot {
        let mut fresh = Snapshot::default();
        for observation in subjects.iter().filter_map(|subject| self.snapshot.get(subject)) {
            let failing = observation.failing.clone().filter(|failing| failing.last >= self.since);
            let known = observation.known.clone().filter(|known| known.begun >= self.since && failing.is_none());
            let ailing = observation.ailing.filter(|streak| streak.last >= self.since);
            if failing.is_some() || known.is_some() || ailing.is_some() {
                fresh.put(Arc::new(Observation { subject: observation.subject.clone(), known, failing, ailing, pace: None }));
            }
        }
        fresh
    }

    /// Judges `snapshot` as the dashboard would.
    pub(super) const fn look<'s>(&self, snapshot: &'s Snapshot) -> Look<'s>
    where
        'a: 's,
    {
        Look { workload: self.workload, snapshot, now: self.now }
    }

    pub(super) fn database(&self) -> Option<&'a Database> {
        self.workload.database.as_ref()
    }

    pub(super) fn dns(&self) -> Option<&'a Dns> {
        self.workload.dns.as_ref()
    }

    /// The stage's own service where it has one, else all of them.
    pub(super) fn services(&self) -> &'a [Service] {
        match self.stage.part {
            Part::Service(index) => self.workload.services.get(index..=index).unwrap_or_default(),
            _ => &self.workload.services,
        }
    }

    /// The stage's own bucket where it has one, else all of them.
    pub(super) fn buckets(&self) -> &'a [Bucket] {
        match self.stage.part {
            Part::Bucket(index) => self.workload.buckets.get(index..=index).unwrap_or_default(),
            _ => &self.workload.buckets,
        }
    }

    /// The stages of the plan that do this at that site.
    pub(super) fn stages(&self, action: Action, site: Site) -> impl Iterator<Item = &'a str> {
        self.memory.stages.iter().filter(move |(_, what)| **what == (action, site)).map(|(stage, _)| stage.as_str())
    }

    /// When the last of them was done; `None` while one is not, or where there is none.
    pub(super) fn done(&self, action: Action, site: Site) -> Option<Timestamp> {
        let all: Option<Vec<Timestamp>> = self.stages(action, site).map(|stage| self.memory.done.get(stage).copied()).collect();
        all?.into_iter().max()
    }

    /// What the runbook says of this parameter of the step.
    pub(super) fn with(&self, name: &str) -> Option<&'a str> {
        self.stage.with.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    /// What somebody has said to this stage.
    pub(super) fn said(&self) -> Option<&'a str> {
        self.memory.said.get(&self.stage.id).map(String::as_str)
    }
}
