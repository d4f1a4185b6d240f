//! The one place that wires rooms together: the terminal, the model, the watch. It decides nothing that could be decided without it.

mod pace;
mod run;
mod start;
mod watcher;
mod zone;

pub use run::run;
pub use start::{Access, Ended, Opened, Start};
