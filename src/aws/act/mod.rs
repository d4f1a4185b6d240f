//! Carrying out changes: the only room with clients that can. Every change is one match arm here and one call there; what AWS says to it is a
//! receipt, and never yet the truth.

mod automation;
mod compute;
mod database;
mod receipt;
mod records;
mod secret;
mod storage;
mod tell;

use aws_config::SdkConfig;
use drlab_core::domain::{Change, Receipt, Region, Trouble, What};

use super::{Clients, Endpoints, RegionClients, Timeouts};
use receipt::refused;

/// Leave to change things. Only `arm` makes one, and only for an account that has been named and seen.
#[derive(Clone, Debug)]
pub struct Armed {
    clients: Clients,
    account: String,
}

/// Why nobody is armed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotArmed {
    #[error("the credentials belong to account {found}, and the workload to {wanted}")]
    OtherAccount { found: String, wanted: String },
    #[error("nobody can say whose credentials these are: {}", .0.text)]
    Unknown(Trouble),
}

/// Asks, in any of these regions that answers, whose credentials they are; only the workload's own account is armed.
pub async fn arm(
    shared: &SdkConfig,
    regions: &[Region],
    endpoints: &Endpoints,
    timeouts: Timeouts,
    account: &str,
) -> Result<Armed, NotArmed> {
    let clients = Clients::operating(shared, regions, endpoints, timeouts);
    let mut silent = Trouble::new(drlab_core::domain::Cause::NotYet, "there is no region to ask");
    for region in clients.regions.values() {
        match region.sts.get_caller_identity().send().await {
            Ok(caller) => {
                let found = caller.account.unwrap_or_default();
                return if found == account {
                    Ok(Armed { clients, account: found })
                } else {
                    Err(NotArmed::OtherAccount { found, wanted: account.to_owned() })
                };
            }
            Err(error) => silent = super::trouble::trouble(&error),
        }
    }
    Err(NotArmed::Unknown(silent))
}

impl Armed {
    /// Whose account this is leave for.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }
}

/// Asks for a change, once. `None`: it is not AWS's to make.
pub async fn apply(armed: &Armed, change: &Change) -> Option<Receipt> {
    let what = &change.what;
    match what {
        What::ChangeRecords { .. } | What::InvertHealthCheck { .. } => return Some(records::apply(&armed.clients.route53, what).await),
        What::Post { .. } | What::WriteThrough { .. } => return None,
        What::ReverseReplication { bucket, from_region, of, rule } => {
            let regions = &armed.clients.regions;
            return Some(match (regions.get(&change.region), regions.get(from_region)) {
                (Some(here), Some(there)) => storage::reverse(&here.s3, &there.s3, bucket, of, rule).await,
                _ => refused("NoSuchRegion", "there is no client for one of the two regions"),
            });
        }
        _ => {}
    }
    let Some(clients) = armed.clients.regions.get(&change.region) else {
        return Some(refused("NoSuchRegion", &format!("there is no client for {}", change.region)));
    };
    if let What::RestoreVersions { replica, .. } = what {
        let there = replica.as_ref().and_then(|replica| armed.clients.regions.get(&replica.region));
        return Some(storage::restore_versions(&clients.s3, there.map(|there| &there.s3), what).await);
    }
    if let What::CopyMissing { from, .. } = what {
        let there = armed.clients.regions.get(&from.region);
        return Some(storage::copy_missing(&clients.s3, there.map(|there| &there.s3), what).await);
    }
    Some(in_region(clients, what).await)
}

async fn in_region(clients: &RegionClients, what: &What) -> Receipt {
    match what {
        What::PromoteReplica { .. }
        | What::ProtectInstance { .. }
        | What::SnapshotInstance { .. }
        | What::SnapshotCluster { .. }
        | What::CreateReplica { .. }
        | What::RestoreSnapshot { .. }
        | What::RestorePointInTime { .. }
        | What::DiscardInstance { .. }
        | What::SwitchoverGlobal { .. }
        | What::FailoverGlobal { .. } => database::apply(&clients.rds, what).await,
        What::ScaleService { .. } | What::Redeploy { .. } => compute::apply(&clients.ecs, what).await,
        What::SetBounds { .. } | What::SuspendScaling { .. } => compute::bound(&clients.autoscaling, what).await,
        What::PromoteSecret { .. } | What::PointSecret { .. } => secret::apply(&clients.secrets, what).await,
        What::SetReplication { .. } | What::SetLifecycle { .. } | What::Undelete { .. } => storage::apply(&clients.s3, what).await,
        What::SetRule { .. }
        | What::SetConcurrency { .. }
        | What::InvokeFunction { .. }
        | What::StartExecution { .. }
        | What::StopExecution { .. } => automation::apply(clients, what).await,
        What::Publish { .. } | What::PutItem { .. } => tell::apply(clients, what).await,
        What::ChangeRecords { .. }
        | What::InvertHealthCheck { .. }
        | What::Post { .. }
        | What::WriteThrough { .. }
        | What::RestoreVersions { .. }
        | What::CopyMissing { .. }
        | What::ReverseReplication { .. } => refused("NotHere", "no region does that"),
    }
}
