//! Who takes a run up dies as well.

use super::death::{Way, die};
use super::end::proven;
use super::stage::UNPLANNED;

/// Its operator dies, whoever relieves them dies before a word is written, the next as the promotion is on its way; and the last has only a
/// copy of the journal.
#[test]
fn one_after_the_other_dies_and_another_machine_ends_it() {
    let mut theatre = UNPLANNED.open();
    let consent = UNPLANNED.consent;
    let first = die(&theatre, &UNPLANNED.declared(), consent, Way::After(20));
    let run = theatre.latest();
    // As it writes down that it has taken over.
    let second = die(&theatre, &["resume", &run], consent, Way::Before(first.records, 50));
    assert_eq!((second.records, second.torn), (first.records, 50), "{second:?}");
    // The torn record is cut off, and four more are written.
    let third = die(&theatre, &["resume", &run], consent, Way::After(first.records + 3));
    assert!(third.records > first.records && third.torn == 0, "{third:?}");
    theatre.move_to_another_machine();
    let (code, lines) = theatre.carried(&["resume", &run], consent);
    assert_eq!((&lines[0]["event"], lines[0]["seq"].as_u64()), (&"taken-over".into(), Some(third.records as u64)), "{:#}", lines[0]);
    proven(&theatre, code, lines.last().unwrap());
    assert!(std::fs::read_dir(theatre.state().join("runs")).unwrap().count() == 1, "it is the same run");
}
