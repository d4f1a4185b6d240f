//! EventBridge rules.

use super::{Gauges, Service, World};

#[derive(Clone, Debug, Default)]
pub struct Events {}

pub const SERVICE: Service = Service { name: "events", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}
