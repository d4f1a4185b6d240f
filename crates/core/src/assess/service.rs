//! An ECS service at a site: what runs against what should.

use super::assessment::Component;
use super::look::Look;
use super::row::Row;
use super::told::{clipped, tasks};
use crate::config::{Service, Site};
use crate::domain::fact::{Bounds, Service as Found};
use crate::domain::{Kind, Measure, Seen, Verdict};

pub(super) fn service(look: Look<'_>, service: &Service, site: Site, carries: bool) -> Component {
    let workload = look.workload;
    let at = service.sites.get(site);
    let mut row = Row::new(look, format!("{site}/service/{}", service.name), Some(site.into()), &service.name);
    let seen = row.watch::<Found>(workload.service_subject(Kind::Service, service, site));
    match seen {
        Seen::Now(found, _) => {
            figures(&mut row, found);
            judge(&mut row, found, carries);
            let wanted = if site == Site::Standby && carries { at.failover_tasks } else { at.tasks };
            let least = at.bounds.map_or(wanted, |bounds| bounds.min);
            if carries && tasks(found.desired) < least && found.desired > 0 {
                row.says(Verdict::Degraded, format!("{} wanted, of {least} configured", found.desired));
            }
        }
        Seen::Stale(found, _) => figures(&mut row, found),
        Seen::Missing(_) => row.missing(&format!("service {}", clipped(&at.service, 60)), Verdict::Critical),
        Seen::Unknown(_) => {}
    }
    if service.autoscaled {
        bounds(&mut row, look, service, site, carries);
    }
    if let Some(found) = seen.last()
        && !carries
        && at.failover_tasks > tasks(found.desired)
    {
        row.figure(format_args!("({} on failover)", at.failover_tasks));
    }
    row.beside(workload.service_subject(Kind::Tasks, service, site));
    row.series(workload.service_metric(service, site, Measure::ServiceCpu));
    row.beside(workload.service_metric(service, site, Measure::ServiceMemory));
    row.done()
}

fn figures(row: &mut Row<'_>, found: &Found) {
    row.figure(format_args!("{}/{} running", found.running, found.desired));
    row.number(f64::from(found.running), "tasks");
    row.gauge(tasks(found.running), tasks(found.desired));
    if found.pending > 0 {
        row.figure(format_args!("{} pending", found.pending));
    }
    if found.deployments.iter().any(|deployment| deployment.rollout.as_deref() == Some("FAILED")) {
        row.figure("rollout failed");
    } else if is_rolling(found) {
        row.figure("rolling out");
    }
}

/// A rollout moves tasks; the word alone also stays behind where nothing moves any more.
fn is_rolling(found: &Found) -> bool {
    found.deployments.len() > 1 && found.deployments.iter().any(|deployment| deployment.rollout.as_deref() == Some("IN_PROGRESS"))
}

fn judge(row: &mut Row<'_>, found: &Found, carries: bool) {
    if found.status != "ACTIVE" {
        row.says(Verdict::Critical, format!("the service is {}", clipped(&found.status, 30)));
    }
    if let Some(failed) = found.deployments.iter().find(|deployment| deployment.rollout.as_deref() == Some("FAILED")) {
        let why = failed.rollout_reason.as_deref().map(|reason| format!(": {}", clipped(reason, 120))).unwrap_or_default();
        row.says(Verdict::Degraded, format!("the rollout failed{why}"));
    }
    match (found.running, found.desired) {
        (running, 0) if running <= 0 && !carries => {}
        (_, 0) if carries => row.says(Verdict::Critical, "no task is wanted where users are"),
        (0, wanted) => row.says(Verdict::Critical, format!("none of {wanted} tasks runs{}", starved(found))),
        (running, wanted) if running < wanted => row.says(Verdict::Degraded, format!("{running} of {wanted} tasks run{}", starved(found))),
        _ => {}
    }
}

/// What ECS says of why it starts nothing, in its newest words.
pub(crate) fn starved(found: &Found) -> String {
    let newest = found.events.iter().take(3).find(|event| event.text.contains("unable to"));
    newest.map(|event| format!(": {}", clipped(&event.text, 120))).unwrap_or_default()
}

fn bounds(row: &mut Row<'_>, look: Look<'_>, service: &Service, site: Site, carries: bool) {
    match row.watch::<Bounds>(look.workload.service_subject(Kind::Bounds, service, site)) {
        Seen::Now(bounds, _) => {
            row.figure(format_args!("{}–{}", bounds.min, bounds.max));
            if bounds.suspended_out && carries {
                row.says(Verdict::Degraded, "scaling out is suspended");
            }
        }
        Seen::Stale(bounds, _) => row.figure(format_args!("{}–{}", bounds.min, bounds.max)),
        Seen::Missing(_) => row.says(Verdict::Degraded, "Application Auto Scaling does not know this service"),
        Seen::Unknown(_) => row.figure("bounds unknown"),
    }
}
