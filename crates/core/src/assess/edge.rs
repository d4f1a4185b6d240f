//! Where users come in: the targets behind a site's load balancers, how fast they answer, and how often wrongly.

use super::assessment::Component;
use super::clients::{clients, door};
use super::look::Look;
use super::metric::{Measured, counted, steady};
use super::row::Row;
use super::told::listed;
use crate::config::Site;
use crate::domain::fact::{Point, Sight, Targets};
use crate::domain::{Kind, Measure, Seen, Timestamp, Verdict, human_duration, quantity};

/// From this share of answers with 5xx on, users notice; from the second on, hardly anybody is served.
const SOME_FAIL: f64 = 0.01;
const MOST_FAIL: f64 = 0.5;
/// Fewer failures than this in a minute are nobody's outage, whatever share of little traffic they are.
const A_HANDFUL: f64 = 5.0;

pub(super) fn edge(look: Look<'_>, site: Site, carries: bool) -> Option<Component> {
    let workload = look.workload;
    let behind: Vec<_> = workload.services.iter().filter(|service| service.sites.get(site).target_group.is_some()).collect();
    let mut row = Row::new(look, format!("{site}/edge"), Some(site.into()), "edge");
    if behind.is_empty() {
        look.get(&workload.site_sight(site))?;
        door(&mut row, look, site);
        clients(&mut row, look, site, carries);
        return Some(row.done());
    }
    // With no healthy target a load balancer sends to all of them, and some may serve.
    let answers = look.see::<Sight>(&workload.site_sight(site)).now().is_some_and(Sight::is_ok);
    let (mut healthy, mut registered, mut seen_any) = (0_usize, 0_usize, false);
    let mut counted_by_aws = None;
    for service in &behind {
        let Some(subject) = workload.target_subject(Kind::Targets, service, site) else { continue };
        match row.watch::<Targets>(subject) {
            Seen::Now(targets, _) => {
                let (up, all) = (targets.healthy(), targets.registered());
                (healthy, registered, seen_any) = (healthy + up, registered + all, true);
                judge(&mut row, &service.name, targets, carries, answers);
            }
            Seen::Stale(targets, _) => {
                counted_by_aws = counted_by_aws.or(hosts(look, service, site));
                (healthy, registered, seen_any) = (healthy + targets.healthy(), registered + targets.registered(), true)
            }
            Seen::Missing(_) => row.says(Verdict::Critical, format!("the target group of {} does not exist", service.name)),
            Seen::Unknown(_) => counted_by_aws = counted_by_aws.or(hosts(look, service, site)),
        }
    }
    // Where the targets cannot be asked one by one, the load balancer's own count of them is better than none; it is no leave to be green.
    if let Some(point) = counted_by_aws {
        let age = human_duration(look.now.since(point.at));
        row.figure(format_args!("{:.0} healthy by CloudWatch {age} ago", point.value));
    }
    if seen_any {
        row.figure(format_args!("{healthy}/{registered} healthy"));
        #[expect(clippy::cast_precision_loss, reason = "a count of targets")]
        row.number(healthy as f64, "targets");
    }
    traffic(&mut row, look, site, &behind, carries);
    row.beside(workload.site_sight(site));
    clients(&mut row, look, site, carries);
    Some(row.done())
}

/// How many targets the load balancer counted as healthy last.
fn hosts(look: Look<'_>, service: &crate::config::Service, site: Site) -> Option<Point> {
    match steady(look, &look.workload.edge_metric(service, site, Measure::HealthyHosts)?) {
        Measured::Now(point) if point.value >= 0.0 => Some(point),
        _ => None,
    }
}

fn judge(row: &mut Row<'_>, name: &str, targets: &Targets, carries: bool, answers: bool) {
    let (up, all) = (targets.healthy(), targets.registered());
    if up == all && all > 0 {
        return;
    }
    let ailing: Vec<_> = targets.targets.iter().filter(|target| !matches!(target.state.as_str(), "healthy" | "draining")).collect();
    let reasons: Vec<&str> = ailing.iter().filter_map(|target| target.reason.as_deref().or(target.description.as_deref())).collect();
    let why = if reasons.is_empty() { String::new() } else { format!(" ({})", listed(reasons.get(..1).unwrap_or_default())) };
    let arriving = ailing.iter().all(|target| target.state == "initial");
    match (up, all) {
        (0, 0) if carries => row.says(Verdict::Critical, format!("{name}: no target is registered")),
        // A pilot light has nothing behind its load balancer, and wants nothing.
        (0, 0) => {}
        (0, _) if arriving && !carries => row.says(Verdict::Degraded, format!("{name}: targets are starting{why}")),
        (0, _) if answers => row.says(Verdict::Degraded, format!("{name}: none of {all} targets is healthy, and yet it answers{why}")),
        (0, _) => row.says(Verdict::Critical, format!("{name}: none of {all} targets is healthy{why}")),
        _ if arriving => row.says(Verdict::Degraded, format!("{name}: {} of {all} targets are starting", all - up)),
        _ => row.says(Verdict::Degraded, format!("{name}: {} of {all} targets are not healthy{why}", all - up)),
    }
}

/// The figures of the load balancers: shown where users are, or where somebody asks for something all the same.
fn traffic(row: &mut Row<'_>, look: Look<'_>, site: Site, behind: &[&crate::config::Service], carries: bool) {
    let (mut requests, mut errors, mut slowest, mut old) = (0.0, 0.0, None::<f64>, false);
    let mut refused = 0.0;
    let (mut counts_known, mut times_known, mut counted_at) = (true, true, None);
    let mut doubts = Vec::new();
    for service in behind {
        let metric = |measure| look.workload.edge_metric(service, site, measure);
        let (Some(count), Some(failed), Some(time)) =
            (metric(Measure::Requests), metric(Measure::ServerErrors), metric(Measure::ResponseTime))
        else {
            continue;
        };
        row.series(time.clone());
        row.beside(count.clone());
        row.beside(failed.clone());
        let refusals = metric(Measure::ClientErrors);
        refused += refusals.as_ref().and_then(|subject| counted(look, subject).now()).unwrap_or(0.0).max(0.0);
        [refusals, metric(Measure::HealthyHosts)].into_iter().flatten().for_each(|subject| row.beside(subject));
        let (asked, wrong) = (counted(look, &count), counted(look, &failed));
        let here = match asked {
            Measured::Now(point) | Measured::Old(point) => {
                counted_at = Some(counted_at.map_or(point.at, |at: Timestamp| at.min(point.at)));
                point.value.max(0.0)
            }
            Measured::Nothing => 0.0,
            Measured::Unknown => {
                counts_known = false;
                doubts.push(("requests", count.clone()));
                0.0
            }
        };
        requests += here;
        match wrong {
            // Nothing is published while nothing fails; a point of an earlier minute says nothing of the last.
            Measured::Now(point) | Measured::Old(point) => errors += point.value.max(0.0).min(here),
            Measured::Nothing => {}
            Measured::Unknown => {
                counts_known = false;
                doubts.push(("5xx", failed));
            }
        }
        old |= matches!(asked, Measured::Old(_)) || matches!(wrong, Measured::Old(_));
        match steady(look, &time) {
            Measured::Now(point) => slowest = Some(slowest.map_or(point.value, |slowest: f64| slowest.max(point.value))),
            Measured::Old(point) if here > 0.0 => {
                slowest = Some(slowest.map_or(point.value, |slowest: f64| slowest.max(point.value)));
                old = true;
            }
            Measured::Unknown if carries => {
                times_known = false;
                doubts.push(("p95", time));
            }
            Measured::Old(_) | Measured::Nothing | Measured::Unknown => {}
        }
        if here > 0.0 || carries {
            row.aged_by(&count);
        }
    }
    if !carries && requests <= 0.0 {
        return;
    }
    if old && !carries {
        // Users were here, and are not any more: nothing depends on what they got.
        return;
    }
    // What is shown as unknown is not green, wherever it is.
    doubts.iter().for_each(|(what, subject)| row.doubt_of(what, subject));
    if old {
        row.old("the load balancer's figures are old".to_owned());
    }
    match slowest {
        Some(seconds) => row.figure(format_args!("p95 {}", quantity(seconds, "s").concat())),
        None if !times_known => row.figure("p95 unknown"),
        None => {}
    }
    if !counts_known {
        row.figure("5xx unknown");
        return;
    }
    if requests <= 0.0 {
        row.figure("no requests counted");
        return;
    }
    let share = errors / requests;
    let as_of = human_duration(look.now.since(counted_at.unwrap_or(look.now)));
    row.figure(format_args!("5xx {:.1}%", share * 100.0));
    row.figure(format_args!("{requests:.0} req/min"));
    let of_them = (refused / requests).min(1.0);
    if of_them >= SOME_FAIL {
        row.figure(format_args!("4xx {:.1}%", of_them * 100.0));
    }
    if old {
        return;
    }
    if of_them >= MOST_FAIL && refused >= A_HANDFUL {
        // Users who do nothing wrong are not refused by the half: a password, a path or a policy is.
        row.says(Verdict::Degraded, format!("{:.0}% of requests were refused (4xx), as of {as_of} ago", of_them * 100.0));
    }
    if share >= MOST_FAIL {
        row.says(Verdict::Critical, format!("{:.0}% of requests failed, as of {as_of} ago", share * 100.0));
    } else if share >= SOME_FAIL && errors >= A_HANDFUL {
        row.says(Verdict::Degraded, format!("{:.1}% of requests failed, as of {as_of} ago", share * 100.0));
    }
}
