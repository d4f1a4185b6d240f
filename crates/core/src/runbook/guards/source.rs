//! Whether the source is impaired, well, or fenced.

use std::sync::Arc;

use super::Held;
use crate::assess::rules::{Roles, failing_before, impairment, writes};
use crate::config::Site;
use crate::domain::fact::{Service, Targets};
use crate::domain::{Kind, Observation, Receipt, Streak, Subject, Timestamp, What};
use crate::runbook::action::Action;
use crate::runbook::actions::check::evidence;
use crate::runbook::guard::Guard;
use crate::runbook::scene::{Fresh, Scene};

pub(super) fn subjects(guard: Guard, scene: &Scene<'_>) -> Vec<Subject> {
    if guard == Guard::SourceFenced {
        return services(scene);
    }
    let mut subjects = evidence(scene);
    if let Some(database) = scene.database() {
        subjects.extend(scene.workload.global_cluster_subject(database, scene.source));
    }
    subjects
}

fn services(scene: &Scene<'_>) -> Vec<Subject> {
    scene.workload.services.iter().map(|service| scene.workload.service_subject(Kind::Service, service, scene.source)).collect()
}

pub(super) fn impaired(scene: &Scene<'_>) -> Held {
    let mut snapshot = scene.fresh(&subjects(Guard::SourceImpaired, scene));
    for observation in fenced_targets(scene) {
        snapshot.put(Arc::new(observation));
    }
    let look = scene.look(&snapshot);
    let found = impairment(look, &Roles::from(look, scene.source));
    match (found.impaired, since_the_fence(scene)) {
        (None, Some(told)) => Held::yes(told),
        (impaired, _) => Held::new(impaired, found.why),
    }
}

/// What this run found before it stopped the source stays found while the source stands still: of a site without tasks nobody can say that it
/// fails, nor that it is well. Whatever speaks for the source is heard all the same.
fn since_the_fence(scene: &Scene<'_>) -> Option<String> {
    let found = [Site::Primary, Site::Standby].into_iter().filter_map(|site| scene.done(Action::CheckImpaired, site)).max()?;
    let stopped = fenced_at(scene).filter(|stopped| found <= *stopped)?;
    let still = fenced(scene);
    (still.holds == Some(true) && acknowledged(scene, scene.source).is_none())
        .then(|| format!("found impaired at {found}, before this run stopped it at {stopped}; {}", still.why))
}

/// A fence takes the targets away, and nobody is left who could fail. What they said until the run told them to stop still holds, as long as
/// nobody has come back.
fn fenced_targets(scene: &Scene<'_>) -> impl Iterator<Item = Observation> {
    let told = scene.memory.past.iter().filter(|past| {
        scene.memory.stages.get(&past.stage) == Some(&(Action::ServiceStop, scene.source))
            && matches!(past.answer, Some((_, Receipt::Accepted { .. })))
    });
    let told = told.map(|past| past.asked_at).min();
    let groups = scene.workload.services.iter().filter_map(|service| scene.workload.target_subject(Kind::Targets, service, scene.source));
    groups.filter_map(move |group| {
        let seen = scene.snapshot.get(&group)?;
        let streak = seen.ails_at(told?)?;
        let Fresh::Is(found, known) = scene.see::<Targets>(&group) else { return None };
        let ailing = Some(Streak { last: known.begun, ..streak });
        (found.registered() == 0).then(|| Observation { ailing, ..seen.clone() })
    })
}

pub(super) fn well(scene: &Scene<'_>) -> Held {
    let snapshot = scene.fresh(&subjects(Guard::SourceWell, scene));
    let look = scene.look(&snapshot);
    let takes_writes = || scene.database().map(|database| writes(look, database, scene.source));
    // Of two services the second is stopped when the first is down: that it fails its users since is this run's own doing, but nothing that
    // went wrong before is.
    if let Some(begun) = stop_begun(scene) {
        let told = format!("this run has been stopping it since {begun}");
        if let Some(earlier) = failing_before(look, &Roles::from(look, scene.source), begun) {
            return Held::no(format!("{earlier}, since before this run began to stop it at {begun}"));
        }
        return match takes_writes() {
            None => Held::yes(told),
            Some((Some(true), why)) => Held::yes(format!("{why}; {told}")),
            Some(other) => other.into(),
        };
    }
    let found = impairment(look, &Roles::from(look, scene.source));
    // One failure is no outage, and nothing to start a planned move upon.
    if let Some(kind) = found.evidence.iter().find(|kind| kind.failures > 0) {
        return Held::no(format!("{}: {}", kind.source, kind.says));
    }
    match found.impaired {
        Some(false) => {}
        Some(true) => return Held::no(found.why),
        None => return Held::unknown(found.why),
    }
    match takes_writes() {
        None => Held::yes(found.why),
        Some((Some(true), why)) => Held::yes(format!("{why}; {}", found.why)),
        Some(other) => other.into(),
    }
}

/// When this run first told a service of the source to stop, with none told to start since.
fn stop_begun(scene: &Scene<'_>) -> Option<Timestamp> {
    let region = scene.workload.region(scene.source);
    let scaled = scene.memory.past.iter().rev().filter(|past| past.change.region == *region).filter_map(|past| match past.change.what {
        What::ScaleService { desired, .. } => Some((desired, past.asked_at)),
        _ => None,
    });
    scaled.take_while(|(desired, _)| *desired == 0).map(|(_, asked_at)| asked_at).last()
}

/// Whether the source is stopped, or somebody who knows that it cannot be stopped now has taken that upon them.
pub(super) fn fenced(scene: &Scene<'_>) -> Held {
    let seen = stopped(scene);
    match acknowledged(scene, scene.source).filter(|_| seen.holds.is_none() && !scene.workload.services.is_empty()) {
        Some(note) => Held::yes(format!("{}; acknowledged, and owed: {note}", seen.why)),
        None => seen,
    }
}

/// The same as far as it is seen.
pub(super) fn stopped(scene: &Scene<'_>) -> Held {
    if scene.workload.services.is_empty() {
        return Held::unknown("no service is configured that could be stopped: who writes cannot be told");
    }
    let (mut stopped, mut blind) = (0, None);
    for (service, subject) in scene.workload.services.iter().zip(services(scene)) {
        match scene.see::<Service>(&subject) {
            Fresh::Is(found, _) if found.desired == 0 && found.running == 0 && found.pending == 0 => stopped += 1,
            Fresh::Missing => stopped += 1,
            Fresh::Is(found, _) => {
                return Held::no(format!("{}: {} of {} tasks run at the {}", service.name, found.running, found.desired, scene.source));
            }
            Fresh::NotYet => blind = blind.or(Some(format!("{}: nobody has looked yet", service.name))),
            Fresh::Failing(failing) => blind = Some(format!("{}: {}", service.name, failing.told(scene.now))),
        }
    }
    match blind {
        Some(blind) => Held::unknown(blind),
        None => Held::yes(format!("no task of {stopped} services runs at the {}", scene.source)),
    }
}

/// Whether it is a person's word that nobody but the services writes at the source.
pub(super) fn is_vouched_for(scene: &Scene<'_>) -> bool {
    scene
        .stages(Action::ServiceStop, scene.source)
        .any(|stage| scene.memory.said.contains_key(stage) && scene.memory.inferred.contains(stage))
}

/// What somebody said who has seen that a site's services cannot be stopped now.
fn acknowledged<'a>(scene: &Scene<'a>, site: Site) -> Option<&'a str> {
    let mut said = scene.stages(Action::ServiceStop, site).map(|stage| scene.memory.said.get(stage).map(String::as_str));
    let first = said.next()??;
    said.all(|note| note.is_some()).then_some(first)
}

/// When the source's database was seen to be cut off: nobody runs at the source, and nobody is connected from anywhere else. Where that is only
/// inferred somebody may write on: tasks at the target that still hold the old endpoint do.
pub(super) fn cut_off_at(scene: &Scene<'_>) -> Option<Timestamp> {
    let seen = |stage: &str| !scene.memory.inferred.contains(stage);
    fenced_at(scene).filter(|_| scene.stages(Action::ServiceStop, scene.source).all(seen))
}

/// When the source's services were seen to have stopped; nothing was written by them after that.
pub(super) fn fenced_at(scene: &Scene<'_>) -> Option<Timestamp> {
    scene.done(Action::ServiceStop, scene.source)
}
