//! A test of the standby leaves everything as it was.

use std::time::Duration;

use drlab_core::domain::What;
use tokio::time::sleep;

use super::{Called, finished, rig, told, warm};
use crate::lab::rig::{config, paused};

#[test]
fn a_rehearsal_leaves_everything_as_it_was() {
    paused(async {
        let rig = rig(config("tier2"));
        warm().await;
        let before = rig.workload();
        let outcome = finished(&rig, Called::plain("dr_test")).await;
        sleep(Duration::from_secs(60)).await;
        let after = rig.workload();
        for part in ["landing", "landing_address", "split"] {
            assert_eq!(before[part], after[part], "{}", told(&outcome));
        }
        for (before, after) in before["sites"].as_array().unwrap().iter().zip(after["sites"].as_array().unwrap()) {
            assert_eq!((&before["services"], &before["writes"]), (&after["services"], &after["writes"]), "{}", told(&outcome));
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
        let made = made.unwrap();
        assert!(past.iter().any(|past| past.change.what == What::DiscardInstance { instance: made.clone() }), "{}", told(&outcome));
        let standby = rig.stage.config.workloads[0].standby.clone();
        assert!(rig.truth(|world| drlab_lab::world::rds::database_in(world, &standby, &made).is_none()), "it is gone");
    });
}
