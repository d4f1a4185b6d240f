//! `drlab-tui keys`: what every key does, with one's own merged in.

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::keymap::Keymap;

use super::options::Keys;
use super::print;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    keys: Keys,
    /// As tables for a document
    #[arg(long)]
    markdown: bool,
}

impl Arguments {
    pub(super) fn run(&self) -> Result<()> {
        let keymap = self.keys.effective()?;
        print(&if self.markdown { keymap.markdown() } else { plain(&keymap) })
    }
}

/// For people in front of a terminal: a paragraph for every place, keys and deeds below each other.
fn plain(keymap: &Keymap) -> String {
    let keys = |row: &drlab_core::keymap::Binding| row.on.iter().map(ToString::to_string).collect::<Vec<_>>().join("  ");
    let width = keymap.bindings.iter().map(|row| keys(row).chars().count()).max().unwrap_or(0);
    let paragraphs = keymap.help().into_iter().map(|(context, rows)| {
        let rows = rows.into_iter().map(|row| format!("  {:<width$}  {}\n", keys(row), row.says));
        format!("{}\n{}", context.title(), rows.collect::<String>())
    });
    paragraphs.collect::<Vec<_>>().join("\n")
}
