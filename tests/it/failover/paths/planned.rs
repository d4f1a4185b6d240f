//! Both sites are well, the workload moves and nothing is lost; and back again, onto a database that is made anew.

use drlab_core::run::{Mode, Stance};

use super::home::is_home;
use super::objects::lacking;
use super::{Called, acknowledged_and_missing, finished, quiet, shown, told, warm};
use crate::failover::bridge::{Habits, carry_out};
use crate::failover::unplanned::lost;
use crate::lab::rig::{Rig, config, paused};
use drlab_core::config::Site;
use drlab_core::runbook::Certainty;

/// Calm for a minute is calm enough for a drill.
const SOON: &[(&str, &str)] = &[("soak.for", "1m")];

/// `in_time`: whether the objective can be met. Where the lag of an idle PostgreSQL says for minutes what it says, it cannot.
fn there_and_back(topology: &str, in_time: bool) {
    paused(async {
        let rig = quiet(topology);
        warm().await;
        let outcome = finished(&rig, Called { set: SOON, ..Called::plain("planned_failover") }).await;
        let workload = &rig.stage.config.workloads[0];
        let database = workload.database.as_ref().unwrap().sites.standby.clone();
        let (acknowledged, missing) = acknowledged_and_missing(&rig, "standby", &database);
        assert!(acknowledged > 1_000, "{acknowledged}");
        assert_eq!(missing, 0, "of {acknowledged}: {}", told(&outcome));
        assert_eq!(rig.workload()["landing"], "standby");
        assert_eq!(lacking(&rig, Site::Primary).await, Vec::<String>::new());
        let ended = outcome.run.finished.as_ref().unwrap();
        assert_eq!(ended.rpo.map(|rpo| rpo.as_secs()), Some(0), "{ended:?}");
        assert_eq!(ended.met, Some(ended.rto.unwrap() <= workload.objectives.rto), "{ended:?}");
        assert!(!in_time || ended.met == Some(true), "{ended:?}");
        outcome.witness.assert_honest(&outcome.run);
        warm().await;
        let outcome = finished(&rig, Called { source: Site::Standby, set: SOON, ..Called::plain("failback") }).await;
        is_home(&rig, &outcome);
        assert_eq!(lacking(&rig, Site::Standby).await, Vec::<String>::new());
        let ended = outcome.run.finished.as_ref().unwrap();
        assert_eq!(ended.rpo.map(|rpo| rpo.as_secs()), Some(0), "{ended:?}");
    });
}

#[test]
fn tier2_moves_without_loss_and_comes_home() {
    there_and_back("tier2", true);
}

#[test]
fn pilot_moves_without_loss_and_comes_home() {
    there_and_back("pilot", true);
}

#[test]
fn platform_moves_without_loss_and_comes_home() {
    there_and_back("platform", false);
}

#[test]
fn payments_moves_without_loss_and_comes_home() {
    there_and_back("payments", true);
}

/// Whoever says that nobody else writes may be wrong: what is lost is then more than the figures can show, and none is called proven.
#[test]
fn a_word_that_nobody_else_writes_is_no_proof_of_it() {
    paused(async {
        let rig = Rig::of(config("tier2"));
        warm().await;
        let outcome = finished(&rig, Called { set: SOON, ..Called::plain("planned_failover") }).await;
        let lost = lost(&rig.workload());
        let ended = outcome.run.finished.as_ref().unwrap();
        assert!(!lost.is_zero(), "{}", told(&outcome));
        assert_eq!((ended.rpo, ended.met), (None, None), "lost {lost:?}: {ended:?}");
    });
}

/// S3 replicates nothing and its figures say that there is nothing to replicate: what is counted object by object is copied.
#[test]
fn figures_that_lie_about_objects_cost_none_of_them() {
    paused(async {
        let rig = quiet("tier2");
        rig.inject("s3-stall", None, None);
        for figure in ["BytesPendingReplication", "OperationsPendingReplication"] {
            rig.inject(&format!("liar-figure::{figure}"), None, None);
        }
        warm().await;
        assert!(!lacking(&rig, Site::Primary).await.is_empty());
        let outcome = finished(&rig, Called { set: SOON, ..Called::plain("planned_failover") }).await;
        assert_eq!(lacking(&rig, Site::Primary).await, Vec::<String>::new(), "{}", told(&outcome));
        assert_eq!(shown(&outcome, "backlog").1, Certainty::Inferred);
        assert_eq!(shown(&outcome, "objects-there").1, Certainty::Told);
    });
}

/// Somebody writes past the services: stopping them stops nothing, and a person is asked before anything is promoted.
#[test]
fn a_writer_that_goes_round_the_services_is_found_before_the_point_of_no_return() {
    paused(async {
        let rig = Rig::of(config("tier2"));
        warm().await;
        let quiet = std::time::Duration::from_secs(900);
        let called = Called::plain("planned_failover");
        let outcome = carry_out(&rig, Called { habits: Habits { leaves_questions: true, ..Habits::STEADY }, ..called }, quiet).await;
        assert!(outcome.run.finished.is_none() && matches!(outcome.run.mode, Mode::Going), "{}", told(&outcome));
        let fence = outcome.run.plan.stages.iter().find(|stage| stage.id.starts_with("fence")).unwrap();
        let stance = outcome.desk.stances.get(&fence.id);
        assert!(matches!(stance, Some(Stance::Asking { whom }) if whom.contains("connect")), "{stance:?}\n{}", told(&outcome));
        assert_eq!(rig.site("standby")["database"]["writable"], false);
    });
}
