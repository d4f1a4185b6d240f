//! The readiness screen's checks as guards.

use super::Held;
use crate::assess::Check;
use crate::assess::rules::{Roles, checks, estate, forecast, identities, impairment, lag_subject, resolutions};
use crate::config::Site;
use crate::domain::{Kind, Measure, Snapshot, Subject};
use crate::runbook::scene::Scene;

/// What the checks of a failover to `target` look at.
pub(in crate::runbook) fn subjects(scene: &Scene<'_>, target: Site) -> Vec<Subject> {
    let workload = scene.workload;
    let (source, region) = (target.other(), workload.region(target));
    let mut subjects = identities(workload);
    subjects.push(Subject::credentials());
    subjects.extend(estate(workload, target));
    if let Some(database) = &workload.database {
        subjects.push(workload.database_subject(database, source));
        subjects.extend(workload.secret_subject(database, source));
        subjects.push(lag_subject(scene.look(scene.snapshot), database, target));
        subjects.push(workload.restore_subject(database, target, target));
    }
    subjects.extend(workload.services.iter().map(|service| workload.service_subject(Kind::Tasks, service, source)));
    subjects.extend(workload.repositories.iter().map(|repository| Subject::new(Kind::Repository, region, &repository.name)));
    subjects.extend(workload.keys.iter().map(|key| Subject::new(Kind::Key, region, key.get(target))));
    for bucket in &workload.buckets {
        subjects.push(workload.bucket_subject(bucket, source));
        let measures = [Measure::BytesPending, Measure::OperationsPending, Measure::OperationsFailed];
        subjects.extend(measures.iter().filter(|_| bucket.metrics).map(|measure| workload.bucket_metric(bucket, source, *measure)));
    }
    if let Some(dns) = &workload.dns {
        subjects.push(workload.certificate_subject(dns, target));
        subjects.push(workload.site_sight(target));
        subjects.push(workload.record_subject(dns));
        subjects.push(Subject::global(Kind::Zone, &dns.zone));
        for site in [source, target] {
            subjects.extend(workload.health_check_subject(Kind::HealthCheck, dns, site));
        }
        subjects.extend(resolutions(dns));
    }
    subjects.extend(workload.automations.iter().map(|automation| workload.automation_subject(automation)));
    subjects.extend(workload.notify.topic.get(target).as_ref().map(|arn| Subject::new(Kind::Topic, region, arn)));
    subjects.sort();
    subjects.dedup();
    subjects
}

/// All checks of a failover to `target`, on fresh values.
pub(in crate::runbook) fn judged(scene: &Scene<'_>, target: Site) -> Vec<Check> {
    on(scene, &scene.fresh(&subjects(scene, target)), target)
}

fn on(scene: &Scene<'_>, snapshot: &Snapshot, target: Site) -> Vec<Check> {
    let look = scene.look(snapshot);
    let roles = Roles::from(look, target.other());
    let impairment = impairment(look, &roles);
    let forecast = forecast(look, &roles, &impairment);
    checks(look, &roles, &forecast, impairment.outage())
}

/// The check of this name, judged by these subjects alone.
pub(super) fn check(scene: &Scene<'_>, subjects: &[Subject], target: Site, id: &str) -> Held {
    worst(scene, subjects, target, |check| check.id == id)
}

/// The worst of some checks: a no beats not knowing, which beats a yes. Where there is no such check, there is no such thing.
pub(super) fn worst(scene: &Scene<'_>, subjects: &[Subject], target: Site, fits: impl Fn(&Check) -> bool) -> Held {
    worst_on(scene, &scene.fresh(subjects), target, fits)
}

pub(super) fn worst_on(scene: &Scene<'_>, snapshot: &Snapshot, target: Site, fits: impl Fn(&Check) -> bool) -> Held {
    let weight = |check: &Check| match check.ok {
        Some(false) => 2,
        None => 1,
        Some(true) => 0,
    };
    let checks = on(scene, snapshot, target).into_iter().filter(fits);
    let worst = checks.reduce(|worst, next| if weight(&next) > weight(&worst) { next } else { worst });
    worst.map_or_else(|| Held::yes("the workload has nothing of the kind"), |check| Held::new(check.ok, check.why))
}
