//! `drlab-tui demo`: a lab and the console over it, in one process.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::thread;

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::config::Endpoints;
use drlab_core::domain::quote;
use drlab_lab::control::Stage;
use drlab_lab::serve::{self, Ports};
use tokio::sync::oneshot;

use super::console;
use super::lab::{Setting, matching_config, url};
use super::options::{Books, Manner, State, Whose};
use super::{called, print};
use crate::clock::WorldClock;
use crate::shell::{Access, Opened, Start};
use crate::store::Place;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    setting: Setting,
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    manner: Manner,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    state: State,
}

impl Arguments {
    pub(super) async fn run(self) -> Result<()> {
        console::fit()?;
        let stage = self.setting.stage()?;
        // The same workloads as there will be, so that the first frame need not wait for the lab.
        let config = Arc::new(stage.config.for_console(Endpoints::default()));
        let workload = self.whose.workload(&config)?;
        let (keymap, look, manners) = (self.manner.keymap()?, self.manner.look(), self.manner.terminal());
        let opening = Some(open(stage)?);
        let hint = Some("the lab is opening".to_owned());
        let (runbooks, state_dir) = (self.books.whole()?, self.state.of_demo());
        let access = Access { state_dir: state_dir.clone(), ..Access::default() };
        console::show(Start { config, keymap, look, manners, workload, hint, access, runbooks, opening }).await?;
        match state_dir.map(|folder| Place::find(Some(folder))) {
            Some(Some(place)) if place.runs().is_ok_and(|runs| !runs.is_empty()) => print(&format!(
                "the runs of this demo are kept: {} runs --state-dir {}\n",
                called(),
                quote(&place.root().display().to_string())
            )),
            _ => Ok(()),
        }
    }
}

/// Opens a lab on a thread of its own, where it stays until the process ends: however busy a world is, it never makes a key wait.
fn open(stage: Stage) -> Result<oneshot::Receiver<Result<Opened, String>>> {
    let (tell, opening) = oneshot::channel();
    thread::Builder::new().name("lab".to_owned()).spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            // Whoever waits may have ended already, here and below.
            Err(error) => return drop(tell.send(Err(error.to_string()))),
        };
        runtime.block_on(async {
            let config = stage.config.clone();
            match serve::open(stage, WorldClock::wall().now(), IpAddr::V4(Ipv4Addr::LOCALHOST), Ports::Each).await {
                Err(error) => drop(tell.send(Err(error.to_string()))),
                Ok(running) => {
                    let control = url(&running.addresses().control);
                    let inject = format!("{} lab inject region-dark:primary --for 10m --control {control}", called());
                    let hint = format!("break it from another pane:  {inject}");
                    drop(tell.send(Ok(Opened { config: matching_config(&config, &running), hint })));
                    std::future::pending::<()>().await;
                }
            }
        });
    })?;
    Ok(opening)
}
