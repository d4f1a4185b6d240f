//! Every other runbook, from the declaration to the end, held against the lab's truth.

mod changes;
mod failback;
mod home;
mod isolation;
mod objects;
mod planned;
mod rehearsal;
mod restoring;
pub(crate) mod switching;
mod webhook;

use std::time::Duration;

use drlab_core::config::Stretch;
use drlab_core::run::{Ending, Phase};
use drlab_core::runbook::Certainty;
use drlab_lab::control::Stage;
use drlab_lab::world::rds;
use tokio::time::sleep;

use super::bridge::{Called, Outcome, carry_out};
use crate::lab::rig::{Rig, config};

/// More than a handover takes, in the world's time; a new database takes an hour.
const PATIENCE: Duration = Duration::from_secs(2400);
const LONG_PATIENCE: Duration = Duration::from_secs(4800);

/// A system as it is shipped, whose owners have stopped what goes round its services, as they are asked to before nothing may be lost. Others
/// keep the first address that they ever got. New databases are there within minutes: the hour that they take elsewhere teaches nothing.
fn quiet(topology: &str) -> Rig {
    let mut config = config(topology);
    for name in ["database_creating", "snapshot_creating"] {
        let soon = Stretch { least: Duration::from_secs(60), most: Duration::from_secs(120) };
        config.lab.timings.insert(name.to_owned(), soon);
    }
    let rig = Rig::on(Stage { config, scenario: None });
    rig.inject("direct-off", None, None);
    rig
}

/// Long enough for the watch to be of no use yet and for a thousand rows to be there.
async fn warm() {
    sleep(Duration::from_secs(120)).await;
}

async fn finished(rig: &Rig, called: Called<'_>) -> Outcome {
    ended(rig, called, Ending::Proven).await
}

async fn ended(rig: &Rig, called: Called<'_>, verdict: Ending) -> Outcome {
    let patience = if matches!(called.runbook, "planned_failover" | "region_isolation") { PATIENCE } else { LONG_PATIENCE };
    let outcome = carry_out(rig, called, patience).await;
    println!("{}", outcome.story(outcome.run.memory.declared_at));
    let ended = outcome.run.finished.as_ref().map(|finished| finished.verdict);
    assert_eq!(ended, Some(verdict), "{}", told(&outcome));
    outcome
}

/// Where every stage of a run stands, for whoever has to find out what went wrong.
fn told(outcome: &Outcome) -> String {
    let mut told = format!("mode {:?}, stopped {:?}\n", outcome.run.mode, outcome.stopped);
    for stage in &outcome.run.plan.stages {
        let state = &outcome.run.stages[&stage.id];
        let stance = outcome.desk.stances.get(&stage.id);
        told.push_str(&format!("{:<24} {:?}\n    {:?}\n", stage.id, state.phase, stance));
    }
    for past in outcome.run.memory.past.iter().rev().take(12) {
        told.push_str(&format!("{} {} -> {:?}\n", past.stage, past.change, past.answer));
    }
    told
}

/// What a stage has shown, and how sure one is of it.
fn shown(outcome: &Outcome, stage: &str) -> (String, Certainty) {
    match &outcome.run.stages[stage].phase {
        Phase::Done { shows, certainty } => (shows.clone(), *certainty),
        other => panic!("{stage}: {other:?}"),
    }
}

/// Rows that were acknowledged to the first workload by whichever of its databases, and those of them that this one does not hold.
fn acknowledged_and_missing(rig: &Rig, site: &str, database: &str) -> (u64, u64) {
    let region = match site {
        "primary" => rig.stage.config.workloads[0].primary.clone(),
        _ => rig.stage.config.workloads[0].standby.clone(),
    };
    rig.truth(|world| {
        let (timeline, as_of) = rds::holds(world, &region, database).unwrap();
        let missing = world.ledger.missing(timeline, as_of).iter().map(|missing| missing.rows).sum();
        (world.ledger.acknowledged(), missing)
    })
}
