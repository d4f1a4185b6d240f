//! The workload's own machine in the control region does it; we start it, watch it, and believe only what is there afterwards.

use aws_sdk_sfn::types::{ExecutionStatus, HistoryEventType};
use drlab_core::config::Site;

use super::{assert_within, steps, timed};
use crate::lab::rig::{Rig, until};

#[tokio::test(start_paused = true)]
async fn the_state_machine_in_the_control_region_fails_over() {
    let rig = Rig::open("platform");
    // Virginia's alarm would start a second one.
    rig.control().events.disable_rule().name("platform-failover-trigger").send().await.unwrap();
    rig.inject("app-down:primary", None, None);
    rig.inject("database-down:primary", None, None);

    let states = &rig.control().states;
    let arn = rig.stage.config.workloads[0].workflow.failover.as_ref().unwrap();
    let run = async {
        let started = states.start_execution().state_machine_arn(arn).input("{\"reason\":\"drill\"}").send().await.unwrap();
        let look = async || states.describe_execution().execution_arn(started.execution_arn()).send().await.unwrap();
        until(1800, look, |now| *now.status() != ExecutionStatus::Running).await
    };
    let (ended, took) = timed(run).await;
    assert_eq!(*ended.status(), ExecutionStatus::Succeeded, "{ended:?}");
    let timings = rig.truth(|world| world.timings.clone());
    let tasks = [timings.task_provisioning, timings.task_pending, timings.task_activating, timings.target_initial];
    let promotion = [timings.promotion_modifying, timings.promotion_rebooting];
    // Its own waiting between two looks, and a second or more in each of its states.
    let walking = drlab_lab::world::Span::secs(10, 180);
    let stretches: Vec<_> = promotion.into_iter().chain(tasks).chain([timings.record_change, walking]).collect();
    assert_within(took, &stretches);

    let history = states.get_execution_history().execution_arn(ended.execution_arn()).max_results(1000).send().await.unwrap();
    let entered: Vec<_> =
        history.events().iter().filter_map(|event| event.state_entered_event_details()).map(|state| state.name()).collect();
    let position = |name: &str| entered.iter().position(|state| *state == name).unwrap_or_else(|| panic!("{name} is not in {entered:?}"));
    // A writable database first, then who must know of it, then the tasks, then the users, then the proof.
    let order = ["PromoteReplica", "UpdateSecret", "RaiseBounds", "FlipRecord", "CheckWrite", "RecordState", "Notify"].map(position);
    assert!(order.is_sorted(), "{entered:?}");
    assert_eq!(*history.events().last().unwrap().r#type(), HistoryEventType::ExecutionSucceeded);

    steps::proven(&rig, Site::Standby).await;
    let truth = rig.workload();
    assert_eq!((&truth["landing"], &truth["split"]), (&"standby".into(), &false.into()));
    let found = rig.standby().autoscaling.describe_scalable_targets().service_namespace("ecs".into()).send().await.unwrap();
    let least =
        |service: &str| found.scalable_targets().iter().find(|target| target.resource_id().ends_with(service)).unwrap().min_capacity();
    assert_eq!((least("/frontend"), least("/backend")), (4, 4), "the next scaling in must not undo it");
    let row = rig
        .control()
        .dynamodb
        .get_item()
        .table_name("platform-dr-state")
        .key("workload", aws_sdk_dynamodb::types::AttributeValue::S("platform".into()));
    let row = row.send().await.unwrap();
    assert!(row.item().unwrap().values().any(|value| value.as_s().is_ok_and(|text| text == "us-west-2" || text == "standby")), "{row:?}");
}
