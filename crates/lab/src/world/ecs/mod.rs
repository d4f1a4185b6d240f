//! Clusters, services, tasks: Fargate's scheduler as an operator sees it.
//!
//! A service wants a number of tasks of its newest deployment and gets there within its bounds of health and surplus. Tasks take their time
//! to start, fail to start when their image or secret is not there, and know for life the database their secret named when they started.

mod cluster_calls;
mod definitions;
mod deployments;
mod install;
mod lives;
mod load;
mod scheduler;
mod service_calls;
mod services;
mod task_calls;
mod tasks;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use drlab_core::domain::{Region, Timestamp};

pub use definitions::{DefinitionId, TaskDefinition};
pub use deployments::{CircuitBreaker, Deployment, Rollout};
pub use install::{NewService, add_cluster, add_service, add_task_definition};
pub use load::{measure, note_load};
pub use scheduler::pulse;
pub use services::{Event, Service, TargetLink};
pub use tasks::{ContainerHealth, Stop, StopCode, Task, TaskState};

use super::{ApiError, Call, Operation, World, elb};

/// ECS in one region.
#[derive(Clone, Debug, Default)]
pub struct Ecs {
    pub clusters: BTreeMap<String, Cluster>,
    pub definitions: BTreeMap<DefinitionId, TaskDefinition>,
    /// How many tasks the account may run here at once; `None`: as many as are asked for.
    pub task_capacity: Option<usize>,
}

#[derive(Clone, Debug, Default)]
pub struct Cluster {
    pub name: String,
    pub created_at: Timestamp,
    /// Whether task counts are told to CloudWatch.
    pub container_insights: bool,
    pub services: BTreeMap<String, Service>,
}

pub const SERVICE: super::Service = super::Service {
    name: "ecs",
    operations: &[
        Operation::read("ListClusters", cluster_calls::list_clusters),
        Operation::read("DescribeClusters", cluster_calls::describe_clusters),
        Operation::read("ListServices", service_calls::list_services),
        Operation::read("DescribeServices", service_calls::describe_services),
        Operation::write("UpdateService", service_calls::update_service),
        Operation::read("ListTasks", task_calls::list_tasks),
        Operation::read("DescribeTasks", task_calls::describe_tasks),
        Operation::write("StopTask", task_calls::stop_task),
        Operation::read("DescribeTaskDefinition", definitions::describe_task_definition),
        Operation::read("ListTaskDefinitions", definitions::list_task_definitions),
    ],
};

/// A service by its names.
pub fn service<'w>(world: &'w World, region: &Region, cluster: &str, service: &str) -> Option<&'w Service> {
    world.regional.get(region)?.ecs.clusters.get(cluster)?.services.get(service)
}

pub fn service_mut<'w>(world: &'w mut World, region: &Region, cluster: &str, service: &str) -> Option<&'w mut Service> {
    world.regional.get_mut(region)?.ecs.clusters.get_mut(cluster)?.services.get_mut(service)
}

/// How many of a service's tasks answer requests.
pub fn running_tasks(world: &World, region: &Region, cluster: &str, service: &str) -> usize {
    self::service(world, region, cluster, service).map_or(0, Service::running)
}

/// The host that a service's running tasks are connected to: the one their secret named when the oldest of them started.
pub fn database_of<'w>(world: &'w World, region: &Region, cluster: &str, service: &str) -> Option<&'w str> {
    self::service(world, region, cluster, service)?.running_tasks().find_map(|task| task.database.as_deref())
}

/// Sets how many tasks a service should run; false if there is no such service.
pub fn set_desired(world: &mut World, region: &Region, cluster: &str, service: &str, desired: u32) -> bool {
    match service_mut(world, region, cluster, service) {
        Some(found) => {
            found.set_desired(desired);
            true
        }
        None => false,
    }
}

/// Whose container answers at an address of the region's network, and in which zone.
pub(super) fn task_at(world: &World, region: &Region, address: Ipv4Addr) -> Option<(elb::Owner, String)> {
    world.regional.get(region)?.ecs.clusters.values().flat_map(|cluster| cluster.services.values()).find_map(|service| {
        let task = service.tasks.iter().find(|task| task.address == address && task.has_container())?;
        let owner = elb::Owner { cluster: service.cluster.clone(), service: service.name.clone() };
        Some((owner, task.zone.clone()))
    })
}

fn invalid(says: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterException", 400, says)
}

/// The name in `name` or `arn:aws:ecs:…:kind/…/name`.
fn name_in(given: &str) -> &str {
    if given.starts_with("arn:") { given.rsplit('/').next().unwrap_or(given) } else { given }
}

/// A page of a list whose pages hold `most` items unless fewer are asked for.
fn paged<T>(call: &Call, items: Vec<T>, key: impl Fn(&T) -> String, usual: usize) -> Result<(Vec<T>, Option<String>), ApiError> {
    let limit = match call.input.int("maxResults")? {
        None => usual,
        Some(given) => match usize::try_from(given) {
            Ok(limit @ 1..=100) => limit,
            _ => return Err(invalid("maxResults must be between 1 and 100.")),
        },
    };
    super::pages::page(&call.operation, items, key, call.input.text("nextToken")?, limit).ok_or_else(|| invalid("Invalid token."))
}
