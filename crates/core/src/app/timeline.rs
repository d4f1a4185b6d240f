use std::collections::VecDeque;
use std::time::Duration;

use crate::config::Place;
use crate::domain::{Subject, Timestamp, Verdict};

/// What has happened, the newest first; bounded, with what was dropped counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    pub events: VecDeque<Event>,
    pub dropped: u64,
}

impl Timeline {
    /// How many events are kept.
    pub const KEPT: usize = 2_000;
    /// How far apart two parts of the same trouble may be told.
    const TOGETHER: Duration = Duration::from_secs(15);
    /// How long a line may grow while things join it.
    const WIDEST: usize = 100;

    /// Puts an event where its time belongs. Gives back whether it is a line of its own: trouble that strikes many things of a region at
    /// once is one line that names them.
    pub fn note(&mut self, event: Event) -> bool {
        if event.class == Class::Error && self.join(&event) {
            return false;
        }
        let place = self.events.iter().position(|other| other.at <= event.at).unwrap_or(self.events.len());
        self.events.insert(place, event);
        if self.events.len() > Self::KEPT {
            // Figures go first: they are many, and must not push out what has happened.
            let figure = self.events.iter().rposition(|event| event.class == Class::Figure);
            self.events.remove(figure.unwrap_or(self.events.len() - 1));
            self.dropped += 1;
        }
        true
    }

    fn join(&mut self, event: &Event) -> bool {
        let Some((said, who)) = split(&event.text) else { return false };
        let kin = self.events.iter_mut().take_while(|other| event.at.since(other.at) <= Self::TOGETHER).find(|other| {
            (other.class, other.workload, other.place) == (event.class, event.workload, event.place)
                && split(&other.text).is_some_and(|(other, _)| other == said)
        });
        let Some(kin) = kin else { return false };
        let named = split(&kin.text).is_some_and(|(_, all)| all.split(", ").any(|one| one == who || one == "…"));
        if !named {
            kin.text.pop();
            let more = if kin.text.chars().count() + who.chars().count() > Self::WIDEST { "…" } else { who };
            kin.text.push_str(&format!(", {more})"));
        }
        true
    }
}

/// What trouble says, and of what in brackets.
fn split(text: &str) -> Option<(&str, &str)> {
    text.strip_suffix(')')?.split_once(" (")
}

/// A change of an observation, told.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: Timestamp,
    /// Index into the configuration's workloads, where it belongs to one.
    pub workload: Option<usize>,
    pub place: Option<Place>,
    pub class: Class,
    pub verdict: Verdict,
    /// What it happened to, as the screen calls it: `db`, `tier2-alb-5xx`.
    pub what: String,
    /// `available → modifying`.
    pub text: String,
    pub subject: Option<Subject>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    Alarm,
    /// Something is now different.
    Change,
    /// A call failed, or works again.
    Error,
    /// A figure moved: many, and seldom what one looks for; shown only when asked for.
    Figure,
}

impl Class {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Alarm => "alarms",
            Self::Change => "changes",
            Self::Error => "errors",
            Self::Figure => "figures",
        }
    }
}
