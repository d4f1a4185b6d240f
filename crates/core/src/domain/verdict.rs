use std::fmt;

use serde::Serialize;

/// How something is. `Unknown` is never green, and never hides behind the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Healthy,
    Degraded,
    #[default]
    Unknown,
    Critical,
}

impl Verdict {
    /// How loudly it asks to be looked at: critical > unknown > degraded > healthy.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            Self::Healthy => 0,
            Self::Degraded => 1,
            Self::Unknown => 2,
            Self::Critical => 3,
        }
    }

    #[must_use]
    pub const fn worse(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    /// Of many; what consists of nothing is unknown.
    #[must_use]
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().reduce(Self::worse).unwrap_or(Self::Unknown)
    }

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unknown => "unknown",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
