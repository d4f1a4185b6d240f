//! Scenarios: faults and deeds at set times, written once for every workload.
//!
//! A file names sites and roles (`primary`, `{database.standby}`), never a region or an instance. `Script` is the file as read; `Script::cast`
//! makes it a `Scenario` for one workload of one configuration; `Action::play` does a step to the world. `injection` reads the short form
//! that people type at a running lab.

mod cast;
mod injection;
mod play;
mod script;

use std::time::Duration;

use drlab_core::domain::Region;

use crate::document::Document;
use crate::world::Fault;

pub use cast::CastError;
pub use injection::{InjectionError, injection};
pub use script::{Condition, Script};

/// What happens to one workload, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    pub name: String,
    pub title: String,
    /// What happens, in a few sentences.
    pub what: String,
    /// What a good answer to it looks like.
    pub expect: String,
    /// In the order of their times.
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// After the lab's start.
    pub at: Duration,
    pub what: Action,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Break(Injection),
    /// Somebody or something in AWS does something: an API call from inside the world.
    Act(Deed),
}

/// A fault to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Injection {
    pub fault: Fault,
    /// `None`: everywhere.
    pub region: Option<Region>,
    /// `None`: everything of its kind.
    pub component: Option<String>,
    pub level: Option<f64>,
    /// `None`: until it is lifted.
    pub lasting: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    pub region: Region,
    /// As requests are signed for it.
    pub service: &'static str,
    pub operation: String,
    pub input: Document,
}

/// A scenario that is built in.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    pub name: &'static str,
    pub text: &'static str,
}

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        /// All of them, in the order in which they are worth trying.
        pub const SCENARIOS: &[BuiltIn] = &[$(BuiltIn { name: $name, text: include_str!(concat!($name, ".toml")) }),*];
    };
}

built_in![
    "primary-outage",
    "dark-region",
    "brownout",
    "lag-storm",
    "replication-broken",
    "s3-stall",
    "s3-ransomware",
    "api-throttled",
    "control-plane-down",
    "capacity-short",
    "promote-stuck",
    "credentials-expired",
    "split-brain",
    "flapping-primary",
    "dns-slow",
    "automation-races",
    "snapshot-restore",
    "liar-promotion",
    "liar-insync",
    "liar-answer",
    "liar-stale",
];

impl BuiltIn {
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        SCENARIOS.iter().copied().find(|scenario| scenario.name == name)
    }

    pub fn script(&self) -> Result<Script, drlab_core::reading::FileError> {
        Script::parse(&format!("{}.toml", self.name), self.name, self.text)
    }
}

#[cfg(test)]
mod tests;
