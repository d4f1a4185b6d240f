use std::collections::BTreeMap;

use super::Told;
use crate::app::timeline::Class;
use crate::domain::fact::{Fact, Field};
use crate::domain::{Timestamp, Verdict, masked_excerpt};

/// How many fields of one observation are told in one line.
const NAMED: usize = 3;

/// Words that AWS has for things that are wrong, and for things on their way.
const BAD: &[&str] = &[
    "failed",
    "error",
    "unhealthy",
    "alarm",
    "stopped",
    "expired",
    "deleting",
    "inaccessible",
    "incompatible",
    "storage-full",
    "terminated",
    "pendingdeletion",
    "disabled",
    "suspended",
    "inactive",
    "aborted",
    "timed_out",
    "unavailable",
];
const ON_THE_WAY: &[&str] = &[
    "modifying",
    "rebooting",
    "in_progress",
    "inprogress",
    "pending",
    "creating",
    "upgrading",
    "initial",
    "draining",
    "provisioning",
    "starting",
    "stopping",
    "switching-over",
    "failing-over",
    "promoting",
    "backing-up",
    "resync",
    "updating",
    "activating",
];

/// A change field by field, several in one line: `status available → modifying · multi_az no → yes`.
pub(super) fn fields(old: &Fact, new: &Fact, at: Timestamp) -> Vec<Told> {
    let before: BTreeMap<String, String> = old.fields().into_iter().map(|Field { name, value }| (name, value)).collect();
    let after = new.fields();
    let mut moved: Vec<(String, String, String)> = Vec::new();
    for Field { name, value } in &after {
        let was = before.get(name).map_or("–", String::as_str);
        if was != value {
            moved.push((name.clone(), was.to_owned(), value.clone()));
        }
    }
    for (name, value) in &before {
        if !after.iter().any(|field| field.name == *name) {
            moved.push((name.clone(), value.clone(), "–".to_owned()));
        }
    }
    // The one line has room for few, and how a thing is comes before what it has.
    moved.sort_by_key(|(name, _, _)| !matches!(name.as_str(), "status" | "state" | "enabled"));
    // What moves by itself is a figure, however it is written.
    let (figures, changes): (Vec<_>, Vec<_>) = moved.into_iter().partition(|(name, _, _)| moves_by_itself(name));
    let mut told = Vec::new();
    if !changes.is_empty() {
        let verdict = verdict_of(new)
            .unwrap_or_else(|| changes.iter().map(|(_, _, value)| verdict_of_word(value)).fold(Verdict::Healthy, Verdict::worse));
        told.push(Told::new(at, Class::Change, verdict, line(&changes)));
    } else if !figures.is_empty() {
        told.push(Told::new(at, Class::Figure, Verdict::Healthy, line(&figures)));
    }
    told
}

fn line(moved: &[(String, String, String)]) -> String {
    let mut parts: Vec<_> = moved
        .iter()
        .take(NAMED)
        .map(|(name, was, is)| format!("{} {} → {}", masked_excerpt(name, 40), masked_excerpt(was, 40), masked_excerpt(is, 40)))
        .collect();
    if let Some(more) = moved.len().checked_sub(NAMED).filter(|more| *more > 0) {
        parts.push(format!("and {more} more"));
    }
    parts.join(" · ")
}

fn moves_by_itself(name: &str) -> bool {
    matches!(name, "latest_restorable" | "point_in_time" | "records" | "reason" | "since")
}

/// What ails is critical; everything else speaks through its words.
pub(super) fn verdict_of(fact: &Fact) -> Option<Verdict> {
    fact.ails().and_then(|ails| ails.then_some(Verdict::Critical))
}

pub(super) fn verdict_of_word(word: &str) -> Verdict {
    let word = word.to_lowercase();
    let says = |list: &[&str]| list.iter().any(|one| word.contains(one));
    if word.chars().count() > 60 {
        // A sentence, an ARN or a pattern; not a state.
        Verdict::Healthy
    } else if says(BAD) {
        Verdict::Critical
    } else if says(ON_THE_WAY) {
        Verdict::Degraded
    } else {
        Verdict::Healthy
    }
}

/// How something bad is, when there is nothing to compare it with.
pub(super) fn state(fact: &Fact) -> String {
    match fact {
        Fact::Sight(sight) => super::series::seen(sight),
        Fact::Checkers(checkers) => format!("{}/{} health checkers see it up", checkers.up(), checkers.reports.len()),
        Fact::Targets(targets) => format!("{}/{} targets healthy", targets.healthy(), targets.registered()),
        Fact::Instance(instance) => instance.status.clone(),
        Fact::Cluster(cluster) => cluster.status.clone(),
        _ => String::new(),
    }
}
