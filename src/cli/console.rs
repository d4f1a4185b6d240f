//! `drlab-tui` without a subcommand: the console on drlab.toml.

use std::sync::Arc;

use clap::Args;
use color_eyre::eyre::Result;

use super::Failure;
use super::options::{Books, Manner, State, Target};
use crate::shell::{self, Ended, Start};
use crate::term;

#[derive(Debug, Args)]
#[group(skip)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    manner: Manner,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    state: State,
}

impl Arguments {
    pub(super) async fn run(self) -> Result<()> {
        fit()?;
        let config = self.target.config()?;
        let workload = self.target.whose().workload(&config)?;
        show(Start {
            config: Arc::new(config),
            keymap: self.manner.keymap()?,
            look: self.manner.look(),
            manners: self.manner.terminal(),
            workload,
            hint: None,
            access: self.state.of(self.target.access()),
            runbooks: self.books.whole()?,
            opening: None,
        })
        .await
    }
}

/// Said before anything else: whatever the arguments are, there is no console here.
pub(super) fn fit() -> Result<()> {
    term::unfit().map_or(Ok(()), |why| Err(Failure::usage(format!("drlab-tui: {why}")).into()))
}

/// Shows the console, and says why it ended if nobody in front of it wanted that.
pub(super) async fn show(start: Start) -> Result<()> {
    match shell::run(start).await? {
        Ended::Quit => Ok(()),
        Ended::Asked { name, code } => Err(Failure::ended(code, format!("drlab-tui: ended by {name}")).into()),
        Ended::Gone => Err(Failure::ended(129, "drlab-tui: ended, because its terminal has gone").into()),
        Ended::NoLab(why) => Err(Failure::unreachable(format!("drlab-tui: the lab did not open: {why}")).into()),
    }
}
