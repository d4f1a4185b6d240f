use aws_sdk_applicationautoscaling::Client;
use aws_sdk_applicationautoscaling::types::{
    MetricType, PolicyType, PredefinedMetricSpecification, ScalableDimension, ScalableTarget, ScalingActivityStatusCode, ServiceNamespace,
    SuspendedState, TargetTrackingScalingPolicyConfiguration,
};

use super::Rig;
use crate::lab::rig::{refused, until};

super::tour!("platform", raise_the_least_before_the_count);

const RESOURCE: &str = "service/platform-standby/frontend";

async fn target(client: &Client) -> ScalableTarget {
    let found = client.describe_scalable_targets().service_namespace(ServiceNamespace::Ecs).resource_ids(RESOURCE).send().await.unwrap();
    found.scalable_targets()[0].clone()
}

async fn raise_the_least_before_the_count(rig: Rig) {
    let (client, ecs) = (&rig.standby().autoscaling, &rig.standby().ecs);
    let before = target(client).await;
    assert_eq!((before.min_capacity(), before.max_capacity()), (1, 10));
    assert_eq!(*before.scalable_dimension(), ScalableDimension::EcsServiceDesiredCount);

    let register = || {
        let register = client.register_scalable_target().service_namespace(ServiceNamespace::Ecs).resource_id(RESOURCE);
        register.scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
    };
    let registered = register().min_capacity(4).send().await.unwrap();
    assert!(registered.scalable_target_arn().is_some());
    assert_eq!((target(client).await.min_capacity(), target(client).await.max_capacity()), (4, 10));
    let desired = async || {
        let found = ecs.describe_services().cluster("platform-standby").services("frontend").send().await.unwrap();
        found.services()[0].desired_count()
    };
    until(180, desired, |desired| *desired >= 4).await;
    let activities =
        client.describe_scaling_activities().service_namespace(ServiceNamespace::Ecs).resource_id(RESOURCE).send().await.unwrap();
    assert_ne!(*activities.scaling_activities()[0].status_code(), ScalingActivityStatusCode::Failed);

    let metric =
        PredefinedMetricSpecification::builder().predefined_metric_type(MetricType::EcsServiceAverageCpuUtilization).build().unwrap();
    let tracking = TargetTrackingScalingPolicyConfiguration::builder().target_value(60.0).predefined_metric_specification(metric);
    let policy = client.put_scaling_policy().policy_name("mine").policy_type(PolicyType::TargetTrackingScaling);
    let policy = policy.service_namespace(ServiceNamespace::Ecs).resource_id(RESOURCE);
    let policy = policy.scalable_dimension(ScalableDimension::EcsServiceDesiredCount);
    let policy = policy.target_tracking_scaling_policy_configuration(tracking.build().unwrap()).send().await.unwrap();
    assert!(policy.policy_arn().contains(":policyName/mine"), "{policy:?}");
    let policies = async || {
        let found = client.describe_scaling_policies().service_namespace(ServiceNamespace::Ecs).resource_id(RESOURCE).send().await.unwrap();
        found.scaling_policies().iter().map(|policy| policy.policy_name().to_owned()).collect::<Vec<_>>()
    };
    assert!(policies().await.contains(&"mine".to_owned()));
    let delete = || {
        let delete = client.delete_scaling_policy().policy_name("mine").service_namespace(ServiceNamespace::Ecs).resource_id(RESOURCE);
        delete.scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
    };
    delete().send().await.unwrap();
    assert!(!policies().await.contains(&"mine".to_owned()));
    assert!(refused(delete().send().await).is_object_not_found_exception());

    // Held during a run.
    let held = SuspendedState::builder().dynamic_scaling_in_suspended(true).scheduled_scaling_suspended(true).build();
    register().suspended_state(held).send().await.unwrap();
    let suspended = target(client).await;
    assert_eq!(suspended.suspended_state().unwrap().dynamic_scaling_in_suspended(), Some(true));
    assert_eq!(suspended.min_capacity(), 4, "what is not named stays");
    assert!(refused(register().min_capacity(11).max_capacity(10).send().await).is_validation_exception());

    let deregister = || {
        let deregister = client.deregister_scalable_target().service_namespace(ServiceNamespace::Ecs).resource_id(RESOURCE);
        deregister.scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
    };
    deregister().send().await.unwrap();
    assert!(refused(deregister().send().await).is_object_not_found_exception());
}
