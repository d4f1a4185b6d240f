use std::collections::BTreeMap;

use drlab_core::domain::Receipt;
use drlab_core::domain::change::Again;
use drlab_core::run::Record;

use super::{Verdict, since};
use crate::drills::carry::Told;

/// A second promotion, a second restart, a second message: what is not harmless the second time is asked for again only when the answer was that
/// it had not happened, or when a person has looked and said “once more”. What changes nothing the second time may be written down again.
pub(in crate::drills) fn nothing_takes_effect_twice(told: &Told) -> Verdict {
    // By stage and change: whether the last time may have had an effect, for all that is known.
    let mut taken: BTreeMap<(String, String), bool> = BTreeMap::new();
    let mut open: BTreeMap<u32, (String, String)> = BTreeMap::new();
    let mut again: BTreeMap<u32, Again> = BTreeMap::new();
    for (at, record) in &told.lines {
        match record {
            Record::Intent { stage, nth, change, .. } if change.again() != Again::Harmless => {
                let key = (stage.clone(), change.to_string());
                if taken.get(&key) == Some(&true) {
                    return Err(format!("{stage} asks at {:.1} for {change} once more, and it may have happened already", since(*at)));
                }
                taken.insert(key.clone(), true);
                again.insert(*nth, change.again());
                open.insert(*nth, key);
            }
            Record::Answered { nth, receipt } => {
                let Some(key) = open.remove(nth) else { continue };
                // What would be refused the second time, or would show, may be asked for again when nobody answered, after a look that it is not so.
                let looked = matches!(receipt, Receipt::Unknown { .. }) && again.get(nth) != Some(&Again::Twice);
                if matches!(receipt, Receipt::Refused { .. }) || looked {
                    taken.insert(key, false);
                }
            }
            // A person has looked, and says so.
            Record::Retried { stage, .. } => taken.retain(|(known, _), _| known != stage),
            _ => {}
        }
    }
    let promoted: Vec<_> =
        told.witness.asked.iter().filter(|asked| asked.operation == "PromoteReadReplica" && asked.status < 400).collect();
    let mut by_database: BTreeMap<&str, usize> = BTreeMap::new();
    for asked in promoted {
        *by_database.entry(asked.region.as_str()).or_default() += 1;
    }
    match by_database.into_iter().find(|(_, times)| *times > 1) {
        Some((region, times)) => Err(format!("{times} promotions in {region}")),
        None => Ok(()),
    }
}
