//! Where a bucket is replicated to, and whether it keeps versions: without them nothing is replicated and nothing can be undeleted. Its
//! lifecycle rules are what must be held before anything is.

use aws_sdk_s3::types::{
    DeleteMarkerReplicationStatus, ExpirationStatus, MetricsStatus, ReplicationRule, ReplicationRuleStatus, ReplicationTimeStatus,
};
use drlab_core::domain::fact::{LifecycleRule, Replication, ReplicationRule as Rule};
use drlab_core::domain::{Kind, Region, Subject, Trouble};

use super::Findings;
use super::answers::{existing, said, serious, text};
use crate::aws::RegionClients;

const NO_BUCKET: &[&str] = &["NoSuchBucket"];
/// A bucket that is there, and replicated nowhere; of one that is not there, versioning tells.
const NO_RULES: &[&str] = &["ReplicationConfigurationNotFoundError", "NoSuchBucket"];
const NO_LIFECYCLE: &[&str] = &["NoSuchLifecycleConfiguration", "NoSuchBucket"];

pub(super) async fn replication(region: &RegionClients, at: &Region, bucket: &str) -> Result<Findings, Trouble> {
    let (versioning, rules, lifecycle) = tokio::join!(
        region.s3.get_bucket_versioning().bucket(bucket).send(),
        region.s3.get_bucket_replication().bucket(bucket).send(),
        region.s3.get_bucket_lifecycle_configuration().bucket(bucket).send(),
    );
    let Some(versioning) = existing(versioning.map_err(|error| serious(&error, NO_BUCKET)))? else { return Ok(Findings::new()) };
    let rules = existing(rules.map_err(|error| serious(&error, NO_RULES)))?.and_then(|answer| answer.replication_configuration);
    // Where they may not be read, the rest is worth knowing all the same.
    let lifecycle = existing(lifecycle.map_err(|error| serious(&error, NO_LIFECYCLE))).ok();
    let lifecycle = lifecycle.map(|found| {
        let rules = found.iter().flat_map(|found| found.rules());
        rules.map(|rule| LifecycleRule { id: text(rule.id()), enabled: *rule.status() == ExpirationStatus::Enabled }).collect()
    });
    let fact = Replication {
        bucket: bucket.to_owned(),
        versioning: versioning.status().map_or("Off", |status| status.as_str()).to_owned(),
        rules: rules.iter().flat_map(|found| found.rules()).map(rule).collect(),
        lifecycle,
    };
    Ok(Findings::from([(Subject::new(Kind::Replication, at, bucket), fact.into())]))
}

fn rule(from: &ReplicationRule) -> Rule {
    let to = from.destination();
    Rule {
        id: text(from.id()),
        enabled: *from.status() == ReplicationRuleStatus::Enabled,
        priority: from.priority(),
        prefix: prefix(from),
        by_tags: from.filter().is_some_and(|filter| filter.tag().is_some() || filter.and().is_some_and(|and| !and.tags().is_empty())),
        destination: bucket_of(to.map_or("", |to| to.bucket())).to_owned(),
        storage_class: to.and_then(|to| to.storage_class()).map(|class| class.as_str().to_owned()),
        delete_markers: from
            .delete_marker_replication()
            .is_some_and(|markers| markers.status() == Some(&DeleteMarkerReplicationStatus::Enabled)),
        metrics: to.and_then(|to| to.metrics()).is_some_and(|metrics| *metrics.status() == MetricsStatus::Enabled),
        time_control: to.and_then(|to| to.replication_time()).is_some_and(|time| *time.status() == ReplicationTimeStatus::Enabled),
    }
}

#[expect(deprecated, reason = "rules of the first version of the schema have their prefix where AWS no longer wants it")]
fn prefix(from: &ReplicationRule) -> Option<String> {
    let filter = from.filter();
    let filtered = filter.and_then(|filter| filter.prefix().or_else(|| filter.and().and_then(|and| and.prefix())));
    said(filtered.or(from.prefix()))
}

/// The name in a bucket's ARN, whose second part is the partition: `aws`, `aws-cn`, `aws-us-gov`.
fn bucket_of(arn: &str) -> &str {
    arn.strip_prefix("arn:").and_then(|rest| rest.split_once(":s3:::")).map_or(arn, |(_, bucket)| bucket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_a_name_in_every_partition() {
        for arn in ["arn:aws:s3:::copies", "arn:aws-cn:s3:::copies", "arn:aws-us-gov:s3:::copies", "copies"] {
            assert_eq!(bucket_of(arn), "copies", "{arn}");
        }
    }
}
