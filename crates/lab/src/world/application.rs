//! The workload's own application: an HTTP endpoint per site that is up or down for the reasons a real one would be, and its clients.

use std::net::Ipv4Addr;

use drlab_core::domain::Region;

use super::{Gauges, World};

#[derive(Clone, Debug, Default)]
pub struct Applications {}

/// What somebody outside AWS gets for an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    Answered {
        status: u16,
        body: String,
        millis: u32,
    },
    /// Nothing comes back until the client gives up.
    Silence,
    Refused,
}

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}

/// What a client, or one of Route 53's checkers, gets from `http://address/path`.
pub fn fetch(_world: &World, _address: Ipv4Addr, _path: &str) -> Sight {
    Sight::Silence
}

/// Whether a running task of a service passes its load balancer's health check; if not, why, as the load balancer words it.
pub fn task_passes(_world: &World, _region: &Region, _cluster: &str, _service: &str) -> Result<(), String> {
    Ok(())
}
