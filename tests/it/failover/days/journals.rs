//! Journals that were torn by a crash or changed by somebody.

use std::time::Duration;

use drlab_tui::store::Journal;

use super::{Day, Interrupt, LOSS, Outcome, has_asked, quietly};
use crate::failover::bridge::journal_in;

/// Killed while it promotes.
async fn killed(day: &mut Day) {
    let begun = day.declared();
    let kill = |outcome: &Outcome| has_asked(outcome, "promote").then_some(Interrupt::Kill(Duration::from_secs(5)));
    let outcome = day.sit(begun, LOSS, &kill).await;
    assert!(outcome.run.finished.is_none());
}

#[test]
fn a_torn_journal_is_mended_and_gone_on_with() {
    Day::of("tier2", "primary-outage", async |day| {
        killed(day).await;
        let whole = day.lines().concat();
        // The answer to the promotion was being written when the power went.
        day.write(&whole[..whole.len() - 20]);
        let begun = day.left("tests");
        let outcome = day.sit(begun, LOSS, &quietly).await;
        day.proven(&outcome);
        assert_eq!(day.taken("PromoteReadReplica"), 1);
    });
}

#[test]
fn a_journal_that_was_tampered_with_is_not_gone_on_with() {
    Day::of("tier2", "primary-outage", async |day| {
        killed(day).await;
        let lines = day.lines();
        let intent = lines.iter().position(|line| line.contains("\"record\":\"intent\"") && line.contains("promote-replica")).unwrap();
        // As if it had never been asked for.
        let without: String = lines.iter().enumerate().filter(|(nth, _)| *nth != intent).map(|(_, line)| line.as_str()).collect();
        day.write(&without);
        let refused = Journal::open(&journal_in(day.folder.path())).unwrap_err().to_string();
        assert!(refused.contains(&format!("line {}", intent + 1)) && refused.contains("changed, removed or put in"), "{refused}");
        assert_eq!(day.lines().concat(), without, "nothing is repaired that a person must look at");
    });
}
