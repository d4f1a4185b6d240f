//! What watching costs: calls, failures and dollars, since the start and lately, in world time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use drlab_core::app;
use drlab_core::domain::{Read, Timestamp};

use crate::clock::WorldClock;

/// Prices are told by the hour from this much of the recent past: some questions are asked only every five minutes.
const WINDOW: Duration = Duration::from_secs(600);
const MINUTE: Duration = Duration::from_secs(60);

/// Counts what the watch clients send. Clones share one count.
#[derive(Clone, Debug)]
pub struct Meter {
    clock: WorldClock,
    tally: Arc<Mutex<Tally>>,
}

/// What was asked of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    pub calls: u64,
    /// Calls that brought neither a result nor the word that there is no such thing.
    pub failed: u64,
    pub dollars: f64,
}

#[derive(Debug)]
struct Tally {
    since: Timestamp,
    /// By service and operation, as the SDK names them.
    counts: BTreeMap<(&'static str, &'static str), Count>,
    /// A second each, so that a busy fleet's window stays small.
    lately: VecDeque<Second>,
}

#[derive(Clone, Copy, Debug)]
struct Second {
    at: i64,
    calls: u32,
    dollars: f64,
}

impl Meter {
    #[must_use]
    pub fn new(clock: WorldClock) -> Self {
        let tally = Tally { since: clock.now(), counts: BTreeMap::new(), lately: VecDeque::new() };
        Self { clock, tally: Arc::new(Mutex::new(tally)) }
    }

    /// What was asked since the start, by service and operation.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<(&'static str, &'static str), Count> {
        self.tally().counts.clone()
    }

    /// As the screen tells it: calls of the last minute, and dollars an hour at the rate of the last ten.
    #[must_use]
    pub fn told(&self) -> app::Meter {
        let now = self.clock.now();
        let mut tally = self.tally();
        tally.forget(now);
        let recent = now.secs() - secs(MINUTE);
        let calls: u32 = tally.lately.iter().filter(|second| second.at > recent).map(|second| second.calls).sum();
        let dollars: f64 = tally.lately.iter().map(|second| second.dollars).sum();
        // The first minute asks everything once; taken for less than a minute it would look like a fortune.
        let measured = now.since(tally.since).clamp(MINUTE, WINDOW);
        app::Meter {
            calls: tally.counts.values().map(|count| count.calls).sum(),
            failed: tally.counts.values().map(|count| count.failed).sum(),
            calls_per_minute: f64::from(calls),
            dollars_per_hour: dollars * 3600.0 / measured.as_secs_f64(),
        }
    }

    pub(super) fn sent(&self, read: &'static Read, dollars: f64) {
        let now = self.clock.now();
        let mut tally = self.tally();
        let count = tally.counts.entry((read.service, read.operation)).or_default();
        count.calls += 1;
        count.dollars += dollars;
        tally.forget(now);
        match tally.lately.back_mut() {
            Some(second) if second.at == now.secs() => {
                second.calls = second.calls.saturating_add(1);
                second.dollars += dollars;
            }
            _ => tally.lately.push_back(Second { at: now.secs(), calls: 1, dollars }),
        }
    }

    pub(super) fn failed(&self, read: &'static Read) {
        self.tally().counts.entry((read.service, read.operation)).or_default().failed += 1;
    }

    /// A count that somebody panicked over is still a count.
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tally {
    fn forget(&mut self, now: Timestamp) {
        let oldest = now.secs() - secs(WINDOW);
        while self.lately.front().is_some_and(|second| second.at <= oldest) {
            self.lately.pop_front();
        }
    }
}

fn secs(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn minutes_pass_and_totals_stay() {
        let clock = WorldClock::new(Timestamp::from_secs(1_000), 20.0);
        let meter = Meter::new(clock);
        let read = Read::named("DescribeSecret").unwrap();
        for _ in 0..6 {
            meter.sent(read, 0.01);
            clock.sleep(Duration::from_secs(20)).await;
        }
        meter.failed(read);
        let told = meter.told();
        assert_eq!((told.calls, told.failed), (6, 1));
        // Two minutes of world time passed, and six of the wall's seconds; the last call is 20 s old.
        assert!((told.calls_per_minute - 2.0).abs() < 1e-9, "{told:?}");
        assert!((told.dollars_per_hour - 0.06 * 30.0).abs() < 1e-9, "{told:?}");
        clock.sleep(Duration::from_secs(900)).await;
        let told = meter.told();
        assert_eq!((told.calls, told.calls_per_minute, told.dollars_per_hour), (6, 0.0, 0.0));
        assert_eq!(meter.counts()[&("Secrets Manager", "DescribeSecret")].calls, 6);
    }

    #[test]
    fn a_fleet_for_a_day_takes_no_room() {
        let meter = Meter::new(WorldClock::wall());
        let read = Read::named("DescribeServices").unwrap();
        (0..50_000).for_each(|_| meter.sent(read, 0.0));
        assert!(meter.tally().lately.len() < 100);
    }
}
