//! Clusters, services, tasks.

use super::{Gauges, Service, World};

#[derive(Clone, Debug, Default)]
pub struct Ecs {}

pub const SERVICE: Service = Service { name: "ecs", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}
