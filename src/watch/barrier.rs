//! What is in the way of asking: a host that does not answer, credentials that do not hold, a service that has had enough of us. Behind each
//! barrier one question at a time goes ahead to see whether it is still there, less and less often.

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::Timestamp;

use super::limits::{Host, Service};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bar {
    /// Nothing there answers.
    Dark(Host),
    /// Our credentials do not hold there.
    Locked(Host),
    Throttled(Host, Service),
}

impl Bar {
    /// First wait, and the longest. A return from the dark has to be noticed soon, and costs one call to see.
    const fn waits(&self) -> (Duration, Duration) {
        match self {
            Self::Dark(_) => (Duration::from_secs(2), Duration::from_secs(12)),
            Self::Locked(_) => (Duration::from_secs(2), Duration::from_secs(15)),
            Self::Throttled(..) => (Duration::from_secs(2), Duration::from_secs(30)),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Barrier {
    level: u32,
    /// Flights that left before this tell nothing new.
    raised: Timestamp,
    until: Timestamp,
    scouted: bool,
}

/// What a question meets on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It may go, and scouts behind these bars if there are any.
    Open(Vec<Bar>),
    /// Not before this; `None`: not before somebody who is out has come back.
    Shut(Option<Timestamp>),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Barriers {
    up: BTreeMap<Bar, Barrier>,
}

impl Barriers {
    pub(super) fn holds(&self, bar: &Bar) -> bool {
        self.up.contains_key(bar)
    }

    pub(super) fn way(&self, bars: impl IntoIterator<Item = Bar>, now: Timestamp) -> Way {
        let mut scouting = Vec::new();
        let mut shut: Option<Way> = None;
        for bar in bars {
            let Some(barrier) = self.up.get(&bar) else { continue };
            if barrier.scouted {
                return Way::Shut(None);
            } else if barrier.until > now {
                let later = match shut {
                    Some(Way::Shut(Some(other))) => other.max(barrier.until),
                    _ => barrier.until,
                };
                shut = Some(Way::Shut(Some(later)));
            } else {
                scouting.push(bar);
            }
        }
        shut.unwrap_or(Way::Open(scouting))
    }

    pub(super) fn scout(&mut self, bar: &Bar) {
        if let Some(barrier) = self.up.get_mut(bar) {
            barrier.scouted = true;
        }
    }

    pub(super) fn back(&mut self, bar: &Bar) {
        if let Some(barrier) = self.up.get_mut(bar) {
            barrier.scouted = false;
        }
    }

    /// Puts a barrier up, or makes it last longer; `share` (0 to 1) spreads those who wait. Whether it was not there before.
    pub(super) fn raise(&mut self, bar: Bar, begun: Timestamp, now: Timestamp, share: f64) -> bool {
        let (first, longest) = bar.waits();
        let before = self.up.get(&bar).copied();
        if before.is_some_and(|barrier| begun < barrier.raised) {
            return false;
        }
        let level = before.map_or(0, |barrier| barrier.level.saturating_add(1).min(16));
        let wait = first.saturating_mul(1 << level).min(longest).mul_f64(0.75 + 0.25 * share);
        let scouted = before.is_some_and(|barrier| barrier.scouted);
        self.up.insert(bar, Barrier { level, raised: now, until: now + wait, scouted });
        before.is_none()
    }

    pub(super) fn clear(&mut self, bar: &Bar) {
        self.up.remove(bar);
    }

    /// Takes half of a barrier away: whoever was throttled comes back step by step.
    pub(super) fn ease(&mut self, bar: &Bar, begun: Timestamp, now: Timestamp) {
        let Some(barrier) = self.up.get_mut(bar).filter(|barrier| begun >= barrier.raised) else { return };
        barrier.level = barrier.level.min(4) / 2;
        if barrier.level == 0 {
            self.up.remove(bar);
        } else {
            let (first, longest) = bar.waits();
            barrier.until = now + first.saturating_mul(1 << (barrier.level - 1)).min(longest);
        }
    }
}
