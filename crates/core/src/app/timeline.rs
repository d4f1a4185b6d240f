use std::collections::VecDeque;
use std::time::Duration;

use crate::config::Place;
use crate::domain::{Subject, Timestamp, Verdict};

/// What has happened, the newest first; bounded, with what was dropped counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    pub events: VecDeque<Event>,
    /// Events that had to go; figures are counted apart, as they are shown apart.
    pub dropped: u64,
    pub figures_dropped: u64,
}

impl Timeline {
    /// How many events are kept.
    pub const KEPT: usize = 2_000;
    /// How far apart the same thing may happen to several workloads and still be one line.
    const TOGETHER: Duration = Duration::from_secs(15);
    /// How long a line may grow while things join it.
    const WIDEST: usize = 100;

    /// Puts an event where its time belongs. Gives back whether it is a line of its own: trouble that stops many answers is one line that
    /// names them, and what happens to a whole fleet at once is one line that counts it.
    pub fn note(&mut self, event: Event) -> bool {
        if self.join(&event) {
            return false;
        }
        let place = self.events.iter().position(|other| other.at <= event.at).unwrap_or(self.events.len());
        self.events.insert(place, event);
        if self.events.len() > Self::KEPT {
            // Figures go first: they are many, and must not push out what has happened.
            let figure = self.events.iter().rposition(|event| event.class == Class::Figure);
            self.events.remove(figure.unwrap_or(self.events.len() - 1));
            if figure.is_some() { self.figures_dropped += 1 } else { self.dropped += 1 }
        }
        true
    }

    /// Everything that was ever told.
    #[must_use]
    pub fn told(&self) -> u64 {
        self.events.len() as u64 + self.dropped + self.figures_dropped
    }

    fn join(&mut self, event: &Event) -> bool {
        if event.class == Class::Figure {
            return false;
        }
        let kin = match &event.kin {
            Some(kin) => self.events.iter_mut().find(|other| other.kin.as_ref() == Some(kin)),
            // What belongs to no workload in particular happens once.
            None if event.workload.is_none() => None,
            None => {
                let near = self.events.iter_mut().take_while(|other| event.at.since(other.at) <= Self::TOGETHER);
                near.into_iter().find(|other| other.is_the_same_elsewhere(event))
            }
        };
        let Some(kin) = kin else { return false };
        if event.kin.is_some() {
            kin.name(event);
        } else {
            // Every workload has a reason of its own.
            kin.text = stem(&kin.text).to_owned();
        }
        for workload in event.workload.into_iter().chain(event.also.iter().copied()) {
            if kin.workload.is_some() && !kin.concerns(workload) {
                kin.also.push(workload);
            }
        }
        if event.workload.is_none() {
            kin.workload = None;
            kin.also.clear();
        }
        true
    }
}

/// What trouble says, and of what in brackets.
fn split(text: &str) -> Option<(&str, &str)> {
    text.strip_suffix(')')?.split_once(" (")
}

/// What has become of it, without the reason.
fn stem(text: &str) -> &str {
    text.split_once(": ").map_or(text, |(stem, _)| stem)
}

/// Something that has happened, told.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: Timestamp,
    /// Index into the configuration's workloads, where it belongs to one.
    pub workload: Option<usize>,
    /// Further workloads to which the same has happened at the same time.
    pub also: Vec<usize>,
    pub place: Option<Place>,
    pub class: Class,
    pub verdict: Verdict,
    /// What it happened to, as the screen calls it: `db`, `tier2-alb-5xx`, and whoever does not answer.
    pub what: String,
    /// `available → modifying`.
    pub text: String,
    pub subject: Option<Subject>,
    /// The trouble that it is a part of: all parts are one line.
    pub kin: Option<String>,
}

impl Event {
    /// Whether it concerns a workload: it belongs to it, or to nobody in particular.
    #[must_use]
    pub fn concerns(&self, workload: usize) -> bool {
        self.workload.is_none_or(|own| own == workload) || self.also.contains(&workload)
    }

    /// The workloads to which it has happened, where it belongs to any.
    pub fn workloads(&self) -> impl Iterator<Item = usize> {
        self.workload.into_iter().chain(self.also.iter().copied())
    }

    fn is_the_same_elsewhere(&self, other: &Self) -> bool {
        let said = |event: &Self| if event.class == Class::Health { stem(&event.text).to_owned() } else { event.text.clone() };
        self.kin.is_none()
            && other.workload.is_some_and(|workload| self.workload.is_some() && !self.concerns(workload))
            && (self.class, self.place, &self.what) == (other.class, other.place, &other.what)
            && said(self) == said(other)
    }

    /// One more thing that the same trouble stops.
    fn name(&mut self, event: &Self) {
        let (Some((_, all)), Some((_, who))) = (split(&self.text), split(&event.text)) else { return };
        if all.split(", ").any(|one| one == who || one == "…") {
            return;
        }
        let more = if self.text.chars().count() + who.chars().count() > Timeline::WIDEST { "…" } else { who };
        self.text.pop();
        self.text.push_str(&format!(", {more})"));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A workload is now better or worse, or somewhere else: what the other classes come to.
    Health,
    Alarm,
    /// Something is now different.
    Change,
    /// Somebody does not answer, or does again.
    Error,
    /// A figure moved: many, and seldom what one looks for; shown only when asked for.
    Figure,
}

impl Class {
    pub const ALL: [Self; 5] = [Self::Health, Self::Alarm, Self::Change, Self::Error, Self::Figure];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Alarm => "alarms",
            Self::Change => "changes",
            Self::Error => "errors",
            Self::Figure => "figures",
        }
    }
}
