use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::record::Guarded;
use crate::domain::Timestamp;

/// What is seen of a run just now and is nowhere written down: after a restart it is looked at anew.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desk {
    /// Of every stage whose turn it is.
    pub stances: BTreeMap<String, Stance>,
    pub(super) streaks: BTreeMap<String, Streak>,
    /// Until when each stage was left to people.
    left_to_people: BTreeMap<String, Timestamp>,
    /// When it was last decided, and since when that has been done without a gap.
    awake: Option<(Timestamp, Timestamp)>,
}

/// Who decides looks every second; whoever has not for that long was asleep.
const ASLEEP: Duration = Duration::from_secs(60);

/// How often in a row it has looked as it should, and when last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Streak {
    pub(super) times: u32,
    pub(super) last: Timestamp,
}

/// What a stage is waiting for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "stance")]
pub enum Stance {
    /// A fresh look.
    Looking { what: String },
    /// A look that succeeds.
    Blind { why: String },
    /// Guards that do not hold.
    Held { guards: Vec<Guarded> },
    /// A person's consent.
    Confirming,
    /// A person's deed.
    Asking { whom: String },
    /// An answer.
    InTheAir { what: String },
    /// The world.
    Working { says: String, share: Option<f64> },
    /// The same finding once more.
    Holding { shows: String, times: u32, of: u32 },
    /// AWS to take our calls again.
    BackingOff { why: String, until: Timestamp },
    /// The run is not going.
    Idle,
}

impl Stance {
    /// Whether nothing moves until a person does something.
    #[must_use]
    pub const fn waits_for_people(&self) -> bool {
        matches!(self, Self::Held { .. } | Self::Confirming | Self::Asking { .. } | Self::Idle)
    }

    /// Whether somebody has been asked. A guard that does not hold may come to hold by itself, as soon as somebody has looked.
    const fn waits_for_a_word(&self) -> bool {
        matches!(self, Self::Confirming | Self::Asking { .. })
    }
}

impl Desk {
    /// A new look at everything.
    pub(super) fn begin(&mut self, now: Timestamp) {
        let left = std::mem::take(&mut self.stances).into_iter().filter(|(_, stance)| stance.waits_for_a_word());
        self.left_to_people.extend(left.map(|(stage, _)| (stage, now)));
        let since = self.awake.filter(|(last, _)| now.since(*last) < ASLEEP).map_or(now, |(_, since)| since);
        self.awake = Some((now, since));
    }

    /// Since when somebody has been looking; before that, time counts against nothing.
    pub(super) fn awake_since(&self) -> Option<Timestamp> {
        self.awake.map(|(_, since)| since)
    }

    /// Until when a stage was left to people: what they took their time over counts against nothing either.
    #[must_use]
    pub fn left_to_people(&self, stage: &str) -> Option<Timestamp> {
        self.left_to_people.get(stage).copied()
    }

    /// Counts a finding; gives how often it has been so by now.
    pub(super) fn hold(&mut self, stage: &str, as_of: Timestamp, apart: Duration) -> u32 {
        let streak = match self.streaks.get(stage) {
            None => Streak { times: 1, last: as_of },
            Some(streak) if as_of > streak.last && as_of >= streak.last + apart => {
                Streak { times: streak.times.saturating_add(1), last: as_of }
            }
            Some(streak) => *streak,
        };
        self.streaks.insert(stage.to_owned(), streak);
        streak.times
    }

    pub(super) fn lose(&mut self, stage: &str) {
        self.streaks.remove(stage);
    }
}
