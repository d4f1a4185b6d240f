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
    let (ids, next) = paged(call, ids, |id| (*id).clone(), 100)?;
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

#[cfg(test)]
mod tests {
    use super::super::{NewService, add_cluster, add_service};
    use super::*;
    use crate::world::ApiError;
    use crate::world::testing::{ask, live, west, world};

    fn with_two_services() -> World {
        let mut world = world();
        add_cluster(&mut world, &west(), "c").unwrap();
        for (name, desired) in [("app", 3), ("web", 2)] {
            add_service(&mut world, &west(), NewService { cluster: "c".into(), name: name.into(), desired, ..NewService::default() })
                .unwrap();
        }
        world
    }

    fn listed(world: &mut World, extra: Document) -> Result<Vec<String>, ApiError> {
        let mut input = extra;
        input.set("cluster", "c");
        let body = ask(world, &west(), "ecs", "ListTasks", input)?.body;
        Ok(body.texts("taskArns", "member").into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn tasks_are_listed_by_service_status_and_page() {
        let mut world = with_two_services();
        assert_eq!(listed(&mut world, doc! {}).unwrap().len(), 5);
        assert_eq!(listed(&mut world, doc! { "serviceName": "app" }).unwrap().len(), 3);
        assert_eq!(listed(&mut world, doc! { "family": "web" }).unwrap().len(), 2);
        assert_eq!(listed(&mut world, doc! { "desiredStatus": "STOPPED" }).unwrap().len(), 0);
        assert_eq!(listed(&mut world, doc! { "desiredStatus": "PENDING" }).unwrap().len(), 0);
        assert_eq!(listed(&mut world, doc! { "serviceName": "nope" }).unwrap_err().code, "ServiceNotFoundException");
        let body = ask(&mut world, &west(), "ecs", "ListTasks", doc! { "cluster": "c", "maxResults": 4 }).unwrap().body;
        let token = body.need("nextToken").unwrap().to_owned();
        assert_eq!(listed(&mut world, doc! { "nextToken": token }).unwrap().len(), 1);
    }

    #[test]
    fn a_task_stopped_by_hand_is_replaced_and_remembered() {
        let mut world = with_two_services();
        let arn = listed(&mut world, doc! { "serviceName": "web" }).unwrap()[0].clone();
        let input = doc! { "cluster": "c", "task": arn.clone(), "reason": "drill" };
        ask(&mut world, &west(), "ecs", "StopTask", input).unwrap();
        live(&mut world, 120);
        assert_eq!(listed(&mut world, doc! { "desiredStatus": "STOPPED" }).unwrap(), [arn.as_str()]);
        assert_eq!(listed(&mut world, doc! { "serviceName": "web" }).unwrap().len(), 2);
        let input = doc! { "cluster": "c", "tasks": Document::list([arn.as_str(), "gone"]) };
        let body = ask(&mut world, &west(), "ecs", "DescribeTasks", input).unwrap().body;
        let task = body.items("tasks", "member")[0];
        for (name, value) in
            [("lastStatus", "STOPPED"), ("desiredStatus", "STOPPED"), ("stopCode", "UserInitiated"), ("stoppedReason", "drill")]
        {
            assert_eq!(task.need(name).unwrap(), value);
        }
        assert_eq!(task.items("containers", "member")[0].int("exitCode").unwrap(), Some(0));
        assert_eq!(body.items("failures", "member")[0].need("reason").unwrap(), "MISSING");
    }

    #[test]
    fn a_running_task_says_where_it_is_and_what_it_runs() {
        let mut world = with_two_services();
        let arn = listed(&mut world, doc! { "serviceName": "app" }).unwrap()[0].clone();
        let body = ask(&mut world, &west(), "ecs", "DescribeTasks", doc! { "cluster": "c", "tasks": Document::list([arn]) }).unwrap().body;
        let task = body.items("tasks", "member")[0];
        assert!(task.need("availabilityZone").unwrap().starts_with("us-west-2"));
        assert!(task.need("startedBy").unwrap().starts_with("ecs-svc/"));
        let container = task.items("containers", "member")[0];
        assert!(container.need("imageDigest").unwrap().starts_with("sha256:"));
        let address = container.items("networkInterfaces", "member")[0].need("privateIpv4Address").unwrap();
        let details = task.items("attachments", "member")[0].items("details", "member");
        assert!(details.iter().any(|detail| detail.get("value").and_then(Document::as_text) == Some(address)));
    }
}
