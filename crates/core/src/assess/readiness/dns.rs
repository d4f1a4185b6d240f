//! Whether users can be turned.

use std::net::IpAddr;
use std::time::Duration;

use super::checks::{Checks, Finding, Weight};
use crate::assess::assessment::Whereabouts;
use crate::assess::clients::{met, turned_away};
use crate::assess::landing::{disagreement, no_balancer};
use crate::assess::record::{leads_to, set_of};
use crate::assess::roles::Roles;
use crate::assess::told::clipped;
use crate::config::{Dns, Flip, Site};
use crate::domain::fact::{HealthCheck, Record, RecordSet, Sight, Zone};
use crate::domain::{Kind, Seen, Subject, human_duration};

pub(super) fn check(checks: &mut Checks<'_>, roles: &Roles) {
    let Some(dns) = &checks.look.workload.dns else { return };
    let look = checks.look;
    let record = look.workload.record_subject(dns);
    let landed = roles.landing.site() == Some(checks.target);
    // Users who are there already need not be turned.
    let turning = if landed || dns.flip == Flip::Manual { Weight::Advisory } else { Weight::Required };
    let sets = checks.weigh::<Record>(&record, |found| sets(dns, found));
    checks.add(turning, "dns.records", "The record sets are what turning users needs", sets);
    if let Some(subject) = look.workload.health_check_subject(Kind::HealthCheck, dns, Site::Primary) {
        let set = checks.judge::<HealthCheck>(&subject, |found| match (found.disabled, found.inverted) {
            (true, _) => (false, "it is disabled: it counts as healthy whatever happens".to_owned()),
            (_, true) => (false, "it is inverted: it says the opposite of what it finds".to_owned()),
            _ => (true, format!("{} {}", clipped(&found.kind, 20), clipped(&found.target, 120))),
        });
        let needed = if matches!(dns.flip, Flip::Automatic | Flip::HealthCheckInvert) { turning } else { Weight::Advisory };
        checks.add(needed, "dns.health_check", "The primary's health check is in effect", set);
    }
    if dns.probe.url.get(checks.target).is_some() || dns.sites.get(checks.target).load_balancer.is_some() {
        checks.add(Weight::Required, "target.reached", "Clients reach the target", reached(checks));
    }
    let by_us = matches!(dns.flip, Flip::FailoverRecord | Flip::Weighted | Flip::HealthCheckInvert);
    let control = control_plane(checks, &record);
    checks.add(if by_us { turning } else { Weight::Advisory }, "dns.control_plane", "Route 53's control plane answers", control);
    let ttl = ttl(checks, dns, &record);
    checks.add(Weight::Advisory, "dns.ttl", "Caches forget the record well within the objective", ttl);
    let zone = Subject::global(Kind::Zone, &dns.zone);
    let recovery = checks.weigh::<Zone>(&zone, |found| match found.accelerated_recovery {
        Some(true) => (Some(true), "records can be changed while us-east-1 is down".to_owned()),
        Some(false) => (Some(false), "while us-east-1 is down, records cannot be changed".to_owned()),
        None => (None, "Route 53 does not say".to_owned()),
    });
    checks.add(Weight::Advisory, "dns.accelerated_recovery", "The zone has accelerated recovery", recovery);
    let agree = match &roles.landing {
        Whereabouts::Unknown(why) => (None, format!("unknown: {why}")),
        Whereabouts::Both => (Some(false), disagreement(&roles.votes).unwrap_or_else(|| "the answers name both sites".to_owned())),
        Whereabouts::Neither(why) => (Some(false), why.clone()),
        Whereabouts::Primary | Whereabouts::Standby => {
            let deaf = roles.votes.iter().filter(|vote| matches!(vote.says, Whereabouts::Unknown(_))).count();
            let heard = roles.votes.len() - deaf;
            // One that cannot be heard might disagree.
            ((deaf == 0).then_some(true), format!("{heard} of {} resolvers say the same", roles.votes.len()))
        }
    };
    checks.add(Weight::Advisory, "dns.resolvers_agree", "The resolvers agree", agree);
}

/// A door that nobody can come in by shows in no target's health. Behind one that opens there may still be nobody, or somebody who waits for a
/// database that takes writes, and says so.
fn reached(checks: &Checks<'_>) -> Finding {
    let look = checks.look;
    let subject = look.workload.site_sight(checks.target);
    checks.weigh::<Sight>(&subject, |sight| match look.get(&subject).and_then(|seen| turned_away(look, seen)) {
        _ if sight.status.is_some() => (Some(true), met(sight)),
        Some((_, streak)) => (Some(false), format!("{}, {} in a row", met(sight), streak.times)),
        None => (None, format!("unknown: {} just now", met(sight))),
    })
}

fn sets(dns: &Dns, found: &Record) -> Finding {
    let pair = [Site::Primary, Site::Standby].map(|site| (site, set_of(dns, found, site)));
    if let Some((site, _)) = pair.iter().find(|(_, set)| set.is_none()) {
        return (Some(false), format!("there is no record set {} ({site})", clipped(&dns.sites.get(*site).set_identifier, 60)));
    }
    let each = |holds: &dyn Fn(&crate::domain::fact::RecordSet) -> bool| pair.iter().filter_map(|(_, set)| *set).all(holds);
    match dns.flip {
        Flip::FailoverRecord | Flip::Automatic | Flip::HealthCheckInvert if !each(&|set| set.failover.is_some()) => {
            return (Some(false), "the record sets are no failover pair".to_owned());
        }
        Flip::Weighted if !each(&|set| set.weight.is_some()) => return (Some(false), "the record sets have no weights".to_owned()),
        Flip::Automatic | Flip::HealthCheckInvert => {
            let primary = pair.iter().filter_map(|(_, set)| *set).find(|set| set.failover.as_deref() == Some("PRIMARY"));
            if primary
                .is_some_and(|set| set.health_check.is_none() && !set.alias.as_ref().is_some_and(|alias| alias.evaluate_target_health))
            {
                return (Some(false), "nothing watches the primary's record set".to_owned());
            }
        }
        _ => {}
    }
    let leads = |site: Site| set_of(dns, found, site).and_then(|set| leads_to(dns, set));
    // What leads nowhere that is known could be anybody's; an address says by itself whose it is as little as it can be wrong.
    let named = |site: Site| set_of(dns, found, site).is_some_and(leads_to_a_name);
    for site in [Site::Primary, Site::Standby] {
        match leads(site) {
            None if dns.sites.get(site).load_balancer.is_none() => return (None, format!("unknown: {}", no_balancer(site))),
            None if named(site) => return (Some(false), format!("the {site}'s set leads to neither site's load balancer")),
            _ => {}
        }
    }
    let told = |site: Site| leads(site).map_or("an address", |site| site.word());
    (Some(true), format!("primary's set leads to {}, standby's to {}", told(Site::Primary), told(Site::Standby)))
}

fn leads_to_a_name(set: &RecordSet) -> bool {
    set.alias.is_some() || set.values.iter().any(|value| value.parse::<IpAddr>().is_err())
}

/// Records and health checks are read from the same control plane that changes them: an answer is a sign, a silence a warning.
fn control_plane(checks: &Checks<'_>, record: &Subject) -> Finding {
    let failing = checks.look.get(record).and_then(|seen| seen.failing.as_ref());
    match failing {
        Some(failing) if failing.trouble.cause.is_theirs() => (Some(false), clipped(&failing.told(checks.look.now), 160).into_owned()),
        Some(_) => (None, format!("unknown: {}", checks.why_not(record))),
        None => match checks.look.see::<Record>(record) {
            Seen::Now(..) | Seen::Missing(_) => (Some(true), "it answers".to_owned()),
            Seen::Stale(..) | Seen::Unknown(_) => (None, format!("unknown: {}", checks.why_not(record))),
        },
    }
}

fn ttl(checks: &Checks<'_>, dns: &Dns, record: &Subject) -> Finding {
    let rto = checks.look.workload.objectives.rto;
    checks.judge::<Record>(record, |found| {
        let longest = found.sets.iter().filter_map(|set| set.ttl).max().and_then(|ttl| u64::try_from(ttl).ok()).map(Duration::from_secs);
        let ttl = longest.unwrap_or(dns.ttl.unwrap_or(crate::assess::timings::ALIAS_TTL));
        // A fifth of the time there is: the rest is needed for everything else.
        (ttl <= rto / 5, format!("TTL {} of {}", human_duration(ttl), human_duration(rto)))
    })
}
