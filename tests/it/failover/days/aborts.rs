//! Somebody says stop in the middle of a step, and on later.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use drlab_core::run::{Order, Phase};
use drlab_tui::engine::Stopped;
use tokio::time::sleep;

use super::{Day, Interrupt, LOSS, Outcome};

#[test]
fn aborted_during_every_step() {
    Day::of("tier2", "primary-outage", async |day| {
        let aborted: RefCell<BTreeSet<String>> = RefCell::default();
        let mut begun = day.declared();
        loop {
            let abort = |outcome: &Outcome| {
                let stage = outcome.run.plan.stages.iter().find(|stage| {
                    let phase = outcome.run.state(&stage.id).map(|state| &state.phase);
                    matches!(phase, Some(Phase::Ready)) && !aborted.borrow().contains(&stage.id)
                })?;
                aborted.borrow_mut().insert(stage.id.clone());
                Some(Interrupt::Say(Order::Abort { reason: format!("enough of {}", stage.id) }))
            };
            let outcome = day.sit(begun, LOSS, &abort).await;
            if outcome.run.finished.is_some() {
                day.proven(&outcome);
                let through = outcome.run.stages.values().filter(|state| !matches!(state.phase, Phase::Skipped { .. })).count();
                assert!(aborted.borrow().len() + 4 >= through, "{:?}", aborted.borrow());
                return;
            }
            assert_eq!(outcome.stopped, Some(Stopped::Aborted), "{}", outcome.story(super::OUTAGE));
            assert!(outcome.run.memory.past.iter().all(|past| past.answer.is_some()), "what was in the air is waited for");
            // Nobody asks for anything any more.
            let before = day.witness.changes.clone();
            sleep(Duration::from_secs(20)).await;
            day.witness.look(&day.rig);
            assert_eq!(day.witness.changes, before);
            begun = day.left("tests");
        }
    });
}
