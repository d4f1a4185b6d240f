//! What flows from one site to the other: the database's changes, and each bucket's objects.

use std::time::Duration;

use super::assessment::Component;
use super::backlog::{oldest_waits, surge};
use super::behind::behind;
use super::look::Look;
use super::metric::{Measured, counted, steady};
use super::row::Row;
use super::told::{bytes, clipped, count, seconds};
use crate::config::{Bucket, Database, DatabaseKind, Site};
use crate::domain::fact::{Instance, Point, Replication, ReplicationRule};
use crate::domain::{Measure, Seen, Subject, Timestamp, Verdict, human_duration, latency};

/// The lag as it was measured last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lag {
    Now(Duration, Timestamp),
    Old(Duration, Timestamp),
    /// The database says that nothing arrives any more.
    Broken,
    Unknown,
}

pub(crate) fn lag_subject(look: Look<'_>, database: &Database, target: Site) -> Subject {
    look.workload.database_metric(database, target, lag_measure(database))
}

/// How far the source of a global database says that the target is behind: told where the writes are made, not where they arrive.
pub(super) fn rpo_subject(look: Look<'_>, database: &Database, target: Site) -> Option<Subject> {
    let aurora = database.kind == DatabaseKind::AuroraGlobal;
    aurora.then(|| look.workload.database_metric(database, target.other(), Measure::GlobalRpoLag))
}

/// What makes a figure of the lag seconds.
pub(super) const fn lag_scale(database: &Database) -> f64 {
    match database.kind {
        DatabaseKind::RdsReplica => 1.0,
        DatabaseKind::AuroraGlobal => 0.001,
    }
}

pub(crate) const fn lag_measure(database: &Database) -> Measure {
    match database.kind {
        DatabaseKind::RdsReplica => Measure::ReplicaLag,
        DatabaseKind::AuroraGlobal => Measure::GlobalLag,
    }
}

/// What a point of the lag says. −1 is how RDS says “broken”; no other length of time below zero makes any sense either.
pub(crate) fn lag_of(database: &Database, point: Point) -> Lag {
    if point.value < 0.0 {
        return Lag::Broken;
    }
    seconds(point.value * lag_scale(database)).map_or(Lag::Unknown, |lag| Lag::Now(lag, point.at))
}

pub(crate) fn lag(look: Look<'_>, database: &Database, target: Site) -> Lag {
    match steady(look, &lag_subject(look, database, target)) {
        Measured::Now(point) => lag_of(database, point),
        Measured::Old(point) => match lag_of(database, point) {
            Lag::Now(lag, at) => Lag::Old(lag, at),
            _ => Lag::Unknown,
        },
        Measured::Nothing | Measured::Unknown => Lag::Unknown,
    }
}

pub(super) fn database(look: Look<'_>, database: &Database, target: Site, outage: Option<Timestamp>) -> Component {
    let mut row = Row::new(look, "replication/database".to_owned(), None, "db");
    let subject = lag_subject(look, database, target);
    let behind = behind(look, database, target, outage);
    let lag = lag(look, database, target);
    match lag {
        Lag::Now(lag, _) => {
            // While nothing arrives, the figure is what it was minutes ago.
            match behind.filter(|behind| behind.grows).map(|behind| behind.about) {
                Some(Some(about)) => {
                    row.figure(format_args!("~{}", latency(about)));
                    row.number(about.as_secs_f64(), "s");
                }
                Some(None) => row.figure("stopped"),
                None => {
                    row.figure(latency(lag));
                    row.number(lag.as_secs_f64(), "s");
                }
            }
            row.aged_by(&subject);
        }
        Lag::Old(lag, _) => {
            row.figure(latency(lag));
            row.number(lag.as_secs_f64(), "s");
            row.aged_by(&subject);
            row.old(super::told::why_not_known(look.get(&subject), &subject, look.now));
        }
        Lag::Broken => {
            row.figure("broken");
            row.aged_by(&subject);
            row.says(Verdict::Critical, "the replica says that replication is broken (lag −1)");
        }
        Lag::Unknown => {
            row.figure("unknown");
            row.doubt_of("lag", &subject);
        }
    }
    if let Some(behind) = behind {
        let rpo = look.workload.objectives.rpo;
        match behind.about {
            Some(about) if behind.grows => {
                row.says(Verdict::Degraded, format!("falls behind by the second, ~{} by now", latency(about)));
            }
            None => row.says(Verdict::Degraded, format!("falls behind by the second, at most {} by now", human_duration(behind.at_most))),
            Some(_) => {}
        }
        if behind.about.is_some_and(|about| about > rpo) {
            row.says(Verdict::Degraded, format!("more than the {} that may be lost", human_duration(rpo)));
        } else if let (Lag::Now(lag, _), Some(about)) = (lag, behind.about)
            && lag > rpo
        {
            // Nobody takes a figure beyond the objective for a good one, whatever is known of how it came to be.
            let went = latency(about);
            row.says(Verdict::Degraded, format!("it waits for a source that has failed; ~{went} of writes went with it"));
        }
    }
    if database.kind == DatabaseKind::RdsReplica {
        let replica = look.workload.database_subject(database, target);
        let seen = look.see::<Instance>(&replica);
        if let Seen::Missing(_) = seen {
            row.says(Verdict::Critical, format!("nothing is replicated: {} does not exist", clipped(database.sites.get(target), 63)));
        }
        if let Seen::Now(found, _) = seen {
            match found.replication.as_deref() {
                _ if !found.is_replica() => {
                    row.says(Verdict::Critical, format!("nothing is replicated: {} is no replica", clipped(&found.id, 63)))
                }
                Some(word) if word != "replicating" => {
                    row.says(Verdict::Critical, format!("the replica's replication says “{}”", clipped(word, 40)))
                }
                _ => {}
            }
        }
        row.beside(replica);
    }
    row.series(subject);
    if let Some(rpo) = rpo_subject(look, database, target) {
        if let Some(told) = steady(look, &rpo).now().and_then(|value| seconds(value * lag_scale(database))) {
            row.figure(format_args!("rpo {}", latency(told)));
        }
        row.beside(rpo);
    }
    row.done()
}

/// What is on its way from `from`'s bucket to the other.
pub(super) fn bucket(look: Look<'_>, bucket: &Bucket, from: Site) -> Component {
    let id = format!("replication/bucket/{}", bucket.sites.primary);
    let label = if look.workload.buckets.len() > 1 { clipped(&bucket.sites.primary, 24) } else { "s3".into() };
    let mut row = Row::new(look, id, None, &label);
    let configured = look.workload.bucket_subject(bucket, from);
    match row.check::<Replication>(configured.clone()) {
        Seen::Now(found, _) => {
            let (ok, why) = replicates(found, bucket, from);
            if !ok {
                row.says(Verdict::Degraded, why);
            }
        }
        Seen::Missing(_) => row.says(Verdict::Critical, format!("bucket {} does not exist", bucket.sites.get(from))),
        Seen::Stale(..) | Seen::Unknown(_) => {}
    }
    if !bucket.metrics {
        row.figure("no metrics");
        // All that is said is said of the configuration.
        row.aged_by(&configured);
        row.doubt("without metrics its backlog cannot be known".to_owned());
        return row.done();
    }
    let metric = |measure| look.workload.bucket_metric(bucket, from, measure);
    let (waiting, operations, failed) =
        (metric(Measure::BytesPending), metric(Measure::OperationsPending), metric(Measure::OperationsFailed));
    let mut told = Vec::new();
    for (subject, what) in [(&waiting, Measure::BytesPending), (&operations, Measure::OperationsPending)] {
        let say = |value: f64| {
            if what == Measure::BytesPending {
                bytes(value)
            } else {
                format!("{value:.0} {}", if value.round() == 1.0 { "op" } else { "ops" })
            }
        };
        match steady(look, subject) {
            Measured::Now(point) if point.value >= 0.0 => told.push(say(point.value)),
            Measured::Old(point) if point.value >= 0.0 => {
                told.push(say(point.value));
                row.old(super::told::why_not_known(look.get(subject), subject, look.now));
            }
            _ => row.doubt_of(if what == Measure::BytesPending { "backlog" } else { "operations" }, subject),
        }
        row.aged_by(subject);
    }
    row.figure(if told.is_empty() { "unknown".to_owned() } else { told.join(" · ") });
    if let Some(value) = steady(look, &waiting).now() {
        row.number(value, "B");
    }
    if let Some(waits) = oldest_waits(look, bucket, from).filter(|waits| *waits > look.workload.objectives.rpo) {
        let rpo = human_duration(look.workload.objectives.rpo);
        row.says(
            Verdict::Degraded,
            format!("the oldest object waits for ~{}, more than the {rpo} that may be lost", human_duration(waits)),
        );
    }
    if let Some((waiting, usual)) = surge(look, bucket, from) {
        row.says(
            Verdict::Degraded,
            format!("{waiting} operations wait where {usual} are usual: replication stalls, or objects are changed en masse"),
        );
    }
    if let Some(lost) = counted(look, &failed).now().and_then(count).filter(|lost| *lost > 0) {
        row.figure(format_args!("{lost} failed"));
        row.says(Verdict::Degraded, format!("{lost} operations failed within a minute"));
    }
    row.series(waiting);
    row.beside(operations);
    row.beside(failed);
    row.beside(metric(Measure::ReplicationLatency));
    row.beside(look.workload.bucket_subject(bucket, from.other()));
    row.done()
}

/// Whether a bucket is set to replicate to its counterpart, in words.
pub(crate) fn replicates(found: &Replication, bucket: &Bucket, from: Site) -> (bool, String) {
    match replicating(found, bucket, from) {
        Ok(rule) => (true, format!("rule {} replicates to {}", clipped(&rule.id, 60), bucket.sites.get(from.other()))),
        Err(why) => (false, why),
    }
}

/// The rule by which it is; else why it is not.
pub(crate) fn replicating<'r>(found: &'r Replication, bucket: &Bucket, from: Site) -> Result<&'r ReplicationRule, String> {
    let to = bucket.sites.get(from.other());
    if found.versioning != "Enabled" {
        return Err(format!("versioning is {}", clipped(&found.versioning, 20)));
    }
    let rule = match &bucket.rule {
        // The rule is named for the way out; the way back has another.
        Some(id) if from == Site::Primary => {
            found.rules.iter().find(|rule| rule.id == *id).ok_or_else(|| format!("there is no replication rule {}", clipped(id, 60)))?
        }
        _ => found.rules.iter().find(|rule| goes_to(&rule.destination, to)).ok_or_else(|| format!("no rule replicates to {to}"))?,
    };
    if !rule.enabled {
        Err(format!("replication rule {} is disabled", clipped(&rule.id, 60)))
    } else if goes_to(&rule.destination, to) {
        Ok(rule)
    } else {
        Err(format!("replication rule {} leads to {}", clipped(&rule.id, 40), clipped(&rule.destination, 60)))
    }
}

pub(crate) fn goes_to(destination: &str, bucket: &str) -> bool {
    destination.rsplit(':').next() == Some(bucket)
}
