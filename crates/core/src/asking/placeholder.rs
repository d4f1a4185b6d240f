//! Stands in for the planner until it is merged; dropped then.

use crate::config::Config;
use crate::domain::{Question, Snapshot};

#[must_use]
pub const fn questions(_config: &Config, _snapshot: &Snapshot) -> Vec<Question> {
    Vec::new()
}
