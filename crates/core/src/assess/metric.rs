//! The last point of a series, and what it is worth.

use super::look::Look;
use crate::domain::fact::{Point, Series};
use crate::domain::{Kind, Seen, Subject, Value};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Measured {
    Now(Point),
    Old(Point),
    /// Asked of late, and there is no point.
    Nothing,
    Unknown,
}

impl Measured {
    pub(crate) const fn now(self) -> Option<f64> {
        match self {
            Self::Now(point) => Some(point.value),
            _ => None,
        }
    }
}

/// A metric that has a point every minute; where it has none, something is wrong with the measuring.
pub(crate) fn steady(look: Look<'_>, subject: &Subject) -> Measured {
    match look.see::<Series>(subject) {
        Seen::Now(series, _) => match series.last() {
            Some(point) if is_recent(look, point) => Measured::Now(point),
            Some(point) => Measured::Old(point),
            None => Measured::Nothing,
        },
        Seen::Stale(series, known) => match series.last() {
            Some(point) => Measured::Old(point),
            None if look.now.since(known.begun) <= Kind::Metric.stale_after() => Measured::Nothing,
            None => Measured::Unknown,
        },
        Seen::Missing(_) => Measured::Nothing,
        Seen::Unknown(_) => Measured::Unknown,
    }
}

/// A metric that AWS publishes only while there is something to count: here silence is zero, as long as we asked of late.
pub(crate) fn counted(look: Look<'_>, subject: &Subject) -> Measured {
    let Some(known) = look.get(subject).and_then(|seen| seen.known.as_ref()) else { return Measured::Unknown };
    let asked_of_late = look.now.since(known.begun) <= Kind::Metric.stale_after();
    let last = look.get(subject).and_then(|seen| seen.fact()).and_then(|fact| match fact {
        crate::domain::fact::Fact::Series(series) => Some(series.last()),
        _ => None,
    });
    match (last, &known.value) {
        (Some(Some(point)), _) if asked_of_late && is_recent(look, point) => Measured::Now(point),
        (Some(Some(point)), _) if !asked_of_late => Measured::Old(point),
        (Some(_), _) | (None, Value::Missing(_)) if asked_of_late => Measured::Nothing,
        _ => Measured::Unknown,
    }
}

fn is_recent(look: Look<'_>, point: Point) -> bool {
    look.now.since(point.at) <= Kind::Metric.stale_after()
}
