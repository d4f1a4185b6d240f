//! Record sets and where they lead. Route 53 answers a failover or weighted name with one of its sets, by health; with both leading to one
//! site, health decides nothing. What watches a set stays on it: Route 53 refuses a primary that nothing watches, and the way back is exact.

use super::zones::zone_of;
use crate::assess::rules::{leads_to, same_name};
use crate::config::{Dns, Site, Workload};
use crate::domain::change::NamedSet;
use crate::domain::fact::{Alias, Record, RecordSet};

/// Where a set leads.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Lead {
    Alias { name: String, zone: String },
    Values { values: Vec<String>, ttl: Option<i64> },
}

/// A set of the pair, and whose it is by its identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) site: Site,
    pub(super) set: RecordSet,
}

/// The sets of the record that turn users: one for each site, of every type.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pair<'a> {
    workload: &'a Workload,
    dns: &'a Dns,
    pub(super) sets: Vec<Own>,
    /// As they were before this run, where that is known: the only word on where plain addresses belong.
    originals: Vec<RecordSet>,
}

impl<'a> Pair<'a> {
    pub(super) fn of(workload: &'a Workload, dns: &'a Dns, record: &Record, originals: &[NamedSet]) -> Result<Self, String> {
        let site_of = |set: &RecordSet| {
            let found = dns.sites.iter().find(|(_, site)| set.set_identifier.as_deref() == Some(site.set_identifier.as_str()));
            found.map(|(site, _)| Own { site, set: set.clone() })
        };
        let sets: Vec<Own> = record.sets.iter().filter_map(site_of).collect();
        for (site, at) in dns.sites.iter() {
            if !sets.iter().any(|own| own.site == site) {
                return Err(format!("there is no record set {} ({site})", crate::assess::rules::clipped(&at.set_identifier, 60)));
            }
        }
        if let Some(alone) = sets.iter().find(|own| partner(&sets, own).is_none()) {
            return Err(format!("the {} set of type {} has no counterpart", alone.site, alone.set.kind));
        }
        if !sets.iter().all(|own| own.set.failover.is_some() || own.set.weight.is_some()) {
            return Err("the record sets are neither a failover pair nor weighted".to_owned());
        }
        Ok(Self { workload, dns, sets, originals: originals.iter().map(|named| named.set.clone()).collect() })
    }

    /// The site that a set leads to: by the load balancer's name, else by what its addresses were when they were put aside, else its own as
    /// long as its counterpart leads elsewhere.
    pub(super) fn leads_to(&self, own: &Own) -> Option<Site> {
        let original = |site: Site| {
            let identifier = &self.dns.sites.get(site).set_identifier;
            self.originals.iter().find(|set| set.kind == own.set.kind && set.set_identifier.as_ref() == Some(identifier))
        };
        leads_to(self.dns, &own.set)
            .or_else(|| [own.site, own.site.other()].into_iter().find(|site| original(*site).is_some_and(|set| same_way(set, &own.set))))
            .or_else(|| partner(&self.sets, own).filter(|other| !same_way(&other.set, &own.set)).map(|_| own.site))
    }

    /// The one site that every set leads to.
    pub(super) fn pinned(&self) -> Option<Site> {
        let first = self.leads_to(self.sites_first()?)?;
        self.sets.iter().all(|own| self.leads_to(own) == Some(first)).then_some(first)
    }

    fn sites_first(&self) -> Option<&Own> {
        self.sets.first()
    }

    /// The sets as they must be for every one of them to lead to `site`.
    pub(super) fn pinned_to(&self, site: Site) -> Result<Vec<RecordSet>, String> {
        self.sets.iter().map(|own| self.turned(own, site)).collect()
    }

    /// Every set leads to its own site.
    pub(super) fn natural(&self) -> Result<Vec<RecordSet>, String> {
        self.sets.iter().map(|own| self.turned(own, own.site)).collect()
    }

    /// Every set leads to its own site, and only one of them has any weight.
    pub(super) fn weighted_to(&self, site: Site) -> Result<Vec<RecordSet>, String> {
        let heavy = self.sets.iter().filter_map(|own| own.set.weight).max().unwrap_or(0).max(1);
        let weigh = |own: &Own| Ok(RecordSet { weight: Some(if own.site == site { heavy } else { 0 }), ..self.turned(own, own.site)? });
        self.sets.iter().map(weigh).collect()
    }

    /// Whether weights alone lead users to `site` now.
    pub(super) fn weighs_to(&self, site: Site) -> bool {
        let heavy = |own: &&Own| own.set.weight.is_some_and(|weight| weight > 0);
        let leads = |own: &Own| self.leads_to(own) == Some(site);
        self.sets.iter().filter(heavy).all(leads) && self.sets.iter().filter(heavy).any(leads)
    }

    fn turned(&self, own: &Own, site: Site) -> Result<RecordSet, String> {
        if self.leads_to(own) == Some(site) {
            return Ok(own.set.clone());
        }
        let lead = self.lead(own, site)?;
        let evaluates = own.set.alias.as_ref().is_some_and(|alias| alias.evaluate_target_health);
        let primary = own.set.failover.as_deref() == Some("PRIMARY");
        let check = own.set.health_check.clone();
        Ok(match lead {
            Lead::Alias { name, zone } => {
                let evaluate_target_health = evaluates || (primary && check.is_none());
                RecordSet { alias: Some(Alias { name, zone, evaluate_target_health }), ttl: None, values: Vec::new(), ..own.set.clone() }
            }
            Lead::Values { values, ttl } => {
                let check = check.or_else(|| primary.then(|| self.dns.sites.get(own.site).health_check.clone()).flatten());
                if primary && check.is_none() {
                    return Err(
                        "Route 53 refuses a primary record set that nothing watches, and no health check is configured for it".to_owned()
                    );
                }
                RecordSet { alias: None, ttl: own.set.ttl.or(ttl).or(Some(60)), values, health_check: check, ..own.set.clone() }
            }
        })
    }

    /// What a set of this type must say to lead to `site`: what one says that does, or did, else what the configuration knows.
    fn lead(&self, own: &Own, site: Site) -> Result<Lead, String> {
        let here =
            self.sets.iter().filter(|other| other.set.kind == own.set.kind && self.leads_to(other) == Some(site)).map(|own| &own.set);
        let identifier = &self.dns.sites.get(site).set_identifier;
        let before = self.originals.iter().filter(|set| set.kind == own.set.kind && set.set_identifier.as_ref() == Some(identifier));
        if let Some(set) = here.chain(before).next() {
            return Ok(lead_of(set));
        }
        let balancer = self.dns.sites.get(site).load_balancer.as_deref();
        let balancer = balancer.ok_or_else(|| format!("no record set leads to the {site}, and its load balancer is not configured"))?;
        match (&own.set.alias, own.set.kind.as_str()) {
            (Some(_), _) => {
                let region = self.workload.region(site);
                let zone = zone_of(balancer, region)
                    .ok_or_else(|| format!("no record set leads to the {site}, and the zone of load balancers in {region} is not known"))?;
                Ok(Lead::Alias { name: format!("{}.", balancer.trim_end_matches('.')), zone: zone.to_owned() })
            }
            (None, "CNAME") => Ok(Lead::Values { values: vec![balancer.to_owned()], ttl: own.set.ttl }),
            (None, kind) => Err(format!("no record set of type {kind} leads to the {site}: its addresses are not known")),
        }
    }
}

fn partner<'s>(sets: &'s [Own], own: &Own) -> Option<&'s Own> {
    sets.iter().find(|other| other.site != own.site && other.set.kind == own.set.kind)
}

fn lead_of(set: &RecordSet) -> Lead {
    match &set.alias {
        Some(alias) => Lead::Alias { name: alias.name.clone(), zone: alias.zone.clone() },
        None => Lead::Values { values: set.values.clone(), ttl: set.ttl },
    }
}

/// Whether two sets lead the same way, whatever the writing.
fn same_way(one: &RecordSet, other: &RecordSet) -> bool {
    match (&one.alias, &other.alias) {
        (Some(one), Some(other)) => same_name(&one.name, &other.name),
        (None, None) => {
            let sorted = |set: &RecordSet| {
                let mut values: Vec<String> = set.values.iter().map(|value| value.trim_end_matches('.').to_ascii_lowercase()).collect();
                values.sort();
                values
            };
            sorted(one) == sorted(other)
        }
        _ => false,
    }
}

/// Sets of a name, as a change batch names them.
pub(super) fn named(dns: &Dns, sets: impl IntoIterator<Item = RecordSet>) -> Vec<NamedSet> {
    sets.into_iter().map(|set| NamedSet { name: dns.record.clone(), set }).collect()
}

/// The same set, by what Route 53 tells sets apart.
pub(super) fn is_same(one: &RecordSet, other: &RecordSet) -> bool {
    one.kind == other.kind && one.set_identifier == other.set_identifier
}

/// Whether a set reads as it was written: names end with a dot when they are sent, and without one when they are read.
pub(super) fn is_as(now: &RecordSet, wanted: &RecordSet) -> bool {
    let alike = |one: &RecordSet| {
        let alias = one.alias.clone().map(|alias| Alias { name: String::new(), ..alias });
        RecordSet { alias, values: Vec::new(), ..one.clone() }
    };
    same_way(now, wanted) && alike(now) == alike(wanted)
}
