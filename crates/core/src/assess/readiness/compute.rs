//! Whether the target can run the services: they exist, their image is there, and so is room for them.

use super::checks::{Checks, Finding, Weight};
use crate::assess::service::starved;
use crate::assess::told::{clipped, tasks};
use crate::config::Service;
use crate::domain::fact::{Bounds, Repository, RunningImage, Service as Found, Targets, Tasks};
use crate::domain::{Kind, Subject};

pub(super) fn check(checks: &mut Checks<'_>) {
    for service in &checks.look.workload.services {
        one(checks, service);
    }
}

fn one(checks: &mut Checks<'_>, service: &Service) {
    let look = checks.look;
    let target = checks.target;
    let wanted = service.sites.get(target).failover_tasks;
    let subject = look.workload.service_subject(Kind::Service, service, target);
    let id = |what: &str| format!("service.{}.{what}", service.name);
    let exists = checks.judge::<Found>(&subject, |found| {
        (found.status == "ACTIVE", format!("{} is {}", clipped(&found.name, 80), clipped(&found.status, 30)))
    });
    checks.add(Weight::Required, id("exists"), format!("{} exists at the target", service.name), exists);
    if let Some(finding) = image(checks, service) {
        checks.add(Weight::Required, id("image"), format!("The image of {} is in the target region", service.name), finding);
    }
    if service.autoscaled {
        let bounds = checks.judge::<Bounds>(&look.workload.service_subject(Kind::Bounds, service, target), |found| {
            (tasks(found.max) >= wanted, format!("{}–{} tasks allowed, {wanted} wanted", found.min, found.max))
        });
        checks.add(Weight::Required, id("bounds"), format!("The bounds of {} allow for the load", service.name), bounds);
    }
    let capacity = checks.judge::<Found>(&subject, |found| {
        let why = starved(found);
        match (why.is_empty(), found.pending, found.running < found.desired) {
            (false, _, true) => (false, format!("{} of {} tasks run{why}", found.running, found.desired)),
            (true, 0, true) => (false, format!("{} of {} tasks run, and none is starting", found.running, found.desired)),
            (_, pending, true) => (false, format!("{} of {} tasks run, {pending} are starting", found.running, found.desired)),
            _ => (true, format!("{} of {} tasks run, {wanted} wanted", found.running, found.desired)),
        }
    });
    checks.add(Weight::Advisory, id("capacity"), format!("The target starts the tasks of {} that it is asked for", service.name), capacity);
    if let Some(group) = look.workload.target_subject(Kind::Targets, service, target) {
        let pilot = service.sites.get(target).tasks == 0;
        let healthy = checks.judge::<Targets>(&group, |found| {
            let (up, all) = (found.healthy(), found.registered());
            match (up, all) {
                (0, 0) if pilot => (true, "a pilot light: nothing is registered yet".to_owned()),
                _ => (up > 0, format!("{up} of {all} targets healthy")),
            }
        });
        checks.add(Weight::Required, id("targets"), format!("{} has a healthy target at the target", service.name), healthy);
    }
}

/// Whether what runs can be pulled at the target. `None` where no repository is configured for it.
fn image(checks: &Checks<'_>, service: &Service) -> Option<Finding> {
    let look = checks.look;
    if look.workload.repositories.is_empty() {
        return None;
    }
    // What runs at the source is what must run at the target; where that cannot be seen, what runs there already will do.
    let at = [checks.source, checks.target].map(|site| look.workload.service_subject(Kind::Tasks, service, site));
    let running = at.iter().find_map(|subject| look.see::<Tasks>(subject).now().and_then(images));
    let Some(images) = running else {
        let missing = look.see::<Tasks>(&at[0]).is_missing();
        let why = if missing { "the service does not exist".to_owned() } else { checks.why_not(&at[0]) };
        return Some((None, format!("unknown: what {} runs: {why}", service.name)));
    };
    let findings = images.iter().filter_map(|image| {
        let repository = look.workload.repositories.iter().find(|repository| is_of(&image.image, &repository.name))?;
        let subject = Subject::new(Kind::Repository, look.workload.region(checks.target), &repository.name);
        Some(match image.digest.as_deref() {
            None => (None, format!("ECS does not say which digest of {} runs", clipped(&repository.name, 60))),
            Some(digest) => checks.judge::<Repository>(&subject, |found| {
                let word = if found.holds(digest) { "holds" } else { "does not hold" };
                (found.holds(digest), format!("{} {word} {}", clipped(&found.name, 60), clipped(digest, 19)))
            }),
        })
    });
    super::checks::worst(findings.collect::<Vec<_>>())
}

fn images(found: &Tasks) -> Option<&[RunningImage]> {
    found.tasks.iter().find(|task| task.status == "RUNNING" && !task.images.is_empty()).map(|task| task.images.as_slice())
}

/// Whether an image, with registry and tag or digest, is of this repository.
fn is_of(image: &str, repository: &str) -> bool {
    let untagged = image.split('@').next().unwrap_or(image);
    let untagged = match untagged.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => untagged,
    };
    untagged == repository || untagged.strip_suffix(repository).is_some_and(|registry| registry.ends_with('/'))
}
