//! How long a failover takes, held against the shortest that it could have been: the laws that `cargo bench --bench failover` measures by.

use std::time::Duration;

use drlab_core::domain::Timestamp;
use drlab_core::runbook::BUILT_IN;

use super::bridge::{Called, Habits, carry_out};
use super::path::{Path, shortest};
use super::serialised::serialised;
use crate::lab::rig::{Rig, START, paused};

/// The budget is 1.03, and the bench holds it; a little more is left here, so that a test does not fail for a hair.
const MOST: f64 = 1.04;
const OUTAGE: Duration = Duration::from_secs(120);
const HABITS: Habits = Habits { overrides: &["database.loss.bounded"], ..Habits::STEADY };

/// From the outage to the proof, and the shortest that this could have been.
fn proven(own: Option<&str>) -> (Duration, Path) {
    paused(async {
        let rig = Rig::playing("payments", Some("primary-outage"));
        let called = Called { watched: true, habits: HABITS, own, ..Called::plain("unplanned_failover") };
        let outcome = carry_out(&rig, called, Duration::from_secs(900)).await;
        let outage: Timestamp = START + OUTAGE;
        let proven = outcome.run.memory.done["client-eye"];
        assert!(outcome.witness.served_since("standby").is_some_and(|served| served < proven));
        (proven.since(outage), shortest(&rig, outage, &outcome.witness))
    })
}

#[test]
fn a_failover_takes_hardly_longer_than_it_must() {
    let (took, path) = proven(None);
    let ratio = took.as_secs_f64() / path.total().as_secs_f64();
    assert!((1.0..=MOST).contains(&ratio), "{ratio:.3}: {took:?} for {path:?}");
    let runbook = BUILT_IN.iter().find(|(name, _)| *name == "unplanned_failover").map(|(_, text)| *text).unwrap();
    let (slow, path) = proven(Some(&serialised(runbook)));
    let worse = slow.as_secs_f64() / path.total().as_secs_f64();
    assert!(worse > ratio + 0.1, "{worse:.3} where each step waits for the one before, {ratio:.3} where it does not");
}
