//! The command line: one file per subcommand. Only `main` enters here.

mod catalogue;
mod check;
mod completions;
mod console;
mod demo;
mod exit;
mod export;
mod files;
mod glance;
mod headless;
mod keys;
mod lab;
mod man;
mod manual;
mod options;
mod plan;
mod policy;
mod report;
mod resume;
mod run;
mod runs;
mod status;
mod telling;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use color_eyre::eyre::Report;
use drlab_core::domain::{escape, quote};

pub(crate) use exit::Failure;
use exit::aside;
pub use headless::exit_code;

/// A terminal console for regional failover on AWS, with the rehearsal lab inside.
#[derive(Debug, Parser)]
#[command(name = "drlab-tui", version, propagate_version = true)]
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
    /// How the workloads are, in one look without a screen; the exit code says how the worst one is
    Status(status::Arguments),
    /// Whether a failover would succeed, and whether we can see what it takes
    Check(check::Arguments),
    /// What a runbook would do now: steps, guards, calls, forecast. Changes nothing; the exit code says whether every guard holds
    Plan(plan::Arguments),
    /// A runbook, carried out without a screen; the exit code says how it ended
    Run(run::Arguments),
    /// Goes on with a run that was left, by its journal
    Resume(resume::Arguments),
    /// What has been run here, and how it ended
    Runs(runs::Arguments),
    /// What happened in a run: timeline, decisions, figures, what is owed
    Report(report::Arguments),
    /// A runbook for the binder, with real names and commands
    Export(export::Arguments),
    /// The embedded AWS: serve it, break it, look at the truth
    #[command(subcommand)]
    Lab(lab::Command),
    /// The IAM policy for watching these workloads, or for operating them
    Policy(policy::Arguments),
    /// What every key does
    Keys(keys::Arguments),
    /// Completions of this command line for a shell
    Completions(completions::Arguments),
    /// The manual page
    Man,
}

/// Reads the arguments, does what they say, and turns what came of it into an exit code.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = color_eyre::config::HookBuilder::default().display_env_section(false).install().and_then(|()| dispatch());
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(report) => exit::tell(&report),
    }
}

/// The whole command line. The console's own options are common to all: whoever has `drlab-tui --config FILE` as an alias may put any command
/// behind it. The help of a command lists those that mean something to it.
fn command_line() -> clap::Command {
    let command = Arguments::command();
    let common: Vec<_> = command.get_arguments().filter(|argument| argument.is_global_set()).cloned().collect();
    command.mut_subcommands(|below| with_common(below, &common))
}

fn with_common(command: clap::Command, common: &[clap::Arg]) -> clap::Command {
    if command.has_subcommands() {
        return command.mut_subcommands(|below| with_common(below, common));
    }
    let unknown = |argument: &&clap::Arg| !command.get_arguments().any(|known| known.get_id() == argument.get_id());
    let hidden: Vec<_> = common.iter().filter(unknown).map(|argument| argument.clone().hide(true)).collect();
    command.args(hidden)
}

/// What it gives back is the exit code.
fn dispatch() -> Result<u8, Report> {
    let matches = command_line().try_get_matches();
    let arguments = matches.and_then(|matches| Arguments::from_arg_matches(&matches)).unwrap_or_else(|error| exit::usage(&error));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match arguments.command {
            None => arguments.console.run().await?,
            Some(Command::Demo(demo)) => demo.run().await?,
            Some(Command::Lab(command)) => command.run().await?,
            Some(Command::Policy(policy)) => policy.run()?,
            Some(Command::Keys(keys)) => keys.run()?,
            Some(Command::Completions(completions)) => completions.run()?,
            Some(Command::Man) => man::run()?,
            Some(Command::Plan(plan)) => return plan.run().await,
            Some(Command::Run(run)) => return run.run().await,
            Some(Command::Resume(resume)) => return resume.run().await,
            Some(Command::Runs(runs)) => runs.run()?,
            Some(Command::Report(report)) => report.run()?,
            Some(Command::Export(export)) => export.run().await?,
            Some(Command::Status(status)) => return status.run().await,
            Some(Command::Check(check)) => return check.run().await,
        }
        Ok(0)
    })
}

/// This program as whoever started it has called it: a command that is to be typed works only by that name. Out of a fresh checkout no `PATH`
/// leads to it.
fn called() -> String {
    let name = std::env::args_os().next().and_then(|name| name.into_string().ok()).filter(|name| !name.is_empty());
    quote(name.as_deref().unwrap_or("drlab-tui"))
}

/// To standard output, all at once, with nothing in it that steers a terminal. Whoever does not read to the end, such as `head`, has seen enough: that is nobody's failure, and changes
/// no exit code.
fn print(text: &str) -> Result<(), Report> {
    let mut out = io::stdout().lock();
    match out.write_all(escape(text).as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
