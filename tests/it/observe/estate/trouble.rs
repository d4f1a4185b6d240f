//! What is in the way: a region that is dark, a service that throttles. The other region is not touched by it.

use drlab_core::config::Site;
use drlab_core::domain::fact::{GlobalCluster, Instance, Record};
use drlab_core::domain::{Cause, Question, Topic};
use tokio::time::{Duration, Instant};

use super::odd::questions;
use super::{ask, ask_at, ask_route53, workload};
use crate::lab::rig::Rig;
use crate::lab::services::aurora::GLOBAL;

#[tokio::test(start_paused = true)]
async fn a_dark_region_is_silent_and_the_other_one_is_not() {
    // Sydney and Oregon: Route 53's control plane lives in neither.
    let rig = Rig::open("tier2");
    rig.inject("region-dark:primary", None, None);
    for question in questions(&rig) {
        let regional = question.region == workload(&rig).primary;
        let began = Instant::now();
        let answer = ask(&rig.aws, question.clone()).await;
        assert!(began.elapsed() <= Duration::from_secs(3), "{question:?} took {:?}", began.elapsed());
        if regional {
            assert_eq!(answer.trouble().cause, Cause::Silent, "{question:?}");
        } else {
            assert!(answer.0.iter().all(|reading| reading.outcome.is_ok()), "{question:?}: {answer:?}");
        }
    }
    let replica: Instance = ask_at(&rig, Site::Standby, Topic::Instances(vec!["tier2-db-replica".to_owned()])).await.only();
    assert_eq!(replica.status, "available");
}

#[tokio::test(start_paused = true)]
async fn a_dark_virginia_takes_the_records_along_and_ohio_still_tells_of_both() {
    let rig = Rig::open("payments");
    rig.inject("region-dark:primary", None, None);
    let dns = workload(&rig).dns.as_ref().unwrap();
    let record = Topic::Records { zone: dns.zone.clone(), names: vec![dns.record.clone()] };
    assert!(ask_route53(&rig, record.clone()).await.trouble().cause.is_theirs());
    let global: GlobalCluster = ask_at(&rig, Site::Standby, Topic::GlobalClusters(vec![GLOBAL.to_owned()])).await.only();
    assert_eq!(global.members.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_dark_standby_leaves_the_primary_readable() {
    let rig = Rig::open("tier2");
    rig.inject("region-dark:standby", None, None);
    for question in questions(&rig) {
        let answer = ask(&rig.aws, question.clone()).await;
        assert!(answer.0.iter().all(|reading| reading.outcome.is_ok()), "{question:?}: {answer:?}");
    }
    let replica = ask_at(&rig, Site::Standby, Topic::Instances(vec!["tier2-db-replica".to_owned()])).await;
    assert_eq!(replica.trouble().cause, Cause::Silent);
}

#[tokio::test(start_paused = true)]
async fn throttling_is_told_apart_and_passes() {
    let rig = Rig::open("tier2");
    rig.inject("api-throttled:primary", Some(1.0), Some("60s"));
    let here: Vec<Question> = questions(&rig).into_iter().filter(|question| question.region == workload(&rig).primary).collect();
    for question in &here {
        assert_eq!(ask(&rig.aws, question.clone()).await.trouble().cause, Cause::Throttled, "{question:?}");
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
    for question in here {
        let answer = ask(&rig.aws, question.clone()).await;
        assert!(answer.0.iter().all(|reading| reading.outcome.is_ok()), "{question:?}: {answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_is_broken_and_one_that_refuses_connections_cannot_be_reached() {
    for (fault, cause) in [("api-errors:primary", Cause::Broken), ("api-refused:primary", Cause::Unreachable)] {
        let rig = Rig::open("tier2");
        rig.inject(fault, None, None);
        for question in questions(&rig).into_iter().filter(|question| question.region == workload(&rig).primary) {
            assert_eq!(ask(&rig.aws, question.clone()).await.trouble().cause, cause, "{fault}: {question:?}");
        }
        let dns = workload(&rig).dns.as_ref().unwrap();
        let record = ask_route53(&rig, Topic::Records { zone: dns.zone.clone(), names: vec![dns.record.clone()] }).await;
        assert_eq!(record.only::<Record>().sets.len(), 2);
    }
}
