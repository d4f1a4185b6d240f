//! There and back: at the end everything is where it was, and every row with it.

use drlab_core::config::Site;
use drlab_core::domain::What;

use super::{Called, acknowledged_and_missing, finished, rig, stoppable, told, warm};
use crate::lab::rig::paused;

fn there_and_back(topology: &str) {
    paused(async {
        let rig = rig(stoppable(topology));
        warm().await;
        finished(&rig, Called::plain("planned_failover")).await;
        warm().await;
        let before = rig.workload();
        assert_eq!(before["landing"], "standby");
        let outcome = finished(&rig, Called { source: Site::Standby, ..Called::plain("failback") }).await;
        let truth = rig.workload();
        assert_eq!(truth["landing"], "primary", "{}", told(&outcome));
        let configured = rig.stage.config.workloads[0].database.as_ref().unwrap().sites.primary.clone();
        let made = outcome.run.memory.past.iter().find_map(|past| match &past.change.what {
            What::CreateReplica { instance, .. } if past.change.region == rig.stage.config.workloads[0].primary => Some(instance.clone()),
            _ => None,
        });
        let (acknowledged, missing) = acknowledged_and_missing(&rig, "primary", made.as_deref().unwrap_or(&configured));
        assert!(acknowledged > 1_000, "{acknowledged}");
        assert_eq!(missing, 0, "of {acknowledged}: {}", told(&outcome));
        // As at the beginning: the standby is small again, and users follow the health checks again.
        let services = &rig.stage.config.workloads[0].services;
        for (service, running) in services.iter().zip(rig.site("standby")["services"].as_array().unwrap()) {
            assert_eq!(running["running"], service.sites.standby.tasks, "{}", told(&outcome));
        }
    });
}

#[test]
fn tier2_comes_home() {
    there_and_back("tier2");
}

#[test]
fn payments_comes_home() {
    there_and_back("payments");
}
