//! Health checks: what they watch, and the verdict of the many who watch it.

use std::net::IpAddr;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::Route53;
use super::checkers::{CHECKERS, Outcome, observe};
use crate::world::{ApiError, Fault, Faults, World};

/// An endpoint is healthy while more than this share of its checkers says so.
const HEALTHY_SHARE: f64 = 0.18;

macro_rules! check_kinds {
    ($($kind:ident = $name:literal),* $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum CheckKind { $($kind),* }

        impl CheckKind {
            pub const ALL: &'static [CheckKind] = &[$(CheckKind::$kind),*];

            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),* }
            }
        }
    };
}

check_kinds! {
    Http = "HTTP", Https = "HTTPS", HttpStrMatch = "HTTP_STR_MATCH", HttpsStrMatch = "HTTPS_STR_MATCH", Tcp = "TCP",
    Calculated = "CALCULATED", CloudwatchMetric = "CLOUDWATCH_METRIC",
}

impl CheckKind {
    /// Whether checkers look at something (and not at other checks or an alarm).
    pub(super) const fn has_endpoint(self) -> bool {
        !matches!(self, Self::Calculated | Self::CloudwatchMetric)
    }

    pub(super) const fn searches(self) -> bool {
        matches!(self, Self::HttpStrMatch | Self::HttpsStrMatch)
    }

    pub(super) const fn is_tls(self) -> bool {
        matches!(self, Self::Https | Self::HttpsStrMatch)
    }
}

/// What an alarm-based check does without data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Insufficient {
    Healthy,
    Unhealthy,
    #[default]
    LastKnown,
}

/// What CloudWatch says of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmState {
    Ok,
    Alarm,
    InsufficientData,
}

/// A health check's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckConfig {
    pub kind: CheckKind,
    pub address: Option<IpAddr>,
    pub port: Option<u16>,
    pub path: Option<String>,
    /// The name to resolve where no address is given; only the `Host` header otherwise.
    pub host: Option<String>,
    pub search: Option<String>,
    /// 10 or 30 s between two looks of one checker.
    pub interval: u32,
    /// So many equal looks in a row change a checker's mind.
    pub threshold: u32,
    pub measure_latency: bool,
    pub inverted: bool,
    pub disabled: bool,
    /// So many healthy children make a calculated check healthy.
    pub health_threshold: u32,
    pub children: Vec<String>,
    pub sni: bool,
    /// Where the checkers stand; empty: everywhere.
    pub regions: Vec<String>,
    pub alarm: Option<(Region, String)>,
    pub insufficient: Insufficient,
}

impl CheckConfig {
    /// The defaults AWS has for this kind.
    #[must_use]
    pub fn new(kind: CheckKind) -> Self {
        Self {
            kind,
            address: None,
            port: match kind {
                CheckKind::Http | CheckKind::HttpStrMatch => Some(80),
                CheckKind::Https | CheckKind::HttpsStrMatch => Some(443),
                CheckKind::Tcp | CheckKind::Calculated | CheckKind::CloudwatchMetric => None,
            },
            path: None,
            host: None,
            search: None,
            interval: 30,
            threshold: 3,
            measure_latency: false,
            inverted: false,
            disabled: false,
            health_threshold: 0,
            children: Vec::new(),
            sni: kind.is_tls(),
            regions: Vec::new(),
            alarm: None,
            insufficient: Insufficient::default(),
        }
    }

    /// A check of `http://host/path`, the host being a load balancer's name as a rule.
    #[must_use]
    pub fn http(host: &str, path: &str) -> Self {
        Self { host: Some(host.to_owned()), path: Some(path.to_owned()), ..Self::new(CheckKind::Http) }
    }

    #[must_use]
    pub fn every(mut self, interval: u32, threshold: u32) -> Self {
        (self.interval, self.threshold) = (interval, threshold);
        self
    }
}

#[derive(Clone, Debug)]
pub(super) struct HealthCheck {
    pub(super) reference: String,
    pub(super) version: i64,
    pub(super) config: CheckConfig,
    /// One for each of `CHECKERS`; none for a check without an endpoint.
    pub(super) checkers: Vec<Checker>,
    /// The verdict on the endpoint or the alarm, before `Disabled` and `Inverted`.
    well: bool,
    /// What was last noted for the record of what really happened.
    noted: Option<bool>,
}

/// One checker's mind about one endpoint.
#[derive(Clone, Debug)]
pub(super) struct Checker {
    /// When within the interval it looks.
    phase: i64,
    well: bool,
    /// How often in a row it saw the opposite of what it believes.
    against: u32,
    pub(super) seen: Option<(Timestamp, Outcome)>,
    pub(super) failed: Option<(Timestamp, Outcome)>,
}

impl HealthCheck {
    /// A check nobody has looked at yet. Checks start out healthy (inverted ones therefore unhealthy).
    pub(super) fn new(world: &World, id: &str, reference: &str, config: CheckConfig) -> Self {
        let phase = |nth: usize| i64::try_from(world.chance.bits(("checker", id, nth)) % u64::from(config.interval.max(1))).unwrap_or(0);
        let checker = |nth| Checker { phase: phase(nth), well: true, against: 0, seen: None, failed: None };
        let checkers = if config.kind.has_endpoint() { (0..CHECKERS.len()).map(checker).collect() } else { Vec::new() };
        Self { reference: reference.to_owned(), version: 1, config, checkers, well: true, noted: None }
    }

    /// The checkers that report on it, with the region and the address of each. Those in a dark region do not.
    pub(super) fn reporting<'c>(&'c self, faults: &'c Faults) -> impl Iterator<Item = (&'static str, &'static str, &'c Checker)> {
        CHECKERS.iter().zip(&self.checkers).filter(|((region, _), _)| self.is_watched_from(region) && !is_dark(faults, region)).map(
            |((region, address), checker)| (*region, *address, checker),
        )
    }

    /// The share of reporting checkers that believe the endpoint healthy.
    pub(super) fn healthy_share(&self, faults: &Faults) -> f64 {
        let (mut well, mut all) = (0.0, 0.0);
        for (_, _, checker) in self.reporting(faults) {
            all += 1.0;
            well += if checker.well { 1.0 } else { 0.0 };
        }
        if all > 0.0 { well / all } else { 1.0 }
    }

    fn is_watched_from(&self, region: &str) -> bool {
        self.config.regions.is_empty() || self.config.regions.iter().any(|chosen| chosen == region)
    }
}

impl Checker {
    fn take(&mut self, now: Timestamp, outcome: Outcome, threshold: u32) {
        self.seen = Some((now, outcome));
        if !outcome.passed() {
            self.failed = Some((now, outcome));
        }
        self.against = if outcome.passed() == self.well { 0 } else { self.against + 1 };
        if self.against >= threshold {
            self.well = outcome.passed();
            self.against = 0;
        }
    }
}

fn is_dark(faults: &Faults, region: &str) -> bool {
    faults.active().iter().any(|active| {
        active.fault == Fault::RegionDark && active.component.is_none() && active.region.as_ref().is_none_or(|at| at.as_str() == region)
    })
}

impl Route53 {
    pub(super) fn check(&self, id: &str) -> Result<&HealthCheck, ApiError> {
        self.checks
            .get(id)
            .ok_or_else(|| ApiError::new("NoSuchHealthCheck", 404, format!("A health check with id {id} does not exist.")))
    }

    /// What a record that names this check counts as. A deleted check says nothing against the record.
    pub(super) fn is_healthy(&self, id: &str) -> bool {
        let Some(check) = self.checks.get(id) else { return true };
        let well = match check.config.kind {
            _ if check.config.disabled => true,
            CheckKind::Calculated => self.healthy_children(check) >= usize::try_from(check.config.health_threshold).unwrap_or(usize::MAX),
            _ => check.well,
        };
        well != check.config.inverted
    }

    /// How many children of a calculated check are healthy. A child is never calculated itself, so this goes one level deep.
    pub(super) fn healthy_children(&self, check: &HealthCheck) -> usize {
        let is_leaf = |id: &&String| self.checks.get(*id).is_some_and(|child| child.config.kind != CheckKind::Calculated);
        check.config.children.iter().filter(is_leaf).filter(|id| self.is_healthy(id)).count()
    }
}

/// Installs a health check that everybody has found healthy for as long as anyone remembers.
pub fn add_health_check(world: &mut World, id: &str, config: CheckConfig) {
    let mut check = HealthCheck::new(world, id, id, config);
    let fine = if check.config.kind == CheckKind::Tcp { Outcome::Connected } else { Outcome::Status(200) };
    let (now, interval) = (world.now(), i64::from(check.config.interval.max(1)));
    for checker in &mut check.checkers {
        let ago = (now.secs() - checker.phase).rem_euclid(interval).unsigned_abs();
        checker.seen = Some((now - Duration::from_secs(ago), fine));
    }
    world.route53.checks.insert(id.to_owned(), check);
}

/// CloudWatch tells what state an alarm is in; health checks that watch it follow.
pub fn set_alarm_state(world: &mut World, region: &Region, alarm: &str, state: AlarmState) {
    world.route53.alarms.insert((region.clone(), alarm.to_owned()), state);
}

/// Whoever's turn it is looks; then everybody's verdict is counted.
pub(super) fn pulse(world: &mut World) {
    let now = world.now();
    let mut seen: Vec<(String, usize, Outcome)> = Vec::new();
    for (id, check) in &world.route53.checks {
        if check.config.disabled {
            continue;
        }
        let interval = i64::from(check.config.interval.max(1));
        for (nth, checker) in check.checkers.iter().enumerate() {
            let Some((region, _)) = CHECKERS.get(nth) else { continue };
            let due = (now.secs() - checker.phase).rem_euclid(interval) == 0;
            if due && check.is_watched_from(region) && !is_dark(&world.faults, region) {
                seen.push((id.clone(), nth, observe(world, &check.config, nth)));
            }
        }
    }
    for (id, nth, outcome) in seen {
        if let Some(check) = world.route53.checks.get_mut(&id)
            && let Some(checker) = check.checkers.get_mut(nth)
        {
            checker.take(now, outcome, check.config.threshold);
        }
    }
    let Route53 { checks, alarms, .. } = &mut world.route53;
    for check in checks.values_mut() {
        if check.config.kind.has_endpoint() {
            check.well = check.healthy_share(&world.faults) > HEALTHY_SHARE;
        } else if let Some(watched) = &check.config.alarm {
            let readable = !world.faults.is_dark(&watched.0);
            let state = alarms.get(watched).copied().filter(|_| readable).unwrap_or(AlarmState::InsufficientData);
            check.well = match (state, check.config.insufficient) {
                (AlarmState::Ok, _) | (AlarmState::InsufficientData, Insufficient::Healthy) => true,
                (AlarmState::Alarm, _) | (AlarmState::InsufficientData, Insufficient::Unhealthy) => false,
                (AlarmState::InsufficientData, Insufficient::LastKnown) => check.well,
            };
        }
    }
    note_verdicts(world);
}

fn note_verdicts(world: &mut World) {
    let route53 = &world.route53;
    let is_news = |id: &str, check: &HealthCheck| check.noted != Some(route53.is_healthy(id));
    let news: Vec<String> = route53.checks.iter().filter(|(id, check)| is_news(id, check)).map(|(id, _)| id.clone()).collect();
    let now = world.now();
    for id in news {
        let healthy = world.route53.is_healthy(&id);
        world.truth.note(now, None, "health check", &id, if healthy { "healthy" } else { "unhealthy" });
        if let Some(check) = world.route53.checks.get_mut(&id) {
            check.noted = Some(healthy);
        }
    }
}
