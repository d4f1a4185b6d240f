//! `drlab-tui lab …`

mod remote;
mod serve;
mod stage;

use clap::Subcommand;
use color_eyre::eyre::Result;

pub(super) use stage::{Setting, matching_config, url};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve the lab on loopback until interrupted; the first line of output is JSON with its endpoints
    Serve(serve::Arguments),
    /// Break something: FAULT[:SITE[:COMPONENT]]
    Inject(remote::Inject),
    /// List the faults there are and, given a lab, those at work
    Faults(remote::Faults),
    /// Print the ground truth of a running lab
    State(remote::State),
    /// End a kind of fault, or every one that is at work; what came of it stays
    Lift(remote::Lift),
    /// Put a running lab back to its beginning
    Reset(remote::Reset),
}

impl Command {
    pub(super) async fn run(self) -> Result<()> {
        match self {
            Self::Serve(arguments) => arguments.run().await,
            Self::Inject(arguments) => arguments.run().await,
            Self::Faults(arguments) => arguments.run().await,
            Self::State(arguments) => arguments.run().await,
            Self::Lift(arguments) => arguments.run().await,
            Self::Reset(arguments) => arguments.run().await,
        }
    }
}
