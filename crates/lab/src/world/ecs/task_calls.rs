//! What ECS answers about tasks, and how one is stopped by hand.

use super::cluster_calls::cluster;
use super::scheduler::with_service;
use super::service_calls::service_not_found;
use super::services::Service;
use super::tasks::{Stop, StopCode, Task, describe};
use super::{Cluster, invalid, lives, name_in, paged};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, Call, World};

pub(super) fn list_tasks(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let cluster = cluster(world, call)?;
    let name = input.text("serviceName")?.map(name_in);
    if let Some(name) = name
        && !cluster.services.contains_key(name)
    {
        return Err(service_not_found());
    }
    let wanted = match input.text("desiredStatus")?.unwrap_or("RUNNING") {
        "RUNNING" => Some(true),
        "STOPPED" => Some(false),
        // AWS takes PENDING and finds nothing: no task ever desires to be pending.
        "PENDING" => None,
        other => return Err(invalid(format!("desiredStatus cannot be {other}."))),
    };
    let (family, started_by) = (input.text("family")?, input.text("startedBy")?);
    let nowhere = input.text("containerInstance")?.is_some() || !matches!(input.text("launchType")?, None | Some("FARGATE"));
    let fits = |task: &Task| {
        !nowhere
            && wanted == Some(task.wanted)
            && family.is_none_or(|family| task.definition.family == family)
            && started_by.is_none_or(|by| task.deployment == by)
    };
    let mut ids: Vec<&String> = cluster
        .services
        .values()
        .filter(|service| name.is_none_or(|name| service.name == name))
        .flat_map(|service| &service.tasks)
        .filter(|task| fits(task))
        .map(|task| &task.id)
        .collect();
    ids.sort();
    let (ids, next) = paged(input, ids, |id| (*id).clone(), 100)?;
    let arns = ids.into_iter().map(|id| world.arn("ecs", &call.region, &format!("task/{}/{id}", cluster.name)));
    Ok(doc! { "taskArns": Document::list(arns), "nextToken": next }.into())
}

pub(super) fn describe_tasks(world: &mut World, call: &Call) -> Answer {
    let asked = call.input.texts("tasks", "member");
    if asked.is_empty() {
        return Err(invalid("Tasks cannot be empty."));
    }
    if asked.len() > 100 {
        return Err(invalid("Tasks can have at most 100 items."));
    }
    let cluster = cluster(world, call)?;
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for given in asked {
        match find(cluster, name_in(given)) {
            Some((service, task)) => tasks.push(describe(world, &call.region, service, task)),
            None => {
                let arn = world.arn("ecs", &call.region, &format!("task/{}/{}", cluster.name, name_in(given)));
                failures.push(doc! { "arn": arn, "reason": "MISSING" });
            }
        }
    }
    Ok(doc! { "tasks": Document::list(tasks), "failures": Document::list(failures) }.into())
}

pub(super) fn stop_task(world: &mut World, call: &Call) -> Answer {
    let id = name_in(call.input.need("task")?).to_owned();
    let reason = call.input.text("reason")?.unwrap_or("Task stopped by user").to_owned();
    let (cluster_name, name) = {
        let cluster = cluster(world, call)?;
        let (service, _) = find(cluster, &id).ok_or_else(|| invalid("The referenced task was not found."))?;
        (cluster.name.clone(), service.name.clone())
    };
    let why = Stop { code: StopCode::UserInitiated, reason };
    with_service(world, &call.region, &cluster_name, &name, |world, service, _| {
        if let Some(at) = service.tasks.iter().position(|task| task.id == id) {
            lives::stop(world, &call.region, service, &[at], &why);
            service.touched = true;
        }
    });
    let (service, task) = find(cluster(world, call)?, &id).ok_or_else(|| invalid("The referenced task was not found."))?;
    Ok(doc! { "task": describe(world, &call.region, service, task) }.into())
}

fn find<'c>(cluster: &'c Cluster, id: &str) -> Option<(&'c Service, &'c Task)> {
    cluster.services.values().find_map(|service| Some((service, service.tasks.iter().find(|task| task.id == id)?)))
}
