//! `drlab-tui man`: the manual page, made from the same words as `--help`.

use std::io::Write;

use clap::CommandFactory;
use color_eyre::eyre::Result;

pub(super) fn run() -> Result<()> {
    let command = super::Arguments::command();
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    std::io::stdout().write_all(&page)?;
    Ok(())
}
