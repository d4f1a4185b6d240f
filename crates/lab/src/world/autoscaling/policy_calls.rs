//! What Application Auto Scaling answers about policies, and how they are set.

use std::time::Duration;

use drlab_core::domain::Region;

use super::calls::{DIMENSION, invalid, no_target, ours, paged, resource};
use super::scaler::alarm_id;
use super::{Metric, Policy};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World};

pub(super) fn describe_scaling_policies(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let ours = ours(input)?;
    let names = input.texts("PolicyNames", "member");
    let resource = input.text("ResourceId")?;
    let known = &world.here(&call.region)?.autoscaling.targets;
    let chosen: Vec<(&String, &String, &Policy)> = known
        .iter()
        .filter(|(id, _)| ours && resource.is_none_or(|resource| *id == resource))
        .flat_map(|(id, target)| target.policies.iter().map(move |(name, policy)| (id, name, policy)))
        .filter(|(_, name, _)| names.is_empty() || names.contains(&name.as_str()))
        .collect();
    let (chosen, next) = paged(call, chosen, |(id, name, _)| format!("{id} {name}"))?;
    let described = chosen.into_iter().map(|(id, name, policy)| {
        let configuration = doc! {
            "TargetValue": policy.target,
            "PredefinedMetricSpecification": doc! { "PredefinedMetricType": policy.metric.name() },
            "ScaleOutCooldown": policy.out_cooldown.map(|cooldown| cooldown.as_secs()),
            "ScaleInCooldown": policy.in_cooldown.map(|cooldown| cooldown.as_secs()),
            "DisableScaleIn": policy.never_in,
        };
        doc! {
            "PolicyARN": arn(world, &call.region, id, name),
            "PolicyName": name,
            "ServiceNamespace": "ecs",
            "ResourceId": id,
            "ScalableDimension": DIMENSION,
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": configuration,
            "Alarms": alarms(world, &call.region, id, name, policy.never_in),
            "CreationTime": policy.created_at,
        }
    });
    Ok(doc! { "ScalingPolicies": Document::list(described), "NextToken": next }.into())
}

pub(super) fn put_scaling_policy(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let name = input.need("PolicyName")?.to_owned();
    let resource = resource(input)?.to_owned();
    let now = world.now();
    let known = &mut world.here_mut(&call.region)?.autoscaling.targets;
    let target = known.get_mut(&resource).ok_or_else(|| {
        let says =
            format!("No scalable target registered for service namespace: ecs, resource ID: {resource}, scalable dimension: {DIMENSION}");
        ApiError::new("ObjectNotFoundException", 400, says)
    })?;
    let present = target.policies.get(&name);
    let kind = input.text("PolicyType")?.or(present.map(|_| "TargetTrackingScaling")).unwrap_or("StepScaling");
    if kind != "TargetTrackingScaling" {
        return Err(invalid(format!("The lab follows target-tracking policies only, not {kind}")));
    }
    let configuration = input
        .get("TargetTrackingScalingPolicyConfiguration")
        .ok_or_else(|| invalid("Target tracking policies must have a TargetTrackingScalingPolicyConfiguration".to_owned()))?;
    let mut policy = read(configuration)?;
    policy.created_at = present.map_or(now, |present| present.created_at);
    policy.forget();
    let never_in = policy.never_in;
    target.policies.insert(name.clone(), policy);
    Ok(doc! {
        "PolicyARN": arn(world, &call.region, &resource, &name),
        "Alarms": alarms(world, &call.region, &resource, &name, never_in),
    }
    .into())
}

pub(super) fn delete_scaling_policy(world: &mut World, call: &Call) -> Answer {
    let name = call.input.need("PolicyName")?;
    let resource = resource(&call.input)?;
    let known = &mut world.here_mut(&call.region)?.autoscaling.targets;
    let target = known.get_mut(resource).ok_or_else(|| no_target(resource))?;
    match target.policies.remove(name) {
        Some(_) => Ok(doc! {}.into()),
        None => {
            let says = format!(
                "No scaling policy found for service namespace: ecs, resource ID: {resource}, scalable dimension: {DIMENSION}, policy name: {name}"
            );
            Err(ApiError::new("ObjectNotFoundException", 400, says))
        }
    }
}

fn read(configuration: &Document) -> Result<Policy, ApiError> {
    let target = configuration.float("TargetValue")?.ok_or_else(|| ApiError::missing("TargetValue"))?;
    if !(target > 0.0 && target <= 100.0) {
        return Err(invalid(format!("TargetValue must be above 0 and at most 100 for a utilization, not {target}")));
    }
    let predefined =
        configuration.get("PredefinedMetricSpecification").ok_or_else(|| invalid("The lab tracks predefined metrics only".to_owned()))?;
    let name = predefined.need("PredefinedMetricType")?;
    let metric = Metric::named(name).ok_or_else(|| invalid(format!("The lab does not track {name}")))?;
    let cooldown = |member: &str| match configuration.int(member)? {
        None => Ok(None),
        Some(seconds) => match u64::try_from(seconds) {
            Ok(seconds) => Ok(Some(Duration::from_secs(seconds))),
            Err(_) => Err(invalid(format!("{member} must be 0 or more"))),
        },
    };
    let mut policy = Policy::tracking(metric, target, drlab_core::domain::Timestamp::default());
    policy.out_cooldown = cooldown("ScaleOutCooldown")?;
    policy.in_cooldown = cooldown("ScaleInCooldown")?;
    policy.never_in = configuration.bool("DisableScaleIn")?.unwrap_or(false);
    Ok(policy)
}

fn arn(world: &World, region: &Region, resource: &str, name: &str) -> String {
    let id = world.chance.uuid(("scaling-policy", region, resource, name));
    world.arn("autoscaling", region, &format!("scalingPolicy:{id}:resource/ecs/{resource}:policyName/{name}"))
}

/// The alarms AWS makes for a target-tracking policy. They work inside the scaler; CloudWatch does not list them.
fn alarms(world: &World, region: &Region, resource: &str, name: &str, never_in: bool) -> Document {
    let kinds = ["AlarmHigh", "AlarmLow"].into_iter().filter(|kind| !(never_in && *kind == "AlarmLow"));
    Document::list(kinds.map(|kind| {
        let alarm = format!("TargetTracking-{resource}-{kind}-{}", alarm_id(world, region, resource, name, kind));
        let arn = world.arn("cloudwatch", region, &format!("alarm:{alarm}"));
        doc! { "AlarmName": alarm, "AlarmARN": arn }
    }))
}

#[cfg(test)]
mod tests {
    use super::super::add_target;
    use super::*;
    use crate::world::testing::{ask, west, world};

    const AAS: &str = "application-autoscaling";

    fn about(resource: &str, extra: Document) -> Document {
        let mut input = doc! { "PolicyName": "cpu50", "ServiceNamespace": "ecs", "ScalableDimension": DIMENSION, "ResourceId": resource };
        if let Document::Map(members) = extra {
            for (name, value) in members {
                input.set(&name, value);
            }
        }
        input
    }

    #[test]
    fn a_policy_is_put_read_back_and_deleted() {
        let mut world = world();
        add_target(&mut world, &west(), "c", "s", (1, 4), None).unwrap();
        let metric = doc! { "PredefinedMetricType": "ECSServiceAverageCPUUtilization" };
        let tracking = doc! { "TargetValue": 50.0, "PredefinedMetricSpecification": metric, "ScaleInCooldown": 120 };
        let input = doc! { "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": tracking };
        ask(&mut world, &west(), AAS, "PutScalingPolicy", about("service/c/s", input.clone())).unwrap();
        let told = ask(&mut world, &west(), AAS, "DescribeScalingPolicies", doc! { "ServiceNamespace": "ecs" }).unwrap().body;
        let policy = told.items("ScalingPolicies", "member")[0];
        let configuration = policy.get("TargetTrackingScalingPolicyConfiguration").unwrap();
        assert_eq!(configuration.float("TargetValue").unwrap(), Some(50.0));
        assert_eq!(configuration.int("ScaleInCooldown").unwrap(), Some(120));
        assert_eq!(configuration.get("ScaleOutCooldown"), None);
        let unknown = ask(&mut world, &west(), AAS, "PutScalingPolicy", about("service/c/x", input)).unwrap_err();
        assert_eq!(unknown.code, "ObjectNotFoundException");
        ask(&mut world, &west(), AAS, "DeleteScalingPolicy", about("service/c/s", doc! {})).unwrap();
        let gone = ask(&mut world, &west(), AAS, "DeleteScalingPolicy", about("service/c/s", doc! {})).unwrap_err();
        assert_eq!(gone.code, "ObjectNotFoundException");
    }

    #[test]
    fn step_scaling_is_refused_not_ignored() {
        let mut world = world();
        add_target(&mut world, &west(), "c", "s", (1, 4), None).unwrap();
        let refused = ask(&mut world, &west(), AAS, "PutScalingPolicy", about("service/c/s", doc! {})).unwrap_err();
        assert_eq!(refused.code, "ValidationException");
    }
}
