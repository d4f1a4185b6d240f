//! The command line: one file per subcommand. Only `main` enters here.

mod console;
mod demo;
mod exit;
mod lab;
mod options;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use color_eyre::eyre::Report;

pub(crate) use exit::Failure;

/// A terminal console for regional failover on AWS, with the rehearsal lab inside.
#[derive(Debug, Parser)]
#[command(name = "drlab-tui", version, propagate_version = true, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    console: console::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The console over an embedded lab: no account, no network, no configuration
    Demo(demo::Arguments),
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
    runtime.block_on(async {
        match arguments.command {
            None => arguments.console.run().await,
            Some(Command::Demo(demo)) => demo.run().await,
            Some(Command::Lab(command)) => command.run().await,
        }
    })
}
