//! Load balancers, target groups, target health.

use std::net::Ipv4Addr;

use drlab_core::domain::Region;

use super::{Gauges, Service, World};

#[derive(Clone, Debug, Default)]
pub struct Elb {}

pub const SERVICE: Service = Service { name: "elasticloadbalancing", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}

/// Where a load balancer's own name leads, and in which region it stands.
pub fn addresses_of(_world: &World, _dns_name: &str) -> Option<(Region, Vec<Ipv4Addr>)> {
    None
}

/// Whether the load balancer of this name has a healthy target (what `EvaluateTargetHealth` looks at).
pub fn has_healthy_target(_world: &World, _dns_name: &str) -> bool {
    false
}

/// The load balancer that answers at an address.
pub fn name_at(_world: &World, _address: Ipv4Addr) -> Option<(Region, String)> {
    None
}
