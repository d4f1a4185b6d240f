//! `drlab-tui report`: what happened in a run, from its journal alone.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use color_eyre::eyre::Result;
use drlab_core::run::report::Report;

use super::options::State;
use super::{Failure, print, runs};
use crate::shell;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The run, by its name
    #[arg(value_name = "RUN", required_unless_present = "journal")]
    run: Option<String>,
    /// A journal that was brought from somewhere else
    #[arg(long, value_name = "FILE", conflicts_with = "run")]
    journal: Option<PathBuf>,
    /// How it is told: `html` is one file with a chart, `badge` one line
    #[arg(long, value_name = "FORMAT", default_value = "md", value_parser = PossibleValuesParser::new(["md", "json", "html", "badge"]))]
    format: String,
    #[command(flatten)]
    state: State,
}

impl Arguments {
    pub(super) fn run(self) -> Result<()> {
        let path = match self.journal {
            Some(path) => path,
            None => runs::folder(&self.state.place()?, self.run.as_deref(), None)?.journal(),
        };
        let kept = shell::read(&path).map_err(|error| Failure::config(format!("drlab-tui: {error}")))?;
        let Some(workload) = kept.config.workload(&kept.run.declared.workload) else {
            return Err(Failure::config(format!("{}: it holds no workload", path.display())).into());
        };
        let report = Report::of(&kept.run, workload, &kept.records, &kept.hash, kept.broken.as_deref());
        print(&match self.format.as_str() {
            "json" => serde_json::to_string(&report)? + "\n",
            "html" => report.html(),
            "badge" => report.badge() + "\n",
            _ => report.markdown(),
        })
    }
}
