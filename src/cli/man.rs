//! `drlab-tui man`: the manual page, made from the same words as `--help`. One page holds all commands: nobody looks for nine.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;
use color_eyre::eyre::Result;

use super::{manual, print};

pub(super) fn run() -> Result<()> {
    // Without the `help` command, which is the same for every program.
    let mut command = super::command_line().disable_help_subcommand(true);
    command.build();
    let mut page = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    for subcommand in command.get_subcommands() {
        chapters(subcommand, "drlab-tui", &mut page)?;
    }
    page.extend_from_slice(manual::sections().as_bytes());
    man.render_version_section(&mut page)?;
    print(&prepared_once(&String::from_utf8(page)?))
}

/// A command that does something has a chapter; one that only holds others has theirs.
fn chapters(command: &Command, above: &str, page: &mut Vec<u8>) -> io::Result<()> {
    let name = format!("{above} {}", command.get_name());
    if command.has_subcommands() {
        return command.get_subcommands().try_for_each(|below| chapters(below, &name, page));
    }
    writeln!(page, ".SH \"{}\"", name.to_uppercase().replace('-', "\\-"))?;
    let mut sections = Vec::new();
    let man = Man::new(command.clone());
    man.render_description_section(&mut sections)?;
    man.render_synopsis_section(&mut sections)?;
    man.render_options_section(&mut sections)?;
    for line in String::from_utf8_lossy(&sections).lines() {
        match line.strip_prefix(".SH ") {
            // What the chapter is about needs no heading of its own.
            Some("DESCRIPTION") => {}
            Some(section) => writeln!(page, ".SS {section}")?,
            None => writeln!(page, "{line}")?,
        }
    }
    Ok(())
}

/// Every section comes with the definitions that a page needs only once.
fn prepared_once(page: &str) -> String {
    let is_definition = |line: &&str| line.starts_with(".ie ") || line.starts_with(".el ");
    let (definitions, text): (Vec<&str>, Vec<&str>) = page.lines().partition(is_definition);
    let lines = definitions.into_iter().take(2).chain(text);
    lines.map(|line| format!("{line}\n")).collect()
}
