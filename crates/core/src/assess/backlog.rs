//! What the objects that wait to be replicated tell.

use std::time::Duration;

use super::look::Look;
use super::metric::{Measured, steady};
use super::told::{count, seconds};
use crate::config::{Bucket, Site};
use crate::domain::Measure;
use crate::domain::fact::Series;

/// A backlog below this is nothing to speak of, whatever is usual.
const NOTED: f64 = 50.0;
/// So many times the usual is no usual day.
const TIMES: f64 = 10.0;
/// A wait that grows by this share of the time that passes is one in which nothing gets through.
const GROWS: f64 = 0.8;

/// How long the oldest object has waited by now, as far as it is known.
pub(super) fn oldest_waits(look: Look<'_>, bucket: &Bucket, from: Site) -> Option<Duration> {
    if !bucket.metrics {
        return None;
    }
    let subject = look.workload.bucket_metric(bucket, from, Measure::ReplicationLatency);
    let Measured::Now(newest) = steady(look, &subject) else { return None };
    let waited = seconds(newest.value)?;
    let points = &look.see::<Series>(&subject).last()?.points;
    let stalls = match points.as_slice() {
        [.., before, last] => last.value - before.value >= GROWS * last.at.since(before.at).as_secs_f64() && last.at > before.at,
        _ => false,
    };
    // While nothing gets through, the oldest has waited as long again as its figure is old.
    Some(if stalls { waited + look.now.since(newest.at) } else { waited })
}

/// The backlog and what is usual, where there is far more than usual.
pub(super) fn surge(look: Look<'_>, bucket: &Bucket, from: Site) -> Option<(u64, u64)> {
    let subject = look.workload.bucket_metric(bucket, from, Measure::OperationsPending);
    let Measured::Now(newest) = steady(look, &subject) else { return None };
    let mut usual: Vec<f64> = look.see::<Series>(&subject).last()?.points.iter().map(|point| point.value).collect();
    usual.sort_by(f64::total_cmp);
    let middle = usual.get(usual.len() / 2).copied().unwrap_or(0.0).max(0.0);
    (newest.value >= NOTED && newest.value >= TIMES * middle).then(|| Some((count(newest.value)?, count(middle)?))).flatten()
}
