//! `drlab-tui export`: a runbook for the binder, with real names and the commands that do the same without the console.

use std::sync::Arc;

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::config::Site;
use drlab_core::domain::Snapshot;
use drlab_core::runbook::History;

use super::options::{Books, Set, Source, State, Target};
use super::plan::{Planning, source};
use super::{aside, glance, print};
use crate::clock::WorldClock;
use crate::shell::Lookout;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The runbook, by its name
    #[arg(value_name = "RUNBOOK")]
    runbook: String,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    set: Set,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    state: State,
    /// As Markdown, which is the one form there is
    #[arg(long, required = true)]
    markdown: bool,
}

impl Arguments {
    pub(super) async fn run(self) -> Result<()> {
        let runbook = self.books.find(&self.runbook, &self.set)?;
        let access = self.state.of(self.target.access());
        let config = glance::settled(self.target.one()?, &access).await;
        let said = self.source.site();
        let history = History::default();
        let from = |source| Planning { config: &config, runbook: &runbook, source, profile: self.target.profile(), history: &history };
        let mut lookout = Lookout::new(Arc::clone(&config), access).await;
        let dry = match lookout.once().await {
            Ok(mut seen) => {
                let lab = seen.rehearses;
                let planning = from(source(seen.assessments.first(), said, &self.state, (&config.workloads[0].name, lab))?);
                let subjects = planning.subjects(&seen.snapshot, (seen.began, seen.now));
                lookout.beside(&mut seen, &subjects).await;
                planning.dry(&seen.snapshot, (seen.began, seen.now))
            }
            // A binder that is printed where nothing can be reached says what the configuration knows.
            Err(blind) => {
                let site = said.unwrap_or(Site::Primary);
                let assumed =
                    if said.is_none() { format!("; taken to lead from the {site}: --source says otherwise") } else { String::new() };
                aside(&format!("drlab-tui: {blind}; the figures of the moment are left out{assumed}"));
                let now = WorldClock::wall().now();
                from(site).dry(&Snapshot::default(), (now, now))
            }
        };
        print(&dry.markdown(&runbook.when))
    }
}
