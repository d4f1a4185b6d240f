//! `drlab-tui export`: a runbook for the binder, with real names and the commands that do the same without the console.

use std::sync::Arc;

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::config::Site;
use drlab_core::domain::{Snapshot, Timestamp};
use drlab_core::runbook::History;
use drlab_core::status::Session;

use super::options::{Books, Set, Source, State, Target};
use super::plan::{dry, source};
use super::{aside, print};
use crate::clock::WorldClock;
use crate::shell;

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
        let config = Arc::new(self.target.one()?);
        let said = self.source.site();
        let (snapshot, began, now, site): (Snapshot, Timestamp, Timestamp, Site) =
            match shell::once(Arc::clone(&config), self.target.access()).await {
                Ok(seen) => {
                    let site =
                        source(seen.assessments.first(), said, &self.state, (&config.workloads[0].name, seen.session == Session::Lab))?;
                    (seen.snapshot, seen.began, seen.now, site)
                }
                // A binder that is printed where nothing can be reached says what the configuration knows.
                Err(blind) => {
                    let site = said.unwrap_or(Site::Primary);
                    let assumed =
                        if said.is_none() { format!("; taken to lead from the {site}: --source says otherwise") } else { String::new() };
                    aside(&format!("drlab-tui: {blind}; the figures of the moment are left out{assumed}"));
                    let now = WorldClock::wall().now();
                    (Snapshot::default(), now, now, site)
                }
            };
        print(&dry(&config, &runbook, site, &snapshot, (began, now), self.target.profile(), &History::default()).markdown(&runbook.when))
    }
}
