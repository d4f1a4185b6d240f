use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fact::{Fact, Observable};
use super::{Kind, Measure, Subject, Timestamp};

/// What one look at one subject brought, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub subject: Subject,
    /// When the look began: what it brought cannot be older.
    pub begun: Timestamp,
    /// When the answer was here.
    pub read: Timestamp,
    pub outcome: Result<Value, Trouble>,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `at` is when it was true at the source, where the source says so (a metric's point, a cached answer).
    Found { fact: Arc<Fact>, at: Option<Timestamp> },
    /// The source answered, and there is no such thing. That is knowledge, and no figure.
    Missing(String),
}

/// Why a look brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    pub cause: Cause,
    /// In words, with what AWS said where it said anything.
    pub text: String,
}

/// The kinds of trouble, as far as they lead to different conclusions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// No answer within our patience.
    Silent,
    /// The connection was refused or reset, or the name did not resolve.
    Unreachable,
    /// The service answered with an error of its own (5xx).
    Broken,
    /// We ask too much. Says nothing of the workload.
    Throttled,
    /// Our credentials are missing or have expired. Says nothing of the workload.
    Credentials,
    /// Our credentials may not ask this. Says nothing of the workload.
    Denied,
    /// An answer that makes no sense, or an operation that this endpoint does not have.
    Unintelligible,
    /// Something else must be known before this can be asked.
    NotYet,
}

impl Cause {
    /// Whether it can be evidence that the other side is down; the other causes lie with us.
    #[must_use]
    pub const fn is_theirs(self) -> bool {
        matches!(self, Self::Silent | Self::Unreachable | Self::Broken)
    }
}

impl Trouble {
    pub fn new(cause: Cause, text: impl fmt::Display) -> Self {
        Self { cause, text: text.to_string() }
    }
}

/// All that is known of a subject: the last answer, however old, and what has been in the way of a newer one.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    pub subject: Subject,
    pub known: Option<Known>,
    /// There exactly when the newest look failed.
    pub failing: Option<Failing>,
    /// Looks in a row that spoke against the other side's health.
    pub ailing: Option<Streak>,
    /// How seldom it is looked at, where that is more seldom than its kind is worth: nobody has it before them, and a fleet shares what AWS
    /// allows. `None` for whatever somebody looks into.
    pub pace: Option<Duration>,
}

/// An answer and its age.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub value: Value,
    /// When it was true.
    pub source_at: Timestamp,
    /// When the look began that brought it.
    pub begun: Timestamp,
    pub read_at: Timestamp,
}

/// Looks that brought nothing, in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    pub trouble: Trouble,
    /// When the first of them began.
    pub since: Timestamp,
    pub last: Timestamp,
    pub times: u32,
}

/// Things of one kind in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streak {
    pub since: Timestamp,
    /// When the last of them began.
    pub last: Timestamp,
    /// How long that one was kept waiting by somebody who did not answer.
    pub waited: Duration,
    pub times: u32,
}

/// How far an observation can be trusted at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen<'o, T> {
    /// Young enough to speak for the present.
    Now(&'o T, &'o Known),
    /// The thing does not exist, as of a moment ago.
    Missing(&'o str),
    /// The last answer is too old; shown, never relied upon.
    Stale(&'o T, &'o Known),
    /// Never seen, or not what was expected; with what is in the way, if anything.
    Unknown(Option<&'o Failing>),
}

impl<'o, T> Seen<'o, T> {
    /// The value, if it may be relied upon.
    #[must_use]
    pub const fn now(&self) -> Option<&'o T> {
        match self {
            Self::Now(value, _) => Some(value),
            _ => None,
        }
    }

    /// The thing does not exist, as of a moment ago.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing(_))
    }

    /// The value, however old, to be shown with its age.
    #[must_use]
    pub const fn last(&self) -> Option<&'o T> {
        match self {
            Self::Now(value, _) | Self::Stale(value, _) => Some(value),
            Self::Missing(_) | Self::Unknown(_) => None,
        }
    }
}

impl Observation {
    /// Never looked at yet.
    #[must_use]
    pub const fn blank(subject: Subject) -> Self {
        Self { subject, known: None, failing: None, ailing: None, pace: None }
    }

    /// What is known after one more look. A look that began before the one already told of changes nothing: answers may overtake each other.
    #[must_use]
    pub fn after(&self, reading: Reading) -> Self {
        let overtaken = self.known.as_ref().is_some_and(|known| known.begun > reading.begun)
            || self.failing.as_ref().is_some_and(|failing| failing.last > reading.begun);
        if overtaken {
            return self.clone();
        }
        let ails = reading.ails();
        let ailing = match ails {
            Some(true) => {
                let (since, times) = self.ailing.map_or((reading.begun, 0), |streak| (streak.since, streak.times));
                // An answer is as old as any other, however long it was on its way.
                let waited = if reading.outcome.is_err() { reading.read.since(reading.begun) } else { Duration::ZERO };
                Some(Streak { since, last: reading.begun, waited, times: times.saturating_add(1) })
            }
            Some(false) => None,
            // What says nothing of the other side neither adds to the count nor ends it.
            None => self.ailing,
        };
        match reading.outcome {
            Ok(value) => {
                let at = match &value {
                    Value::Found { at, .. } => *at,
                    Value::Missing(_) => None,
                };
                // Without a word of the source's own it was true at some time during the call; the start is the safe end.
                let known = Known { value, source_at: at.unwrap_or(reading.begun), begun: reading.begun, read_at: reading.read };
                Self { subject: reading.subject, known: Some(known), failing: None, ailing, pace: self.pace }
            }
            Err(trouble) => {
                let failing = match &self.failing {
                    Some(failing) => Failing { trouble, last: reading.begun, times: failing.times.saturating_add(1), since: failing.since },
                    None => Failing { trouble, since: reading.begun, last: reading.begun, times: 1 },
                };
                Self { subject: reading.subject, known: self.known.clone(), failing: Some(failing), ailing, pace: self.pace }
            }
        }
    }

    /// How old what is known is: by when it was true, not by when it was read.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        self.known.as_ref().map(|known| now.since(known.source_at))
    }

    /// Past this age what is known no longer speaks for the present: three looks missed, at the pace at which it is looked at.
    #[must_use]
    pub fn stale_after(&self) -> Duration {
        let own = self.subject.kind.stale_after();
        self.pace.map_or(own, |pace| own.max(pace * 3))
    }

    /// The streak that goes on at an instant: what failed long ago and could not be looked at since is no evidence. Whoever does not answer
    /// keeps a look waiting, and the next one as long: that is no silence of ours.
    #[must_use]
    pub fn ails_at(&self, at: Timestamp) -> Option<Streak> {
        self.ailing.filter(|streak| at.since(streak.last) <= self.stale_after() + streak.waited * 2)
    }

    /// What is counted is silent while there is nothing to count: it is as old as the question.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp) -> bool {
        let Some(known) = &self.known else { return true };
        let is_old = |since: Timestamp| now.since(since) > self.stale_after();
        is_old(known.source_at) && (is_old(known.begun) || !Measure::of(&self.subject).is_some_and(Measure::is_counted))
    }

    #[must_use]
    pub fn see<T: Observable>(&self, now: Timestamp) -> Seen<'_, T> {
        let Some(known) = &self.known else { return Seen::Unknown(self.failing.as_ref()) };
        match &known.value {
            Value::Missing(_) if self.is_stale(now) => Seen::Unknown(self.failing.as_ref()),
            Value::Missing(what) => Seen::Missing(what),
            Value::Found { fact, .. } => match T::of(fact) {
                Some(value) if self.is_stale(now) => Seen::Stale(value, known),
                Some(value) => Seen::Now(value, known),
                None => Seen::Unknown(self.failing.as_ref()),
            },
        }
    }

    /// The last answer, whatever its kind and age.
    #[must_use]
    pub fn fact(&self) -> Option<&Fact> {
        match &self.known.as_ref()?.value {
            Value::Found { fact, .. } => Some(fact),
            Value::Missing(_) => None,
        }
    }
}

impl Failing {
    /// For a person: `no answer for 38 s`, `throttled for 12 s`.
    #[must_use]
    pub fn told(&self, now: Timestamp) -> String {
        let seconds = now.since(self.since).as_secs();
        if seconds == 0 {
            self.trouble.text.clone()
        } else {
            format!("{} for {}", self.trouble.text, super::human_duration(now.since(self.since)))
        }
    }
}

impl Reading {
    /// Whether this look speaks against (`true`) or for (`false`) the health of what was looked at; `None` if it says nothing of it.
    #[must_use]
    pub fn ails(&self) -> Option<bool> {
        match &self.outcome {
            Ok(Value::Found { fact, .. }) => fact.ails(),
            Ok(Value::Missing(_)) => None,
            // About checkers Route 53 is asked; its silence says nothing of the site that they look at.
            Err(trouble) => (trouble.cause.is_theirs() && self.subject.kind != Kind::Checkers).then_some(true),
        }
    }
}

impl Fact {
    /// Whether this is what something broken looks like. Only the four kinds of evidence for an impairment say anything.
    #[must_use]
    pub fn ails(&self) -> Option<bool> {
        match self {
            Self::Sight(sight) => Some(!sight.is_ok()),
            Self::Checkers(checkers) => checkers.is_healthy().map(|healthy| !healthy),
            Self::Targets(targets) => (targets.registered() > 0).then(|| targets.healthy() == 0),
            Self::Instance(instance) => Some(database_is_down(&instance.status)),
            Self::Cluster(cluster) => Some(database_is_down(&cluster.status)),
            _ => None,
        }
    }
}

/// The states in which RDS says of itself that nobody is served.
fn database_is_down(status: &str) -> bool {
    matches!(
        status,
        "failed"
            | "stopped"
            | "stopping"
            | "storage-full"
            | "inaccessible-encryption-credentials"
            | "incompatible-network"
            | "incompatible-parameters"
    )
}
