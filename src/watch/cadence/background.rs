//! What nobody looks into: how often it is asked for all the same, so that a fleet of any size leaves room for others who share the account.

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::{Kind, Question, Subject, Timestamp};

use super::super::limits::{self, Meter};
use super::{Cadence, Entry, FEW, HURRY};

/// It is asked for this much more seldom, if it is asked for often, even where there is room.
pub(super) const BACKGROUND: u32 = 2;

impl Cadence {
    /// What nobody looks into pays double, so that it never takes more than half of what AWS allows: others share the account.
    pub(super) fn price(&self, entry: &Entry) -> u32 {
        if self.is_looked_into(entry) || self.is_awaited(entry) { 1 } else { 2 }
    }

    /// Whether somebody looks into this workload (an index), and not only down a list.
    pub(in crate::watch) fn looks_into(&self, workload: usize) -> bool {
        self.attended.as_ref().is_none_or(|attended| attended.len() <= FEW && attended.contains(&workload))
    }

    pub(super) fn is_awaited(&self, entry: &Entry) -> bool {
        !self.awaited.is_empty() && entry.subjects.iter().any(|subject| self.awaited.contains_key(subject))
    }

    pub(super) fn period(&self, question: &Question, now: Timestamp) -> Duration {
        let Some(entry) = self.entries.get(question) else { return question.kind().every() };
        let awaited = || entry.subjects.iter().any(|subject| self.awaited.get(subject).is_some_and(|until| *until > now));
        match question.kind() {
            // Priced: it gets no fresher by asking.
            Kind::Metric => entry.every,
            // Rationed.
            Kind::Checkers if self.is_looked_into(entry) || awaited() => entry.every,
            // AWS allows twenty a second, and each step that stops or starts tasks waits for one: users wait with it.
            Kind::Service if !self.awaited.is_empty() && awaited() => entry.every.min(HURRY / 4),
            // What AWS allows but once a second, and what takes several calls.
            Kind::RestorePoint | Kind::Zone | Kind::Record | Kind::HealthCheck if !self.awaited.is_empty() && awaited() => {
                entry.every.min(HURRY * 2)
            }
            _ if !self.awaited.is_empty() && awaited() => entry.every.min(HURRY),
            _ if self.is_looked_into(entry) => entry.every,
            kind => {
                let stretch = entry.way.meters.iter().filter_map(|meter| self.stretch.get(meter)).copied().fold(1.0, f64::max);
                entry.alone_in_the_background(kind).mul_f64(stretch)
            }
        }
    }

    /// How seldom these are looked at, where that is so seldom that their kinds' own limits would call them stale between two looks.
    pub(in crate::watch) fn pace(&self, question: &Question, now: Timestamp) -> Option<Duration> {
        let period = self.period(question, now);
        (period * 3 > question.kind().stale_after())
            .then_some(period)
            .filter(|_| self.entries.get(question).is_some_and(|entry| !self.is_looked_into(entry)) && question.kind() != Kind::Metric)
    }

    /// The same of everything that is asked for.
    pub(in crate::watch) fn paces(&self, now: Timestamp) -> impl Iterator<Item = (&Subject, Option<Duration>)> {
        self.entries.iter().flat_map(move |(question, entry)| {
            let pace = self.pace(question, now);
            entry.subjects.iter().map(move |subject| (subject, pace))
        })
    }

    /// Shares what goes to the background out evenly among all that is in it.
    pub(super) fn share_out(&mut self) {
        let mut demand = BTreeMap::<&Meter, f64>::new();
        for (question, entry) in &self.entries {
            if question.kind() != Kind::Metric && !self.is_looked_into(entry) {
                let calls = f64::from(entry.way.calls) * 60.0 / entry.alone_in_the_background(question.kind()).as_secs_f64().max(1.0);
                entry.way.meters.iter().for_each(|meter| *demand.entry(meter).or_default() += calls);
            }
        }
        let stretch = |(meter, calls): (&Meter, f64)| {
            let most = f64::from(limits::background(meter, self.limits.limit(meter)));
            (calls > most).then(|| (meter.clone(), calls / most))
        };
        let stretch = demand.into_iter().filter_map(stretch).collect();
        self.stretch = stretch;
    }
}

impl Entry {
    /// How often it is looked at when nobody looks into it and there is room.
    fn alone_in_the_background(&self, kind: Kind) -> Duration {
        match kind {
            Kind::Checkers => self.every,
            _ if self.every <= Duration::from_secs(30) => (self.every * BACKGROUND).min(self.every.max(kind.stale_after() * 2 / 3)),
            _ => self.every,
        }
    }
}
