//! Application Auto Scaling.

use super::{Gauges, Service, World};

#[derive(Clone, Debug, Default)]
pub struct AutoScaling {}

pub const SERVICE: Service = Service { name: "application-autoscaling", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}
