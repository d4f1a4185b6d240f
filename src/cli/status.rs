//! `drlab-tui status`: one snapshot, without a screen.

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::status::StatusReport;

use super::glance;
use super::options::{State, Target};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    state: State,
    /// One JSON object a workload, one a line, as docs/JSON.md describes it
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Gives back the exit code: how the worst workload is.
    pub(super) async fn run(self) -> Result<u8> {
        let (config, seen) = glance::look(&self.target, &self.state).await?;
        let told = config.workloads.iter().zip(&seen.assessments);
        let reports: Vec<_> = told.map(|(workload, assessment)| StatusReport::new(workload, assessment, seen.session)).collect();
        glance::tell(&reports, self.json)?;
        Ok(StatusReport::exit_code(&reports))
    }
}
