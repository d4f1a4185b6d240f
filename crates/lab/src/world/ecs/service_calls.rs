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
    let (services, next) = paged(call, services, |service| service.name.clone(), 10)?;
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

/// The members of UpdateService that the lab's services heed; anything else is refused, not taken and forgotten.
const HEEDED: &[&str] = &[
    "cluster",
    "deploymentConfiguration",
    "desiredCount",
    "forceNewDeployment",
    "healthCheckGracePeriodSeconds",
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
        && let Some((unknown, _)) = members.iter().find(|(member, value)| *value != Document::Null && !HEEDED.contains(&member.as_str()))
    {
        return Err(ApiError::new("UnsupportedFeatureException", 400, format!("The lab's services do not support {unknown}.")));
    }
    let desired = match input.int("desiredCount")? {
        Some(given) => Some(
            u32::try_from(given)
                .ok()
                .filter(|desired| *desired <= 5000)
                .ok_or_else(|| invalid(format!("desiredCount must be between 0 and 5000, not {given}.")))?,
        ),
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
    let grace = match input.int("healthCheckGracePeriodSeconds")? {
        Some(given) => {
            let bad = |_| invalid(format!("healthCheckGracePeriodSeconds must be 0 or more, not {given}."));
            Some(Duration::from_secs(u64::try_from(given).map_err(bad)?))
        }
        None => None,
    };
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
    if let Some(strategy) = wanted.text("strategy")?.filter(|strategy| *strategy != "ROLLING") {
        return Err(ApiError::new("UnsupportedFeatureException", 400, format!("The lab's services do not deploy {strategy}.")));
    }
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

#[cfg(test)]
mod tests {
    use super::super::{NewService, TaskDefinition, add_cluster, add_service, add_task_definition, service};
    use super::*;
    use crate::world::testing::{ask, west, world};

    fn with(names: &[&str]) -> World {
        let mut world = world();
        add_cluster(&mut world, &west(), "c").unwrap();
        for name in names {
            let new = NewService { cluster: "c".into(), name: (*name).into(), desired: 2, ..NewService::default() };
            add_service(&mut world, &west(), new).unwrap();
        }
        world
    }

    fn refused(world: &mut World, operation: &str, input: Document) -> String {
        ask(world, &west(), "ecs", operation, input).unwrap_err().code.into_owned()
    }

    #[test]
    fn services_are_found_by_name_and_arn_and_the_missing_are_named() {
        let mut world = with(&["app"]);
        let arn = "arn:aws:ecs:us-west-2:123456789012:service/c/app";
        let input = doc! { "cluster": "arn:aws:ecs:us-west-2:123456789012:cluster/c", "services": Document::list([arn, "nope"]) };
        let body = ask(&mut world, &west(), "ecs", "DescribeServices", input).unwrap().body;
        let found = body.items("services", "member")[0];
        assert_eq!((found.need("serviceArn").unwrap(), found.int("runningCount").unwrap()), (arn, Some(2)));
        let failure = body.items("failures", "member")[0];
        assert_eq!(failure.need("reason").unwrap(), "MISSING");
        assert!(failure.need("arn").unwrap().ends_with(":service/c/nope"));
    }

    #[test]
    fn requests_that_make_no_sense_get_awss_codes() {
        let mut world = with(&["app"]);
        let eleven = Document::list((0..11).map(|n| format!("s{n}")));
        assert_eq!(refused(&mut world, "DescribeServices", doc! { "cluster": "c", "services": eleven }), "InvalidParameterException");
        let elsewhere = doc! { "cluster": "x", "services": Document::list(["app"]) };
        assert_eq!(refused(&mut world, "DescribeServices", elsewhere), "ClusterNotFoundException");
        for (extra, value, code) in [
            ("service", Document::from("nope"), "ServiceNotFoundException"),
            ("desiredCount", (-1).into(), "InvalidParameterException"),
            ("taskDefinition", "nope:3".into(), "ClientException"),
            ("networkConfiguration", doc! {}, "UnsupportedFeatureException"),
            ("healthCheckGracePeriodSeconds", (-1).into(), "InvalidParameterException"),
            ("deploymentConfiguration", doc! { "strategy": "CANARY" }, "UnsupportedFeatureException"),
            ("deploymentConfiguration", doc! { "maximumPercent": 100 }, "InvalidParameterException"),
        ] {
            let mut input = doc! { "cluster": "c", "service": "app", "desiredCount": 5 };
            input.set(extra, value);
            assert_eq!(refused(&mut world, "UpdateService", input), code, "{extra}");
        }
        let found = service(&world, &west(), "c", "app").unwrap();
        assert_eq!((found.desired, found.deployments.len()), (2, 1), "a refused request changes nothing");
    }

    #[test]
    fn only_a_new_definition_or_force_begins_a_deployment() {
        let mut world = with(&["app"]);
        let deployments = |world: &World| service(world, &west(), "c", "app").unwrap().deployments.len();
        let update = |world: &mut World, extra: &str, value: Document| {
            let mut input = doc! { "cluster": "c", "service": "app" };
            input.set(extra, value);
            ask(world, &west(), "ecs", "UpdateService", input).unwrap();
        };
        update(&mut world, "desiredCount", 3.into());
        update(&mut world, "taskDefinition", "app:1".into());
        assert_eq!(deployments(&world), 1);
        let mut next = TaskDefinition::default();
        next.id.family = "app".into();
        add_task_definition(&mut world, &west(), next).unwrap();
        update(&mut world, "taskDefinition", "app".into());
        assert_eq!(deployments(&world), 2);
    }

    #[test]
    fn services_are_listed_ten_at_a_time() {
        let names: Vec<String> = (0..12).map(|n| format!("s{n:02}")).collect();
        let mut world = with(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let first = ask(&mut world, &west(), "ecs", "ListServices", doc! { "cluster": "c" }).unwrap().body;
        let token = first.need("nextToken").unwrap().to_owned();
        let rest = ask(&mut world, &west(), "ecs", "ListServices", doc! { "cluster": "c", "nextToken": token }).unwrap().body;
        assert_eq!((first.texts("serviceArns", "member").len(), rest.texts("serviceArns", "member").len()), (10, 2));
        assert_eq!(refused(&mut world, "ListServices", doc! { "cluster": "c", "nextToken": "guess" }), "InvalidParameterException");
        let clusters = ask(&mut world, &west(), "ecs", "DescribeClusters", doc! { "clusters": Document::list(["c", "x"]) }).unwrap().body;
        let cluster = clusters.items("clusters", "member")[0];
        assert_eq!((cluster.int("runningTasksCount").unwrap(), cluster.int("activeServicesCount").unwrap()), (Some(24), Some(12)));
        assert_eq!(clusters.items("failures", "member").len(), 1);
    }
}
