//! The same truth as the screen, for scripts and for people without one: `status` and `check`, as JSON and as text.
//!
//! The JSON is a contract: `docs/JSON.md` and `docs/status.schema.json` say what is in it, and members are added, never renamed.

mod check;
mod report;
mod text;

pub use check::{CheckReport, Permission};
pub use report::StatusReport;
