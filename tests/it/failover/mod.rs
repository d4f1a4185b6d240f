//! Whole failovers by the engine, on a paused clock, held against the lab's truth.

mod bridge;
mod paths;

use std::time::Duration;

use drlab_core::run::Ending;
use tokio::time::sleep;

use crate::lab::rig::{Rig, START, paused};

#[test]
fn an_outage_on_tier2_ends_with_users_on_the_standby() {
    paused(async {
        let rig = Rig::playing("tier2", Some("primary-outage"));
        sleep(Duration::from_secs(180)).await;
        let outcome = bridge::run(&rig, "unplanned_failover", Some(START + Duration::from_secs(120)), Duration::from_secs(3600)).await;
        assert_eq!(outcome.run.finished.as_ref().unwrap().verdict, Ending::Proven, "{outcome:#?}");
    });
}
