//! `drlab-tui lab serve`: the embedded AWS on sockets.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::config::{Config, Endpoints, HostPort};
use drlab_core::domain::Timestamp;
use drlab_lab::control::Stage;
use drlab_lab::scenarios::{BuiltIn, SCENARIOS, Scenario, Script};
use drlab_lab::serve::{self, Ports, Running};
use drlab_lab::topologies::{self, TOPOLOGIES, Topology};
use serde_json::{Value, json};

use crate::cli::Failure;

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
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
        let config = stage.config.clone();
        let ports = self.port.map_or(Ports::Each, Ports::One);
        let running = serve::open(stage, wall_clock(), self.listen, ports).await.map_err(Failure::usage)?;
        if let Some(path) = &self.config_out {
            let written = matching_config(&config, &running).to_toml()?;
            std::fs::write(path, written).map_err(|error| Failure::usage(format!("{}: cannot be written: {error}", path.display())))?;
        }
        let mut out = std::io::stdout();
        writeln!(out, "{}", self.first_line(&running))?;
        out.flush()?;
        hints(&config, &running, self.listen);
        until_interrupted(running).await
    }

    fn stage(&self) -> Result<Stage> {
        let mut config = match &self.config {
            Some(path) => {
                let text = std::fs::read(path).map_err(|error| Failure::config(format!("{}: {error}", path.display())))?;
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
        let topology = Topology::named(&self.topology).ok_or_else(|| {
            let known: Vec<_> = TOPOLOGIES.iter().map(|topology| topology.name).collect();
            Failure::usage(format!("there is no topology “{}”; there are {}", self.topology, known.join(", ")))
        })?;
        Ok(topology.config().map_err(Failure::config)?)
    }

    fn first_line(&self, running: &Running) -> Value {
        let (addresses, dns) = (running.addresses(), running.dns());
        let endpoints: BTreeMap<_, _> = addresses.regions.iter().map(|(region, address)| (region.to_string(), url(address))).collect();
        json!({
            "endpoints": endpoints,
            "route53": url(&addresses.route53),
            "dns": { "authoritative": dns.authoritative.to_string(), "a": dns.a.to_string(), "b": dns.b.to_string() },
            "control": url(&addresses.control),
            "proxy": url(&addresses.control),
            "config": self.config_out.as_ref().map(|path| path.display().to_string()),
        })
    }
}

fn url(address: &SocketAddr) -> String {
    format!("http://{address}")
}

/// A scenario by the name of a built-in one, or from a file, as it happens to the first workload.
fn find_scenario(name: &str, config: &Config) -> Result<Scenario> {
    let script = match BuiltIn::named(name) {
        Some(known) => known.script(),
        None => {
            let text = std::fs::read(name).map_err(|_| {
                let known: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
                Failure::usage(format!("there is no scenario “{name}”, nor a file of that name; built in: {}", known.join(", ")))
            })?;
            Script::parse(name, name, text)
        }
    };
    Ok(script.map_err(Failure::config)?.cast(config, None).map_err(Failure::config)?)
}

/// The same workloads, with this lab as their AWS.
fn matching_config(config: &Config, running: &Running) -> Config {
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

/// What a person at the keyboard may want to do next; to stderr, so that stdout stays one line of JSON.
fn hints(config: &Config, running: &Running, listen: IpAddr) {
    let addresses = running.addresses();
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

/// Serves until Ctrl-C, or until whoever started this process asks it to end.
async fn until_interrupted(running: Running) -> Result<()> {
    #[cfg(unix)]
    {
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            biased;
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}

fn wall_clock() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_secs(0) + since
}
