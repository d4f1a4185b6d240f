use std::net::Ipv4Addr;

use drlab_core::domain::Region;

use super::{Application, Site};
use crate::world::elb::Requests;
use crate::world::fault::Fault;
use crate::world::rds::{self, DatabaseSight, database_at};
use crate::world::route53::Resolver;
use crate::world::{World, ecs, elb};

/// Somebody who writes rows and remembers which ones were acknowledged.
#[derive(Clone, Debug)]
pub struct Writer {
    pub name: String,
    pub rows_per_second: u32,
    pub route: Route,
}

/// How a writer finds its way.
#[derive(Clone, Debug)]
pub enum Route {
    /// Through the application, wherever DNS leads, asking again when the TTL is over.
    Dns(Resolver),
    /// Through the application at the first address it ever got: a client that ignores DNS.
    Pinned(Option<Ipv4Addr>),
    /// To the database's own endpoint from outside ECS, from a machine in this region.
    Direct { host: String, from: Region },
}

/// What an application's users did in one second, decided before anything is changed.
struct Second {
    landed: Option<(Region, String)>,
    requests: Option<Requests>,
    load: Vec<(Region, String, String, f64)>,
    acknowledged: Vec<(String, DatabaseSight, u32)>,
}

pub(super) fn pulse(world: &mut World) {
    // The applications step out of the world while they look at it, so that their own DNS caches can learn.
    let mut applications = std::mem::take(&mut world.applications);
    let mut seconds = Vec::with_capacity(applications.list.len());
    for app in &mut applications.list {
        seconds.push(app.live(world));
    }
    world.applications = applications;
    for second in seconds {
        second.happen(world);
    }
}

impl Application {
    fn live(&mut self, world: &World) -> Second {
        let mut second = Second { landed: None, requests: None, load: Vec::new(), acknowledged: Vec::new() };
        self.serving = None;
        if let Some(address) = self.browsers.address(world, &self.record) {
            self.browse(world, address, &mut second);
        }
        let record = self.record.clone();
        let mut writers = std::mem::take(&mut self.writers);
        for writer in &mut writers {
            let database = match &mut writer.route {
                Route::Dns(resolver) => resolver.address(world, &record).and_then(|address| self.written_through(world, address)),
                Route::Pinned(kept) => {
                    *kept = kept.or_else(|| Resolver::default().address(world, &record));
                    kept.and_then(|address| self.written_through(world, address))
                }
                Route::Direct { host, from } => database_at(world, host)
                    .filter(|database| database.region == *from || !world.faults.is_dark(&database.region))
                    .filter(|_| !world.faults.is_dark(from) && !world.faults.hits(Fault::DirectOff, from, &writer.name))
                    .map(|database| (database, 1.0)),
            };
            if let Some((database, passing)) = database.filter(|(database, _)| database.up && database.writable) {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a u32")]
                let rows = (f64::from(writer.rows_per_second) * passing).round() as u32;
                second.acknowledged.push((writer.name.clone(), database, rows));
            }
        }
        self.writers = writers;
        second
    }

    /// Where the browsers land, and how they fare there.
    fn browse(&mut self, world: &World, address: Ipv4Addr, second: &mut Second) {
        let landed = self.site_at(world, address).filter(|site| !world.faults.is_dark(&site.region));
        // A load is a level: where nobody lands any more, it is nothing.
        for site in &self.sites {
            let rate = if landed.is_some_and(|landed| landed.name == site.name) { self.requests_per_second } else { 0.0 };
            for (cluster, service) in &site.services {
                second.load.push((site.region.clone(), cluster.clone(), service.clone(), rate));
            }
        }
        let Some(site) = landed else { return };
        let up = site.is_staffed(world) && !site.is_down(world);
        let failing = if up { self.brownout(world, site).unwrap_or(self.base_error_share) } else { 1.0 };
        let mean = f64::from(self.latency(world, site)) / 1000.0;
        let serving = up.then(|| site.region.clone());
        second.landed = Some((site.region.clone(), site.load_balancer.clone()));
        second.requests = Some(Requests {
            count: self.requests_per_second,
            errors_4xx: self.requests_per_second * 0.002,
            errors_5xx: self.requests_per_second * failing,
            mean_seconds: mean,
            p95_seconds: mean * 2.5,
        });
        self.serving = serving;
    }

    /// The database that takes rows handed to the application at this address, and the share of them that gets there.
    fn written_through(&self, world: &World, address: Ipv4Addr) -> Option<(DatabaseSight, f64)> {
        let site = self.site_at(world, address)?;
        if world.faults.is_dark(&site.region) || !site.is_staffed(world) || site.is_down(world) {
            return None;
        }
        // The last service of the chain is the one that holds the connections.
        let (cluster, service) = site.services.last()?;
        let passing = 1.0 - self.brownout(world, site).unwrap_or(0.0);
        Some((self.database(world, site, cluster, service)?, passing))
    }

    /// The site whose application answers at an address.
    fn site_at(&self, world: &World, address: Ipv4Addr) -> Option<&Site> {
        let stands_at = |site: &&Site| {
            elb::load_balancer(world, &site.region, &site.load_balancer).is_some_and(|balancer| balancer.addresses.contains(&address))
        };
        let asked = self.sites.iter().find(stands_at)?;
        Some(self.answering(world, asked))
    }
}

impl Second {
    fn happen(self, world: &mut World) {
        let now = world.now() - crate::world::PULSE;
        if let (Some((region, load_balancer)), Some(requests)) = (self.landed, self.requests) {
            elb::note_requests(world, &region, &load_balancer, requests);
        }
        for (region, cluster, service, load) in self.load {
            ecs::note_load(world, &region, &cluster, &service, load);
        }
        for (writer, database, rows) in self.acknowledged {
            world.ledger.acknowledge(database.timeline, &writer, now, rows);
            rds::note_writes(world, &database.region, &database.id, f64::from(rows), 10.0);
        }
    }
}
