use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::Site;
use crate::domain::{Change, Receipt, Timestamp};
use crate::runbook::Certainty;

/// Who decided, where the runbook did.
pub(super) const RUNBOOK: &str = "the runbook";

/// Everything that can be true of a run, a line of its journal each. What is not written here has not happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "record")]
pub enum Record {
    /// The first line: everything that a resume needs, so that edits on disk change nothing.
    Declared(Box<Declared>),
    /// All that a stage needs is done.
    Ready {
        stage: String,
    },
    /// What its guards said at the moment of deciding.
    Guarded {
        stage: String,
        guards: Vec<Guarded>,
    },
    Approved {
        stage: String,
        who: String,
    },
    /// A guard that does not hold, gone past with a reason.
    Overridden {
        stage: String,
        guard: String,
        reason: String,
        who: String,
    },
    /// Somebody has seen what cannot be shown.
    Acknowledged {
        stage: String,
        note: String,
        who: String,
    },
    /// Durable before the call is made. `nth` counts the run's intents.
    Intent {
        stage: String,
        nth: u32,
        change: Change,
        keep: BTreeMap<String, String>,
    },
    Answered {
        nth: u32,
        receipt: Receipt,
    },
    Done {
        stage: String,
        shows: String,
        certainty: Certainty,
    },
    Failed {
        stage: String,
        why: String,
        ways: Vec<String>,
    },
    Retried {
        stage: String,
        who: String,
    },
    Skipped {
        stage: String,
        reason: String,
        who: String,
    },
    /// Must still be done; it is tried on beside everything else.
    Owed {
        stage: String,
        why: String,
    },
    Paused {
        why: String,
        who: Option<String>,
    },
    Resumed {
        who: String,
    },
    Aborted {
        reason: String,
        who: String,
    },
    /// From planned to unplanned while it runs.
    Switched(Box<Switched>),
    /// Somebody else goes on with it.
    TakenOver {
        who: String,
        from: Option<String>,
        lease: u64,
    },
    /// The loss that was said before the point of no return.
    Stated {
        loss_seconds: Option<f64>,
        objects: Option<u64>,
        told: String,
    },
    Forecast {
        p50: Timestamp,
        p90: Timestamp,
        /// By when it would have had to be, then: until users wait, that moves on with everything else. Older journals do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
    },
    Finished(Box<Finished>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Declared {
    pub run: String,
    pub version: String,
    pub workload: String,
    pub account: String,
    /// The name and the text of the runbook.
    pub runbook: String,
    pub runbook_text: String,
    /// The configuration as it was resolved.
    pub config_text: String,
    pub source: Site,
    /// The first failed observation of the failures that led here.
    pub outage_at: Option<Timestamp>,
    pub reason: String,
    pub who: String,
    pub lab: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Switched {
    pub runbook: String,
    pub runbook_text: String,
    pub reason: String,
    pub who: String,
    /// The first failed observation of what made it necessary.
    #[serde(default)]
    pub outage_at: Option<Timestamp>,
    /// What followed from it, as it was said then.
    #[serde(default)]
    pub told: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarded {
    pub guard: String,
    /// `None`: it cannot be told.
    pub holds: Option<bool>,
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    pub verdict: Ending,
    pub rto: Option<Duration>,
    pub rpo: Option<Duration>,
    /// `None`: it cannot be told whether the objective is met.
    pub met: Option<bool>,
    /// Ids of stages.
    pub owed: Vec<String>,
    pub unproven: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Seen by the client's eye.
    Proven,
    /// Everything was done; not everything was seen.
    Unproven,
    Aborted,
}
