//! What ECS answers about services, and how they are changed.

use std::time::Duration;

use super::cluster_calls::cluster;
use super::deployments::CircuitBreaker;
use super::services::{Service, describe};
use super::{definitions, invalid, name_in, paged};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World};

pub(super) fn list_services(world: &mut World, call: &Call) -> Answer {
    let cluster = cluster(world, call)?;
    let fits = matches!(call.input.text("launchType")?, None | Some("FARGATE"))
        && matches!(call.input.text("schedulingStrategy")?, None | Some("REPLICA"));
    let services: Vec<&Service> = cluster.services.values().filter(|_| fits).collect();
    let (services, next) = paged(&call.input, services, |service| service.name.clone(), 10)?;
    let arns = services.into_iter().map(|service| service.arn(world, &call.region));
    Ok(doc! { "serviceArns": Document::list(arns), "nextToken": next }.into())
}

pub(super) fn describe_services(world: &mut World, call: &Call) -> Answer {
    let asked = call.input.texts("services", "member");
    if asked.is_empty() {
        return Err(invalid("Services cannot be empty."));
    }
    if asked.len() > 10 {
        return Err(invalid("Too many services: at most 10 can be described at once."));
    }
    let cluster = cluster(world, call)?;
    let (mut services, mut failures) = (Vec::new(), Vec::new());
    for given in asked {
        match cluster.services.get(name_in(given)) {
            Some(service) => services.push(describe(world, &call.region, service)),
            None => {
                let arn = world.arn("ecs", &call.region, &format!("service/{}/{}", cluster.name, name_in(given)));
                failures.push(doc! { "arn": arn, "reason": "MISSING" });
            }
        }
    }
    Ok(doc! { "services": Document::list(services), "failures": Document::list(failures) }.into())
}

/// Members of UpdateService that change nothing about how tasks come and go, and are taken as said.
const ACCEPTED: &[&str] = &[
    "availabilityZoneRebalancing",
    "cluster",
    "deploymentConfiguration",
    "desiredCount",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "forceNewDeployment",
    "healthCheckGracePeriodSeconds",
    "platformVersion",
    "propagateTags",
    "service",
    "taskDefinition",
];

pub(super) fn update_service(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let (cluster_name, name) = {
        let cluster = cluster(world, call)?;
        (cluster.name.clone(), found(cluster.services.get(name_in(input.need("service")?)))?.name.clone())
    };
    if let Document::Map(members) = input
        && let Some((unknown, _)) = members.iter().find(|(member, _)| !ACCEPTED.contains(&member.as_str()))
    {
        return Err(ApiError::new("UnsupportedFeatureException", 400, format!("The lab's services do not support {unknown}.")));
    }
    let desired = match input.int("desiredCount")? {
        Some(given) => Some(u32::try_from(given).ok().filter(|desired| *desired <= 5000).ok_or_else(|| {
            invalid(format!("desiredCount must be between 0 and 5000, not {given}."))
        })?),
        None => None,
    };
    let definition = match input.text("taskDefinition")? {
        Some(given) => {
            let missing = |_| ApiError::new("ClientException", 400, "TaskDefinition not found.");
            Some(definitions::resolve(world, &call.region, given).map_err(missing)?.id.clone())
        }
        None => None,
    };
    let force = input.bool("forceNewDeployment")?.unwrap_or(false);
    let grace = input.int("healthCheckGracePeriodSeconds")?.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
    let (chance, now) = (world.chance, world.now());
    let service = super::service_mut(world, &call.region, &cluster_name, &name);
    let service = service.ok_or_else(service_not_found)?;
    let bounds = input.get("deploymentConfiguration").map(|wanted| bounds(service, wanted)).transpose()?;

    // From here on nothing can fail.
    if let Some(bounds) = bounds {
        service.minimum_healthy_percent = bounds.minimum;
        service.maximum_percent = bounds.maximum;
        service.circuit_breaker = bounds.breaker;
        service.touched = true;
    }
    if let Some(grace) = grace {
        service.grace = grace;
    }
    if let Some(desired) = desired {
        service.set_desired(desired);
    }
    let present = service.deployments.first().map(|primary| primary.definition.clone()).unwrap_or_default();
    if force || definition.as_ref().is_some_and(|wanted| *wanted != present) {
        service.deploy(chance, &call.region, definition.unwrap_or(present), now);
    }
    let service = super::service(world, &call.region, &cluster_name, &name).ok_or_else(service_not_found)?;
    Ok(doc! { "service": describe(world, &call.region, service) }.into())
}

struct Bounds {
    minimum: u32,
    maximum: u32,
    breaker: Option<CircuitBreaker>,
}

fn bounds(service: &Service, wanted: &Document) -> Result<Bounds, ApiError> {
    let percent = |name: &str, present: u32, least: u32| match wanted.int(name)? {
        None => Ok(present),
        Some(given) => u32::try_from(given)
            .ok()
            .filter(|percent| (least..=if least == 0 { 100 } else { 10_000 }).contains(percent))
            .ok_or_else(|| invalid(format!("{name} is out of range: {given}."))),
    };
    let minimum = percent("minimumHealthyPercent", service.minimum_healthy_percent, 0)?;
    let maximum = percent("maximumPercent", service.maximum_percent, 100)?;
    if minimum == 100 && maximum == 100 {
        return Err(invalid("Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."));
    }
    let breaker = match wanted.get("deploymentCircuitBreaker") {
        None => service.circuit_breaker,
        Some(breaker) => {
            let rollback = breaker.bool("rollback")?.unwrap_or(false);
            breaker.bool("enable")?.unwrap_or(false).then_some(CircuitBreaker { rollback })
        }
    };
    Ok(Bounds { minimum, maximum, breaker })
}

fn found<T>(service: Option<T>) -> Result<T, ApiError> {
    service.ok_or_else(service_not_found)
}

pub(super) fn service_not_found() -> ApiError {
    ApiError::new("ServiceNotFoundException", 400, "Service not found.")
}
