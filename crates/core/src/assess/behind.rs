//! How far the target's database is behind by now. Figures come minutes late, and while nothing arrives at the target each of those minutes
//! counts; while replication keeps pace, none does.

use std::time::Duration;

use super::impairment::{first_sign, sources};
use super::look::Look;
use super::metric::{Measured, steady};
use super::replication::{Lag, lag, lag_scale, lag_subject, rpo_subject};
use super::told::seconds;
use crate::config::{Database, DatabaseKind, Site};
use crate::domain::fact::{Instance, Point, Series};
use crate::domain::{Kind, Subject, Timestamp};

/// A figure of CloudWatch's speaks for the minute that begins at its time.
const MIDDLE: Duration = Duration::from_secs(30);
const MINUTE: Duration = Duration::from_secs(60);
/// A lag that grows by this share of the time that passes is not catching up.
const CLIMBS: f64 = 0.8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Behind {
    /// What a failover now would probably lose; `None`: it has only just stopped, and nobody can tell when.
    pub(super) about: Option<Duration>,
    /// What it would lose at most.
    pub(super) at_most: Duration,
    /// It grows with every second: the source writes, and nothing arrives.
    pub(super) grows: bool,
    /// When the figure was taken that all of this starts from.
    pub(super) measured: Timestamp,
    /// It was taken of late, and whoever takes it is asked of late.
    pub(super) fresh: bool,
}

/// `None`: there is no figure to start from. Where the source has failed, `outage` says since when: nothing was written after it.
pub(super) fn behind(look: Look<'_>, database: &Database, target: Site, outage: Option<Timestamp>) -> Option<Behind> {
    let subject = newest_of(look, database, target);
    let series = look.see::<Series>(&subject).last()?;
    let figures = figures(database, series);
    let (at, last) = *figures.last()?;
    let at_most = last + look.now.since(at);
    let stands = climbs(&figures) || lag(look, database, target) == Lag::Broken || unwell(series.points.last());
    // Everything up to here has arrived.
    let arrived = at + MIDDLE - last;
    // The first figure after it that was none.
    let broke = series.points.iter().map(|point| point.at).find(|other| *other > at);
    let about = match outage {
        Some(outage) => Some(lost_with(&figures, broke, outage)),
        None if stands => Some(look.now.since(arrived)),
        // The link may have gone with its source: RDS says so before anybody has failed often enough, and before anybody has failed at all.
        None if halted(look, database, target) => match first_sign(look, target.other()) {
            Some(sign) => Some(lost_with(&figures, broke, sign)),
            // A source that has answered since is well, and it is the link that stands.
            None => answers_since_halted(look, database, target).then(|| look.now.since(arrived)),
        },
        None => Some(last),
    };
    // What climbs because its source is gone was no lag while that was there.
    let there = |at: Timestamp| outage.is_none_or(|outage| at + MINUTE <= outage);
    let least = figures.iter().filter(|(at, _)| there(*at)).map(|(_, lag)| *lag).min().unwrap_or_default();
    let grows = outage.is_none() && (stands || halted(look, database, target));
    Some(Behind {
        about: about.map(|about| about.max(least).min(at_most)),
        at_most,
        grows,
        measured: at,
        fresh: matches!(steady(look, &subject), Measured::Now(_)),
    })
}

/// The lag as the target tells it; or as the source of a global database does, where that is told as lately: it counts what users committed.
fn newest_of(look: Look<'_>, database: &Database, target: Site) -> Subject {
    let at = |subject: &Subject| look.see::<Series>(subject).last().and_then(|series| figures(database, series).last().map(|(at, _)| *at));
    let lag = lag_subject(look, database, target);
    rpo_subject(look, database, target).filter(|rpo| at(rpo).is_some() && at(rpo) >= at(&lag)).unwrap_or(lag)
}

/// Those figures that are lengths of time.
fn figures(database: &Database, series: &Series) -> Vec<(Timestamp, Duration)> {
    series.points.iter().filter_map(|point| Some((point.at, seconds(point.value * lag_scale(database))?))).collect()
}

/// What the source took with it when it failed. Nothing arrives from a source that is gone, so that figures climb from then on whatever was
/// lost: what counts is whether the target kept pace until then.
fn lost_with(figures: &[(Timestamp, Duration)], broke: Option<Timestamp>, outage: Timestamp) -> Duration {
    let before: Vec<_> = figures.iter().copied().take_while(|(at, _)| *at + MINUTE <= outage).collect();
    let Some((at, lag)) = before.last().copied() else {
        return match figures.first().copied() {
            // The last of before may be forgotten by now. What has arrived since is nothing, so the lag tells how far the target had come.
            Some((at, lag)) if at > outage => outage.since(at + MIDDLE - lag),
            // It began within that minute, and part of the lag is its own.
            Some((at, lag)) => lag.min(outage.since(at + MIDDLE - lag)),
            None => Duration::ZERO,
        };
    };
    let stood = climbs(&before) || broke.is_some_and(|broke| broke + MINUTE < outage);
    if stood { outage.since(at + MIDDLE - lag) } else { lag }
}

/// Whether the last figures grow as fast as time passes, beyond what has been made up for within the hour before: where nobody writes,
/// PostgreSQL's lag climbs for minutes and falls to nothing, again and again.
fn climbs(figures: &[(Timestamp, Duration)]) -> bool {
    let [.., (before, was), (at, is)] = figures else { return false };
    let passed = at.since(*before).as_secs_f64();
    passed > 0.0 && is.as_secs_f64() - was.as_secs_f64() >= CLIMBS * passed && *is > made_up_for(figures)
}

/// The longest lag that was followed by a shorter one.
fn made_up_for(figures: &[(Timestamp, Duration)]) -> Duration {
    let pairs = figures.iter().zip(figures.iter().skip(1));
    pairs.filter(|((_, lag), (_, next))| next < lag).map(|((_, lag), _)| *lag).max().unwrap_or_default()
}

/// The newest figure is no length of time: −1 is how RDS says “broken”.
fn unwell(newest: Option<&Point>) -> bool {
    newest.is_some_and(|point| point.value < 0.0)
}

/// Whether anything of the source was seen to be well after the target had said that nothing is replicated.
fn answers_since_halted(look: Look<'_>, database: &Database, target: Site) -> bool {
    let begun = |subject: &Subject| look.get(subject).and_then(|seen| seen.known.as_ref()).map(|known| known.begun);
    let halted = begun(&look.workload.database_subject(database, target));
    let sources = sources(look.workload, target.other());
    // Checkers find out half a minute later than everybody else.
    let mut prompt = sources.iter().flat_map(|(_, subjects)| subjects).filter(|subject| subject.kind != Kind::Checkers);
    prompt.any(|subject| begun(subject) > halted)
}

/// Whether RDS itself says that nothing is replicated.
fn halted(look: Look<'_>, database: &Database, target: Site) -> bool {
    database.kind == DatabaseKind::RdsReplica
        && look
            .see::<Instance>(&look.workload.database_subject(database, target))
            .now()
            .is_some_and(|found| !found.is_replica() || found.replication.as_deref().is_some_and(|word| word != "replicating"))
}
