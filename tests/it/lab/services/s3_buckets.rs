use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketVersioningStatus, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    ReplicationRuleStatus, VersioningConfiguration,
};

use super::Rig;
use crate::lab::rig::refused;

super::tour!("tier2", tell_buckets_what_to_keep_and_copy);

const HERE: &str = "tier2-app-data";
const THERE: &str = "tier2-app-data-replica";

async fn versioning(s3: &Client, bucket: &str) -> Option<BucketVersioningStatus> {
    s3.get_bucket_versioning().bucket(bucket).send().await.unwrap().status
}

async fn tell_buckets_what_to_keep_and_copy(rig: Rig) {
    let (here, there) = (&rig.primary().s3, &rig.standby().s3);
    let listed = here.list_buckets().send().await.unwrap();
    let names: Vec<_> = listed.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    assert_eq!(names, [HERE, THERE, "tier2-logs"], "buckets are the account's, not the region's");
    let home = here.get_bucket_location().bucket(HERE).send().await.unwrap();
    assert_eq!(home.location_constraint().unwrap().as_str(), "ap-southeast-2");
    let head = here.head_bucket().bucket(HERE).send().await.unwrap();
    assert_eq!(head.bucket_region(), Some("ap-southeast-2"));
    assert!(refused(here.head_bucket().bucket("nobody-has-this-bucket").send().await).is_not_found());
    assert_eq!(versioning(here, HERE).await, Some(BucketVersioningStatus::Enabled));

    let found = here.get_bucket_replication().bucket(HERE).send().await.unwrap();
    let configured = found.replication_configuration().unwrap().clone();
    let rule = &configured.rules()[0];
    assert_eq!((rule.id(), rule.status()), (Some("app-data"), &ReplicationRuleStatus::Enabled));
    assert_eq!(rule.destination().unwrap().bucket(), format!("arn:aws:s3:::{THERE}"));
    // A source of replication must keep its versions.
    let suspended = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
    let refusal = refused(here.put_bucket_versioning().bucket(HERE).versioning_configuration(suspended.clone()).send().await);
    assert_eq!(refusal.meta().code(), Some("InvalidBucketState"));
    here.delete_bucket_replication().bucket(HERE).send().await.unwrap();
    let refusal = refused(here.get_bucket_replication().bucket(HERE).send().await);
    assert_eq!(refusal.meta().code(), Some("ReplicationConfigurationNotFoundError"));
    here.put_bucket_replication().bucket(HERE).replication_configuration(configured.clone()).send().await.unwrap();
    let again = here.get_bucket_replication().bucket(HERE).send().await.unwrap();
    assert_eq!(again.replication_configuration(), Some(&configured));

    let tmp = LifecycleRuleFilter::builder().prefix("tmp/").build();
    let rule = LifecycleRule::builder().id("drill").status(ExpirationStatus::Enabled).filter(tmp);
    let rule = rule.expiration(LifecycleExpiration::builder().days(1).build()).build().unwrap();
    let rules = BucketLifecycleConfiguration::builder().rules(rule.clone()).build().unwrap();
    there.put_bucket_lifecycle_configuration().bucket(THERE).lifecycle_configuration(rules).send().await.unwrap();
    let kept = there.get_bucket_lifecycle_configuration().bucket(THERE).send().await.unwrap();
    assert_eq!(kept.rules(), [rule]);
    let refusal = refused(here.get_bucket_lifecycle_configuration().bucket("nobody-has-this-bucket").send().await);
    assert_eq!(refusal.meta().code(), Some("NoSuchBucket"));
    let logs = here.put_bucket_versioning().bucket("tier2-logs").versioning_configuration(suspended).send().await;
    logs.unwrap();
    assert_eq!(versioning(here, "tier2-logs").await, Some(BucketVersioningStatus::Suspended));
}
