//! What ECS answers about clusters.

use drlab_core::domain::Region;

use super::{Cluster, invalid, name_in, paged};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World};

pub(super) fn list_clusters(world: &mut World, call: &Call) -> Answer {
    let names: Vec<&String> = world.here(&call.region)?.ecs.clusters.keys().collect();
    let (names, next) = paged(call, names, |name| (*name).clone(), 100)?;
    let arns = names.into_iter().map(|name| arn(world, &call.region, name));
    Ok(doc! { "clusterArns": Document::list(arns), "nextToken": next }.into())
}

pub(super) fn describe_clusters(world: &mut World, call: &Call) -> Answer {
    let asked = call.input.texts("clusters", "member");
    let asked = if asked.is_empty() { vec!["default"] } else { asked };
    if asked.len() > 100 {
        return Err(invalid("clusters can have at most 100 items."));
    }
    let settings = call.input.texts("include", "member").contains(&"SETTINGS");
    let (mut clusters, mut failures) = (Vec::new(), Vec::new());
    for given in asked {
        match world.here(&call.region)?.ecs.clusters.get(name_in(given)) {
            Some(cluster) => clusters.push(describe(world, &call.region, cluster, settings)),
            None => failures.push(doc! { "arn": arn(world, &call.region, name_in(given)), "reason": "MISSING" }),
        }
    }
    Ok(doc! { "clusters": Document::list(clusters), "failures": Document::list(failures) }.into())
}

fn describe(world: &World, region: &Region, cluster: &Cluster, settings: bool) -> Document {
    let insights = if cluster.container_insights { "enabled" } else { "disabled" };
    doc! {
        "clusterArn": arn(world, region, &cluster.name),
        "clusterName": &cluster.name,
        "status": "ACTIVE",
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": cluster.services.values().map(super::Service::running).sum::<usize>(),
        "pendingTasksCount": cluster.services.values().map(super::Service::pending).sum::<usize>(),
        "activeServicesCount": cluster.services.len(),
        "statistics": Document::list::<Document>([]),
        "tags": Document::list::<Document>([]),
        "settings": settings.then(|| Document::list([doc! { "name": "containerInsights", "value": insights }])),
        "capacityProviders": Document::list(["FARGATE", "FARGATE_SPOT"]),
        "defaultCapacityProviderStrategy": Document::list::<Document>([]),
    }
}

fn arn(world: &World, region: &Region, name: &str) -> String {
    world.arn("ecs", region, &format!("cluster/{name}"))
}

/// The cluster a request is about: `default` unless it says otherwise.
pub(super) fn cluster<'w>(world: &'w World, call: &Call) -> Result<&'w Cluster, ApiError> {
    let name = name_in(call.input.text("cluster")?.unwrap_or("default"));
    world.here(&call.region)?.ecs.clusters.get(name).ok_or_else(not_found)
}

pub(super) fn not_found() -> ApiError {
    ApiError::new("ClusterNotFoundException", 400, "Cluster not found.")
}
