//! What a runbook becomes for one workload: its steps unfolded into stages, those that do not apply left out and said.

mod dry;
mod forecast;
mod makers;
mod normal;
mod order;
mod part;
mod text;
mod unfold;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub use dry::{DryGuard, DryRun, DryStage, Ground, Holds, Looks, Role};
pub use forecast::{Forecast, History, Progress, RUNS_BELIEVED, Span, StageForecast, Takes, forecast};
use serde::{Deserialize, Serialize};
pub(crate) use text::{code, md};
pub use unfold::unfold;

use super::action::Action;
use super::guard::Guard;
use super::model::{Confirm, Kind, OnFail, Parameters};
use crate::config::Site;

/// A runbook, unfolded.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub runbook: String,
    pub title: String,
    pub workload: String,
    pub kind: Kind,
    pub source: Site,
    pub stages: Vec<Stage>,
    pub omitted: Vec<Omitted>,
    /// Why it must not be begun: what it is for cannot be done here, and all the rest would be done around nothing; or it has not been said
    /// what must be, such as since when.
    pub refused: Option<String>,
}

/// A step that has nothing to do here, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Omitted {
    pub step: String,
    pub why: String,
}

/// A step, done to one part.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The step's id, with the part's name where there are several: `scale:frontend`.
    pub id: String,
    pub step: String,
    pub title: String,
    pub action: Action,
    pub site: Site,
    pub part: Part,
    /// Ids of stages, all of them earlier.
    pub needs: Vec<String>,
    pub guards: Vec<Guard>,
    pub confirm: Confirm,
    pub expect: Duration,
    pub timeout: Duration,
    pub on_fail: OnFail,
    pub note: Option<String>,
    pub with: Parameters,
}

/// What of a workload a stage is done to; indices into its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    Whole,
    Service(usize),
    Bucket(usize),
    Automation(usize),
    Function(usize),
    Table(usize),
}
