//! The same truth as the screen, for scripts and for people without one: `status` and `check`, as JSON and as text.
//!
//! The JSON is a contract: `docs/JSON.md` and the schemas beside it say what is in it, and members are added, never renamed.

mod check;
mod report;
mod text;

#[cfg(test)]
mod tests;

pub use check::{CheckReport, CredentialsLine, IdentityLine, Permission, WritingLine};
pub use report::{CheckLine, ComponentReport, ForecastReport, ImpairmentReport, LossReport, Session, SiteReport, StatusReport};
