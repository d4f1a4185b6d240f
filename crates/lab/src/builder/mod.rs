//! From a configuration to a world in steady state: everything the console would find had the workload stood there for months.
//!
//! One file per corner of a workload. What `drlab.toml` says is taken as it is; what only `[lab]` knows comes from there; nothing is invented
//! that either of them could have said.

mod alarms;
mod automation;
mod compute;
mod database;
mod storage;
mod traffic;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use drlab_core::config::{Config, LabWorkload, Place, Site, Sites, Workload};
use drlab_core::domain::{Region, Timestamp};

use crate::world::route53::{self, RecordKind, ResolverId};
use crate::world::{ApiError, Span, World, cloudwatch};

/// How much of the past the metrics know when the lab opens.
const PAST: u32 = 65;
/// How long the world lives before anybody looks.
const SETTLING: Duration = Duration::from_secs(120);

/// Why a configuration cannot be built: which workload, and what the part of AWS that refused it said.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("workload “{workload}” cannot be built in the lab: {why}")]
pub struct BuildError {
    workload: String,
    why: Box<ApiError>,
}

/// Builds every workload of a configuration, as they stand at `at`.
pub fn build(config: &Config, at: Timestamp) -> Result<World, BuildError> {
    let account = config.workloads.first().map_or("000000000000", |workload| workload.account.as_str());
    let mut world = World::new(config.lab.seed, account, at - SETTLING, config.regions());
    for (name, stretch) in &config.lab.timings {
        if let Some(span) = world.timings.named(name) {
            *span = Span { least: stretch.least, most: stretch.most };
        }
    }
    let failed = |workload: &Workload, why| BuildError { workload: workload.name.clone(), why: Box::new(why) };
    let mut built = Vec::new();
    for (nth, workload) in config.workloads.iter().enumerate() {
        let Some(lab) = config.lab.workloads.get(&workload.name) else { continue };
        let mut builder = Builder { world: &mut world, workload, lab, nth, balancers: BTreeMap::new() };
        builder.build().map_err(|why| failed(workload, why))?;
        built.push((nth, workload, lab, builder.balancers));
    }
    // A little life first, so that every counter holds a whole minute. Nobody watches it: an alarm on points that are still to come would
    // ring, and set off whatever listens to it.
    world.advance(at);
    for (nth, workload, lab, balancers) in built {
        let mut builder = Builder { world: &mut world, workload, lab, nth, balancers };
        builder.alarms().map_err(|why| failed(workload, why))?;
    }
    cloudwatch::backfill(&mut world, PAST);
    // The busy resolvers know every record long before we ask them: what they remember shall not depend on when that is.
    for workload in &config.workloads {
        let Some(dns) = &workload.dns else { continue };
        for resolver in [ResolverId::A, ResolverId::B] {
            route53::resolve(&mut world, resolver, &dns.record, RecordKind::A);
        }
    }
    world.begin();
    Ok(world)
}

/// One workload being built.
struct Builder<'a> {
    world: &'a mut World,
    workload: &'a Workload,
    lab: &'a LabWorkload,
    nth: usize,
    /// The DNS name of each site's load balancer, once it stands.
    balancers: BTreeMap<Site, String>,
}

impl Builder<'_> {
    /// Foundations first: tasks read secrets, secrets name databases, records lead to load balancers.
    fn build(&mut self) -> Result<(), ApiError> {
        self.keys();
        self.topics();
        self.database()?;
        self.secrets();
        self.certificates();
        self.repositories()?;
        self.services()?;
        self.records()?;
        self.application();
        self.webhook();
        self.buckets();
        self.tables();
        self.functions();
        self.machines();
        self.rules()?;
        self.apis();
        Ok(())
    }

    fn region(&self, site: Site) -> Region {
        self.workload.region(site).clone()
    }

    /// The region of a place; a workload without a control region is steered from its standby.
    fn place(&self, place: Place) -> Region {
        self.workload.region_of(place).unwrap_or(&self.workload.standby).clone()
    }

    /// Documentation addresses: 198.51.100.x for primaries, 203.0.113.x for standbys, two for each load balancer.
    fn addresses(&self, site: Site) -> Vec<Ipv4Addr> {
        let network = match site {
            Site::Primary => [198, 51, 100],
            Site::Standby => [203, 0, 113],
        };
        let first = u8::try_from(10 + 2 * (self.nth % 120)).unwrap_or(10);
        (first..first + 2).map(|last| Ipv4Addr::new(network[0], network[1], network[2], last)).collect()
    }
}

const SITES: [Site; 2] = [Site::Primary, Site::Standby];

/// The name of the resource an ARN ends in, or the text itself where it is none.
fn bare(text: &str) -> &str {
    text.rsplit([':', '/']).next().unwrap_or(text)
}

/// Both sites' values as a list, primary first.
fn both<T>(sites: &Sites<T>) -> [(Site, &T); 2] {
    [(Site::Primary, &sites.primary), (Site::Standby, &sites.standby)]
}
