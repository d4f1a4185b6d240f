//! The systems that come with the lab: each is a drlab.toml with its `[lab]`, and a reader's introduction on top.

use drlab_core::config::{Config, ConfigError};

use crate::world::Timings;

/// A topology that is built in.
#[derive(Clone, Copy, Debug)]
pub struct Topology {
    pub name: &'static str,
    /// Its file, comments and all.
    pub text: &'static str,
}

/// All of them; the first is the one to begin with.
pub const TOPOLOGIES: &[Topology] = &[
    Topology { name: "tier2", text: include_str!("tier2.toml") },
    Topology { name: "pilot", text: include_str!("pilot.toml") },
    Topology { name: "platform", text: include_str!("platform.toml") },
    Topology { name: "payments", text: include_str!("payments.toml") },
    Topology { name: "fleet", text: include_str!("fleet.toml") },
];

impl Topology {
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TOPOLOGIES.iter().copied().find(|topology| topology.name == name)
    }

    /// Its first sentence, for lists.
    #[must_use]
    pub fn about(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
    }

    pub fn config(&self) -> Result<Config, ConfigError> {
        parse(&format!("{}.toml", self.name), self.text)
    }
}

/// Reads any drlab.toml for the lab: the names of its timings are known here.
pub fn parse(file: &str, text: impl AsRef<[u8]>) -> Result<Config, ConfigError> {
    Config::parse(file, text, Timings::NAMES)
}

#[cfg(test)]
mod tests;
