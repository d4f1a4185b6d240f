//! Secrets and objects.

use super::Held;
use crate::assess::rules::{Measured, clipped, counted, goes_to, listed, replicates, steady};
use crate::config::Bucket;
use crate::domain::fact::{Replication, Secret};
use crate::domain::{Measure, Subject, human_duration};
use crate::runbook::action::Action;
use crate::runbook::guard::Guard;
use crate::runbook::scene::{Fresh, Scene};

pub(super) fn subjects(guard: Guard, scene: &Scene<'_>) -> Vec<Subject> {
    let workload = scene.workload;
    match guard {
        Guard::SecretWritable => {
            scene.database().and_then(|database| workload.secret_subject(database, scene.target())).into_iter().collect()
        }
        Guard::ObjectsReplicated => scene.buckets().iter().flat_map(|bucket| backlog(scene, bucket)).collect(),
        _ => {
            let site = scene.site();
            scene.buckets().iter().flat_map(|bucket| [site, site.other()].map(|at| workload.bucket_subject(bucket, at))).collect()
        }
    }
}

fn backlog(scene: &Scene<'_>, bucket: &Bucket) -> Vec<Subject> {
    let measures = [Measure::BytesPending, Measure::OperationsPending, Measure::OperationsFailed];
    let mut subjects = vec![scene.workload.bucket_subject(bucket, scene.source)];
    subjects.extend(measures.iter().map(|measure| scene.workload.bucket_metric(bucket, scene.source, *measure)));
    subjects
}

pub(super) fn secret_writable(scene: &Scene<'_>) -> Held {
    let region = scene.workload.region(scene.target());
    let Some(subject) = scene.database().and_then(|database| scene.workload.secret_subject(database, scene.target())) else {
        return Held::yes("the workload has no secret");
    };
    match scene.see::<Secret>(&subject) {
        Fresh::Is(Secret { deleted_at: Some(_), .. }, _) => Held::no("the secret is marked for deletion"),
        Fresh::Is(Secret { primary_region: Some(home), .. }, _) if home != region => Held::no(format!(
            "it is a replica of the secret in {}: it must be promoted before it can be written",
            clipped(home.as_str(), 30)
        )),
        Fresh::Is(..) => Held::yes(format!("the secret in {region} stands for itself")),
        Fresh::Missing => Held::no(format!("{subject} does not exist")),
        Fresh::NotYet => Held::unknown("nobody has looked at the secret yet"),
        Fresh::Failing(failing) => Held::unknown(failing.told(scene.now)),
    }
}

/// Nothing waits, nothing failed, and replication is what it should be: figures alone go on as they were when their rule is gone.
pub(super) fn replicated(scene: &Scene<'_>) -> Held {
    let snapshot = scene.fresh(&subjects(Guard::ObjectsReplicated, scene));
    let look = scene.look(&snapshot);
    for bucket in scene.buckets() {
        let name = clipped(bucket.sites.get(scene.source), 60);
        if !bucket.metrics {
            return Held::unknown(format!("{name} has no metrics: what is on its way cannot be known"));
        }
        match scene.see::<Replication>(&scene.workload.bucket_subject(bucket, scene.source)) {
            Fresh::Is(found, _) => {
                if let (false, why) = replicates(found, bucket, scene.source) {
                    return Held::no(format!("{name}: {why}"));
                }
            }
            Fresh::Missing => return Held::no(format!("{name} does not exist")),
            Fresh::NotYet => return Held::unknown(format!("{name}: nobody has looked yet")),
            Fresh::Failing(failing) => return Held::unknown(format!("{name}: {}", failing.told(scene.now))),
        }
        let metric = |measure| scene.workload.bucket_metric(bucket, scene.source, measure);
        for (measure, what) in [(Measure::OperationsPending, "objects"), (Measure::BytesPending, "bytes")] {
            match steady(look, &metric(measure)) {
                Measured::Now(point) if point.value > 0.0 => {
                    return Held::no(format!("{name}: {:.0} {what} are on their way", point.value));
                }
                Measured::Now(_) => {}
                _ => return Held::unknown(format!("{name}: no fresh figure of its {what} on their way")),
            }
        }
        match counted(look, &metric(Measure::OperationsFailed)) {
            Measured::Nothing => {}
            Measured::Now(point) if point.value <= 0.0 => {}
            Measured::Now(point) => return Held::no(format!("{name}: {:.0} operations failed within a minute", point.value)),
            Measured::Old(_) | Measured::Unknown => return Held::unknown(format!("{name}: whether operations failed is not known")),
        }
    }
    Held::yes(if scene.buckets().is_empty() { "the workload has no bucket" } else { "0 objects are on their way" })
}

pub(super) fn bucket_quiet(scene: &Scene<'_>) -> Held {
    let first = matches!(scene.stage.action, Action::StorageUndelete | Action::StorageRestoreVersions);
    let mut loose = Vec::new();
    for bucket in scene.buckets() {
        let site = scene.site();
        let (here, there) = (scene.workload.bucket_subject(bucket, site), scene.workload.bucket_subject(bucket, site.other()));
        let own = match scene.see::<Replication>(&here) {
            Fresh::Is(found, _) => found,
            other => return blind(scene, &here, other),
        };
        let Some(rules) = &own.lifecycle else { return Held::unknown(format!("{here}: its lifecycle rules could not be read")) };
        loose.extend(rules.iter().filter(|rule| rule.enabled).map(|rule| format!("lifecycle {}", clipped(&rule.id, 40))));
        match scene.see::<Replication>(&there) {
            Fresh::Is(found, _) => {
                let inward = found.rules.iter().filter(|rule| rule.enabled && goes_to(&rule.destination, bucket.sites.get(site)));
                loose.extend(inward.map(|rule| format!("replication {}", clipped(&rule.id, 40))));
            }
            Fresh::Missing => {}
            other => return blind(scene, &there, other),
        }
    }
    match (loose.is_empty(), first) {
        (true, _) => Held::yes("no lifecycle rule and no replication inward is in force"),
        (false, true) => Held::yes(format!("the step holds these before it touches an object: {}", listed(&loose))),
        (false, false) => Held::no(format!("still in force: {}", listed(&loose))),
    }
}

fn blind(scene: &Scene<'_>, subject: &Subject, seen: Fresh<'_, Replication>) -> Held {
    match seen {
        Fresh::Missing => Held::no(format!("{subject} does not exist")),
        Fresh::Failing(failing) => Held::unknown(format!("{subject}: no answer for {}", human_duration(scene.now.since(failing.since)))),
        Fresh::Is(..) | Fresh::NotYet => Held::unknown(format!("{subject}: nobody has looked yet")),
    }
}
