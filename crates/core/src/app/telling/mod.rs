//! Two observations of one subject, told as what has happened between them.

mod change;
mod lists;
mod series;

use crate::domain::fact::Fact;
use crate::domain::{Kind, Observation, Subject, Timestamp, Value, Verdict, masked_excerpt};

use super::timeline::Class;

/// Characters of a line of the timeline.
const WIDEST: usize = 160;

/// Something that has happened to a subject.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) at: Timestamp,
    pub(super) class: Class,
    pub(super) verdict: Verdict,
    pub(super) text: String,
}

impl Told {
    fn new(at: Timestamp, class: Class, verdict: Verdict, text: impl AsRef<str>) -> Self {
        Self { at, class, verdict, text: masked_excerpt(text.as_ref(), WIDEST) }
    }
}

/// Every change of an observation is told. The first answer is told only if it is bad: that things are as they should be is on the screen.
/// Where nothing runs as long as all is well (`rests`), that nothing answers is as it should be.
pub(super) fn tell(old: Option<&Observation>, new: &Observation, rests: bool) -> Vec<Told> {
    let mut told = Vec::new();
    let Some(known) = &new.known else { return told };
    let at = known.read_at;
    match (old.and_then(|old| old.known.as_ref()).map(|known| &known.value), &known.value) {
        // Both regions are asked for restore points of both databases, and a replica has none.
        (None, Value::Missing(_)) if new.subject.kind == Kind::RestorePoint => {}
        (None | Some(Value::Found { .. }), Value::Missing(_)) => {
            let gone = if old.is_some_and(|old| old.known.is_some()) { "is gone" } else { "does not exist" };
            told.push(Told::new(at, Class::Change, Verdict::Critical, gone));
        }
        (Some(Value::Missing(_)), Value::Found { fact, .. }) => {
            told.push(Told::new(at, Class::Change, change::verdict_of(fact).unwrap_or(Verdict::Healthy), "exists now"));
        }
        (Some(Value::Found { fact: before, .. }), Value::Found { fact, .. }) if before != fact => {
            told.extend(between(measure(&new.subject), before, fact, at))
        }
        (None, Value::Found { fact, .. }) => told.extend(first(fact, at).filter(|_| !(rests && is_of_a_fire(new.subject.kind)))),
        _ => {}
    }
    told
}

/// What a series measures: `ReplicaLag`.
fn measure(subject: &Subject) -> &str {
    subject.name.rsplit(' ').next().unwrap_or_default()
}

/// Who sees whether anything burns.
const fn is_of_a_fire(kind: Kind) -> bool {
    matches!(kind, Kind::Sight | Kind::Checkers | Kind::Targets)
}

fn first(fact: &Fact, at: Timestamp) -> Option<Told> {
    match fact {
        Fact::Alarm(alarm) if alarm.state == "ALARM" => Some(series::alarm(None, alarm, at)),
        fact if fact.ails() == Some(true) => Some(Told::new(at, Class::Change, Verdict::Critical, change::state(fact))),
        _ => None,
    }
}

fn between(measure: &str, old: &Fact, new: &Fact, at: Timestamp) -> Vec<Told> {
    match (old, new) {
        (Fact::Series(old), Fact::Series(new)) => series::figure(measure, old, new, at).into_iter().collect(),
        (Fact::Alarm(before), Fact::Alarm(after)) if before.state != after.state => vec![series::alarm(Some(before), after, at)],
        (Fact::Sight(before), Fact::Sight(after)) => series::sight(before, after, at),
        (Fact::Resolution(before), Fact::Resolution(after)) => series::resolution(before, after, at),
        (Fact::Service(before), Fact::Service(after)) => lists::service(before, after, at),
        (Fact::Tasks(before), Fact::Tasks(after)) => lists::tasks(before, after, at),
        (Fact::Targets(before), Fact::Targets(after)) => lists::targets(before, after, at),
        (Fact::Checkers(before), Fact::Checkers(after)) => lists::checkers(before, after, at),
        (Fact::Machine(before), Fact::Machine(after)) => lists::machine(before, after, at),
        (Fact::Repository(before), Fact::Repository(after)) => lists::repository(before, after, at),
        (Fact::Table(before), Fact::Table(after)) => lists::table(before, after, at),
        (old, new) => change::fields(old, new, at),
    }
}

#[cfg(test)]
mod tests;
