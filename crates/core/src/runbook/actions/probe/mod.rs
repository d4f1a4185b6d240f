//! The client's eye: what the application answers, whose answer it is, and whether what was written arrived where it should.

pub(super) mod eye;
pub(super) mod health;
mod whose;
pub(super) mod write;

#[cfg(test)]
mod tests;

pub(in crate::runbook) use whose::stranger;
pub(super) use whose::wrote;

use super::asked::Told;
use crate::assess::rules::clipped;
use crate::config::{Dns, Site, Workload};
use crate::domain::change::Way;
use crate::domain::fact::Sight;

const NO_RECORD: &str = "no record is configured: nothing is known of an application";
const NO_WRITE_PATH: &str = "no write path is configured: whether the application can write cannot be proven";

/// A write that was answered as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::runbook) struct Proof {
    pub(in crate::runbook) shows: String,
    /// The answer itself says in whose database the row is.
    pub(super) named: bool,
}

/// Whether this way leads to a site past the record.
pub(in crate::runbook) fn is_past_the_record(way: &Way, site: Site) -> bool {
    matches!(way, Way::Site(word) if word == site.word())
}

/// Whether a write was proven at `site` by what was answered. A 200 alone proves nothing: it may come from the other site's application.
pub(in crate::runbook) fn judge(workload: &Workload, site: Site, told: &Told) -> Result<Proof, String> {
    let body = told.get("body").map(String::as_str).unwrap_or_default();
    let status: u16 = match told.get("status").and_then(|status| status.trim().parse().ok()) {
        Some(status) => status,
        None => return Err(told.get("problem").map_or_else(|| "no answer".to_owned(), |problem| clipped(problem, 120).into_owned())),
    };
    if !(200..300).contains(&status) {
        return Err(format!("HTTP {status}"));
    }
    let named = whose::wrote(workload, site, body)?;
    let shows = match &named {
        Some(database) => format!("HTTP {status}, written to {}", clipped(database, 80)),
        None => format!("HTTP {status}; the answer names no database"),
    };
    Ok(Proof { shows, named: named.is_some() })
}

/// Whether a site can be reached past the record.
pub(in crate::runbook) fn has_a_way(dns: &Dns, site: Site) -> bool {
    dns.probe.url.get(site).is_some() || dns.sites.get(site).load_balancer.is_some()
}

/// What a client saw, in a few words.
pub(in crate::runbook) fn told(sight: &Sight) -> String {
    match (&sight.problem, sight.status) {
        (Some(problem), _) => clipped(problem, 120).into_owned(),
        (None, Some(status)) => format!("HTTP {status}"),
        (None, None) => "no answer".to_owned(),
    }
}
