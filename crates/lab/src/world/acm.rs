//! Certificates.

use super::{Gauges, Service, World};

#[derive(Clone, Debug, Default)]
pub struct Acm {}

pub const SERVICE: Service = Service { name: "acm", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}
