//! What really happened, for tests, benches and facilitators. Nothing the console may look at.

use std::collections::VecDeque;

use drlab_core::domain::{Region, Timestamp};
use serde::Serialize;

/// A step in the life of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transition {
    pub at: Timestamp,
    pub region: Option<Region>,
    /// `rds`, `ecs`, `dns`, …
    pub kind: &'static str,
    pub id: String,
    /// What it became.
    pub became: String,
}

/// The newest transitions; the oldest are forgotten so that a week of lab stays small.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    transitions: VecDeque<Transition>,
}

impl Truth {
    const KEPT: usize = 10_000;

    pub fn note(&mut self, at: Timestamp, region: Option<&Region>, kind: &'static str, id: &str, became: impl Into<String>) {
        if self.transitions.len() == Self::KEPT {
            self.transitions.pop_front();
        }
        self.transitions.push_back(Transition { at, region: region.cloned(), kind, id: id.to_owned(), became: became.into() });
    }

    pub fn transitions(&self) -> impl Iterator<Item = &Transition> {
        self.transitions.iter()
    }
}
