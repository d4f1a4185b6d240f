//! The unplanned failover on every topology: what it says at the end is so.

use std::time::Duration;

use drlab_core::domain::Timestamp;
use drlab_core::run::{Ending, Phase};
use serde_json::Value;
use tokio::time::sleep;

use super::bridge::{self, Habits, Outcome};
use crate::lab::rig::{Rig, START, paused};

/// Two minutes after the lab began, as the scenarios have it.
pub(super) const OUTAGE: Timestamp = Timestamp::from_secs(1_795_165_200 + 120);
/// From the outage to whoever declares it.
pub(super) const NOTICED: Duration = Duration::from_secs(60);
/// Between two looks at where users are, and between two rounds of the proof.
const LOOK: Duration = Duration::from_secs(5);
/// Resolvers keep an old answer for as long as the record allows.
const TTL: Duration = Duration::from_secs(60);

#[test]
fn tier2_in_an_outage() {
    drill("tier2", "primary-outage", &["database.loss.bounded"]);
}

#[test]
fn pilot_in_an_outage() {
    drill("pilot", "primary-outage", &["database.loss.bounded"]);
}

#[test]
fn platform_in_an_outage() {
    drill("platform", "primary-outage", &["database.loss.bounded"]);
}

#[test]
fn payments_in_an_outage() {
    drill("payments", "primary-outage", &["database.loss.bounded"]);
}

#[test]
fn tier2_in_the_dark() {
    drill("tier2", "dark-region", &["database.loss.bounded"]);
}

#[test]
fn pilot_in_the_dark() {
    // Nothing runs at the pilot light, and what ran at the primary nobody has seen who opens the console in the dark.
    drill("pilot", "dark-region", &["database.loss.bounded", "target.image"]);
}

#[test]
fn platform_in_the_dark() {
    drill("platform", "dark-region", &["database.loss.bounded"]);
}

#[test]
fn payments_in_the_dark() {
    drill("payments", "dark-region", &["database.loss.bounded"]);
}

fn drill(topology: &str, scenario: &str, overrides: &'static [&'static str]) {
    paused(async {
        let rig = Rig::playing(topology, Some(scenario));
        sleep(OUTAGE.since(START) + NOTICED).await;
        let habits = Habits { overrides, ..Habits::default() };
        let outcome = bridge::attended(&rig, "unplanned_failover", Some(OUTAGE), Duration::from_secs(1800), habits).await;
        println!("{}", outcome.story(OUTAGE));
        println!("truth: {:?}", outcome.witness.served_since("standby").map(|at| at.since(OUTAGE)));
        println!("writes: {}", rig.workload()["writes"]);
        println!("sites: {}", rig.workload()["sites"]);
        holds(&rig, &outcome, scenario == "dark-region");
    });
}

/// Everything that the end says, against what is so.
fn holds(rig: &Rig, outcome: &Outcome, dark: bool) {
    let workload = &rig.stage.config.workloads[0];
    let finished = outcome.run.finished.as_ref().unwrap();
    assert_eq!(finished.verdict, Ending::Proven);
    let truth = outcome.witness.moments.last().unwrap();
    assert!(truth.serves("standby"), "{truth:?}");
    // Whatever the dark hides may well take writes: that is what is owed.
    assert!(dark || !truth.writers.contains(&"primary".to_owned()), "{truth:?}");
    for service in &workload.services {
        let running = truth.running[&format!("standby {}", service.name)];
        assert!(running >= u64::from(service.sites.standby.failover_tasks), "{}: {running} run", service.name);
    }
    // The clock stopped after users had arrived and what they get had been made sure of, and not long after: what caches keep and the proof
    // takes lies between.
    let done = &outcome.run.memory.done;
    let arrived = outcome.witness.served_since("standby").unwrap();
    let (eye, sure) = (done["client-eye"], arrived.max(done["write"]));
    assert_eq!(finished.rto, Some(eye.since(OUTAGE)));
    assert!(eye >= arrived + 2 * LOOK && eye <= sure + TTL + 3 * LOOK, "served since {arrived}, sure at {sure}, proven at {eye}");
    let lost = lost(&rig.workload());
    assert!(finished.rpo.is_some_and(|rpo| rpo >= lost), "stated {:?}, lost {lost:?}", finished.rpo);
    let owed: Vec<_> = finished.owed.iter().filter(|stage| stage.starts_with("fence")).collect();
    assert_eq!(owed.is_empty(), !dark, "{:?}", finished.owed);
    let fences = outcome.run.stages.iter().filter(|(stage, _)| stage.starts_with("fence"));
    for (stage, state) in fences {
        assert_eq!(matches!(state.phase, Phase::Owed { .. }), dark, "{stage}: {state:?}");
    }
    outcome.witness.assert_honest(&outcome.run);
    outcome.witness.assert_all_intended(&outcome.run);
}

/// From the first acknowledged row that is gone to the last.
pub(crate) fn lost(workload: &Value) -> Duration {
    let stretches = workload["writes"]["stretches"].as_array().unwrap();
    let at = |value: &Value| serde_json::from_value::<Timestamp>(value.clone()).unwrap();
    let from = stretches.iter().map(|lost| at(&lost["from"])).min();
    let until = stretches.iter().map(|lost| at(&lost["until"])).max();
    from.zip(until).map_or(Duration::ZERO, |(from, until)| until.since(from))
}
