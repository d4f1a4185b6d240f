//! How long a failover would take from now: the legs of the critical path, from the table of usual timings.

use std::time::Duration;

use super::assessment::{Forecast, Impairment, Leg};
use super::look::Look;
use super::roles::Roles;
use super::timings::{
    ALIAS_TTL, BACKING_UP, BY_HAND, GLOBAL_FAILOVER, HEALTH_CHECK_CHANGE, PROMOTE, PROOF_WINDOW, RECORD_CHANGE, SECRET, TARGET_HEALTHY,
    TASK_START, Takes, USUAL_DETECTION, WRITE_PROOF,
};
use super::told::{bounded, clipped, tasks};
use crate::config::{Actor, DatabaseKind, Flip, RtoFrom, Site};
use crate::domain::fact::{HealthCheck, Instance, Rule, Service};
use crate::domain::{Kind, human_duration};

pub(crate) fn forecast(look: Look<'_>, roles: &Roles, impairment: &Impairment) -> Forecast {
    let Some(target) = roles.target() else { return Forecast::default() };
    let legs = legs(look, roles, target);
    let p50: Duration = legs.iter().map(|leg| leg.p50).sum();
    // Legs are late independently of each other: their margins add up as squares, not as sums.
    let margin = legs.iter().map(|leg| leg.p90.saturating_sub(leg.p50).as_secs_f64().powi(2)).sum::<f64>().sqrt();
    let p90 = p50 + Duration::from_secs_f64(margin);
    let rto = look.workload.objectives.rto;
    let begun = match look.workload.rto_from {
        RtoFrom::Outage => impairment.since.unwrap_or(look.now),
        RtoFrom::Declared => look.now,
    };
    Forecast { p50, p90, latest_safe_start: Some(begun + rto - p90), unreachable: unreachable(look, target, p50), legs }
}

fn leg(name: &str, takes: Takes) -> Leg {
    Leg { name: name.to_owned(), p50: takes.p50, p90: takes.p90 }
}

fn legs(look: Look<'_>, roles: &Roles, target: Site) -> Vec<Leg> {
    let mut legs = Vec::new();
    // The database is promoted while tasks start: the longer of the two counts.
    let database = database(look, target);
    let scaling = scaling(look, target);
    let longest = |legs: &[Leg]| legs.iter().map(|leg| leg.p50).sum::<Duration>();
    let moved = !database.is_empty();
    legs.extend(if longest(&database) >= longest(&scaling) { database } else { scaling });
    if moved && look.workload.database.as_ref().is_some_and(|database| database.secret.is_some()) {
        legs.push(leg("secret", SECRET));
        if !look.workload.services.is_empty() {
            legs.push(leg("redeploy", one_after_the_other(TASK_START, TARGET_HEALTHY)));
        }
    }
    if let Some(dns) = &look.workload.dns {
        if dns.probe.write_path.is_some() {
            legs.push(leg("write proof", WRITE_PROOF));
        }
        if roles.landing.site() != Some(target) {
            legs.extend(match dns.flip {
                Flip::FailoverRecord | Flip::Weighted => Some(leg("record", RECORD_CHANGE)),
                Flip::HealthCheckInvert => Some(leg("health check", HEALTH_CHECK_CHANGE)),
                Flip::Automatic => None,
                Flip::Manual => Some(leg("record, by hand", BY_HAND)),
            });
            let ttl = dns.ttl.unwrap_or(ALIAS_TTL);
            // A cache was filled at any time within the TTL; the last of several resolvers counts.
            legs.push(Leg { name: "caches".to_owned(), p50: ttl.mul_f64(0.7), p90: ttl.mul_f64(0.95) });
        }
        legs.push(leg("proof", PROOF_WINDOW));
    }
    legs
}

/// What happens one after the other: medians add up, margins as squares.
fn one_after_the_other(first: Takes, second: Takes) -> Takes {
    let margin = |takes: Takes| takes.p90.saturating_sub(takes.p50).as_secs_f64();
    let p50 = first.p50 + second.p50;
    Takes { p50, p90: p50 + Duration::from_secs_f64(margin(first).hypot(margin(second))) }
}

fn database(look: Look<'_>, target: Site) -> Vec<Leg> {
    let Some(database) = &look.workload.database else { return Vec::new() };
    match database.kind {
        DatabaseKind::AuroraGlobal => vec![leg("database failover", GLOBAL_FAILOVER)],
        DatabaseKind::RdsReplica => {
            let seen = look.see::<Instance>(&look.workload.database_subject(database, target));
            match seen.now() {
                Some(found) if found.is_writable() => Vec::new(),
                Some(found) if found.status == "backing-up" => vec![leg("backup ends", BACKING_UP), leg("promotion", PROMOTE)],
                _ => vec![leg("promotion", PROMOTE)],
            }
        }
    }
}

fn scaling(look: Look<'_>, target: Site) -> Vec<Leg> {
    let short = look.workload.services.iter().any(|service| {
        let wanted = service.sites.get(target).failover_tasks;
        // Until it is known what runs, everything must still be started.
        let running = look
            .see::<Service>(&look.workload.service_subject(Kind::Service, service, target))
            .now()
            .map_or(0, |found| tasks(found.running));
        running < wanted
    });
    if short { vec![leg("tasks", one_after_the_other(TASK_START, TARGET_HEALTHY))] } else { Vec::new() }
}

/// Why the objective cannot be met whatever one does: noticing and failing over take longer already.
fn unreachable(look: Look<'_>, target: Site, p50: Duration) -> Option<String> {
    let rto = look.workload.objectives.rto;
    let about = format!("failover ~{}", rounded(p50));
    if look.workload.rto_from == RtoFrom::Declared {
        return (p50 > rto).then(|| format!("OBJECTIVE UNREACHABLE: {about} > {}", rounded(rto)));
    }
    let (detection, by) = detection(look, target.other());
    (detection + p50 > rto)
        .then(|| bounded(format!("OBJECTIVE UNREACHABLE: detection {}{by} + {about} > {}", rounded(detection), rounded(rto))))
}

/// How long it takes until whatever is meant to notice an outage has noticed it. Where a schedule looks after the workload, that is it; else
/// the health check.
fn detection(look: Look<'_>, source: Site) -> (Duration, String) {
    let monitor = look.workload.automations.iter().filter(|automation| matches!(automation.what, Actor::Rule(_))).find_map(|automation| {
        let seen = look.see::<Rule>(&look.workload.automation_subject(automation));
        let rule = seen.now().filter(|rule| rule.enabled)?;
        let every = every(rule.schedule.as_deref()?)?;
        Some((every * look.workload.unhealthy_after, format!(" ({})", clipped(&rule.name, 40))))
    });
    let health_check = || {
        let dns = look.workload.dns.as_ref()?;
        let seen = look.see::<HealthCheck>(&look.workload.health_check_subject(Kind::HealthCheck, dns, source)?);
        let found = seen.now()?;
        let (interval, threshold) = (found.interval_seconds?, found.failure_threshold?);
        Some(Duration::from_secs(u64::from(tasks(interval))) * tasks(threshold).min(10))
    };
    monitor.unwrap_or_else(|| (health_check().unwrap_or(USUAL_DETECTION), String::new()))
}

/// The rate of a schedule that is frequent enough to be a watchman's; tests and reports run by the hour, the day or the week.
fn every(schedule: &str) -> Option<Duration> {
    let inner = schedule.strip_prefix("rate(")?.strip_suffix(')')?;
    let (number, unit) = inner.split_once(' ')?;
    let minutes: u64 = number.parse().ok().filter(|minutes| *minutes <= 15)?;
    unit.starts_with("minute").then(|| Duration::from_secs(minutes * 60))
}

/// Minutes where minutes will do.
fn rounded(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 120 { human_duration(Duration::from_secs(seconds)) } else { format!("{}m", (seconds + 30) / 60) }
}
