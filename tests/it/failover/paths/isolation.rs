//! A region that does damage is cut off, and nothing else changes.

use std::time::Duration;

use tokio::time::sleep;

use super::{Called, finished, quiet, told, warm};
use crate::lab::rig::paused;

fn is_cut_off(topology: &str) {
    paused(async {
        let rig = quiet(topology);
        warm().await;
        let outcome = finished(&rig, Called::plain("region_isolation")).await;
        // Caches keep the old answer for a TTL.
        sleep(Duration::from_secs(90)).await;
        let truth = rig.workload();
        assert_eq!((&truth["landing"], &truth["split"]), (&"standby".into(), &false.into()), "{}", told(&outcome));
        let primary = rig.site("primary");
        assert!(primary["services"].as_array().unwrap().iter().all(|service| service["running"] == 0), "{primary:#}");
        assert_eq!(rig.site("standby")["database"]["writable"], false, "nothing is promoted");
        let workload = &rig.stage.config.workloads[0];
        for bucket in &workload.buckets {
            let told = rig.primary().s3.get_bucket_replication().bucket(&bucket.sites.primary).send().await.unwrap();
            let rules = told.replication_configuration.unwrap().rules;
            assert!(rules.iter().all(|rule| rule.status.as_str() == "Disabled"), "{rules:?}");
        }
    });
}

#[test]
fn a_region_is_cut_off_and_nothing_is_promoted() {
    is_cut_off("tier2");
}

#[test]
fn a_region_with_a_pilot_light_is_cut_off() {
    is_cut_off("pilot");
}

/// With its state written down in a third region.
#[test]
fn a_region_with_a_control_region_is_cut_off() {
    is_cut_off("platform");
}

#[test]
fn a_region_with_a_global_database_is_cut_off() {
    is_cut_off("payments");
}
