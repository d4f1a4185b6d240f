//! Both sites are well, the workload moves, and nothing is lost.

use drlab_core::run::{Mode, Stance};

use super::{Called, acknowledged_and_missing, finished, rig, stoppable, told, warm};
use crate::failover::bridge::{Habits, carry_out};
use crate::lab::rig::{Rig, config, paused};

fn moves_without_loss(topology: &str) {
    paused(async {
        let rig = rig(stoppable(topology));
        warm().await;
        let outcome = finished(&rig, Called::plain("planned_failover")).await;
        let database = rig.stage.config.workloads[0].database.as_ref().unwrap().sites.standby.clone();
        let (acknowledged, missing) = acknowledged_and_missing(&rig, "standby", &database);
        assert!(acknowledged > 1_000, "{acknowledged}");
        assert_eq!(missing, 0, "of {acknowledged}: {}", told(&outcome));
        assert_eq!(rig.workload()["landing"], "standby");
        let ended = outcome.run.finished.as_ref().unwrap();
        assert_eq!(ended.rpo.map(|rpo| rpo.as_secs()), Some(0), "{ended:?}");
        assert_eq!(ended.met, Some(true), "{ended:?}");
    });
}

#[test]
fn tier2_moves_without_loss() {
    moves_without_loss("tier2");
}

#[test]
fn pilot_moves_without_loss() {
    moves_without_loss("pilot");
}

#[test]
fn platform_moves_without_loss() {
    moves_without_loss("platform");
}

#[test]
fn payments_moves_without_loss() {
    moves_without_loss("payments");
}

/// Somebody writes past the services: stopping them stops nothing, and a person is asked before anything is promoted.
#[test]
fn a_writer_that_goes_round_the_services_is_found_before_the_point_of_no_return() {
    paused(async {
        let rig = Rig::of(config("tier2"));
        warm().await;
        let quiet = std::time::Duration::from_secs(1200);
        let called = Called::plain("planned_failover");
        let outcome = carry_out(&rig, Called { habits: Habits { leaves_questions: true, ..Habits::STEADY }, ..called }, quiet).await;
        assert!(outcome.run.finished.is_none() && matches!(outcome.run.mode, Mode::Going), "{}", told(&outcome));
        let fence = outcome.run.plan.stages.iter().find(|stage| stage.id.starts_with("fence")).unwrap();
        let stance = outcome.desk.stances.get(&fence.id);
        assert!(matches!(stance, Some(Stance::Asking { whom }) if whom.contains("connect")), "{stance:?}\n{}", told(&outcome));
        assert_eq!(rig.site("standby")["database"]["writable"], false);
    });
}
