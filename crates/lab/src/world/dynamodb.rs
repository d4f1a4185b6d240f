//! Tables and items.

use super::{Gauges, Service, World};

#[derive(Clone, Debug, Default)]
pub struct DynamoDb {}

pub const SERVICE: Service = Service { name: "dynamodb", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}
