//! Health checks: what they watch, and the verdict of the many who watch it.

use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::Route53;
use super::check_config::{CheckConfig, CheckKind, Insufficient};
use super::checkers::{CHECKERS, Outcome, observe};
use crate::world::cloudwatch::AlarmState;
use crate::world::{ApiError, Fault, Faults, World};

/// An endpoint is healthy while more than this share of its checkers says so.
const HEALTHY_SHARE: f64 = 0.18;

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
        CHECKERS
            .iter()
            .zip(&self.checkers)
            .filter(|((region, _), _)| self.is_watched_from(region) && !is_dark(faults, region))
            .map(|((region, address), checker)| (*region, *address, checker))
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
        self.checks.get(id).ok_or_else(|| ApiError::new("NoSuchHealthCheck", 404, format!("A health check with id {id} does not exist.")))
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
    world.route53.tell_alarm(region, alarm, state);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::ActiveFault;
    use crate::world::route53::testing::{set_healthy, sites, update, watched};
    use crate::world::testing::{east, live, world};

    /// Nothing answers at this address.
    fn dead(interval: u32, threshold: u32) -> CheckConfig {
        CheckConfig { address: "192.0.2.1".parse().ok(), interval, threshold, ..CheckConfig::new(CheckKind::Http) }
    }

    #[test]
    fn a_dead_endpoint_is_found_out_after_interval_times_threshold() {
        for (interval, threshold) in [(10, 3), (30, 3), (10, 1), (30, 1)] {
            let mut world = world();
            add_health_check(&mut world, "hc", dead(interval, threshold));
            let (mut took, most) = (0, u64::from(interval * threshold));
            while world.route53.is_healthy("hc") {
                live(&mut world, 1);
                took += 1;
                assert!(took <= most, "{interval} x {threshold}");
            }
            assert!(took > u64::from(interval * (threshold - 1)), "{interval} x {threshold}: {took}");
        }
    }

    #[test]
    fn checks_start_healthy_and_inverted_ones_unhealthy() {
        let mut world = world();
        add_health_check(&mut world, "plain", dead(30, 3));
        add_health_check(&mut world, "inverted", CheckConfig { inverted: true, ..dead(30, 3) });
        add_health_check(&mut world, "disabled", CheckConfig { disabled: true, ..dead(30, 3) });
        let verdicts = |world: &World| ["plain", "inverted", "disabled"].map(|id| world.route53.is_healthy(id));
        assert_eq!(verdicts(&world), [true, false, true]);
        live(&mut world, 100);
        assert_eq!(verdicts(&world), [false, true, true]);
    }

    #[test]
    fn more_than_18_percent_of_the_checkers_decide() {
        let mut world = world();
        add_health_check(&mut world, "hc", CheckConfig { disabled: true, ..dead(30, 3) });
        for (well, healthy) in [(16, true), (3, true), (2, false), (0, false)] {
            let check = world.route53.checks.get_mut("hc").unwrap();
            for (nth, checker) in check.checkers.iter_mut().enumerate() {
                checker.well = nth < well;
            }
            live(&mut world, 1);
            update(&mut world, "hc", "Disabled", false);
            assert_eq!(world.route53.is_healthy("hc"), healthy, "{well} of 16");
            update(&mut world, "hc", "Disabled", true);
        }
    }

    #[test]
    fn a_checker_changes_its_mind_after_so_many_looks_in_a_row() {
        let mut checker = Checker { phase: 0, well: true, against: 0, seen: None, failed: None };
        let mut look = |status: u16| {
            checker.take(Timestamp::from_secs(1), Outcome::Status(status), 3);
            checker.well
        };
        assert_eq!([503, 503, 200, 503, 503, 503].map(&mut look), [true, true, true, true, true, false]);
        assert_eq!([200, 200, 503, 200, 200, 301].map(look), [false, false, false, false, false, true]);
        assert_eq!(checker.failed, Some((Timestamp::from_secs(1), Outcome::Status(503))));
    }

    #[test]
    fn checkers_of_a_dark_region_are_left_out() {
        let mut world = world();
        add_health_check(&mut world, "hc", dead(10, 1));
        let now = world.now();
        world.faults.inject(ActiveFault::on(Fault::RegionDark, &east(), now, None));
        live(&mut world, 11);
        let check = world.route53.check("hc").unwrap();
        assert_eq!(check.reporting(&world.faults).count(), 14);
        assert!(!world.route53.is_healthy("hc"));
        // Back again, they still believe what they last saw.
        world.faults.lift(Fault::RegionDark);
        let check = world.route53.check("hc").unwrap();
        assert_eq!(check.reporting(&world.faults).filter(|(_, _, checker)| checker.well).count(), 2);
    }

    #[test]
    fn a_calculated_check_counts_its_healthy_children() {
        let mut world = sites();
        watched(&mut world, "three");
        let children: Vec<String> = ["one", "two", "three"].map(str::to_owned).to_vec();
        for needed in 0..5 {
            let config = CheckConfig { children: children.clone(), health_threshold: needed, ..CheckConfig::new(CheckKind::Calculated) };
            add_health_check(&mut world, &format!("need {needed}"), config);
        }
        set_healthy(&mut world, "two", false);
        live(&mut world, 1);
        let verdicts: Vec<bool> = (0..5).map(|needed| world.route53.is_healthy(&format!("need {needed}"))).collect();
        assert_eq!(verdicts, [true, true, true, false, false]);
    }

    #[test]
    fn without_data_an_alarm_counts_as_configured() {
        let mut world = world();
        let config = |insufficient| CheckConfig {
            alarm: Some((east(), "alarm".to_owned())),
            insufficient,
            ..CheckConfig::new(CheckKind::CloudwatchMetric)
        };
        let ways = [("healthy", Insufficient::Healthy), ("unhealthy", Insufficient::Unhealthy), ("last", Insufficient::LastKnown)];
        for (id, insufficient) in ways {
            add_health_check(&mut world, id, config(insufficient));
        }
        let verdicts = |world: &mut World, state| {
            set_alarm_state(world, &east(), "alarm", state);
            live(world, 1);
            ways.map(|(id, _)| world.route53.is_healthy(id))
        };
        assert_eq!(verdicts(&mut world, AlarmState::InsufficientData), [true, false, true]);
        assert_eq!(verdicts(&mut world, AlarmState::Alarm), [false, false, false]);
        assert_eq!(verdicts(&mut world, AlarmState::InsufficientData), [true, false, false]);
        assert_eq!(verdicts(&mut world, AlarmState::Ok), [true, true, true]);
        let now = world.now();
        world.faults.inject(ActiveFault::on(Fault::RegionDark, &east(), now, None));
        assert_eq!(verdicts(&mut world, AlarmState::Alarm), [true, false, true]);
    }

    #[test]
    fn deleted_checks_hold_nothing_against_anyone_and_verdicts_are_noted() {
        let mut world = sites();
        assert!(world.route53.is_healthy("never was"));
        set_healthy(&mut world, "one", false);
        live(&mut world, 2);
        let noted: Vec<_> =
            world.truth.transitions().filter(|t| t.kind == "health check").map(|t| (t.id.as_str(), t.became.as_str())).collect();
        assert_eq!(noted, [("one", "unhealthy"), ("two", "healthy")]);
    }
}
