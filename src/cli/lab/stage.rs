//! What lab to open: the same words for `lab serve` and for `demo`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::config::{Config, Endpoints, HostPort};
use drlab_lab::control::Stage;
use drlab_lab::scenarios::{BuiltIn, SCENARIOS, Scenario, Script};
use drlab_lab::serve::Running;
use drlab_lab::topologies::{self, TOPOLOGIES, Topology};

use crate::cli::{Failure, files};

#[derive(Debug, Args)]
pub(in crate::cli) struct Setting {
    /// A built-in topology; without it tier2
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    topology: Option<String>,
    /// Your own drlab.toml: the lab takes its shape from it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// World seconds per second; without it what the configuration says, which is 20 where it says nothing
    #[arg(long)]
    speed: Option<f64>,
    /// A built-in scenario, or a scenario file
    #[arg(long)]
    scenario: Option<String>,
    #[arg(long)]
    seed: Option<u64>,
}

impl Setting {
    pub(in crate::cli) fn stage(&self) -> Result<Stage> {
        let mut config = match &self.config {
            // Where the file stands before the command, the parser does not see the two beside each other.
            Some(_) if self.topology.is_some() => {
                return Err(Failure::usage("--config and --topology: the lab takes its shape from one of them; leave the other out").into());
            }
            Some(path) => {
                let text = files::read(path, "a configuration")?;
                topologies::parse(&path.display().to_string(), text).map_err(Failure::config)?
            }
            None => self.built_in()?,
        };
        if let Some(speed) = self.speed {
            if !(speed > 0.0 && speed <= 10_000.0) {
                return Err(Failure::usage(format!("--speed {speed}: give more than 0 and at most 10000")).into());
            }
            config.lab.speed = speed;
        }
        config.lab.seed = self.seed.unwrap_or(config.lab.seed);
        let scenario = self.scenario.as_deref().map(|name| find_scenario(name, &config)).transpose()?;
        Ok(Stage { config, scenario })
    }

    fn built_in(&self) -> Result<Config> {
        let name = self.topology.as_deref().unwrap_or("tier2");
        let topology = Topology::named(name).ok_or_else(|| {
            let known: Vec<_> = TOPOLOGIES.iter().map(|topology| topology.name).collect();
            Failure::usage(format!("there is no topology “{name}”; there are {}", known.join(", ")))
        })?;
        Ok(topology.config().map_err(Failure::config)?)
    }
}

pub(in crate::cli) fn url(address: &SocketAddr) -> String {
    format!("http://{address}")
}

/// A scenario by the name of a built-in one, or from a file, as it happens to the first workload.
fn find_scenario(name: &str, config: &Config) -> Result<Scenario> {
    let script = match BuiltIn::named(name) {
        Some(known) => known.script(),
        None => {
            let path = Path::new(name);
            if !path.exists() {
                let known: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
                let why = format!("there is no scenario “{name}”, nor a file of that name; built in: {}", known.join(", "));
                return Err(Failure::usage(why).into());
            }
            Script::parse(name, name, files::read(path, "a scenario")?)
        }
    };
    Ok(script.map_err(Failure::config)?.cast(config, None).map_err(Failure::config)?)
}

/// The same workloads, with this lab as their AWS.
pub(in crate::cli) fn matching_config(config: &Config, running: &Running) -> Config {
    let (addresses, dns) = (running.addresses(), running.dns());
    let mut config = config.for_console(Endpoints {
        regions: addresses.regions.iter().map(|(region, address)| (region.clone(), url(address))).collect(),
        route53: Some(url(&addresses.route53)),
        proxy: Some(url(&addresses.control)),
    });
    let host_port = |address: SocketAddr| HostPort { host: address.ip().to_string(), port: address.port() };
    for workload in &mut config.workloads {
        if let Some(record) = &mut workload.dns {
            record.resolvers = vec![host_port(dns.a), host_port(dns.b)];
            record.name_servers = vec![host_port(dns.authoritative)];
        }
    }
    config
}
