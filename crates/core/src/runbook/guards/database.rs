//! The databases: who may take over, who writes, what is lost and what is saved.

use std::time::Duration;

use super::{Held, aside, readiness, source};
use crate::assess::rules::{Roles, bound, clipped, lag_subject, last_lag, loss, why_not_known, writes};
use crate::assess::{Loss, loss_verdict};
use crate::config::{Database, DatabaseKind, Site};
use crate::domain::fact::{RestorePoint, Series};
use crate::domain::{Measure, Subject, Timestamp, human_duration, latency};
use crate::runbook::action::Action;
use crate::runbook::actions::database_metric;
use crate::runbook::guard::Guard;
use crate::runbook::scene::{Fresh, Scene};

const NONE: &str = "the workload has no database";

pub(super) fn subjects(guard: Guard, scene: &Scene<'_>) -> Vec<Subject> {
    let Some(database) = scene.database() else { return Vec::new() };
    let workload = scene.workload;
    let at = |site: Site| [Some(workload.database_subject(database, site)), workload.global_cluster_subject(database, site)];
    match guard {
        Guard::LossBounded => vec![lag(scene, database)],
        Guard::CaughtUp => {
            let mut subjects: Vec<Subject> = at(scene.target()).into_iter().flatten().collect();
            subjects.push(lag(scene, database));
            subjects
        }
        Guard::RestorePoint => [scene.site().other(), scene.site()].into_iter().filter_map(|of| backups(scene, of)).collect(),
        Guard::Saved => backups(scene, scene.site()).into_iter().collect(),
        Guard::NotSplit => {
            let mut subjects: Vec<Subject> = [scene.source, scene.target()].into_iter().flat_map(at).flatten().collect();
            subjects.extend(Guard::SourceFenced.subjects(scene));
            subjects.extend(aside::subjects(scene));
            subjects
        }
        // Either region may know better who the writer of a global database is.
        _ if database.kind == DatabaseKind::AuroraGlobal => [scene.source, scene.target()].into_iter().flat_map(at).flatten().collect(),
        _ => at(scene.target()).into_iter().flatten().collect(),
    }
}

/// Restore points of a site's database in the stage's region: of the one that the configuration names, since what this run makes has none yet.
fn backups(scene: &Scene<'_>, of: Site) -> Option<Subject> {
    scene.configured.database.as_ref().map(|database| scene.configured.restore_subject(database, of, scene.site()))
}

fn lag(scene: &Scene<'_>, database: &Database) -> Subject {
    lag_subject(scene.look(scene.snapshot), database, scene.target())
}

pub(super) fn check(guard: Guard, scene: &Scene<'_>, id: &str) -> Held {
    readiness::check(scene, &guard.subjects(scene), scene.target(), id)
}

/// The last valid lag, however old, priced by its age: of everything the source took since then the target may have nothing.
pub(super) fn loss_bounded(scene: &Scene<'_>) -> Held {
    let Some(database) = scene.database() else { return Held::yes(NONE) };
    if let Some(at) = caught_up_for_good(scene) {
        return Held::yes(format!("nothing: the source's last write was seen at the target {} ago", human_duration(scene.now.since(at))));
    }
    let Some((lag, at)) = last_lag(scene.look(scene.snapshot), database, scene.target()) else {
        let subject = lag(scene, database);
        let why = why_not_known(scene.snapshot.get(&subject), &subject, scene.now);
        return Held::unknown(format!("unbounded: no valid figure of the lag ({why})"));
    };
    let fenced = source::cut_off_at(scene);
    let lost = bound(lag, at, fenced.unwrap_or(scene.now));
    let objective = scene.workload.objectives.rpo;
    let until = if fenced.is_some() { "until the fence" } else { "until now" };
    let told = format!(
        "at most {} of writes {until}: lag {} as of {} ago; {} may be lost",
        latency(lost),
        latency(lag),
        human_duration(scene.now.since(at)),
        human_duration(objective)
    );
    Held::new(Some(lost <= objective), told)
}

/// What is lost if the point of no return is passed now, as the dashboard tells it; of the database an upper bound: from the instant that the
/// target had reached to the fence, and without one to this moment.
#[must_use]
pub fn loss_at_the_cut(scene: &Scene<'_>) -> Loss {
    let look = scene.look(scene.snapshot);
    let told = loss(look, &Roles::from(look, scene.source), scene.memory.outage_at);
    let valid = scene.database().and_then(|database| last_lag(look, database, scene.target()));
    let fenced = source::cut_off_at(scene);
    let bounded = || valid.map(|(lag, at)| bound(lag, at, fenced.unwrap_or(scene.now)));
    let caught_up = caught_up_for_good(scene).is_some();
    let database = if caught_up { Some(Duration::ZERO) } else { bounded() };
    let Some(_) = scene.database() else { return told };
    if let Some(others) = aside::connected(scene) {
        return with_what_went_aside(scene, told, database, &others);
    }
    // What was probably lost cannot be more than is lost at most.
    let about = told.about.filter(|_| !caught_up).map(|about| database.map_or(about, |most| about.min(most)));
    let about = if caught_up { Some(Duration::ZERO) } else { about };
    let probably = about.map(|about| format!("~{} of writes, ", latency(about))).unwrap_or_default();
    // What stands for the objects holds; what was said of the writes may have counted on beyond the fence.
    let objects = told.told.split_once(" · ").map(|(_, objects)| format!(" · {objects}")).unwrap_or_default();
    let writes = match database {
        Some(_) if caught_up => "no writes: the target holds everything that the source took".to_owned(),
        Some(lost) => {
            let until = if fenced.is_some() { "until the fence" } else { "until now" };
            let of = if about.is_some() { "" } else { " of writes" };
            format!("{probably}at most {}{of} {until}", latency(lost))
        }
        None => "writes unbounded: no valid figure of the lag".to_owned(),
    };
    let verdict = loss_verdict(about, database, scene.workload.objectives.rpo);
    Loss { about, database, grows: told.grows && fenced.is_none(), verdict, told: format!("{writes}{objects}"), ..told }
}

/// Somebody has written, for all that is seen, to the database that was put aside: everything since it was cleared may be missing, whatever has
/// arrived of the source's writes.
fn with_what_went_aside(scene: &Scene<'_>, told: Loss, database: Option<Duration>, others: &str) -> Loss {
    let aside = aside::cleared_at(scene).map(|cleared| scene.now.since(cleared));
    let database = database.zip(aside).map(|(one, other)| one.max(other));
    let objects = told.told.split_once(" · ").map(|(_, objects)| format!(" · {objects}")).unwrap_or_default();
    let writes = match database {
        Some(lost) => format!("at most {} of writes: {others}", latency(lost)),
        None => format!("writes unbounded: {others}"),
    };
    let verdict = loss_verdict(None, database, scene.workload.objectives.rpo);
    Loss { about: None, database, grows: true, verdict, told: format!("{writes}{objects}"), ..told }
}

/// Whether every moment may cost more: nobody has seen to it yet that the source takes no more writes, or somebody writes where nobody reads.
#[must_use]
pub fn loss_grows(scene: &Scene<'_>) -> bool {
    source::cut_off_at(scene).is_none() || writes_go_aside(scene).is_some()
}

/// Whether somebody has been connected to the database that was put aside: what they wrote is lost on the way home, however complete the move.
#[must_use]
pub fn writes_go_aside(scene: &Scene<'_>) -> Option<String> {
    aside::connected(scene)
}

/// When it was shown that the target holds everything that the source took; no earlier than the fence, after which it takes nothing more.
fn caught_up_at(scene: &Scene<'_>) -> Option<Timestamp> {
    let fenced = source::fenced_at(scene)?;
    let proven = |site| scene.done(Action::DatabaseProveCaughtUp, site);
    proven(scene.target()).or_else(|| proven(scene.source)).filter(|at| *at >= fenced)
}

/// The same where nobody writes any more for all that is seen. Where that is a person's word, what comes later may be missing.
fn caught_up_for_good(scene: &Scene<'_>) -> Option<Timestamp> {
    caught_up_at(scene).filter(|_| !source::is_vouched_for(scene))
}

pub(super) fn caught_up(scene: &Scene<'_>) -> Held {
    let Some(database) = scene.database() else { return Held::yes(NONE) };
    let Some(fenced) = source::fenced_at(scene) else {
        return Held::unknown("the source is not fenced: its last write is still to come");
    };
    if let Some(at) = caught_up_at(scene) {
        return Held::yes(format!("proven {} ago", human_duration(scene.now.since(at))));
    }
    // The last figure, not the last good one: what is broken now has not caught up.
    let subject = lag(scene, database);
    let point = match scene.see::<Series>(&subject) {
        Fresh::Is(series, _) => series.last(),
        Fresh::Missing => None,
        Fresh::NotYet => return Held::unknown("nobody has looked at the lag yet"),
        Fresh::Failing(failing) => return Held::unknown(format!("lag: {}", failing.told(scene.now))),
    };
    let valid = last_lag(scene.look(scene.snapshot), database, scene.target());
    match (point, valid) {
        (Some(point), Some((lag, at))) if point.at == at => {
            let reached = at - lag;
            if reached >= fenced {
                Held::yes(format!("inferred: lag {} measured {} after the fence", latency(lag), human_duration(at.since(fenced))))
            } else {
                Held::no(format!("the last figure of the lag ({}) speaks of a time before the fence", latency(lag)))
            }
        }
        (Some(_), _) => Held::no("replication is broken (lag −1)"),
        (None, _) => Held::unknown("there is no figure of the lag"),
    }
}

pub(super) fn writable(scene: &Scene<'_>) -> Held {
    let Some(database) = scene.database() else { return Held::yes(NONE) };
    let snapshot = scene.fresh(&subjects(Guard::TargetWritable, scene));
    writes(scene.look(&snapshot), database, scene.target()).into()
}

/// As long as the target takes no writes there is one writer at most, unless somebody writes to the database whose place it has taken. Once it
/// does, the source must take none, or have nobody left who writes; what was written to the other is lost by then, and nobody waits for it.
pub(super) fn not_split(scene: &Scene<'_>) -> Held {
    one_writer(scene, &source::fenced(scene))
}

/// The same without anybody's word for it: what nobody can see is not told to be well.
#[must_use]
pub fn seen_to_be_one(scene: &Scene<'_>) -> Held {
    let found = one_writer(scene, &source::stopped(scene));
    match connected(scene).or_else(|| aside::connected(scene)).filter(|_| found.holds == Some(true)) {
        Some(others) => Held::unknown(format!("{others}: whether they write is not to be seen")),
        None => found,
    }
}

/// Whoever is connected to the source's database, which would take their writes, since the target's took its place. Not everybody who writes is
/// one of our services.
fn connected(scene: &Scene<'_>) -> Option<String> {
    let database = scene.database()?;
    let snapshot = scene.fresh(&subjects(Guard::NotSplit, scene));
    if writes(scene.look(&snapshot), database, scene.source).0 != Some(true) {
        return None;
    }
    let handover = [Action::DatabasePromote, Action::DatabaseFailover, Action::DatabaseSwitchover];
    let since = handover.iter().filter_map(|action| scene.done(*action, scene.target())).max()?;
    let metric = database_metric(scene, scene.source, Measure::Connections)?;
    // It comes once a minute, and late.
    let seen = scene.snapshot.see::<Series>(&metric, scene.now);
    let point = seen.last()?.points.last().filter(|point| point.at >= since && point.value > 0.0)?;
    Some(format!("{:.0} connections to the {}'s database in the minute from {}", point.value, scene.source, point.at))
}

fn one_writer(scene: &Scene<'_>, fence: &Held) -> Held {
    let Some(database) = scene.database() else { return Held::yes(NONE) };
    let snapshot = scene.fresh(&subjects(Guard::NotSplit, scene));
    let look = scene.look(&snapshot);
    let (target, why) = writes(look, database, scene.target());
    match target {
        Some(false) => {
            let aside = aside::quiet(scene);
            return if aside.holds == Some(true) { Held::yes(format!("the target takes no writes: {why}")) } else { aside };
        }
        None => return Held::unknown(why),
        Some(true) => {}
    }
    let (source, why) = writes(look, database, scene.source);
    if source == Some(false) {
        return Held::yes(format!("only the target takes writes: {why}"));
    }
    match (fence.holds, source) {
        (Some(true), _) => Held::yes(format!("both databases would take writes, and the source's are fenced: {}", fence.why)),
        (None, _) => {
            Held::unknown(format!("the target takes writes, and whether anybody writes at the source cannot be seen: {}", fence.why))
        }
        (_, Some(_)) => Held::no(format!("split: both databases take writes, and the source is not fenced ({})", fence.why)),
        (_, None) => Held::unknown(format!("the target takes writes, and whether the source does cannot be told: {why}")),
    }
}

/// Something to restore from, of the kind that this run restores.
pub(super) fn restore_point(scene: &Scene<'_>) -> Held {
    let subjects = subjects(Guard::RestorePoint, scene);
    let found = readiness::check(&Scene { workload: scene.configured, ..*scene }, &subjects, scene.site(), "database.restore_point");
    if found.holds != Some(true) {
        return found;
    }
    let points: Vec<_> = subjects.iter().filter_map(|subject| scene.snapshot.see::<RestorePoint>(subject, scene.now).last()).collect();
    let lacks = match restores(scene) {
        Some(Action::DatabaseRestoreSnapshot) if points.iter().all(|point| point.snapshot.is_none()) => "snapshot",
        Some(Action::DatabaseRestorePointInTime) if points.iter().all(|point| point.point_in_time.is_none()) => "automated backup",
        _ => return found,
    };
    Held::no(format!(
        "there is no {lacks} of the database in {}: choose the other restore, or copy one there; {}",
        scene.region(),
        found.why
    ))
}

/// How this run restores: what stops the source must know it as well as the step that does it.
fn restores(scene: &Scene<'_>) -> Option<Action> {
    let one = |action: &Action| matches!(action, Action::DatabaseRestoreSnapshot | Action::DatabaseRestorePointInTime);
    let of_the_run = scene.memory.stages.values().map(|(action, _)| *action);
    Some(scene.stage.action).filter(one).or_else(|| of_the_run.filter(one).min())
}

/// A manual snapshot that this run has waited for, or one that somebody named.
pub(super) fn saved(scene: &Scene<'_>) -> Held {
    let (Some(database), Some(subject)) = (&scene.configured.database, backups(scene, scene.site())) else { return Held::yes(NONE) };
    let id = database.sites.get(scene.site());
    match scene.see::<RestorePoint>(&subject) {
        Fresh::Is(RestorePoint { snapshot: Some(found), .. }, _) => {
            let named = scene.memory.said.values().any(|said| said.split_whitespace().any(|word| word == found.id));
            let age = human_duration(scene.now.since(found.at));
            match (found.kind == "manual", found.at >= scene.memory.declared_at, named) {
                (true, true, _) => Held::yes(format!("{} of {id} was taken during this run, {age} ago", clipped(&found.id, 80))),
                (true, _, true) => Held::yes(format!("{} of {id} was named by hand, {age} old", clipped(&found.id, 80))),
                (true, false, false) => Held::no(format!("the manual snapshot {} is older than this run: {age}", clipped(&found.id, 80))),
                (false, ..) => Held::no(format!("the newest snapshot of {id} is {} and will not be kept", clipped(&found.kind, 30))),
            }
        }
        Fresh::Is(..) | Fresh::Missing => Held::no(format!("{id} has no available snapshot in {}", scene.region())),
        Fresh::NotYet => Held::unknown("nobody has looked for snapshots yet"),
        Fresh::Failing(failing) => Held::unknown(failing.told(scene.now)),
    }
}
