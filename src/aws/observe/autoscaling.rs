//! The bounds within which Application Auto Scaling keeps a service.

use aws_sdk_applicationautoscaling::Client;
use aws_sdk_applicationautoscaling::types::{ScalableDimension, ScalableTarget, ServiceNamespace};
use drlab_core::domain::fact::Bounds;
use drlab_core::domain::{Kind, Region, Subject, Trouble};
use futures_util::future::try_join_all;

use super::Findings;
use super::answers::{Listed, Page, listed, pages, settled, token};
use crate::aws::RegionClients;
use crate::aws::trouble::trouble;

/// `DescribeScalableTargets` takes so many resources.
const TARGETS_A_CALL: usize = 50;

/// `services` are `cluster/service`; one that nothing scales has no bounds.
pub(super) async fn bounds(region: &RegionClients, at: &Region, services: &[String]) -> Result<Findings, Trouble> {
    let parts = try_join_all(services.chunks(TARGETS_A_CALL).map(|part| targets(&region.autoscaling, part))).await?;
    let whole = parts.iter().all(|part| part.whole);
    let named = |target: ScalableTarget| {
        let name = target.resource_id().strip_prefix("service/")?;
        Some((Subject::new(Kind::Bounds, at, name), read(&target).into()))
    };
    let findings: Findings = parts.into_iter().flat_map(|part| part.items).filter_map(named).collect();
    settled(findings, whole, services.len(), "scalable targets")
}

async fn targets(client: &Client, services: &[String]) -> Result<Listed<ScalableTarget>, Trouble> {
    pages(|next| {
        let request = client
            .describe_scalable_targets()
            .service_namespace(ServiceNamespace::Ecs)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .set_resource_ids(Some(services.iter().map(|service| format!("service/{service}")).collect()))
            .set_next_token(next);
        async move {
            let page = request.send().await.map_err(|error| trouble(&error))?;
            Ok(Page { items: listed(page.scalable_targets, "scalable targets")?, next: token(page.next_token) })
        }
    })
    .await
}

fn read(from: &ScalableTarget) -> Bounds {
    let suspended = from.suspended_state();
    Bounds {
        min: from.min_capacity(),
        max: from.max_capacity(),
        suspended_in: suspended.and_then(|state| state.dynamic_scaling_in_suspended()).unwrap_or_default(),
        suspended_out: suspended.and_then(|state| state.dynamic_scaling_out_suspended()).unwrap_or_default(),
        suspended_scheduled: suspended.and_then(|state| state.scheduled_scaling_suspended()).unwrap_or_default(),
    }
}
