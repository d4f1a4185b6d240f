use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::action::Action;
use super::guard::Guard;
use crate::config::Site;
use crate::config::words::words;

words! {
    /// What a runbook is for. Guards and defaults follow from it.
    Kind {
        /// Both sites are well; nothing may be lost.
        Planned = "planned",
        /// The source is impaired; the last seconds may be lost.
        Unplanned = "unplanned",
        /// Back to where it came from, onto a database that is made anew.
        Failback = "failback",
        /// A rehearsal that leaves everything as it was.
        Test = "test",
        /// A database from a backup.
        Restore = "restore",
        /// Objects that were deleted or overwritten.
        Undelete = "undelete",
        /// Keeping damage in one region.
        Isolation = "isolation",
    }
}

impl Kind {
    /// Whether users are served from elsewhere afterwards: only then is there a time that they wait, and an objective for it. A restored database
    /// stands beside the old ones, in the target's region: users follow it there.
    #[must_use]
    pub const fn moves_users(self) -> bool {
        matches!(self, Self::Planned | Self::Unplanned | Self::Failback | Self::Restore)
    }
}

words! {
    /// How sure somebody must be before a step.
    Confirm {
        /// It goes by itself.
        None = "none",
        /// A key.
        Key = "key",
        /// The workload's name, typed, on the point-of-no-return card.
        Type = "type",
    }
}

/// What happens when a step fails or runs into its timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFail {
    /// The run pauses and says the ways on.
    Pause,
    /// As many times more, then it pauses.
    Retry(u32),
    /// The run goes on, and the step is owed.
    Continue,
}

/// A runbook, as read and found to be sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Runbook {
    /// The file's name without its end.
    pub name: String,
    pub title: String,
    /// When to use it, for somebody who has to choose at 03:00.
    pub when: String,
    pub kind: Kind,
    /// In the order of the file; `needs` may name only earlier ones, so there is no circle.
    pub steps: Vec<Step>,
    /// The text as it was read, with what was set for this run: what the journal embeds and the hash is of.
    pub text: String,
}

/// What a step is told beyond its action: `tasks = "failover"`.
pub type Parameters = BTreeMap<String, String>;

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub id: String,
    pub title: String,
    pub action: Action,
    /// At which of a run's sites; the action's own where the file says nothing.
    pub site: RunSite,
    /// Which of several parts (services, buckets, automations) by name, or `#1` for the first in drlab.toml; `None`: every one of them.
    pub on: Option<String>,
    pub needs: Vec<String>,
    /// Beside those that the action always has.
    pub guards: Vec<Guard>,
    /// What must hold before anything that needs this step begins.
    pub proof: Vec<Guard>,
    pub confirm: Confirm,
    /// How long it takes, until there is history.
    pub expect: Duration,
    pub timeout: Duration,
    pub on_fail: OnFail,
    pub note: Option<String>,
    pub with: Parameters,
    /// One of several ways to the same: of the steps that name the same choice one is taken, the first unless another is asked for.
    pub choice: Option<String>,
    /// Why it is not taken, where another one is.
    pub passed_over: Option<String>,
    /// The line it begins at, for errors found later.
    pub line: usize,
}

words! {
    /// A run's roles. Which of a workload's sites they are is fixed when it is declared.
    RunSite { Source = "source", Target = "target" }
}

impl RunSite {
    #[must_use]
    pub const fn of(self, source: Site) -> Site {
        match self {
            Self::Source => source,
            Self::Target => source.other(),
        }
    }
}
