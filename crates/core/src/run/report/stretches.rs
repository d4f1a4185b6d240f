//! Times from and to, and those that are not over yet.

use std::collections::BTreeMap;

use crate::domain::Timestamp;

/// From, to.
pub(super) type Stretch = (Timestamp, Timestamp);

/// What is waited for, and since when, for each stage.
#[derive(Default)]
pub(super) struct Open<'r> {
    since: BTreeMap<&'r str, Timestamp>,
    over: Vec<Stretch>,
}

impl<'r> Open<'r> {
    pub(super) fn begin(&mut self, of: &'r str, at: Timestamp) {
        self.since.entry(of).or_insert(at);
    }

    pub(super) fn end(&mut self, of: &str, at: Timestamp) {
        if let Some(since) = self.since.remove(of) {
            self.over.push((since, at));
        }
    }

    pub(super) fn end_all(&mut self, at: Timestamp, which: impl Fn(&str) -> bool) {
        let ended: Vec<_> = self.since.keys().copied().filter(|of| which(of)).collect();
        ended.into_iter().for_each(|of| self.end(of, at));
    }

    pub(super) fn add(&mut self, over: impl IntoIterator<Item = Stretch>) {
        self.over.extend(over);
    }

    pub(super) fn contains(&self, of: &str) -> bool {
        self.since.contains_key(of)
    }

    /// Those that are over, and those that are not by now.
    pub(super) fn all(mut self, at: Timestamp) -> Vec<Stretch> {
        self.end_all(at, |_| true);
        self.over
    }
}

/// The same time in stretches that do not overlap.
pub(super) fn merged(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort();
    let mut apart: Vec<Stretch> = Vec::new();
    for (from, to) in stretches {
        match apart.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => apart.push((from, to)),
        }
    }
    apart
}

pub(super) fn length(stretches: &[Stretch]) -> f64 {
    stretches.iter().map(|(from, to)| to.since(*from).as_secs_f64()).sum()
}
