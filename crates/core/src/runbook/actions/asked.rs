//! What has come of what a stage asked for, and what follows for asking again.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::assess::rules::clipped;
use crate::domain::{Change, Receipt, Timestamp, human_duration};
use crate::runbook::scene::{Past, Scene};
use crate::runbook::standing::Standing;

/// What AWS said, by name.
pub(super) type Told = BTreeMap<String, String>;

/// After a question that nobody knows the fate of, and after being told to come back: time for the other side to breathe.
pub(super) const PAUSE: Duration = Duration::from_secs(5);

/// The ways on from anything that was refused.
pub(super) const AGAIN: &str = "retry the step once what stands in its way is gone";
pub(super) const AROUND: &str = "do it by hand with the command shown, and retry: the step sees that it is done";
pub(super) const SKIP: &str = "skip the step with a reason";

/// The fate of one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fate<'a> {
    /// It was not made, or somebody has said since to try again.
    Open,
    /// In the air.
    Waiting,
    Accepted(&'a Told, Timestamp),
    Refused {
        code: &'a str,
        text: &'a str,
    },
    /// Nobody knows whether it arrived.
    Lost(&'a str, Timestamp),
}

/// The fate of a request. What was answered before `since` belongs to an attempt that somebody has ended by trying again, except that what was
/// accepted stays so.
pub(super) fn fate<'a>(scene: &Scene<'a>, past: &'a Past) -> Fate<'a> {
    match &past.answer {
        None => Fate::Waiting,
        Some((at, Receipt::Accepted { told })) => Fate::Accepted(told, *at),
        Some((at, _)) if *at < scene.since => Fate::Open,
        Some((at, Receipt::Refused { code, .. })) if is_busy(code) => {
            if scene.now.since(*at) < PAUSE {
                Fate::Waiting
            } else {
                Fate::Open
            }
        }
        Some((_, Receipt::Refused { code, text })) => Fate::Refused { code, text },
        Some((at, Receipt::Unknown { text })) => Fate::Lost(text, *at),
    }
}

/// Told to come back later: no refusal of the thing itself.
pub(super) fn is_busy(code: &str) -> bool {
    const BUSY: [&str; 6] =
        ["Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown", "PriorRequestNotComplete", "ConcurrentModification"];
    BUSY.iter().any(|word| code.contains(word)) || is_theirs(code)
}

/// An error of the service's own.
pub(super) fn is_theirs(code: &str) -> bool {
    ["ServiceUnavailable", "InternalFailure", "InternalError", "InternalServerError", "ServiceException"]
        .iter()
        .any(|word| code.contains(word))
}

/// What a stage says whose thing is not so yet, and would be by these changes. Each is asked for once; what was accepted is waited for, since
/// asking again would only hide that nothing comes of it.
pub(super) fn needs(scene: &Scene<'_>, changes: Vec<Change>, keep: BTreeMap<String, String>) -> Standing {
    let (mut open, mut waiting, mut accepted) = (Vec::new(), false, None);
    for change in changes {
        let last = scene.past().rev().find(|past| past.change == change);
        match last.map_or(Fate::Open, |past| fate(scene, past)) {
            Fate::Open => open.push(change),
            Fate::Waiting => waiting = true,
            Fate::Accepted(_, at) if at >= scene.since => accepted = Some(at),
            Fate::Accepted(..) => open.push(change),
            Fate::Refused { code, text } => return refused(&change, code, text),
            Fate::Lost(_, at) if scene.now.since(at) < PAUSE => waiting = true,
            Fate::Lost(..) => open.push(change),
        }
    }
    match (open.is_empty(), waiting, accepted) {
        (false, ..) => Standing::Needs { changes: open, keep },
        (true, false, Some(at)) => {
            Standing::working(format!("accepted {} ago, and not seen to be so yet", human_duration(scene.now.since(at))))
        }
        _ => Standing::working("asked for; no answer yet"),
    }
}

pub(super) fn refused(change: &Change, code: &str, text: &str) -> Standing {
    Standing::Stuck {
        why: format!("refused: {}: {} ({})", clipped(code, 60), clipped(text, 200), clipped(&change.to_string(), 120)),
        ways: vec![AGAIN.to_owned(), AROUND.to_owned(), SKIP.to_owned()],
    }
}

/// What a stage says that asks for something which must not happen twice, once it knows what it would ask for.
pub(super) fn once<'a>(scene: &Scene<'a>, change: Change) -> Result<(&'a Told, Timestamp), Standing> {
    let last = scene.past().next_back();
    match last.map_or(Fate::Open, |past| fate(scene, past)) {
        Fate::Open => Err(Standing::needs([change])),
        Fate::Waiting => Err(Standing::working("asked for; no answer yet")),
        Fate::Accepted(told, at) => Ok((told, at)),
        Fate::Refused { code, text } => Err(refused(&change, code, text)),
        Fate::Lost(text, _) => Err(Standing::Asks {
            whom: format!(
                "nobody knows whether it arrived ({}), and twice would be wrong: look, then acknowledge the step if it did, or retry it",
                clipped(text, 120)
            ),
        }),
    }
}

/// Whichever it is.
pub(super) fn either(standing: Result<Standing, Standing>) -> Standing {
    match standing {
        Ok(standing) | Err(standing) => standing,
    }
}
