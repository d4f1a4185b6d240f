use serde::Serialize;

use super::words::words;

words! {
    /// A workload's half in one region. The names come from the configuration and never change hands in a failover.
    Site { Primary = "primary", Standby = "standby" }
}

words! {
    /// Where a part of a workload lives: at one of its sites, or in the region that steers both.
    Place { Primary = "primary", Standby = "standby", Control = "control" }
}

impl Site {
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Primary => Self::Standby,
            Self::Standby => Self::Primary,
        }
    }
}

impl From<Site> for Place {
    fn from(site: Site) -> Self {
        match site {
            Site::Primary => Self::Primary,
            Site::Standby => Self::Standby,
        }
    }
}

/// The same thing, once at each site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Sites<T> {
    pub primary: T,
    pub standby: T,
}

impl<T> Sites<T> {
    #[must_use]
    pub const fn new(primary: T, standby: T) -> Self {
        Self { primary, standby }
    }

    pub const fn get(&self, site: Site) -> &T {
        match site {
            Site::Primary => &self.primary,
            Site::Standby => &self.standby,
        }
    }

    pub const fn get_mut(&mut self, site: Site) -> &mut T {
        match site {
            Site::Primary => &mut self.primary,
            Site::Standby => &mut self.standby,
        }
    }

    pub const fn as_ref(&self) -> Sites<&T> {
        Sites { primary: &self.primary, standby: &self.standby }
    }

    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Sites<U> {
        Sites { primary: change(self.primary), standby: change(self.standby) }
    }

    pub fn zip<U>(self, other: Sites<U>) -> Sites<(T, U)> {
        Sites { primary: (self.primary, other.primary), standby: (self.standby, other.standby) }
    }

    /// Primary first.
    pub fn iter(&self) -> impl Iterator<Item = (Site, &T)> {
        [(Site::Primary, &self.primary), (Site::Standby, &self.standby)].into_iter()
    }
}

impl<T: Clone> Sites<T> {
    /// The same value at both sites.
    #[must_use]
    pub fn both(value: T) -> Self {
        Self { primary: value.clone(), standby: value }
    }
}
