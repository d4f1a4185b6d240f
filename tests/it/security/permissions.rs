//! The policy that is printed, against what is really asked for.

use std::collections::BTreeSet;
use std::time::Duration;

use drlab_core::domain::READS;

use crate::lab::rig::Rig;
use crate::sitting::seat::Seat;
use crate::sitting::wall::NAMES;

/// With so many minutes of each. What is batched is batched otherwise for a fleet.
const WATCHED: [(&str, u64); 5] = [("tier2", 3), ("pilot", 3), ("platform", 3), ("payments", 3), ("fleet", 1)];

/// Reads that a console has asked for, by the names of the list.
fn asked(rig: &Rig) -> BTreeSet<(&'static str, String)> {
    rig.way.lab().log(|log| {
        let named = |service: &str| NAMES.iter().find(|(signed, _)| *signed == service).map(|(_, name)| *name);
        let asked = log.entries().filter_map(|entry| Some((named(&entry.service)?, entry.operation.clone()))).collect();
        log.clear();
        asked
    })
}

/// That nothing else is asked for is `watching_breaks_no_law`; this is the other way round: nobody is asked for a permission that is not used.
#[test]
fn watching_uses_every_permission_that_it_asks_for() {
    let mut used = BTreeSet::new();
    for (topology, minutes) in WATCHED {
        Seat::at(topology, None, async |seat| {
            for _ in 0..minutes {
                seat.wait(Duration::from_secs(60)).await;
                used.extend(asked(&seat.rig));
            }
        });
    }
    let unused: Vec<_> = READS
        .iter()
        .filter(|read| !used.contains(&(read.service, read.operation.to_owned())))
        .map(|read| format!("{} {}", read.service, read.operation))
        .collect();
    assert_eq!(unused, [""; 0]);
}
