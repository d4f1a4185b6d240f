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
use crate::lab::rig::{Rig, paused};

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

/// What fails over by itself was set up with the names of the databases that the way home puts aside. That is why its release is asked about:
/// whoever says yes and has not looked gets this at the next outage.
#[test]
fn what_is_released_unseen_leads_users_to_the_database_that_was_put_aside() {
    paused(async {
        let rig = quiet("pilot");
        warm().await;
        finished(&rig, Called { set: SOON, ..Called::plain("planned_failover") }).await;
        warm().await;
        let outcome = finished(&rig, Called { source: Site::Standby, set: SOON, ..Called::plain("failback") }).await;
        let asked = outcome.run.stages.iter().filter(|(stage, _)| stage.starts_with("release"));
        let asked: Vec<_> = asked.map(|(_, state)| state.approved_by.is_some()).collect();
        assert!(!asked.is_empty() && asked.iter().all(|asked| *asked), "{}", told(&outcome));
        let before = rig.stage.config.workloads[0].database.as_ref().unwrap().sites.standby.clone();
        let served = |rig: &Rig| rig.workload()["writes"]["served"].clone();
        assert_ne!(served(&rig)["database"], before.as_str());
        for fault in ["app-down:primary", "database-down:primary"] {
            rig.inject(fault, None, None);
        }
        sleep(Duration::from_secs(40 * 60)).await;
        assert_eq!(rig.workload()["landing"], "standby", "nobody has pressed a key");
        let served = served(&rig);
        assert!(served["database"] == before.as_str() && served["missing"].as_u64() > Some(1_000), "{served}");
    });
}
