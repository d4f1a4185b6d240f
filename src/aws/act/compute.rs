use aws_sdk_applicationautoscaling::Client as Scaling;
use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace, SuspendedState};
use aws_sdk_ecs::Client;
use drlab_core::domain::{Receipt, What};

use super::receipt::{accepted, failed, refused};

pub(super) async fn apply(ecs: &Client, what: &What) -> Receipt {
    let request = match what {
        What::ScaleService { cluster, service, desired } => ecs.update_service().cluster(cluster).service(service).desired_count(*desired),
        What::Redeploy { cluster, service } => ecs.update_service().cluster(cluster).service(service).force_new_deployment(true),
        _ => return refused("NotHere", "ECS does not do that"),
    };
    match request.send().await {
        Ok(updated) => {
            let primary = updated.service.and_then(|service| {
                service.deployments.unwrap_or_default().into_iter().find(|deployment| deployment.status.as_deref() == Some("PRIMARY"))
            });
            accepted([("deployment", primary.and_then(|deployment| deployment.id))])
        }
        Err(error) => failed(&error),
    }
}

/// Registering a target that is registered changes only what is said of it.
pub(super) async fn bound(scaling: &Scaling, what: &What) -> Receipt {
    let (What::SetBounds { cluster, service, .. } | What::SuspendScaling { cluster, service, .. }) = what else {
        return refused("NotHere", "Application Auto Scaling does not do that");
    };
    let target = scaling
        .register_scalable_target()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id(format!("service/{cluster}/{service}"));
    let request = match what {
        What::SetBounds { min, max, .. } => target.min_capacity(*min).max_capacity(*max),
        What::SuspendScaling { suspended, .. } => {
            let state = SuspendedState::builder()
                .dynamic_scaling_in_suspended(*suspended)
                .dynamic_scaling_out_suspended(*suspended)
                .scheduled_scaling_suspended(*suspended);
            target.suspended_state(state.build())
        }
        _ => target,
    };
    request.send().await.map_or_else(|error| failed(&error), |_| accepted([]))
}
