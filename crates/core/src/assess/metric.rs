//! The last point of a series, and what it is worth.

use super::look::Look;
use crate::domain::fact::{Point, Series};
use crate::domain::{Kind, Seen, Subject};

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
    match look.see::<Series>(subject) {
        Seen::Now(series, _) => series.last().filter(|point| is_recent(look, *point)).map_or(Measured::Nothing, Measured::Now),
        Seen::Stale(series, _) => series.last().map_or(Measured::Unknown, Measured::Old),
        Seen::Missing(_) => Measured::Nothing,
        Seen::Unknown(_) => Measured::Unknown,
    }
}

fn is_recent(look: Look<'_>, point: Point) -> bool {
    look.now.since(point.at) <= Kind::Metric.stale_after()
}
