//! `drlab-tui lab serve`: the embedded AWS on sockets.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::config::Config;
use drlab_lab::serve::{self, Ports, Running};
use serde_json::{Value, json};

use super::stage::{Setting, matching_config, url};
use crate::cli::{Failure, aside, called};
use crate::clock::WorldClock;
use crate::store;

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    setting: Setting,
    /// One port for everything, told apart by the credential scope; without it every region has a port of its own
    #[arg(long)]
    port: Option<u16>,
    /// Which address of this machine's own to listen on. No other is taken: a lab takes any credentials, and whoever reaches it drives it
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// Write the drlab.toml that matches this lab
    #[arg(long, value_name = "FILE")]
    config_out: Option<PathBuf>,
}

impl Arguments {
    pub(super) async fn run(self) -> Result<()> {
        if !self.listen.is_loopback() {
            let why = "a lab takes any credentials, so nobody else may reach it: give an address of this machine's own, such as 127.0.0.1";
            return Err(Failure::usage(format!("--listen {}: {why}", self.listen)).into());
        }
        let stage = self.setting.stage()?;
        let config = stage.config.clone();
        let ports = self.port.map_or(Ports::Each, Ports::One);
        let running = serve::open(stage, WorldClock::wall().now(), self.listen, ports).await.map_err(Failure::usage)?;
        if let Some(path) = &self.config_out {
            let written = matching_config(&config, &running).to_toml()?;
            // It may name a webhook, and whoever has that can post there.
            store::replace(path, written.as_bytes())
                .map_err(|error| Failure::usage(format!("{}: cannot be written: {error}", path.display())))?;
        }
        // Before the first line: whoever reads it may ask at once.
        let asked = asked_to_end()?;
        let mut out = std::io::stdout();
        writeln!(out, "{}", self.first_line(&running))?;
        out.flush()?;
        hints(&config, &running);
        asked.await;
        running.stop().await;
        Ok(())
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

/// What a person at the keyboard may want to do next; to stderr, so that stdout stays one line of JSON.
fn hints(config: &Config, running: &Running) {
    let addresses = running.addresses();
    let names: Vec<_> = config.workloads.iter().map(|workload| workload.name.as_str()).collect();
    aside(&format!("lab: {} at {}x; any credentials will do; Ctrl-C ends it", names.join(", "), config.lab.speed));
    if let Some(workload) = config.workloads.first()
        && let Some(endpoint) = addresses.regions.get(&workload.standby)
    {
        aside(&format!("try: aws --endpoint-url http://{endpoint} --region {} rds describe-db-instances", workload.standby));
    }
    aside(&format!("try: {} lab inject region-dark:primary --for 10m --control http://{}", called(), addresses.control));
    aside(&format!("try: {} lab state --control http://{}", called(), addresses.control));
}

/// Comes back on Ctrl-C, or when whoever started this process asks it to end. It listens from this call on, not from the first look at
/// what it returns.
fn asked_to_end() -> Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(async move {
            tokio::select! {
                biased;
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // Where Ctrl-C cannot be heard, nobody can ask.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}
