//! A service: how many tasks of what it wants, how it gets there, and what it says about it.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::definitions::DefinitionId;
use super::deployments::{CircuitBreaker, Deployment, Rollout};
use super::load::Load;
use super::tasks::{Task, TaskState};
use crate::doc;
use crate::document::Document;
use crate::world::{Chance, World};

#[derive(Clone, Debug, Default)]
pub struct Service {
    pub name: String,
    pub cluster: String,
    pub created_at: Timestamp,
    pub desired: u32,
    pub minimum_healthy_percent: u32,
    pub maximum_percent: u32,
    pub circuit_breaker: Option<CircuitBreaker>,
    /// For how long after its start a task's failing health checks are overlooked.
    pub grace: Duration,
    pub container: String,
    pub target_groups: Vec<TargetLink>,
    /// The secret whose `host` member names the database.
    pub secret: Option<String>,
    /// The primary one first.
    pub deployments: Vec<Deployment>,
    pub tasks: Vec<Task>,
    /// The newest first.
    pub events: VecDeque<Event>,
    pub load: Load,
    /// Nothing is left to be done.
    pub steady: bool,
    /// Something happened since the scheduler last looked.
    pub(super) touched: bool,
    /// The load balancers' count of changes when the scheduler last looked.
    pub(super) seen: u64,
    /// Tasks placed so far; the next one's number.
    pub(super) placed: u64,
    pub(super) deployed: u64,
    pub(super) backoff: Backoff,
    /// What the last deployment that came through consisted of.
    pub(super) last_good: Option<DefinitionId>,
}

/// A target group the service keeps its tasks in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetLink {
    pub arn: String,
    pub port: u16,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    pub id: String,
    pub at: Timestamp,
    pub message: String,
}

/// How eagerly a service tries again what did not work.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Backoff {
    /// Tasks that failed to start, one after the other.
    pub failures: u32,
    /// Nothing is started before.
    pub until: Option<Timestamp>,
    /// When it was last said that there is no room.
    pub said_unplaced: Option<Timestamp>,
}

impl Service {
    /// AWS keeps the newest hundred.
    const EVENTS: usize = 100;

    pub fn arn(&self, world: &World, region: &Region) -> String {
        world.arn("ecs", region, &format!("service/{}/{}", self.cluster, self.name))
    }

    pub fn running(&self) -> usize {
        self.tasks.iter().filter(|task| task.runs()).count()
    }

    pub fn pending(&self) -> usize {
        self.tasks.iter().filter(|task| task.wanted && task.state < TaskState::Running).count()
    }

    /// The tasks whose containers answer requests.
    pub fn running_tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| task.runs())
    }

    /// How many tasks may be alive at once while the service changes.
    pub fn most(&self) -> usize {
        usize::try_from(u64::from(self.desired) * u64::from(self.maximum_percent) / 100).unwrap_or(usize::MAX)
    }

    /// How many tasks must stay healthy while the service changes.
    pub fn least(&self) -> usize {
        usize::try_from((u64::from(self.desired) * u64::from(self.minimum_healthy_percent)).div_ceil(100)).unwrap_or(usize::MAX)
    }

    pub(super) fn set_desired(&mut self, desired: u32) {
        if self.desired != desired {
            self.desired = desired;
            self.backoff = Backoff::default();
            self.touched = true;
            self.steady = false;
        }
    }

    /// Begins to replace every task by one of this definition.
    pub(super) fn deploy(&mut self, chance: Chance, region: &Region, definition: DefinitionId, now: Timestamp) {
        self.deployed += 1;
        let id = chance.bits(("deployment", region, &self.cluster, &self.name, self.deployed)) % 10_000_000_000_000_000_000;
        self.deployments.insert(0, Deployment::begin(format!("ecs-svc/{id:019}"), definition, now));
        self.backoff = Backoff::default();
        self.touched = true;
        self.steady = false;
    }

    pub(super) fn say(&mut self, chance: Chance, region: &Region, now: Timestamp, what: &str) {
        let message = format!("(service {}) {what}", self.name);
        let nth = self.events.front().map(|event| event.id.clone());
        let id = chance.uuid(("service-event", region, &self.cluster, &message, now, nth));
        self.events.push_front(Event { id, at: now, message });
        self.events.truncate(Self::EVENTS);
    }

    /// The address of the task with this number. Every service has a network of its own; addresses come round again after 240 tasks.
    pub(super) fn address(&self, chance: Chance, region: &Region, nth: u64) -> Ipv4Addr {
        let network = chance.bits(("service-network", region, &self.cluster, &self.name)).to_be_bytes();
        let host = u8::try_from(nth % 240).unwrap_or(0);
        Ipv4Addr::new(10, network[0], network[1], 10 + host)
    }

    /// Whether a deployment is under way.
    pub fn in_rollout(&self) -> bool {
        self.deployments.first().is_some_and(|primary| primary.rollout == Rollout::InProgress)
    }
}

/// The networks and guards its tasks live behind.
pub(super) fn network(world: &World, region: &Region, service: &Service) -> Document {
    let subnets = ["a", "b", "c"].map(|zone| format!("subnet-{}", world.chance.hex(("subnet", region, zone), 17)));
    let guard = world.chance.hex(("security-group", region, &service.cluster, &service.name), 17);
    doc! {
        "awsvpcConfiguration": doc! {
            "subnets": Document::list(subnets),
            "securityGroups": Document::list([format!("sg-{guard}")]),
            "assignPublicIp": "DISABLED",
        },
    }
}

/// The service in DescribeServices and UpdateService.
pub(super) fn describe(world: &World, region: &Region, service: &Service) -> Document {
    let primary = service.deployments.first();
    let deployments = service.deployments.iter().enumerate();
    let targets = service.target_groups.iter().map(|link| {
        doc! { "targetGroupArn": &link.arn, "containerName": &service.container, "containerPort": i64::from(link.port) }
    });
    let breaker = doc! {
        "enable": service.circuit_breaker.is_some(),
        "rollback": service.circuit_breaker.is_some_and(|breaker| breaker.rollback),
    };
    let events = service.events.iter().map(|event| doc! { "id": &event.id, "createdAt": event.at, "message": &event.message });
    doc! {
        "serviceArn": service.arn(world, region),
        "serviceName": &service.name,
        "clusterArn": world.arn("ecs", region, &format!("cluster/{}", service.cluster)),
        "loadBalancers": Document::list(targets),
        "serviceRegistries": Document::list::<Document>([]),
        "status": "ACTIVE",
        "desiredCount": service.desired,
        "runningCount": service.running(),
        "pendingCount": service.pending(),
        "launchType": "FARGATE",
        "platformVersion": "LATEST",
        "platformFamily": "Linux",
        "taskDefinition": primary.map(|deployment| deployment.definition.arn(world, region)),
        "deploymentConfiguration": doc! {
            "deploymentCircuitBreaker": breaker,
            "maximumPercent": service.maximum_percent,
            "minimumHealthyPercent": service.minimum_healthy_percent,
            "strategy": "ROLLING",
            "bakeTimeInMinutes": 0,
        },
        "deployments": Document::list(deployments.map(|(at, deployment)| super::deployments::describe(world, region, service, at, deployment))),
        "roleArn": format!("arn:aws:iam::{}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", world.account),
        "events": Document::list(events),
        "createdAt": service.created_at,
        "placementConstraints": Document::list::<Document>([]),
        "placementStrategy": Document::list::<Document>([]),
        "networkConfiguration": network(world, region, service),
        "healthCheckGracePeriodSeconds": (!service.target_groups.is_empty()).then_some(service.grace.as_secs()),
        "schedulingStrategy": "REPLICA",
        "deploymentController": doc! { "type": "ECS" },
        "enableECSManagedTags": false,
        "propagateTags": "NONE",
        "enableExecuteCommand": false,
        "availabilityZoneRebalancing": "DISABLED",
    }
}
