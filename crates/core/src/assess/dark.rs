//! Whether a region answers at all.

use super::look::Look;
use crate::config::Site;
use crate::domain::fact::Fact;
use crate::domain::{Cause, Observation, Timestamp};

/// So many looks must have failed before a region is called dark rather than slow.
pub(crate) const LOOKS: u32 = 3;

/// Since when AWS has answered nothing about a site in its region, if it answers nothing.
pub(crate) fn unanswered_since(estate: &[&Observation]) -> Option<Timestamp> {
    // A refusal is an answer too: whoever throttles or denies is there.
    let answered = estate.iter().filter_map(|seen| newest_answer(seen)).max();
    let silent = estate.iter().filter_map(|seen| {
        let failing = seen.failing.as_ref().filter(|failing| failing.trouble.cause.is_theirs())?;
        match answered {
            Some(answered) if failing.last <= answered => None,
            // Of a row that had begun before the last answer, at least its newest look failed since.
            Some(answered) if failing.since <= answered => Some((failing.last, 1)),
            _ => Some((failing.since, failing.times)),
        }
    });
    let (since, looks) = silent.fold((None, 0_u32), |(since, looks): (Option<Timestamp>, u32), (first, times)| {
        (Some(since.map_or(first, |since| since.min(first))), looks.saturating_add(times))
    });
    since.filter(|_| looks >= LOOKS)
}

/// Whether clients have been served at a site since then: whatever is silent there, the region is not dark.
pub(super) fn serves_since(look: Look<'_>, site: Site, since: Timestamp) -> bool {
    let sight = look.workload.dns.as_ref().and_then(|_| look.get(&look.workload.site_sight(site)));
    sight.is_some_and(|seen| {
        let ok = matches!(seen.fact(), Some(Fact::Sight(sight)) if sight.is_ok());
        ok && !seen.is_stale(look.now) && seen.known.as_ref().is_some_and(|known| known.begun > since)
    })
}

fn newest_answer(seen: &Observation) -> Option<Timestamp> {
    let known = seen.known.as_ref().map(|known| known.begun);
    let refused = seen
        .failing
        .as_ref()
        .filter(|failing| matches!(failing.trouble.cause, Cause::Throttled | Cause::Denied))
        .map(|failing| failing.last);
    known.max(refused)
}
