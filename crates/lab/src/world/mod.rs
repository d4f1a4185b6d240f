//! The simulation: pure, seeded, with a clock of its own. No I/O, no tokio, no wall clock.
//!
//! It moves in whole seconds (`pulse`); between two pulses only calls change it. `advance` to an instant in one stride or in a thousand
//! gives the same world, and so does asking more or less often: luck is drawn by name (`chance`), never by order.
//! A service is one room: its state (kept in `Regional`, or in `World` where AWS's own is global), its `pulse`, its `measure`, and the
//! operations it claims (`SERVICE`).

pub mod acm;
mod admission;
pub mod apigateway;
pub mod application;
pub mod automation;
pub mod autoscaling;
mod call;
mod chance;
pub mod cloudwatch;
pub mod dynamodb;
pub mod ecr;
pub mod ecs;
pub mod elb;
pub mod events;
mod fault;
mod gauges;
mod json;
pub mod kms;
pub mod lambda;
mod ledger;
mod mirage;
mod pages;
pub mod rds;
mod regional;
pub mod route53;
pub mod s3;
mod script;
pub mod secrets;
pub mod sns;
mod state;
pub mod states;
pub mod sts;
mod timings;
mod truth;

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

pub use admission::{Door, Link};
pub use call::{Access, Answer, Call, Operation, Reply, Service};
pub use chance::{Chance, Span};
pub use fault::{ActiveFault, Fault, Faults, UnknownFault};
pub use gauges::{Gauges, MetricName, Reading};
pub use ledger::{Ledger, Missing, TimelineId};
pub use regional::Regional;
pub use script::{Cue, Event, Script};
pub use timings::Timings;
pub use truth::{Transition, Truth};

pub use crate::document::ApiError;
use crate::document::Document;

/// Every service the lab claims.
pub const SERVICES: &[Service] = &[
    acm::SERVICE,
    apigateway::SERVICE,
    autoscaling::SERVICE,
    cloudwatch::SERVICE,
    dynamodb::SERVICE,
    ecr::SERVICE,
    ecs::SERVICE,
    elb::SERVICE,
    events::SERVICE,
    kms::SERVICE,
    lambda::SERVICE,
    rds::SERVICE,
    route53::SERVICE,
    s3::SERVICE,
    secrets::SERVICE,
    sns::SERVICE,
    states::SERVICE,
    sts::SERVICE,
];

/// The stride in which the world moves.
pub const PULSE: Duration = Duration::from_secs(1);

/// Some regions of AWS, the applications in them, and what is wrong with them.
#[derive(Clone, Debug)]
pub struct World {
    now: Timestamp,
    /// The last whole second that was lived through.
    pulsed: Timestamp,
    started: Timestamp,
    pub account: String,
    pub chance: Chance,
    pub timings: Timings,
    pub faults: Faults,
    pub script: Script,
    pub truth: Truth,
    pub ledger: Ledger,
    pub regional: BTreeMap<Region, Regional>,
    pub route53: route53::Route53,
    pub s3: s3::S3,
    pub applications: application::Applications,
    admission: admission::Admission,
    mirage: mirage::Mirage,
}

impl World {
    /// An empty AWS: these regions and nothing in them.
    #[must_use]
    pub fn new(seed: u64, account: &str, started: Timestamp, regions: impl IntoIterator<Item = Region>) -> Self {
        let whole = Timestamp::from_secs(started.secs());
        Self {
            now: whole,
            pulsed: whole,
            started: whole,
            account: account.to_owned(),
            chance: Chance::new(seed),
            timings: Timings::default(),
            faults: Faults::default(),
            script: Script::default(),
            truth: Truth::default(),
            ledger: Ledger::default(),
            regional: regions.into_iter().map(|region| (region, Regional::default())).collect(),
            route53: route53::Route53::default(),
            s3: s3::S3::default(),
            applications: application::Applications::default(),
            admission: admission::Admission::default(),
            mirage: mirage::Mirage::default(),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// Counts from now on as the world's beginning: what came before was settling in.
    pub fn begin(&mut self) {
        self.started = self.now;
        self.truth = Truth::default();
    }

    /// Lives on until `to`; an instant already passed changes nothing.
    pub fn advance(&mut self, to: Timestamp) {
        while self.pulsed + PULSE <= to {
            self.pulsed += PULSE;
            self.now = self.pulsed;
            self.pulse();
        }
        self.now = self.now.max(to);
        self.mirage.advance(to);
    }

    /// Carries out one request that has reached the region.
    pub fn call(&mut self, call: &Call) -> Answer {
        let operation = Self::operation(call.service, &call.operation)?;
        self.admit(call, operation.access)?;
        self.perform(call, operation)
    }

    /// Finds what a request asks for.
    pub fn operation(service: &str, name: &str) -> Result<&'static Operation, ApiError> {
        SERVICES
            .iter()
            .find(|known| known.name == service)
            .and_then(|known| known.operations.iter().find(|operation| operation.name == name))
            .ok_or_else(|| ApiError::unknown_operation(service, name))
    }

    /// What automation inside the world (a Lambda function, a state machine, a console user) does: the same operations, without the door.
    /// It needs the region to be reachable from `home`, the region in which the automation itself runs.
    pub fn act(&mut self, home: &Region, region: &Region, service: &'static str, operation: &str, input: Document) -> Answer {
        if self.faults.is_dark(home) || self.faults.is_dark(region) {
            return Err(ApiError::new("RequestTimeout", 504, format!("no answer from {region}")));
        }
        let found = Self::operation(service, operation)?;
        // What a client would send as a stream stands in the input here.
        let stream = match (service, operation) {
            ("lambda", "Invoke") => input.get("Payload"),
            ("s3", "PutObject") => input.get("Body"),
            _ => None,
        };
        let payload = stream.and_then(Document::as_text).map_or_else(bytes::Bytes::new, |text| bytes::Bytes::from(text.to_owned()));
        let call = Call { region: region.clone(), service, operation: operation.to_owned(), input, payload, access_key: String::new() };
        (found.run)(self, &call)
    }

    /// The services of one region. Calls reach only regions that exist, so its absence is the caller's mistake, said as AWS would.
    pub fn here(&self, region: &Region) -> Result<&Regional, ApiError> {
        self.regional.get(region).ok_or_else(|| ApiError::no_such_region(region))
    }

    pub fn here_mut(&mut self, region: &Region) -> Result<&mut Regional, ApiError> {
        self.regional.get_mut(region).ok_or_else(|| ApiError::no_such_region(region))
    }

    pub fn regions(&self) -> Vec<Region> {
        self.regional.keys().cloned().collect()
    }

    /// `arn:aws:rds:us-west-2:123456789012:db:orders`
    pub fn arn(&self, service: &str, region: &Region, resource: &str) -> String {
        format!("arn:aws:{service}:{region}:{}:{resource}", self.account)
    }

    /// One second of everybody's life, causes before effects.
    fn pulse(&mut self) {
        self.faults.expire(self.now);
        script::pulse(self);
        self.freeze();
        self.wake();
        rds::pulse(self);
        ecr::pulse(self);
        autoscaling::pulse(self);
        ecs::pulse(self);
        elb::pulse(self);
        route53::pulse(self);
        s3::pulse(self);
        secrets::pulse(self);
        kms::pulse(self);
        application::pulse(self);
        events::pulse(self);
        lambda::pulse(self);
        states::pulse(self);
        if self.now == self.now.minute() {
            cloudwatch::pulse(self);
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! A small world, and a short way to ask it things.

    use super::*;

    pub(crate) fn east() -> Region {
        Region::new("us-east-1")
    }

    pub(crate) fn west() -> Region {
        Region::new("us-west-2")
    }

    /// Two empty regions in the year 2026.
    pub(crate) fn world() -> World {
        World::new(1, "123456789012", Timestamp::from_secs(1_767_225_600), [east(), west()])
    }

    pub(crate) fn ask(world: &mut World, region: &Region, service: &'static str, operation: &str, input: Document) -> Answer {
        let call = Call {
            region: region.clone(),
            service,
            operation: operation.to_owned(),
            input,
            payload: bytes::Bytes::new(),
            access_key: "AKIALAB".to_owned(),
        };
        world.call(&call)
    }

    /// Lets the world live for a while.
    pub(crate) fn live(world: &mut World, seconds: u64) {
        let later = world.now() + Duration::from_secs(seconds);
        world.advance(later);
    }
}
