//! Services and their numbers: growing the target, emptying the source, putting back what a test changed.

use drlab_core::domain::Region;

use super::deed::{Failure, Outcome, Scene, changed};
use super::plan::{ServicePlan, Site};
use crate::doc;
use crate::document::Document;

pub(super) fn raise_bounds(scene: &mut Scene<'_>) -> Outcome {
    let target = &scene.plan.target;
    for service in &target.services {
        let Some((least, most)) = service.bounds else { continue };
        // The minimum before the count: otherwise the next scaling action undoes it.
        let input = doc! {
            "ServiceNamespace": "ecs",
            "ResourceId": format!("service/{}/{}", service.cluster, service.service),
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": least,
            "MaxCapacity": most,
        };
        scene.call(&target.region, "application-autoscaling", "RegisterScalableTarget", input)?;
    }
    Ok(doc! { "services": target.services.len() })
}

/// The service as ECS describes it now.
fn described(scene: &mut Scene<'_>, region: &Region, service: &ServicePlan) -> Outcome {
    let input = doc! { "cluster": &service.cluster, "services": Document::list([service.service.as_str()]) };
    let answer = scene.call(region, "ecs", "DescribeServices", input)?;
    let found = answer.items("services", "member").first().map(|found| (*found).clone());
    found.ok_or_else(|| {
        Failure::new("Ecs.ServiceNotFoundException", format!("there is no service {} in {}", service.service, service.cluster))
    })
}

fn count(document: &Document, member: &str) -> i64 {
    document.get(member).and_then(Document::as_int).unwrap_or(0)
}

fn update_service(scene: &mut Scene<'_>, region: &Region, service: &ServicePlan, tasks: i64, renew: bool) -> Outcome {
    let input = doc! {
        "cluster": &service.cluster,
        "service": &service.service,
        "desiredCount": tasks,
        "forceNewDeployment": renew.then_some(true),
    };
    scene.call(region, "ecs", "UpdateService", input)
}

/// Brings every service of a site to its number, and renews its tasks where the secret they read at their start has changed.
pub(super) fn scale(scene: &mut Scene<'_>, site: &Site, tasks: fn(&ServicePlan) -> u32) -> Outcome {
    let renew = scene.found("UpdateSecret", "changed").and_then(Document::as_bool) == Some(true);
    let mut changes = false;
    for service in &site.services {
        let wanted = i64::from(tasks(service));
        let now = count(&described(scene, &site.region, service)?, "desiredCount");
        // More than is wanted is left alone: autoscaling had its reasons.
        if now < wanted || renew {
            update_service(scene, &site.region, service, now.max(wanted), renew)?;
            changes = true;
        }
    }
    Ok(changed(changes))
}

pub(super) fn inspect_services(scene: &mut Scene<'_>, site: &Site) -> Outcome {
    let (mut ready, mut running) = (true, 0);
    for service in &site.services {
        let found = described(scene, &site.region, service)?;
        running += count(&found, "runningCount");
        // Tasks of the deployment before may still be draining; they know the old secret and do not count.
        let deployments = found.items("deployments", "member");
        let newest = deployments.into_iter().find(|deployment| deployment.get("status").and_then(Document::as_text) == Some("PRIMARY"));
        ready &= newest.is_some_and(|newest| count(newest, "runningCount") >= i64::from(service.tasks));
    }
    Ok(doc! { "ready": ready, "running": running })
}

/// Lets the source's services go down to nothing, bounds first, so that nobody writes there any more.
pub(super) fn quiesce(scene: &mut Scene<'_>) -> Outcome {
    let site = &scene.plan.source;
    let mut changes = false;
    for service in &site.services {
        if service.bounds.is_some() {
            bound(scene, site, service, 0)?;
        }
        if count(&described(scene, &site.region, service)?, "desiredCount") > 0 {
            update_service(scene, &site.region, service, 0, false)?;
            changes = true;
        }
    }
    Ok(changed(changes))
}

fn bound(scene: &mut Scene<'_>, site: &Site, service: &ServicePlan, least: u32) -> Outcome {
    let input = doc! {
        "ServiceNamespace": "ecs",
        "ResourceId": format!("service/{}/{}", service.cluster, service.service),
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": least,
        "MaxCapacity": service.bounds.map(|(_, most)| most),
    };
    scene.call(&site.region, "application-autoscaling", "RegisterScalableTarget", input)
}

pub(super) fn inspect_quiet(scene: &mut Scene<'_>) -> Outcome {
    let site = &scene.plan.source;
    let mut running = 0;
    for service in &site.services {
        running += count(&described(scene, &site.region, service)?, "runningCount");
    }
    Ok(doc! { "quiet": running == 0, "running": running })
}

/// Brings what was the source to the size it keeps as a standby.
pub(super) fn settle(scene: &mut Scene<'_>) -> Outcome {
    let site = &scene.plan.source;
    for service in &site.services {
        if let Some((least, _)) = service.bounds {
            bound(scene, site, service, least)?;
        }
        update_service(scene, &site.region, service, i64::from(service.tasks), false)?;
    }
    Ok(changed(true))
}

pub(super) fn remember(scene: &mut Scene<'_>) -> Outcome {
    let site = &scene.plan.target;
    let mut counts = Vec::new();
    for service in &site.services {
        counts.push(count(&described(scene, &site.region, service)?, "desiredCount"));
    }
    Ok(doc! { "counts": Document::list(counts), "since": scene.started })
}

/// Undoes what a test scaled.
pub(super) fn restore_services(scene: &mut Scene<'_>) -> Outcome {
    let site = &scene.plan.target;
    let counts: Vec<i64> = match scene.found("RememberServices", "counts") {
        Some(Document::List { items, .. }) => items.iter().filter_map(Document::as_int).collect(),
        _ => Vec::new(),
    };
    for (service, tasks) in site.services.iter().zip(counts) {
        if count(&described(scene, &site.region, service)?, "desiredCount") != tasks {
            update_service(scene, &site.region, service, tasks, false)?;
        }
    }
    Ok(changed(false))
}
