use serde::Serialize;

use crate::domain::Timestamp;

/// An ECS service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Service {
    pub name: String,
    pub cluster: String,
    pub arn: String,
    /// `ACTIVE`, `DRAINING`, `INACTIVE`.
    pub status: String,
    pub desired: i32,
    pub running: i32,
    pub pending: i32,
    pub task_definition: String,
    pub deployments: Vec<Deployment>,
    /// The newest first, at most ten.
    pub events: Vec<ServiceEvent>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Deployment {
    pub id: String,
    /// `PRIMARY`, `ACTIVE`, `INACTIVE`.
    pub status: String,
    /// `IN_PROGRESS`, `COMPLETED`, `FAILED`.
    pub rollout: Option<String>,
    pub rollout_reason: Option<String>,
    pub desired: i32,
    pub running: i32,
    pub pending: i32,
    pub failed: i32,
    pub task_definition: String,
    /// When it began: what its tasks read at their start cannot be older.
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceEvent {
    pub at: Timestamp,
    pub text: String,
}

/// A service's tasks, running and just stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tasks {
    pub tasks: Vec<Task>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Task {
    pub id: String,
    /// `PROVISIONING`, `PENDING`, `ACTIVATING`, `RUNNING`, `STOPPED` …
    pub status: String,
    pub health: Option<String>,
    pub zone: Option<String>,
    pub started_at: Option<Timestamp>,
    pub images: Vec<RunningImage>,
    pub stopped_reason: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RunningImage {
    pub image: String,
    pub digest: Option<String>,
}

/// Within what bounds Application Auto Scaling sets a service's desired count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bounds {
    pub min: i32,
    pub max: i32,
    pub suspended_in: bool,
    pub suspended_out: bool,
    pub suspended_scheduled: bool,
}
