//! What could not be done then is done later, by whoever takes the finished run up.

use serde_json::Value;

use super::end::{World, once, proven};
use super::stage::{UNPLANNED, lab, scenery};
use crate::cli::theatre::Theatre;

/// How often the lab took a change of records.
fn changed(theatre: &Theatre) -> usize {
    let log = lab(theatre, "/_lab/log");
    let taken = |call: &&Value| call["operation"] == "ChangeResourceRecordSets" && call["status"] == 200;
    log["calls"].as_array().unwrap().iter().filter(taken).count()
}

#[test]
fn a_pin_that_is_owed_is_made_good_once_route_53_can_be_changed() {
    let theatre = UNPLANNED.open();
    scenery(&theatre, &["inject", "control-plane-down"]);
    // What the checkers see only Route 53's API tells: somebody takes that upon themselves.
    let without = ["--override", "source.impaired=seen by everybody", "--acknowledge", "pin", "--acknowledge", "settled"];
    let (code, lines) = theatre.carried(&UNPLANNED.declared(), &[UNPLANNED.consent, &without].concat());
    let last = lines.last().unwrap();
    assert_eq!((code, &last["verdict"]), (7, &"proven".into()), "{last:#}");
    let owed = |last: &Value| last["owed"].as_array().unwrap().iter().map(|stage| stage.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert!(owed(last).contains(&"pin".to_owned()) && changed(&theatre) == 0, "{last:#}");
    once(&theatre);
    let before = World::of(&theatre);
    let run = theatre.latest();

    scenery(&theatre, &["lift", "control-plane-down"]);
    let (code, lines) = theatre.carried(&["resume", &run], UNPLANNED.consent);
    let last = lines.last().unwrap();
    assert_eq!(owed(last), [""; 0], "{lines:#?}");
    assert_eq!((changed(&theatre), lines[0]["event"].as_str()), (1, Some("taken-over")));
    let after = proven(&theatre, code, last);
    assert_ne!(before, after, "the record leads to the standby, whatever the checkers see");
    // Nothing is left to be done.
    let (again, lines) = theatre.carried(&["resume", &run], &[]);
    assert_eq!((again, lines.len(), changed(&theatre)), (code, 1, 1), "{lines:#?}");
}
