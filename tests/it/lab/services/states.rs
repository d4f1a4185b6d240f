use aws_sdk_sfn::types::{ExecutionStatus, HistoryEventType};
use serde_json::Value;

use super::Rig;
use crate::lab::rig::{refused, until};

super::tour!("platform", start_watch_and_stop_a_machine);

async fn start_watch_and_stop_a_machine(rig: Rig) {
    let states = &rig.control().states;
    let machines = states.list_state_machines().send().await.unwrap();
    let arn =
        machines.state_machines().iter().find(|machine| machine.name() == "platform-failover").unwrap().state_machine_arn().to_owned();
    let described = states.describe_state_machine().state_machine_arn(&arn).send().await.unwrap();
    let definition: Value = serde_json::from_str(described.definition()).unwrap();
    assert!(definition["States"].as_object().unwrap().contains_key(definition["StartAt"].as_str().unwrap()));

    // While the primary is well the machine looks, and leaves everything as it is.
    let start = || states.start_execution().state_machine_arn(&arn).name("drill-1");
    let execution = start().input("{}").send().await.unwrap().execution_arn;
    let again = start().input("{}").send().await.unwrap().execution_arn;
    assert_eq!(execution, again, "the same name and input, while it runs, is the same execution");
    assert!(refused(start().input("{\"other\":1}").send().await).is_execution_already_exists());
    let look = async || states.describe_execution().execution_arn(&execution).send().await.unwrap();
    let ended = until(300, look, |now| *now.status() != ExecutionStatus::Running).await;
    assert_eq!(*ended.status(), ExecutionStatus::Succeeded, "{ended:?}");
    assert!(ended.stop_date().unwrap() > ended.start_date());
    assert_eq!(rig.workload()["landing"], "primary");

    let history = states.get_execution_history().execution_arn(&execution).send().await.unwrap();
    let events = history.events();
    assert_eq!(*events[0].r#type(), HistoryEventType::ExecutionStarted);
    assert_eq!(*events.last().unwrap().r#type(), HistoryEventType::ExecutionSucceeded);
    assert!(events.iter().zip(1..).all(|(event, nth)| event.id() == nth));
    let backwards = states.get_execution_history().execution_arn(&execution).reverse_order(true).max_results(1).send().await.unwrap();
    assert_eq!(backwards.events()[0].id(), events.last().unwrap().id());
    assert!(backwards.next_token().is_some());

    // Stopped half-way, it stays stopped.
    let second = states.start_execution().state_machine_arn(&arn).name("drill-2").send().await.unwrap().execution_arn;
    states.stop_execution().execution_arn(&second).error("Operator").cause("enough").send().await.unwrap();
    let stopped = states.describe_execution().execution_arn(&second).send().await.unwrap();
    assert_eq!((stopped.status(), stopped.error(), stopped.cause()), (&ExecutionStatus::Aborted, Some("Operator"), Some("enough")));
    let aborted = states.list_executions().state_machine_arn(&arn).status_filter(ExecutionStatus::Aborted).send().await.unwrap();
    assert_eq!(aborted.executions().iter().map(|found| found.name()).collect::<Vec<_>>(), ["drill-2"]);

    let nobody = format!("{arn}-nobody");
    assert!(refused(states.describe_state_machine().state_machine_arn(&nobody).send().await).is_state_machine_does_not_exist());
    assert!(refused(states.start_execution().state_machine_arn(&nobody).send().await).is_state_machine_does_not_exist());
    assert!(refused(states.describe_execution().execution_arn(format!("{execution}-x")).send().await).is_execution_does_not_exist());
    let refusal = refused(states.start_execution().state_machine_arn(&arn).input("not json").send().await);
    assert!(refusal.is_invalid_execution_input());
}
