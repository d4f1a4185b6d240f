//! What a change stands on, and what would take it back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Change, NamedSet, What};
use crate::domain::Region;

/// A service's control plane in one region: while it is down, nothing of it can be changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ControlPlane {
    pub service: String,
    pub region: Region,
}

impl fmt::Display for ControlPlane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.service, self.region)
    }
}

impl ControlPlane {
    /// Those that any of the changes needs, each once.
    #[must_use]
    pub fn of(changes: &[Change]) -> Vec<Self> {
        let planes: BTreeSet<_> = changes.iter().filter_map(Change::control_plane).collect();
        planes.into_iter().collect()
    }
}

/// What has one control plane for all regions has it here.
const FOR_ALL_REGIONS: &str = "us-east-1";

impl Change {
    /// `None`: it goes to no API of AWS, or to a data plane.
    #[must_use]
    pub fn control_plane(&self) -> Option<ControlPlane> {
        let (service, region) = match &self.what {
            What::ChangeRecords { .. } | What::InvertHealthCheck { .. } => ("Route 53", Some(FOR_ALL_REGIONS)),
            // A bucket's configuration is kept there too, wherever its objects are.
            What::SetReplication { .. } | What::ReverseReplication { .. } | What::SetLifecycle { .. } => ("S3", Some(FOR_ALL_REGIONS)),
            What::PromoteReplica { .. }
            | What::ProtectInstance { .. }
            | What::SnapshotInstance { .. }
            | What::SnapshotCluster { .. }
            | What::CreateReplica { .. }
            | What::RestoreSnapshot { .. }
            | What::RestorePointInTime { .. }
            | What::DiscardInstance { .. }
            | What::SwitchoverGlobal { .. }
            | What::FailoverGlobal { .. } => ("RDS", None),
            What::ScaleService { .. } | What::Redeploy { .. } => ("ECS", None),
            What::SetBounds { .. } | What::SuspendScaling { .. } => ("Application Auto Scaling", None),
            What::PromoteSecret { .. } | What::PointSecret { .. } => ("Secrets Manager", None),
            What::SetRule { .. } => ("EventBridge", None),
            What::SetConcurrency { .. } => ("Lambda", None),
            What::StartExecution { .. } | What::StopExecution { .. } => ("Step Functions", None),
            What::Undelete { .. }
            | What::RestoreVersions { .. }
            | What::CopyMissing { .. }
            | What::InvokeFunction { .. }
            | What::Publish { .. }
            | What::Post { .. }
            | What::PutItem { .. }
            | What::WriteThrough { .. } => return None,
        };
        Some(ControlPlane { service: service.to_owned(), region: region.map_or_else(|| self.region.clone(), Region::new) })
    }

    /// What makes it as it was, where that is a single change: by itself, or with what was put aside before (`kept`): `desired` of a service,
    /// `min` and `max` of its bounds, `records` as JSON, `reserved` of a function (`none` for no reservation), `host` and `port` of a secret.
    #[must_use]
    pub fn undo(&self, kept: &BTreeMap<String, String>) -> Option<Self> {
        // Where several things are put aside, each is called after what it is of: `standby.app.desired`.
        let of = |(name, _): &(&String, &String), what: &str| name.rsplit('.').next() == Some(what);
        let aside = |what: &str| kept.iter().find(|one| of(one, what)).map(|(_, value)| value);
        let number = |what: &str| aside(what)?.parse::<i32>().ok();
        let what = match &self.what {
            What::ScaleService { cluster, service, .. } => {
                What::ScaleService { cluster: cluster.clone(), service: service.clone(), desired: number("desired")? }
            }
            What::SetBounds { cluster, service, .. } => {
                What::SetBounds { cluster: cluster.clone(), service: service.clone(), min: number("min")?, max: number("max")? }
            }
            What::SuspendScaling { cluster, service, suspended } => {
                What::SuspendScaling { cluster: cluster.clone(), service: service.clone(), suspended: !suspended }
            }
            What::PointSecret { secret, token, .. } => What::PointSecret {
                secret: secret.clone(),
                host: aside("host")?.clone(),
                port: number("port")?,
                // Secrets Manager takes the same token for the same request: this is another one, no longer than it may be.
                token: format!("undo-{token}").chars().take(64).collect(),
            },
            What::SetReplication { bucket, rule, enabled } => {
                What::SetReplication { bucket: bucket.clone(), rule: rule.clone(), enabled: !enabled }
            }
            What::ReverseReplication { bucket, rule, .. } => {
                What::SetReplication { bucket: bucket.clone(), rule: rule.clone(), enabled: false }
            }
            What::SetLifecycle { bucket, rule, enabled } => {
                What::SetLifecycle { bucket: bucket.clone(), rule: rule.clone(), enabled: !enabled }
            }
            What::ChangeRecords { zone, comment, .. } => {
                let sets: Vec<NamedSet> = serde_json::from_str(aside("records")?).ok()?;
                What::ChangeRecords { zone: zone.clone(), comment: format!("undo: {comment}"), sets }
            }
            What::InvertHealthCheck { health_check, inverted } => {
                What::InvertHealthCheck { health_check: health_check.clone(), inverted: !inverted }
            }
            What::SetRule { rule, enabled } => What::SetRule { rule: rule.clone(), enabled: !enabled },
            What::SetConcurrency { function, .. } => {
                let before = aside("reserved")?;
                let reserved = if before == "none" { None } else { Some(before.parse().ok()?) };
                What::SetConcurrency { function: function.clone(), reserved }
            }
            // A replica has never been writable: nothing is lost with it.
            What::CreateReplica { instance, .. } => What::DiscardInstance { instance: instance.clone() },
            What::StartExecution { .. }
            | What::PromoteReplica { .. }
            | What::ProtectInstance { .. }
            | What::SnapshotInstance { .. }
            | What::SnapshotCluster { .. }
            | What::RestoreSnapshot { .. }
            | What::RestorePointInTime { .. }
            | What::DiscardInstance { .. }
            | What::SwitchoverGlobal { .. }
            | What::FailoverGlobal { .. }
            | What::Redeploy { .. }
            | What::PromoteSecret { .. }
            | What::Undelete { .. }
            | What::RestoreVersions { .. }
            | What::CopyMissing { .. }
            | What::InvokeFunction { .. }
            | What::StopExecution { .. }
            | What::Publish { .. }
            | What::Post { .. }
            | What::PutItem { .. }
            | What::WriteThrough { .. } => return None,
        };
        Some(Self { region: self.region.clone(), what })
    }
}
