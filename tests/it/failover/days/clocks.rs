//! A machine sleeps, and the world does not.

use std::cell::Cell;
use std::time::Duration;

use drlab_core::run::Record;
use tokio::time::{advance, sleep};

use super::{Day, Interrupt, LOSS, Outcome, has_asked};

/// Longer than any step may take.
const ASLEEP: Duration = Duration::from_secs(3 * 3600);

#[test]
fn a_console_that_slept_for_hours_goes_on() {
    Day::of("tier2", "primary-outage", async |day| {
        let begun = day.declared();
        let promoting = Cell::new(false);
        let watching = |outcome: &Outcome| -> Option<Interrupt> {
            promoting.set(has_asked(outcome, "promote"));
            None
        };
        let sleeping = async {
            while !promoting.get() {
                sleep(Duration::from_secs(1)).await;
            }
            sleep(Duration::from_secs(20)).await;
            advance(ASLEEP).await;
            std::future::pending::<()>().await;
        };
        let patience = ASLEEP + super::PATIENCE;
        let outcome = tokio::select! {
            outcome = day.sit_for(patience, begun, LOSS, &watching) => outcome,
            () = sleeping => unreachable!(),
        };
        day.proven(&outcome);
        // The lab has no webhook to call.
        let fails = |record: &Record| matches!(record, Record::Failed { stage, .. } if stage != "call-done");
        let failed: Vec<_> = outcome.records.iter().filter(|(_, record)| fails(record)).collect();
        assert!(failed.is_empty(), "the time in which nobody looked counts against no step: {failed:#?}");
        assert!(outcome.run.finished.as_ref().unwrap().rto.unwrap() > ASLEEP, "it was that long for users, and that is said");
    });
}
