//! A database from a backup: the newest snapshot, or an instant.

use std::time::Duration;

use drlab_core::domain::{Timestamp, What};
use drlab_core::runbook::shelf;
use drlab_lab::world::rds;
use drlab_tui::engine::Declaration;
use tokio::time::sleep;

use super::{Called, finished, quiet, shown, told, warm};
use crate::failover::bridge::Outcome;
use crate::lab::rig::{Rig, config, paused};

/// Where it was restored to, as the run has written it down.
fn restored(outcome: &Outcome) -> String {
    let mut made = outcome.run.memory.past.iter().filter_map(|past| match &past.change.what {
        What::RestoreSnapshot { instance, .. } | What::RestorePointInTime { instance, .. } => Some(instance.clone()),
        _ => None,
    });
    made.next().unwrap()
}

/// Users are at the standby, and write into what was restored there.
fn is_used(rig: &Rig, outcome: &Outcome) {
    let (made, standby) = (restored(outcome), rig.stage.config.workloads[0].standby.clone());
    let truth = rig.workload();
    assert_eq!(truth["landing"], "standby", "{}", told(outcome));
    let sight = rig.truth(|world| rds::database_in(world, &standby, &made).unwrap());
    assert!(sight.up && sight.writable, "{sight:?}");
    let owned = rig.truth(|world| world.ledger.acknowledged_by(&[&made]));
    assert!(owned > 0, "somebody writes into {made}");
}

fn from_the_newest_snapshot(topology: &str) {
    paused(async {
        let rig = quiet(topology);
        warm().await;
        let outcome = finished(&rig, Called { set: &[("soak.for", "1m")], ..Called::plain("db_restore") }).await;
        assert!(shown(&outcome, "snapshot").0.contains("is available"));
        is_used(&rig, &outcome);
    });
}

#[test]
fn the_newest_snapshot_becomes_the_database() {
    from_the_newest_snapshot("tier2");
}

/// A restored cluster is no part of the global one: that is said before anything is stopped for it.
#[test]
fn a_global_database_is_not_restored_and_nothing_is_begun() {
    let config = config("payments");
    let (books, _) = shelf(&[], &|action| action.deed());
    let declaration = Declaration {
        workload: &config.workloads[0],
        runbook: books.iter().find(|book| book.name == "db_restore").unwrap(),
        source: drlab_core::config::Site::Primary,
        outage_at: None,
        reason: "a drill".to_owned(),
        who: "tests".to_owned(),
        lab: true,
        config_text: String::new(),
    };
    let refused = declaration.begin(crate::lab::rig::START).unwrap_err();
    assert!(refused.contains("restore-db-cluster-to-point-in-time"), "{refused}");
}

/// The standby keeps backups of its own, or has copies of the primary's: an instant of them becomes a database.
fn from_an_instant(topology: &str, keeps_backups: bool) {
    paused(async {
        let rig = quiet(topology);
        let workload = &rig.stage.config.workloads[0];
        if !keeps_backups {
            let database = &workload.database.as_ref().unwrap().sites.primary;
            rig.truth(|world| rds::add_backup_replication(world, &workload.primary, database, &workload.standby, None)).unwrap();
        }
        sleep(Duration::from_secs(1800)).await;
        let at = crate::lab::rig::START + Duration::from_secs(900);
        let text = at.to_string();
        let set = [("soak.for", "1m"), ("restore", "instant"), ("instant.at", text.as_str())];
        let outcome = finished(&rig, Called { set: &set, ..Called::plain("db_restore") }).await;
        assert_eq!(Timestamp::parse(&text), Some(at));
        assert!(
            outcome
                .run
                .memory
                .past
                .iter()
                .any(|past| matches!(&past.change.what, What::RestorePointInTime { at: Some(asked), .. } if *asked == at))
        );
        is_used(&rig, &outcome);
    });
}

#[test]
fn an_instant_becomes_the_database_of_tier2() {
    from_an_instant("tier2", false);
}

/// A secret that is replicated, and a standby in which nothing runs.
#[test]
fn an_instant_becomes_the_database_of_pilot() {
    from_an_instant("pilot", true);
}

/// Two services that start with it.
#[test]
fn an_instant_becomes_the_database_of_platform() {
    from_an_instant("platform", true);
}
