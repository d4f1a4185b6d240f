use std::fmt;
use std::net::Ipv4Addr;

use drlab_core::domain::Region;

use super::{Application, Site};
use crate::world::rds::{self, DatabaseSight, database_at};
use crate::world::{Fault, World, ecs, elb};

/// What somebody outside AWS gets for an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight<Body = String> {
    Answered {
        status: u16,
        body: Body,
        millis: u32,
    },
    /// Nothing comes back until the client gives up.
    Silence,
    Refused,
}

/// A body that is written only for those who read it: most look at the status alone.
#[derive(Clone, Debug)]
pub enum Page<'w> {
    /// The load balancer's own.
    Unavailable,
    /// What the application says of itself, and of the database it was to write to.
    Told { world: &'w World, app: &'w Application, site: &'w Site, status: u16, database: Option<(String, bool)> },
}

/// What a client gets from `http://address/path`.
pub fn fetch(world: &World, address: Ipv4Addr, path: &str) -> Sight {
    match look(world, address, path) {
        Sight::Answered { status, body, millis } => Sight::Answered { status, body: body.to_string(), millis },
        Sight::Silence => Sight::Silence,
        Sight::Refused => Sight::Refused,
    }
}

/// The same, for who need not read what is answered.
pub fn look<'w>(world: &'w World, address: Ipv4Addr, path: &str) -> Sight<Page<'w>> {
    let Some((region, name)) = elb::name_at(world, address) else { return Sight::Silence };
    let Some((app, asked)) = world.applications.behind(name) else { return Sight::Refused };
    if world.faults.is_dark(region) {
        return Sight::Silence;
    }
    app.answer(world, app.answering(world, asked), path)
}

/// Whether a running task of a service passes its load balancer's health check; if not, why, as the load balancer words it.
pub fn task_passes(world: &World, region: &Region, cluster: &str, service: &str) -> Result<(), String> {
    let Some((app, site)) = world.applications.owning(region, cluster, service) else { return Ok(()) };
    match app.task_status(world, site, service, &app.health_path) {
        200 => Ok(()),
        status => Err(format!("Health checks failed with these codes: [{status}]")),
    }
}

impl Site {
    /// Whether any service of the chain fails whatever it is asked.
    pub(super) fn is_down(&self, world: &World) -> bool {
        // An even minute is a bad one.
        let bad_minute = world.now().secs().div_euclid(60) % 2 == 0;
        let hit = |fault| self.services.iter().any(|(_, service)| world.faults.hits(fault, &self.region, service));
        hit(Fault::AppDown) || (bad_minute && hit(Fault::AppFlapping))
    }

    /// Whether every service of the chain has a task to answer with.
    pub(super) fn is_staffed(&self, world: &World) -> bool {
        self.services.iter().all(|(cluster, service)| ecs::running_tasks(world, &self.region, cluster, service) > 0)
    }
}

impl Application {
    /// Whose application answers at a site's address. A liar answers in somebody else's name: the address is the target's, the
    /// application is the source's.
    pub(super) fn answering<'a>(&'a self, world: &World, asked: &'a Site) -> &'a Site {
        let lying = world.faults.hits(Fault::LiarAnswer, &asked.region, &self.workload);
        let other = self.sites.iter().find(|site| site.name != asked.name);
        if lying { other.unwrap_or(asked) } else { asked }
    }

    fn answer<'w>(&'w self, world: &'w World, site: &'w Site, path: &str) -> Sight<Page<'w>> {
        let millis = self.latency(world, site);
        let reply = |status, database| Sight::Answered { status, body: Page::Told { world, app: self, site, status, database }, millis };
        let Some((cluster, entry)) = site.services.first() else { return Sight::Refused };
        // A load balancer without targets answers for itself; with none healthy it tries them all.
        if !site.is_staffed(world) {
            return Sight::Answered { status: 503, body: Page::Unavailable, millis };
        }
        let status = self.task_status(world, site, entry, path);
        if path != self.write_path || status != 200 {
            return reply(status, None);
        }
        match self.database(world, site, cluster, entry) {
            Some(database) if database.up && database.writable => reply(200, Some((database.id, true))),
            Some(database) => reply(503, Some((database.id, false))),
            None => reply(503, None),
        }
    }

    /// What the tasks themselves answer on a path that writes nothing.
    fn task_status(&self, world: &World, site: &Site, service: &str, path: &str) -> u16 {
        let known = path == self.health_path || path == self.write_path || path == "/";
        if site.is_down(world) || self.browns_out(world, site, path) {
            return 503;
        }
        let cluster = site.services.iter().find(|(_, part)| part == service).map(|(cluster, _)| cluster.as_str());
        if self.deep_health && path == self.health_path {
            let database = cluster.and_then(|cluster| self.database(world, site, cluster, service));
            // A health check reads; an application of a global database knows its cluster's readers too.
            if !database.is_some_and(|database| database.readable) {
                return 503;
            }
        }
        if known { 200 } else { 404 }
    }

    fn browns_out(&self, world: &World, site: &Site, path: &str) -> bool {
        self.brownout(world, site)
            .is_some_and(|share| world.chance.unit(("brownout", &self.workload, site.name, path, world.now().secs())) < share)
    }

    /// The share of requests that fail in a brownout, if there is one.
    pub(super) fn brownout(&self, world: &World, site: &Site) -> Option<f64> {
        let (_, entry) = site.services.first()?;
        world.faults.find(Fault::Brownout, &site.region, entry).map(|active| active.level.unwrap_or(0.3).clamp(0.0, 1.0))
    }

    /// Slower when it fails; a little different every second, by name and not by order.
    pub(super) fn latency(&self, world: &World, site: &Site) -> u32 {
        let jitter = 0.8 + 0.4 * world.chance.unit(("latency", &self.workload, site.name, world.now().secs()));
        let factor = if self.brownout(world, site).is_some() { 12.0 } else { 1.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a latency in milliseconds, bounded")]
        let millis = (self.base_latency_ms * jitter * factor).clamp(1.0, 60_000.0) as u32;
        millis
    }

    /// How many rows the site's own database holds: the newest one's number. What is read from afar tells nothing of what is here.
    fn newest_row(&self, world: &World, site: &Site) -> Option<u64> {
        let (cluster, entry) = site.services.first()?;
        let database = self.database(world, site, cluster, entry)?;
        if !database.readable || database.region != site.region {
            return None;
        }
        let (timeline, as_of) = rds::holds(world, &database.region, &database.id)?;
        Some(world.ledger.held(timeline, as_of))
    }

    /// The database that the running tasks of a service are connected to, if it can be reached from their site.
    pub(in crate::world) fn database(&self, world: &World, site: &Site, cluster: &str, service: &str) -> Option<DatabaseSight> {
        let host = ecs::database_of(world, &site.region, cluster, service)?;
        let database = database_at(world, host)?;
        let cut_off = database.region != site.region && (world.faults.is_dark(&database.region) || world.faults.is_dark(&site.region));
        (!cut_off).then_some(database)
    }
}

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Told { world, app, site, status, database } = self else {
            return f.write_str("<html><head><title>503 Service Temporarily Unavailable</title></head></html>");
        };
        let (database, wrote) = database.as_ref().map(|(id, wrote)| (id.as_str(), *wrote)).unzip();
        let told = serde_json::json!({
            "workload": app.workload,
            "site": site.name,
            "region": site.region.as_str(),
            "ok": *status == 200,
            "database": database,
            "wrote": wrote,
            "row": app.newest_row(world, site),
        });
        write!(f, "{told}")
    }
}
