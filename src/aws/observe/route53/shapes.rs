//! From what Route 53 writes to what is known.

use aws_sdk_route53::types::{
    AliasTarget, DelegationSet, HealthCheckConfig, HealthCheckObservation, HostedZone, HostedZoneFeatures, ResourceRecordSet,
};
use drlab_core::domain::fact::{Alias, CheckerReport, HealthCheck, RecordSet, Zone};

use crate::aws::observe::answers::{name_in, said, text};

pub(super) fn zone(from: &HostedZone, servers: Option<&DelegationSet>) -> Zone {
    let accelerated = from.features().and_then(HostedZoneFeatures::accelerated_recovery_status);
    Zone {
        id: name_in(from.id()).to_owned(),
        name: plain(from.name()),
        private: from.config().is_some_and(|config| config.private_zone()),
        records: from.resource_record_set_count(),
        // On its way in it does not help yet, and on its way out no longer.
        accelerated_recovery: accelerated.map(|status| status.as_str() == "ENABLED"),
        name_servers: servers.map(|set| set.name_servers().iter().map(|server| plain(server)).collect()).unwrap_or_default(),
    }
}

pub(super) fn record_set(from: &ResourceRecordSet) -> RecordSet {
    RecordSet {
        kind: from.r#type().as_str().to_owned(),
        set_identifier: said(from.set_identifier()),
        failover: from.failover().map(|role| role.as_str().to_owned()),
        weight: from.weight(),
        ttl: from.ttl(),
        alias: from.alias_target().map(alias),
        values: from.resource_records().iter().map(|record| record.value().to_owned()).collect(),
        health_check: said(from.health_check_id()),
    }
}

fn alias(from: &AliasTarget) -> Alias {
    Alias { name: plain(from.dns_name()), zone: from.hosted_zone_id().to_owned(), evaluate_target_health: from.evaluate_target_health() }
}

/// A name without its trailing dot.
fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_owned()
}

pub(super) fn health_check(from: &aws_sdk_route53::types::HealthCheck) -> HealthCheck {
    let config = from.health_check_config();
    HealthCheck {
        id: from.id().to_owned(),
        kind: config.map(|config| config.r#type().as_str().to_owned()).unwrap_or_default(),
        target: config.map(target).unwrap_or_default(),
        interval_seconds: config.and_then(HealthCheckConfig::request_interval),
        failure_threshold: config.and_then(HealthCheckConfig::failure_threshold),
        inverted: config.and_then(HealthCheckConfig::inverted).unwrap_or_default(),
        disabled: config.and_then(HealthCheckConfig::disabled).unwrap_or_default(),
        version: from.health_check_version(),
    }
}

/// What a check looks at, as a person would write it.
fn target(from: &HealthCheckConfig) -> String {
    if let Some(alarm) = from.alarm_identifier() {
        return format!("alarm {} in {}", alarm.name(), alarm.region().as_str());
    }
    if let Some(control) = from.routing_control_arn() {
        return control.to_owned();
    }
    let children = from.child_health_checks();
    if !children.is_empty() {
        return format!("{} of {} health checks", from.health_threshold().unwrap_or_default(), children.len());
    }
    // With both, the address is what is connected to and the name is what is asked for there.
    let host = match (said(from.fully_qualified_domain_name()), said(from.ip_address())) {
        (Some(name), Some(address)) => format!("{name} ({address})"),
        (name, address) => name.or(address).unwrap_or_default(),
    };
    let port = from.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{host}{port}{}", from.resource_path().unwrap_or_default())
}

/// What one checker says; `None` from one that has not reported yet.
pub(super) fn report(from: &HealthCheckObservation) -> Option<CheckerReport> {
    let report = said(from.status_report()?.status())?;
    Some(CheckerReport {
        region: from.region().map(|region| region.as_str().to_owned()).unwrap_or_default(),
        address: text(from.ip_address()),
        ok: report.starts_with("Success"),
        report,
    })
}
