//! The one place that wires rooms together: the terminal, the model, the watch; or, without a terminal, one
//! look. It decides nothing that could be decided without it.

mod engine;
mod headless;
mod once;
mod outlook;
mod pace;
mod past;
mod punctual;
mod run;
mod start;
mod succession;
mod watcher;
mod who;
mod zone;

pub use engine::{Engine, Request};
pub use headless::{
    Carried, Consent, Declaring, End, Halt, Kept, NotBegun, Resuming, Script, Switching, Told, Wait, declare, find_source, overtaken_by,
    read, resume, withheld,
};
pub use once::{Blind, Glance, Lookout, once, rehearses};
pub use past::{Open, history, left_at, open};
pub use run::run;
pub use start::{Access, Ended, Opened, Start};
pub use succession::{Succeeded, succeeded};
pub use who::who;
