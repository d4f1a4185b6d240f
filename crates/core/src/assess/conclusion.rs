//! The verdict of the whole, and the sentences for it, the worst first.

use super::assessment::{Component, Headline, Impairment, Readiness, SiteView, Whereabouts};
use super::look::Look;
use super::roles::Roles;
use super::told::bounded;
use crate::config::{Site, Sites};
use crate::domain::{Verdict, human_duration};

/// How many reasons a person with five seconds can use.
const REASONS: usize = 12;

pub(super) struct Conclusion {
    pub(super) verdict: Verdict,
    pub(super) reasons: Vec<String>,
}

pub(super) fn conclude(
    look: Look<'_>,
    roles: &Roles,
    headline: Option<&Headline>,
    readiness: &Readiness,
    impairment: &Impairment,
    sites: &Sites<SiteView>,
    (between, around): (&[Component], &[Component]),
) -> Conclusion {
    let mut found: Vec<(Verdict, String)> = Vec::new();
    if let Some(headline) = headline {
        found.push((headline.verdict, headline.text.clone()));
    }
    if impairment.impaired == Some(true) {
        found.push((Verdict::Critical, impairment.why.clone()));
    }
    whereabouts(look, roles, &mut found);
    found.extend(cannot_go(readiness, sites, between));
    for (site, view) in sites.iter() {
        // What the headline says is not said again.
        let said = headline.is_some_and(|headline| headline.text.contains(look.workload.region(site).as_str()));
        if let Some(since) = view.dark_since.filter(|_| !said) {
            let verdict = if roles.carries(site) { Verdict::Critical } else { Verdict::Degraded };
            found.push((verdict, format!("{} does not answer for {}", look.workload.region(site), human_duration(look.now.since(since)))));
        }
        for row in view.components.iter().filter(|row| row.verdict != Verdict::Healthy && !row.minor) {
            found.push((weighed(row, site, view, roles), told(row)));
        }
    }
    for row in between.iter().chain(around).filter(|row| row.verdict != Verdict::Healthy) {
        let matters = matches!(row.id.as_str(), "identity" | "credentials") || row.id.starts_with("configuration/");
        // Replication, records and automation serve the next failover; users are served without them.
        found.push((if matters { row.verdict } else { at_most_degraded(row.verdict) }, told(row)));
    }
    found.sort_by_key(|(verdict, _)| std::cmp::Reverse(verdict.weight()));
    let verdict = found.first().map_or(Verdict::Healthy, |(verdict, _)| *verdict);
    let mut reasons: Vec<String> = Vec::new();
    for (_, reason) in found {
        if reasons.len() < REASONS && !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    Conclusion { verdict, reasons }
}

/// Users feel nothing of a standby that could not take over, which is why the whole is no worse than degraded; whoever reads that reads first
/// why something below it is critical.
fn cannot_go(readiness: &Readiness, sites: &Sites<SiteView>, between: &[Component]) -> Option<(Verdict, String)> {
    let target = readiness.target.filter(|_| readiness.ready() == Some(false))?;
    let critical = sites.get(target).verdict == Verdict::Critical || between.iter().any(|row| row.verdict == Verdict::Critical);
    (critical && sites.get(target.other()).verdict != Verdict::Critical)
        .then(|| (Verdict::Degraded, "users are served, but a failover would not succeed now".to_owned()))
}

fn whereabouts(look: Look<'_>, roles: &Roles, found: &mut Vec<(Verdict, String)>) {
    if look.workload.database.is_some() {
        match &roles.active {
            Whereabouts::Unknown(why) => found.push((Verdict::Unknown, format!("active site unknown: {why}"))),
            Whereabouts::Neither(why) => found.push((Verdict::Critical, format!("no site accepts writes: {why}"))),
            Whereabouts::Both => found.push((Verdict::Critical, "both sites accept writes".to_owned())),
            Whereabouts::Primary | Whereabouts::Standby => {}
        }
    }
    if look.workload.dns.is_some() {
        match &roles.landing {
            Whereabouts::Unknown(why) => found.push((Verdict::Unknown, format!("where users land is unknown: {why}"))),
            Whereabouts::Neither(why) => found.push((Verdict::Critical, format!("users land at neither site: {why}"))),
            Whereabouts::Both | Whereabouts::Primary | Whereabouts::Standby => {}
        }
    }
}

/// What a row of a site is worth to the whole. Users feel the site that carries them; the other one's trouble is that it cannot take over.
fn weighed(row: &Component, site: Site, view: &SiteView, roles: &Roles) -> Verdict {
    if roles.carries(site) {
        let serves = row.id.ends_with("/edge") || row.id.ends_with("/database") || row.id.contains("/service/");
        return if serves { row.verdict } else { at_most_degraded(row.verdict) };
    }
    // That it cannot be seen because its region is dark is known, and said so.
    if view.dark_since.is_some() && row.verdict == Verdict::Unknown { Verdict::Degraded } else { at_most_degraded(row.verdict) }
}

/// Trouble that users do not feel; what is unknown stays so.
const fn at_most_degraded(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Critical => Verdict::Degraded,
        other => other,
    }
}

fn told(row: &Component) -> String {
    let name = if row.id.contains('/') { row.id.replace('/', " ") } else { row.id.clone() };
    bounded(match &row.reason {
        Some(reason) => format!("{name}: {reason}"),
        None => format!("{name}: {}", row.value),
    })
}
