//! A test of the standby leaves everything as it was.

use std::time::Duration;

use drlab_core::config::DatabaseKind;
use drlab_core::domain::What;
use tokio::time::sleep;

use super::{Called, finished, rig, told, warm};
use crate::lab::rig::{config, paused};

fn leaves_everything_as_it_was(topology: &str) {
    paused(async {
        let rig = rig(config(topology));
        warm().await;
        let before = rig.workload();
        let outcome = finished(&rig, Called::plain("dr_test")).await;
        sleep(Duration::from_secs(60)).await;
        let after = rig.workload();
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
        assert!(rows(&after) > rows(&before) + 10_000, "{before:#} {after:#}");
        let past = &outcome.run.memory.past;
        let made = past.iter().find_map(|past| match &past.change.what {
            What::RestoreSnapshot { instance, .. } => Some(instance.clone()),
            _ => None,
        });
        let workload = &rig.stage.config.workloads[0];
        // Aurora's standby is tested as it is; an instance is restored beside it, timed, and taken away.
        assert_eq!(made.is_some(), workload.database.as_ref().unwrap().kind == DatabaseKind::RdsReplica, "{}", told(&outcome));
        if let Some(made) = made {
            assert!(past.iter().any(|past| past.change.what == What::DiscardInstance { instance: made.clone() }), "{}", told(&outcome));
            assert!(rig.truth(|world| drlab_lab::world::rds::database_in(world, &workload.standby, &made).is_none()), "it is gone");
        }
    });
}

#[test]
fn a_rehearsal_of_tier2_leaves_everything_as_it_was() {
    leaves_everything_as_it_was("tier2");
}

#[test]
fn a_rehearsal_of_payments_leaves_everything_as_it_was() {
    leaves_everything_as_it_was("payments");
}
