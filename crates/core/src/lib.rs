//! The rules of drlab-tui, without any I/O: what things are called, when they are healthy, what a configuration means.
//!
//! Nothing here knows of tokio, AWS, a terminal or a file; `Cargo.toml` sees to it.

pub mod app;
pub mod asking;
pub mod assess;
pub mod config;
pub mod domain;
pub mod keymap;
pub mod policy;
pub mod reading;
pub mod run;
pub mod runbook;
pub mod status;
