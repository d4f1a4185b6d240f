use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Region;

/// What an observation is about: one thing, in one region. The same thing is the same subject for every workload that looks at it, so that
/// a fleet shares its readings.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    pub kind: Kind,
    /// `global` for what no region holds.
    pub region: Region,
    pub name: String,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $text:literal every $secs:literal,)*) => {
        /// What kind of thing a subject is. It says which `Fact` an observation holds, and how often it is worth asking.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $text,)* }
            }

            /// How long a reading is worth: fast for what moves, slow for what is priced, limited or seldom changed.
            #[must_use]
            pub const fn every(self) -> Duration {
                match self { $(Self::$kind => Duration::from_secs($secs),)* }
            }
        }
    };
}

kinds! {
    /// The credentials themselves; needs no call.
    Credentials "credentials" every 30,
    Identity "identity" every 300,
    Instance "database instance" every 5,
    Cluster "database cluster" every 5,
    GlobalCluster "global cluster" every 5,
    RestorePoint "restore point" every 300,
    Service "service" every 5,
    Tasks "tasks" every 30,
    Bounds "scaling bounds" every 30,
    TargetGroup "target group" every 300,
    Targets "targets" every 5,
    Certificate "certificate" every 900,
    Zone "hosted zone" every 900,
    Record "record" every 30,
    HealthCheck "health check" every 60,
    /// One call per health check, and AWS allows one a second.
    Checkers "health checkers" every 20,
    /// Priced per metric, and no fresher than a minute.
    Metric "metric" every 60,
    Alarm "alarm" every 30,
    Replication "bucket replication" every 300,
    Key "key" every 300,
    Topic "topic" every 300,
    Secret "secret" every 60,
    Machine "state machine" every 15,
    Function "function" every 60,
    Rule "rule" every 60,
    Table "table" every 60,
    Repository "image repository" every 300,
    /// What a resolver says of a name.
    Resolution "resolution" every 10,
    /// What a client sees when it asks for the probe path.
    Sight "probe" every 10,
}

impl Kind {
    /// Past this age a reading no longer speaks for the present: three looks missed, and never less than what guards call fresh.
    #[must_use]
    pub fn stale_after(self) -> Duration {
        match self {
            // A point's own time is the start of its minute; it arrives one to three minutes after the end, and is looked for once a minute.
            Self::Metric => Duration::from_secs(360),
            _ => (self.every() * 3).max(Duration::from_secs(15)),
        }
    }
}

impl Kind {
    /// What the client's eye sees for itself; AWS is not asked.
    #[must_use]
    pub const fn is_a_clients(self) -> bool {
        matches!(self, Self::Resolution | Self::Sight)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whoever judges a fleet calls thousands of things by their names each second: names are put together, not formatted.
impl Subject {
    const fn named(kind: Kind, region: Region, name: String) -> Self {
        Self { kind, region, name }
    }

    #[must_use]
    pub fn new(kind: Kind, region: &Region, name: &str) -> Self {
        Self::named(kind, region.clone(), name.to_owned())
    }

    #[must_use]
    pub fn global(kind: Kind, name: &str) -> Self {
        Self::named(kind, Region::global(), name.to_owned())
    }

    /// An ECS service, its tasks or its bounds: found by cluster and name.
    #[must_use]
    pub fn service(kind: Kind, region: &Region, cluster: &str, service: &str) -> Self {
        Self::named(kind, region.clone(), [cluster, "/", service].concat())
    }

    /// A time series, by the thing it measures and what is measured: `tier2-db ReplicaLag`.
    #[must_use]
    pub fn metric(region: &Region, of: &str, measure: &str) -> Self {
        Self::named(Kind::Metric, region.clone(), [of, " ", measure].concat())
    }

    /// What `resolver` says of `name`.
    #[must_use]
    pub fn resolution(resolver: &str, name: &str) -> Self {
        Self::named(Kind::Resolution, Region::global(), [name, " at ", resolver].concat())
    }

    /// What a client of `workload` sees by going `way`: to a site by its name, or `record` for where users go.
    #[must_use]
    pub fn sight(workload: &str, way: &str) -> Self {
        Self::named(Kind::Sight, Region::global(), [workload, " by ", way].concat())
    }

    /// The account's own end of every call.
    #[must_use]
    pub fn credentials() -> Self {
        Self::global(Kind::Credentials, "default")
    }

    #[must_use]
    pub fn is_global(&self) -> bool {
        self.region.is_global()
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        if self.is_global() { Ok(()) } else { write!(f, " ({})", self.region) }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
