//! Target groups and the health of their targets.

use aws_sdk_elasticloadbalancingv2::Client;
use drlab_core::domain::fact::{Target, TargetGroup, Targets};
use drlab_core::domain::{Kind, Region, Subject, Trouble};
use futures_util::future::try_join_all;

use super::Findings;
use super::answers::{existing, said, serious, text};
use super::whole::Whole;
use crate::aws::RegionClients;

/// `DescribeTargetGroups` takes so many ARNs.
const GROUPS_A_CALL: usize = 20;

/// What is said of an ARN that leads nowhere, and of a text that is no ARN of a target group in this region.
const NO_SUCH_GROUP: &[&str] = &["TargetGroupNotFound", "TargetGroupNotFoundException", "ValidationError"];

pub(super) async fn target_groups(region: &RegionClients, at: &Region, arns: &[String]) -> Result<Findings, Trouble> {
    let parts = try_join_all(arns.chunks(GROUPS_A_CALL).map(|part| groups(&region.elb, part))).await?;
    let found = parts.into_iter().flatten().map(|group| (Subject::new(Kind::TargetGroup, at, &group.arn), group.into()));
    Ok(found.collect())
}

/// One ARN that leads nowhere spoils the answer for all of them; then each is asked for by itself.
async fn groups(elb: &Client, arns: &[String]) -> Result<Vec<TargetGroup>, Trouble> {
    if let Some(groups) = ask(elb, arns).await? {
        return Ok(groups);
    }
    if arns.len() < 2 {
        return Ok(Vec::new());
    }
    let each = try_join_all(arns.iter().map(|arn| ask(elb, std::slice::from_ref(arn)))).await?;
    Ok(each.into_iter().flatten().flatten().collect())
}

/// `None` where at least one of them does not exist.
async fn ask(elb: &Client, arns: &[String]) -> Result<Option<Vec<TargetGroup>>, Trouble> {
    let answer = elb.describe_target_groups().set_target_group_arns(Some(arns.to_vec())).customize().interceptor(Whole).send().await;
    let answer = existing(answer.map_err(|error| serious(&error, NO_SUCH_GROUP)))?;
    Ok(answer.map(|answer| answer.target_groups().iter().map(group).collect()))
}

fn group(from: &aws_sdk_elasticloadbalancingv2::types::TargetGroup) -> TargetGroup {
    TargetGroup {
        arn: text(from.target_group_arn()),
        name: text(from.target_group_name()),
        load_balancers: from.load_balancer_arns().to_vec(),
        protocol: from.protocol().map(|protocol| protocol.as_str().to_owned()),
        port: from.port(),
        health_path: said(from.health_check_path()),
        target_type: from.target_type().map(|kind| kind.as_str().to_owned()),
    }
}

pub(super) async fn targets(region: &RegionClients, at: &Region, arn: &str) -> Result<Findings, Trouble> {
    let answer = region.elb.describe_target_health().target_group_arn(arn).customize().interceptor(Whole).send().await;
    let Some(answer) = existing(answer.map_err(|error| serious(&error, NO_SUCH_GROUP)))? else { return Ok(Findings::new()) };
    let mut targets: Vec<Target> = answer.target_health_descriptions().iter().map(target).collect();
    // AWS promises no order, and a new order is no news.
    targets.sort_by(|one, other| (&one.id, one.port).cmp(&(&other.id, other.port)));
    Ok(Findings::from([(Subject::new(Kind::Targets, at, arn), Targets { targets }.into())]))
}

fn target(from: &aws_sdk_elasticloadbalancingv2::types::TargetHealthDescription) -> Target {
    let (target, health) = (from.target(), from.target_health());
    Target {
        id: text(target.and_then(|target| target.id())),
        port: target.and_then(|target| target.port()),
        state: health.and_then(|health| health.state()).map(|state| state.as_str().to_owned()).unwrap_or_default(),
        reason: health.and_then(|health| health.reason()).map(|reason| reason.as_str().to_owned()),
        description: health.and_then(|health| said(health.description())),
    }
}
