//! What ELBv2 answers about load balancers, listeners and target groups.

use std::time::Duration;

use drlab_core::domain::Region;

use super::Elb;
use super::balancers::{Listener, LoadBalancer};
use super::groups::{TargetGroup, not_found};
use crate::doc;
use crate::document::Document;
use crate::world::pages::page;
use crate::world::{Answer, ApiError, Call, World};

pub(super) fn describe_load_balancers(world: &mut World, call: &Call) -> Answer {
    let elb = &world.here(&call.region)?.elb;
    let (arns, names) = (call.input.texts("LoadBalancerArns", "member"), call.input.texts("Names", "member"));
    if !arns.is_empty() && !names.is_empty() {
        return Err(ApiError::validation("Load balancer names and load balancer ARNs cannot be specified at the same time"));
    }
    let mut chosen = Vec::new();
    if arns.is_empty() && names.is_empty() {
        chosen.extend(elb.load_balancers.values());
    } else {
        for arn in arns {
            chosen.push(balancer(elb, arn)?);
        }
        for name in names {
            let missing = || ApiError::new("LoadBalancerNotFound", 400, format!("Load balancers '[{name}]' not found"));
            chosen.push(elb.load_balancers.get(name).ok_or_else(missing)?);
        }
    }
    let (chosen, next) = paged(call, chosen, |balancer| balancer.name.clone())?;
    let described = chosen.into_iter().map(|balancer| describe_balancer(world, &call.region, balancer));
    Ok(doc! { "LoadBalancers": Document::list(described), "NextMarker": next }.into())
}

pub(super) fn describe_load_balancer_attributes(world: &mut World, call: &Call) -> Answer {
    balancer(&world.here(&call.region)?.elb, call.input.need("LoadBalancerArn")?)?;
    let attributes = [
        ("access_logs.s3.enabled", "false"),
        ("client_keep_alive.seconds", "3600"),
        ("connection_logs.s3.enabled", "false"),
        ("deletion_protection.enabled", "false"),
        ("idle_timeout.timeout_seconds", "60"),
        ("load_balancing.cross_zone.enabled", "true"),
        ("routing.http.desync_mitigation_mode", "defensive"),
        ("routing.http.drop_invalid_header_fields.enabled", "false"),
        ("routing.http2.enabled", "true"),
        ("waf.fail_open.enabled", "false"),
        ("zonal_shift.config.enabled", "false"),
    ];
    Ok(doc! { "Attributes": Document::list(attributes.map(|(key, value)| doc! { "Key": key, "Value": value })) }.into())
}

pub(super) fn describe_listeners(world: &mut World, call: &Call) -> Answer {
    let elb = &world.here(&call.region)?.elb;
    let all = || elb.load_balancers.values().flat_map(|balancer| balancer.listeners.iter().map(move |listener| (balancer, listener)));
    let arns = call.input.texts("ListenerArns", "member");
    let chosen: Vec<(&LoadBalancer, &Listener)> = match call.input.text("LoadBalancerArn")? {
        Some(arn) => {
            let balancer = balancer(elb, arn)?;
            balancer.listeners.iter().map(|listener| (balancer, listener)).collect()
        }
        None if arns.is_empty() => return Err(ApiError::validation("You must specify either listener ARNs or a load balancer ARN")),
        None => {
            let missing = |arn: &str| ApiError::new("ListenerNotFound", 400, format!("Listener '{arn}' not found"));
            arns.into_iter()
                .map(|arn| all().find(|(_, listener)| listener.arn == arn).ok_or_else(|| missing(arn)))
                .collect::<Result<_, _>>()?
        }
    };
    let (chosen, next) = paged(call, chosen, |(_, listener)| listener.arn.clone())?;
    let described = chosen.into_iter().map(|(balancer, listener)| describe_listener(balancer, listener));
    Ok(doc! { "Listeners": Document::list(described), "NextMarker": next }.into())
}

pub(super) fn describe_target_groups(world: &mut World, call: &Call) -> Answer {
    let elb = &world.here(&call.region)?.elb;
    let (arns, names) = (call.input.texts("TargetGroupArns", "member"), call.input.texts("Names", "member"));
    let chosen: Vec<&TargetGroup> = match call.input.text("LoadBalancerArn")? {
        Some(arn) => elb.groups_of(balancer(elb, arn)?).collect(),
        None if !arns.is_empty() => {
            arns.into_iter().map(|arn| elb.target_groups.get(arn).ok_or_else(|| not_found(arn))).collect::<Result<_, _>>()?
        }
        None if !names.is_empty() => {
            let missing = |name: &str| ApiError::new("TargetGroupNotFound", 400, format!("One or more target groups not found: {name}"));
            names
                .into_iter()
                .map(|name| elb.target_groups.values().find(|group| group.name == name).ok_or_else(|| missing(name)))
                .collect::<Result<_, _>>()?
        }
        None => elb.target_groups.values().collect(),
    };
    let (chosen, next) = paged(call, chosen, |group| group.arn.clone())?;
    let described = chosen.into_iter().map(|group| describe_group(world, &call.region, group));
    Ok(doc! { "TargetGroups": Document::list(described), "NextMarker": next }.into())
}

pub(super) fn describe_target_group_attributes(world: &mut World, call: &Call) -> Answer {
    let arn = call.input.need("TargetGroupArn")?;
    let group = world.here(&call.region)?.elb.target_groups.get(arn).ok_or_else(|| not_found(arn))?;
    Ok(doc! { "Attributes": attributes(group) }.into())
}

pub(super) fn modify_target_group_attributes(world: &mut World, call: &Call) -> Answer {
    let arn = call.input.need("TargetGroupArn")?;
    let group = world.here_mut(&call.region)?.elb.target_groups.get_mut(arn).ok_or_else(|| not_found(arn))?;
    let given = call.input.items("Attributes", "member");
    if given.is_empty() {
        return Err(ApiError::missing("Attributes"));
    }
    // Everything is looked at before anything is changed.
    let mut wanted = group.clone();
    for attribute in given {
        let (key, value) = (attribute.need("Key")?, attribute.text("Value")?.unwrap_or_default());
        set_attribute(&mut wanted, key, value)?;
    }
    group.deregistration_delay = wanted.deregistration_delay;
    group.attributes = wanted.attributes;
    Ok(doc! { "Attributes": attributes(group) }.into())
}

const DELAY: &str = "deregistration_delay.timeout_seconds";

/// What an Application Load Balancer's group has besides its deregistration delay, and AWS's defaults.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("load_balancing.algorithm.anomaly_mitigation", "off"),
    ("load_balancing.algorithm.type", "round_robin"),
    ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration"),
    ("slow_start.duration_seconds", "0"),
    ("stickiness.app_cookie.cookie_name", ""),
    ("stickiness.app_cookie.duration_seconds", "86400"),
    ("stickiness.enabled", "false"),
    ("stickiness.lb_cookie.duration_seconds", "86400"),
    ("stickiness.type", "lb_cookie"),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", "1"),
    ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off"),
];

fn set_attribute(group: &mut TargetGroup, key: &str, value: &str) -> Result<(), ApiError> {
    if key == DELAY {
        let seconds = value.parse().ok().filter(|seconds| *seconds <= 3600);
        let bad = || ApiError::validation(format!("'{key}' value '{value}' must be an integer between '0' and '3600'"));
        group.deregistration_delay = Duration::from_secs(seconds.ok_or_else(bad)?);
        return Ok(());
    }
    if !ATTRIBUTES.iter().any(|(known, _)| *known == key) {
        return Err(ApiError::validation(format!("Target group attribute key '{key}' is not recognized")));
    }
    group.attributes.retain(|(known, _)| known != key);
    group.attributes.push((key.to_owned(), value.to_owned()));
    Ok(())
}

fn attributes(group: &TargetGroup) -> Document {
    let delay = doc! { "Key": DELAY, "Value": group.deregistration_delay.as_secs().to_string() };
    let others = ATTRIBUTES.iter().map(|(key, default)| {
        let set = group.attributes.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
        doc! { "Key": *key, "Value": set.unwrap_or(default) }
    });
    Document::list(std::iter::once(delay).chain(others))
}

fn describe_balancer(world: &World, region: &Region, balancer: &LoadBalancer) -> Document {
    let network = world.chance.hex(("vpc", region), 17);
    let zones = ["a", "b", "c"].map(|zone| {
        let subnet = world.chance.hex(("subnet", region, zone), 17);
        doc! { "ZoneName": format!("{region}{zone}"), "SubnetId": format!("subnet-{subnet}"), "LoadBalancerAddresses": Document::list::<Document>([]) }
    });
    let guard = world.chance.hex(("security-group", region, &balancer.name), 17);
    doc! {
        "LoadBalancerArn": &balancer.arn,
        "DNSName": &balancer.dns_name,
        "CanonicalHostedZoneId": &balancer.hosted_zone_id,
        "CreatedTime": balancer.created_at,
        "LoadBalancerName": &balancer.name,
        "Scheme": "internet-facing",
        "VpcId": format!("vpc-{network}"),
        "State": doc! { "Code": "active" },
        "Type": "application",
        "AvailabilityZones": Document::list(zones),
        "SecurityGroups": Document::list([format!("sg-{guard}")]),
        "IpAddressType": "ipv4",
    }
}

fn describe_listener(balancer: &LoadBalancer, listener: &Listener) -> Document {
    let action = match &listener.target_group {
        Some(arn) => {
            let groups = doc! { "TargetGroupArn": arn, "Weight": 1 };
            let sticky = doc! { "Enabled": false };
            let forward = doc! { "TargetGroups": Document::list([groups]), "TargetGroupStickinessConfig": sticky };
            doc! { "Type": "forward", "TargetGroupArn": arn, "Order": 1, "ForwardConfig": forward }
        }
        None => {
            doc! { "Type": "fixed-response", "Order": 1, "FixedResponseConfig": doc! { "StatusCode": "503", "ContentType": "text/plain" } }
        }
    };
    let certificate = listener.certificate.as_ref();
    doc! {
        "ListenerArn": &listener.arn,
        "LoadBalancerArn": &balancer.arn,
        "Port": i64::from(listener.port),
        "Protocol": if certificate.is_some() { "HTTPS" } else { "HTTP" },
        "Certificates": certificate.map(|arn| Document::list([doc! { "CertificateArn": arn }])),
        "SslPolicy": certificate.map(|_| "ELBSecurityPolicy-TLS13-1-2-2021-06"),
        "DefaultActions": Document::list([action]),
    }
}

fn describe_group(world: &World, region: &Region, group: &TargetGroup) -> Document {
    let network = world.chance.hex(("vpc", region), 17);
    doc! {
        "TargetGroupArn": &group.arn,
        "TargetGroupName": &group.name,
        "Protocol": "HTTP",
        "Port": i64::from(group.port),
        "VpcId": format!("vpc-{network}"),
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPort": "traffic-port",
        "HealthCheckEnabled": true,
        "HealthCheckIntervalSeconds": group.check.interval.as_secs(),
        "HealthCheckTimeoutSeconds": group.check.timeout.as_secs(),
        "HealthyThresholdCount": group.check.healthy_threshold,
        "UnhealthyThresholdCount": group.check.unhealthy_threshold,
        "HealthCheckPath": &group.check.path,
        "Matcher": doc! { "HttpCode": &group.check.codes },
        "LoadBalancerArns": Document::list(group.load_balancer.iter()),
        "TargetType": "ip",
        "ProtocolVersion": "HTTP1",
        "IpAddressType": "ipv4",
    }
}

fn balancer<'e>(elb: &'e Elb, arn: &str) -> Result<&'e LoadBalancer, ApiError> {
    let missing = || ApiError::new("LoadBalancerNotFound", 400, format!("Load balancers '[{arn}]' not found"));
    elb.load_balancers.values().find(|balancer| balancer.arn == arn).ok_or_else(missing)
}

fn paged<T>(call: &Call, items: Vec<T>, key: impl Fn(&T) -> String) -> Result<(Vec<T>, Option<String>), ApiError> {
    let limit = match call.input.int("PageSize")? {
        None => 400,
        Some(given) => match usize::try_from(given) {
            Ok(limit @ 1..=400) => limit,
            _ => return Err(ApiError::validation("Page size must be between 1 and 400")),
        },
    };
    page(&call.operation, items, key, call.input.text("Marker")?, limit).ok_or_else(|| ApiError::validation("The marker is invalid"))
}

#[cfg(test)]
mod tests {
    use super::super::{NewLoadBalancer, NewTargetGroup, add_load_balancer, add_target_group};
    use super::*;
    use crate::world::testing::{ask, west, world};

    const ELB: &str = "elasticloadbalancing";

    fn balanced(names: &[&str]) -> World {
        let mut world = world();
        for name in names {
            let group =
                add_target_group(&mut world, &west(), NewTargetGroup { name: (*name).into(), ..NewTargetGroup::default() }).unwrap();
            let certificate = Some("arn:aws:acm:us-west-2:123456789012:certificate/c".to_owned());
            let new = NewLoadBalancer { name: (*name).into(), target_groups: vec![group], certificate, ..NewLoadBalancer::default() };
            add_load_balancer(&mut world, &west(), new).unwrap();
        }
        world
    }

    #[test]
    fn balancers_are_found_by_name_and_listed_in_pages() {
        let mut world = balanced(&["a", "b", "c"]);
        let one = ask(&mut world, &west(), ELB, "DescribeLoadBalancers", doc! { "Names": Document::list(["b"]) }).unwrap().body;
        let balancer = one.items("LoadBalancers", "member")[0].clone();
        assert!(balancer.need("DNSName").unwrap().ends_with(".us-west-2.elb.amazonaws.com"));
        assert_eq!(balancer.need("CanonicalHostedZoneId").unwrap(), "Z1H1FL5HABSF5");
        let first = ask(&mut world, &west(), ELB, "DescribeLoadBalancers", doc! { "PageSize": "2" }).unwrap().body;
        let marker = first.need("NextMarker").unwrap().to_owned();
        let rest = ask(&mut world, &west(), ELB, "DescribeLoadBalancers", doc! { "Marker": marker }).unwrap().body;
        assert_eq!(rest.items("LoadBalancers", "member")[0].need("LoadBalancerName").unwrap(), "c");
        let missing = ask(&mut world, &west(), ELB, "DescribeLoadBalancers", doc! { "Names": Document::list(["x"]) });
        assert_eq!(missing.unwrap_err().code, "LoadBalancerNotFound");
        let arn = balancer.need("LoadBalancerArn").unwrap();
        let listeners = ask(&mut world, &west(), ELB, "DescribeListeners", doc! { "LoadBalancerArn": arn }).unwrap().body;
        let protocols: Vec<_> = listeners.items("Listeners", "member").iter().map(|l| l.need("Protocol").unwrap().to_owned()).collect();
        assert_eq!(protocols, ["HTTP", "HTTPS"]);
    }

    #[test]
    fn the_deregistration_delay_can_be_changed_and_nonsense_is_refused_whole() {
        let mut world = balanced(&["a"]);
        let arn = world.regional[&west()].elb.target_groups.keys().next().unwrap().clone();
        let change = |key: &str, value: &str| {
            let delay = doc! { "Key": DELAY, "Value": "30" };
            doc! { "TargetGroupArn": arn.clone(), "Attributes": Document::list([delay, doc! { "Key": key, "Value": value }]) }
        };
        let delay = |world: &World| world.regional[&west()].elb.target_groups[&arn].deregistration_delay.as_secs();
        let refused = ask(&mut world, &west(), ELB, "ModifyTargetGroupAttributes", change("no.such.key", "1")).unwrap_err();
        assert_eq!((refused.code.as_ref(), delay(&world)), (ApiError::VALIDATION, 300));
        ask(&mut world, &west(), ELB, "ModifyTargetGroupAttributes", change("stickiness.enabled", "true")).unwrap();
        assert_eq!(delay(&world), 30);
        let told = ask(&mut world, &west(), ELB, "DescribeTargetGroupAttributes", doc! { "TargetGroupArn": arn.clone() }).unwrap().body;
        assert!(told.items("Attributes", "member").contains(&&doc! { "Key": "stickiness.enabled", "Value": "true" }));
        assert!(told.items("Attributes", "member").contains(&&doc! { "Key": DELAY, "Value": "30" }));
    }
}
