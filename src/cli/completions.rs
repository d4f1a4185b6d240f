//! `drlab-tui completions SHELL`: what the shell needs to complete the command line.

use clap::Args;
use clap_complete::Shell;
use color_eyre::eyre::Result;

use super::print;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    shell: Shell,
}

impl Arguments {
    pub(super) fn run(&self) -> Result<()> {
        let mut command = super::command_line();
        let name = command.get_name().to_owned();
        // Not straight to standard output: the generators panic where nobody reads.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        print(&String::from_utf8(script)?)
    }
}
