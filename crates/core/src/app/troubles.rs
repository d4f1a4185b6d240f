//! What is in the way of answers. Whoever does not answer is told of once, however many questions that stops and however long they take to
//! find out; and once again when all of them are answered.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::index::Owner;
use super::timeline::{Class, Event};
use crate::config::Place;
use crate::domain::{Cause, Failing, Kind, Observation, Subject, Timestamp, Verdict, excerpt, human_duration, mask_accounts};

/// So long must all be well before trouble is called over: a link that comes and goes is one trouble.
const OVER: Duration = Duration::from_secs(15);

/// All that lasts, by who it is and what is wrong with them.
#[derive(Clone, Debug, Default)]
pub(super) struct Troubles(BTreeMap<(String, Wrong), Lasting>);

/// Causes that are one trouble to whoever reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wrong {
    Unanswered,
    Throttled,
    Credentials,
    Denied,
    Senseless,
}

#[derive(Clone, Debug)]
struct Lasting {
    since: Timestamp,
    stopped: BTreeSet<Subject>,
    /// When the last of them was answered.
    over: Option<Timestamp>,
    /// Whose it is: nobody's in particular where it is not known.
    workloads: Option<BTreeSet<usize>>,
    what: String,
    place: Option<Place>,
    subject: Subject,
}

impl Troubles {
    /// What a look adds to it: the event of a beginning, or of one more question that is stopped.
    pub(super) fn learn(&mut self, before: Option<&Failing>, new: &Observation, owners: &[Owner]) -> Option<Event> {
        // That something else must be known first is no trouble of anybody's.
        let wrong = |failing: &Failing| Wrong::of(failing.trouble.cause);
        let (was, is) = (before.and_then(wrong), new.failing.as_ref().and_then(wrong));
        if was == is {
            return None;
        }
        if let Some(was) = was {
            self.leave(was, new);
        }
        let failing = new.failing.as_ref().filter(|_| is.is_some())?;
        Some(self.enter(is?, failing, new, owners))
    }

    fn leave(&mut self, was: Wrong, new: &Observation) {
        let at = new.known.as_ref().map(|known| known.read_at).into_iter().chain(new.failing.as_ref().map(|failing| failing.last)).max();
        let Some(lasting) = self.0.get_mut(&(key(&new.subject, was), was)) else { return };
        if lasting.stopped.remove(&new.subject) && lasting.stopped.is_empty() {
            lasting.over = at;
        }
    }

    fn enter(&mut self, wrong: Wrong, failing: &Failing, new: &Observation, owners: &[Owner]) -> Event {
        let subject = &new.subject;
        let key = (key(subject, wrong), wrong);
        let lasting = self.0.entry(key.clone()).or_insert_with(|| Lasting {
            since: failing.last,
            stopped: BTreeSet::new(),
            over: None,
            workloads: Some(BTreeSet::new()),
            what: what(subject, wrong, owners),
            place: owners.first().and_then(|owner| owner.place).filter(|_| subject.kind == Kind::Sight),
            subject: subject.clone(),
        });
        lasting.stopped.insert(subject.clone());
        lasting.over = None;
        match &mut lasting.workloads {
            Some(workloads) if !owners.is_empty() => workloads.extend(owners.iter().map(|owner| owner.workload)),
            _ => lasting.workloads = None,
        }
        let (verdict, says) = begun(failing.trouble.cause);
        let kin = format!("{} {:?} {}", key.0, key.1, lasting.since);
        Event { kin: Some(kin), ..lasting.event(failing.last, verdict, &format!("{says} ({})", subject.kind), owners) }
    }

    /// What is over by now.
    pub(super) fn over(&mut self, now: Timestamp) -> Vec<Event> {
        let is_over = |lasting: &Lasting| lasting.over.is_some_and(|over| now.since(over) >= OVER);
        let over: Vec<_> = self.0.iter().filter(|(_, lasting)| is_over(lasting)).map(|(key, _)| key.clone()).collect();
        let ended = over.into_iter().filter_map(|key| Some((key.1, self.0.remove(&key)?)));
        ended
            .map(|(wrong, lasting)| {
                let at = lasting.over.unwrap_or(now);
                let text = format!("{} after {}", wrong.ended(), human_duration(at.since(lasting.since)));
                let event = lasting.event(at, Verdict::Healthy, &text, &[]);
                let mut workloads = lasting.workloads.into_iter().flatten();
                Event { workload: workloads.next(), also: workloads.collect(), ..event }
            })
            .collect()
    }
}

impl Lasting {
    fn event(&self, at: Timestamp, verdict: Verdict, text: &str, owners: &[Owner]) -> Event {
        let mut workloads = owners.iter().map(|owner| owner.workload);
        Event {
            at,
            workload: workloads.next(),
            also: workloads.collect(),
            place: self.place,
            class: Class::Error,
            verdict,
            what: self.what.clone(),
            text: text.to_owned(),
            subject: Some(self.subject.clone()),
            kin: None,
        }
    }
}

impl Wrong {
    const fn of(cause: Cause) -> Option<Self> {
        Some(match cause {
            Cause::Silent | Cause::Unreachable | Cause::Broken => Self::Unanswered,
            Cause::Throttled => Self::Throttled,
            Cause::Credentials => Self::Credentials,
            Cause::Denied => Self::Denied,
            Cause::Unintelligible => Self::Senseless,
            Cause::NotYet => return None,
        })
    }

    const fn ended(self) -> &'static str {
        match self {
            Self::Unanswered => "answers again",
            Self::Throttled => "throttles us no more",
            Self::Credentials => "credentials are valid again",
            Self::Denied => "may be asked again",
            Self::Senseless => "makes sense again",
        }
    }
}

const fn begun(cause: Cause) -> (Verdict, &'static str) {
    match cause {
        Cause::Silent => (Verdict::Critical, "no answer"),
        Cause::Unreachable => (Verdict::Critical, "cannot be reached"),
        Cause::Broken => (Verdict::Critical, "answers with an error"),
        Cause::Throttled => (Verdict::Degraded, "throttles us"),
        Cause::Credentials => (Verdict::Unknown, "no valid credentials"),
        Cause::Denied => (Verdict::Unknown, "we may not ask"),
        Cause::Unintelligible | Cause::NotYet => (Verdict::Unknown, "answers what makes no sense"),
    }
}

/// Who does not answer: a region, Route 53, a resolver.
pub(super) fn whom(subject: &Subject) -> &str {
    match subject.kind {
        Kind::Resolution => subject.name.rsplit(" at ").next().unwrap_or(&subject.name),
        Kind::Record | Kind::Zone | Kind::HealthCheck | Kind::Checkers => "Route 53",
        Kind::Sight => &subject.name,
        _ if subject.is_global() => "AWS",
        _ => subject.region.as_str(),
    }
}

/// Credentials are missing everywhere at once.
fn key(subject: &Subject, wrong: Wrong) -> String {
    if wrong == Wrong::Credentials { "AWS".to_owned() } else { whom(subject).to_owned() }
}

fn what(subject: &Subject, wrong: Wrong, owners: &[Owner]) -> String {
    let name = match owners.first() {
        Some(owner) if subject.kind == Kind::Sight => owner.label.clone(),
        _ => key(subject, wrong),
    };
    // The port is said where it is not the one of all name servers.
    excerpt(&mask_accounts(name.strip_suffix(":53").unwrap_or(&name)), 60)
}
