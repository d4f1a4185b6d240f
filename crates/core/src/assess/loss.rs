//! What a failover now would lose: bounds from the last figures there are.

use std::time::Duration;

use super::assessment::Loss;
use super::look::Look;
use super::metric::{Measured, steady};
use super::replication::{Lag, lag, lag_subject};
use super::told::{bounded, bytes, count, seconds};
use crate::config::{Database, DatabaseKind, Site};
use crate::domain::fact::Fact;
use crate::domain::{Measure, Timestamp, human_duration};

pub(crate) fn loss(look: Look<'_>, target: Option<Site>) -> Loss {
    let Some(target) = target else {
        return Loss { told: "unbounded: no site could be seen to be active".to_owned(), ..Loss::default() };
    };
    let mut told = Vec::new();
    let database = look.workload.database.as_ref().and_then(|database| {
        let (lag, at) = match lag(look, database, target) {
            Lag::Now(lag, at) | Lag::Old(lag, at) => (lag, at),
            Lag::Broken => {
                told.push("writes unbounded: replication is broken".to_owned());
                return None;
            }
            Lag::Unknown => {
                told.push("writes unbounded: no figure of the lag".to_owned());
                return None;
            }
        };
        let bound = lag + look.now.since(at);
        told.push(format!("~{} of writes (at most {})", human_duration(lag), human_duration(bound)));
        Some(bound)
    });
    let (objects, size) = objects(look, target, &mut told);
    let told = if told.is_empty() { "nothing that is watched".to_owned() } else { bounded(&told.join(" · ")) };
    Loss { database, objects, bytes: size, told }
}

/// The last lag that was one, however long ago, and when it was measured. −1 is how RDS says “broken”: no length of time, and what had been
/// measured before it still holds.
pub(crate) fn last_lag(look: Look<'_>, database: &Database, target: Site) -> Option<(Duration, Timestamp)> {
    let Fact::Series(series) = look.get(&lag_subject(look, database, target))?.fact()? else { return None };
    let scale = if database.kind == DatabaseKind::AuroraGlobal { 0.001 } else { 1.0 };
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
    let age = oldest.map_or(Duration::ZERO, |oldest| look.now.since(oldest));
    match (operations, size) {
        (Some(0), Some(0) | None) => told.push("0 objects".to_owned()),
        #[expect(clippy::cast_precision_loss, reason = "told in three digits")]
        (Some(operations), Some(size)) => {
            told.push(format!("{operations} objects, {} as of {} ago", bytes(size as f64), human_duration(age)))
        }
        (Some(operations), None) => told.push(format!("{operations} objects as of {} ago", human_duration(age))),
        (None, _) => told.push("objects unbounded: no figure of the backlog".to_owned()),
    }
    (operations, size)
}
