//! `drlab-tui completions SHELL`: what the shell needs to complete the command line.

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use color_eyre::eyre::Result;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    shell: Shell,
}

impl Arguments {
    pub(super) fn run(&self) -> Result<()> {
        let mut command = super::Arguments::command();
        let name = command.get_name().to_owned();
        clap_complete::generate(self.shell, &mut command, name, &mut std::io::stdout());
        Ok(())
    }
}
