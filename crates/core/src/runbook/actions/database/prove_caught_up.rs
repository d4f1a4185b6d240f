use std::time::Duration;

use super::super::judging::{Judged, concluded, inferred, last, stuck, word};
use super::super::probe::stranger;
use super::marker::{Row, holds, marker, row_of};
use super::whose::{database_metric, instance};
use super::{only, whose};
use crate::assess::rules::{Lag, clipped, is_called, lag_measure, lag_of};
use crate::config::{DatabaseKind, Workload};
use crate::domain::fact::{Series, Sight};
use crate::domain::{Measure, Subject, Timestamp, What, latency};
use crate::runbook::{About, Confirm, Deed, Fresh, Part, RunSite, Scene, Standing, Undo};

/// The source's last write is at the target.
#[derive(Debug)]
pub(in crate::runbook) struct ProveCaughtUp;

impl Deed for ProveCaughtUp {
    fn about(&self) -> About {
        About {
            makes_true: "Everything that was written before the fence is at the target.",
            turns: ("unknown", "nothing from before the fence is missing at the target"),
            proof: "A row written at the source after the fence is read at the target; or, inferred, a lag that reaches back no further than the fence.",
            undo: Undo::Nothing,
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(150),
            timeout: Duration::from_secs(900),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        only(workload, DatabaseKind::RdsReplica, "a switchover of Aurora waits by itself until nothing is missing")
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        let lag = scene.workload.database.as_ref().and_then(|database| database_metric(scene, scene.site(), lag_measure(database)));
        let sight = marker(scene).map(|_| scene.workload.site_sight(scene.site()));
        let connections = database_metric(scene, scene.site().other(), Measure::Connections);
        whose::database_subject(scene, scene.site()).into_iter().chain(lag).chain(sight).chain(connections).collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(judge(scene))
    }

    fn before_after(&self, _: &Scene<'_>) -> (String, String) {
        ("unknown".to_owned(), "nothing from before the fence is missing at the target".to_owned())
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    let fenced_at = fence(scene)?;
    let found = instance(scene, scene.site())?;
    let source = whose::database_id(scene, scene.site().other()).unwrap_or_default();
    if !found.replica_of.as_deref().is_some_and(|of| is_called(of, source)) {
        return Ok(stuck(
            format!("{} is no replica of {}: nothing can be told of what it lacks", word(&found.id), word(source)),
            ["go on as an unplanned failover, with the loss unproven"],
        ));
    }
    let Some((Row { asked, name }, newest)) = last_row(scene)? else { return by_lag(scene, fenced_at) };
    if !holds(&newest, &name) {
        // Whatever the lag is said to be.
        let (newest, name) = (clipped(&newest, 40), clipped(&name, 40));
        return Ok(Standing::working(format!("the {} has row {newest}, not yet {name} of {asked}", scene.site())));
    }
    if asked >= fenced_at {
        return Ok(Standing::proven(format!("the row written at {asked} is read at the {}", scene.site())));
    }
    Ok(match by_lag(scene, fenced_at)? {
        Standing::Done { shows, certainty } => {
            Standing::Done { shows: format!("{shows}; the last row before it, of {asked}, is there"), certainty }
        }
        not_yet => not_yet,
    })
}

/// The last row that is known of at the source, and the newest one at the target; nothing where either cannot be told from others.
fn last_row(scene: &Scene<'_>) -> Result<Option<(Row, String)>, Standing> {
    let (Some(last), subject) = (marker(scene), scene.workload.site_sight(scene.site())) else { return Ok(None) };
    let sight = match scene.see::<Sight>(&subject) {
        Fresh::Is(sight, _) if sight.is_ok() && stranger(scene.workload, scene.site(), &sight.body).is_ok() => sight,
        Fresh::NotYet => return Err(Standing::Looking { what: subject.to_string() }),
        _ => return Ok(None),
    };
    Ok(row_of(scene.workload, scene.site(), &sight.body).map(|newest| (last, newest)))
}

/// At `t` the target lacked only what was younger than the lag `L`: it held everything up to t − L.
fn by_lag(scene: &Scene<'_>, fenced_at: Timestamp) -> Judged {
    let database = super::super::judging::database(scene)?;
    let subject =
        database_metric(scene, scene.site(), lag_measure(database)).ok_or_else(|| Standing::stuck("there is no figure of the lag"))?;
    let series: &Series = scene.see(&subject).or_wait(&subject)?;
    let Some(point) = series.last() else { return Ok(Standing::working("there is no figure of the lag yet")) };
    Ok(match lag_of(database, point) {
        Lag::Now(lag, at) => {
            let held = at - lag;
            let told =
                format!("at {at} the lag was {}: everything up to {held} had arrived, and the fence was at {fenced_at}", latency(lag));
            if held >= fenced_at { inferred(told) } else { Standing::working(told) }
        }
        Lag::Broken => stuck(
            "replication is broken (lag −1): nothing arrives any more",
            ["repair replication, then retry", "go on as an unplanned failover, with the loss unproven"],
        ),
        Lag::Old(..) | Lag::Unknown => Standing::working("the figure of the lag makes no sense"),
    })
}

/// When the source's last write was at the latest. A fence that is owed is none.
fn fence(scene: &Scene<'_>) -> Result<Timestamp, Standing> {
    let done = settled(scene)?;
    Ok(quiet(scene).map_or(done, |quiet| quiet.min(done)))
}

/// Since when nobody has been connected to the source's database, counted from when its tasks were told to stop: whoever is not connected writes
/// nothing. The stage itself is done minutes later, when that figure has come.
fn quiet(scene: &Scene<'_>) -> Option<Timestamp> {
    let source = scene.site().other();
    let told = scene.memory.past.iter().filter(|past| matches!(past.change.what, What::ScaleService { desired: 0, .. }));
    let told = told.filter(|past| past.change.region == *scene.workload.region(source));
    let told = told.map(|past| past.answer.as_ref().map_or(past.asked_at, |(at, _)| *at)).max()?;
    let series: &Series = last(scene, &database_metric(scene, source, Measure::Connections)?)?;
    let since = series.points.iter().rev().take_while(|point| point.at >= told && (0.0..f64::EPSILON).contains(&point.value));
    since.last().map(|point| point.at)
}

/// When everything this waited for was done: the fence is among it, so it is no later.
fn settled(scene: &Scene<'_>) -> Result<Timestamp, Standing> {
    let done = scene.stage.needs.iter().map(|need| scene.memory.done.get(need).copied());
    match done.collect::<Option<Vec<_>>>().and_then(|done| done.into_iter().max()) {
        Some(at) => Ok(at),
        None => Err(stuck(
            "the source was not fenced: whatever the target holds, more may be written",
            ["fence the source, then retry", "go on as an unplanned failover, with the loss unproven"],
        )),
    }
}
