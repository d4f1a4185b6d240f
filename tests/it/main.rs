//! The house as a whole: its walls, its commands, and the lab driven by the SDK.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod architecture;
mod cli;
