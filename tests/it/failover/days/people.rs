//! People: two of them at once, those who are asked, and those who do not look.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use drlab_core::run::{Catalogue, Mode, Order, Record, Stance};
use drlab_lab::world::sns;
use drlab_tui::engine::Stopped;
use tokio::time::{Instant, sleep, timeout};

use super::{Day, Habits, Interrupt, LOSS, OUTAGE, Outcome, has_asked, is_done, quietly};

/// The second takes over while the first waits for AWS to answer. The first finds out before it writes another line, and the journal is the
/// second's.
#[test]
fn of_two_operators_at_once_one_goes_on() {
    Day::of("tier2", "primary-outage", async |day| {
        let begun = day.declared();
        let asked = Cell::new(false);
        let watching = |outcome: &Outcome| -> Option<Interrupt> {
            asked.set(has_asked(outcome, "promote"));
            None
        };
        let mut other = super::Witness::default();
        let (rig, armed, folder) = (day.rig.clone(), day.armed.clone(), day.folder.path().to_owned());
        let second = async {
            while !asked.get() {
                sleep(Duration::from_millis(10)).await;
            }
            let begun = super::Begun::left(&rig, &folder, "bob");
            let sitting = super::Sitting {
                patience: super::PATIENCE,
                habits: LOSS,
                interrupts: &quietly,
                happens: &mut |_| Vec::new(),
                rules: Box::new(Catalogue),
            };
            begun.sit(&rig, armed, super::Looking::at(&rig), Some(&mut other), sitting).await
        };
        let (first, second) = tokio::join!(day.sit(begun, LOSS, &watching), second);
        assert_eq!(first.stopped, Some(Stopped::TakenOver("bob".to_owned())), "{}", first.story(OUTAGE));
        // The second has seen what was asked from the beginning, and what was so only since it came.
        let before = std::mem::take(&mut day.witness.moments);
        other.moments.splice(0..0, before);
        day.witness = other;
        assert!(second.run.finished.is_some(), "{}", second.story(OUTAGE));
        assert_eq!(day.taken("PromoteReadReplica"), 1);
        day.witness.assert_honest(&second.run);
        // Every line that anybody has written is there, and follows from the one before.
        let kept = day.left("a third");
        assert_eq!(kept.run.finished, second.run.finished);
    });
}

/// A question stands on the first one's screen, and there is nothing to be written: who has been relieved is told all the same.
#[test]
fn who_is_relieved_while_they_wait_hears_of_it() {
    Day::of("tier2", "primary-outage", async |day| {
        let begun = day.declared();
        let asked = Cell::new(false);
        let watching = |outcome: &Outcome| -> Option<Interrupt> {
            asked.set(matches!(outcome.desk.stances.get("promote"), Some(Stance::Held { .. } | Stance::Confirming)));
            asked.get().then_some(Interrupt::Wait)
        };
        let (rig, folder) = (day.rig.clone(), day.folder.path().to_owned());
        let second = async {
            while !asked.get() {
                sleep(Duration::from_millis(10)).await;
            }
            sleep(Duration::from_secs(60)).await;
            super::Begun::left(&rig, &folder, "bob");
            Instant::now()
        };
        let first = async { (day.sit(begun, LOSS, &watching).await, Instant::now()) };
        let both = async { tokio::join!(first, second) };
        let ((first, heard), relieved) = timeout(super::PATIENCE, both).await.unwrap();
        assert_eq!(first.stopped, Some(Stopped::TakenOver("bob".to_owned())), "{}", first.story(OUTAGE));
        assert!(heard.duration_since(relieved) <= Duration::from_secs(3), "{:?}", heard.duration_since(relieved));
    });
}

/// Somebody who goes on only when told; gives the pauses, and what they said.
async fn asked(day: &mut Day, habits: Habits) -> (Outcome, Vec<String>) {
    let begun = day.declared();
    let pauses: RefCell<Vec<String>> = RefCell::default();
    let noting = |outcome: &Outcome| -> Option<Interrupt> {
        if let Mode::Paused { why } = &outcome.run.mode {
            pauses.borrow_mut().push(why.clone());
            assert!(!has_asked(outcome, "promote"), "{why}");
        }
        None
    };
    let outcome = day.sit(begun, habits, &noting).await;
    let mut pauses = pauses.into_inner();
    pauses.dedup();
    (outcome, pauses)
}

/// While nobody says anything the replica falls behind, until its alarm rings; later the objective will be missed as well. Both are told at once.
#[test]
fn an_alarm_at_the_target_asks_before_what_cannot_be_undone() {
    for (thinks, late) in [(720, false), (1_700, true)] {
        Day::of("tier2", "primary-outage", async |day| {
            let begun = day.declared();
            let declared = Instant::now();
            let slowly = |outcome: &Outcome| {
                let asked = matches!(outcome.desk.stances.get("promote"), Some(Stance::Held { .. } | Stance::Confirming));
                (asked && declared.elapsed() < Duration::from_secs(thinks)).then_some(Interrupt::Wait)
            };
            let habits = Habits { leaves_pauses: true, ..LOSS };
            let outcome = day.sit_for(Duration::from_secs(thinks + 180), begun, habits, &slowly).await;
            let story = outcome.story(OUTAGE);
            let Mode::Paused { why } = &outcome.run.mode else { panic!("{story}") };
            assert!(
                why.contains("promote cannot be undone") && why.contains("tier2-replica-lag") && why.contains("go on, wait, or abort"),
                "{why}"
            );
            assert_eq!(why.contains("the objective of 30m"), late, "{why}");
            assert_eq!(day.taken("PromoteReadReplica"), 0, "{story}");
            // Whoever says that it goes on is asked once.
            let begun = day.left("tests");
            let outcome = day.sit(begun, LOSS, &quietly).await;
            day.proven(&outcome);
            let again =
                outcome.records.iter().filter(|(_, record)| matches!(record, Record::Paused { why, .. } if why.contains("go on, wait")));
            assert_eq!(again.count(), 0);
        });
    }
}

#[test]
fn a_missed_objective_asks_before_what_cannot_be_undone() {
    Day::of("tier2", "primary-outage", async |day| {
        // Half an hour is the objective, and nobody does anything for that long.
        sleep(Duration::from_secs(1800)).await;
        let (outcome, pauses) = asked(day, LOSS).await;
        day.proven(&outcome);
        let late: Vec<_> =
            pauses.iter().filter(|why| why.contains("the objective of 30m") && why.contains("go on, wait, or abort")).collect();
        assert!(late.iter().any(|why| why.contains("promote cannot be undone")), "{pauses:?}");
        assert_eq!(outcome.run.finished.as_ref().unwrap().met, Some(false));
    });
}

/// What was delivered to whom, in the lab.
fn delivered(day: &Day, words: &str) -> usize {
    day.rig.truth(|world| sns::deliveries(world).filter(|delivery| format!("{delivery:?}").contains(words)).count())
}

#[test]
fn whoever_does_not_look_is_told_of_a_failure_and_a_pause() {
    Day::of("tier2", "primary-outage", async |day| {
        day.rig.inject("promote-stuck:standby", None, None);
        let begun = day.declared();
        let habits = Habits { leaves_pauses: true, ..LOSS };
        let outcome = day.sit_for(Duration::from_secs(2400), begun, habits, &quietly).await;
        let story = outcome.story(OUTAGE);
        assert!(matches!(&outcome.run.mode, Mode::Paused { why } if why.starts_with("promote failed")), "{story}");
        assert!(delivered(day, "the failover needs somebody") > 0, "nobody was told\n{story}");
        assert!(delivered(day, "promote failed") > 0, "{story}");
        day.once(&outcome);
    });
}

#[test]
fn what_failed_before_a_pause_is_tried_again_after_it() {
    Day::of("tier2", "primary-outage", async |day| {
        // Longer than the secret's step may take.
        let begun = day.declared();
        let expired = Cell::new(false);
        let rig = day.rig.clone();
        let expiring = |outcome: &Outcome| -> Option<Interrupt> {
            if is_done(outcome, "promote") && !expired.get() {
                expired.set(true);
                rig.inject("credentials-expired", None, Some("8m"));
            }
            None
        };
        let habits = Habits { leaves_pauses: true, ..LOSS };
        let outcome = day.sit_for(Duration::from_secs(1500), begun, habits, &expiring).await;
        let story = outcome.story(OUTAGE);
        assert!(matches!(&outcome.run.mode, Mode::Paused { why } if why.contains("failed")), "{story}");
        // By hand, as the console has it: not taken up, but told to go on.
        let begun = day.left("tests");
        assert!(begun.run.stages.values().any(|state| state.again.as_deref() == Some("tests")));
        let say = |outcome: &Outcome| {
            let first = outcome.records.is_empty();
            first.then_some(Interrupt::Say(Order::Pause { reason: "a look around".to_owned() }))
        };
        let outcome = day.sit(begun, LOSS, &say).await;
        day.proven(&outcome);
        assert!(outcome.records.iter().any(|(_, record)| matches!(record, Record::Retried { who, .. } if who == "tests")), "{story}");
    });
}
