//! Credentials are loaded once for all clients, and expire by the world's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use drlab_tui::aws::{Clients, Endpoints, Timeouts};
use tokio::time::sleep;

use super::rig::{Rig, START};

/// Lends credentials for an hour from the lab's start on, then for a year, and counts how often it was asked.
#[derive(Clone, Debug, Default)]
struct Lender(Arc<AtomicUsize>);

impl ProvideCredentials for Lender {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let nth = self.0.fetch_add(1, Ordering::SeqCst);
        let hours = if nth == 0 { 1 } else { 24 * 365 };
        let started = UNIX_EPOCH + Duration::from_secs(START.secs().unsigned_abs());
        let until = started + Duration::from_secs(3600 * hours);
        future::ProvideCredentials::ready(Ok(Credentials::new(format!("AKIALAB{nth}"), "secret", None, Some(until), "lender")))
    }
}

#[tokio::test(start_paused = true)]
async fn one_loan_serves_every_client_until_the_worlds_clock_says_it_is_over() {
    let rig = Rig::open("tier2");
    let lender = Lender::default();
    let shared = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(lender.clone()))
        .http_client(rig.way.clone())
        .time_source(rig.way.clone())
        .build();
    let aws = Clients::unguarded(&shared, &rig.stage.config.regions(), &Endpoints::default(), Timeouts::default());
    let ask = async || {
        for clients in aws.regions.values() {
            clients.sts.get_caller_identity().send().await.unwrap();
            clients.ecs.list_clusters().send().await.unwrap();
        }
        aws.route53.list_hosted_zones().send().await.unwrap();
        lender.0.load(Ordering::SeqCst)
    };
    assert_eq!(ask().await, 1, "loaded once");
    sleep(Duration::from_secs(30 * 60)).await;
    assert_eq!(ask().await, 1, "still good");
    sleep(Duration::from_secs(31 * 60)).await;
    assert_eq!(ask().await, 2, "and renewed once");
    let keys = rig.way.lab().log(|log| log.entries().map(|entry| entry.access_key.clone()).collect::<std::collections::BTreeSet<_>>());
    assert_eq!(keys, ["AKIALAB0".to_owned(), "AKIALAB1".to_owned()].into());
}
