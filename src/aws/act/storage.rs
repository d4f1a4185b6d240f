//! Buckets: rules switched on and off, and objects brought back, a page at a time, so that a run can stop and go on after any of them.

mod bring_back;
mod rules;

use aws_sdk_s3::Client;
use drlab_core::domain::{Receipt, What};

pub(super) use rules::reverse;

use super::receipt::refused;

pub(super) async fn apply(s3: &Client, what: &What) -> Receipt {
    match what {
        What::SetReplication { bucket, rule, enabled } => rules::replication(s3, bucket, rule, *enabled).await,
        What::SetLifecycle { bucket, rule, enabled } => rules::lifecycle(s3, bucket, rule, *enabled).await,
        What::Undelete { bucket, prefix, since, after } => bring_back::undelete(s3, bucket, prefix, *since, after.as_deref()).await,
        What::RestoreVersions { bucket, prefix, since, after, .. } => {
            bring_back::versions(s3, bucket, prefix, *since, after.as_deref()).await
        }
        _ => refused("NotHere", "S3 does not do that"),
    }
}
