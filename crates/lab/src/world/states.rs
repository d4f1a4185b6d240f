//! Step Functions state machines.

use super::{Gauges, Service, World};

#[derive(Clone, Debug, Default)]
pub struct States {}

pub const SERVICE: Service = Service { name: "states", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}
