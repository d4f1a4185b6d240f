//! Services and their tasks.

mod shapes;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::DesiredStatus;
use drlab_core::domain::fact::Tasks;
use drlab_core::domain::{Cause, Kind, Region, Subject, Trouble};
use futures_util::future::try_join_all;

use super::Findings;
use super::answers::{Listed, Page, endless, existing, listed, name_in, pages, serious, token};
use crate::aws::RegionClients;
use crate::aws::trouble::trouble;

/// `DescribeServices` takes so many services.
const SERVICES_A_CALL: usize = 10;
/// `DescribeTasks` takes so many tasks, and `ListTasks` gives so many.
const TASKS_A_CALL: usize = 100;
/// A service whose tasks fail leaves a hundred corpses an hour; the newest few say why.
const STOPPED_KEPT: usize = 20;

/// What there is none of without its cluster.
const NOWHERE: &[&str] = &["ClusterNotFoundException", "ServiceNotFoundException"];

pub(super) async fn services(region: &RegionClients, at: &Region, cluster: &str, services: &[String]) -> Result<Findings, Trouble> {
    let parts = try_join_all(services.chunks(SERVICES_A_CALL).map(|part| describe(&region.ecs, cluster, part))).await?;
    let subject = |name: &str| Subject::service(Kind::Service, at, cluster, name);
    Ok(parts.into_iter().flatten().map(|(name, service)| (subject(&name), shapes::service(cluster, &service).into())).collect())
}

/// Those of these services that are there, each with the name it was asked by. A deleted one is remembered for a while as `INACTIVE`.
async fn describe(ecs: &Client, cluster: &str, names: &[String]) -> Result<Vec<(String, aws_sdk_ecs::types::Service)>, Trouble> {
    let answer = ecs.describe_services().cluster(cluster).set_services(Some(names.to_vec())).send().await;
    let Some(answer) = existing(answer.map_err(|error| serious(&error, NOWHERE)))? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for name in names {
        let is = |of: Option<&str>| of.is_some_and(|of| name_in(of) == name_in(name));
        if let Some(service) = answer.services().iter().find(|service| is(service.service_name()) || is(service.service_arn())) {
            if service.status() != Some("INACTIVE") {
                found.push((name.clone(), service.clone()));
            }
            continue;
        }
        let failure = answer.failures().iter().find(|failure| is(failure.arn()));
        match failure.map(|failure| (failure.reason().unwrap_or_default(), failure.detail().unwrap_or_default())) {
            Some(("MISSING", _)) => {}
            Some((reason, detail)) => {
                return Err(Trouble::new(Cause::Unintelligible, format!("{name}: {reason} {detail}").trim_end()));
            }
            None => return Err(Trouble::new(Cause::Unintelligible, format!("the answer does not speak of service {name}"))),
        }
    }
    Ok(found)
}

pub(super) async fn tasks(region: &RegionClients, at: &Region, cluster: &str, service: &str) -> Result<Findings, Trouble> {
    let ecs = &region.ecs;
    let (running, stopped) = tokio::try_join!(
        list(ecs, cluster, service, DesiredStatus::Running, true),
        list(ecs, cluster, service, DesiredStatus::Stopped, false)
    )?;
    let (Some(running), Some(stopped)) = (running, stopped) else { return Ok(Findings::new()) };
    if !running.whole {
        return Err(endless("tasks"));
    }
    let arns: Vec<String> = running.items.into_iter().chain(stopped.items.into_iter().take(TASKS_A_CALL)).collect();
    // A service that was deleted has no tasks either; one without tasks is only there if somebody says so.
    if arns.is_empty() && describe(ecs, cluster, &[service.to_owned()]).await?.is_empty() {
        return Ok(Findings::new());
    }
    let parts = try_join_all(arns.chunks(TASKS_A_CALL).map(|part| described(ecs, cluster, part))).await?;
    let (ended, mut kept): (Vec<_>, Vec<_>) = parts.into_iter().flatten().partition(|task| task.last_status() == Some("STOPPED"));
    kept.sort_by(|one, other| one.task_arn().cmp(&other.task_arn()));
    kept.extend(newest(ended));
    let tasks = Tasks { tasks: kept.iter().map(shapes::task).collect() };
    Ok(Findings::from([(Subject::service(Kind::Tasks, at, cluster, service), tasks.into())]))
}

fn newest(mut stopped: Vec<aws_sdk_ecs::types::Task>) -> Vec<aws_sdk_ecs::types::Task> {
    let ended = |task: &aws_sdk_ecs::types::Task| (task.stopped_at().copied(), task.task_arn.clone());
    stopped.sort_by(|one, other| ended(other).partial_cmp(&ended(one)).unwrap_or(std::cmp::Ordering::Equal));
    stopped.truncate(STOPPED_KEPT);
    stopped
}

/// ARNs of a service's tasks; `None` where there is no such service. Of those that have stopped one page is enough.
async fn list(ecs: &Client, cluster: &str, service: &str, status: DesiredStatus, all: bool) -> Result<Option<Listed<String>>, Trouble> {
    let listed = pages(|next| {
        let request = ecs.list_tasks().cluster(cluster).service_name(service).desired_status(status.clone()).set_next_token(next);
        async move {
            let page = request.send().await.map_err(|error| serious(&error, NOWHERE))?;
            Ok(Page { items: listed(page.task_arns, "tasks")?, next: token(page.next_token).filter(|_| all) })
        }
    });
    existing(listed.await)
}

/// A task that is gone since it was listed is simply left out.
async fn described(ecs: &Client, cluster: &str, arns: &[String]) -> Result<Vec<aws_sdk_ecs::types::Task>, Trouble> {
    let answer = ecs.describe_tasks().cluster(cluster).set_tasks(Some(arns.to_vec())).send().await.map_err(|error| trouble(&error))?;
    listed(answer.tasks, "tasks")
}
