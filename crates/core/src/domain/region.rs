use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

/// The name of an AWS region, such as `ap-southeast-2`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Region(Arc<str>);

impl Region {
    /// Where what no region holds is said to be.
    const GLOBAL: &str = "global";

    /// One for all who need it.
    #[must_use]
    pub fn global() -> Self {
        static ONE: LazyLock<Region> = LazyLock::new(|| Region::new(Region::GLOBAL));
        ONE.clone()
    }

    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    #[must_use]
    pub fn is_global(&self) -> bool {
        self.as_str() == Self::GLOBAL
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// By name. Thousands are compared for every look at a fleet, nearly always one with itself.
impl Ord for Region {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl PartialOrd for Region {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<String> for Region {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.0.as_ref().to_owned()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
