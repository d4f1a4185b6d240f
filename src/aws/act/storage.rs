//! Buckets: rules switched on and off, and objects brought back, a page at a time, so that a run can stop and go on after any of them.

mod missing;
mod pages;
mod rules;
mod tally;
mod undelete;
mod versions;

use aws_sdk_s3::Client;
use drlab_core::domain::{Receipt, What};

pub(super) use rules::reverse;
use versions::{Place, Span};

use super::receipt::refused;

pub(super) async fn apply(s3: &Client, what: &What) -> Receipt {
    match what {
        What::SetReplication { bucket, rule, enabled } => rules::replication(s3, bucket, rule, *enabled).await,
        What::SetLifecycle { bucket, rule, enabled } => rules::lifecycle(s3, bucket, rule, *enabled).await,
        What::Undelete { bucket, prefix, since, after } => undelete::undelete(s3, bucket, prefix, *since, after.as_deref()).await,
        _ => refused("NotHere", "S3 does not do that"),
    }
}

/// `there`: the client of the replica's region.
pub(super) async fn restore_versions(here: &Client, there: Option<&Client>, what: &What) -> Receipt {
    let What::RestoreVersions { bucket, prefix, since, after, replica, until } = what else {
        return refused("NotHere", "that restores no versions");
    };
    let copy = match (replica, there) {
        (None, _) => None,
        (Some(replica), Some(s3)) => Some(Place { s3, bucket: &replica.bucket }),
        (Some(_), None) => return refused("NoSuchRegion", "there is no client for the replica's region"),
    };
    versions::versions(Place { s3: here, bucket }, copy, prefix, Span { since: *since, until: *until }, after.as_deref()).await
}

/// `there`: the client of the region where the objects are.
pub(super) async fn copy_missing(here: &Client, there: Option<&Client>, what: &What) -> Receipt {
    let What::CopyMissing { bucket, from, prefix, pending, after, .. } = what else {
        return refused("NotHere", "that copies nothing");
    };
    let Some(s3) = there else { return refused("NoSuchRegion", "there is no client for the other bucket's region") };
    let (here, there) = (Place { s3: here, bucket }, Place { s3, bucket: &from.bucket });
    missing::missing(here, there, prefix, *pending, after.as_deref()).await
}
