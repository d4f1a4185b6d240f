//! What was asked and what came of it, newest last and bounded: IAM policies and unknown operations are checked against it.

use std::collections::VecDeque;

use drlab_core::domain::Timestamp;

use super::HttpRequest;
use super::scope::Scope;
use super::services::Dialect;
use crate::base64;
use crate::world::Chance;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Default, serde::Serialize)]
pub struct Entry {
    pub at: Timestamp,
    /// As the request was signed for; empty where it was not.
    pub region: String,
    pub service: String,
    /// Empty where the request could not be understood.
    pub operation: String,
    pub status: u16,
    /// The error's code; empty where there was none.
    pub code: String,
    pub access_key: String,
    /// The same over all attempts of one call.
    pub invocation: String,
    /// The first word of the user agent, which tells clients apart.
    pub agent: String,
}

/// One page of the workload's own application that somebody outside asked for: what tells whether a watcher has written anything there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Visit {
    pub at: Timestamp,
    pub host: String,
    pub path: String,
}

/// The newest requests, and how many there were in all.
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    visits: VecDeque<Visit>,
    answered: u64,
}

impl Entry {
    pub(super) fn begin(at: Timestamp, request: &HttpRequest, dialect: &Dialect) -> Self {
        let invocation = shortened(request.header("amz-sdk-invocation-id").unwrap_or_default());
        let agent = shortened(request.header("user-agent").and_then(|agent| agent.split_whitespace().next()).unwrap_or_default());
        Self { at, service: dialect.service.to_owned(), invocation, agent, ..Self::default() }
    }

    pub(super) fn signed(&mut self, scope: &Scope) {
        self.region = shortened(&scope.region);
        self.service = shortened(&scope.service);
        self.access_key = shortened(&scope.access_key);
    }

    pub(super) fn operation(&mut self, name: &str) {
        self.operation = shortened(name);
    }
}

impl Log {
    /// How many requests are remembered, and how many pages.
    pub const KEPT: usize = 10_000;

    /// The remembered requests, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// How many requests were answered since the lab began.
    #[must_use]
    pub const fn answered(&self) -> u64 {
        self.answered
    }

    /// The pages of applications that were asked for, oldest first. Writers and browsers of the lab are part of the world: theirs are not here.
    pub fn visits(&self) -> impl DoubleEndedIterator<Item = &Visit> {
        self.visits.iter()
    }

    pub fn clear(&mut self) {
        self.entries.clear();
        self.visits.clear();
    }

    pub(crate) fn visited(&mut self, at: Timestamp, host: &str, path: &str) {
        if self.visits.len() == Self::KEPT {
            self.visits.pop_front();
        }
        self.visits.push_back(Visit { at, host: shortened(host), path: shortened(path) });
    }

    pub(super) fn next_id(&mut self, chance: Chance, dialect: &Dialect) -> String {
        self.answered += 1;
        let name = ("request", self.answered);
        if dialect.service == "s3" { chance.hex(name, 16).to_ascii_uppercase() } else { chance.uuid(name) }
    }

    pub(super) fn note(&mut self, entry: Entry, status: u16, code: String) {
        if self.entries.len() == Self::KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { status, code, ..entry });
    }
}

/// S3's second id of a request.
pub(super) fn host_id(id: &str) -> String {
    base64::encode(id.repeat(3).as_bytes())
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_forgets_the_oldest() {
        let mut log = Log::default();
        for status in 0..=u16::try_from(Log::KEPT).unwrap() {
            log.note(Entry::default(), status, String::new());
            log.visited(Timestamp::from_secs(status.into()), "198.51.100.10", "/healthz");
        }
        assert_eq!((log.entries().count(), log.visits().count()), (Log::KEPT, Log::KEPT));
        assert_eq!(log.visits().next().unwrap().at, Timestamp::from_secs(1));
        assert_eq!(log.entries().next().unwrap().status, 1);
    }

    #[test]
    fn ids_differ_and_come_from_the_seed() {
        let (chance, mut log, mut twin) = (Chance::new(1), Log::default(), Log::default());
        let dialect = crate::wire::services::named("s3").unwrap();
        let ids = [log.next_id(chance, dialect), log.next_id(chance, dialect)];
        assert_ne!(ids[0], ids[1]);
        assert_eq!(ids, [twin.next_id(chance, dialect), twin.next_id(chance, dialect)]);
    }
}
