//! `drlab-tui lab serve`: the embedded AWS on sockets.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use color_eyre::eyre::{Result, WrapErr};
use drlab_core::config::{Config, Endpoints};
use drlab_core::domain::Timestamp;
use drlab_lab::control::Stage;
use drlab_lab::scenarios::{self, Scenario};
use drlab_lab::serve::{self, Addresses, Options, Running};
use drlab_lab::topologies;
use serde_json::{Value, json};

use crate::cli::Failure;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A built-in topology
    #[arg(long, default_value = "tier2", conflicts_with = "config")]
    topology: String,
    /// Your own drlab.toml: the lab takes its shape from it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One port for everything, told apart by the credential scope; without it every region has a port of its own
    #[arg(long)]
    port: Option<u16>,
    /// Listen on this address instead of loopback. Anybody who can reach it can then drive the lab: it takes any credentials
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// World seconds per second
    #[arg(long)]
    speed: Option<f64>,
    /// A built-in scenario, or a scenario file
    #[arg(long)]
    scenario: Option<String>,
    #[arg(long)]
    seed: Option<u64>,
    /// Write the drlab.toml that matches this lab
    #[arg(long, value_name = "FILE")]
    config_out: Option<PathBuf>,
}

impl Arguments {
    pub(super) async fn run(self) -> Result<()> {
        let stage = self.stage()?;
        let options = Options { listen: self.listen, port: self.port, speed: stage.config.lab.speed };
        let running = serve::open(stage.clone(), wall_clock(), options).await.wrap_err("the lab could not open its ports")?;
        let addresses = running.addresses();
        if let Some(path) = &self.config_out {
            let text = matching_config(&stage.config, addresses).to_toml();
            std::fs::write(path, text).map_err(|error| Failure::usage(format!("{}: cannot be written: {error}", path.display())))?;
        }
        let mut out = std::io::stdout();
        writeln!(out, "{}", self.first_line(addresses))?;
        out.flush()?;
        hints(&stage.config, addresses, self.listen);
        until_interrupted(running).await
    }

    fn stage(&self) -> Result<Stage> {
        let mut config = match &self.config {
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| Failure::config(format!("{}: {error}", path.display())))?;
                Config::parse(&path.display().to_string(), &text).map_err(Failure::config)?
            }
            None => topologies::load(&self.topology).map_err(Failure::usage)?,
        };
        if let Some(speed) = self.speed {
            if !(speed > 0.0 && speed <= 10_000.0) {
                return Err(Failure::usage(format!("--speed {speed}: give more than 0 and at most 10000")).into());
            }
            config.lab.speed = speed;
        }
        config.lab.seed = self.seed.unwrap_or(config.lab.seed);
        let scenario = self.scenario.as_deref().map(find_scenario).transpose()?;
        if let Some(scenario) = &scenario {
            scenario.check(&config).map_err(Failure::config)?;
        }
        Ok(Stage { config, scenario })
    }

    fn first_line(&self, addresses: &Addresses) -> Value {
        let url = |address: &SocketAddr| format!("http://{address}");
        let endpoints: BTreeMap<_, _> = addresses.regions.iter().map(|(region, address)| (region.to_string(), url(address))).collect();
        json!({
            "endpoints": endpoints,
            "route53": url(&addresses.route53),
            "dns": { "authoritative": addresses.dns.authoritative.to_string(), "a": addresses.dns.a.to_string(), "b": addresses.dns.b.to_string() },
            "control": url(&addresses.control),
            "proxy": url(&addresses.control),
            "config": self.config_out.as_ref().map(|path| path.display().to_string()),
        })
    }
}

/// A scenario by the name of a built-in one, or from a file.
fn find_scenario(name: &str) -> Result<Scenario> {
    if let Some(scenario) = scenarios::load(name) {
        return Ok(scenario.map_err(Failure::config)?);
    }
    let text = std::fs::read_to_string(name).map_err(|_| {
        Failure::usage(format!("there is no scenario “{name}”, nor a file of that name; built in: {}", scenarios::NAMES.join(", ")))
    })?;
    Ok(Scenario::parse(name, &text).map_err(Failure::config)?)
}

/// The same workloads, with this lab as their AWS.
fn matching_config(config: &Config, addresses: &Addresses) -> Config {
    let url = |address: &SocketAddr| format!("http://{address}");
    let mut config = config.clone();
    config.endpoints = Endpoints {
        regions: addresses.regions.iter().map(|(region, address)| (region.clone(), url(address))).collect(),
        route53: Some(url(&addresses.route53)),
        proxy: Some(url(&addresses.control)),
    };
    for dns in config.workloads.iter_mut().filter_map(|workload| workload.dns.as_mut()) {
        dns.resolvers = vec![addresses.dns.a.into(), addresses.dns.b.into()];
        dns.name_servers = vec![addresses.dns.authoritative.into()];
    }
    config
}

/// What a person at the keyboard may want to do next; to stderr, so that stdout stays one line of JSON.
fn hints(config: &Config, addresses: &Addresses, listen: IpAddr) {
    let names: Vec<_> = config.workloads.iter().map(|workload| workload.name.as_str()).collect();
    eprintln!("lab: {} at {}x; any credentials will do; Ctrl-C ends it", names.join(", "), config.lab.speed);
    if !listen.is_loopback() {
        eprintln!("lab: listening on {listen}: whoever reaches it can drive it");
    }
    if let Some(workload) = config.workloads.first()
        && let Some(endpoint) = addresses.regions.get(&workload.standby)
    {
        eprintln!("try: aws --endpoint-url http://{endpoint} --region {} rds describe-db-instances", workload.standby);
    }
    eprintln!("try: drlab-tui lab inject region-dark:primary --for 10m --control http://{}", addresses.control);
    eprintln!("try: drlab-tui lab state --control http://{}", addresses.control);
}

async fn until_interrupted(running: Running) -> Result<()> {
    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}

fn wall_clock() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_secs(0) + since
}
