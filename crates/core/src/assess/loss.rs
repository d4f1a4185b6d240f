//! What a failover now would lose: the best there is to say of it, and the bound, from the last figures there are.

use std::time::Duration;

use super::assessment::{Loss, Whereabouts, loss_verdict};
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
use crate::domain::{Measure, Timestamp, Verdict, human_duration, latency};

/// An object that waits less than this is on its way, as every object is for a while.
const NOTICED: Duration = Duration::from_secs(60);

pub(crate) fn loss(look: Look<'_>, roles: &Roles, outage: Option<Timestamp>) -> Loss {
    let Some(target) = roles.target() else {
        let told = "unbounded: no site could be seen to be active".to_owned();
        return Loss { told, verdict: Verdict::Unknown, ..Loss::default() };
    };
    let mut told = Vec::new();
    let split = roles.active == Whereabouts::Both;
    let writes = match &look.workload.database {
        Some(database) => writes(look, database, target, split, outage),
        None => Writes { verdict: Verdict::Healthy, ..Writes::default() },
    };
    told.extend(Some(writes.told).filter(|told| !told.is_empty()));
    let (objects, size) = objects(look, target, &mut told);
    let told = if told.is_empty() { "nothing that is watched".to_owned() } else { bounded(told.join(" · ")) };
    let (grows, verdict) = (writes.grows, writes.verdict);
    Loss { about: writes.about, database: writes.at_most, measured: writes.measured, grows, verdict, objects, bytes: size, told }
}

/// What would be lost of the database's writes.
#[derive(Clone, Debug, Default)]
pub(super) struct Writes {
    pub(super) about: Option<Duration>,
    pub(super) at_most: Option<Duration>,
    pub(super) measured: Option<Timestamp>,
    pub(super) grows: bool,
    pub(super) verdict: Verdict,
    pub(super) told: String,
}

/// What would be lost of the database's writes, and how that stands to the objective: the screens, the checks and the card say this.
pub(super) fn writes(look: Look<'_>, database: &Database, target: Site, split: bool, outage: Option<Timestamp>) -> Writes {
    let rpo = look.workload.objectives.rpo;
    let without = |verdict, told: &str| Writes { verdict, told: told.to_owned(), ..Writes::default() };
    if split {
        return without(Verdict::Critical, "writes of one of the two sites: both write");
    }
    if look.see::<Instance>(&look.workload.database_subject(database, target)).is_missing() {
        // What is left is a backup: a recovery point of its own.
        let Some(at) = restore::newest(look, database, target) else {
            return without(Verdict::Critical, "all writes: nothing to promote, and no restore point is known");
        };
        let age = Some(look.now.since(at));
        let since = human_duration(look.now.since(at));
        let told = format!("{since} of writes: nothing to promote, only the restore point in {}", look.workload.region(target));
        return Writes { about: age, at_most: age, verdict: loss_verdict(age, age, rpo), told, ..Writes::default() };
    }
    let Some(Behind { about, at_most, grows, measured, fresh }) = behind(look, database, target, outage) else {
        return match lag(look, database, target) {
            Lag::Broken => without(Verdict::Critical, "writes unbounded: replication is broken, and nothing says since when"),
            _ => without(Verdict::Unknown, "writes unbounded: no figure of the lag"),
        };
    };
    let verdict = match loss_verdict(about, Some(at_most), rpo) {
        // What kept pace when it was measured long ago may do so no more.
        Verdict::Healthy | Verdict::Degraded if !fresh => Verdict::Unknown,
        verdict => verdict,
    };
    let growing = if grows { " and growing" } else { "" };
    // A bound beyond the objective beside an estimate within it is a matter of when the figure was taken.
    let as_of = if matches!(verdict, Verdict::Degraded | Verdict::Unknown) {
        format!(" as of {} ago", human_duration(look.now.since(measured)))
    } else {
        String::new()
    };
    let most = human_duration(at_most);
    let told = match about {
        Some(about) => format!("~{} of writes{growing}, at most {most}{as_of}", latency(about)),
        None => format!("at most {most} of writes{growing}{as_of}"),
    };
    Writes { about, at_most: Some(at_most), measured: Some(measured), grows, verdict, told }
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
