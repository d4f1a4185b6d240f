use std::time::Duration;

use super::{Verdict, since};
use crate::drills::carry::Told;

/// Between two looks at a database, with the time that a look takes, and one that fails and is made again.
const INTERVAL: Duration = Duration::from_secs(30);
/// What somebody on the way can show that is old already.
const MEDDLED: Duration = Duration::from_secs(30);

/// Where both databases take writes every second costs rows that nobody will ever merge. Whoever made it so: as soon as both regions answer, the
/// console says it within one look.
pub(in crate::drills) fn a_split_is_told_at_once(told: &Told) -> Verdict {
    let patience = if told.drill.mischief.is_empty() { INTERVAL } else { INTERVAL + MEDDLED };
    let mut silent = None;
    let mut last = None;
    for look in &told.seen.looks {
        // Who was not there has not been silent.
        let there = last.is_some_and(|last| look.at.since(last) < Duration::from_secs(10));
        last = Some(look.at);
        if !(look.split && look.clear) || look.alarmed || !there {
            silent = None;
            continue;
        }
        let begun = *silent.get_or_insert(look.at);
        if look.at.since(begun) > patience {
            return Err(format!(
                "both databases take writes since {:.1} at least, and at {:.1} nobody has said so",
                since(begun),
                since(look.at)
            ));
        }
    }
    Ok(())
}
