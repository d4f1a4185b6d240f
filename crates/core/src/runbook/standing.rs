use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{Change, Timestamp};

/// Where the thing stands that a stage is to make true.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It is so; with the figures that show it.
    Done { shows: String, certainty: Certainty },
    /// It looked so at `as_of`. It is done when it has looked so `times` times in a row, each at least `apart` after the one before; whatever
    /// else the stage says in between starts the count anew.
    Holding { shows: String, as_of: Timestamp, times: u32, apart: Duration },
    /// These would make it so; what must be known to undo them is put aside first, in the same record as the intent.
    Needs { changes: Vec<Change>, keep: BTreeMap<String, String> },
    /// It is becoming so, and nothing is to be done but to look.
    Working { says: String, share: Option<f64> },
    /// Somebody must do or say something; with what.
    Asks { whom: String },
    /// Nobody has looked yet since it began to matter.
    Looking { what: String },
    /// Looking fails; it may not be for ever.
    Blind { why: String },
    /// It will not become so by itself; with the ways on.
    Stuck { why: String, ways: Vec<String> },
    /// It cannot be done now and must be done later: a fence of a dark region, a pin while Route 53 cannot be changed.
    Owed { why: String },
}

/// How sure one may be of what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Somebody said so.
    Told,
    /// It follows from figures.
    Inferred,
    /// It was seen.
    Proven,
}

impl Certainty {
    /// In front of what shows it, so that nobody takes one for the other.
    #[must_use]
    pub fn says(self, shows: &str) -> String {
        match self {
            Self::Proven => shows.to_owned(),
            Self::Inferred => format!("inferred: {shows}"),
            Self::Told => format!("told, not seen: {shows}"),
        }
    }

    /// In a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Inferred => "inferred",
            Self::Told => "told",
        }
    }
}

impl Standing {
    #[must_use]
    pub fn proven(shows: impl Into<String>) -> Self {
        Self::Done { shows: shows.into(), certainty: Certainty::Proven }
    }

    #[must_use]
    pub fn needs(changes: impl IntoIterator<Item = Change>) -> Self {
        Self::Needs { changes: changes.into_iter().collect(), keep: BTreeMap::new() }
    }

    #[must_use]
    pub fn working(says: impl Into<String>) -> Self {
        Self::Working { says: says.into(), share: None }
    }

    #[must_use]
    pub fn stuck(why: impl Into<String>) -> Self {
        Self::Stuck { why: why.into(), ways: Vec::new() }
    }
}
