//! What is asked of the readings of a period: a sum, an average, a percentile.

use std::collections::BTreeMap;
use std::fmt;

use super::store::merged;
use crate::world::Reading;

/// A statistic as AWS names it.
#[derive(Clone, Debug, PartialEq)]
pub enum Stat {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
    /// `p95`, `p99.9`; kept as it was written.
    Percentile(String),
}

impl Stat {
    /// The five simple statistics, and percentiles from p0 to p100.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "SampleCount" => Self::SampleCount,
            "Average" => Self::Average,
            "Sum" => Self::Sum,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            _ => {
                let digits = text.strip_prefix('p').filter(|digits| digits.chars().all(|c| c.is_ascii_digit() || c == '.'))?;
                let share: f64 = digits.parse().ok()?;
                return (0.0..=100.0).contains(&share).then(|| Self::Percentile(text.to_owned()));
            }
        })
    }

    pub(super) const fn is_percentile(&self) -> bool {
        matches!(self, Self::Percentile(_))
    }

    /// An empty period counts nothing and has no average.
    pub(super) fn of(&self, reading: &Reading) -> f64 {
        let empty = reading.samples <= 0.0;
        match self {
            Self::SampleCount => reading.samples,
            Self::Sum => reading.sum,
            _ if empty => 0.0,
            Self::Average => reading.sum / reading.samples,
            Self::Minimum => reading.min,
            Self::Maximum => reading.max,
            Self::Percentile(_) => reading.p95.unwrap_or(reading.max),
        }
    }
}

impl fmt::Display for Stat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SampleCount => "SampleCount",
            Self::Average => "Average",
            Self::Sum => "Sum",
            Self::Minimum => "Minimum",
            Self::Maximum => "Maximum",
            Self::Percentile(text) => text,
        })
    }
}

/// Minutes gathered into periods of `width` minutes, laid so that one of them starts at minute `origin`; told by their first minute.
pub(super) fn gathered(minutes: impl Iterator<Item = (i64, Reading)>, origin: i64, width: i64) -> BTreeMap<i64, Reading> {
    let mut periods: BTreeMap<i64, Reading> = BTreeMap::new();
    for (minute, reading) in minutes {
        let start = period_start(minute, origin, width);
        periods.entry(start).and_modify(|so_far| *so_far = merged(*so_far, reading)).or_insert(reading);
    }
    periods
}

/// The first minute of the period that `minute` lies in.
pub(super) const fn period_start(minute: i64, origin: i64, width: i64) -> i64 {
    minute - (minute - origin).rem_euclid(width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_those_aws_knows() {
        assert_eq!(Stat::parse("p99.9"), Some(Stat::Percentile("p99.9".into())));
        for wrong in ["p101", "p", "p-1", "average", "pNaN", "p1e1", ""] {
            assert_eq!(Stat::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_period_is_the_sum_of_its_minutes() {
        let minutes = [(9, Reading::count(5.0)), (10, Reading::count(3.0)), (11, Reading::level(7.0)), (13, Reading::level(9.0))];
        let periods = gathered(minutes.into_iter(), 0, 5);
        assert_eq!(periods.keys().copied().collect::<Vec<_>>(), vec![5, 10]);
        let ten = &periods[&10];
        assert_eq!((Stat::Sum.of(ten), Stat::SampleCount.of(ten), Stat::Maximum.of(ten), Stat::Minimum.of(ten)), (19.0, 5.0, 9.0, 1.0));
        assert_eq!(Stat::Average.of(&Reading::count(0.0)), 0.0);
        assert_eq!(gathered(minutes.into_iter(), 4, 5).keys().copied().collect::<Vec<_>>(), vec![9], "periods may be laid anywhere");
    }
}
