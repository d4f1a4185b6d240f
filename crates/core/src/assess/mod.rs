//! What the observations of a workload mean: how each part is, which site is active, where users land, whether it is impaired, and whether a
//! failover would succeed now. Pure functions of configuration, snapshot and instant.

mod alarms;
mod around;
mod assessment;
mod backlog;
mod behind;
mod clients;
mod compact;
mod conclusion;
mod dark;
mod database;
mod edge;
mod forecast;
mod headline;
mod impairment;
mod landing;
mod look;
mod loss;
mod metric;
mod readiness;
mod record;
mod replication;
mod restore;
mod roles;
mod row;
mod service;
mod timings;
mod told;
mod writes;

#[cfg(test)]
pub(crate) mod tests;

/// The judgements that runbooks share: a guard says what the dashboard says.
pub(crate) mod rules {
    pub(crate) use super::dark::LOOKS as LOOKS_UNTIL_DARK;
    pub(crate) use super::forecast::forecast;
    pub(crate) use super::impairment::{failing_before, impairment, sources};
    pub(crate) use super::landing::{Vote, own_addresses, resolutions, votes};
    pub(crate) use super::look::{Look, estate, identities};
    pub(crate) use super::loss::{bound, last_lag, loss};
    pub(crate) use super::metric::{Measured, counted, steady};
    pub(crate) use super::readiness::checks;
    pub(crate) use super::record::{leads_to, same_name, should_lead};
    pub(crate) use super::replication::{Lag, goes_to, lag_measure, lag_of, lag_subject, replicates, replicating};
    pub(crate) use super::roles::Roles;
    pub(crate) use super::service::starved;
    pub(crate) use super::told::{bounded, bytes, clipped, listed, tasks, why_not_known};
    pub(crate) use super::writes::{is_at, is_called, serves, writes};
}

pub use assessment::*;

use std::time::Duration;

use crate::config::{Site, Sites, Workload};
use crate::domain::{Observation, Snapshot, Timestamp, Verdict};
use look::Look;
use roles::Roles;

/// What is worth a look this often is what a workload lives by.
const LIVELY: Duration = Duration::from_secs(30);

/// What is known of a workload, and what follows from it.
#[must_use]
pub fn assess(workload: &Workload, snapshot: &Snapshot, now: Timestamp) -> Assessment {
    let look = Look { workload, snapshot, now };
    let roles = Roles::seen(look);
    let impairment = impairment::impairment(look, &roles);
    let estates = Sites::new(Site::Primary, Site::Standby).map(|site| look.estate(site));
    let sites = Sites::new(Site::Primary, Site::Standby).map(|site| site_view(look, site, &roles, estates.get(site)));
    let between = between(look, &roles, impairment.outage());
    let around = around::around(look, &estates);
    let forecast = forecast::forecast(look, &roles, &impairment);
    let readiness = Readiness {
        target: roles.target(),
        checks: readiness::checks(look, &roles, &forecast, impairment.outage()),
        loss: loss::loss(look, &roles, impairment.outage()),
        forecast,
        rto: workload.objectives.rto,
        rpo: workload.objectives.rpo,
    };
    let headline = headline::headline(look, &roles, &impairment, &sites, &around);
    let conclusion = conclusion::conclude(look, &roles, headline.as_ref(), &readiness, &impairment, &sites, (&between, &around));
    let rows = sites.iter().flat_map(|(_, site)| &site.components).chain(&between).chain(&around);
    let lively = rows.flat_map(|row| &row.subjects).filter(|subject| subject.kind.every() <= LIVELY);
    let slowest = lively.filter_map(|subject| snapshot.get(subject)).filter_map(seldom).min();
    Assessment {
        slowest,
        at: now,
        verdict: conclusion.verdict,
        reasons: conclusion.reasons,
        active: roles.active,
        landing: roles.landing,
        headline,
        sites,
        between,
        around,
        impairment,
        readiness,
    }
}

/// Since when a site has failed, by any kind of source that has failed often enough; whichever site is seen to be active.
#[must_use]
pub fn failing_since(workload: &Workload, snapshot: &Snapshot, now: Timestamp, site: Site) -> Option<Timestamp> {
    let look = Look { workload, snapshot, now };
    impairment::impairment(look, &Roles::from(look, site)).since
}

/// When it was read what is looked at in the background. Asked of what can turn within a minute: nobody takes a certificate's age for the row's.
fn seldom(seen: &Observation) -> Option<Timestamp> {
    seen.pace.and(seen.known.as_ref()).map(|known| known.read_at)
}

/// The rows of a site, the main ones first.
fn site_view(look: Look<'_>, site: Site, roles: &Roles, estate: &[&Observation]) -> SiteView {
    let carries = roles.carries(site);
    let mut components: Vec<Component> = edge::edge(look, site, carries).into_iter().collect();
    components.extend(look.workload.services.iter().map(|service| service::service(look, service, site, carries)));
    components.extend(look.workload.database.as_ref().map(|database| database::database(look, database, site, carries)));
    components.extend(alarms::alarms(look, site.into()));
    components.extend(compact::compact(look, site));
    let unanswered = dark::unanswered_since(estate);
    if let Some(since) = unanswered {
        components.iter_mut().for_each(|row| forget(row, since));
    }
    let (silent_since, dark_since) = match unanswered {
        Some(since) if dark::serves_since(look, site, since) => (Some(since), None),
        since => (None, since),
    };
    let verdict = Verdict::worst(components.iter().filter(|row| !row.minor).map(|row| row.verdict));
    SiteView { verdict, components, dark_since, silent_since }
}

/// What was last read before its region fell silent may have changed with it, however young it is.
fn forget(row: &mut Component, since: Timestamp) {
    const SILENT: &str = "not seen since the region fell silent";
    if row.verdict.weight() < Verdict::Unknown.weight() && row.read_at.is_none_or(|read| read <= since) {
        row.verdict = Verdict::Unknown;
        row.stale = true;
        row.reason = Some(row.reason.take().map_or_else(|| SILENT.to_owned(), |was| told::bounded(format!("{SILENT} · {was}"))));
    }
}

/// The rows between the sites.
fn between(look: Look<'_>, roles: &Roles, outage: Option<Timestamp>) -> Vec<Component> {
    // Before anything is known, things are held to flow as they are configured.
    let target = roles.target().unwrap_or(Site::Standby);
    let mut rows: Vec<Component> =
        look.workload.database.as_ref().map(|database| replication::database(look, database, target, outage)).into_iter().collect();
    rows.extend(look.workload.buckets.iter().map(|bucket| replication::bucket(look, bucket, target.other())));
    rows.extend(look.workload.dns.as_ref().map(|dns| record::record(look, dns, roles)));
    rows
}
