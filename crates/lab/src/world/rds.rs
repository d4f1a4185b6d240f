//! Database instances, replicas, Aurora.

use drlab_core::domain::Region;

use super::{Gauges, Service, TimelineId, World};

#[derive(Clone, Debug, Default)]
pub struct Rds {}

pub const SERVICE: Service = Service { name: "rds", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}

/// What a client that connects to a database finds there.
#[derive(Clone, Debug)]
pub struct DatabaseSight {
    pub region: Region,
    /// The instance, or the Aurora cluster.
    pub id: String,
    /// Accepts connections (false while rebooting, creating, failed).
    pub up: bool,
    /// Accepts writes.
    pub writable: bool,
    pub timeline: TimelineId,
}

/// The database whose endpoint this is. Names outlive what they lead to: a deleted database's name leads nowhere.
pub fn database_at(_world: &World, _host: &str) -> Option<DatabaseSight> {
    None
}
