//! `drlab-tui check`: whether everything holds that a failover needs: configuration, keys, credentials, permissions, readiness.

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::status::CheckReport;

use super::options::{Books, Keys, State, Target};
use super::{Failure, catalogue, glance, print};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    keys: Keys,
    #[command(flatten)]
    books: Books,
    /// Instead: everything that a runbook can be made of, every action, guard, proof and parameter
    #[arg(long)]
    catalogue: bool,
    /// One JSON object a workload, one a line, as docs/JSON.md describes it
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Gives back the exit code: whether a failover would succeed.
    pub(super) async fn run(self) -> Result<u8> {
        // Files first: what is wrong in them can be said without asking anybody.
        if self.catalogue {
            print(&catalogue::told())?;
            return Ok(0);
        }
        self.keys.effective()?;
        let (_, errors) = self.books.all()?;
        if !errors.is_empty() {
            return Err(Failure::config(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n")).into());
        }
        let (config, seen) = glance::look(&self.target, &self.state).await?;
        let told = config.workloads.iter().zip(&seen.assessments);
        let report = |(workload, assessment)| CheckReport::new(workload, assessment, &seen.questions, &seen.snapshot, seen.session);
        let reports: Vec<_> = told.map(report).collect();
        glance::tell(&reports, self.json)?;
        Ok(CheckReport::exit_code(&reports))
    }
}
