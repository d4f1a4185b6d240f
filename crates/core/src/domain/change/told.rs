use std::fmt;

use super::{Change, What};
use crate::domain::excerpt;

/// Longer names are cut: the whole of them is in the command.
const NAME: usize = 80;

/// In a few words: `promote tier2-db-replica in us-west-2`. Harmless for a terminal, whatever the names are.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&excerpt(&self.what.told(), 3 * NAME))?;
        if self.region.is_global() { Ok(()) } else { write!(f, " in {}", self.region) }
    }
}

impl What {
    fn told(&self) -> String {
        match self {
            Self::PromoteReplica { instance } => format!("promote {}", n(instance)),
            Self::ProtectInstance { instance, multi_az, backup_retention_days, .. } => {
                let mut with = Vec::new();
                with.extend(multi_az.map(|on| if on { "Multi-AZ".to_owned() } else { "one zone".to_owned() }));
                with.extend(backup_retention_days.map(|days| format!("{days} days of backups")));
                let with = if with.is_empty() { "its windows".to_owned() } else { with.join(" and ") };
                format!("set {with} for {}", n(instance))
            }
            Self::SnapshotInstance { instance, snapshot } => format!("take snapshot {} of {}", n(snapshot), n(instance)),
            Self::SnapshotCluster { cluster, snapshot } => format!("take snapshot {} of {}", n(snapshot), n(cluster)),
            Self::CreateReplica { instance, source_arn, source_region, .. } => {
                format!("make {} a replica of {} of {source_region}", n(instance), n(last(source_arn)))
            }
            Self::RestoreSnapshot { instance, snapshot, .. } => format!("restore {} from {}", n(instance), n(last(snapshot))),
            Self::RestorePointInTime { instance, at, .. } => match at {
                Some(at) => format!("restore {} as of {at}", n(instance)),
                None => format!("restore {} as of the latest moment there is", n(instance)),
            },
            Self::DiscardInstance { instance } => format!("delete {}, which this run has made", n(instance)),
            Self::SwitchoverGlobal { global_cluster, target_arn } => {
                format!("switch {} over to {}", n(global_cluster), n(last(target_arn)))
            }
            Self::FailoverGlobal { global_cluster, target_arn } => {
                format!("fail {} over to {}, data loss allowed", n(global_cluster), n(last(target_arn)))
            }
            Self::ScaleService { cluster, service, desired } => format!("set {}/{} to {desired} tasks", n(cluster), n(service)),
            Self::Redeploy { cluster, service } => format!("redeploy {}/{}", n(cluster), n(service)),
            Self::SetBounds { cluster, service, min, max } => format!("let {}/{} scale from {min} to {max}", n(cluster), n(service)),
            Self::SuspendScaling { cluster, service, suspended } => {
                format!("{} scaling of {}/{}", if *suspended { "suspend" } else { "resume" }, n(cluster), n(service))
            }
            Self::PromoteSecret { secret } => format!("make secret {} one of its own", n(secret)),
            Self::PointSecret { secret, host, port, .. } => format!("point secret {} at {}:{port}", n(secret), n(host)),
            Self::SetReplication { bucket, rule, enabled } => format!("{} replication {} of {}", on(*enabled), n(rule), n(bucket)),
            Self::ReverseReplication { bucket, of, rule, .. } => format!("replicate {} to {} by rule {}", n(bucket), n(of), n(rule)),
            Self::SetLifecycle { bucket, rule, enabled } => format!("{} lifecycle rule {} of {}", on(*enabled), n(rule), n(bucket)),
            Self::Undelete { bucket, prefix, since, .. } => format!("remove delete markers since {since} under {}", at(bucket, prefix)),
            Self::RestoreVersions { bucket, prefix, since, .. } => {
                format!("bring back versions from before {since} under {}", at(bucket, prefix))
            }
            Self::CopyMissing { bucket, from, prefix, .. } => {
                format!("copy what {} lacks of {}", n(bucket), at(&from.bucket, prefix))
            }
            Self::ChangeRecords { sets, .. } => match sets.as_slice() {
                [] => "change no record".to_owned(),
                [one] => format!("change a record of {}", n(&one.name)),
                [one, ..] => format!("change {} records of {} at once", sets.len(), n(&one.name)),
            },
            Self::InvertHealthCheck { health_check, inverted } => {
                format!("{} health check {}", if *inverted { "invert" } else { "no longer invert" }, n(health_check))
            }
            Self::SetRule { rule, enabled } => format!("{} rule {}", on(*enabled), n(rule)),
            Self::SetConcurrency { function, reserved: Some(0) } => format!("keep {} from running", n(function)),
            Self::SetConcurrency { function, reserved: Some(most) } => format!("let {} run {most} times at once", n(function)),
            Self::SetConcurrency { function, reserved: None } => format!("let {} run without a limit of its own", n(function)),
            Self::InvokeFunction { function, .. } => format!("invoke {}", n(function)),
            Self::StartExecution { machine, name, .. } => format!("start {} as {}", n(last(machine)), n(name)),
            Self::StopExecution { execution, .. } => format!("stop execution {}", n(last(execution))),
            Self::Publish { topic, subject, .. } => format!("publish “{}” to {}", n(subject), n(last(topic))),
            Self::Post { workload, .. } => format!("post to the webhook of {}", n(workload)),
            Self::PutItem { table, .. } => format!("write an item of {}", n(table)),
            Self::WriteThrough { workload, way } => match way {
                super::Way::Record { resolver } => format!("write through {} where {} says it is", n(workload), n(resolver)),
                super::Way::Site(site) => format!("write through {} at its {}", n(workload), n(site)),
            },
        }
    }
}

fn n(name: &str) -> String {
    excerpt(name, NAME)
}

/// What an ARN ends in.
fn last(arn: &str) -> &str {
    if arn.starts_with("arn:") { arn.rsplit(':').next().unwrap_or(arn) } else { arn }
}

fn at(bucket: &str, prefix: &str) -> String {
    format!("{}/{}", n(bucket), n(prefix))
}

const fn on(enabled: bool) -> &'static str {
    if enabled { "enable" } else { "disable" }
}
