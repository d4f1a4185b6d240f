//! How a task gets from one station of its life to the next.

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::definitions::{DefinitionId, TaskDefinition};
use super::services::Service;
use super::tasks::{ContainerHealth, Stop, StopCode, Task, TaskState};
use crate::world::{World, application, ecr, elb, secrets};

/// AWS's defaults of a container's own health check.
pub(super) const CHECK_EVERY: Duration = Duration::from_secs(30);
const CHECK_RETRIES: u32 = 3;

/// How long stopped tasks can still be described ("up to an hour", ECS API reference).
const REMEMBERED: Duration = Duration::from_secs(3600);

/// The longest that a service waits before it tries again to start what keeps failing to (ECS developer guide, service throttle logic).
const LONGEST_BACKOFF: Duration = Duration::from_secs(900);
const FIRST_BACKOFF: Duration = Duration::from_secs(5);

/// Moves every task on whose time has come.
pub(super) fn advance(world: &mut World, region: &Region, definitions: &BTreeMap<DefinitionId, TaskDefinition>, service: &mut Service) {
    let now = world.now();
    let mut registered = 0;
    let mut failed = false;
    for at in 0..service.tasks.len() {
        let task = &mut service.tasks[at];
        if task.until.is_none_or(|until| until > now) {
            continue;
        }
        match task.state {
            TaskState::Provisioning => {
                let takes = world.chance.between(("task-pending", &task.id), world.timings.task_pending);
                task.pull_started_at = Some(now);
                enter(world, region, service, at, TaskState::Pending, Some(now + takes));
            }
            TaskState::Pending => match start_container(world, region, definitions, service, at) {
                Ok(()) => registered += 1,
                Err(why) => {
                    failed = true;
                    fail_to_start(world, region, service, at, why);
                }
            },
            TaskState::Activating => {
                task.started_at = Some(now);
                let checked = definitions.get(&task.definition).is_some_and(|definition| definition.health_command.is_some());
                task.next_check = checked.then(|| now + CHECK_EVERY);
                service.backoff.failures = 0;
                enter(world, region, service, at, TaskState::Running, None);
            }
            TaskState::Running => task.until = None,
            TaskState::Deactivating => {
                let takes = stopping(world, task).mul_f64(0.7);
                enter(world, region, service, at, TaskState::Stopping, Some(now + takes));
            }
            TaskState::Stopping => {
                let takes = stopping(world, task).mul_f64(0.3);
                enter(world, region, service, at, TaskState::Deprovisioning, Some(now + takes));
            }
            TaskState::Deprovisioning => {
                task.stopped_at = Some(now);
                enter(world, region, service, at, TaskState::Stopped, Some(now + REMEMBERED));
            }
            TaskState::Stopped => {}
        }
    }
    service.tasks.retain(|task| task.state != TaskState::Stopped || task.until.is_some_and(|until| until > now));
    if registered > 0 {
        for link in service.target_groups.clone() {
            service.say(world.chance, region, now, &format!("registered {registered} targets in (target-group {})", link.arn));
        }
    }
    if failed {
        let backoff = &mut service.backoff;
        backoff.failures += 1;
        backoff.until = Some(now + FIRST_BACKOFF.saturating_mul(1 << backoff.failures.min(10)).min(LONGEST_BACKOFF));
        if backoff.failures >= 3 {
            let what = "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the \
                        Amazon ECS Developer Guide.";
            service.say(world.chance, region, now, what);
        }
    }
}

fn enter(world: &mut World, region: &Region, service: &mut Service, at: usize, state: TaskState, until: Option<Timestamp>) {
    let now = world.now();
    let task = &mut service.tasks[at];
    task.state = state;
    task.until = until;
    note(world, region, &service.cluster, &service.name, &service.tasks[at], now);
}

pub(super) fn note(world: &mut World, region: &Region, cluster: &str, service: &str, task: &Task, now: Timestamp) {
    world.truth.note(now, Some(region), "task", &format!("{cluster}/{service}/{}", task.id), task.state.name());
}

/// From SIGTERM to stopped.
fn stopping(world: &World, task: &Task) -> Duration {
    world.chance.between(("task-stopping", &task.id), world.timings.task_stopping)
}

/// The image is here and the container starts: from now on it knows its database and stands behind its load balancers.
fn start_container(
    world: &mut World,
    region: &Region,
    definitions: &BTreeMap<DefinitionId, TaskDefinition>,
    service: &mut Service,
    at: usize,
) -> Result<(), String> {
    let now = world.now();
    let definition = definitions.get(&service.tasks[at].definition);
    let database = match &service.secret {
        Some(secret) => database_of(world, region, secret).ok_or_else(|| no_secret(secret))?,
        None => definition.and_then(|definition| definition.database_host.clone()),
    };
    let task = &mut service.tasks[at];
    let image = definition.map_or("", |definition| definition.image.as_str());
    let digest = ecr::digest_of(world, region, image).map_err(|error| no_image(image, error))?;
    task.image_digest = Some(digest);
    task.database = database;
    task.pull_stopped_at = Some(now);
    let takes = world.chance.between(("task-activating", &task.id), world.timings.task_activating);
    let owner = elb::Owner { cluster: service.cluster.clone(), service: service.name.clone() };
    for link in &service.target_groups {
        elb::register(world, region, &link.arn, task.address, link.port, &task.zone, Some(owner.clone()));
    }
    enter(world, region, service, at, TaskState::Activating, Some(now + takes));
    Ok(())
}

/// The host a secret names; `None` outside if there is no such secret, inside if it names none.
pub(super) fn database_of(world: &World, region: &Region, secret: &str) -> Option<Option<String>> {
    secrets::value(world, region, secret).map(|(text, _)| host_in(text))
}

fn host_in(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    value.get("host")?.as_str().map(str::to_owned)
}

fn no_secret(secret: &str) -> String {
    format!(
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret \
         from asm: service call has been retried 1 time(s): failed to fetch secret {secret} from secrets manager: \
         ResourceNotFoundException: Secrets Manager can't find the specified secret."
    )
}

fn no_image(image: &str, error: ecr::PullError) -> String {
    match error {
        ecr::PullError::NotFound => {
            format!(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: {image}: not found"
            )
        }
        ecr::PullError::Timeout => {
            let host = image.split('/').next().unwrap_or_default();
            format!(
                "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref {image}: failed to do \
                 request: Head \"https://{host}/v2/\": dial tcp: i/o timeout"
            )
        }
    }
}

fn fail_to_start(world: &mut World, region: &Region, service: &mut Service, at: usize, why: String) {
    let now = world.now();
    let task = &mut service.tasks[at];
    task.wanted = false;
    task.stopping_at = Some(now);
    task.stop = Some(Stop { code: StopCode::TaskFailedToStart, reason: why });
    let takes = stopping(world, task).mul_f64(0.3);
    let deployment = task.deployment.clone();
    if let Some(found) = service.deployments.iter_mut().find(|known| known.id == deployment) {
        found.count_failure(now);
    }
    enter(world, region, service, at, TaskState::Deprovisioning, Some(now + takes));
}

/// Begins to stop these tasks: they leave their load balancers first, and get their signal when they have drained.
pub(super) fn stop(world: &mut World, region: &Region, service: &mut Service, which: &[usize], why: &Stop) {
    let now = world.now();
    let mut drained = vec![0; service.target_groups.len()];
    let mut draining = 0;
    let mut stopped = Vec::new();
    for &at in which {
        let task = &mut service.tasks[at];
        if !task.wanted {
            continue;
        }
        task.wanted = false;
        task.stopping_at = Some(now);
        task.stop = Some(why.clone());
        stopped.push(format!("(task {})", task.id));
        let mut drains = None;
        for (nth, link) in service.target_groups.iter().enumerate() {
            if let Some(until) = elb::deregister(world, region, &link.arn, task.address, link.port) {
                drained[nth] += 1;
                drains = drains.max(Some(until));
            }
        }
        let takes = stopping(world, task);
        let (state, until) = match drains {
            Some(until) => {
                draining += 1;
                (TaskState::Deactivating, until)
            }
            None if task.state < TaskState::Activating => (TaskState::Deprovisioning, now + takes.mul_f64(0.3)),
            None => (TaskState::Stopping, now + takes.mul_f64(0.7)),
        };
        enter(world, region, service, at, state, Some(until));
    }
    if draining > 0 {
        service.say(world.chance, region, now, &format!("has begun draining connections on {draining} tasks."));
    }
    for (link, count) in service.target_groups.clone().iter().zip(drained) {
        if count > 0 {
            service.say(world.chance, region, now, &format!("deregistered {count} targets in (target-group {})", link.arn));
        }
    }
    if !stopped.is_empty() {
        service.say(world.chance, region, now, &format!("has stopped {} running tasks: {}.", stopped.len(), stopped.join(" ")));
    }
}

/// Runs the checks inside containers that are due.
pub(super) fn check_containers(world: &mut World) {
    let now = world.now();
    let mut due = Vec::new();
    for (region, here) in &world.regional {
        for cluster in here.ecs.clusters.values() {
            for service in cluster.services.values() {
                if service.tasks.iter().any(|task| task.wanted && task.next_check.is_some_and(|at| at <= now)) {
                    let passes = application::task_passes(world, region, &cluster.name, &service.name).is_ok();
                    due.push((region.clone(), cluster.name.clone(), service.name.clone(), passes));
                }
            }
        }
    }
    for (region, cluster, service, passes) in due {
        let Some(found) = super::service_mut(world, &region, &cluster, &service) else { continue };
        for task in found.tasks.iter_mut().filter(|task| task.next_check.is_some_and(|at| at <= now)) {
            task.next_check = (task.wanted && task.runs()).then(|| now + CHECK_EVERY);
            task.failed_checks = if passes { 0 } else { task.failed_checks + 1 };
            let health = match task.health {
                _ if passes => ContainerHealth::Healthy,
                _ if task.failed_checks >= CHECK_RETRIES => ContainerHealth::Unhealthy,
                before => before,
            };
            if task.health != health {
                task.health = health;
                found.touched = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_read_from_the_secrets_json() {
        assert_eq!(host_in(r#"{"host":"db.example","port":5432}"#).as_deref(), Some("db.example"));
        assert_eq!(host_in(r#"{"port":5432}"#), None);
        assert_eq!(host_in("plain"), None);
    }
}
