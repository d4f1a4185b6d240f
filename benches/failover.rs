//! How long a failover takes, against how long it must.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on says so by panicking")]

use std::time::Duration;

#[path = "../tests/it/failover/bridge.rs"]
#[expect(dead_code, reason = "the drills use all of it")]
mod bridge;
#[path = "shared/lab.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod lab;
#[path = "../tests/it/failover/story.rs"]
mod story;
#[path = "shared/told.rs"]
#[expect(dead_code, reason = "the other benches use all of it")]
mod told;
#[path = "../tests/it/failover/witness.rs"]
#[expect(dead_code, reason = "the drills use all of it")]
mod witness;

use bridge::{Called, Habits, carry_out};
use drlab_core::domain::Timestamp;
use lab::rig::{Rig, paused};

const OUTAGE: Timestamp = Timestamp::from_secs(1_795_165_200 + 120);

fn main() {
    if told::only_built() {
        return;
    }
    let only = std::env::var("ONLY").ok();
    for topology in ["tier2", "pilot", "platform", "payments"] {
        if only.as_ref().is_some_and(|only| only != topology) {
            continue;
        }
        paused(async {
            let rig = Rig::playing(topology, Some("primary-outage"));
            let habits = Habits { overrides: &["database.loss.bounded"], ..Habits::STEADY };
            let called = Called { watched: true, habits, ..Called::plain("unplanned_failover") };
            let outcome = carry_out(&rig, called, Duration::from_secs(1800)).await;
            println!("{}", outcome.story(OUTAGE));
            if std::env::var("CALLS").is_ok() {
                rig.way.lab().log(|log| {
                    for entry in log.entries() {
                        println!("CALL {:>9.3} {} {} {} {}", (entry.at.millis() - OUTAGE.millis()) as f64 / 1000., entry.region, entry.service, entry.operation, entry.status);
                    }
                });
            }
            for transition in rig.truth(|world| world.truth.transitions().cloned().collect::<Vec<_>>()) {
                if transition.kind != "alarm" {
                    println!("{:>9.3} {:?} {} {} {}", (transition.at.millis() - OUTAGE.millis()) as f64 / 1000., transition.region.map(|r| r.to_string()), transition.kind, transition.id, transition.became);
                }
            }
        });
    }
}
