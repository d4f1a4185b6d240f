use super::workload::address;
use crate::config::{Site, Workload};
use crate::domain::change::Way;
use crate::domain::{Errand, Subject};

/// The errand of a client who writes a row through the application; `None` where the configuration knows no path for it, or no such way.
#[must_use]
pub fn write_errand(workload: &Workload, way: &Way) -> Option<Errand> {
    let dns = workload.dns.as_ref()?;
    let path = dns.probe.write_path.as_deref()?;
    let subject = Subject::sight(&workload.name, "write");
    let everybody = || dns.resolvers.iter().map(ToString::to_string).collect();
    match way {
        Way::Record { resolver } => Some(Errand { subject, url: address(dns, path), by: None, resolvers: vec![resolver.clone()] }),
        Way::Site(site) => {
            let site = Site::from_word(site)?;
            match (dns.probe.url.get(site), &dns.sites.get(site).load_balancer) {
                // The site's own address, and the path that writes.
                (Some(url), _) => {
                    let (scheme, rest) = url.split_once("://")?;
                    let host = rest.split(['/', '?', '#']).next()?;
                    Some(Errand { subject, url: format!("{scheme}://{host}{path}"), by: None, resolvers: everybody() })
                }
                (None, Some(balancer)) => {
                    Some(Errand { subject, url: address(dns, path), by: Some(balancer.clone()), resolvers: everybody() })
                }
                (None, None) => None,
            }
        }
    }
}
