//! What holds for whole worlds, whatever is in them: tested on the built-in topologies.

mod faults;
mod scenarios;
mod time;

use drlab_core::config::Config;
use drlab_core::domain::{Region, Timestamp};
use serde_json::Value;

use crate::builder::build;
use crate::topologies::Topology;
use crate::world::World;

const START: Timestamp = Timestamp::from_secs(1_767_225_600);

fn config(topology: &str) -> Config {
    Topology::named(topology).unwrap().config().unwrap()
}

fn world(topology: &str) -> World {
    build(&config(topology), START).unwrap()
}

/// A workload's part of the ground truth.
fn workload<'s>(state: &'s Value, name: &str) -> &'s Value {
    state["workloads"].as_array().unwrap().iter().find(|workload| workload["name"] == name).unwrap()
}

/// The primary's and the standby's region of the topology's first workload.
fn sites(topology: &str) -> (Region, Region) {
    let config = config(topology);
    (config.workloads[0].primary.clone(), config.workloads[0].standby.clone())
}
