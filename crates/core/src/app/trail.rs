use std::collections::BTreeMap;

use crate::assess::Assessment;
use crate::domain::{Snapshot, Timestamp, Verdict};

const MINUTES: usize = 60;

/// How each component of a workload has been for the last hour: a look back for what has no metric, and when it turned for what has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trails(BTreeMap<String, Trail>);

/// The worst verdict of each minute of an hour; none of a minute in which nobody looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    /// The newest minute there is a verdict of, since 1970.
    newest: i64,
    /// Each minute has its place, and the one an hour later takes it over.
    worst: [Option<Verdict>; MINUTES],
}

impl Trails {
    /// Remembers what has just been concluded.
    pub(super) fn follow(&mut self, assessment: &Assessment, known: &Snapshot) {
        for component in assessment.components() {
            // Before the first answer, or the first failure to get one, nobody has looked.
            let seen = |subject| known.get(subject).is_some_and(|seen| seen.known.is_some() || seen.failing.is_some());
            if component.read_at.is_some() || component.subjects.iter().any(seen) {
                self.mark(&component.id, assessment.at, component.verdict);
            }
        }
    }

    pub fn mark(&mut self, component: &str, at: Timestamp, verdict: Verdict) {
        match self.0.get_mut(component) {
            Some(trail) => trail.mark(at, verdict),
            None => drop(self.0.insert(component.to_owned(), Trail::begin(at, verdict))),
        }
    }

    #[must_use]
    pub fn of(&self, component: &str) -> Option<&Trail> {
        self.0.get(component)
    }
}

impl Trail {
    fn begin(at: Timestamp, verdict: Verdict) -> Self {
        let mut trail = Self { newest: minute(at), worst: [None; MINUTES] };
        trail.mark(at, verdict);
        trail
    }

    fn mark(&mut self, at: Timestamp, verdict: Verdict) {
        let minute = minute(at);
        // A clock that was set back by an hour tells of places that belong to others.
        if minute <= self.newest - 60 {
            *self = Self { newest: minute, worst: [None; MINUTES] };
        }
        let passed = minute.saturating_sub(self.newest).clamp(0, 60);
        (0..passed).for_each(|back| self.worst[place(minute - back)] = None);
        self.newest = self.newest.max(minute);
        let of_this = &mut self.worst[place(minute)];
        *of_this = Some(of_this.map_or(verdict, |worst| worst.worse(verdict)));
    }

    /// The hour before an instant by the minute, the newest last.
    #[must_use]
    pub fn hour(&self, until: Timestamp) -> [Option<Verdict>; MINUTES] {
        let mut hour = [None; MINUTES];
        for (back, shown) in (0..).zip(hour.iter_mut().rev()) {
            let minute = minute(until) - back;
            if minute <= self.newest && minute > self.newest - 60 {
                *shown = self.worst[place(minute)];
            }
        }
        hour
    }
}

const fn minute(at: Timestamp) -> i64 {
    at.secs().div_euclid(60)
}

#[expect(clippy::cast_possible_truncation, reason = "less than sixty")]
const fn place(minute: i64) -> usize {
    minute.rem_euclid(60) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_secs(minute * 60 + 7)
    }

    proptest! {
        /// Whatever is marked when, each minute of the hour before any instant has the worst of what was marked in it.
        #[test]
        fn an_hour_has_the_worst_of_each_minute(
            steps in prop::collection::vec((0..100_i64, 0..4_usize), 1..60),
            later in 0..90_i64,
        ) {
            const ALL: [Verdict; 4] = [Verdict::Healthy, Verdict::Degraded, Verdict::Unknown, Verdict::Critical];
            let mut trails = Trails::default();
            let mut marked = BTreeMap::new();
            let mut minute = 29_000_000;
            for (wait, verdict) in steps {
                // Mostly the same minute again, or the next.
                minute += (wait - 70).max(0) / (1 + wait % 7);
                trails.mark("x", at(minute), ALL[verdict]);
                marked.entry(minute).or_insert_with(Vec::new).push(ALL[verdict]);
            }
            let end = minute + later;
            let expected: Vec<_> = (end - 59..=end).map(|minute| marked.get(&minute).map(|all| Verdict::worst(all.iter().copied()))).collect();
            prop_assert_eq!(trails.of("x").unwrap().hour(at(end)).to_vec(), expected);
            prop_assert!(trails.of("y").is_none());
        }
    }

    #[test]
    fn a_clock_that_was_set_back_begins_anew() {
        let mut trails = Trails::default();
        trails.mark("x", at(29_000_100), Verdict::Critical);
        trails.mark("x", at(29_000_000), Verdict::Healthy);
        let seen = |end| trails.of("x").unwrap().hour(at(end)).into_iter().flatten().collect::<Vec<_>>();
        assert_eq!((seen(29_000_000), seen(29_000_100)), (vec![Verdict::Healthy], vec![]));
    }
}
