use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{DeploymentRolloutState, DesiredStatus, Service};

use super::Rig;
use crate::lab::rig::{refused, until};

super::tour!("tier2", scale_roll_and_lose_a_task);

const CLUSTER: &str = "tier2-primary";

async fn service(ecs: &Client) -> Service {
    let described = ecs.describe_services().cluster(CLUSTER).services("app").send().await.unwrap();
    described.services()[0].clone()
}

async fn tasks(ecs: &Client) -> Vec<String> {
    let listed = ecs.list_tasks().cluster(CLUSTER).service_name("app").send().await.unwrap();
    listed.task_arns().to_vec()
}

async fn scale_roll_and_lose_a_task(rig: Rig) {
    let ecs = &rig.primary().ecs;
    let clusters = ecs.list_clusters().send().await.unwrap();
    let described = ecs.describe_clusters().clusters(&clusters.cluster_arns()[0]).send().await.unwrap();
    assert_eq!((described.clusters()[0].cluster_name(), described.clusters()[0].status()), (Some(CLUSTER), Some("ACTIVE")));
    let services = ecs.list_services().cluster(CLUSTER).send().await.unwrap();
    let found = ecs.describe_services().cluster(CLUSTER).services(&services.service_arns()[0]).services("nobody").send().await.unwrap();
    assert_eq!(found.failures()[0].reason(), Some("MISSING"));
    let app = &found.services()[0];
    assert_eq!((app.service_name(), app.desired_count(), app.running_count(), app.pending_count()), (Some("app"), 2, 2, 0));
    assert_eq!(app.deployments()[0].rollout_state(), Some(&DeploymentRolloutState::Completed));

    let before = tasks(ecs).await;
    let described = ecs.describe_tasks().cluster(CLUSTER).set_tasks(Some(before.clone())).send().await.unwrap();
    assert_eq!((described.tasks().len(), described.tasks()[0].last_status()), (2, Some("RUNNING")));
    assert!(described.tasks()[0].started_at().unwrap() > described.tasks()[0].created_at().unwrap());
    let definition = ecs.describe_task_definition().task_definition(app.task_definition().unwrap()).send().await.unwrap();
    let containers = definition.task_definition().unwrap().container_definitions();
    assert!(containers[0].image().unwrap().ends_with("/tier2/app:1.8.3"), "{:?}", containers[0].image());
    assert!(ecs.list_task_definitions().send().await.unwrap().task_definition_arns().contains(&app.task_definition().unwrap().to_owned()));

    // A task dies and is replaced by another.
    let stopped = ecs.stop_task().cluster(CLUSTER).task(&before[0]).reason("drill").send().await.unwrap();
    assert_eq!((stopped.task().unwrap().desired_status(), stopped.task().unwrap().stopped_reason()), (Some("STOPPED"), Some("drill")));
    until(
        240,
        async || (tasks(ecs).await, service(ecs).await.running_count()),
        |(now, running)| *running == 2 && !now.contains(&before[0]),
    )
    .await;
    let gone = ecs.list_tasks().cluster(CLUSTER).desired_status(DesiredStatus::Stopped).send().await.unwrap();
    assert!(gone.task_arns().contains(&before[0]));

    // A new deployment rolls: new tasks first, then the old ones go.
    let old = tasks(ecs).await;
    let rolling = ecs.update_service().cluster(CLUSTER).service("app").force_new_deployment(true).send().await.unwrap();
    let deployments = rolling.service().unwrap().deployments();
    assert_eq!((deployments.len(), deployments[0].status(), deployments[1].status()), (2, Some("PRIMARY"), Some("ACTIVE")));
    assert_eq!(deployments[0].rollout_state(), Some(&DeploymentRolloutState::InProgress));
    let done =
        |app: &Service| app.deployments().len() == 1 && app.deployments()[0].rollout_state() == Some(&DeploymentRolloutState::Completed);
    until(900, async || service(ecs).await, done).await;
    assert!(tasks(ecs).await.iter().all(|task| !old.contains(task)));

    // More is asked for, and comes.
    ecs.update_service().cluster(CLUSTER).service("app").desired_count(3).send().await.unwrap();
    let scaling = service(ecs).await;
    assert_eq!((scaling.desired_count(), scaling.running_count()), (3, 2));
    let grown = until(180, async || service(ecs).await, |app| app.running_count() == 3).await;
    assert!(grown.events().iter().any(|event| event.message().unwrap_or_default().contains("has started 1 tasks")), "{:?}", grown.events());

    assert!(refused(ecs.describe_services().cluster("nobody").services("app").send().await).is_cluster_not_found_exception());
    assert!(
        refused(ecs.update_service().cluster(CLUSTER).service("nobody").desired_count(1).send().await).is_service_not_found_exception()
    );
    assert!(refused(ecs.describe_task_definition().task_definition("nobody").send().await).is_client_exception());
    assert!(refused(ecs.list_tasks().cluster(CLUSTER).service_name("nobody").send().await).is_service_not_found_exception());
}
