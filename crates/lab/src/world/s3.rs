//! Buckets, versions, replication.

use super::{Gauges, Service, World};

#[derive(Clone, Debug, Default)]
pub struct S3 {}

pub const SERVICE: Service = Service { name: "s3", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}
