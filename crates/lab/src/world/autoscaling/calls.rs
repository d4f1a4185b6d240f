//! What Application Auto Scaling answers about targets and activities.

use drlab_core::domain::Region;

use super::{Activity, ScalableTarget, Suspended};
use crate::doc;
use crate::document::Document;
use crate::world::pages::page;
use crate::world::{Answer, ApiError, Call, World, ecs};

pub(super) const DIMENSION: &str = "ecs:service:DesiredCount";

pub(super) fn describe_scalable_targets(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let ours = ours(input)?;
    let ids = input.texts("ResourceIds", "member");
    let known = &world.here(&call.region)?.autoscaling.targets;
    let chosen: Vec<(&String, &ScalableTarget)> =
        known.iter().filter(|(resource, _)| ours && (ids.is_empty() || ids.contains(&resource.as_str()))).collect();
    let (chosen, next) = paged(call, chosen, |(resource, _)| (*resource).clone())?;
    let described = chosen.into_iter().map(|(resource, target)| describe(world, &call.region, resource, target));
    Ok(doc! { "ScalableTargets": Document::list(described), "NextToken": next }.into())
}

pub(super) fn register_scalable_target(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let resource = resource(input)?.to_owned();
    let (cluster, service) = names_in(&resource)?;
    if ecs::service(world, &call.region, cluster, service).is_none() {
        return Err(invalid(format!("ECS service doesn't exist: {resource}")));
    }
    let (cluster, service, now) = (cluster.to_owned(), service.to_owned(), world.now());
    let known = &mut world.here_mut(&call.region)?.autoscaling.targets;
    let present = known.get(&resource);
    let bound = |name: &str, present: Option<u32>| match (input.int(name)?, present) {
        (Some(given), _) => u32::try_from(given).map_err(|_| invalid(format!("{name} must be 0 or more"))),
        (None, Some(present)) => Ok(present),
        (None, None) => Err(invalid("You must specify minimum and maximum capacity when registering a scalable target".to_owned())),
    };
    let min = bound("MinCapacity", present.map(|target| target.min))?;
    let max = bound("MaxCapacity", present.map(|target| target.max))?;
    if min > max {
        return Err(invalid("Maximum capacity cannot be less than minimum capacity".to_owned()));
    }
    let mut suspended = present.map(|target| target.suspended).unwrap_or_default();
    if let Some(wanted) = input.get("SuspendedState") {
        suspended = Suspended {
            scaling_in: wanted.bool("DynamicScalingInSuspended")?.unwrap_or(suspended.scaling_in),
            scaling_out: wanted.bool("DynamicScalingOutSuspended")?.unwrap_or(suspended.scaling_out),
            scheduled: wanted.bool("ScheduledScalingSuspended")?.unwrap_or(suspended.scheduled),
        };
    }
    let fresh = || ScalableTarget { cluster, service, created_at: now, ..ScalableTarget::default() };
    let target = known.entry(resource.clone()).or_insert_with(fresh);
    (target.min, target.max, target.suspended) = (min, max, suspended);
    target.look();
    Ok(doc! { "ScalableTargetARN": arn(world, &call.region, &resource) }.into())
}

pub(super) fn deregister_scalable_target(world: &mut World, call: &Call) -> Answer {
    let resource = resource(&call.input)?;
    match world.here_mut(&call.region)?.autoscaling.targets.remove(resource) {
        Some(_) => Ok(doc! {}.into()),
        None => Err(no_target(resource)),
    }
}

pub(super) fn describe_scaling_activities(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let ours = ours(input)?;
    let resource = input.text("ResourceId")?;
    let known = &world.here(&call.region)?.autoscaling.activities;
    let chosen: Vec<&Activity> =
        known.iter().filter(|activity| ours && resource.is_none_or(|resource| activity.resource == resource)).collect();
    let (chosen, next) = paged(call, chosen, |activity| activity.id.clone())?;
    let described = chosen.into_iter().map(|activity| {
        doc! {
            "ActivityId": &activity.id,
            "ServiceNamespace": "ecs",
            "ResourceId": &activity.resource,
            "ScalableDimension": DIMENSION,
            "Description": format!("Setting desired count to {}.", activity.desired),
            "Cause": &activity.cause,
            "StartTime": activity.started_at,
            "EndTime": activity.ended_at,
            "StatusCode": activity.status.name(),
            "StatusMessage": &activity.message,
        }
    });
    Ok(doc! { "ScalingActivities": Document::list(described), "NextToken": next }.into())
}

fn describe(world: &World, region: &Region, resource: &str, target: &ScalableTarget) -> Document {
    let role = "aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService";
    doc! {
        "ServiceNamespace": "ecs",
        "ResourceId": resource,
        "ScalableDimension": DIMENSION,
        "MinCapacity": target.min,
        "MaxCapacity": target.max,
        "RoleARN": format!("arn:aws:iam::{}:role/{role}", world.account),
        "CreationTime": target.created_at,
        "SuspendedState": doc! {
            "DynamicScalingInSuspended": target.suspended.scaling_in,
            "DynamicScalingOutSuspended": target.suspended.scaling_out,
            "ScheduledScalingSuspended": target.suspended.scheduled,
        },
        "ScalableTargetARN": arn(world, region, resource),
    }
}

fn arn(world: &World, region: &Region, resource: &str) -> String {
    let id = world.chance.hex(("scalable-target", region, resource), 30);
    world.arn("application-autoscaling", region, &format!("scalable-target/0ec5{id}"))
}

/// Whether a request is about ECS services, the only thing that is scaled here; anything else has nothing to show.
pub(super) fn ours(input: &Document) -> Result<bool, ApiError> {
    let namespace = input.need("ServiceNamespace")?;
    Ok(namespace == "ecs" && matches!(input.text("ScalableDimension")?, None | Some(DIMENSION)))
}

/// The resource a change is about.
pub(super) fn resource(input: &Document) -> Result<&str, ApiError> {
    let (namespace, dimension) = (input.need("ServiceNamespace")?, input.need("ScalableDimension")?);
    let resource = input.need("ResourceId")?;
    if namespace != "ecs" || dimension != DIMENSION {
        return Err(invalid(format!("The lab scales ECS services only, not {namespace} {dimension}")));
    }
    names_in(resource)?;
    Ok(resource)
}

fn names_in(resource: &str) -> Result<(&str, &str), ApiError> {
    let parts: Vec<&str> = resource.split('/').collect();
    match parts[..] {
        ["service", cluster, service] if !cluster.is_empty() && !service.is_empty() => Ok((cluster, service)),
        _ => Err(invalid("Unsupported service namespace, resource type or scalable dimension".to_owned())),
    }
}

pub(super) fn no_target(resource: &str) -> ApiError {
    let says = format!("No scalable target found for service namespace: ecs, resource ID: {resource}, scalable dimension: {DIMENSION}");
    ApiError::new("ObjectNotFoundException", 400, says)
}

pub(super) fn invalid(says: String) -> ApiError {
    ApiError::new("ValidationException", 400, says)
}

pub(super) fn paged<T>(call: &Call, items: Vec<T>, key: impl Fn(&T) -> String) -> Result<(Vec<T>, Option<String>), ApiError> {
    let limit = match call.input.int("MaxResults")? {
        None => 50,
        Some(given) => match usize::try_from(given) {
            // More than fifty is taken for fifty.
            Ok(limit @ 1..) => limit.min(50),
            _ => return Err(invalid("MaxResults must be 1 or more".to_owned())),
        },
    };
    let token = call.input.text("NextToken")?;
    page(&call.operation, items, key, token, limit)
        .ok_or_else(|| ApiError::new("InvalidNextTokenException", 400, "The next token is invalid"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::ecs::{NewService, add_cluster, add_service};
    use crate::world::testing::{ask, live, west, world};

    const AAS: &str = "application-autoscaling";

    fn target(extra: &[(&str, Document)]) -> Document {
        let mut input = doc! { "ServiceNamespace": "ecs", "ScalableDimension": DIMENSION, "ResourceId": "service/c/s" };
        for (name, value) in extra {
            input.set(name, value.clone());
        }
        input
    }

    fn registered() -> World {
        let mut world = world();
        add_cluster(&mut world, &west(), "c").unwrap();
        add_service(&mut world, &west(), NewService { cluster: "c".into(), name: "s".into(), desired: 0, ..NewService::default() })
            .unwrap();
        let input = target(&[("MinCapacity", 0.into()), ("MaxCapacity", 10.into())]);
        ask(&mut world, &west(), AAS, "RegisterScalableTarget", input).unwrap();
        world
    }

    #[test]
    fn a_raised_minimum_wakes_a_pilot_light_at_once() {
        let mut world = registered();
        ask(&mut world, &west(), AAS, "RegisterScalableTarget", target(&[("MinCapacity", 2.into())])).unwrap();
        live(&mut world, 2);
        assert_eq!(ecs::service(&world, &west(), "c", "s").unwrap().desired, 2);
        let told = ask(&mut world, &west(), AAS, "DescribeScalingActivities", doc! { "ServiceNamespace": "ecs" }).unwrap().body;
        let activity = told.items("ScalingActivities", "member")[0];
        assert_eq!(activity.need("Description").unwrap(), "Setting desired count to 2.");
        assert_eq!(activity.need("StatusCode").unwrap(), "InProgress");
    }

    #[test]
    fn what_is_not_given_stays_and_nonsense_is_refused() {
        let mut world = registered();
        let suspended = doc! { "DynamicScalingInSuspended": true };
        ask(&mut world, &west(), AAS, "RegisterScalableTarget", target(&[("SuspendedState", suspended)])).unwrap();
        let told = ask(&mut world, &west(), AAS, "DescribeScalableTargets", doc! { "ServiceNamespace": "ecs" }).unwrap().body;
        let described = told.items("ScalableTargets", "member")[0];
        assert_eq!((described.int("MinCapacity").unwrap(), described.int("MaxCapacity").unwrap()), (Some(0), Some(10)));
        assert_eq!(described.get("SuspendedState").unwrap().bool("DynamicScalingInSuspended").unwrap(), Some(true));
        for (input, code) in [
            (target(&[("MinCapacity", 11.into())]), "ValidationException"),
            (target(&[("ResourceId", "service/c/none".into())]), "ValidationException"),
            (target(&[("ResourceId", "table/x".into())]), "ValidationException"),
        ] {
            assert_eq!(ask(&mut world, &west(), AAS, "RegisterScalableTarget", input).unwrap_err().code, code);
        }
        ask(&mut world, &west(), AAS, "DeregisterScalableTarget", target(&[])).unwrap();
        let again = ask(&mut world, &west(), AAS, "DeregisterScalableTarget", target(&[])).unwrap_err();
        assert_eq!(again.code, "ObjectNotFoundException");
        let guess = doc! { "ServiceNamespace": "ecs", "NextToken": "guess" };
        assert_eq!(ask(&mut world, &west(), AAS, "DescribeScalableTargets", guess).unwrap_err().code, "InvalidNextTokenException");
    }
}
