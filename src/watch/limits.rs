//! How often each source may be asked: AWS's limits with room left for others who share the account, and a limit of our own against a lab.

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::{Kind, Question, Region, Timestamp, Topic};

/// Who answers a question, as far as being down goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Host {
    Region(Region),
    /// One for the world.
    Route53,
    /// Resolvers and the workload's own addresses: each is another host, and what they fail to answer is a finding.
    Wire,
}

/// A service as AWS limits it: one set of tokens.
pub(super) type Service = &'static str;

/// What limits the asking of a question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meter {
    Service(Host, Service),
    /// A host as a whole, against a lab that lives faster than we do.
    Host(Host),
}

/// So many at once, and one more every so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) burst: u32,
    /// In milliseconds.
    pub(super) interval: u64,
}

/// What the console's fastest lab may be asked a second of the wall, per region.
const WALL_INTERVAL: f64 = 30.0;
const WALL_BURST: u32 = 100;

pub(super) fn host(question: &Question) -> Host {
    match question.kind() {
        Kind::Resolution | Kind::Sight => Host::Wire,
        Kind::Zone | Kind::Record | Kind::HealthCheck | Kind::Checkers => Host::Route53,
        _ => Host::Region(question.region.clone()),
    }
}

pub(super) const fn service(kind: Kind) -> Service {
    match kind {
        Kind::Instance | Kind::Cluster | Kind::GlobalCluster | Kind::RestorePoint => "rds",
        Kind::Service | Kind::Tasks => "ecs",
        Kind::TargetGroup | Kind::Targets => "elb",
        Kind::Zone | Kind::Record | Kind::HealthCheck => "route53",
        Kind::Checkers => CHECKERS,
        Kind::Alarm => "alarms",
        other => other.as_str(),
    }
}

const CHECKERS: Service = "route53 checkers";

/// How many calls a question takes, as far as can be told beforehand: details of what was listed, other kinds of the same thing.
pub(super) fn calls(question: &Question) -> u32 {
    match &question.topic {
        Topic::Tasks { .. } | Topic::RestorePoints(_) => 3,
        // A page holds a hundred.
        Topic::Instances(names) | Topic::Clusters(names) | Topic::GlobalClusters(names) | Topic::HealthChecks(names) => pages(names),
        Topic::Records { names, .. } => pages(names),
        Topic::Replication(_) | Topic::Topic(_) | Topic::Machine(_) | Topic::Function(_) | Topic::Rule(_) | Topic::Table(_) => 2,
        _ => 1,
    }
}

fn pages(names: &[String]) -> u32 {
    u32::try_from(names.len().div_ceil(100)).unwrap_or(u32::MAX).max(1)
}

/// How many calls a minute go to what nobody looks into, however much of it there is: what comes in lists gets nearly half of what AWS
/// allows, for lists do not grow much; what takes a call for each thing shares a fraction of it.
pub(super) fn background(meter: &Meter, limit: Limit) -> u32 {
    match meter {
        Meter::Service(_, "rds" | "route53") => 24,
        Meter::Service(_, CHECKERS) => 18,
        Meter::Service(_, "ecs") => 80,
        Meter::Service(Host::Wire, _) => 1_200,
        Meter::Service(..) => 40,
        Meter::Host(_) => u32::try_from(24_000 / limit.interval.max(1)).unwrap_or(u32::MAX).max(1),
    }
}

const fn limit(service: Service) -> Limit {
    match service.as_bytes() {
        // Unpublished; operators report trouble above one a second.
        b"rds" => Limit { burst: 10, interval: 1_000 },
        b"ecs" => Limit { burst: 40, interval: 50 },
        b"elb" => Limit { burst: 40, interval: 100 },
        b"alarms" => Limit { burst: 9, interval: 112 },
        // The whole account shares what Route 53 allows, and deployments need it too.
        b"route53" => Limit { burst: 10, interval: 1_000 },
        b"route53 checkers" => Limit { burst: 4, interval: 1_000 },
        // A fleet's own addresses and resolvers: nobody's limit, but no reason to be a nuisance.
        b"probe" | b"resolution" => Limit { burst: 200, interval: 20 },
        _ => Limit { burst: 40, interval: 100 },
    }
}

/// Tokens, kept as the instant at which each bucket would be full again: whole milliseconds, so that nothing is lost to rounding.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    full_at: BTreeMap<Meter, Timestamp>,
    speed: f64,
}

impl Limits {
    pub(super) const fn new(speed: f64) -> Self {
        Self { full_at: BTreeMap::new(), speed }
    }

    /// Everything that limits a question.
    pub(super) fn meters(&self, question: &Question) -> Vec<Meter> {
        let (host, service) = (host(question), service(question.kind()));
        let mut meters = vec![Meter::Service(host.clone(), service)];
        if service == CHECKERS {
            meters.push(Meter::Service(host.clone(), "route53"));
        }
        if self.speed > 1.0 {
            meters.push(Meter::Host(host));
        }
        meters
    }

    pub(super) fn limit(&self, meter: &Meter) -> Limit {
        match meter {
            Meter::Service(_, service) => limit(service),
            Meter::Host(_) => {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
                let interval = (WALL_INTERVAL * self.speed).ceil() as u64;
                Limit { burst: WALL_BURST, interval }
            }
        }
    }

    /// When this many tokens can be had at the earliest. Half of every bucket is kept for those whom somebody looks at.
    pub(super) fn ready(&self, meter: &Meter, calls: u32, favoured: bool) -> Timestamp {
        let Limit { burst, interval } = self.limit(meter);
        let calls = calls.min(burst);
        let usable = if favoured { burst } else { (burst / 2).max(calls) };
        let full_at = self.full_at.get(meter).copied().unwrap_or_default();
        full_at - Duration::from_millis(interval * u64::from(usable - calls))
    }

    pub(super) fn take(&mut self, meter: Meter, calls: u32, now: Timestamp) {
        let Limit { burst, interval } = self.limit(&meter);
        let full_at = self.full_at.entry(meter).or_default();
        *full_at = (*full_at).max(now) + Duration::from_millis(interval * u64::from(calls.min(burst)));
    }
}
