//! A test of the standby leaves everything as it was.

use std::time::Duration;

use drlab_core::config::DatabaseKind;
use drlab_core::domain::What;
use drlab_core::run::{Ending, Record};
use tokio::time::sleep;

use super::{Called, ended, told, warm};
use crate::failover::bridge::Habits;
use crate::lab::rig::{Rig, paused};

/// Where there is no snapshot, that is what the rehearsal finds out, and people leave the step out.
const NO_SNAPSHOT: Habits = Habits { skips: &["snapshot"], ..Habits::STEADY };
/// Where the standby's database keeps backups of its own instead.
const AN_INSTANT: &[(&str, &str)] = &[("restore", "instant"), ("instant.at", "latest")];

fn leaves_everything_as_it_was(topology: &str, set: &[(&str, &str)], habits: Habits) {
    paused(async {
        let rig = Rig::open(topology);
        warm().await;
        let (before, began) = (rig.workload(), rig.way.lab().clock().now());
        // What was left out has not been shown.
        let verdict = if habits.skips.is_empty() { Ending::Proven } else { Ending::Unproven };
        let outcome = ended(&rig, Called { habits, set, ..Called::plain("dr_test") }, verdict).await;
        sleep(Duration::from_secs(60)).await;
        let (after, took) = (rig.workload(), rig.way.lab().clock().now().since(began));
        for part in ["landing", "landing_address", "split"] {
            assert_eq!(before[part], after[part], "{}", told(&outcome));
        }
        for (before, after) in before["sites"].as_array().unwrap().iter().zip(after["sites"].as_array().unwrap()) {
            let tasks = |site: &serde_json::Value| {
                let count = |service: &serde_json::Value| service["running"].clone();
                site["services"].as_array().unwrap().iter().map(count).collect::<Vec<_>>()
            };
            assert_eq!((tasks(before), &before["writes"]), (tasks(after), &after["writes"]), "{}", told(&outcome));
            assert_eq!(before["database"]["writable"], after["database"]["writable"]);
        }
        // Production's writes never stopped: as many a second as before.
        let rows = |truth: &serde_json::Value| truth["writes"]["acknowledged"].as_u64().unwrap();
        assert!(rows(&after) - rows(&before) >= took.as_secs() * 50, "{took:?} {before:#} {after:#}");
        let past = &outcome.run.memory.past;
        let made = past.iter().find_map(|past| match &past.change.what {
            What::RestoreSnapshot { instance, .. } | What::RestorePointInTime { instance, .. } => Some(instance.clone()),
            _ => None,
        });
        let workload = &rig.stage.config.workloads[0];
        // Aurora's standby is tested as it is; an instance is restored beside it, timed, and taken away.
        let is_aurora = workload.database.as_ref().unwrap().kind == DatabaseKind::AuroraGlobal;
        assert_eq!(made.is_none(), is_aurora || habits.skips.contains(&"snapshot"), "{}", told(&outcome));
        if habits.skips.contains(&"snapshot") {
            let found =
                |record: &Record| matches!(record, Record::Failed { stage, why, .. } if stage == "snapshot" && why.contains("snapshot"));
            assert!(outcome.records.iter().any(|(_, record)| found(record)), "{:#?}", outcome.records);
        }
        if let Some(made) = made {
            assert!(past.iter().any(|past| past.change.what == What::DiscardInstance { instance: made.clone() }), "{}", told(&outcome));
            assert!(rig.truth(|world| drlab_lab::world::rds::database_in(world, &workload.standby, &made).is_none()), "it is gone");
        }
    });
}

#[test]
fn a_rehearsal_of_tier2_leaves_everything_as_it_was() {
    leaves_everything_as_it_was("tier2", &[], Habits::STEADY);
}

#[test]
fn a_rehearsal_of_payments_leaves_everything_as_it_was() {
    leaves_everything_as_it_was("payments", &[], Habits::STEADY);
}

#[test]
fn a_rehearsal_of_pilot_with_an_instant_leaves_everything_as_it_was() {
    leaves_everything_as_it_was("pilot", AN_INSTANT, Habits::STEADY);
}

#[test]
fn a_rehearsal_of_platform_with_an_instant_leaves_everything_as_it_was() {
    leaves_everything_as_it_was("platform", AN_INSTANT, Habits::STEADY);
}

#[test]
fn a_rehearsal_of_pilot_without_it_finds_that_there_is_no_snapshot_and_leaves_everything_as_it_was() {
    leaves_everything_as_it_was("pilot", &[], NO_SNAPSHOT);
}
