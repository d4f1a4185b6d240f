//! The program drlab-tui, room by room; `main.rs` is only its door.

pub mod aws;
pub mod cli;
pub mod clock;
pub mod engine;
pub mod probe;
pub mod shell;
pub mod store;
pub mod term;
pub mod ui;
pub mod watch;
