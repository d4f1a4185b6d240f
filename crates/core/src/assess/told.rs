//! Figures and reasons in words.

use std::borrow::Cow;
use std::time::Duration;

use crate::domain::fact::Fact;
use crate::domain::{Cause, Observation, Subject, Timestamp, cut, human_duration, quantity};

/// How long a sentence may be: names come from outside, and a reason must fit a line or two.
pub(crate) const LONGEST: usize = 200;

pub(crate) fn bounded<'t>(text: impl Into<Cow<'t, str>>) -> String {
    let text = text.into();
    // No text has more letters than bytes: most need not be counted.
    if text.len() <= LONGEST || text.chars().count() <= LONGEST {
        return text.into_owned();
    }
    format!("{}…", cut(&text, LONGEST - 1))
}

/// Why nothing, or nothing young enough, is known of a subject.
pub(crate) fn why_not_known(observation: Option<&Observation>, subject: &Subject, now: Timestamp) -> String {
    let Some(observation) = observation else { return "not asked yet".to_owned() };
    let empty = matches!(observation.fact(), Some(Fact::Series(series)) if series.points.is_empty());
    let age = observation.age(now).map(|age| match empty {
        true => "no figure within the hour".to_owned(),
        false => format!("last seen {} ago", human_duration(age)),
    });
    let trouble = observation.failing.as_ref().map(|failing| match failing.trouble.cause {
        // These say their own time, or have none.
        Cause::Credentials | Cause::Denied | Cause::NotYet | Cause::Unintelligible => failing.trouble.text.clone(),
        Cause::Silent if !subject.is_global() && !failing.trouble.text.contains(subject.region.as_str()) => {
            format!("no answer from {} for {}", subject.region, human_duration(now.since(failing.since)))
        }
        _ => failing.told(now),
    });
    bounded(match (trouble, age) {
        (Some(trouble), Some(age)) => format!("{}, {age}", clipped(&trouble, 150)),
        (Some(trouble), None) => trouble,
        (None, Some(age)) => age,
        (None, None) => "not asked yet".to_owned(),
    })
}

pub(crate) fn clipped(text: &str, most: usize) -> Cow<'_, str> {
    // No text has more letters than bytes: most need not be counted.
    if text.len() <= most {
        return text.into();
    }
    let short = cut(text, most);
    if short.len() < text.len() { format!("{short}…").into() } else { text.into() }
}

/// The beginnings of some names, and how many more there are.
pub(crate) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let mut told = names.iter().take(4).map(|name| clipped(name.as_ref(), 36)).collect::<Vec<_>>().join(", ");
    if names.len() > 4 {
        told.push_str(&format!(" and {} more", names.len() - 4));
    }
    told
}

pub(crate) fn bytes(count: f64) -> String {
    quantity(count.max(0.0), "B").concat()
}

/// Seconds from outside; nothing for what is no length of time (negative, not a number, beyond a century).
pub(crate) fn seconds(value: f64) -> Option<Duration> {
    (0.0..3e9).contains(&value).then(|| Duration::try_from_secs_f64(value).ok()).flatten()
}

/// A count from outside.
pub(crate) fn count(value: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be within what a count can be")]
    (0.0..9e15).contains(&value).then_some(value as u64)
}

/// A count of tasks from outside.
pub(crate) fn tasks(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}
