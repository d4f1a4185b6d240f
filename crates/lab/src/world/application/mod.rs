//! The workload's own application: an HTTP endpoint per site that is up or down for the reasons a real one would be, and the people and
//! programs that use it. It is the only room that writes rows, so it is where lost writes come from.

mod endpoint;
mod traffic;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use drlab_core::domain::Region;

pub use endpoint::{Page, Sight, fetch, look, task_passes};
pub use traffic::{Route, Writer};

use super::route53::Resolver;
use super::{Gauges, World};

/// Every application of the lab, one per workload.
#[derive(Clone, Debug, Default)]
pub struct Applications {
    pub list: Vec<Application>,
    /// Hosts of webhooks: what is posted there is heard by the lab alone, and by nobody whom the real thing concerns.
    pub hooks: BTreeSet<String>,
}

/// One workload's application, in all its sites.
#[derive(Clone, Debug)]
pub struct Application {
    pub workload: String,
    /// The name people type, such as `app.example.com`.
    pub record: String,
    pub health_path: String,
    pub write_path: String,
    /// Whether the health path looks at the database too, or at the tasks alone.
    pub deep_health: bool,
    pub sites: Vec<Site>,
    pub writers: Vec<Writer>,
    /// What the browsers of the world ask for, over DNS.
    pub requests_per_second: f64,
    pub base_latency_ms: f64,
    pub base_error_share: f64,
    /// The browsers' view of DNS.
    pub browsers: Resolver,
    /// Where they were served in the second before: what the application does beside its rows, it does there.
    pub serving: Option<Region>,
}

/// The application in one region.
#[derive(Clone, Debug)]
pub struct Site {
    pub name: &'static str,
    pub region: Region,
    /// The DNS name of its load balancer.
    pub load_balancer: String,
    /// The services a request passes through, as (cluster, service), the one behind the load balancer first.
    pub services: Vec<(String, String)>,
    /// The instance or cluster that the configuration calls this site's database.
    pub database: Option<String>,
}

/// One second of use.
pub fn pulse(world: &mut World) {
    traffic::pulse(world);
}

/// Applications report through their load balancers and databases; they have no metrics of their own.
pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}

impl Applications {
    /// Whether users of a workload are served in this region.
    #[must_use]
    pub fn serves(&self, workload: &str, region: &Region) -> bool {
        self.list.iter().any(|app| app.workload == workload && app.serving.as_ref() == Some(region))
    }

    /// The application and site behind a load balancer.
    fn behind(&self, load_balancer: &str) -> Option<(&Application, &Site)> {
        self.list.iter().find_map(|app| Some((app, app.sites.iter().find(|site| site.load_balancer == load_balancer)?)))
    }

    /// The application and site a service belongs to.
    fn owning(&self, region: &Region, cluster: &str, service: &str) -> Option<(&Application, &Site)> {
        let owns = |site: &&Site| site.region == *region && site.services.iter().any(|(c, s)| c == cluster && s == service);
        self.list.iter().find_map(|app| Some((app, app.sites.iter().find(owns)?)))
    }
}
