//! The command line: one file per subcommand. Only `main` enters here.

mod exit;
mod lab;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use color_eyre::eyre::Report;

pub(crate) use exit::Failure;

/// A terminal console for regional failover on AWS, with the rehearsal lab inside.
#[derive(Debug, Parser)]
#[command(name = "drlab-tui", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The embedded AWS: serve it, break it, look at the truth
    #[command(subcommand)]
    Lab(lab::Command),
}

/// Reads the arguments, does what they say, and turns what came of it into an exit code.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = color_eyre::config::HookBuilder::default().display_env_section(false).install().and_then(|()| dispatch());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => exit::tell(&report),
    }
}

fn dispatch() -> Result<(), Report> {
    let arguments = Arguments::try_parse().unwrap_or_else(|error| exit::usage(&error));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments.command {
        Command::Lab(command) => runtime.block_on(command.run()),
    }
}
