//! Zones, records and health checks. Route 53 is one service for the world and its limits hold for the whole account: few calls matter more
//! here than small answers.

mod records;
mod shapes;

use std::collections::BTreeMap;

use aws_sdk_route53::Client;
use aws_sdk_route53::types::HealthCheck;
use drlab_core::domain::fact::Checkers;
use drlab_core::domain::{Cause, Kind, Subject, Trouble};
use futures_util::future::try_join_all;

pub(super) use records::records;

use super::Findings;
use super::answers::{Listed, Page, existing, pages, refused_as, serious, settled, token};
use super::whole::Whole;
use crate::aws::Clients;
use crate::aws::trouble::trouble;

const NO_ZONE: &[&str] = &["NoSuchHostedZone"];
const NO_CHECK: &[&str] = &["NoSuchHealthCheck"];

/// Up to so many health checks are asked for one by one; more are cheaper to find in the list of all.
const CHECKS_ONE_BY_ONE: usize = 5;

pub(super) async fn zone(clients: &Clients, id: &str) -> Result<Findings, Trouble> {
    let answer = clients.route53.get_hosted_zone().id(id).customize().interceptor(Whole).send().await;
    let Some(answer) = existing(answer.map_err(|error| serious(&error, NO_ZONE)))? else { return Ok(Findings::new()) };
    let Some(zone) = answer.hosted_zone() else {
        return Err(Trouble::new(Cause::Unintelligible, "the answer holds no hosted zone"));
    };
    Ok(Findings::from([(Subject::global(Kind::Zone, id), shapes::zone(zone, answer.delegation_set()).into())]))
}

pub(super) async fn health_checks(clients: &Clients, ids: &[String]) -> Result<Findings, Trouble> {
    let (checks, whole) = if ids.len() > CHECKS_ONE_BY_ONE {
        let Listed { items, whole } = list(&clients.route53).await?;
        (items, whole)
    } else {
        let each = try_join_all(ids.iter().map(|id| get(&clients.route53, id))).await?;
        (each.into_iter().flatten().collect(), true)
    };
    let known: BTreeMap<&str, &HealthCheck> = checks.iter().map(|check| (check.id(), check)).collect();
    let found = |id: &String| Some((Subject::global(Kind::HealthCheck, id), shapes::health_check(known.get(id.as_str())?).into()));
    settled(ids.iter().filter_map(found).collect(), whole, ids.len(), "health checks")
}

async fn get(route53: &Client, id: &str) -> Result<Option<HealthCheck>, Trouble> {
    let answer = route53.get_health_check().health_check_id(id).customize().interceptor(Whole).send().await;
    let answer = existing(answer.map_err(|error| serious(&error, NO_CHECK)))?;
    Ok(answer.and_then(|answer| answer.health_check))
}

async fn list(route53: &Client) -> Result<Listed<HealthCheck>, Trouble> {
    pages(|marker| {
        let request = route53.list_health_checks().set_marker(marker);
        async move {
            let page = request.customize().interceptor(Whole).send().await.map_err(|error| trouble(&error))?;
            Ok(Page { items: page.health_checks, next: token(page.next_marker).filter(|_| page.is_truncated) })
        }
    })
    .await
}

pub(super) async fn checkers(clients: &Clients, id: &str) -> Result<Findings, Trouble> {
    let answer = clients.route53.get_health_check_status().health_check_id(id).customize().interceptor(Whole).send().await;
    let answer = answer.map_err(|error| match refused_as(&error, &["InvalidInput"]) {
        // A check that is calculated from others, or watches an alarm, sends nobody out.
        true => {
            Some(Trouble::new(Cause::Unintelligible, format!("health check {id} has no checkers of its own: {}", trouble(&error).text)))
        }
        false => serious(&error, NO_CHECK),
    });
    let Some(answer) = existing(answer)? else { return Ok(Findings::new()) };
    let mut reports: Vec<_> = answer.health_check_observations().iter().filter_map(shapes::report).collect();
    // AWS promises no order, and a new order is no news.
    reports.sort_by(|one, other| (&one.region, &one.address).cmp(&(&other.region, &other.address)));
    Ok(Findings::from([(Subject::global(Kind::Checkers, id), Checkers { reports }.into())]))
}
