//! From what ECS writes to what is known.

use std::cmp::Reverse;

use drlab_core::domain::fact::{Deployment, RunningImage, Service, ServiceEvent, Task};

use crate::aws::observe::answers::{name_in, said, text, when};

/// A service writes an event for every step it takes; these many are shown.
const EVENTS_KEPT: usize = 10;

pub(super) fn service(cluster: &str, from: &aws_sdk_ecs::types::Service) -> Service {
    let mut events: Vec<ServiceEvent> = from
        .events()
        .iter()
        .filter_map(|event| Some(ServiceEvent { at: when(event.created_at())?, text: text(event.message()) }))
        .collect();
    events.sort_by_key(|event| Reverse(event.at));
    events.truncate(EVENTS_KEPT);
    Service {
        name: text(from.service_name()),
        cluster: cluster.to_owned(),
        arn: text(from.service_arn()),
        status: text(from.status()),
        desired: from.desired_count(),
        running: from.running_count(),
        pending: from.pending_count(),
        task_definition: text(from.task_definition()),
        deployments: from.deployments().iter().map(deployment).collect(),
        events,
    }
}

fn deployment(from: &aws_sdk_ecs::types::Deployment) -> Deployment {
    Deployment {
        id: text(from.id()),
        status: text(from.status()),
        rollout: from.rollout_state().map(|state| state.as_str().to_owned()),
        rollout_reason: said(from.rollout_state_reason()),
        desired: from.desired_count(),
        running: from.running_count(),
        pending: from.pending_count(),
        failed: from.failed_tasks(),
        task_definition: text(from.task_definition()),
        created_at: when(from.created_at()),
        updated_at: when(from.updated_at()),
    }
}

pub(super) fn task(from: &aws_sdk_ecs::types::Task) -> Task {
    let containers = from.containers();
    Task {
        id: name_in(from.task_arn().unwrap_or_default()).to_owned(),
        status: text(from.last_status()),
        health: from.health_status().map(|health| health.as_str().to_owned()),
        zone: said(from.availability_zone()),
        started_at: when(from.started_at()),
        images: containers.iter().filter_map(image).collect(),
        // An image that cannot be pulled is a container's trouble before it is the task's.
        stopped_reason: said(from.stopped_reason()).or_else(|| containers.iter().find_map(|container| said(container.reason()))),
    }
}

fn image(from: &aws_sdk_ecs::types::Container) -> Option<RunningImage> {
    Some(RunningImage { image: said(from.image())?, digest: said(from.image_digest()) })
}
