use std::fmt::{Display, Write as _};

use super::assessment::{Component, Gauge};
use super::look::Look;
use super::told::{bounded, why_not_known};
use crate::config::Place;
use crate::domain::fact::Observable;
use crate::domain::{Known, Observation, Seen, Subject, Value, Verdict, human_duration};

/// Between two figures of a row.
const APART: &str = "  ";

/// A row in the making. Everything it shows goes through `watch`, `check` or `doubt`, so that what is old or unknown cannot come out green.
pub(super) struct Row<'a> {
    look: Look<'a>,
    it: Component,
    reasons: Vec<String>,
    doubts: Vec<String>,
}

impl<'a> Row<'a> {
    pub(super) fn new(look: Look<'a>, id: String, place: Option<Place>, label: &str) -> Self {
        let it = Component {
            id,
            place,
            label: label.to_owned(),
            verdict: Verdict::Healthy,
            value: String::new(),
            number: None,
            unit: None,
            reason: None,
            source_at: None,
            read_at: None,
            stale: false,
            minor: false,
            gauge: None,
            series: None,
            subjects: Vec::new(),
        };
        Self { look, it, reasons: Vec::new(), doubts: Vec::new() }
    }

    /// Looks at something that the row rests on: if it is old or unknown, so is the row.
    pub(super) fn watch<T: Observable>(&mut self, subject: Subject) -> Seen<'a, T> {
        let observation = self.look.get(&subject);
        let seen = self.rest_upon(observation, subject);
        if !matches!(seen, Seen::Unknown(_))
            && let Some(known) = observation.and_then(|observation| observation.known.as_ref())
        {
            self.aged(known);
            if matches!(seen, Seen::Stale(..)) && self.it.source_at.is_none_or(|leads| known.source_at < leads) {
                // A mark of doubt belongs to the figure that it is about.
                self.it.source_at = Some(known.source_at);
                self.it.read_at = Some(known.read_at);
            }
        }
        seen
    }

    /// The same of something that the row rests on and does not show: its age is not the row's.
    pub(super) fn check<T: Observable>(&mut self, subject: Subject) -> Seen<'a, T> {
        let observation = self.look.get(&subject);
        self.rest_upon(observation, subject)
    }

    fn rest_upon<T: Observable>(&mut self, observation: Option<&'a Observation>, subject: Subject) -> Seen<'a, T> {
        let seen = observation.map_or(Seen::Unknown(None), |observation| observation.see::<T>(self.look.now));
        self.it.stale |= matches!(seen, Seen::Stale(..));
        if matches!(seen, Seen::Stale(..) | Seen::Unknown(_)) {
            let why = why_not_known(observation, &subject, self.look.now);
            self.doubt(why);
        }
        self.it.subjects.push(subject);
        seen
    }

    /// A series behind the row, for the detail view; the figure taken from it is told by the caller.
    pub(super) fn series(&mut self, subject: Subject) {
        if self.it.series.is_none() {
            self.it.series = Some(subject.clone());
        }
        self.beside(subject);
    }

    /// Something for the detail view alone.
    pub(super) fn beside(&mut self, subject: Subject) {
        self.it.subjects.push(subject);
    }

    /// The row's age is that of the figure it leads with: what it says first is what it is about. Any figure that is too old makes the whole
    /// row stale, whatever its place, and then the age is that one's; the detail view tells each one's.
    pub(super) const fn aged(&mut self, known: &Known) {
        if self.it.source_at.is_none() {
            self.it.source_at = Some(known.source_at);
            self.it.read_at = Some(known.read_at);
        }
    }

    /// Takes the age of a series into account: the figure shown is as old as its point.
    pub(super) fn aged_by(&mut self, subject: &Subject) {
        if let Some(known) = self.look.get(subject).and_then(|seen| seen.known.as_ref()) {
            self.aged(known);
        }
    }

    pub(super) fn old(&mut self, why: String) {
        self.it.stale = true;
        self.doubt(why);
    }

    /// Something the row rests on cannot be known.
    pub(super) fn doubt(&mut self, why: String) {
        if !self.doubts.contains(&why) {
            self.doubts.push(why);
        }
    }

    /// Doubts the row for what is, or is not, known of `subject`.
    pub(super) fn doubt_of(&mut self, what: &str, subject: &Subject) {
        let why = why_not_known(self.look.get(subject), subject, self.look.now);
        self.doubt(format!("{what} unknown: {why}"));
    }

    /// Written where it is shown: rows are made thousands of times a minute, and a text of its own for each figure is half of what that takes.
    pub(super) fn figure(&mut self, text: impl Display) {
        let apart = if self.it.value.is_empty() { "" } else { APART };
        // A string takes whatever is written to it.
        let _ = write!(self.it.value, "{apart}{text}");
    }

    pub(super) const fn number(&mut self, number: f64, unit: &'static str) {
        self.it.number = Some(number);
        self.it.unit = Some(unit);
    }

    pub(super) const fn gauge(&mut self, have: u32, want: u32) {
        self.it.gauge = Some(Gauge { have, want });
    }

    /// Concludes from what is known now.
    pub(super) fn says(&mut self, verdict: Verdict, reason: impl Into<String>) {
        if verdict.weight() > self.it.verdict.weight() {
            self.reasons.insert(0, reason.into());
        } else {
            self.reasons.push(reason.into());
        }
        self.it.verdict = self.it.verdict.worse(verdict);
    }

    pub(super) fn done(mut self) -> Component {
        if self.it.value.is_empty() && self.reasons.is_empty() && self.doubts.is_empty() {
            self.doubt("there is nothing to be seen".to_owned());
        }
        if !self.doubts.is_empty() {
            self.it.verdict = self.it.verdict.worse(Verdict::Unknown);
        }
        // What is known to be wrong first, then what is not known, unless that is all there is.
        let told: Vec<&str> = self.reasons.iter().chain(&self.doubts).map(String::as_str).collect();
        self.it.reason = (!told.is_empty()).then(|| bounded(told.join(" · ")));
        self.it.value = bounded(std::mem::take(&mut self.it.value));
        if self.it.value.is_empty() {
            self.it.value.push_str("unknown");
            self.it.verdict = self.it.verdict.worse(Verdict::Unknown);
        }
        self.it.id = bounded(std::mem::take(&mut self.it.id));
        self.it
    }

    /// Something to be seen to, by day.
    pub(super) fn minds(&mut self, reason: &str) {
        self.it.minor = self.it.verdict == Verdict::Healthy;
        self.says(Verdict::Degraded, reason);
    }

    /// A thing that is not there: known, and bad.
    pub(super) fn missing(&mut self, what: &str, verdict: Verdict) {
        self.figure("missing");
        let age = self.it.read_at.map(|at| human_duration(self.look.now.since(at))).unwrap_or_default();
        self.says(verdict, format!("{what} does not exist, as of {age} ago"));
    }

    /// Whether the thing watched first is known not to exist.
    pub(super) fn is_missing(&self, look: Look<'_>) -> bool {
        let first = self.it.subjects.first().and_then(|subject| look.get(subject));
        first.is_some_and(|seen| {
            !seen.is_stale(look.now) && matches!(seen.known.as_ref().map(|known| &known.value), Some(Value::Missing(_)))
        })
    }
}
