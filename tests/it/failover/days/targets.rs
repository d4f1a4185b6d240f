//! Targets that do not get well, and a Route 53 that cannot be changed.

use std::time::Duration;

use drlab_core::run::{Mode, Record};

use super::{Day, Habits, LOSS, OUTAGE, quietly};

#[test]
fn a_target_that_never_gets_well_gets_no_users() {
    Day::of("tier2", "primary-outage", async |day| {
        let begun = day.declared();
        let rig = day.rig.clone();
        let sick = std::cell::Cell::new(false);
        let sickening = |outcome: &super::Outcome| -> Option<super::Interrupt> {
            if super::is_done(outcome, "promote") && !sick.replace(true) {
                rig.inject("app-down:standby", None, None);
            }
            None
        };
        let habits = Habits { leaves_pauses: true, ..LOSS };
        let outcome = day.sit_for(Duration::from_secs(1500), begun, habits, &sickening).await;
        let story = outcome.story(OUTAGE);
        assert!(outcome.run.finished.is_none(), "{story}");
        let Mode::Paused { why } = &outcome.run.mode else { panic!("{story}") };
        assert!(why.contains("failed"), "{why}");
        assert_eq!(day.taken("ChangeResourceRecordSets"), 0, "nobody was sent there\n{story}");
        day.once(&outcome);
    });
}

#[test]
fn without_route_53_the_ways_that_need_none_are_offered() {
    Day::of("tier2", "primary-outage", async |day| {
        day.rig.inject("control-plane-down", None, Some("20m"));
        let begun = day.declared();
        // What its checkers see only Route 53's API tells, and the targets are gone once they are fenced: what was found before still holds.
        let outcome = day.sit(begun, LOSS, &quietly).await;
        let story = outcome.story(OUTAGE);
        // Health checks have turned users; that is seen, not claimed. The pin is owed, with what can be done without it, and so it ends.
        let owed = outcome.records.iter().find_map(|(_, record)| match record {
            Record::Owed { stage, why } if stage == "pin" => Some(why),
            _ => None,
        });
        let why = owed.unwrap_or_else(|| panic!("{story}"));
        assert!(why.contains("ways that need no control plane") && why.contains("ARC routing control"), "{why}");
        day.proven(&outcome);
        let owed = &outcome.run.finished.as_ref().unwrap().owed;
        assert!(owed.contains(&"pin".to_owned()) && day.taken("ChangeResourceRecordSets") == 0, "{owed:?}");
    });
}
