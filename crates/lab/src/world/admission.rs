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
    /// The regions as they were when somebody began to lie about them.
    frozen: BTreeMap<Region, Regional>,
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

    /// Runs the operation, on the region as it is or, where a liar is at work, as it was.
    pub(super) fn perform(&mut self, call: &Call, operation: &Operation) -> Answer {
        let lying = operation.access == Access::Read && self.faults.hits(Fault::LiarStale, &call.region, call.service);
        if !lying {
            self.admission.frozen.remove(&call.region);
            return (operation.run)(self, call);
        }
        let Some(current) = self.regional.get(&call.region).cloned() else { return Err(ApiError::no_such_region(&call.region)) };
        let frozen = self.admission.frozen.entry(call.region.clone()).or_insert_with(|| current.clone()).clone();
        self.regional.insert(call.region.clone(), frozen);
        let answer = (operation.run)(self, call);
        self.regional.insert(call.region.clone(), current);
        answer
    }
}
