//! The record: where it leads, where it should lead as it is set, and what the checkers around the world say.

use super::assessment::{Component, Whereabouts};
use super::landing::disagreement;
use super::look::Look;
use super::roles::Roles;
use super::row::Row;
use super::told::clipped;
use crate::config::{Dns, Site};
use crate::domain::fact::{Checkers, HealthCheck, Record, RecordSet, Resolution};
use crate::domain::{Kind, Seen, Verdict, human_duration};

/// So many looks must have failed before Route 53 is said not to answer.
const LOOKS: u32 = 2;

pub(super) fn record(look: Look<'_>, dns: &Dns, roles: &Roles) -> Component {
    let mut row = Row::new(look, "dns/record".to_owned(), None, "dns");
    let mut heard = 0;
    for vote in &roles.votes {
        // One deaf resolver is said; only where none can be heard is it unknown where users go.
        if let Some(known) = look.get(&vote.subject).and_then(|seen| seen.known.as_ref())
            && matches!(look.see::<Resolution>(&vote.subject), Seen::Now(..))
        {
            row.aged(known);
            heard += 1;
        }
        row.beside(vote.subject.clone());
    }
    match &roles.landing {
        Whereabouts::Primary => row.figure("primary"),
        Whereabouts::Standby => row.figure("standby"),
        Whereabouts::Both => {
            row.figure("both sites");
            row.says(Verdict::Degraded, disagreement(&roles.votes).unwrap_or_else(|| "the answers name both sites".to_owned()));
        }
        Whereabouts::Neither(why) => {
            row.figure("neither site");
            row.says(Verdict::Critical, why.clone());
        }
        Whereabouts::Unknown(why) => {
            row.figure("unknown");
            row.doubt(why.clone());
        }
    }
    if heard > 0 && heard < roles.votes.len() {
        row.says(Verdict::Healthy, format!("{} of {} resolvers can be heard", heard, roles.votes.len()));
    }
    checkers(&mut row, look, dns, roles);
    as_set(&mut row, look, dns, roles);
    row.done()
}

fn checkers(row: &mut Row<'_>, look: Look<'_>, dns: &Dns, roles: &Roles) {
    for site in [Site::Primary, Site::Standby] {
        let Some(subject) = look.workload.health_check_subject(Kind::Checkers, dns, site) else { continue };
        row.beside(subject.clone());
        // Only the primary's decide where a failover record leads; the standby's are told where they are down.
        if site == Site::Standby {
            // A pilot light has nothing that could answer them, and should not.
            let pilot = look.workload.services.iter().all(|service| service.sites.standby.tasks == 0) && !roles.carries(site);
            if !pilot
                && let Seen::Now(found, _) = look.see::<Checkers>(&subject)
                && found.is_healthy() == Some(false)
            {
                row.says(
                    Verdict::Degraded,
                    format!("the standby is down for {} of {} checkers", found.reports.len() - found.up(), found.reports.len()),
                );
            }
            continue;
        }
        let seen = row.watch::<Checkers>(subject);
        match seen.last() {
            Some(found) if !found.reports.is_empty() => {
                row.figure(format_args!("{}/{} up", found.up(), found.reports.len()));
                #[expect(clippy::cast_precision_loss, reason = "a count of checkers")]
                row.number(found.up() as f64, "checkers");
            }
            Some(_) => {
                row.figure("checkers unknown");
                row.doubt("no checker reports".to_owned());
            }
            None if matches!(seen, Seen::Missing(_)) => row.figure("no health check"),
            None => row.figure("checkers unknown"),
        }
        match seen {
            Seen::Now(found, _) if found.is_healthy() == Some(false) => {
                row.says(
                    Verdict::Critical,
                    format!("the primary is down for {} of {} checkers", found.reports.len() - found.up(), found.reports.len()),
                );
            }
            Seen::Now(found, _) if !found.reports.is_empty() && found.up() < found.reports.len() => {
                row.says(
                    Verdict::Degraded,
                    format!("{} of {} checkers call the primary down", found.reports.len() - found.up(), found.reports.len()),
                );
            }
            Seen::Missing(_) => row.says(Verdict::Degraded, "the health check does not exist"),
            _ => {}
        }
    }
}

fn as_set(row: &mut Row<'_>, look: Look<'_>, dns: &Dns, roles: &Roles) {
    let failing = look.get(&look.workload.record_subject(dns)).and_then(|seen| seen.failing.as_ref());
    if let Some(failing) = failing.filter(|failing| failing.trouble.cause.is_theirs() && failing.times >= LOOKS) {
        let since = human_duration(look.now.since(failing.since));
        row.says(Verdict::Degraded, format!("Route 53 does not answer for {since}: no record can be changed"));
    }
    match row.watch::<Record>(look.workload.record_subject(dns)) {
        Seen::Now(found, _) => {
            if let Some(site) = pinned(dns, found) {
                row.figure(format_args!("pinned to {site}"));
            }
            if let (Some(should), Some(lands)) = (should_lead(look, dns, found), roles.landing.site())
                && should != lands
            {
                row.says(Verdict::Degraded, format!("users land on the {lands}; as it is set they should land on the {should}"));
            }
        }
        Seen::Missing(_) => row.says(Verdict::Critical, format!("there is no record {}", clipped(&dns.record, 80))),
        Seen::Stale(..) | Seen::Unknown(_) => {}
    }
}

/// The site a record set leads to, told by the load balancer's name.
pub(crate) fn leads_to(dns: &Dns, set: &RecordSet) -> Option<Site> {
    let names = set.alias.iter().map(|alias| alias.name.as_str()).chain(set.values.iter().map(String::as_str));
    let mut sites = names.filter_map(|name| balancer_of(dns, name));
    sites.next()
}

/// The site whose load balancer has this name.
pub(super) fn balancer_of(dns: &Dns, name: &str) -> Option<Site> {
    dns.sites.iter().find(|(_, site)| site.load_balancer.as_deref().is_some_and(|balancer| same_name(name, balancer))).map(|(site, _)| site)
}

/// Route 53 writes aliases with a trailing dot, and those of load balancers with `dualstack.` before them.
pub(crate) fn same_name(name: &str, balancer: &str) -> bool {
    plain(name).eq_ignore_ascii_case(plain(balancer))
}

fn plain(name: &str) -> &str {
    const BEFORE: &str = "dualstack.";
    let name = name.trim_end_matches('.');
    match name.split_at_checked(BEFORE.len()) {
        Some((before, rest)) if before.eq_ignore_ascii_case(BEFORE) => rest,
        _ => name,
    }
}

pub(crate) fn set_of<'r>(dns: &Dns, found: &'r Record, site: Site) -> Option<&'r RecordSet> {
    let identifier = dns.sites.get(site).set_identifier.as_str();
    found.sets.iter().find(|set| set.set_identifier.as_deref() == Some(identifier))
}

/// Both sets lead to one site: health decides nothing any more.
pub(crate) fn pinned(dns: &Dns, found: &Record) -> Option<Site> {
    let (one, other) = (set_of(dns, found, Site::Primary)?, set_of(dns, found, Site::Standby)?);
    let site = leads_to(dns, one)?;
    (leads_to(dns, other) == Some(site)).then_some(site)
}

/// Where users should land, by the record sets and the primary's health; `None` where that cannot be told.
pub(crate) fn should_lead(look: Look<'_>, dns: &Dns, found: &Record) -> Option<Site> {
    if let Some(site) = pinned(dns, found) {
        return Some(site);
    }
    let by_role = |role| found.sets.iter().find(|set| set.failover.as_deref() == Some(role));
    let (first, second) = (by_role("PRIMARY")?, by_role("SECONDARY")?);
    let site_of = |set: &RecordSet| {
        leads_to(dns, set).or_else(|| {
            dns.sites.iter().find(|(_, site)| set.set_identifier.as_deref() == Some(&site.set_identifier)).map(|(site, _)| site)
        })
    };
    let healthy = |set: &RecordSet| {
        let Some(id) = set.health_check.as_deref() else { return Some(true) };
        let site = dns.sites.iter().find(|(_, site)| site.health_check.as_deref() == Some(id)).map(|(site, _)| site)?;
        let check = look.see::<HealthCheck>(&look.workload.health_check_subject(Kind::HealthCheck, dns, site)?);
        let check = check.now()?;
        if check.disabled {
            return Some(!check.inverted);
        }
        let up = look.see::<Checkers>(&look.workload.health_check_subject(Kind::Checkers, dns, site)?).now()?.is_healthy()?;
        Some(up != check.inverted)
    };
    // With both down, Route 53 answers with the first.
    if healthy(first)? || !healthy(second)? { site_of(first) } else { site_of(second) }
}
