//! One task: its states, what it runs, what it knows.

use std::net::Ipv4Addr;

use drlab_core::domain::{Region, Timestamp};

use super::definitions::DefinitionId;
use super::services::Service;
use crate::doc;
use crate::document::Document;
use crate::world::World;

/// The stations of a task's life, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskState {
    #[default]
    Provisioning,
    Pending,
    Activating,
    Running,
    Deactivating,
    Stopping,
    Deprovisioning,
    Stopped,
}

impl TaskState {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending => "PENDING",
            Self::Activating => "ACTIVATING",
            Self::Running => "RUNNING",
            Self::Deactivating => "DEACTIVATING",
            Self::Stopping => "STOPPING",
            Self::Deprovisioning => "DEPROVISIONING",
            Self::Stopped => "STOPPED",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopCode {
    TaskFailedToStart,
    UserInitiated,
    ServiceSchedulerInitiated,
}

impl StopCode {
    pub const fn name(self) -> &'static str {
        match self {
            Self::TaskFailedToStart => "TaskFailedToStart",
            Self::UserInitiated => "UserInitiated",
            Self::ServiceSchedulerInitiated => "ServiceSchedulerInitiated",
        }
    }
}

/// Why a task is, or will be, stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    pub code: StopCode,
    pub reason: String,
}

/// What the check inside the container says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContainerHealth {
    /// There is no such check, or it has not run yet.
    #[default]
    Unknown,
    Healthy,
    Unhealthy,
}

impl ContainerHealth {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Healthy => "HEALTHY",
            Self::Unhealthy => "UNHEALTHY",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Task {
    pub id: String,
    /// The deployment that started it.
    pub deployment: String,
    pub definition: DefinitionId,
    pub state: TaskState,
    /// When the present state ends; `None`: it lasts.
    pub until: Option<Timestamp>,
    /// Whether it should run (`desiredStatus`).
    pub wanted: bool,
    pub address: Ipv4Addr,
    pub zone: String,
    pub image_digest: Option<String>,
    /// The database host its secret named when its container started. A later change of the secret does not reach it.
    pub database: Option<String>,
    pub health: ContainerHealth,
    /// Container checks that failed one after the other.
    pub failed_checks: u32,
    pub next_check: Option<Timestamp>,
    pub created_at: Timestamp,
    pub pull_started_at: Option<Timestamp>,
    pub pull_stopped_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub stopping_at: Option<Timestamp>,
    pub stopped_at: Option<Timestamp>,
    pub stop: Option<Stop>,
}

impl Task {
    /// A task that has just been placed.
    pub(super) fn placed(id: String, deployment: &str, definition: DefinitionId, address: Ipv4Addr, zone: String, now: Timestamp) -> Self {
        Self {
            id,
            deployment: deployment.to_owned(),
            definition,
            state: TaskState::Provisioning,
            until: None,
            wanted: true,
            address,
            zone,
            image_digest: None,
            database: None,
            health: ContainerHealth::Unknown,
            failed_checks: 0,
            next_check: None,
            created_at: now,
            pull_started_at: None,
            pull_stopped_at: None,
            started_at: None,
            stopping_at: None,
            stopped_at: None,
            stop: None,
        }
    }

    /// Whether there is a container that could answer.
    pub fn has_container(&self) -> bool {
        (TaskState::Activating..=TaskState::Deactivating).contains(&self.state)
    }

    /// Whether it runs and is to go on doing so.
    pub fn runs(&self) -> bool {
        self.state == TaskState::Running
    }

    pub fn arn(&self, world: &World, region: &Region, cluster: &str) -> String {
        world.arn("ecs", region, &format!("task/{cluster}/{}", self.id))
    }
}

/// The task in DescribeTasks.
pub(super) fn describe(world: &World, region: &Region, service: &Service, task: &Task) -> Document {
    let definition = world.regional.get(region).and_then(|here| here.ecs.definitions.get(&task.definition));
    let arn = task.arn(world, region, &service.cluster);
    let card = world.chance.uuid(("network-interface", &task.id));
    let status = match task.state {
        TaskState::Provisioning => "PRECREATED",
        TaskState::Deprovisioning => "DETACHED",
        TaskState::Stopped => "DELETED",
        _ => "ATTACHED",
    };
    let details = [
        ("subnetId", format!("subnet-{}", world.chance.hex(("subnet", region, task.zone.trim_start_matches(region.as_str())), 17))),
        ("networkInterfaceId", format!("eni-{}", world.chance.hex(("eni", &task.id), 17))),
        ("macAddress", mac(world.chance.bits(("mac", &task.id)))),
        ("privateIPv4Address", task.address.to_string()),
    ];
    // A network card has its address only once it is there.
    let details = details.into_iter().filter(|_| task.state != TaskState::Provisioning);
    let attachment = doc! {
        "id": &card,
        "type": "ElasticNetworkInterface",
        "status": status,
        "details": Document::list(details.map(|(name, value)| doc! { "name": name, "value": value })),
    };
    let interface = doc! { "attachmentId": &card, "privateIpv4Address": task.address.to_string() };
    let container_status = match task.state {
        TaskState::Provisioning | TaskState::Pending => "PENDING",
        TaskState::Activating | TaskState::Running | TaskState::Deactivating | TaskState::Stopping => "RUNNING",
        TaskState::Deprovisioning | TaskState::Stopped => "STOPPED",
    };
    let failed_to_start = task.stop.as_ref().filter(|stop| stop.code == StopCode::TaskFailedToStart);
    let ended = task.state >= TaskState::Deprovisioning;
    let container = doc! {
        "containerArn": world.arn("ecs", region, &format!("container/{}/{}/{}", service.cluster, task.id, world.chance.uuid(("container", &task.id)))),
        "taskArn": &arn,
        "name": definition.map(|definition| &definition.container),
        "image": definition.map(|definition| &definition.image),
        "imageDigest": task.image_digest.as_ref(),
        "runtimeId": task.pull_stopped_at.map(|_| format!("{}-{}", task.id, world.chance.bits(("runtime", &task.id)) % 10_000_000_000)),
        "lastStatus": container_status,
        "exitCode": (ended && failed_to_start.is_none() && task.pull_stopped_at.is_some()).then_some(0),
        "reason": failed_to_start.map(|stop| &stop.reason),
        "networkBindings": Document::list::<Document>([]),
        "networkInterfaces": Document::list((task.state != TaskState::Provisioning).then_some(interface)),
        "healthStatus": task.health.name(),
        "cpu": "0",
    };
    doc! {
        "attachments": Document::list([attachment]),
        "attributes": Document::list([doc! { "name": "ecs.cpu-architecture", "value": "x86_64" }]),
        "availabilityZone": &task.zone,
        "clusterArn": world.arn("ecs", region, &format!("cluster/{}", service.cluster)),
        "connectivity": task.pull_started_at.map(|_| "CONNECTED"),
        "connectivityAt": task.pull_started_at,
        "containers": Document::list([container]),
        "cpu": definition.map(|definition| definition.cpu.to_string()),
        "createdAt": task.created_at,
        "desiredStatus": if task.wanted { "RUNNING" } else { "STOPPED" },
        "enableExecuteCommand": false,
        "executionStoppedAt": task.stopped_at.and(task.started_at).and(task.stopped_at),
        "group": format!("service:{}", service.name),
        "healthStatus": task.health.name(),
        "lastStatus": task.state.name(),
        "launchType": "FARGATE",
        "memory": definition.map(|definition| definition.memory.to_string()),
        "overrides": doc! { "containerOverrides": Document::list(definition.map(|definition| doc! { "name": &definition.container })) },
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "pullStartedAt": task.pull_started_at,
        "pullStoppedAt": task.pull_stopped_at,
        "startedAt": task.started_at,
        "startedBy": &task.deployment,
        "stopCode": task.stop.as_ref().map(|stop| stop.code.name()),
        "stoppedAt": task.stopped_at,
        "stoppedReason": task.stop.as_ref().map(|stop| &stop.reason),
        "stoppingAt": task.stopping_at,
        "tags": Document::list::<Document>([]),
        "taskArn": arn,
        "taskDefinitionArn": task.definition.arn(world, region),
        "version": task.state as u32 + 1,
        "ephemeralStorage": doc! { "sizeInGiB": 20 },
    }
}

fn mac(bits: u64) -> String {
    let bytes = bits.to_be_bytes();
    format!("02:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4])
}
