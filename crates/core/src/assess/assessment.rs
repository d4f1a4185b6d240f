use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::config::{Place, Site, Sites};
use crate::domain::{Subject, Timestamp, Verdict};

/// What a workload's observations mean at an instant. Pure: the screen, `status` and `check` tell the same truth because they tell this.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    pub at: Timestamp,
    pub verdict: Verdict,
    /// Why it is not healthy, the worst first; each a sentence for somebody who has five seconds.
    pub reasons: Vec<String>,
    /// Whose database accepts writes.
    pub active: Whereabouts,
    /// Where users arrive.
    pub landing: Whereabouts,
    /// The one line that must be understood from across the room, where there is one: `USERS ON STANDBY · DATABASE READ-ONLY`.
    pub headline: Option<Headline>,
    pub sites: Sites<SiteView>,
    /// What lies between the sites: replication of the database and of each bucket, the record.
    pub between: Vec<Component>,
    /// What belongs to neither site: identity, credentials, automation, the control region.
    pub around: Vec<Component>,
    pub impairment: Impairment,
    pub readiness: Readiness,
    /// When the oldest figure of its life was read that is looked at more seldom than its kind is worth, because nobody looks into this
    /// workload.
    pub slowest: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Headline {
    pub verdict: Verdict,
    pub text: String,
}

/// An observed answer to “which site?”.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "at", content = "why")]
pub enum Whereabouts {
    Primary,
    Standby,
    /// Both sites write (split), or resolvers disagree about where users go.
    Both,
    /// Neither, as far as can be seen; with what is seen instead.
    Neither(String),
    /// Cannot be seen; why.
    Unknown(String),
}

/// A site as one sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteView {
    pub verdict: Verdict,
    pub components: Vec<Component>,
    /// Since when nothing in the region has answered this machine, if nothing does.
    pub dark_since: Option<Timestamp>,
    /// Since when AWS has not answered for the region although clients are served there: its API alone is gone.
    pub silent_since: Option<Timestamp>,
}

/// One row of the picture: a thing, how it is, the figure that says so, and its age.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Stable, for scripts and cursors: `primary/service/app`, `replication/database`.
    pub id: String,
    pub place: Option<Place>,
    /// What it is called on the screen: `edge`, `app`, `db`, `alarms`.
    pub label: String,
    pub verdict: Verdict,
    /// The figures, as they are said: `2/2 running`. What is not known is said to be unknown, never left out.
    pub value: String,
    /// The one number in it, for scripts and thresholds, with its unit.
    pub number: Option<f64>,
    pub unit: Option<&'static str>,
    /// Why the verdict is not healthy; also set where a healthy thing has something to be said of it.
    pub reason: Option<String>,
    /// When the leading figure of `value` was true, and when it was read.
    pub source_at: Option<Timestamp>,
    pub read_at: Option<Timestamp>,
    /// The figures shown are too old to be relied upon.
    pub stale: bool,
    /// Worth somebody's while by day: what is wrong with it makes neither its site nor the whole any worse.
    pub minor: bool,
    /// Running against wanted, where the screen may draw them as blocks.
    pub gauge: Option<Gauge>,
    /// The series of the hour behind it, for a sparkline.
    pub series: Option<Subject>,
    /// What it was made of: the detail view lists all fields of these.
    pub subjects: Vec<Subject>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Gauge {
    pub have: u32,
    pub want: u32,
}

/// Whether the active site is impaired: two kinds of source, each failing in a row, while the other site answers this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Impairment {
    /// The site that is judged; `None` if no site could be seen to be active, ever.
    pub site: Option<Site>,
    /// `None`: cannot be told apart from trouble of our own.
    pub impaired: Option<bool>,
    pub why: String,
    pub evidence: Vec<Evidence>,
    /// The first failed observation of the present failures: where the recovery clock starts.
    pub since: Option<Timestamp>,
}

/// One kind of source, and how often in a row it has failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// `client`, `checkers`, `targets`, `database`.
    pub source: &'static str,
    pub failures: u32,
    pub needed: u32,
    pub says: String,
}

/// Would a failover succeed now, what would it lose, how long would it take.
#[derive(Clone, Debug, PartialEq)]
pub struct Readiness {
    /// From the active site to this one; `None` while neither is known.
    pub target: Option<Site>,
    pub checks: Vec<Check>,
    pub loss: Loss,
    pub forecast: Forecast,
    pub rto: Duration,
    pub rpo: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Stable: `database.target.promotable`.
    pub id: Cow<'static, str>,
    pub title: Cow<'static, str>,
    /// `None`: cannot be told now.
    pub ok: Option<bool>,
    pub why: String,
    /// A failover would fail without it; the others cost time, data or comfort.
    pub required: bool,
}

/// What a failover now would lose: the best there is to say, and the bound beside it. What has no figure is unbounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Writes younger than this are probably lost. A figure of CloudWatch's is minutes old on the best of days, and while replication keeps
    /// pace those minutes cost nothing.
    pub about: Option<Duration>,
    /// Writes younger than this may be lost at most: the lag when it was measured, and the time since.
    pub database: Option<Duration>,
    /// When the figure was taken that both start from.
    pub measured: Option<Timestamp>,
    /// What is lost grows with every second: the source writes, and nothing arrives.
    pub grows: bool,
    /// Against the objective, by the one rule there is for it.
    pub verdict: Verdict,
    pub objects: Option<u64>,
    pub bytes: Option<u64>,
    /// In words, with what is unknown said.
    pub told: String,
}

/// How long a failover would take from now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    pub p50: Duration,
    pub p90: Duration,
    /// What it is made of, in order: name, p50, p90.
    pub legs: Vec<Leg>,
    /// The latest instant at which a failover could start and still meet the objective at p90, counted from the outage's beginning, or from
    /// now where there is no outage.
    pub latest_safe_start: Option<Timestamp>,
    /// Why the objective cannot be met whatever one does.
    pub unreachable: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leg {
    pub name: String,
    pub p50: Duration,
    pub p90: Duration,
}

/// How a loss stands to what may be lost. What is known best decides; where it holds and only its bound does not, what there is to say is
/// that the figure is old.
#[must_use]
pub fn loss_verdict(about: Option<Duration>, at_most: Option<Duration>, rpo: Duration) -> Verdict {
    match (about, at_most) {
        (Some(about), _) if about > rpo => Verdict::Critical,
        (None, _) | (_, None) => Verdict::Unknown,
        (Some(_), Some(at_most)) if at_most > rpo => Verdict::Degraded,
        (Some(_), Some(_)) => Verdict::Healthy,
    }
}

impl Readiness {
    /// Every required check holds (`Some(true)`), one does not (`Some(false)`), or one cannot be told.
    #[must_use]
    pub fn ready(&self) -> Option<bool> {
        let required = || self.checks.iter().filter(|check| check.required);
        if required().any(|check| check.ok == Some(false)) {
            Some(false)
        } else if self.checks.is_empty() || required().any(|check| check.ok.is_none()) {
            None
        } else {
            Some(true)
        }
    }

    #[must_use]
    pub fn passed(&self) -> usize {
        self.checks.iter().filter(|check| check.ok == Some(true)).count()
    }
}

impl Impairment {
    /// Since when the active site has failed, where it is known to have: nothing was written since.
    #[must_use]
    pub fn outage(&self) -> Option<Timestamp> {
        self.since.filter(|_| self.impaired == Some(true))
    }
}

impl Whereabouts {
    #[must_use]
    pub const fn site(&self) -> Option<Site> {
        match self {
            Self::Primary => Some(Site::Primary),
            Self::Standby => Some(Site::Standby),
            Self::Both | Self::Neither(_) | Self::Unknown(_) => None,
        }
    }
}

impl From<Site> for Whereabouts {
    fn from(site: Site) -> Self {
        match site {
            Site::Primary => Self::Primary,
            Site::Standby => Self::Standby,
        }
    }
}

impl Assessment {
    /// Every row of the picture, in the order in which it is read.
    pub fn components(&self) -> impl Iterator<Item = &Component> {
        self.sites.primary.components.iter().chain(&self.between).chain(&self.sites.standby.components).chain(&self.around)
    }

    #[must_use]
    pub fn component(&self, id: &str) -> Option<&Component> {
        self.components().find(|component| component.id == id)
    }
}
