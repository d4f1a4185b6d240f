//! Minute points, and who may see them when. A point exists from the end of its minute on and is seen only once it has arrived.

use std::collections::{BTreeMap, VecDeque};

use drlab_core::domain::{Region, Timestamp};

use super::units;
use crate::world::{Chance, Fault, MetricName, Reading, Span, World};

/// How long points are kept: as long as AWS calls a metric recently active.
pub(super) const KEPT_MINUTES: i64 = 180;

/// A minute, counted from the epoch.
pub(super) const fn minute_of(instant: Timestamp) -> i64 {
    instant.secs().div_euclid(60)
}

pub(super) const fn instant_of(minute: i64) -> Timestamp {
    Timestamp::from_secs(minute.saturating_mul(60))
}

/// All points of a region.
#[derive(Clone, Debug, Default)]
pub struct Store {
    pub(super) series: BTreeMap<MetricName, Series>,
}

/// The kept points of one metric, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Series {
    points: VecDeque<Point>,
    /// What the publisher called its unit; AWS's own metrics have it in `units`.
    unit: Option<String>,
}

#[derive(Clone, Debug)]
struct Point {
    minute: i64,
    packed: Packed,
}

/// Most readings are one number; a fleet's hours of points stay small that way.
#[derive(Clone, Debug)]
enum Packed {
    Level(f64),
    Count(f64),
    Full(Box<Reading>),
}

impl From<Reading> for Packed {
    fn from(reading: Reading) -> Self {
        if reading == Reading::level(reading.sum) {
            Self::Level(reading.sum)
        } else if reading == Reading::count(reading.sum) {
            Self::Count(reading.sum)
        } else {
            Self::Full(Box::new(reading))
        }
    }
}

impl Packed {
    fn reading(&self) -> Reading {
        match self {
            Self::Level(value) => Reading::level(*value),
            Self::Count(events) => Reading::count(*events),
            Self::Full(reading) => **reading,
        }
    }
}

/// Both readings taken together, as if one service had reported them.
pub(super) fn merged(one: Reading, other: Reading) -> Reading {
    if one.samples <= 0.0 {
        return other;
    }
    if other.samples <= 0.0 {
        return one;
    }
    let samples = one.samples + other.samples;
    let p95 = match (one.p95, other.p95) {
        (Some(a), Some(b)) => Some((a * one.samples + b * other.samples) / samples),
        _ => None,
    };
    Reading { sum: one.sum + other.sum, samples, min: one.min.min(other.min), max: one.max.max(other.max), p95 }
}

impl Series {
    fn record(&mut self, minute: i64, reading: Reading) {
        match self.points.binary_search_by_key(&minute, |point| point.minute) {
            Ok(index) => {
                if let Some(point) = self.points.get_mut(index) {
                    point.packed = merged(point.packed.reading(), reading).into();
                }
            }
            Err(index) => self.points.insert(index, Point { minute, packed: reading.into() }),
        }
    }

    fn forget_before(&mut self, minute: i64) {
        while self.points.front().is_some_and(|oldest| oldest.minute < minute) {
            self.points.pop_front();
        }
    }

    pub(super) fn between(&self, from: i64, until: i64) -> impl Iterator<Item = (i64, Reading)> {
        let first = self.points.partition_point(|point| point.minute < from);
        self.points.iter().skip(first).take_while(move |point| point.minute < until).map(|point| (point.minute, point.packed.reading()))
    }
}

impl Store {
    /// Adds a reading to the minute; what AWS would no longer keep (or not yet accept) is not kept here either.
    pub(super) fn record(&mut self, name: MetricName, minute: i64, reading: Reading, unit: Option<&str>) {
        let series = self.series.entry(name).or_default();
        series.record(minute, reading);
        if let Some(unit) = unit {
            series.unit = Some(unit.to_owned());
        }
    }

    /// Drops points older than `minute`, and metrics that have none left.
    pub(super) fn forget_before(&mut self, minute: i64) {
        self.series.retain(|_, series| {
            series.forget_before(minute);
            !series.points.is_empty()
        });
    }

    pub(super) fn knows(&self, name: &MetricName) -> bool {
        self.series.contains_key(name)
    }

    pub(super) fn has(&self, name: &MetricName, minute: i64) -> bool {
        let series = self.series.get(name);
        series.is_some_and(|series| series.points.binary_search_by_key(&minute, |point| point.minute).is_ok())
    }

    pub(super) fn len(&self) -> usize {
        self.series.len()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &MetricName> {
        self.series.keys()
    }

    /// Every metric's newest minute, whoever may see it: what the world itself knows of its steady state.
    pub(super) fn newest(&self) -> impl Iterator<Item = (&MetricName, i64, Reading)> {
        self.series.iter().filter_map(|(name, series)| series.points.back().map(|point| (name, point.minute, point.packed.reading())))
    }

    pub(super) fn unit_of(&self, name: &MetricName) -> &str {
        let published = self.series.get(name).and_then(|series| series.unit.as_deref());
        published.unwrap_or_else(|| units::of(&name.namespace, &name.metric))
    }

    #[cfg(test)]
    pub(super) fn points(&self) -> usize {
        self.series.values().map(|series| series.points.len()).sum()
    }
}

/// What a reader in a region sees at an instant.
#[derive(Clone, Debug)]
pub(super) struct Lens {
    region: Region,
    chance: Chance,
    delay: Span,
    now: Timestamp,
    /// Route 53's metrics go with its control plane.
    route53_is_down: bool,
}

impl Lens {
    pub(super) fn of(world: &World, region: &Region) -> Self {
        Self {
            region: region.clone(),
            chance: world.chance,
            delay: world.timings.metric_delay,
            now: world.now(),
            route53_is_down: world.faults.hits_region(Fault::ControlPlaneDown, &Region::new("us-east-1")),
        }
    }

    /// The same reader at an earlier instant: later pages of an answer show what its first page could.
    pub(super) fn back_at(self, instant: Timestamp) -> Self {
        Self { now: self.now.min(instant), ..self }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// The arrived points from minute `from` to before minute `until`.
    pub(super) fn seen<'s>(
        &'s self,
        store: &'s Store,
        name: &'s MetricName,
        from: i64,
        until: i64,
    ) -> impl Iterator<Item = (i64, Reading)> + 's {
        let blind = self.route53_is_down && name.namespace == "AWS/Route53";
        let series = store.series.get(name).filter(|_| !blind);
        let luck = self.luck(name);
        series.into_iter().flat_map(move |series| series.between(from, until)).filter(move |(minute, _)| self.has_arrived(luck, *minute))
    }

    /// The first minute that this metric may still report: every earlier one has arrived or is overdue. Alarms read minutes in order.
    pub(super) fn settled(&self, store: &Store, name: &MetricName) -> i64 {
        let overdue = minute_of(self.now - self.delay.most);
        self.seen(store, name, overdue, minute_of(self.now)).fold(overdue, |next, (minute, _)| if minute == next { next + 1 } else { next })
    }

    /// When the point of a minute arrives, drawn by its name.
    fn arrival(&self, luck: u64, minute: i64) -> Timestamp {
        instant_of(minute + 1) + self.chance.between((luck, minute), self.delay)
    }

    fn has_arrived(&self, luck: u64, minute: i64) -> bool {
        let end = instant_of(minute + 1);
        end + self.delay.least <= self.now && (end + self.delay.most <= self.now || self.arrival(luck, minute) <= self.now)
    }

    fn luck(&self, name: &MetricName) -> u64 {
        self.chance.bits(("metric", &self.region, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{east, live, world};
    use proptest::prelude::*;
    use std::time::Duration;

    fn lag() -> MetricName {
        MetricName {
            namespace: "AWS/RDS".into(),
            metric: "ReplicaLag".into(),
            dimensions: vec![("DBInstanceIdentifier".into(), "db".into())],
        }
    }

    #[test]
    fn readings_survive_packing() {
        for reading in [Reading::level(-1.0), Reading::count(7.0), Reading::count(0.0), Reading::durations(4.0, 0.2, 0.5)] {
            assert_eq!(Packed::from(reading).reading(), reading);
        }
    }

    #[test]
    fn route53_metrics_go_with_its_control_plane() {
        let mut world = world();
        let name = MetricName { namespace: "AWS/Route53".into(), ..lag() };
        let mut store = Store::default();
        let minute = minute_of(world.now());
        store.record(name.clone(), minute, Reading::level(1.0), None);
        live(&mut world, 600);
        assert_eq!(Lens::of(&world, &east()).seen(&store, &name, minute, minute + 1).count(), 1);
        let fault = crate::world::ActiveFault::on(Fault::ControlPlaneDown, &east(), world.now(), None);
        world.faults.inject(fault);
        assert_eq!(Lens::of(&world, &east()).seen(&store, &name, minute, minute + 1).count(), 0);
    }

    proptest! {
        #[test]
        fn a_point_is_seen_from_its_arrival_on_and_never_before(seed in any::<u64>(), least in 0_u64..200, width in 0_u64..300, later in 0_i64..700) {
            let mut world = world();
            world.chance = Chance::new(seed);
            world.timings.metric_delay = Span::secs(least, least + width);
            let minute = minute_of(world.now());
            let mut store = Store::default();
            store.record(lag(), minute, Reading::level(1.0), None);
            let now = instant_of(minute) + Duration::from_secs(u64::try_from(later).unwrap());
            world.advance(now);
            let lens = Lens::of(&world, &east());
            let seen = lens.seen(&store, &lag(), minute, minute + 1).count() == 1;
            let arrival = lens.arrival(lens.luck(&lag()), minute);
            prop_assert!(arrival >= instant_of(minute + 1) + Duration::from_secs(least));
            prop_assert_eq!(seen, now >= arrival);
        }

        #[test]
        fn alarms_read_minutes_in_order(seed in any::<u64>(), later in 300_u64..900) {
            let mut world = world();
            world.chance = Chance::new(seed);
            let first = minute_of(world.now());
            let mut store = Store::default();
            for minute in first..first + 20 {
                store.record(lag(), minute, Reading::level(1.0), None);
            }
            live(&mut world, later);
            let lens = Lens::of(&world, &east());
            let settled = lens.settled(&store, &lag());
            let seen: Vec<i64> = lens.seen(&store, &lag(), first, settled).map(|(minute, _)| minute).collect();
            prop_assert_eq!(seen, (first..settled).collect::<Vec<_>>());
        }
    }
}
