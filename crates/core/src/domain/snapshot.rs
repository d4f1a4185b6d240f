use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::FixedState;
use indexmap::IndexMap;

use super::fact::Observable;
use super::{Observation, Reading, Seen, Subject, Timestamp};

/// All observations. It grows by deltas, so that nobody copies a fleet to learn of one task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Looked up a hundred times for every judgement of every workload; names differ at their ends, and a tree would compare them all the way.
    observations: IndexMap<Subject, Arc<Observation>, FixedState>,
}

impl Snapshot {
    /// Takes in one look, and gives back what is now known of its subject, if that is anything new.
    pub fn take(&mut self, reading: Reading) -> Option<Arc<Observation>> {
        let before = self.observations.get(&reading.subject);
        let blank;
        let base = if let Some(observation) = before {
            observation.as_ref()
        } else {
            blank = Observation::blank(reading.subject.clone());
            &blank
        };
        let next = base.after(reading);
        if before.is_some_and(|before| **before == next) {
            return None;
        }
        let next = Arc::new(next);
        self.observations.insert(next.subject.clone(), Arc::clone(&next));
        Some(next)
    }

    /// Takes in how often a subject is looked at from now on, and gives back what is known of it, if that makes a difference.
    pub fn pace(&mut self, subject: &Subject, pace: Option<Duration>) -> Option<Arc<Observation>> {
        let known = self.observations.get_mut(subject).filter(|known| known.pace != pace)?;
        Arc::make_mut(known).pace = pace;
        Some(Arc::clone(known))
    }

    /// Takes over what somebody else has concluded, and gives back what was known before.
    pub fn put(&mut self, observation: Arc<Observation>) -> Option<Arc<Observation>> {
        self.observations.insert(observation.subject.clone(), observation)
    }

    #[must_use]
    pub fn get(&self, subject: &Subject) -> Option<&Observation> {
        self.observations.get(subject).map(AsRef::as_ref)
    }

    #[must_use]
    pub fn see<T: Observable>(&self, subject: &Subject, now: Timestamp) -> Seen<'_, T> {
        self.get(subject).map_or(Seen::Unknown(None), |observation| observation.see(now))
    }

    /// In the order in which they were first learnt.
    pub fn iter(&self) -> impl Iterator<Item = &Observation> {
        self.observations.values().map(AsRef::as_ref)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.observations.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.observations.is_empty()
    }
}
