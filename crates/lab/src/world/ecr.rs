//! Images and their replication.

use super::{Gauges, Service, World};

#[derive(Clone, Debug, Default)]
pub struct Ecr {}

pub const SERVICE: Service = Service { name: "ecr", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}
