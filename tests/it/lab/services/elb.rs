use aws_sdk_elasticloadbalancingv2::types::{
    LoadBalancerStateEnum, TargetDescription, TargetGroupAttribute, TargetHealthReasonEnum, TargetHealthStateEnum,
};

use super::Rig;
use crate::lab::rig::{refused, until};

super::tour!("tier2", see_targets_come_and_go);

async fn see_targets_come_and_go(rig: Rig) {
    let elb = &rig.primary().elb;
    let balancers = elb.describe_load_balancers().send().await.unwrap();
    let balancer = &balancers.load_balancers()[0];
    assert!(balancer.dns_name().unwrap().ends_with(".ap-southeast-2.elb.amazonaws.com"));
    assert_eq!(balancer.state().unwrap().code(), Some(&LoadBalancerStateEnum::Active));
    let arn = balancer.load_balancer_arn().unwrap();
    let listeners = elb.describe_listeners().load_balancer_arn(arn).send().await.unwrap();
    assert_eq!(listeners.listeners()[0].load_balancer_arn(), Some(arn));
    let attributes = elb.describe_load_balancer_attributes().load_balancer_arn(arn).send().await.unwrap();
    assert!(attributes.attributes().iter().any(|attribute| attribute.key() == Some("idle_timeout.timeout_seconds")));

    let groups = elb.describe_target_groups().load_balancer_arn(arn).send().await.unwrap();
    let group = groups.target_groups()[0].target_group_arn().unwrap();
    let health = async || {
        let described = elb.describe_target_health().target_group_arn(group).send().await.unwrap();
        described.target_health_descriptions.unwrap_or_default()
    };
    let targets = health().await;
    assert_eq!(targets.len(), 2);
    assert!(targets.iter().all(|target| target.target_health().unwrap().state() == Some(&TargetHealthStateEnum::Healthy)));

    let delay = TargetGroupAttribute::builder().key("deregistration_delay.timeout_seconds").value("60").build();
    elb.modify_target_group_attributes().target_group_arn(group).attributes(delay.clone()).send().await.unwrap();
    let attributes = elb.describe_target_group_attributes().target_group_arn(group).send().await.unwrap();
    assert!(attributes.attributes().contains(&delay));

    let mine = TargetDescription::builder().id("10.9.9.9").port(8080).build();
    let state = async || {
        let found = health().await.into_iter().find(|target| target.target().unwrap().id() == Some("10.9.9.9"));
        found.and_then(|target| target.target_health).map(|health| (health.state.unwrap(), health.reason))
    };
    elb.register_targets().target_group_arn(group).targets(mine.clone()).send().await.unwrap();
    let registering = Some((TargetHealthStateEnum::Initial, Some(TargetHealthReasonEnum::RegistrationInProgress)));
    assert_eq!(state().await, registering);
    until(60, state, |state| *state != registering).await;
    elb.deregister_targets().target_group_arn(group).targets(mine).send().await.unwrap();
    let draining = Some((TargetHealthStateEnum::Draining, Some(TargetHealthReasonEnum::DeregistrationInProgress)));
    assert_eq!(state().await, draining);
    until(90, state, Option::is_none).await;

    assert!(refused(elb.describe_load_balancers().names("nobody").send().await).is_load_balancer_not_found_exception());
    assert!(refused(elb.describe_target_groups().names("nobody").send().await).is_target_group_not_found_exception());
    let stranger = format!("{}beef", &group[..group.len() - 4]);
    assert!(refused(elb.describe_target_health().target_group_arn(stranger).send().await).is_target_group_not_found_exception());
}
