//! Whether a change may be asked for now. Nothing is done twice because nobody knows whether it was done once.

use std::time::Duration;

use super::state::{Run, StageState};
use crate::domain::change::{Again, SHOWS_BY};
use crate::domain::{Change, Receipt, Timestamp};

/// What was accepted may take this long to be seen; every time that it is not, twice as long.
const SETTLE: Duration = Duration::from_secs(30);
const LONGEST_SETTLE: Duration = Duration::from_secs(300);
/// After an answer that never came; by then what did arrive can be seen.
const AFTER_SILENCE: Duration = Duration::from_secs(10);
const BACK_OFF: Duration = Duration::from_secs(4);
const LONGEST: Duration = Duration::from_secs(60);
/// Refusals in a row of one change, before it counts as failed.
const REFUSALS: usize = 3;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sendable {
    Now,
    /// It was accepted, that often; the world must catch up. What comes after it may go.
    Accepted(usize),
    /// Not before then.
    After(Timestamp, String),
    /// Nobody knows whether it arrived, and it must not happen twice.
    Ask(String),
    Never(String),
}

pub(super) fn sendable(run: &Run, stage: &str, state: &StageState, change: &Change, now: Timestamp) -> Sendable {
    // A person who says “once more” starts the count anew.
    let asked_since = state.ready_at.unwrap_or_default();
    let same = || run.memory.past.iter().filter(|past| past.stage == stage && past.change == *change && past.asked_at >= asked_since);
    let Some(last) = same().next_back() else { return Sendable::Now };
    let Some((at, receipt)) = &last.answer else { return Sendable::After(now + SETTLE, "no answer yet".to_owned()) };
    let times = same().count();
    let wait = |pause: Duration, why: &str| if *at + pause <= now { Sendable::Now } else { Sendable::After(*at + pause, why.to_owned()) };
    match receipt {
        // Whoever asks decides how often.
        _ if change.is_its_own_proof() => Sendable::Now,
        Receipt::Accepted { .. } => {
            let accepted = same().filter(|past| matches!(past.answer, Some((_, Receipt::Accepted { .. })))).count();
            let settled = *at + doubled(SETTLE, accepted).min(LONGEST_SETTLE);
            if change.again() == Again::Harmless && settled <= now { Sendable::Now } else { Sendable::Accepted(accepted) }
        }
        Receipt::Unknown { text } if change.again() == Again::Twice => Sendable::Ask(format!("{change}: {text}")),
        Receipt::Unknown { text } if change.again() == Again::Shows => wait(SHOWS_BY, text),
        Receipt::Unknown { text } => wait(AFTER_SILENCE, text),
        Receipt::Refused { code, text } => match fault_of(code) {
            Whose::Ours => wait(back_off(times), text),
            Whose::Forbidden => Sendable::Never(format!("{change}: {text}")),
            Whose::Theirs if times >= REFUSALS => Sendable::Never(format!("{change}: {text}")),
            Whose::Theirs => wait(back_off(times), text),
        },
    }
}

fn back_off(times: usize) -> Duration {
    doubled(BACK_OFF, times).min(LONGEST)
}

/// Twice as long every time after the first.
fn doubled(first: Duration, times: usize) -> Duration {
    first * 2_u32.pow(u32::try_from(times).map_or(5, |times| times.saturating_sub(1).min(5)))
}

enum Whose {
    /// It passes: throttled, or credentials that can be renewed. It is no failure, however often.
    Ours,
    /// We may not, and asking again changes nothing.
    Forbidden,
    Theirs,
}

fn fault_of(code: &str) -> Whose {
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    if has(&[
        "Throttl",
        "TooManyRequests",
        "RequestLimitExceeded",
        "SlowDown",
        "PriorRequestNotComplete",
        "ServiceUnavailable",
        "InternalFailure",
        "InternalError",
    ]) || has(&["ExpiredToken", "TokenRefreshRequired", "RequestExpired", "NoCredentials", "Credentials"])
    {
        Whose::Ours
    } else if has(&[
        "AccessDenied",
        "UnauthorizedOperation",
        "AuthFailure",
        "SignatureDoesNotMatch",
        "InvalidClientTokenId",
        "NotAuthorized",
    ]) {
        Whose::Forbidden
    } else {
        Whose::Theirs
    }
}
