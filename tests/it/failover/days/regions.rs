//! Regions that go and come while a run is under way.

use std::cell::Cell;
use std::time::Duration;

use drlab_core::run::{Phase, Stance};

use super::{Day, Habits, Interrupt, LOSS, OUTAGE, Outcome, has_asked, is_done, is_ready, quietly};

#[test]
fn the_region_goes_dark_in_the_middle() {
    Day::of("tier2", "primary-outage", async |day| {
        let begun = day.declared();
        let rig = day.rig.clone();
        let dark = Cell::new(false);
        // The fence has just been asked for: nobody knows whether it arrived.
        let darkening = |outcome: &Outcome| -> Option<Interrupt> {
            if has_asked(outcome, "fence") && !dark.replace(true) {
                rig.inject("region-dark:primary", None, None);
            }
            None
        };
        let outcome = day.sit(begun, LOSS, &darkening).await;
        assert!(dark.get());
        day.proven(&outcome);
        let fence = outcome.run.stages.iter().find(|(stage, _)| stage.starts_with("fence")).unwrap();
        let fenced_before = matches!(fence.1.phase, Phase::Done { .. });
        assert!(fenced_before || matches!(fence.1.phase, Phase::Owed { .. }), "{}", outcome.story(OUTAGE));
    });
}

/// Its database is up again when the standby has been promoted, and somebody who goes round the services writes to it. Users stay where they
/// are, and nobody calls the day over.
#[test]
fn the_primary_comes_back_in_the_middle() {
    Day::of("tier2", "primary-outage", async |day| {
        let begun = day.declared_with(&[]);
        let rig = day.rig.clone();
        let back = Cell::new(false);
        let returning = |outcome: &Outcome| {
            if is_done(outcome, "promote") && !back.replace(true) {
                rig.truth(|world| world.faults.clear());
            }
            let says = outcome.desk.stances.get("soak").map(Stance::says).unwrap_or_default();
            says.contains("what is written there nobody will see").then_some(Interrupt::Kill(Duration::ZERO))
        };
        let outcome = day.sit(begun, LOSS, &returning).await;
        let story = outcome.story(OUTAGE);
        assert!(back.get() && outcome.run.finished.is_none(), "{story}");
        assert!(is_done(&outcome, "client-eye") && !is_done(&outcome, "soak"), "{story}");
        let served = day.witness.served_since("standby").unwrap();
        assert!(day.witness.moments.iter().filter(|moment| moment.at >= served).all(|moment| moment.landing == "standby"));
        assert!(day.witness.moments.last().unwrap().writers.contains(&"primary".to_owned()), "and it is so");
        day.once(&outcome);
    });
}

#[test]
fn what_is_owed_is_done_when_the_region_answers_again() {
    Day::of("tier2", "dark-region", async |day| {
        let begun = day.declared();
        let rig = day.rig.clone();
        let back = Cell::new(false);
        let habits = Habits { waits_for_the_owed: true, ..LOSS };
        let returning = |outcome: &Outcome| -> Option<Interrupt> {
            if let Some(finished) = &outcome.run.finished
                && !back.replace(true)
            {
                assert!(finished.owed.iter().any(|owed| owed.starts_with("fence")), "{finished:?}");
                rig.truth(|world| world.faults.clear());
            }
            None
        };
        let outcome = day.sit(begun, habits, &returning).await;
        assert!(back.get(), "{}", outcome.story(OUTAGE));
        day.once(&outcome);
        assert_eq!(outcome.run.finished.as_ref().unwrap().owed, [""; 0], "{}", outcome.story(OUTAGE));
        let truth = day.witness.moments.last().unwrap();
        let running = truth.running.iter().filter(|(at, _)| at.starts_with("primary")).map(|(_, tasks)| *tasks).sum::<u64>();
        assert_eq!(running, 0, "the fence has been made good: {truth:?}");
        // Whoever takes it up again finds nothing left to do.
        let begun = day.left("tests");
        assert!(begun.run.owed().next().is_none() && !is_ready(&outcome, "fence"));
        let outcome = day.sit(begun, habits, &quietly).await;
        day.once(&outcome);
    });
}
