use std::time::Duration;

use super::super::judging::{Judged, accepted, concluded, figures, here, inferred, keep, last, service, services, stuck, word};
use super::load::{TASKS, name};
use super::{Load, is_alone};
use crate::assess::rules::{starved, tasks};
use crate::config::{Service, SiteService, Workload};
use crate::domain::fact::{Bounds, Service as Found, Targets};
use crate::domain::{Cause, Change, Kind, Subject, What};
use crate::runbook::{About, Confirm, Deed, Fresh, Guard, Part, RunSite, Scene, Standing, Undo};

/// As many tasks as the load takes: running, behind the load balancer, and of one deployment.
#[derive(Debug)]
pub(in crate::runbook) struct Scale;

/// What is known of the bounds, as far as it decides anything.
enum Limits<'a> {
    /// Nothing but this action sets the count.
    None,
    Are(&'a Bounds),
    /// They cannot be read; that keeps nobody from starting tasks.
    Unknown(String),
}

impl Deed for Scale {
    fn about(&self) -> About {
        About {
            makes_true: "As many tasks run as the load takes, and the load balancer finds as many healthy.",
            turns: ("how many tasks run", "as many as the load takes"),
            proof: "Running tasks and healthy targets are at least as many as wanted, and no deployment is under way.",
            undo: Undo::By("service.scale with tasks = \"before\""),
            guards: &[Guard::ImagePresent],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(90),
            timeout: Duration::from_secs(900),
            may_fail: false,
            parameters: &[TASKS],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        services(workload, |_| true, "the workload has no services")
    }

    fn refuses(&self, parameter: &str, value: &str) -> Option<String> {
        Load::refuses(parameter, value)
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        let Ok(service) = service(scene) else { return Vec::new() };
        let (workload, site) = (scene.workload, scene.site());
        let mut subjects = vec![workload.service_subject(Kind::Service, service, site)];
        subjects.extend(workload.target_subject(Kind::Targets, service, site));
        if service.autoscaled {
            subjects.push(workload.service_subject(Kind::Bounds, service, site));
        }
        subjects
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(judge(scene))
    }

    /// Only where an earlier step will have changed the count: elsewhere it is seen now what is wanted.
    fn foreseen(&self, scene: &Scene<'_>) -> Vec<Change> {
        again(scene).unwrap_or_default()
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let Ok(service) = service(scene) else { return Default::default() };
        let found = last::<Found>(scene, &scene.workload.service_subject(Kind::Service, service, scene.site()));
        let before = found.map_or("unknown".to_owned(), |found| format!("{} of {} tasks run", found.running, found.desired));
        let after = Load::of(scene).map_or("unknown".to_owned(), |load| format!("{} tasks run", load.tasks(scene, service)));
        (before, after)
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    let (service, at) = here(scene)?;
    let load = Load::of(scene)?;
    let wanted = load.tasks(scene, service);
    let subject = scene.workload.service_subject(Kind::Service, service, scene.site());
    let found: &Found = scene.see(&subject).or_wait(&subject)?;
    let limits = limits(scene, service)?;

    let mut changes = Vec::new();
    if let Limits::Are(bounds) = &limits {
        let (min, max) = load.bounds(scene, service, Some(bounds));
        // The minimum first: a count below it would be raised, a count above a low one scaled in again.
        if (bounds.min, bounds.max) != (min, max) {
            changes.push(bound(scene, at, (min, max)));
        }
    }
    let scale = count(scene, at, wanted);
    // Where it was told a figure, the count is the scaler's own business afterwards.
    let handed_over = service.autoscaled && accepted(scene, |past| past.change == scale).is_some();
    let few = found.desired < wanted && (load == Load::Failover || !handed_over);
    let many = found.desired > wanted && load != Load::Failover && !handed_over;
    if few || many {
        changes.push(scale);
    }
    if found.status != "ACTIVE" {
        return Ok(Standing::stuck(format!("the service is {}", word(&found.status))));
    }
    if !changes.is_empty() {
        let bounds = match &limits {
            Limits::Are(bounds) => vec![("min", bounds.min), ("max", bounds.max)],
            _ => Vec::new(),
        };
        let aside = bounds.into_iter().chain([("desired", found.desired)]);
        let keep = keep(scene, aside.map(|(what, value)| (name(scene.site(), service, what), value.to_string())));
        return Ok(Standing::Needs { changes, keep });
    }
    settled(scene, service, found, if load == Load::Failover { wanted } else { found.desired }, &limits)
}

fn bound(scene: &Scene<'_>, at: &SiteService, (min, max): (i32, i32)) -> Change {
    Change::new(scene.region(), What::SetBounds { cluster: at.cluster.clone(), service: at.service.clone(), min, max })
}

fn count(scene: &Scene<'_>, at: &SiteService, desired: i32) -> Change {
    Change::new(scene.region(), What::ScaleService { cluster: at.cluster.clone(), service: at.service.clone(), desired })
}

fn again(scene: &Scene<'_>) -> Result<Vec<Change>, Standing> {
    let (service, at) = here(scene)?;
    let load = Load::of(scene)?;
    let ours = |change: &Change| {
        change.region == *scene.region()
            && matches!(&change.what, What::ScaleService { cluster, service, .. } if (cluster, service) == (&at.cluster, &at.service))
    };
    if !scene.memory.past.iter().any(|past| ours(&past.change)) {
        return Ok(Vec::new());
    }
    let subject = scene.workload.service_subject(Kind::Bounds, service, scene.site());
    let bounds = service.autoscaled.then(|| bound(scene, at, load.bounds(scene, service, last(scene, &subject))));
    Ok(bounds.into_iter().chain([count(scene, at, load.tasks(scene, service))]).collect())
}

fn limits<'a>(scene: &Scene<'a>, service: &Service) -> Result<Limits<'a>, Standing> {
    if !service.autoscaled {
        return Ok(Limits::None);
    }
    let subject = scene.workload.service_subject(Kind::Bounds, service, scene.site());
    match scene.see::<Bounds>(&subject) {
        Fresh::Is(bounds, _) => Ok(Limits::Are(bounds)),
        // What it does not know it does not scale.
        Fresh::Missing => Ok(Limits::None),
        Fresh::NotYet => Err(Standing::Looking { what: subject.to_string() }),
        // Tasks can be started without it, and users wait for them. What only we are to blame for will pass.
        Fresh::Failing(failing) if failing.trouble.cause.is_theirs() || failing.trouble.cause == Cause::Unintelligible => {
            Ok(Limits::Unknown(word(&failing.trouble.text)))
        }
        Fresh::Failing(failing) => Err(Standing::Blind { why: format!("{subject}: {}", failing.trouble.text) }),
    }
}

/// The count is as wanted; whether it runs.
fn settled(scene: &Scene<'_>, service: &Service, found: &Found, wanted: i32, limits: &Limits<'_>) -> Judged {
    let primary = found.deployments.iter().find(|deployment| deployment.status == "PRIMARY");
    if let Some(failed) = primary.filter(|deployment| deployment.rollout.as_deref() == Some("FAILED")) {
        let why = failed.rollout_reason.as_deref().map(word).unwrap_or_default();
        return Ok(stuck(format!("the deployment failed: {why}"), ["repair the task definition, then retry"]));
    }
    let group = scene.workload.target_subject(Kind::Targets, service, scene.site());
    let healthy = match &group {
        Some(group) => {
            let targets: &Targets = scene.see(group).or_wait(group)?;
            Some(i32::try_from(targets.healthy()).unwrap_or(i32::MAX))
        }
        None => None,
    };
    let told = figures([
        format!("{} of {wanted} tasks run", found.running),
        healthy.map(|healthy| format!("{healthy} healthy")).unwrap_or_default(),
        if !is_alone(found) { "a deployment is under way".to_owned() } else { String::new() },
    ]);
    let few = found.running < wanted || healthy.is_some_and(|healthy| healthy < wanted);
    if few || found.running > found.desired || !is_alone(found) {
        let so_far = healthy.unwrap_or(found.running).min(found.running);
        let share = (wanted > 0).then(|| (f64::from(tasks(so_far)) / f64::from(tasks(wanted).max(1))).min(1.0));
        let says = if found.running < wanted { format!("{told}{}", starved(found)) } else { told };
        return Ok(Standing::Working { says, share });
    }
    Ok(match limits {
        Limits::Unknown(why) => inferred(format!("{told} · its minimum is unknown, so it may be scaled in: {why}")),
        _ => Standing::proven(told),
    })
}
