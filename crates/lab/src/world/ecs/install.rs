//! How a topology's clusters and services come into the world: as if they had been running for long.

use std::time::Duration;

use drlab_core::domain::Region;

use super::definitions::{DefinitionId, TaskDefinition};
use super::deployments::CircuitBreaker;
use super::lives::{self, CHECK_EVERY};
use super::load::Load;
use super::scheduler::{SAY_STEADY_EVERY, new_task, with_service};
use super::services::{Service, TargetLink};
use super::tasks::{ContainerHealth, TaskState};
use super::{Cluster, cluster_calls};
use crate::world::{ApiError, World, ecr, elb};

/// What a topology says about a service. Its cluster and target groups must be there already; its secret, too, if its tasks are to know
/// their database from the beginning.
#[derive(Clone, Debug)]
pub struct NewService {
    pub cluster: String,
    pub name: String,
    pub desired: u32,
    pub image: String,
    pub port: u16,
    /// CPU units, 1024 to the vCPU.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
    /// ARNs.
    pub target_groups: Vec<String>,
    pub secret: Option<String>,
    pub database_host: Option<String>,
    pub health_command: Option<String>,
    pub minimum_healthy_percent: u32,
    pub maximum_percent: u32,
    pub circuit_breaker: Option<CircuitBreaker>,
    pub grace: Duration,
    /// What one task can do at 100 % of its CPU.
    pub requests_per_task: f64,
    pub memory_percent: f64,
}

impl Default for NewService {
    /// AWS's own defaults, and a small public image.
    fn default() -> Self {
        let load = Load::default();
        Self {
            cluster: "default".to_owned(),
            name: String::new(),
            desired: 1,
            image: "public.ecr.aws/nginx/nginx:stable".to_owned(),
            port: 80,
            cpu: 512,
            memory: 1024,
            target_groups: Vec::new(),
            secret: None,
            database_host: None,
            health_command: None,
            minimum_healthy_percent: 100,
            maximum_percent: 200,
            circuit_breaker: None,
            grace: Duration::ZERO,
            requests_per_task: load.requests_per_task,
            memory_percent: load.memory_percent,
        }
    }
}

/// How long before the world began its tasks were started.
const AGE: Duration = Duration::from_secs(26 * 3600);

/// Makes an empty cluster with Container Insights.
pub fn add_cluster(world: &mut World, region: &Region, name: &str) -> Result<(), ApiError> {
    let created_at = world.started() - AGE;
    let cluster = Cluster { name: name.to_owned(), created_at, container_insights: true, ..Cluster::default() };
    world.here_mut(region)?.ecs.clusters.insert(name.to_owned(), cluster);
    Ok(())
}

/// Registers the next revision of a family; whatever revision `definition` carries is overwritten.
pub fn add_task_definition(world: &mut World, region: &Region, mut definition: TaskDefinition) -> Result<DefinitionId, ApiError> {
    let now = world.now();
    let known = &mut world.here_mut(region)?.ecs.definitions;
    let newest = known.keys().filter(|id| id.family == definition.id.family).map(|id| id.revision).max().unwrap_or(0);
    definition.id.revision = newest + 1;
    definition.registered_at = now;
    let id = definition.id.clone();
    known.insert(id.clone(), definition);
    Ok(id)
}

/// Puts a service there with its tasks running and its targets healthy.
pub fn add_service(world: &mut World, region: &Region, new: NewService) -> Result<(), ApiError> {
    let started = world.now() - AGE;
    if !world.here(region)?.ecs.clusters.contains_key(&new.cluster) {
        return Err(cluster_calls::not_found());
    }
    let definition = TaskDefinition {
        id: DefinitionId { family: new.name.clone(), revision: 0 },
        container: new.name.clone(),
        image: new.image.clone(),
        port: new.port,
        cpu: new.cpu,
        memory: new.memory,
        secret: new.secret.clone(),
        database_host: new.database_host.clone(),
        health_command: new.health_command.clone(),
        registered_at: started,
    };
    let definition = add_task_definition(world, region, definition)?;
    let mut service = Service {
        name: new.name.clone(),
        cluster: new.cluster.clone(),
        created_at: started,
        desired: new.desired,
        minimum_healthy_percent: new.minimum_healthy_percent,
        maximum_percent: new.maximum_percent,
        circuit_breaker: new.circuit_breaker,
        grace: new.grace,
        container: new.name.clone(),
        target_groups: new.target_groups.into_iter().map(|arn| TargetLink { arn, port: new.port }).collect(),
        secret: new.secret,
        load: Load::of(new.requests_per_task, new.memory_percent),
        last_good: Some(definition.clone()),
        ..Service::default()
    };
    service.deploy(world.chance, region, definition, started);
    service.deployments[0].complete(started);
    // A deployment without a task has proven nothing yet.
    service.deployments[0].proven = new.desired > 0;
    let cluster = world.here_mut(region)?.ecs.clusters.get_mut(&new.cluster).ok_or_else(cluster_calls::not_found)?;
    cluster.services.insert(new.name.clone(), service);
    with_service(world, region, &new.cluster, &new.name, |world, service, definitions| {
        let Some(definition) = definitions.get(&service.deployments[0].definition) else { return };
        for _ in 0..service.desired {
            start_long_ago(world, region, service, definition);
        }
        // It repeats that it is steady every six hours, and not every service at once.
        let ago = SAY_STEADY_EVERY.mul_f64(world.chance.unit(("steady", region, &service.cluster, &service.name)));
        service.say(world.chance, region, world.now() - ago, "has reached a steady state.");
        service.touched = false;
        service.steady = true;
    });
    Ok(())
}

/// One task that has been running since before the world began.
fn start_long_ago(world: &mut World, region: &Region, service: &mut Service, definition: &TaskDefinition) {
    let (now, started) = (world.now(), world.now() - AGE);
    let nth = service.placed;
    service.placed += 1;
    let mut task = new_task(world, region, service, nth, &service.deployments[0].id, &definition.id, started);
    let (provisioning, pending, activating) = (
        world.chance.between(("task-provisioning", &task.id), world.timings.task_provisioning),
        world.chance.between(("task-pending", &task.id), world.timings.task_pending),
        world.chance.between(("task-activating", &task.id), world.timings.task_activating),
    );
    task.state = TaskState::Running;
    task.pull_started_at = Some(started + provisioning);
    task.pull_stopped_at = Some(started + provisioning + pending);
    task.started_at = Some(started + provisioning + pending + activating);
    task.image_digest = ecr::digest_of(world, region, &definition.image).ok();
    task.database = match &service.secret {
        Some(secret) => lives::database_of(world, region, secret).flatten(),
        None => definition.database_host.clone(),
    };
    if definition.health_command.is_some() {
        task.health = ContainerHealth::Healthy;
        task.next_check = Some(now + CHECK_EVERY.mul_f64(world.chance.unit(("container-check", &task.id))));
    }
    let owner = elb::Owner { cluster: service.cluster.clone(), service: service.name.clone() };
    for link in &service.target_groups {
        elb::register_healthy(world, region, &link.arn, task.address, link.port, &task.zone, Some(owner.clone()));
    }
    lives::note(world, region, &service.cluster, &service.name, &task, now);
    service.tasks.push(task);
}
