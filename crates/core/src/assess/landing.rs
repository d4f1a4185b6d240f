//! Where users arrive: what the resolvers say of the record, held against what they say of each site's load balancer.

use super::assessment::Whereabouts;
use super::look::Look;
use super::record::balancer_of;
use super::told::{bounded, clipped, listed, why_not_known};
use crate::config::{Dns, Site, Sites};
use crate::domain::fact::Resolution;
use crate::domain::{Seen, Subject};

/// What one resolver says.
#[derive(Clone, Debug)]
pub(crate) struct Vote {
    pub(crate) resolver: String,
    pub(crate) subject: Subject,
    pub(crate) says: Whereabouts,
}

/// Every resolver and name server, in the order of the configuration.
pub(crate) fn votes(look: Look<'_>, dns: &Dns) -> Vec<Vote> {
    let resolvers: Vec<String> = dns.resolvers.iter().chain(&dns.name_servers).map(ToString::to_string).collect();
    let addresses = dns.sites.as_ref().map(|site| addresses(look, &resolvers, site.load_balancer.as_deref()));
    resolvers
        .into_iter()
        .map(|resolver| {
            let subject = Subject::resolution(&resolver, &dns.record);
            let says = match look.see::<Resolution>(&subject) {
                Seen::Now(answer, _) => told(answer, dns, &addresses),
                Seen::Missing(what) => Whereabouts::Neither(bounded(what)),
                Seen::Stale(..) | Seen::Unknown(_) => Whereabouts::Unknown(why_not_known(look.get(&subject), &subject, look.now)),
            };
            Vote { resolver, subject, says }
        })
        .collect()
}

/// Every resolver and name server asked for the record, and every resolver asked for each site's load balancer: name servers of the record's
/// zone know nothing of that.
pub(crate) fn resolutions(dns: &Dns) -> Vec<Subject> {
    let everybody = dns.resolvers.iter().chain(&dns.name_servers).map(|at| Subject::resolution(&at.to_string(), &dns.record));
    let balancers = dns.sites.iter().filter_map(|(_, site)| site.load_balancer.as_deref());
    everybody.chain(balancers.flat_map(|name| dns.resolvers.iter().map(|at| Subject::resolution(&at.to_string(), name)))).collect()
}

/// All addresses that a site's own load balancer is given anywhere: what makes an address the site's.
pub(crate) fn own_addresses<'a>(look: Look<'a>, dns: &Dns, site: Site) -> Vec<&'a str> {
    let resolvers: Vec<String> = dns.resolvers.iter().chain(&dns.name_servers).map(ToString::to_string).collect();
    addresses(look, &resolvers, dns.sites.get(site).load_balancer.as_deref())
}

/// All addresses that a load balancer's name is given anywhere.
fn addresses<'a>(look: Look<'a>, resolvers: &[String], name: Option<&str>) -> Vec<&'a str> {
    let Some(name) = name else { return Vec::new() };
    let mut all: Vec<&str> = resolvers
        .iter()
        .filter_map(|resolver| match look.see::<Resolution>(&Subject::resolution(resolver, name)) {
            Seen::Now(answer, _) => Some(answer.addresses.iter().map(String::as_str)),
            _ => None,
        })
        .flatten()
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn told(answer: &Resolution, dns: &Dns, sites: &Sites<Vec<&str>>) -> Whereabouts {
    if answer.addresses.is_empty() {
        // A name server that keeps only the record's zone ends with the load balancer's name, and has said enough.
        if let Some(site) = answer.aliases.iter().find_map(|name| balancer_of(dns, name)) {
            return site.into();
        }
        let code = clipped(&answer.code, 20);
        // A name that has no address is an answer; a resolver in trouble is none.
        return if matches!(answer.code.as_str(), "NOERROR" | "NXDOMAIN") {
            Whereabouts::Neither(format!("no address ({code})"))
        } else {
            Whereabouts::Unknown(format!("the resolver answers {code}"))
        };
    }
    let at = |site: Site| answer.addresses.iter().any(|address| sites.get(site).binary_search(&address.as_str()).is_ok());
    match (at(Site::Primary), at(Site::Standby)) {
        (true, true) => Whereabouts::Both,
        (true, false) => Whereabouts::Primary,
        (false, true) => Whereabouts::Standby,
        (false, false) => match sites.iter().find(|(_, known)| known.is_empty()) {
            Some((site, _)) if dns.sites.get(site).load_balancer.is_none() => Whereabouts::Unknown(no_balancer(site)),
            Some((site, _)) => Whereabouts::Unknown(format!("the {site}'s own addresses are not known")),
            None => Whereabouts::Neither(format!("addresses of neither site: {}", listed(&answer.addresses))),
        },
    }
}

/// Without it nobody can tell whose an address is.
pub(crate) fn no_balancer(site: Site) -> String {
    format!("the configuration does not name the {site}'s load balancer: give [workload.dns] {site} its load_balancer")
}

/// One answer of many: all who can be heard must agree.
pub(crate) fn landing(look: Look<'_>, votes: &[Vote]) -> Whereabouts {
    if look.workload.dns.is_none() {
        return Whereabouts::Unknown("no record is configured".to_owned());
    }
    let mut heard = votes.iter().filter(|vote| !matches!(vote.says, Whereabouts::Unknown(_)));
    let Some(first) = heard.next() else {
        let why = votes.first().map_or("no resolver is configured", |vote| match &vote.says {
            Whereabouts::Unknown(why) => why.as_str(),
            _ => "",
        });
        return Whereabouts::Unknown(bounded(why));
    };
    let agree = |one: &Whereabouts, other: &Whereabouts| std::mem::discriminant(one) == std::mem::discriminant(other);
    if heard.all(|vote| agree(&vote.says, &first.says)) { first.says.clone() } else { Whereabouts::Both }
}

/// Who says what, where they do not all say the same.
pub(crate) fn disagreement(votes: &[Vote]) -> Option<String> {
    let said = |vote: &Vote| match &vote.says {
        Whereabouts::Primary => Some("primary"),
        Whereabouts::Standby => Some("standby"),
        Whereabouts::Both => Some("both sites"),
        Whereabouts::Neither(_) => Some("neither site"),
        Whereabouts::Unknown(_) => None,
    };
    let first = votes.iter().find_map(said)?;
    votes.iter().filter_map(said).any(|says| says != first).then(|| {
        let told: Vec<String> = votes.iter().filter_map(|vote| Some(format!("{} → {}", vote.resolver, said(vote)?))).collect();
        format!("resolvers disagree: {}", listed(&told))
    })
}
