//! `drlab-tui check`: whether everything holds that a failover needs: configuration, keys, credentials, permissions, readiness.

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::status::CheckReport;

use super::glance;
use super::options::{Keys, Target};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    keys: Keys,
    /// One JSON object a workload, one a line, as docs/JSON.md describes it
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Gives back the exit code: whether a failover would succeed.
    pub(super) async fn run(self) -> Result<u8> {
        // Files first: what is wrong in them can be said without asking anybody.
        self.keys.effective()?;
        let (config, seen) = glance::look(&self.target).await?;
        let told = config.workloads.iter().zip(&seen.assessments);
        let report = |(workload, assessment)| CheckReport::new(workload, assessment, &seen.questions, &seen.snapshot, seen.session);
        let reports: Vec<_> = told.map(report).collect();
        glance::tell(&reports, self.json)?;
        Ok(CheckReport::exit_code(&reports))
    }
}
