//! The target and what stands about it: whether it answers, has room, and is left alone.

use std::sync::Arc;
use std::time::Duration;

use super::{Held, readiness};
use crate::assess::rules::{clipped, estate};
use crate::config::{Actor, Service as Configured};
use crate::domain::fact::{Bounds, Function, Machine, Observable, Rule, Service, Sight, Targets, Tasks};
use crate::domain::{Failing, Kind, Known, Observation, Receipt, Snapshot, Subject, What, human_duration};
use crate::runbook::action::Action;
use crate::runbook::actions::{automation, probe};
use crate::runbook::guard::Guard;
use crate::runbook::scene::{Fresh, Scene};

/// A proof of a write older than this says nothing of now.
const PROOF_LASTS: Duration = Duration::from_secs(300);

pub(super) fn subjects(guard: Guard, scene: &Scene<'_>) -> Vec<Subject> {
    let (workload, target) = (scene.workload, scene.target());
    match guard {
        Guard::WriteProven => vec![workload.site_sight(target)],
        Guard::AutomationQuiet => workload.automations.iter().map(|one| workload.automation_subject(one)).collect(),
        Guard::CapacityReady => {
            let mut subjects = Vec::new();
            for service in scene.services() {
                subjects.push(workload.service_subject(Kind::Service, service, target));
                subjects.extend(workload.target_subject(Kind::Targets, service, target));
                subjects.extend(service.autoscaled.then(|| workload.service_subject(Kind::Bounds, service, target)));
            }
            subjects
        }
        Guard::ImagePresent => {
            let tasks = scene
                .services()
                .iter()
                .flat_map(|service| [scene.source, target].map(|site| workload.service_subject(Kind::Tasks, service, site)));
            let region = workload.region(target);
            tasks.chain(workload.repositories.iter().map(|repository| Subject::new(Kind::Repository, region, &repository.name))).collect()
        }
        Guard::ControlPlane if is_dns(scene) => scene.dns().map(|dns| workload.record_subject(dns)).into_iter().collect(),
        Guard::ControlPlane => estate(workload, scene.site()),
        _ => estate(workload, target),
    }
}

fn is_dns(scene: &Scene<'_>) -> bool {
    matches!(scene.stage.action, Action::DnsFlip | Action::DnsPin | Action::DnsUnpin | Action::DnsAwait)
}

pub(super) fn answers(scene: &Scene<'_>) -> Held {
    region_answers(scene, &subjects(Guard::TargetAnswers, scene), scene.workload.region(scene.target()).as_str())
}

pub(super) fn control_plane(scene: &Scene<'_>) -> Held {
    let subjects = subjects(Guard::ControlPlane, scene);
    if is_dns(scene) {
        return readiness::check(scene, &subjects, scene.target(), "dns.control_plane");
    }
    region_answers(scene, &subjects, scene.region().as_str())
}

/// A refusal is an answer too: whoever denies is there.
fn region_answers(scene: &Scene<'_>, subjects: &[Subject], region: &str) -> Held {
    let snapshot = scene.fresh(subjects);
    let answered = snapshot.iter().filter(|seen| seen.known.is_some()).count();
    let silent = snapshot.iter().filter_map(|seen| seen.failing.as_ref()).find(|failing| failing.trouble.cause.is_theirs());
    match (answered, silent) {
        (0, Some(failing)) => Held::no(format!("nothing in {region} answers: {}", failing.told(scene.now))),
        (0, None) => Held::unknown(format!("nobody has looked at {region} yet")),
        (count, None) => Held::yes(format!("{region} answers {count} questions")),
        (count, Some(failing)) => Held::yes(format!("{region} answers {count} questions, not all: {}", failing.told(scene.now))),
    }
}

/// The last write that was tried past the record at the target, by this run.
pub(super) fn write_proven(scene: &Scene<'_>) -> Held {
    let target = scene.target();
    let Some(dns) = scene.dns().filter(|dns| dns.probe.write_path.is_some()) else {
        return Held::unknown("no write path is configured: whether the application can write cannot be proven");
    };
    let last = scene.memory.past.iter().rev().find_map(|past| match (&past.change.what, &past.answer) {
        (What::WriteThrough { way, .. }, Some((at, receipt))) if probe::is_past_the_record(way, target) => Some((*at, receipt)),
        _ => None,
    });
    let Some((at, receipt)) = last else { return Held::unknown("no write has been tried at the target yet") };
    let age = scene.now.since(at);
    let proof = match receipt {
        Receipt::Accepted { told } => probe::judge(scene.workload, target, told),
        Receipt::Refused { text, .. } | Receipt::Unknown { text } => Err(clipped(text, 120).into_owned()),
    };
    let shows = match proof {
        Ok(_) if age > PROOF_LASTS => return Held::unknown(format!("the last write was proven {} ago", human_duration(age))),
        Ok(proof) => format!("{} {} ago", proof.shows, human_duration(age)),
        Err(why) => return Held::no(format!("the last write, {} ago: {why}", human_duration(age))),
    };
    // Where there is a way past the record, the application must still be there.
    if !probe::has_a_way(dns, target) {
        return Held::yes(shows);
    }
    match scene.see::<Sight>(&scene.workload.site_sight(target)) {
        Fresh::Is(sight, _) if sight.is_ok() => Held::yes(shows),
        Fresh::Is(sight, _) => Held::no(format!("{shows}, and now the application answers {}", probe::told(sight))),
        Fresh::Missing => Held::unknown("the application cannot be looked at"),
        Fresh::NotYet => Held::unknown("nobody has looked at the application since"),
        Fresh::Failing(failing) => Held::unknown(failing.told(scene.now)),
    }
}

pub(super) fn automation_quiet(scene: &Scene<'_>) -> Held {
    for automation in &scene.workload.automations {
        let subject = scene.workload.automation_subject(automation);
        let name = clipped(automation.what.name().rsplit(':').next().unwrap_or_default(), 60);
        let held = automation::was_held(scene, &subject);
        let loose = match automation.what {
            Actor::StateMachine(_) => seen::<Machine>(scene, &subject, &name, |machine| {
                automation::foreign(scene, machine).map(|execution| format!("execution {} is running", clipped(&execution.name, 60)))
            }),
            Actor::Rule(_) => {
                seen::<Rule>(scene, &subject, &name, |rule| (held && rule.enabled).then(|| "it was held, and is enabled again".to_owned()))
            }
            Actor::Function(_) => seen::<Function>(scene, &subject, &name, |function| {
                (held && function.reserved_concurrency != Some(0)).then(|| "it was held, and may run again".to_owned())
            }),
        };
        if let Some(held) = loose {
            return held;
        }
    }
    Held::yes(format!("nothing else acts ({} watched)", scene.workload.automations.len()))
}

/// What stands against it, if anything does.
fn seen<'a, T: Observable + 'a>(
    scene: &Scene<'a>,
    subject: &Subject,
    name: &str,
    loose: impl FnOnce(&'a T) -> Option<String>,
) -> Option<Held> {
    match scene.see::<T>(subject) {
        Fresh::Is(found, _) => loose(found).map(|why| Held::no(format!("{name}: {why}"))),
        // What does not exist cannot act.
        Fresh::Missing => None,
        Fresh::NotYet => Some(Held::unknown(format!("{name}: nobody has looked yet"))),
        Fresh::Failing(failing) => Some(Held::unknown(format!("{name}: {}", failing.told(scene.now)))),
    }
}

pub(super) fn capacity(scene: &Scene<'_>) -> Held {
    let (workload, target) = (scene.workload, scene.target());
    let mut told = Vec::new();
    for service in scene.services() {
        let wanted = service.sites.get(target).failover_tasks;
        let enough = |count: i32| u32::try_from(count).unwrap_or(0) >= wanted;
        let name = clipped(&service.name, 60);
        let short = |found: &Service| (!enough(found.running)).then(|| format!("{} of {wanted} tasks run", found.running));
        let few = |found: &Targets| {
            let up = found.healthy();
            (u32::try_from(up).unwrap_or(u32::MAX) < wanted).then(|| format!("{up} of {wanted} targets are healthy"))
        };
        let tight = |found: &Bounds| (!enough(found.max)).then(|| format!("at most {} tasks are allowed, {wanted} wanted", found.max));
        let service_subject = workload.service_subject(Kind::Service, service, target);
        let findings = [
            exists::<Service>(scene, &service_subject, &name, short),
            workload.target_subject(Kind::Targets, service, target).and_then(|subject| exists::<Targets>(scene, &subject, &name, few)),
            service
                .autoscaled
                .then(|| workload.service_subject(Kind::Bounds, service, target))
                .and_then(|subject| exists::<Bounds>(scene, &subject, &name, tight)),
        ];
        if let Some(held) = findings.into_iter().flatten().next() {
            return held;
        }
        told.push(format!("{name}: {wanted} tasks run and are healthy"));
    }
    Held::yes(if told.is_empty() { "the workload has no service".to_owned() } else { told.join(" · ") })
}

/// As `seen`, of what must be there.
fn exists<'a, T: Observable + 'a>(
    scene: &Scene<'a>,
    subject: &Subject,
    name: &str,
    wrong: impl FnOnce(&'a T) -> Option<String>,
) -> Option<Held> {
    match scene.see::<T>(subject) {
        Fresh::Missing => Some(Held::no(format!("{subject} does not exist"))),
        _ => seen::<T>(scene, subject, name, wrong),
    }
}

/// What ran at the source is what must run here. Where the source does not answer any more, what ran there last is: nobody deploys in the dark.
pub(super) fn image(scene: &Scene<'_>) -> Held {
    let ids: Vec<String> = scene.services().iter().map(|service| format!("service.{}.image", service.name)).collect();
    let mut snapshot = scene.fresh(&subjects(Guard::ImagePresent, scene));
    for service in scene.services() {
        let subject = scene.workload.service_subject(Kind::Tasks, service, scene.source);
        let dark = |failing: &Failing| failing.last >= scene.since && failing.trouble.cause.is_theirs();
        let Some(seen) = scene.snapshot.get(&subject).filter(|seen| seen.failing.as_ref().is_some_and(dark)) else { continue };
        if let Some(known) = &seen.known {
            let last = Known { source_at: scene.now, begun: scene.now, read_at: scene.now, ..known.clone() };
            snapshot.put(Arc::new(Observation { subject, known: Some(last), failing: None, ailing: None, pace: None }));
        }
    }
    let held = readiness::worst_on(scene, &snapshot, scene.target(), |check| ids.iter().any(|id| *id == check.id));
    let nobody = |service: &Configured| nobody_saw(scene, &snapshot, service);
    match scene.services().iter().find(|service| held.holds.is_none() && nobody(service)) {
        Some(service) => Held::unknown(format!(
            "nobody saw what ran at the {} before it went dark, and nothing runs here: see whether the last image of {} is in {}, then go \
             past this with what you found",
            scene.source,
            clipped(&service.name, 30),
            scene.workload.region(scene.target())
        )),
        None => held,
    }
}

/// Nothing runs at the target that would tell, and the source fell silent before anybody looked.
fn nobody_saw(scene: &Scene<'_>, snapshot: &Snapshot, service: &Configured) -> bool {
    let there = scene.workload.service_subject(Kind::Tasks, service, scene.source);
    let here = scene.workload.service_subject(Kind::Tasks, service, scene.target());
    let dark = snapshot
        .get(&there)
        .is_some_and(|seen| seen.known.is_none() && seen.failing.as_ref().is_some_and(|failing| failing.trouble.cause.is_theirs()));
    let runs = |seen: &Observation| seen.fact().and_then(Tasks::of).is_some_and(|found| !found.tasks.is_empty());
    dark && snapshot.get(&here).is_some_and(|seen| seen.known.is_some() && !runs(seen))
}
