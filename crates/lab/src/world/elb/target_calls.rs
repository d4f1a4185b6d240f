//! What ELBv2 answers about targets, and how they are put in and taken out by hand.

use std::net::Ipv4Addr;

use super::groups::{TargetGroup, not_found};
use super::targets::{Health, TIMED_OUT, Target, deregister, register};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World, ecs};

pub(super) fn describe_target_health(world: &mut World, call: &Call) -> Answer {
    let arn = call.input.need("TargetGroupArn")?;
    let group = world.here(&call.region)?.elb.target_groups.get(arn).ok_or_else(|| not_found(arn))?;
    let asked = named_targets(call, group)?;
    let descriptions: Vec<Document> = if asked.is_empty() {
        group.targets.iter().map(|target| describe(group, target)).collect()
    } else {
        asked
            .into_iter()
            .map(|(address, port)| {
                let found = group.targets.iter().find(|target| target.address == address && target.port == port);
                found.map_or_else(|| stranger(address, port), |target| describe(group, target))
            })
            .collect()
    };
    Ok(doc! { "TargetHealthDescriptions": Document::list(descriptions) }.into())
}

pub(super) fn register_targets(world: &mut World, call: &Call) -> Answer {
    let arn = call.input.need("TargetGroupArn")?;
    let group = world.here(&call.region)?.elb.target_groups.get(arn).ok_or_else(|| not_found(arn))?;
    let targets = some_targets(call, group)?;
    for (address, port) in targets {
        let task = ecs::task_at(world, &call.region, address);
        let zone = task.as_ref().map_or_else(|| format!("{}a", call.region), |(_, zone)| zone.clone());
        register(world, &call.region, arn, address, port, &zone, task.map(|(owner, _)| owner));
    }
    Ok(doc! {}.into())
}

pub(super) fn deregister_targets(world: &mut World, call: &Call) -> Answer {
    let arn = call.input.need("TargetGroupArn")?;
    let group = world.here(&call.region)?.elb.target_groups.get(arn).ok_or_else(|| not_found(arn))?;
    let targets = some_targets(call, group)?;
    let known = |(address, port): &(Ipv4Addr, u16)| group.targets.iter().any(|target| target.address == *address && target.port == *port);
    if let Some((address, _)) = targets.iter().find(|target| !known(target)) {
        return Err(ApiError::new("InvalidTarget", 400, format!("The following targets are not registered: '{address}'")));
    }
    for (address, port) in targets {
        deregister(world, &call.region, arn, address, port);
    }
    Ok(doc! {}.into())
}

fn some_targets(call: &Call, group: &TargetGroup) -> Result<Vec<(Ipv4Addr, u16)>, ApiError> {
    let targets = named_targets(call, group)?;
    if targets.is_empty() { Err(ApiError::missing("Targets")) } else { Ok(targets) }
}

/// The targets a request names; the group's port where it gives none.
fn named_targets(call: &Call, group: &TargetGroup) -> Result<Vec<(Ipv4Addr, u16)>, ApiError> {
    let mut targets = Vec::new();
    for target in call.input.items("Targets", "member") {
        let id = target.need("Id")?;
        let address = id.parse().map_err(|_| ApiError::validation(format!("The IP address '{id}' is not a valid IPv4 address")))?;
        let port = match target.int("Port")? {
            None => group.port,
            Some(port) => u16::try_from(port)
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| ApiError::validation(format!("Port '{port}' must be between 1 and 65535")))?,
        };
        targets.push((address, port));
    }
    Ok(targets)
}

fn describe(group: &TargetGroup, target: &Target) -> Document {
    let (state, reason, description) = if group.load_balancer.is_none() {
        ("unused", Some("Target.NotInUse"), Some("Target group is not configured to receive traffic from the load balancer"))
    } else {
        match &target.health {
            Health::Initial { checked: false } => {
                ("initial", Some("Elb.RegistrationInProgress"), Some("Target registration is in progress"))
            }
            Health::Initial { checked: true } => ("initial", Some("Elb.InitialHealthChecking"), Some("Initial health checks in progress")),
            Health::Healthy => ("healthy", None, None),
            Health::Unhealthy(why) => ("unhealthy", Some(reason(why)), Some(why.as_str())),
            Health::Draining { .. } => ("draining", Some("Target.DeregistrationInProgress"), Some("Target deregistration is in progress")),
        }
    };
    doc! {
        "Target": doc! {
            "Id": target.address.to_string(),
            "Port": i64::from(target.port),
            "AvailabilityZone": &target.zone,
        },
        "HealthCheckPort": target.port.to_string(),
        "TargetHealth": doc! { "State": state, "Reason": reason, "Description": description },
    }
}

fn stranger(address: Ipv4Addr, port: u16) -> Document {
    doc! {
        "Target": doc! { "Id": address.to_string(), "Port": i64::from(port) },
        "TargetHealth": doc! {
            "State": "unused",
            "Reason": "Target.NotRegistered",
            "Description": "Target is not registered to the target group",
        },
    }
}

/// The code that goes with a check's words.
pub(super) fn reason(why: &str) -> &'static str {
    if why.starts_with("Health checks failed with these codes") {
        "Target.ResponseCodeMismatch"
    } else if why.starts_with(TIMED_OUT) {
        "Target.Timeout"
    } else {
        "Target.FailedHealthChecks"
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NewLoadBalancer, NewTargetGroup, add_load_balancer, add_target_group};
    use super::*;
    use crate::world::testing::{ask, live, west, world};

    const ELB: &str = "elasticloadbalancing";

    fn group(world: &mut World, in_use: bool) -> String {
        let arn = add_target_group(world, &west(), NewTargetGroup { name: "app".into(), ..NewTargetGroup::default() }).unwrap();
        let groups = if in_use { vec![arn.clone()] } else { Vec::new() };
        add_load_balancer(world, &west(), NewLoadBalancer { name: "edge".into(), target_groups: groups, ..NewLoadBalancer::default() })
            .unwrap();
        arn
    }

    fn targets(arn: &str) -> Document {
        doc! { "TargetGroupArn": arn, "Targets": Document::list([doc! { "Id": "10.0.0.7" }]) }
    }

    fn state(world: &mut World, arn: &str) -> (String, String) {
        let body = ask(world, &west(), ELB, "DescribeTargetHealth", targets(arn)).unwrap().body;
        let health = body.items("TargetHealthDescriptions", "member")[0].get("TargetHealth").unwrap().clone();
        (health.need("State").unwrap().to_owned(), health.text("Reason").unwrap().unwrap_or_default().to_owned())
    }

    #[test]
    fn a_targets_life_is_told_in_awss_words() {
        let mut world = world();
        let arn = group(&mut world, true);
        let pair = |state: &str, reason: &str| (state.to_owned(), reason.to_owned());
        assert_eq!(state(&mut world, &arn), pair("unused", "Target.NotRegistered"));
        ask(&mut world, &west(), ELB, "RegisterTargets", targets(&arn)).unwrap();
        assert_eq!(state(&mut world, &arn), pair("initial", "Elb.RegistrationInProgress"));
        live(&mut world, 31);
        assert_eq!(state(&mut world, &arn), pair("initial", "Elb.InitialHealthChecking"));
        live(&mut world, 30);
        assert_eq!(state(&mut world, &arn), pair("unhealthy", "Target.Timeout"));
        ask(&mut world, &west(), ELB, "DeregisterTargets", targets(&arn)).unwrap();
        assert_eq!(state(&mut world, &arn), pair("draining", "Target.DeregistrationInProgress"));
        live(&mut world, 300);
        assert_eq!(ask(&mut world, &west(), ELB, "DeregisterTargets", targets(&arn)).unwrap_err().code, "InvalidTarget");
    }

    #[test]
    fn a_group_without_a_balancer_is_not_in_use() {
        let mut world = world();
        let arn = group(&mut world, false);
        ask(&mut world, &west(), ELB, "RegisterTargets", targets(&arn)).unwrap();
        live(&mut world, 120);
        assert_eq!(state(&mut world, &arn).1, "Target.NotInUse");
    }

    #[test]
    fn words_have_their_codes() {
        assert_eq!(reason("Health checks failed with these codes: [503]"), "Target.ResponseCodeMismatch");
        assert_eq!(reason("Request timed out"), "Target.Timeout");
        assert_eq!(reason("Health checks failed"), "Target.FailedHealthChecks");
    }

    #[test]
    fn nonsense_is_refused() {
        let mut world = world();
        let arn = group(&mut world, true);
        let bad = doc! { "TargetGroupArn": arn, "Targets": Document::list([doc! { "Id": "i-123" }]) };
        assert_eq!(ask(&mut world, &west(), ELB, "RegisterTargets", bad).unwrap_err().code, ApiError::VALIDATION);
        let gone = doc! { "TargetGroupArn": "arn:x" };
        assert_eq!(ask(&mut world, &west(), ELB, "DescribeTargetHealth", gone).unwrap_err().code, "TargetGroupNotFound");
    }
}
