//! Secrets.

use super::{Gauges, Service, World};

#[derive(Clone, Debug, Default)]
pub struct Secrets {}

pub const SERVICE: Service = Service { name: "secretsmanager", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}

/// The current value of a secret, by name or ARN, with the id of its version.
pub fn value<'w>(_world: &'w World, _region: &drlab_core::domain::Region, _secret: &str) -> Option<(&'w str, &'w str)> {
    None
}
