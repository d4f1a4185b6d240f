//! What is wrong with the world just now. Faults compose, are scoped to a region and a component, and expire.

use std::fmt;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

macro_rules! faults {
    ($($(#[doc = $says:literal])+ $fault:ident = $name:literal),* $(,)?) => {
        /// The ways in which the lab can be broken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $($(#[doc = $says])+ $fault),* }

        impl Fault {
            pub const ALL: &'static [Fault] = &[$(Fault::$fault),*];

            /// The word it goes by in scenarios and on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Fault::$fault => $name),* }
            }

            /// What it does, for people.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self { $(Fault::$fault => concat!($($says),+)),* }
            }
        }
    };
}

faults! {
    /// Nothing in the region answers: connections vanish, replication out of it stops, clients see nothing.
    RegionDark = "region-dark",
    /// The application's tasks answer 503 on every path.
    AppDown = "app-down",
    /// The application goes up and down in turns, a minute each.
    AppFlapping = "app-flapping",
    /// The application is slow and fails part of its requests (level: the failing share, 0.3 unless given).
    Brownout = "brownout",
    /// The database process is gone; its API still says what it last knew.
    DatabaseDown = "database-down",
    /// Replication lag grows by a second every second.
    LagStorm = "lag-storm",
    /// Replication has stopped with an error; PostgreSQL's lag climbs, MySQL's reads -1.
    ReplicationBroken = "replication-broken",
    /// A promotion starts and never ends.
    PromoteStuck = "promote-stuck",
    /// New tasks find no capacity.
    CapacityShort = "capacity-short",
    /// Objects are no longer replicated; the queue grows.
    S3Stall = "s3-stall",
    /// Someone deletes and overwrites objects (level: the share of objects hit per minute, 0.1 unless given).
    S3Ransomware = "s3-ransomware",
    /// Every API call of the region takes longer (level: milliseconds, 2000 unless given).
    ApiSlow = "api-slow",
    /// API calls of the region fail with an empty 503 (level: the failing share, 1 unless given).
    ApiErrors = "api-errors",
    /// The region's API throttles nearly every call (level: the throttled share, 0.9 unless given).
    ApiThrottled = "api-throttled",
    /// The region accepts connections and never answers.
    ApiSilent = "api-silent",
    /// The region's endpoints refuse connections.
    ApiRefused = "api-refused",
    /// Route 53's control plane and its metrics are gone; DNS and health checks go on.
    ControlPlaneDown = "control-plane-down",
    /// Every request's credentials have expired.
    CredentialsExpired = "credentials-expired",
    /// Resolvers keep answers far beyond their TTL and changes take minutes to reach the name servers.
    DnsSlow = "dns-slow",
    /// A promoted database says available and is still read-only.
    LiarPromotion = "liar-promotion",
    /// A change says INSYNC while the name servers still give the old answer.
    LiarInsync = "liar-insync",
    /// The target's address is answered by the source's application.
    LiarAnswer = "liar-answer",
    /// Describe calls of the region show the world as it was when the fault began.
    LiarStale = "liar-stale",
    /// A change is answered as if it had been made, and nothing comes of it (component: the operation, such as PutSecretValue).
    LiarAccepted = "liar-accepted",
    /// A service's API tells of a world in which whatever it was asked for has come to be, and nothing of it has (component: the service, such as ecs).
    LiarMirage = "liar-mirage",
    /// A metric says what it should, and not what is (component: its name, such as ReplicaLag; level: what it says, 0 unless given).
    LiarFigure = "liar-figure",
    /// A public resolver goes on giving what it gave when the lie began, whatever has become of it (component: `a` or `b`).
    LiarResolver = "liar-resolver",
    /// Whatever writes to the region's database round the services is stopped, as its owners would on being asked (component: one of them).
    DirectOff = "direct-off",
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name).ok_or_else(|| UnknownFault(name.chars().take(60).collect()))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no fault “{0}”; `drlab-tui lab faults` lists them")]
pub struct UnknownFault(String);

/// A fault at work.
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveFault {
    pub fault: Fault,
    /// `None`: everywhere.
    pub region: Option<Region>,
    /// The name of the one thing it hits (a service, an instance, a bucket); `None`: all of its kind.
    pub component: Option<String>,
    /// How hard, where the fault has a measure; its own default otherwise.
    pub level: Option<f64>,
    pub from: Timestamp,
    pub until: Option<Timestamp>,
}

/// Everything that is wrong now.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    active: Vec<ActiveFault>,
}

impl Faults {
    pub fn inject(&mut self, fault: ActiveFault) {
        self.active.push(fault);
    }

    pub fn clear(&mut self) {
        self.active.clear();
    }

    /// Ends one kind of fault early, everywhere.
    pub fn lift(&mut self, fault: Fault) {
        self.active.retain(|active| active.fault != fault);
    }

    pub(crate) fn expire(&mut self, now: Timestamp) {
        self.active.retain(|active| active.until.is_none_or(|until| until > now));
    }

    pub fn active(&self) -> &[ActiveFault] {
        &self.active
    }

    /// The fault as it hits the region as a whole or any part of it named `component`.
    pub fn find(&self, fault: Fault, region: &Region, component: &str) -> Option<&ActiveFault> {
        self.active.iter().find(|active| {
            active.fault == fault
                && active.region.as_ref().is_none_or(|at| at == region)
                && active.component.as_deref().is_none_or(|named| named == component)
        })
    }

    pub fn hits(&self, fault: Fault, region: &Region, component: &str) -> bool {
        self.find(fault, region, component).is_some()
    }

    /// Whether the fault hits the region itself, whatever the component.
    pub fn hits_region(&self, fault: Fault, region: &Region) -> bool {
        self.active
            .iter()
            .any(|active| active.fault == fault && active.component.is_none() && active.region.as_ref().is_none_or(|at| at == region))
    }

    pub fn is_dark(&self, region: &Region) -> bool {
        self.hits_region(Fault::RegionDark, region)
    }
}

impl ActiveFault {
    /// A fault on a whole region from now on.
    #[must_use]
    pub fn on(fault: Fault, region: &Region, from: Timestamp, lasting: Option<Duration>) -> Self {
        Self { fault, region: Some(region.clone()), component: None, level: None, from, until: lasting.map(|d| from + d) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_scoped_and_expire() {
        let (east, west) = (Region::new("us-east-1"), Region::new("us-west-2"));
        let start = Timestamp::from_secs(100);
        let mut faults = Faults::default();
        faults.inject(ActiveFault::on(Fault::RegionDark, &east, start, Some(Duration::from_secs(60))));
        assert!(faults.is_dark(&east) && !faults.is_dark(&west));
        faults.expire(start + Duration::from_secs(60));
        assert!(!faults.is_dark(&east));
    }

    #[test]
    fn every_fault_is_found_by_its_name() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(*fault));
        }
    }
}
