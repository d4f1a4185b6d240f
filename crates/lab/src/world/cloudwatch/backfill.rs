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
