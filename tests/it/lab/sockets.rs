//! The same clients over real sockets: the SDK's own HTTP stack, a port for each region, a lab whose hours are seconds.

use std::net::Ipv4Addr;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_cloudwatch::types::{MetricDatum, StateValue};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::primitives::ByteStream;
use drlab_core::domain::Region;
use drlab_lab::control::Stage;
use drlab_lab::serve::{Ports, Running, open};
use drlab_lab::world::{ActiveFault, Fault};
use drlab_tui::aws::{Clients, Endpoints, Timeouts};
use tokio::time::{Instant, sleep, timeout};

use super::rig::{START, config, credentials, refused};

/// For a machine that is busy with something else.
const PATIENCE: Timeouts = Timeouts { connect: Duration::from_secs(2), attempt: Duration::from_secs(20) };

/// A lab that listens, at a speed that no test has to wait for.
async fn listening(topology: &str, ports: Ports, patience: Timeouts) -> (Running, Clients) {
    let mut config = config(topology);
    config.lab.speed = 300.0;
    let regions = config.regions();
    let running = open(Stage { config, scenario: None }, START, Ipv4Addr::LOCALHOST.into(), ports).await.unwrap();
    let shared = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).credentials_provider(credentials()).build();
    let url = |address: &std::net::SocketAddr| format!("http://{address}");
    let endpoints = Endpoints {
        regions: running.addresses().regions.iter().map(|(region, address)| (region.clone(), url(address))).collect(),
        route53: Some(url(&running.addresses().route53)),
    };
    let aws = Clients::unguarded(&shared, &regions, &endpoints, patience);
    (running, aws)
}

/// Asks every 20 ms of the wall, for as long as it may take.
async fn eventually<T>(ask: impl AsyncFn() -> T, accept: impl Fn(&T) -> bool) -> T {
    let asking = async {
        loop {
            let answer = ask().await;
            if accept(&answer) {
                return answer;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(60), asking).await.unwrap()
}

#[tokio::test]
async fn every_protocol_crosses_a_socket() {
    for ports in [Ports::Each, Ports::One(0)] {
        let (running, aws) = listening("platform", ports, PATIENCE).await;
        let [here, control] = ["us-east-1", "us-east-2"].map(|region| &aws.regions[&Region::new(region)]);
        // Query.
        assert_eq!(here.sts.get_caller_identity().send().await.unwrap().account(), Some("123456789012"));
        assert!(refused(here.rds.describe_db_instances().db_instance_identifier("nobody").send().await).is_db_instance_not_found_fault());
        assert!(!here.elb.describe_load_balancers().send().await.unwrap().load_balancers().is_empty());
        assert!(!here.sns.list_topics().send().await.unwrap().topics().is_empty());
        // JSON.
        assert!(!here.ecs.list_clusters().send().await.unwrap().cluster_arns().is_empty());
        assert!(
            !here
                .autoscaling
                .describe_scalable_targets()
                .service_namespace("ecs".into())
                .send()
                .await
                .unwrap()
                .scalable_targets()
                .is_empty()
        );
        assert!(refused(here.secrets.get_secret_value().secret_id("nobody").send().await).is_resource_not_found_exception());
        assert!(!here.ecr.describe_repositories().send().await.unwrap().repositories().is_empty());
        assert!(!here.acm.list_certificates().send().await.unwrap().certificate_summary_list().is_empty());
        assert!(refused(here.kms.describe_key().key_id("alias/nobody").send().await).is_not_found_exception());
        assert!(!control.events.list_rules().send().await.unwrap().rules().is_empty());
        assert!(!control.states.list_state_machines().send().await.unwrap().state_machines().is_empty());
        let key = AttributeValue::S("platform".to_owned());
        control.dynamodb.put_item().table_name("platform-dr-state").item("workload", key.clone()).send().await.unwrap();
        assert!(control.dynamodb.get_item().table_name("platform-dr-state").key("workload", key).send().await.unwrap().item().is_some());
        // CBOR, with and without gzip.
        assert!(!here.cloudwatch.describe_alarms().send().await.unwrap().metric_alarms().is_empty());
        let many =
            (0..400).map(|nth| MetricDatum::builder().metric_name(format!("Signal{nth:03}")).value(f64::from(nth)).build()).collect();
        here.cloudwatch.put_metric_data().namespace("Drill").set_metric_data(Some(many)).send().await.unwrap();
        let absent = here.cloudwatch.set_alarm_state().alarm_name("nobody").state_value(StateValue::Ok).state_reason("drill").send().await;
        assert!(refused(absent).is_resource_not_found());
        // REST: XML, JSON, and bodies as they are.
        assert!(!aws.route53.list_hosted_zones().send().await.unwrap().hosted_zones().is_empty());
        assert!(refused(aws.route53.get_hosted_zone().id("Z0000000NOBODY").send().await).is_no_such_hosted_zone());
        assert!(!control.lambda.list_functions().send().await.unwrap().functions().is_empty());
        let body: Vec<u8> = (0..=255).cycle().take(300_000).collect();
        let (bucket, key) = ("platform-content", "content/ä b+c");
        here.s3.put_object().bucket(bucket).key(key).body(ByteStream::from(body.clone())).send().await.unwrap();
        let got = here.s3.get_object().bucket(bucket).key(key).send().await.unwrap();
        assert_eq!(got.body.collect().await.unwrap().into_bytes(), body);
        let head = async || here.s3.head_object().bucket(bucket).key(key).send().await.unwrap().replication_status;
        eventually(head, |status| status.as_ref().is_some_and(|status| status.as_str() == "COMPLETED")).await;
        assert!(refused(here.s3.get_object().bucket(bucket).key("nobody").send().await).is_no_such_key());
        running.stop().await;
    }
}

#[tokio::test]
async fn a_promotion_over_sockets_takes_a_moment() {
    let (running, aws) = listening("tier2", Ports::Each, PATIENCE).await;
    let there = &aws.regions[&Region::new("us-west-2")];
    there.rds.promote_read_replica().db_instance_identifier("tier2-db-replica").send().await.unwrap();
    let look = async || {
        let described = there.rds.describe_db_instances().db_instance_identifier("tier2-db-replica").send().await.unwrap();
        described.db_instances()[0].clone()
    };
    let own = |now: &aws_sdk_rds::types::DbInstance| {
        now.db_instance_status() == Some("available") && now.read_replica_source_db_instance_identifier().is_none()
    };
    eventually(look, own).await;
    running.stop().await;
}

/// Elsewhere a full queue does not swallow connections; a dark region there accepts and says nothing.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_dark_region_swallows_connections_and_gives_them_back() {
    let patience = Timeouts { attempt: Duration::from_secs(3), ..PATIENCE };
    let (running, aws) = listening("tier2", Ports::Each, patience).await;
    let here = &aws.regions[&Region::new("ap-southeast-2")];
    assert!(here.sts.get_caller_identity().send().await.is_ok());
    running.lab().with(|world| {
        let fault = ActiveFault::on(Fault::RegionDark, &Region::new("ap-southeast-2"), world.now(), None);
        world.faults.inject(fault);
    });
    let attempt = async || {
        let began = Instant::now();
        let failed = here.sts.get_caller_identity().send().await.is_err();
        (failed, began.elapsed())
    };
    // At once, on a connection that was open before, as on a new one: nobody says no, and it takes what the client's patience takes.
    for _ in 0..2 {
        let (failed, took) = attempt().await;
        assert!(failed && took >= PATIENCE.connect, "{took:?}");
    }
    running.lab().with(|world| world.faults.clear());
    eventually(attempt, |(failed, _)| !failed).await;
    running.stop().await;
}
