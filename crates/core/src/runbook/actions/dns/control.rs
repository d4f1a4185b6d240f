//! Changing records, which only Route 53's control plane in us-east-1 can do. While it cannot, the change is owed, and what can still be done
//! without it is said.

use std::collections::BTreeMap;

use super::sets::named;
use crate::assess::rules::clipped;
use crate::config::Dns;
use crate::domain::change::NamedSet;
use crate::domain::fact::{Record, RecordSet};
use crate::domain::{Change, Failing, Receipt, Subject, What, human_duration};
use crate::runbook::actions::asked::{is_theirs, needs};
use crate::runbook::scene::{Fresh, Scene};
use crate::runbook::standing::Standing;

/// Under which originals are put aside.
const KEPT: &str = "records";

const WITHOUT: &str = "ways that need no control plane: let the check of the record set that users should leave fail, so that Route 53's \
                       health checks turn them; change what the check watches at the target; turn an ARC routing control";

/// The record, freshly, or what to say without it.
pub(super) fn record<'a>(scene: &Scene<'a>, subject: &Subject) -> Result<&'a Record, Standing> {
    match scene.see::<Record>(subject) {
        Fresh::Failing(failing) => Err(unreachable(scene, failing)),
        seen => seen.or_wait(subject),
    }
}

pub(super) fn unreachable(scene: &Scene<'_>, failing: &Failing) -> Standing {
    let why = format!("Route 53's control plane: {}", failing.told(scene.now));
    if failing.trouble.cause.is_theirs() && failing.times >= 2 {
        Standing::Owed { why: format!("{why}, for {}; {WITHOUT}", human_duration(scene.now.since(failing.since))) }
    } else {
        Standing::Blind { why }
    }
}

/// What was put aside by whoever changed the record first: only that is what it was like before. A run that goes on from an earlier one may
/// have been given what that one put aside.
pub(super) fn originals(scene: &Scene<'_>) -> Vec<NamedSet> {
    let kept = scene.memory.kept.iter().filter(|((_, name), _)| name == KEPT);
    kept.filter_map(|(_, text)| serde_json::from_str(text).ok()).next().unwrap_or_default()
}

/// Asks for these sets in one batch; with the originals put aside if nobody has yet.
pub(super) fn change(scene: &Scene<'_>, dns: &Dns, sets: Vec<RecordSet>, before: Vec<RecordSet>, why: &str) -> Standing {
    let mut keep = BTreeMap::new();
    if originals(scene).is_empty()
        && let Ok(text) = serde_json::to_string(&named(dns, before))
    {
        keep.insert(KEPT.to_owned(), text);
    }
    let comment = clipped(&format!("{}: {why}", scene.memory.run), 250).into_owned();
    let batch = Change::global(What::ChangeRecords { zone: dns.zone.clone(), comment, sets: named(dns, sets) });
    asked(scene, batch, keep)
}

/// As `needs`; only that a control plane which is down makes it owed, between one attempt and the next.
pub(super) fn asked(scene: &Scene<'_>, change: Change, keep: BTreeMap<String, String>) -> Standing {
    let trouble = scene.past().next_back().and_then(|past| match &past.answer {
        Some((at, Receipt::Unknown { text })) if *at >= scene.since => Some(text.as_str()),
        Some((at, Receipt::Refused { code, text })) if *at >= scene.since && is_theirs(code) => Some(text.as_str()),
        _ => None,
    });
    match (needs(scene, vec![change], keep), trouble) {
        (standing @ Standing::Needs { .. }, _) | (standing, None) => standing,
        (_, Some(text)) => Standing::Owed { why: format!("Route 53's control plane: {}; {WITHOUT}", clipped(text, 120)) },
    }
}
