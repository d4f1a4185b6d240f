//! What is no longer as the code says that made it. Whoever applies that code next, and does not know, undoes the failover.

use std::collections::BTreeMap;

use crate::config::{Site, Workload};
use crate::domain::{Change, Receipt, What};
use crate::run::state::Run;
use crate::runbook::found_before;

/// A sentence for each thing that was changed and not changed back, in the order in which they were changed first.
#[must_use]
pub fn drift(run: &Run, workload: &Workload) -> Vec<String> {
    let mut order: Vec<String> = Vec::new();
    let mut latest: BTreeMap<String, Option<String>> = BTreeMap::new();
    for past in &run.memory.past {
        // What was refused has not happened; what nobody knows may have.
        if matches!(past.answer, Some((_, Receipt::Refused { .. }))) {
            continue;
        }
        for (thing, now) in differs(&past.change) {
            if !latest.contains_key(&thing) {
                order.push(thing.clone());
            }
            latest.insert(thing, now.filter(|_| !puts_back(run, workload, &past.change)));
        }
    }
    order.iter().filter_map(|thing| latest.get(thing)?.clone()).collect()
}

/// Whether a service has the figures again that the run found.
fn puts_back(run: &Run, workload: &Workload, change: &Change) -> bool {
    let found = |cluster: &str, service: &str, what: &str| {
        let places = workload.services.iter().flat_map(|known| [Site::Primary, Site::Standby].map(|site| (known, site)));
        let mut here = places.filter(|(known, site)| {
            let at = known.sites.get(*site);
            *workload.region(*site) == change.region && (at.cluster.as_str(), at.service.as_str()) == (cluster, service)
        });
        here.find_map(|(known, site)| found_before(&run.memory, site, known, what))
    };
    match &change.what {
        What::SetBounds { cluster, service, min, max } => {
            found(cluster, service, "min") == Some(*min) && found(cluster, service, "max") == Some(*max)
        }
        What::ScaleService { cluster, service, desired } => found(cluster, service, "desired") == Some(*desired),
        _ => false,
    }
}

/// What a change makes different from the code, by the thing it is done to; `None` where it puts that back.
fn differs(change: &Change) -> Vec<(String, Option<String>)> {
    let region = &change.region;
    let one = |thing: String, now: String| vec![(thing, Some(now))];
    match &change.what {
        What::PromoteReplica { instance } => one(
            format!("db {region} {instance}"),
            format!("{instance} in {region} stands by itself: code that calls it a replica would replace it, and with it the data"),
        ),
        What::SwitchoverGlobal { global_cluster, target_arn } | What::FailoverGlobal { global_cluster, target_arn } => one(
            format!("global {global_cluster}"),
            format!("the writer of {global_cluster} is {}: code that names another one would move it back", last(target_arn)),
        ),
        What::ProtectInstance { instance, multi_az, backup_retention_days, .. } => {
            let zones = multi_az.map(|on| if on { "has a second zone" } else { "has one zone" }.to_owned());
            let days = backup_retention_days.map(|days| format!("keeps backups for {days} days"));
            let now: Vec<_> = zones.into_iter().chain(days).collect();
            one(
                format!("protect {region} {instance}"),
                format!("{instance} in {region} {}", if now.is_empty() { "has other windows".to_owned() } else { now.join(" and ") }),
            )
        }
        What::CreateReplica { instance, .. } | What::RestoreSnapshot { instance, .. } | What::RestorePointInTime { instance, .. } => {
            one(format!("made {region} {instance}"), format!("{instance} in {region} is in no code yet"))
        }
        What::DiscardInstance { instance } => vec![(format!("made {region} {instance}"), None)],
        What::ScaleService { cluster, service, desired } => {
            one(format!("tasks {region} {cluster}/{service}"), format!("{cluster}/{service} in {region} wants {desired} tasks"))
        }
        What::SetBounds { cluster, service, min, max } => {
            one(format!("bounds {region} {cluster}/{service}"), format!("{cluster}/{service} in {region} scales from {min} to {max}"))
        }
        What::SuspendScaling { cluster, service, suspended } => vec![(
            format!("scaling {region} {cluster}/{service}"),
            suspended.then(|| format!("scaling of {cluster}/{service} in {region} is suspended")),
        )],
        What::PromoteSecret { secret } => one(
            format!("secret {region} {secret}"),
            format!("{} in {region} is a secret of its own: code that replicates into it would fail or replace it", last(secret)),
        ),
        What::PointSecret { secret, host, .. } => one(
            format!("secret value {region} {secret}"),
            format!("{} in {region} names {host}: code that writes its value would point it back", last(secret)),
        ),
        What::SetReplication { bucket, rule, enabled } => vec![(
            format!("replication {region} {bucket} {rule}"),
            (!enabled).then(|| format!("replication rule {rule} of {bucket} is disabled")),
        )],
        What::ReverseReplication { bucket, of, rule, .. } => one(
            format!("replication {region} {bucket} {rule}"),
            format!("{bucket} replicates to {of} by rule {rule}, which is in no code yet"),
        ),
        What::SetLifecycle { bucket, rule, enabled } => vec![(
            format!("lifecycle {region} {bucket} {rule}"),
            (!enabled).then(|| format!("lifecycle rule {rule} of {bucket} is disabled")),
        )],
        What::ChangeRecords { zone, sets, .. } => sets
            .iter()
            .map(|set| {
                let name = &set.name;
                (
                    format!("record {zone} {name}"),
                    Some(format!("records of {name} in zone {zone} are not what code says: applying it sends users back")),
                )
            })
            .collect(),
        What::InvertHealthCheck { health_check, inverted } => {
            vec![(format!("check {health_check}"), inverted.then(|| format!("health check {health_check} is inverted")))]
        }
        What::SetRule { rule, enabled } => {
            vec![(format!("rule {region} {rule}"), (!enabled).then(|| format!("rule {rule} in {region} is disabled")))]
        }
        What::SetConcurrency { function, reserved } => {
            vec![(
                format!("function {region} {function}"),
                reserved.filter(|most| *most == 0).map(|_| format!("{function} in {region} is kept from running")),
            )]
        }
        What::SnapshotInstance { .. }
        | What::SnapshotCluster { .. }
        | What::Redeploy { .. }
        | What::Undelete { .. }
        | What::RestoreVersions { .. }
        | What::CopyMissing { .. }
        | What::InvokeFunction { .. }
        | What::StartExecution { .. }
        | What::StopExecution { .. }
        | What::Publish { .. }
        | What::Post { .. }
        | What::PutItem { .. }
        | What::WriteThrough { .. } => Vec::new(),
    }
}

fn last(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}
