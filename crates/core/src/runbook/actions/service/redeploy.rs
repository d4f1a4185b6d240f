use std::time::Duration;

use super::super::judging::{Judged, accepted, concluded, here, inferred, last, needs_done, service, services, stuck, word};
use super::is_alone;
use crate::assess::rules::starved;
use crate::config::Workload;
use crate::domain::change::SHOWS_BY;
use crate::domain::fact::{Deployment, Secret, Service as Found, Targets};
use crate::domain::{Change, Kind, Receipt, Subject, Timestamp, What};
use crate::runbook::{About, Confirm, Deed, Fresh, Guard, Part, RunSite, Scene, Standing, Undo};

/// Every task is younger than the secret: what reads the database's endpoint when it starts must start once more.
#[derive(Debug)]
pub(in crate::runbook) struct Redeploy;

impl Deed for Redeploy {
    fn about(&self) -> About {
        About {
            makes_true: "Every task was started after the secret was written last, so it knows the database that takes writes.",
            turns: ("deployed before the secret was written", "deployed anew, with the secret as it is now"),
            proof: "All tasks of a deployment that began after the secret was written run and are healthy; older ones only drain.",
            undo: Undo::Nothing,
            guards: &[Guard::ImagePresent],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(100),
            timeout: Duration::from_secs(900),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        services(workload, |_| true, "the workload has no services")
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        let Ok(service) = service(scene) else { return Vec::new() };
        let (workload, site) = (scene.workload, scene.site());
        let mut subjects = vec![workload.service_subject(Kind::Service, service, site)];
        subjects.extend(workload.target_subject(Kind::Targets, service, site));
        subjects.extend(workload.database.as_ref().and_then(|database| workload.secret_subject(database, site)));
        subjects
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(judge(scene))
    }

    fn foreseen(&self, scene: &Scene<'_>) -> Vec<Change> {
        change(scene).into_iter().collect()
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let Ok(service) = service(scene) else { return Default::default() };
        let found = last::<Found>(scene, &scene.workload.service_subject(Kind::Service, service, scene.site()));
        let primary = found.and_then(|found| found.deployments.iter().find(|deployment| deployment.status == "PRIMARY"));
        let before = match primary.map(|deployment| deployment.created_at) {
            Some(Some(at)) => format!("deployed at {at}"),
            Some(None) => "deployed some time ago".to_owned(),
            None => "unknown".to_owned(),
        };
        (before, "deployed anew, with the secret as it is now".to_owned())
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    let service = service(scene)?;
    let subject = scene.workload.service_subject(Kind::Service, service, scene.site());
    let found: &Found = scene.see(&subject).or_wait(&subject)?;
    let since = older_than(scene)?;
    let change = change(scene)?;
    let ours = accepted(scene, |past| past.change == change);

    let young = |deployment: &&Deployment| deployment.created_at.is_some_and(|at| at >= since);
    // Also one that was rolled back: repeating it would fail in the same way.
    if let Some(failed) = found.deployments.iter().find(|one| young(one) && one.rollout.as_deref() == Some("FAILED")) {
        let why = failed.rollout_reason.as_deref().map(word).unwrap_or_default();
        return Ok(stuck(format!("the deployment failed: {why}"), ["see why its tasks stop, then retry"]));
    }
    let primary = found.deployments.iter().find(|deployment| deployment.status == "PRIMARY");
    match primary {
        Some(primary) if young(&primary) => return complete(scene, found, primary, ours.is_some()),
        // Nobody says when it began; that ours was accepted is all there is.
        Some(primary) if primary.created_at.is_none() && ours.is_some() => return complete(scene, found, primary, true),
        _ => {}
    }
    if found.desired == 0 && found.running == 0 {
        return Ok(Standing::proven("no task runs: whatever is started now reads the secret as it is"));
    }
    let unheard = scene.past().next_back().and_then(|past| match past.answer {
        Some((at, Receipt::Unknown { .. })) if at >= scene.since => Some(at + SHOWS_BY),
        _ => None,
    });
    // One that shows late would be replaced half-way by a second one.
    if unheard.is_some_and(|shows_by| !matches!(scene.see_since::<Found>(&subject, shows_by), Fresh::Is(..))) {
        return Ok(Standing::working("nobody knows whether it was asked for; a deployment is looked for"));
    }
    Ok(Standing::needs([change]))
}

fn change(scene: &Scene<'_>) -> Result<Change, Standing> {
    let (_, at) = here(scene)?;
    Ok(Change::new(scene.region(), What::Redeploy { cluster: at.cluster.clone(), service: at.service.clone() }))
}

/// What a deployment must be younger than.
fn older_than(scene: &Scene<'_>) -> Result<Timestamp, Standing> {
    let written = scene.workload.database.as_ref().and_then(|database| scene.workload.secret_subject(database, scene.site()));
    let changed = match written {
        Some(subject) => scene.see::<Secret>(&subject).or_wait(&subject)?.last_changed,
        None => None,
    };
    Ok(changed.or_else(|| needs_done(scene)).unwrap_or(scene.memory.declared_at))
}

fn complete(scene: &Scene<'_>, found: &Found, primary: &Deployment, ours: bool) -> Judged {
    let service = service(scene)?;
    let whose = if ours { "the deployment" } else { "a deployment that was there already" };
    let began = primary.created_at.map(|at| format!(" that began at {at}")).unwrap_or_default();
    let healthy = match scene.workload.target_subject(Kind::Targets, service, scene.site()) {
        Some(group) => {
            let targets: &Targets = scene.see(&group).or_wait(&group)?;
            i32::try_from(targets.healthy()).unwrap_or(i32::MAX)
        }
        None => found.desired,
    };
    let enough = primary.desired >= found.desired && primary.running >= found.desired;
    let told = format!("{}/{} tasks of {whose}{began}, {healthy} healthy", primary.running, primary.desired);
    if !is_alone(found) || !enough || healthy < found.desired {
        return Ok(Standing::working(format!("{told}{}", starved(found))));
    }
    Ok(if primary.created_at.is_some() { Standing::proven(told) } else { inferred(told) })
}
