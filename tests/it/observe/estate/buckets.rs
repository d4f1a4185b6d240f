//! What a bucket keeps, where it is replicated to, and what its lifecycle would take away.

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule as NewRule, LifecycleRuleFilter,
};
use drlab_core::config::Site;
use drlab_core::domain::fact::{LifecycleRule, Replication};
use drlab_core::domain::{Question, Topic};

use super::{Answer, ask, ask_at, meddler, workload};
use crate::lab::rig::Rig;

async fn of(rig: &Rig, site: Site, bucket: &str) -> Answer {
    ask_at(rig, site, Topic::Replication(bucket.to_owned())).await
}

fn rule(id: &str, enabled: bool) -> LifecycleRule {
    LifecycleRule { id: id.to_owned(), enabled }
}

#[tokio::test(start_paused = true)]
async fn a_buckets_lifecycle_rules_are_known_by_name_and_by_whether_they_act() {
    let rig = Rig::open("tier2");
    let pair = workload(&rig).buckets[0].clone();
    let found: Replication = of(&rig, Site::Primary, &pair.sites.primary).await.only();
    assert_eq!(found.versioning, "Enabled");
    assert_eq!((found.rules.len(), found.rules[0].destination.as_str()), (1, pair.sites.standby.as_str()));
    let mut known = found.lifecycle.unwrap();
    known.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(known, [rule("age", true), rule("old-versions", true)]);
    // One that is held is told apart from one that acts: what is put back afterwards is only what was in force before.
    let s3 = &rig.primary().s3;
    let held = |id: &str, status: ExpirationStatus| {
        let filter = LifecycleRuleFilter::builder().prefix("tmp/").build();
        let rule = NewRule::builder().id(id).status(status).filter(filter);
        rule.expiration(LifecycleExpiration::builder().days(1).build()).build().unwrap()
    };
    let rules = [held("held", ExpirationStatus::Disabled), held("acting", ExpirationStatus::Enabled)];
    let rules = BucketLifecycleConfiguration::builder().set_rules(Some(rules.into())).build().unwrap();
    s3.put_bucket_lifecycle_configuration().bucket(&pair.sites.primary).lifecycle_configuration(rules).send().await.unwrap();
    let found: Replication = of(&rig, Site::Primary, &pair.sites.primary).await.only();
    assert_eq!(found.lifecycle, Some(vec![rule("held", false), rule("acting", true)]));
}

#[tokio::test(start_paused = true)]
async fn a_bucket_without_rules_has_none_and_one_that_is_not_there_is_missing() {
    let rig = Rig::open("tier2");
    let name = workload(&rig).buckets[0].sites.standby.clone();
    let found: Replication = of(&rig, Site::Standby, &name).await.only();
    assert!(found.rules.is_empty(), "nothing is replicated from the replica: {found:?}");
    assert!(of(&rig, Site::Primary, "nobody-has-this-bucket").await.all_missing());
}

/// A permission that is missing is no “there are none”: nothing may be undeleted beneath rules that nobody can see.
#[tokio::test(start_paused = true)]
async fn lifecycle_rules_that_may_not_be_read_are_unknown_and_the_rest_is_known() {
    let rig = Rig::open("tier2");
    let name = workload(&rig).buckets[0].sites.primary.clone();
    let denied = "<Error><Code>AccessDenied</Code><Message>not you</Message></Error>";
    let aws = meddler::answering(
        &rig,
        move |status, body| {
            if body.contains("LifecycleConfiguration") { (403, denied.to_owned()) } else { (status, body) }
        },
    );
    let question = Question::new(&workload(&rig).primary, Topic::Replication(name));
    let found: Replication = ask(&aws, question).await.only();
    assert_eq!((found.lifecycle, found.versioning.as_str(), found.rules.len()), (None, "Enabled", 1));
}
