//! What a request says of a health check: read, merged into what there is, and refused where it does not hang together.

use std::net::IpAddr;

use drlab_core::domain::Region;

use super::check_config::{CheckConfig, CheckKind, Insufficient};
use super::checkers::CHECKERS;
use super::record::{enumeration, invalid_input};
use crate::document::Document;
use crate::world::{ApiError, World};

/// How many children a calculated check may have.
const MOST_CHILDREN: usize = 255;

/// Reads a whole `HealthCheckConfig`.
pub(super) fn read(input: &Document) -> Result<CheckConfig, ApiError> {
    let name = input.need("Type")?;
    let kind = CheckKind::ALL.iter().copied().find(|kind| kind.name() == name);
    let kind = kind.ok_or_else(|| enumeration("type", name, CheckKind::ALL.iter().map(|kind| kind.name())))?;
    let mut config = CheckConfig::new(kind);
    if let Some(interval) = input.int("RequestInterval")? {
        config.interval = u32::try_from(interval)
            .ok()
            .filter(|secs| [10, 30].contains(secs))
            .ok_or_else(|| invalid_input(format!("Invalid parameter: RequestInterval must be 10 or 30, and not {interval}")))?;
    }
    config.measure_latency = input.bool("MeasureLatency")?.unwrap_or(false);
    merge(&mut config, input)?;
    Ok(config)
}

/// Takes over what the request gives and leaves the rest.
pub(super) fn merge(config: &mut CheckConfig, input: &Document) -> Result<(), ApiError> {
    if let Some(text) = input.text("IPAddress")? {
        let address: IpAddr = text.parse().map_err(|_| invalid_input(format!("Invalid parameter: {text} is not a valid IP address")))?;
        config.address = Some(address);
    }
    let bounded = |member: &str, least: i64, most: i64| -> Result<Option<u32>, ApiError> {
        let Some(value) = input.int(member)? else { return Ok(None) };
        if !(least..=most).contains(&value) {
            return Err(invalid_input(format!("Invalid parameter: {member} must be between {least} and {most}, and not {value}")));
        }
        Ok(u32::try_from(value).ok())
    };
    if let Some(port) = bounded("Port", 1, 65535)? {
        config.port = u16::try_from(port).ok();
    }
    config.threshold = bounded("FailureThreshold", 1, 10)?.unwrap_or(config.threshold);
    config.health_threshold = bounded("HealthThreshold", 0, 256)?.unwrap_or(config.health_threshold);
    for (member, slot) in
        [("ResourcePath", &mut config.path), ("FullyQualifiedDomainName", &mut config.host), ("SearchString", &mut config.search)]
    {
        if let Some(text) = input.text(member)? {
            if text.len() > 255 {
                return Err(invalid_input(format!("Invalid parameter: {member} must have at most 255 characters")));
            }
            *slot = Some(text.to_owned());
        }
    }
    for (member, slot) in [("Inverted", &mut config.inverted), ("Disabled", &mut config.disabled), ("EnableSNI", &mut config.sni)] {
        *slot = input.bool(member)?.unwrap_or(*slot);
    }
    for (member, item, slot) in
        [("ChildHealthChecks", "ChildHealthCheck", &mut config.children), ("Regions", "Region", &mut config.regions)]
    {
        let given = input.texts(member, item);
        if !given.is_empty() {
            *slot = given.into_iter().map(str::to_owned).collect();
        }
    }
    if let Some(alarm) = input.get("AlarmIdentifier") {
        config.alarm = Some((Region::new(alarm.need("Region")?), alarm.need("Name")?.to_owned()));
    }
    match input.text("InsufficientDataHealthStatus")? {
        None => {}
        Some("Healthy") => config.insufficient = Insufficient::Healthy,
        Some("Unhealthy") => config.insufficient = Insufficient::Unhealthy,
        Some("LastKnownStatus") => config.insufficient = Insufficient::LastKnown,
        Some(other) => {
            return Err(enumeration("insufficientDataHealthStatus", other, ["Healthy", "Unhealthy", "LastKnownStatus"].into_iter()));
        }
    }
    Ok(())
}

/// Whether a configuration hangs together for its type.
pub(super) fn validate(world: &World, config: &CheckConfig) -> Result<(), ApiError> {
    let kind = config.kind;
    let refuse = |why: String| Err(invalid_input(format!("Invalid parameter: {why}")));
    if kind.has_endpoint() {
        if config.address.is_none() && config.host.is_none() {
            return refuse(format!("a health check of type {} needs an IPAddress or a FullyQualifiedDomainName", kind.name()));
        }
        if config.address.is_some_and(is_reserved) {
            return refuse("IPAddress is in a range that health checkers cannot reach".to_owned());
        }
        if kind == CheckKind::Tcp && config.port.is_none() {
            return refuse("a health check of type TCP needs a Port".to_owned());
        }
        if kind == CheckKind::Tcp && config.path.is_some() {
            return refuse("a health check of type TCP has no ResourcePath".to_owned());
        }
        if kind.searches() != config.search.as_ref().is_some_and(|text| !text.is_empty()) {
            return refuse(format!("SearchString and the type {} do not go together", kind.name()));
        }
    }
    if !config.regions.is_empty() && (config.regions.len() < 3 || !config.regions.iter().all(|r| CHECKERS.iter().any(|(at, _)| at == r))) {
        return refuse("Regions must name at least three regions with health checkers".to_owned());
    }
    if kind == CheckKind::Calculated {
        if config.children.is_empty() || config.children.len() > MOST_CHILDREN {
            return refuse(format!("a calculated health check has between 1 and {MOST_CHILDREN} ChildHealthChecks"));
        }
        for id in &config.children {
            match world.route53.checks.get(id) {
                None => return refuse(format!("the child health check {id} does not exist")),
                Some(child) if child.config.kind == CheckKind::Calculated => {
                    return refuse(format!("the child health check {id} is calculated itself"));
                }
                Some(_) => {}
            }
        }
    } else if !config.children.is_empty() {
        return refuse(format!("a health check of type {} has no ChildHealthChecks", kind.name()));
    }
    match (kind, &config.alarm) {
        (CheckKind::CloudwatchMetric, None) => refuse("a health check of type CLOUDWATCH_METRIC needs an AlarmIdentifier".to_owned()),
        (CheckKind::CloudwatchMetric, Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => refuse(format!("a health check of type {} has no AlarmIdentifier", kind.name())),
    }
}

/// Addresses no checker on the internet can reach. (Documentation addresses are the lab's own, and reachable in it.)
fn is_reserved(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast() || v4.is_unspecified() || v4.is_broadcast()
        }
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unspecified() || v6.is_multicast() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
    }
}
