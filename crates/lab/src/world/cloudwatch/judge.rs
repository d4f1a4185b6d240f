//! The verdict on an alarm: M breaching datapoints of N, and what gaps mean. Pure; AWS's own tables are its tests.

use super::alarm::{AlarmState, Missing};

/// How many periods more than `EvaluationPeriods` are looked at, so that a gap can be bridged by an older datapoint.
pub(super) const BRIDGED: usize = 2;

/// What came out of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// `None`: the alarm stays as it is.
    pub(super) state: Option<AlarmState>,
    /// Which of the slots counted.
    pub(super) counted: Vec<usize>,
    /// How many datapoints were wanting after that.
    pub(super) wanting: usize,
}

/// `slots`: for each period, newest first, whether its datapoint breaches, or `None` where there is none.
/// `periods` is N, `datapoints` M; slots beyond N only bridge gaps.
pub(super) fn judge(slots: &[Option<bool>], periods: usize, datapoints: usize, missing: Missing) -> Verdict {
    let counted: Vec<usize> = (0..slots.len()).filter(|at| slots[*at].is_some()).take(periods).collect();
    let wanting = periods - counted.len();
    let breaching: Vec<usize> = counted.iter().copied().filter(|at| slots[*at] == Some(true)).collect();
    let alarm = |yes: bool| Some(if yes { AlarmState::Alarm } else { AlarmState::Ok });
    let state = match missing {
        _ if breaching.len() >= datapoints || wanting == 0 => alarm(breaching.len() >= datapoints),
        Missing::Breaching => alarm(breaching.len() + wanting >= datapoints),
        Missing::NotBreaching => Some(AlarmState::Ok),
        _ if breaching.len() < counted.len() => Some(AlarmState::Ok),
        Missing::Ignore => None,
        Missing::Missing => match breaching.last() {
            None => Some(AlarmState::InsufficientData),
            // Old enough, and only gaps since: it will not be taken back. A younger one may still turn out to be a blip.
            Some(oldest) if oldest + 1 >= datapoints => Some(AlarmState::Alarm),
            Some(_) => None,
        },
    };
    Verdict { state, counted, wanting }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Oldest first, as AWS's documentation draws them.
    fn slots(drawn: &str) -> Vec<Option<bool>> {
        drawn
            .split(' ')
            .rev()
            .map(|sign| match sign {
                "X" => Some(true),
                "0" => Some(false),
                _ => None,
            })
            .collect()
    }

    const WAYS: [Missing; 4] = [Missing::Missing, Missing::Ignore, Missing::Breaching, Missing::NotBreaching];

    fn row(drawn: &str, datapoints: usize) -> Vec<&'static str> {
        WAYS.map(|missing| judge(&slots(drawn), 3, datapoints, missing).state.map_or("retain", AlarmState::as_str)).to_vec()
    }

    #[test]
    fn the_documented_table_for_three_of_three() {
        assert_eq!(row("0 - X - X", 3), ["OK", "OK", "OK", "OK"]);
        assert_eq!(row("0 - - - -", 3), ["OK", "OK", "OK", "OK"]);
        assert_eq!(row("- - - - -", 3), ["INSUFFICIENT_DATA", "retain", "ALARM", "OK"]);
        assert_eq!(row("0 X X - X", 3), ["ALARM", "ALARM", "ALARM", "ALARM"]);
        assert_eq!(row("- - X - -", 3), ["ALARM", "retain", "ALARM", "OK"]);
    }

    #[test]
    fn the_documented_table_for_two_of_three() {
        assert_eq!(row("0 - X - X", 2), ["ALARM", "ALARM", "ALARM", "ALARM"]);
        assert_eq!(row("0 0 X 0 X", 2), ["ALARM", "ALARM", "ALARM", "ALARM"]);
        assert_eq!(row("0 - X - -", 2), ["OK", "OK", "ALARM", "OK"]);
        assert_eq!(row("- - - - 0", 2), ["OK", "OK", "ALARM", "OK"]);
        assert_eq!(row("- - - X -", 2), ["ALARM", "retain", "ALARM", "OK"]);
    }

    #[test]
    fn one_young_breach_among_gaps_is_not_yet_an_alarm() {
        assert_eq!(judge(&slots("- - - - X"), 3, 3, Missing::Missing).state, None);
        assert_eq!(judge(&slots("- - - X -"), 3, 3, Missing::Missing).state, None);
    }

    fn history() -> impl Strategy<Value = (Vec<Option<bool>>, usize, usize)> {
        (1_usize..7).prop_flat_map(|n| (prop::collection::vec(any::<Option<bool>>(), n + BRIDGED), Just(n), 1..=n))
    }

    proptest! {
        #[test]
        fn without_gaps_it_is_a_plain_count((slots, n, m) in history(), nth in 0_usize..4) {
            let whole: Vec<Option<bool>> = slots.iter().map(|slot| Some(slot.unwrap_or(false))).collect();
            let breaching = whole[..n].iter().filter(|slot| **slot == Some(true)).count();
            let expected = if breaching >= m { AlarmState::Alarm } else { AlarmState::Ok };
            prop_assert_eq!(judge(&whole, n, m, WAYS[nth]).state, Some(expected));
        }

        /// Gaps count as told: the newest N known datapoints, padded with what a gap is worth, counted by hand.
        #[test]
        fn padding_by_hand_gives_the_same((slots, n, m) in history(), breaching in any::<bool>()) {
            let mut padded: Vec<bool> = slots.iter().flatten().copied().collect();
            padded.truncate(n);
            padded.resize(n, breaching);
            let expected = if padded.iter().filter(|slot| **slot).count() >= m { AlarmState::Alarm } else { AlarmState::Ok };
            let missing = if breaching { Missing::Breaching } else { Missing::NotBreaching };
            prop_assert_eq!(judge(&slots, n, m, missing).state, Some(expected));
        }

        /// Whatever gaps mean, an alarm that enough known datapoints justify is raised, and one that no filling could justify is not.
        #[test]
        fn what_is_certain_does_not_depend_on_gaps((slots, n, m) in history()) {
            let states: Vec<_> = WAYS.map(|missing| judge(&slots, n, m, missing).state).to_vec();
            let known: Vec<bool> = slots.iter().flatten().copied().take(n).collect();
            let certain = known.iter().filter(|slot| **slot).count();
            if certain >= m {
                prop_assert!(states.iter().all(|state| *state == Some(AlarmState::Alarm)));
            } else if certain + n - known.len() < m {
                prop_assert!(states.iter().all(|state| *state == Some(AlarmState::Ok)), "{:?}", states);
            }
        }
    }
}
