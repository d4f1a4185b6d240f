//! What a failover now would lose: bounds from the last figures there are.

use std::time::Duration;

use super::assessment::{Loss, Whereabouts};
use super::backlog::oldest_waits;
use super::behind::{Behind, behind};
use super::look::Look;
use super::metric::{Measured, steady};
use super::replication::{Lag, lag, lag_scale, lag_subject};
use super::restore;
use super::roles::Roles;
use super::told::{bounded, bytes, count, seconds};
use crate::config::{Database, Site};
use crate::domain::fact::{Fact, Instance};
use crate::domain::{Measure, Timestamp, human_duration};

/// An object that waits less than this is on its way, as every object is for a while.
const NOTICED: Duration = Duration::from_secs(60);

pub(crate) fn loss(look: Look<'_>, roles: &Roles, outage: Option<Timestamp>) -> Loss {
    let Some(target) = roles.target() else {
        return Loss { told: "unbounded: no site could be seen to be active".to_owned(), ..Loss::default() };
    };
    let mut told = Vec::new();
    let database = look.workload.database.as_ref().and_then(|database| {
        let (about, bound) = writes(look, database, target, roles.active == Whereabouts::Both, outage);
        told.push(about);
        bound
    });
    let (objects, size) = objects(look, target, &mut told);
    let told = if told.is_empty() { "nothing that is watched".to_owned() } else { bounded(&told.join(" · ")) };
    Loss { database, objects, bytes: size, told }
}

/// What would be lost of the database's writes, in words, and at most.
fn writes(look: Look<'_>, database: &Database, target: Site, split: bool, outage: Option<Timestamp>) -> (String, Option<Duration>) {
    if split {
        return ("writes of one of the two sites: both write".to_owned(), None);
    }
    if look.see::<Instance>(&look.workload.database_subject(database, target)).is_missing() {
        // What is left is a backup: a recovery point of its own.
        return match restore::newest(look, database, target) {
            Some(at) => {
                let age = look.now.since(at);
                (
                    format!(
                        "{} of writes: nothing to promote, only the restore point in {}",
                        human_duration(age),
                        look.workload.region(target)
                    ),
                    Some(age),
                )
            }
            None => ("all writes: nothing to promote, and no restore point is known".to_owned(), None),
        };
    }
    match behind(look, database, target, outage) {
        Some(Behind { about, at_most, grows }) => {
            let grows = if grows { " and growing" } else { "" };
            (format!("~{} of writes{grows} (at most {})", human_duration(about), human_duration(at_most)), Some(at_most))
        }
        None if lag(look, database, target) == Lag::Broken => ("writes unbounded: replication is broken".to_owned(), None),
        None => ("writes unbounded: no figure of the lag".to_owned(), None),
    }
}

/// The last lag that was one, however long ago, and when it was measured. −1 is how RDS says “broken”: no length of time, and what had been
/// measured before it still holds.
pub(crate) fn last_lag(look: Look<'_>, database: &Database, target: Site) -> Option<(Duration, Timestamp)> {
    let Fact::Series(series) = look.get(&lag_subject(look, database, target))?.fact()? else { return None };
    let scale = lag_scale(database);
    series.points.iter().rev().find_map(|point| Some((seconds(point.value * scale)?, point.at)))
}

/// How much may be lost at most if the source's writes ended `until`: everything since the instant that the target had reached then.
pub(crate) fn bound(lag: Duration, at: Timestamp, until: Timestamp) -> Duration {
    until.since(at - lag)
}

fn objects(look: Look<'_>, target: Site, told: &mut Vec<String>) -> (Option<u64>, Option<u64>) {
    if look.workload.buckets.is_empty() {
        return (Some(0), Some(0));
    }
    let mut oldest: Option<Timestamp> = None;
    let mut sum = |measure| {
        look.workload.buckets.iter().try_fold(0_u64, |sum, bucket| {
            if !bucket.metrics {
                return None;
            }
            match steady(look, &look.workload.bucket_metric(bucket, target.other(), measure)) {
                Measured::Now(point) => {
                    oldest = Some(oldest.map_or(point.at, |oldest| oldest.min(point.at)));
                    Some(sum.saturating_add(count(point.value)?))
                }
                _ => None,
            }
        })
    };
    let (operations, size) = (sum(Measure::OperationsPending), sum(Measure::BytesPending));
    let waits = look.workload.buckets.iter().filter_map(|bucket| oldest_waits(look, bucket, target.other())).max();
    let waits = waits.filter(|waits| *waits >= NOTICED).map(|waits| format!(", the oldest {}", human_duration(waits))).unwrap_or_default();
    let age = oldest.map_or(Duration::ZERO, |oldest| look.now.since(oldest));
    match (operations, size) {
        (Some(0), Some(0) | None) => told.push("0 objects".to_owned()),
        #[expect(clippy::cast_precision_loss, reason = "told in three digits")]
        (Some(operations), Some(size)) => {
            told.push(format!("{}{waits}, {} as of {} ago", counted(operations), bytes(size as f64), human_duration(age)))
        }
        (Some(operations), None) => told.push(format!("{}{waits} as of {} ago", counted(operations), human_duration(age))),
        (None, _) => told.push("objects unbounded: no figure of the backlog".to_owned()),
    }
    (operations, size)
}

fn counted(objects: u64) -> String {
    if objects == 1 { "1 object".to_owned() } else { format!("{objects} objects") }
}
