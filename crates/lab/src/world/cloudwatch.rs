//! Metrics and alarms.

use super::{Service, World};

#[derive(Clone, Debug, Default)]
pub struct CloudWatch {}

pub const SERVICE: Service = Service { name: "monitoring", operations: &[] };

/// Runs once a minute: gathers every service's readings, then evaluates alarms.
pub fn pulse(_world: &mut World) {}
