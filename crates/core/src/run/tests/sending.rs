//! How often the same is asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use super::world::{Luck, START, change, declared, plan};
use crate::domain::Receipt;
use crate::run::send::{Sendable, sendable};
use crate::run::{Record, Run, StageState};
use crate::runbook::Action;

/// A region that shows yesterday is asked for the same harmless thing less and less often, and never by the second.
#[test]
fn what_is_accepted_and_not_to_be_seen_is_asked_for_less_and_less() {
    let mut run = Run::declared(START, declared(), plan(&mut Luck(1)));
    let change = change("scale", Action::ServiceScale);
    let state = StageState { ready_at: Some(START), ..StageState::default() };
    let mut asked = Vec::new();
    for second in 0..1200 {
        let now = START + Duration::from_secs(second);
        match sendable(&run, "scale", &state, &change, now) {
            Sendable::Now => {
                let nth = u32::try_from(asked.len()).unwrap();
                run.take(now, Record::Intent { stage: "scale".to_owned(), nth, change: change.clone(), keep: BTreeMap::new() }, None);
                run.take(now, Record::Answered { nth, receipt: Receipt::Accepted { told: BTreeMap::new() } }, None);
                asked.push(second);
            }
            Sendable::Accepted(times) => assert_eq!(times, asked.len(), "it is said how often"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(asked, [0, 30, 90, 210, 450, 750, 1050]);
}
