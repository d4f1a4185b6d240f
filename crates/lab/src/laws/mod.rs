//! What holds for whole worlds, whatever is in them: tested on the built-in topologies.

mod faults;
mod print;
mod reading;
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

/// The topologies of one workload each, and one workload of every kind that the fleet has.
fn stages() -> Vec<(String, Config)> {
    let alone = ["tier2", "pilot", "platform", "payments"].map(|name| (name.to_owned(), config(name)));
    let fleet = ["catalog", "cart", "status-page"].map(|name| (format!("fleet/{name}"), only("fleet", name)));
    alone.into_iter().chain(fleet).collect()
}

/// A topology with one of its workloads.
fn only(topology: &str, workload: &str) -> Config {
    let mut config = config(topology);
    config.workloads.retain(|one| one.name == workload);
    config
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
