//! The house as a whole: its walls, its commands, and the lab driven by the SDK.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
#![expect(clippy::panic, reason = "the same")]

mod architecture;
mod cli;
mod cores;
#[cfg(target_os = "linux")]
mod crashes;
mod drills;
mod failover;
mod hostile;
mod lab;
mod luck;
mod observe;
mod operations;
mod probe;
mod screens;
mod screenshots;
#[cfg(target_os = "linux")]
mod security;
mod sitting;
mod store;
mod terminal;
mod watch;
