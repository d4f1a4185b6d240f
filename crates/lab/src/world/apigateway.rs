//! REST APIs in front of dashboards.

use super::{Gauges, Service, World};

#[derive(Clone, Debug, Default)]
pub struct ApiGateway {}

pub const SERVICE: Service = Service { name: "apigateway", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}
