//! When somebody was asked something. Held guards, failures, pauses and debts are written down when they come up. That a step asks for consent or
//! for a deed is not: it follows from the answer, or is seen by whoever looks just now. A step that has been answered nothing has asked nothing, for
//! all that is written: it may have waited for the world alone.

use std::collections::{BTreeMap, BTreeSet};

use super::stretches::{Open, Stretch};
use crate::domain::Timestamp;
use crate::run::desk::Stance;
use crate::run::record::{Guarded, RUNBOOK, Record};
use crate::run::state::Run;
use crate::runbook::Confirm;

/// The run itself, among the stages.
const RUN: &str = "";

pub(super) struct Questions<'r> {
    run: &'r Run,
    asked: Open<'r>,
    /// Since when a step may have been asking: it shows that by being answered before it has asked AWS for anything.
    perhaps: BTreeMap<&'r str, Timestamp>,
    /// Guards that do not hold, and that nobody went past.
    held: BTreeMap<&'r str, BTreeSet<&'r str>>,
    /// Guards that somebody went past.
    passed: BTreeSet<(&'r str, &'r str)>,
    agreed: BTreeSet<&'r str>,
}

impl<'r> Questions<'r> {
    pub(super) fn of(run: &'r Run) -> Self {
        let (perhaps, held) = (BTreeMap::new(), BTreeMap::new());
        Self { run, asked: Open::default(), perhaps, held, passed: BTreeSet::new(), agreed: BTreeSet::new() }
    }

    pub(super) fn hear(&mut self, at: Timestamp, record: &'r Record) {
        match record {
            Record::Ready { stage } => drop(self.perhaps.insert(stage, at)),
            Record::Guarded { stage, guards } => self.guarded(stage, guards, at),
            Record::Approved { stage, .. } => {
                self.agreed.insert(stage);
                self.answered(stage, at);
                self.asked.end(stage, at);
            }
            Record::Overridden { stage, guard, .. } => self.overridden(stage, guard, at),
            Record::Acknowledged { stage, who, .. } => {
                if who != RUNBOOK {
                    self.answered(stage, at);
                }
                self.asked.end(stage, at);
            }
            Record::Intent { stage, .. } | Record::Done { stage, .. } | Record::Skipped { stage, .. } => self.over(stage, at),
            Record::Retried { stage, .. } => {
                self.over(stage, at);
                self.agreed.remove(stage.as_str());
                self.perhaps.insert(stage, at);
            }
            Record::Owed { stage, .. } | Record::Failed { stage, .. } => {
                self.over(stage, at);
                self.asked.begin(stage, at);
            }
            Record::Paused { .. } | Record::Aborted { .. } => self.asked.begin(RUN, at),
            Record::Resumed { .. } => self.asked.end(RUN, at),
            // What is still to be said is asked anew.
            Record::Switched(_) => {
                self.asked.end_all(at, |_| true);
                self.perhaps.clear();
                self.held.clear();
                self.passed.clear();
                self.agreed.clear();
            }
            _ => {}
        }
    }

    /// Guards are asked right before the person is. One that cannot be told may only not have been looked at yet.
    fn guarded(&mut self, stage: &'r str, guards: &'r [Guarded], at: Timestamp) {
        let open = |guarded: &&Guarded| guarded.holds != Some(true) && !self.passed.contains(&(stage, guarded.guard.as_str()));
        let held: Vec<_> = guards.iter().filter(open).collect();
        let says_no = held.iter().any(|guarded| guarded.holds == Some(false));
        self.perhaps.remove(stage);
        if says_no || (held.is_empty() && self.wants_consent(stage)) {
            self.asked.begin(stage, at);
        } else {
            self.asked.end(stage, at);
            if !held.is_empty() {
                self.perhaps.insert(stage, at);
            }
        }
        self.held.insert(stage, held.into_iter().map(|guarded| guarded.guard.as_str()).collect());
    }

    /// One question after the other: past the guard there may be another, and they are still asked whether they mean it.
    fn overridden(&mut self, stage: &'r str, guard: &'r str, at: Timestamp) {
        self.passed.insert((stage, guard));
        let asked = self.answered(stage, at) || self.asked.contains(stage);
        let more = self.held.get_mut(stage).is_some_and(|held| held.remove(guard) && !held.is_empty()) || self.wants_consent(stage);
        if asked && more { self.asked.begin(stage, at) } else { self.asked.end(stage, at) }
    }

    /// What has been answered was asked.
    fn answered(&mut self, stage: &str, at: Timestamp) -> bool {
        let since = self.perhaps.remove(stage);
        self.asked.add(since.map(|since| (since, at)));
        since.is_some()
    }

    fn over(&mut self, stage: &str, at: Timestamp) {
        self.perhaps.remove(stage);
        self.asked.end(stage, at);
    }

    fn wants_consent(&self, stage: &str) -> bool {
        let planned = self.run.plan.stages.iter().find(|planned| planned.id == stage);
        planned.is_some_and(|planned| self.run.confirm(planned) != Confirm::None) && !self.agreed.contains(stage)
    }

    /// With what is still asked at `end`.
    pub(super) fn all(mut self, stances: &BTreeMap<String, Stance>, end: Timestamp) -> Vec<Stretch> {
        for (stage, _) in stances.iter().filter(|(_, stance)| stance.waits_for_people()) {
            self.answered(stage, end);
        }
        self.asked.all(end)
    }
}
