use super::assessment::Whereabouts;
use super::landing::{Vote, landing, votes};
use super::look::Look;
use super::writes::{active, left_behind, not_there, source};
use crate::config::Site;

/// Who does what at the moment, as far as it can be seen; everything else is judged by it.
#[derive(Clone, Debug)]
pub(crate) struct Roles {
    pub(crate) active: Whereabouts,
    pub(crate) landing: Whereabouts,
    pub(crate) votes: Vec<Vote>,
    /// From where a failover would go.
    pub(crate) source: Option<Site>,
}

impl Roles {
    pub(crate) fn seen(look: Look<'_>) -> Self {
        let votes = look.workload.dns.as_ref().map(|dns| votes(look, dns)).unwrap_or_default();
        let landing = landing(look, &votes);
        let active = active(look, &landing);
        match left_behind(look, &active, &landing) {
            Some(site) => Self { active: not_there(look, site), landing, votes, source: Some(site.other()) },
            None => Self { source: source(look, &active, &landing), active, landing, votes },
        }
    }

    /// The same, where it is settled from which site the way leads: a run fixes it once and for all.
    pub(crate) fn from(look: Look<'_>, source: Site) -> Self {
        Self { source: Some(source), ..Self::seen(look) }
    }

    pub(crate) fn target(&self) -> Option<Site> {
        self.source.map(Site::other)
    }

    /// Whether users depend on a site: it writes, or they land there. Before anything is known the configuration's primary is held to be it.
    pub(crate) fn carries(&self, site: Site) -> bool {
        self.source.unwrap_or(Site::Primary) == site
            || self.landing.site() == Some(site)
            || self.landing == Whereabouts::Both
            || self.active == Whereabouts::Both
    }
}
