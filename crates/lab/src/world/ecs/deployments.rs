//! Deployments: one version of a service taking the place of another.

use drlab_core::domain::{Region, Timestamp};

use super::definitions::DefinitionId;
use super::services::Service;
use super::tasks::TaskState;
use crate::doc;
use crate::document::Document;
use crate::world::World;

#[derive(Clone, Debug, Default)]
pub struct Deployment {
    /// `ecs-svc/` and nineteen digits.
    pub id: String,
    pub definition: DefinitionId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub rollout: Rollout,
    pub reason: String,
    /// Tasks that failed one after the other. Once a task has run well, failures are no longer held against the deployment.
    pub failed_tasks: u32,
    pub proven: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rollout {
    #[default]
    InProgress,
    Completed,
    Failed,
}

impl Rollout {
    pub const fn name(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

/// Whether a deployment whose tasks keep failing is given up, and the one before it put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    pub rollback: bool,
}

impl CircuitBreaker {
    /// How many failures in a row are too many: half the desired count, at least 3, at most 200 (ECS developer guide).
    pub(super) fn threshold(desired: u32) -> u32 {
        desired.div_ceil(2).clamp(3, 200)
    }
}

impl Deployment {
    pub(super) fn begin(id: String, definition: DefinitionId, now: Timestamp) -> Self {
        let reason = format!("ECS deployment {id} in progress.");
        Self { id, definition, created_at: now, updated_at: now, reason, ..Self::default() }
    }

    pub(super) fn complete(&mut self, now: Timestamp) {
        self.rollout = Rollout::Completed;
        self.reason = format!("ECS deployment {} completed.", self.id);
        self.updated_at = now;
        self.failed_tasks = 0;
        self.proven = true;
    }

    pub(super) fn fail(&mut self, now: Timestamp) {
        self.rollout = Rollout::Failed;
        "ECS deployment circuit breaker: tasks failed to start.".clone_into(&mut self.reason);
        self.updated_at = now;
    }

    pub(super) fn count_failure(&mut self, now: Timestamp) {
        if !self.proven {
            self.failed_tasks += 1;
            self.updated_at = now;
        }
    }
}

/// The deployment in DescribeServices; the first of a service is its primary one.
pub(super) fn describe(world: &World, region: &Region, service: &Service, at: usize, deployment: &Deployment) -> Document {
    let tasks = || service.tasks.iter().filter(|task| task.deployment == deployment.id);
    let pending = tasks().filter(|task| task.wanted && task.state < TaskState::Running).count();
    let running = tasks().filter(|task| task.state == TaskState::Running).count();
    let desired = if at == 0 { service.desired as usize } else { tasks().filter(|task| task.wanted).count() };
    doc! {
        "id": &deployment.id,
        "status": if at == 0 { "PRIMARY" } else { "ACTIVE" },
        "taskDefinition": deployment.definition.arn(world, region),
        "desiredCount": desired,
        "pendingCount": pending,
        "runningCount": running,
        "failedTasks": deployment.failed_tasks,
        "createdAt": deployment.created_at,
        "updatedAt": deployment.updated_at,
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "networkConfiguration": super::services::network(world, region, service),
        "rolloutState": deployment.rollout.name(),
        "rolloutStateReason": &deployment.reason,
    }
}
