//! Which acknowledged rows every database holds: exact, however often histories part.
//!
//! Each writable life of a database is a *timeline*. A promotion or a restore starts a new one that shares its parent's rows up to a cut.
//! Rows are told as stretches of a rate, so a day of traffic takes a handful of entries.

use drlab_core::domain::Timestamp;
use serde::Serialize;

/// One writable life of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TimelineId(usize);

#[derive(Clone, Debug, Default, Serialize)]
pub struct Ledger {
    timelines: Vec<Timeline>,
}

#[derive(Clone, Debug, Serialize)]
struct Timeline {
    /// Which instance or cluster this was the life of.
    owner: String,
    parent: Option<(TimelineId, Timestamp)>,
    stretches: Vec<Stretch>,
}

/// Rows that one writer was told are safe, evenly over a stretch of time.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Stretch {
    writer: String,
    from: Timestamp,
    until: Timestamp,
    rows_per_second: u32,
}

impl Ledger {
    /// A database that starts empty.
    pub fn begin(&mut self, owner: &str) -> TimelineId {
        self.push(owner, None)
    }

    /// A database that starts with its parent's rows up to `cut`.
    pub fn branch(&mut self, owner: &str, parent: TimelineId, cut: Timestamp) -> TimelineId {
        self.push(owner, Some((parent, cut)))
    }

    /// `writer` was told that `rows` rows of the second beginning at `second` are safe.
    pub fn acknowledge(&mut self, timeline: TimelineId, writer: &str, second: Timestamp, rows: u32) {
        let Some(line) = self.timelines.get_mut(timeline.0) else { return };
        let until = second + std::time::Duration::from_secs(1);
        let last = line.stretches.iter_mut().rev().find(|stretch| stretch.writer == writer);
        match last {
            Some(last) if last.until == second && last.rows_per_second == rows => last.until = until,
            _ => line.stretches.push(Stretch { writer: writer.to_owned(), from: second, until, rows_per_second: rows }),
        }
    }

    /// How many rows were ever acknowledged, by anyone anywhere.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.timelines.iter().flat_map(|line| &line.stretches).map(Stretch::rows).sum()
    }

    /// How many rows one writer was ever told are safe.
    #[cfg(test)]
    pub(crate) fn acknowledged_to(&self, writer: &str) -> u64 {
        self.timelines.iter().flat_map(|line| &line.stretches).filter(|stretch| stretch.writer == writer).map(Stretch::rows).sum()
    }

    /// How many rows these databases ever acknowledged.
    #[must_use]
    pub fn acknowledged_by(&self, owners: &[&str]) -> u64 {
        let theirs = self.timelines.iter().filter(|line| owners.contains(&line.owner.as_str()));
        theirs.flat_map(|line| &line.stretches).map(Stretch::rows).sum()
    }

    /// How many acknowledged rows a database of this timeline holds at `as_of` (a replica: what it has applied so far).
    #[must_use]
    pub fn held(&self, timeline: TimelineId, as_of: Timestamp) -> u64 {
        self.chain(timeline, as_of).map(|(line, cut)| line.stretches.iter().map(|s| s.rows_before(cut)).sum::<u64>()).sum()
    }

    /// The acknowledged rows that a database of this timeline does not hold, by the instance that acknowledged them.
    #[must_use]
    pub fn missing(&self, timeline: TimelineId, as_of: Timestamp) -> Vec<Missing> {
        let chain: Vec<_> = self.chain_ids(timeline, as_of);
        let mut missing = Vec::new();
        for (id, line) in self.timelines.iter().enumerate() {
            let cut = chain.iter().find(|(held, _)| held.0 == id).map(|(_, cut)| *cut);
            for stretch in &line.stretches {
                let rows = stretch.rows() - cut.map_or(0, |cut| stretch.rows_before(cut));
                if rows > 0 {
                    let from = cut.map_or(stretch.from, |cut| cut.max(stretch.from));
                    missing.push(Missing {
                        acknowledged_by: line.owner.clone(),
                        writer: stretch.writer.clone(),
                        from,
                        until: stretch.until,
                        rows,
                    });
                }
            }
        }
        missing
    }

    fn push(&mut self, owner: &str, parent: Option<(TimelineId, Timestamp)>) -> TimelineId {
        self.timelines.push(Timeline { owner: owner.to_owned(), parent, stretches: Vec::new() });
        TimelineId(self.timelines.len() - 1)
    }

    fn chain(&self, timeline: TimelineId, as_of: Timestamp) -> impl Iterator<Item = (&Timeline, Timestamp)> {
        self.chain_ids(timeline, as_of).into_iter().filter_map(|(id, cut)| Some((self.timelines.get(id.0)?, cut)))
    }

    /// The timeline and its ancestors, each with the instant up to which its rows are held.
    fn chain_ids(&self, timeline: TimelineId, as_of: Timestamp) -> Vec<(TimelineId, Timestamp)> {
        let mut chain = Vec::new();
        let mut next = Some((timeline, as_of));
        while let Some((id, cut)) = next {
            chain.push((id, cut));
            next = self.timelines.get(id.0).and_then(|line| line.parent).map(|(parent, at)| (parent, at.min(cut)));
        }
        chain
    }
}

/// Acknowledged rows that are not in the database that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    pub acknowledged_by: String,
    pub writer: String,
    pub from: Timestamp,
    pub until: Timestamp,
    pub rows: u64,
}

impl Stretch {
    fn rows(&self) -> u64 {
        self.rows_before(self.until)
    }

    fn rows_before(&self, cut: Timestamp) -> u64 {
        let held = self.until.min(cut).since(self.from);
        u64::try_from(held.as_millis()).unwrap_or(u64::MAX).saturating_mul(self.rows_per_second.into()) / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    #[test]
    fn what_was_acknowledged_after_the_cut_is_missing() {
        let mut ledger = Ledger::default();
        let source = ledger.begin("db");
        for second in 0..100 {
            ledger.acknowledge(source, "web", at(second), 50);
        }
        let promoted = ledger.branch("db-replica", source, at(97));
        ledger.acknowledge(promoted, "web", at(100), 50);
        assert_eq!(ledger.acknowledged(), 5050);
        assert_eq!(ledger.held(promoted, at(101)), 97 * 50 + 50);
        assert_eq!(ledger.missing(promoted, at(101)).iter().map(|m| m.rows).sum::<u64>(), 150);
        assert_eq!(ledger.missing(promoted, at(101))[0].from, at(97));
    }

    #[test]
    fn a_day_of_steady_traffic_is_one_entry() {
        let mut ledger = Ledger::default();
        let line = ledger.begin("db");
        for second in 0..86_400 {
            ledger.acknowledge(line, "web", at(second), 50);
        }
        assert_eq!(ledger.timelines[0].stretches.len(), 1);
    }
}
