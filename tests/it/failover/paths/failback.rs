//! Home again after a failover that has lost something: users go on with what they have, and the only copy of what was lost is kept.

use std::time::Duration;

use drlab_core::config::Site;
use drlab_core::domain::What;
use drlab_lab::world::rds;
use tokio::time::sleep;

use super::home::is_home_but;
use super::objects::lacking;
use super::{Called, acknowledged_and_missing, finished, quiet, told, warm};
use crate::failover::bridge::Habits;
use crate::lab::rig::paused;

const SOON: &[(&str, &str)] = &[("soak.for", "1m")];

/// The primary fails, the workload is failed over, the primary is well again, and the workload goes back.
fn comes_home_after_an_outage(topology: &str) {
    paused(async {
        let rig = quiet(topology);
        warm().await;
        for fault in ["app-down:primary", "database-down:primary"] {
            rig.inject(fault, None, Some("18m"));
        }
        let outage_at = rig.way.lab().clock().now();
        sleep(Duration::from_secs(60)).await;
        let habits = Habits { overrides: &["database.loss.bounded"], ..Habits::STEADY };
        let called = Called { outage_at: Some(outage_at), habits, set: SOON, ..Called::plain("unplanned_failover") };
        let outcome = finished(&rig, called).await;
        let workload = &rig.stage.config.workloads[0];
        let configured = workload.database.as_ref().unwrap().sites.clone();
        let (_, lost) = acknowledged_and_missing(&rig, "standby", &configured.standby);
        let stated = outcome.run.stated.as_ref().and_then(|loss| loss.seconds);
        assert!(lost == 0 || stated.is_some(), "{lost} rows, and nothing was said");
        let well_again = outage_at + Duration::from_secs(20 * 60);
        sleep(well_again.since(rig.way.lab().clock().now())).await;
        let outcome = finished(&rig, Called { source: Site::Standby, set: SOON, ..Called::plain("failback") }).await;
        is_home_but(&rig, &outcome, lost);
        // What users wrote at the standby before anybody replicated it back as well.
        assert_eq!(lacking(&rig, Site::Standby).await, Vec::<String>::new());
        // What was lost in the failover is still where it was, and in a snapshot that nobody deletes.
        let saved = outcome.run.memory.past.iter().find_map(|past| match &past.change.what {
            What::SnapshotInstance { instance, snapshot } if *instance == configured.primary => Some(snapshot.clone()),
            _ => None,
        });
        if workload.database.as_ref().unwrap().kind == drlab_core::config::DatabaseKind::RdsReplica {
            assert!(saved.is_some(), "{}", told(&outcome));
            let there = rig.truth(|world| rds::database_in(world, &workload.primary, &configured.primary).is_some());
            assert!(there, "the old database is there under its own name");
        }
    });
}

#[test]
fn tier2_comes_home_after_an_outage() {
    comes_home_after_an_outage("tier2");
}

#[test]
fn pilot_comes_home_after_an_outage() {
    comes_home_after_an_outage("pilot");
}

#[test]
fn platform_comes_home_after_an_outage() {
    comes_home_after_an_outage("platform");
}

#[test]
fn payments_comes_home_after_an_outage() {
    comes_home_after_an_outage("payments");
}
