//! What a client meets at a site's door. Targets may be well and every checker content behind a certificate that has ended, or a door that is shut.

use super::look::Look;
use super::row::Row;
use super::told::clipped;
use crate::config::Site;
use crate::domain::fact::{Fact, Sight};
use crate::domain::{Observation, Seen, Streak, Verdict};

/// A single look that goes wrong is nobody's trouble but the network's.
const OFTEN: u32 = 2;

/// Whatever else is well: who cannot come in is not served. That is for the row of the door; whether the site is impaired takes a second kind of
/// evidence, for one alone may be our own network's.
pub(super) fn clients(row: &mut Row<'_>, look: Look<'_>, site: Site, carries: bool) {
    let seen = look.get(&look.workload.site_sight(site));
    let Some((sight, streak)) = seen.and_then(|seen| turned_away(look, seen)) else { return };
    // Behind a door that nobody is sent to there may be nobody, and it says so.
    if carries || sight.status.is_none() {
        row.says(Verdict::Degraded, format!("clients: {}, {} in a row", met(sight), streak.times));
    }
}

/// What clients meet, as long as it is no page, and how often in a row.
pub(super) fn turned_away<'o>(look: Look<'_>, seen: &'o Observation) -> Option<(&'o Sight, Streak)> {
    let streak = seen.ails_at(look.now).filter(|streak| streak.times >= OFTEN)?;
    match seen.fact() {
        Some(Fact::Sight(sight)) => Some((sight, streak)),
        _ => None,
    }
}

/// The row of a door of which nothing else is known.
pub(super) fn door(row: &mut Row<'_>, look: Look<'_>, site: Site) {
    match row.watch::<Sight>(look.workload.site_sight(site)) {
        Seen::Now(sight, _) | Seen::Stale(sight, _) => row.figure(met(sight)),
        Seen::Missing(_) | Seen::Unknown(_) => row.figure("unknown"),
    }
}

pub(super) fn met(sight: &Sight) -> String {
    match (&sight.problem, sight.status) {
        (Some(problem), _) => clipped(problem, 120).into_owned(),
        (None, Some(status)) => format!("HTTP {status}"),
        (None, None) => "no answer".to_owned(),
    }
}
