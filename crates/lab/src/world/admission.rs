//! The door of AWS: whether a request gets through to its operation at all. Throttling, failing and expired credentials are decided here.

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::route53::{self, ControlPlane};
use super::{Access, Answer, ApiError, Call, Fault, Operation, Regional, World};

/// Where a connection can be opened to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Door {
    Region(Region),
    /// Route 53's control plane: one for the world, living in us-east-1.
    Route53,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Requests arrive after this long.
    Up(Duration),
    /// Nobody is there to refuse: the packets vanish.
    BlackHole,
    Refused,
    /// The connection opens and nothing ever comes back.
    Silent,
}

/// How many calls were made, and what is left of each rate limit.
#[derive(Clone, Debug, Default)]
pub(super) struct Admission {
    calls: u64,
    buckets: BTreeMap<(Region, &'static str, &'static str), Bucket>,
    /// The regions as they were when somebody began to lie about them, and when that was.
    frozen: BTreeMap<Region, (Timestamp, Regional)>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    filled: Timestamp,
}

/// A rate limit: `burst` calls at once, `per_second` for ever.
struct Limit {
    service: &'static str,
    /// Names start with this; the first matching row counts.
    operations: &'static str,
    burst: f64,
    per_second: f64,
}

/// What AWS documents or operators report (AWS documents the first Route 53 row, the ELB and the CloudWatch rows; RDS is unpublished).
const LIMITS: &[Limit] = &[
    Limit { service: "route53", operations: "GetHealthCheckStatus", burst: 4.0, per_second: 1.0 },
    Limit { service: "route53", operations: "", burst: 50.0, per_second: 10.0 },
    Limit { service: "elasticloadbalancing", operations: "Describe", burst: 40.0, per_second: 10.0 },
    Limit { service: "monitoring", operations: "DescribeAlarms", burst: 9.0, per_second: 9.0 },
    Limit { service: "monitoring", operations: "", burst: 50.0, per_second: 50.0 },
    Limit { service: "ecs", operations: "", burst: 100.0, per_second: 20.0 },
    Limit { service: "rds", operations: "", burst: 60.0, per_second: 10.0 },
];

impl World {
    /// What becomes of a connection to this door just now.
    pub fn link(&self, door: &Door) -> Link {
        let home = Region::new(route53::HOME);
        let (region, lost) = match door {
            Door::Region(region) => (region, self.faults.is_dark(region)),
            Door::Route53 => (&home, route53::control_plane(self) == ControlPlane::Down),
        };
        if lost {
            Link::BlackHole
        } else if self.faults.hits_region(Fault::ApiRefused, region) {
            Link::Refused
        } else if self.faults.hits_region(Fault::ApiSilent, region) {
            Link::Silent
        } else {
            let slow = self.faults.find(Fault::ApiSlow, region, "").map(|active| active.level.unwrap_or(2000.0));
            Link::Up(slow.map_or(Duration::ZERO, |millis| Duration::from_secs_f64(millis.max(0.0) / 1000.0)))
        }
    }

    pub(super) fn admit(&mut self, call: &Call, _access: Access) -> Result<(), ApiError> {
        self.admission.calls += 1;
        let nth = self.admission.calls;
        if self.faults.hits_region(Fault::CredentialsExpired, &call.region) {
            return Err(ApiError::new(ApiError::EXPIRED, 403, "The security token included in the request is expired"));
        }
        if let Some(failing) = self.faults.find(Fault::ApiErrors, &call.region, call.service)
            && self.chance.unit(("api-errors", nth)) < failing.level.unwrap_or(1.0)
        {
            return Err(ApiError::unavailable());
        }
        if let Some(throttled) = self.faults.find(Fault::ApiThrottled, &call.region, call.service)
            && self.chance.unit(("api-throttled", nth)) < throttled.level.unwrap_or(0.9)
        {
            return Err(ApiError::throttled());
        }
        if call.service == "route53" && route53::control_plane(self) == ControlPlane::Recovered && !route53::recovers(self, call) {
            return Err(ApiError::unavailable());
        }
        self.take_token(call)
    }

    fn take_token(&mut self, call: &Call) -> Result<(), ApiError> {
        let fits = |limit: &&Limit| limit.service == call.service && call.operation.starts_with(limit.operations);
        let Some(limit) = LIMITS.iter().find(fits) else { return Ok(()) };
        let now = self.now;
        let bucket = self
            .admission
            .buckets
            .entry((call.region.clone(), limit.service, limit.operations))
            .or_insert(Bucket { tokens: limit.burst, filled: now });
        bucket.tokens = (bucket.tokens + now.since(bucket.filled).as_secs_f64() * limit.per_second).min(limit.burst);
        bucket.filled = now;
        if bucket.tokens < 1.0 {
            return Err(ApiError::throttled());
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    /// Keeps a picture of every region that is about to be lied about, from the moment the lie begins until it ends.
    pub(super) fn freeze(&mut self) {
        let lied_about = |region: &Region| {
            let lies = self.faults.active().iter().filter(|active| active.fault == Fault::LiarStale);
            lies.into_iter().any(|active| active.region.as_ref().is_none_or(|at| at == region))
        };
        let Admission { frozen, .. } = &mut self.admission;
        frozen.retain(|region, _| lied_about(region));
        for (region, here) in &self.regional {
            if lied_about(region) && !frozen.contains_key(region) {
                frozen.insert(region.clone(), (self.now, here.clone()));
            }
        }
    }

    /// Runs the operation, on the region as it is or, where a liar is at work, as it was when the lie began, or as it never will be.
    pub(super) fn perform(&mut self, call: &Call, operation: &Operation) -> Answer {
        self.freeze();
        if let Some(lie) = self.lie(call, operation) {
            return lie;
        }
        let lying = operation.access == Access::Read && self.faults.hits(Fault::LiarStale, &call.region, call.service);
        if !lying {
            return (operation.run)(self, call);
        }
        let Some((then, frozen)) = self.admission.frozen.remove(&call.region) else { return Err(ApiError::no_such_region(&call.region)) };
        let now = std::mem::replace(&mut self.now, then);
        let current = self.regional.insert(call.region.clone(), frozen);
        let answer = (operation.run)(self, call);
        self.now = now;
        if let Some(current) = current
            && let Some(frozen) = self.regional.insert(call.region.clone(), current)
        {
            self.admission.frozen.insert(call.region.clone(), (then, frozen));
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc;
    use crate::document::Document;
    use crate::world::testing::{ask, live, west, world};
    use crate::world::{ActiveFault, ecr};

    fn repositories(world: &mut World) -> usize {
        ask(world, &west(), "ecr", "DescribeRepositories", Document::Null).unwrap().body.items("repositories", "member").len()
    }

    #[test]
    fn a_stale_liar_shows_the_moment_the_lie_began_whoever_asks_and_whatever_is_done() {
        let mut world = world();
        ecr::add_repository(&mut world, &west(), "before").unwrap();
        let now = world.now();
        world.faults.inject(ActiveFault::on(Fault::LiarStale, &west(), now, Some(Duration::from_secs(60))));
        live(&mut world, 10);
        ecr::add_repository(&mut world, &west(), "after").unwrap();
        assert_eq!(repositories(&mut world), 1, "nobody had asked before the second one came");
        // A write is carried out, and the lie goes on.
        ask(&mut world, &west(), "sns", "CreateTopic", doc! { "Name": "t" }).unwrap();
        assert_eq!(repositories(&mut world), 1);
        live(&mut world, 60);
        assert_eq!(repositories(&mut world), 2);
    }
}
