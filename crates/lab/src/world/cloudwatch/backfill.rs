//! The hour before the world began.

use crate::world::{Chance, Gauges, MetricName, Reading, World};

use super::store::{KEPT_MINUTES, minute_of};
use super::{gathered_readings, settle_all, units};

/// How far a value may stray from the steady state, to either side.
const STRAYS: f64 = 0.06;

/// Levels below this that come in whole numbers are things (tasks, hosts, alarms) and not measurements: they do not stray.
const FEW: f64 = 20.0;

/// Gives every metric `minutes` minutes of past in the steady state, and every alarm the state that follows from it (without actions
/// or history: nothing happened).
///
/// The steady state is the newest reading of each metric, or what services measure now where nothing was read yet. The builder lives
/// one minute first, so that counters hold a whole minute. Every past minute is that reading, astray by a few per cent drawn by
/// (region, metric, minute): curves are not flat and the same seed gives the same curves.
pub fn backfill(world: &mut World, minutes: u32) {
    let unread = world.regional.values().all(|here| here.cloudwatch.store.len() == 0);
    if unread {
        let mut gauges = Gauges::default();
        gathered_readings(world, &mut gauges);
        let newest = minute_of(world.now()) - 1;
        for (region, name, reading) in gauges.into_readings() {
            if let Some(here) = world.regional.get_mut(&region) {
                here.cloudwatch.store.record(name, newest, reading, None);
            }
        }
    }
    let chance = world.chance;
    for (region, here) in &mut world.regional {
        let store = &mut here.cloudwatch.store;
        let steady: Vec<(MetricName, i64, Reading)> =
            store.newest().map(|(name, minute, reading)| (name.clone(), minute, reading)).collect();
        for (name, newest, reading) in steady {
            for minute in (1..=i64::from(minutes).min(KEPT_MINUTES)).map(|back| newest - back) {
                if !store.has(&name, minute) {
                    let luck = chance.bits(("backfill", region, &name));
                    store.record(name.clone(), minute, astray(chance, luck, minute, &name, reading), None);
                }
            }
        }
    }
    settle_all(world);
}

fn astray(chance: Chance, luck: u64, minute: i64, name: &MetricName, reading: Reading) -> Reading {
    let factor = 1.0 + STRAYS * (2.0 * chance.unit((luck, minute)) - 1.0);
    let whole = reading.sum.fract() == 0.0;
    let is_level = reading == Reading::level(reading.sum);
    let unit = units::of(&name.namespace, &name.metric);
    if reading == Reading::count(reading.sum) {
        return Reading::count((reading.sum * factor).round());
    }
    if is_level {
        let fixed = reading.sum < 0.0
            || (unit == "Count" && whole && reading.sum < FEW)
            || unit == "None"
            || (unit == "Percent" && reading.sum >= 100.0);
        let value = match (fixed, unit, whole) {
            (true, ..) => reading.sum,
            (false, "Count", true) => (reading.sum * factor).round(),
            _ => reading.sum * factor,
        };
        return Reading::level(value);
    }
    Reading {
        sum: reading.sum * factor,
        min: reading.min * factor,
        max: reading.max * factor,
        p95: reading.p95.map(|p95| p95 * factor),
        ..reading
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::Lens;
    use super::super::testing::{alarm, feed, lag, lag_alarm};
    use super::super::{AlarmState, add_alarm};
    use super::*;
    use crate::world::sns;
    use crate::world::testing::{east, live, world};

    fn name(namespace: &str, metric: &str) -> MetricName {
        MetricName { namespace: namespace.into(), metric: metric.into(), dimensions: Vec::new() }
    }

    fn past(world: &World, name: &MetricName) -> Vec<Reading> {
        let now = minute_of(world.now());
        let lens = Lens::of(world, &east());
        lens.seen(&world.here(&east()).unwrap().cloudwatch.store, name, now - 70, now).map(|(_, reading)| reading).collect()
    }

    #[test]
    fn the_past_is_steady_but_not_flat_and_things_stay_whole() {
        let mut world = world();
        let minute = minute_of(world.now()) - 1;
        let steady = [
            (name("AWS/ECS", "CPUUtilization"), Reading::level(23.5)),
            (name("AWS/ApplicationELB", "HealthyHostCount"), Reading::level(2.0)),
            (name("AWS/ApplicationELB", "RequestCount"), Reading::count(3000.0)),
            (name("AWS/RDS", "ReplicaLag"), Reading::level(-1.0)),
            (name("AWS/ApplicationELB", "TargetResponseTime"), Reading::durations(100.0, 0.08, 0.2)),
        ];
        for (name, reading) in &steady {
            world.here_mut(&east()).unwrap().cloudwatch.store.record(name.clone(), minute, *reading, None);
        }
        backfill(&mut world, 60);
        for (name, reading) in &steady {
            let past = past(&world, name);
            assert!((57..=61).contains(&past.len()), "{} has {}", name.metric, past.len());
            assert!(past.iter().all(|point| (point.sum - reading.sum).abs() <= (reading.sum * STRAYS).abs() + 0.5));
            let flat = past.iter().all(|point| point.sum == past[0].sum);
            assert_eq!(flat, ["HealthyHostCount", "ReplicaLag"].contains(&name.metric.as_str()), "{}", name.metric);
        }
        let requests = past(&world, &steady[2].0);
        assert!(requests.iter().all(|point| point.sum.fract() == 0.0 && point.max == 1.0));
    }

    #[test]
    fn alarms_begin_as_their_past_calls_for_and_nobody_is_told() {
        let mut world = world();
        add_alarm(&mut world, &east(), lag_alarm("lag", 3));
        feed(&mut world, &[1.0]);
        live(&mut world, 60);
        backfill(&mut world, 60);
        assert_eq!(alarm(&world, "lag").state, AlarmState::Ok);
        assert_eq!(sns::delivered(&world), 0);
        assert!(world.here(&east()).unwrap().cloudwatch.history.is_empty());
        assert!(past(&world, &lag()).len() > 50);
    }

    #[test]
    fn a_day_of_minutes_takes_the_room_of_a_few_hours() {
        let mut world = world();
        feed(&mut world, &[1.0; 300]);
        live(&mut world, 300 * 60);
        let kept = world.here(&east()).unwrap().cloudwatch.store.points();
        assert!((180..=195).contains(&kept), "{kept}");
        live(&mut world, 200 * 60);
        assert_eq!(world.here(&east()).unwrap().cloudwatch.store.len(), 0, "a metric that fell silent is forgotten");
    }
}
