//! Multi-Region keys.

use super::{Gauges, Service, World};

#[derive(Clone, Debug, Default)]
pub struct Kms {}

pub const SERVICE: Service = Service { name: "kms", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}
