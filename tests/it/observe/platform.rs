//! What is read besides the estate itself: metrics, alarms, replication, automation. And the wall: a watch reads, and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use drlab_core::config::Site;
use drlab_core::domain::fact::{Alarm, Function, Identity, Key, Machine, Observable, Replication, Rule, Secret, Series, Table};
use drlab_core::domain::{Cause, Kind, Measure, MetricQuery, Observation, Question, READS, Reading, Region, Subject, Topic, Value};
use drlab_tui::aws::{Clients, Endpoints, Keeper, Meter, Place, Source, Timeouts, connect, observe};
use drlab_tui::clock::WorldClock;
use tokio::time::sleep;

use crate::lab::rig::{Rig, START, credentials};

/// A lab, and clients for it that can only read.
struct Watch {
    rig: Rig,
    aws: Clients,
    meter: Meter,
    clock: WorldClock,
}

impl Watch {
    fn open(topology: &str) -> Self {
        let rig = Rig::open(topology);
        let clock = WorldClock::new(START, 1.0);
        let meter = Meter::new(clock);
        let shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(credentials())
            .http_client(rig.way.clone())
            .time_source(rig.way.clone())
            .build();
        let aws = Clients::watching(&shared, &rig.stage.config.regions(), &Endpoints::default(), Timeouts::default(), &meter);
        Self { rig, aws, meter, clock }
    }

    async fn ask(&self, region: &str, topic: Topic) -> Vec<Reading> {
        observe(&self.aws, &Question::new(&Region::new(region), topic), &self.clock).await
    }

    /// The only fact that a question brings.
    async fn see<T: Observable + Clone>(&self, region: &str, topic: Topic) -> T {
        let readings = self.ask(region, topic).await;
        let Ok(Value::Found { fact, .. }) = &readings[0].outcome else { panic!("{readings:?}") };
        T::of(fact).unwrap().clone()
    }

    async fn is_missing(&self, region: &str, topic: Topic) -> bool {
        self.ask(region, topic).await.iter().all(|reading| matches!(reading.outcome, Ok(Value::Missing(_))))
    }
}

fn name(text: &str) -> String {
    text.to_owned()
}

fn query(subject: Subject, measure: Measure, dimension: (&str, &str)) -> MetricQuery {
    MetricQuery {
        subject,
        namespace: measure.namespace().to_owned(),
        metric: measure.metric().to_owned(),
        dimensions: vec![(name(dimension.0), name(dimension.1))],
        statistic: measure.statistic().to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn metrics_come_oldest_first_and_are_as_old_as_their_newest_point() {
    let watch = Watch::open("tier2");
    let workload = &watch.rig.stage.config.workloads[0];
    let lag = workload.database_metric(workload.database.as_ref().unwrap(), Site::Standby, Measure::ReplicaLag);
    let nothing = Subject::metric(&workload.standby, "nobody", "ReplicaLag");
    sleep(Duration::from_secs(600)).await;
    let queries = vec![
        query(lag.clone(), Measure::ReplicaLag, ("DBInstanceIdentifier", "tier2-db-replica")),
        query(nothing.clone(), Measure::ReplicaLag, ("DBInstanceIdentifier", "nobody")),
    ];
    let readings = watch.ask("us-west-2", Topic::Metrics(queries)).await;
    assert_eq!(readings.iter().map(|reading| &reading.subject).collect::<Vec<_>>(), [&lag, &nothing]);
    let Ok(Value::Found { fact, at: Some(at) }) = &readings[0].outcome else { panic!("{readings:?}") };
    let series = Series::of(fact).unwrap();
    assert!(series.points.len() >= 5 && series.points.is_sorted_by_key(|point| point.at), "{series:?}");
    assert_eq!((series.unit.as_str(), *at), ("s", series.last().unwrap().at));
    assert_eq!(*at, at.minute());
    // What measures nothing is known, and speaks for nothing.
    let seen = Observation::blank(nothing).after(readings[1].clone());
    assert!(seen.fact().is_some() && seen.is_stale(watch.clock.now()));
    // Two metrics, one call: that is what it costs.
    let count = watch.meter.counts()[&("CloudWatch", "GetMetricData")];
    assert_eq!((count.calls, count.failed), (1, 0));
    assert!((count.dollars - 0.00002).abs() < 1e-12, "{count:?}");
}

#[tokio::test(start_paused = true)]
async fn alarms_say_what_they_watch_and_those_that_are_not_there_are_missing() {
    let watch = Watch::open("tier2");
    let readings = watch.ask("ap-southeast-2", Topic::Alarms(vec![name("tier2-alb-5xx"), name("tier2-site-down"), name("nobody")])).await;
    let alarm = |nth: usize| match &readings[nth].outcome {
        Ok(Value::Found { fact, .. }) => Alarm::of(fact).unwrap().clone(),
        other => panic!("{other:?}"),
    };
    assert!(alarm(0).condition.starts_with("HTTPCode_Target_5XX_Count > "), "{:?}", alarm(0));
    assert!(!alarm(0).composite && !alarm(0).state.is_empty());
    assert_eq!(alarm(1).name, "tier2-site-down");
    assert!(matches!(readings[2].outcome, Ok(Value::Missing(_))));
}

#[tokio::test(start_paused = true)]
async fn data_and_its_keys_are_described() {
    let watch = Watch::open("tier2");
    let workload = &watch.rig.stage.config.workloads[0];
    let (here, there) = (workload.primary.as_str(), workload.standby.as_str());
    let bucket = &workload.buckets[0].sites;
    let replication: Replication = watch.see(here, Topic::Replication(bucket.primary.clone())).await;
    assert_eq!((replication.versioning.as_str(), replication.rules.len()), ("Enabled", 1));
    assert_eq!(replication.rules[0].destination, bucket.standby);
    assert_eq!((replication.rules[0].enabled, replication.rules[0].delete_markers), (true, false));
    let other_end: Replication = watch.see(there, Topic::Replication(bucket.standby.clone())).await;
    assert_eq!((other_end.versioning.as_str(), other_end.rules.len()), ("Enabled", 0));
    let key: Key = watch.see(there, Topic::Key(workload.keys[0].standby.clone())).await;
    assert_eq!((key.state.as_str(), key.multi_region, key.role.as_deref()), ("Enabled", true, Some("REPLICA")));
    let secret: Secret = watch.see(here, Topic::Secret(name("tier2/db"))).await;
    assert_eq!((secret.name.as_str(), secret.deleted_at), ("tier2/db", None));
    let topic: drlab_core::domain::fact::Topic = watch.see(here, Topic::Topic(workload.notify.topic.primary.clone().unwrap())).await;
    assert!(!topic.subscriptions.is_empty());
    // Whoever knows the rest of it can speak for us there.
    let topic: drlab_core::domain::fact::Topic = watch.see(there, Topic::Topic(workload.notify.topic.standby.clone().unwrap())).await;
    let endpoints: Vec<_> = topic.subscriptions.iter().map(|subscribed| subscribed.endpoint.as_str()).collect();
    assert!(endpoints.contains(&"https://hooks.example.com/…"), "{endpoints:?}");
    let caller: Identity = watch.see(here, Topic::Identity).await;
    assert_eq!(caller.account, workload.account);
}

#[tokio::test(start_paused = true)]
async fn automation_is_seen_at_rest_and_at_work() {
    let watch = Watch::open("platform");
    let machine: Machine = watch.see("us-east-2", Topic::Machine(name("platform-failover"))).await;
    assert_eq!((machine.name.as_str(), machine.running()), ("platform-failover", None));
    watch.rig.control().states.start_execution().state_machine_arn(&machine.arn).name("drill").send().await.unwrap();
    let machine: Machine = watch.see("us-east-2", Topic::Machine(machine.arn)).await;
    assert_eq!(machine.running().map(|execution| execution.name.as_str()), Some("drill"));
    assert!(machine.executions.len() <= 10);
    let rule: Rule = watch.see("us-east-2", Topic::Rule(name("platform-failover-trigger"))).await;
    assert!(rule.enabled && !rule.targets.is_empty() && rule.pattern.is_some(), "{rule:?}");
    let function: Function = watch.see("us-east-2", Topic::Function(name("platform-dr-test"))).await;
    assert_eq!((function.name.as_str(), function.reserved_concurrency), ("platform-dr-test", None));
    let table: Table = watch.see("us-east-2", Topic::Table(name("platform-dr-state"))).await;
    assert_eq!(table.status, "ACTIVE");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_exist_is_missing_and_no_failed_call() {
    let watch = Watch::open("platform");
    let nobody = || name("nobody");
    let topics = [
        Topic::Replication(nobody()),
        Topic::Key(name("alias/nobody")),
        Topic::Topic(name("arn:aws:sns:us-east-2:123456789012:nobody")),
        Topic::Secret(nobody()),
        Topic::Machine(nobody()),
        Topic::Machine(name("arn:aws:states:us-east-2:123456789012:stateMachine:nobody")),
        Topic::Function(nobody()),
        Topic::Rule(nobody()),
        Topic::Table(nobody()),
    ];
    for topic in topics {
        assert!(watch.is_missing("us-east-2", topic.clone()).await, "{topic:?}");
    }
    assert_eq!(watch.meter.told().failed, 0, "{:?}", watch.meter.counts());
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_trouble_reaches_the_reading_in_words() {
    let cases = [
        ("region-dark", Cause::Silent, "no answer"),
        ("api-silent", Cause::Silent, "no answer"),
        ("api-refused", Cause::Unreachable, "connection refused"),
        ("api-errors", Cause::Broken, "answers 503"),
        ("credentials-expired", Cause::Credentials, "credentials expired"),
    ];
    for (fault, cause, text) in cases {
        let watch = Watch::open("tier2");
        watch.rig.inject(&format!("{fault}:primary"), None, None);
        for topic in [Topic::Identity, Topic::Alarms(vec![name("a"), name("b")]), Topic::Secret(name("tier2/db"))] {
            for reading in watch.ask("ap-southeast-2", topic).await {
                let trouble = reading.outcome.unwrap_err();
                assert_eq!((trouble.cause, trouble.text.as_str()), (cause, text), "{fault}");
            }
        }
        assert!(watch.meter.told().failed >= 3, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_but_a_read_leaves_a_watch_client() {
    let watch = Watch::open("tier2");
    let there = &watch.aws.regions[&Region::new("us-west-2")];
    let promoted = there.rds.promote_read_replica().db_instance_identifier("tier2-db-replica").send().await.unwrap_err();
    assert!(format!("{promoted:?}").contains("PromoteReadReplica"), "{promoted:?}");
    assert!(there.secrets.get_secret_value().secret_id("tier2/db").send().await.is_err());
    assert!(there.ecs.update_service().cluster("c").service("s").desired_count(0).send().await.is_err());
    assert_eq!(watch.rig.way.lab().log(|log| log.answered()), 0);
    assert_eq!(watch.meter.told().calls, 0);
}

/// The list names services as the SDK does; a slip there would blind the watch to a whole service.
#[tokio::test(start_paused = true)]
async fn the_wall_lets_every_service_of_the_list_through() {
    let watch = Watch::open("tier2");
    let region = &watch.aws.regions[&Region::new("us-west-2")];
    let _ = tokio::join!(
        region.acm.list_certificates().send(),
        region.autoscaling.describe_scalable_targets().service_namespace("ecs".into()).send(),
        region.ecr.describe_images().repository_name("tier2/app").send(),
        region.ecs.list_tasks().cluster("tier2-standby").send(),
        region.elb.describe_target_groups().send(),
        region.rds.describe_db_instances().send(),
        watch.aws.route53.list_health_checks().send(),
        watch.ask("us-west-2", Topic::Metrics(vec![])),
        watch.ask("us-west-2", Topic::Alarms(vec![name("a")])),
        watch.ask("us-west-2", Topic::Table(name("a"))),
        watch.ask("us-west-2", Topic::Rule(name("a"))),
        watch.ask("us-west-2", Topic::Key(name("a"))),
        watch.ask("us-west-2", Topic::Function(name("a"))),
        watch.ask("us-west-2", Topic::Replication(name("a"))),
        watch.ask("us-west-2", Topic::Secret(name("a"))),
        watch.ask("us-west-2", Topic::Machine(name("a"))),
        watch.ask("us-west-2", Topic::Topic(name("arn:aws:sns:us-west-2:123456789012:a"))),
        watch.ask("us-west-2", Topic::Identity),
    );
    let passed: BTreeSet<_> = watch.meter.counts().keys().map(|(service, _)| *service).collect();
    let listed: BTreeSet<_> = READS.iter().map(|read| read.service).collect();
    assert_eq!(passed, listed);
}

#[test]
fn nothing_on_the_allowlist_changes_anything() {
    let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/OPERATIONS.md")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    let harmless: BTreeSet<&str> = rows.iter().filter(|row| row.len() > 4 && row[3] == "no").map(|row| row[2]).collect();
    let harmful: BTreeSet<&str> = rows.iter().filter(|row| row.len() > 4 && row[3] == "yes").map(|row| row[2]).collect();
    for read in READS {
        assert!(harmless.contains(read.operation) && !harmful.contains(read.operation), "{read:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_have_a_reading_of_their_own_and_calls_before_them_are_not_dark() {
    let rig = Rig::open("tier2");
    let clock = WorldClock::new(START, 1.0);
    let (mut keeper, provider) = Keeper::new(Source::Lab, clock);
    let regions = rig.stage.config.regions();
    let endpoints = Endpoints::default();
    let place = Place {
        regions: &regions,
        endpoints: &endpoints,
        timeouts: Timeouts::default(),
        clock,
        http: Some(SharedHttpClient::new(rig.way.clone())),
    };
    let aws = connect(&place, provider, &Meter::new(clock));
    let question = Question::new(&Region::new("us-west-2"), Topic::Identity);
    let early = observe(&aws, &question, &clock).await;
    assert_eq!(early[0].outcome.clone().unwrap_err().cause, Cause::NotYet);
    let told = keeper.next().await;
    assert_eq!((told[0].subject.kind, told[0].outcome.is_ok()), (Kind::Credentials, true));
    assert!(observe(&aws, &question, &clock).await[0].outcome.is_ok());
}

#[test]
fn patience_is_the_worlds_and_never_less_than_a_machine_needs() {
    let usual = Timeouts::default();
    let (twice, fast) = (usual.at_speed(2.0), usual.at_speed(300.0));
    assert_eq!((twice.connect, twice.attempt), (Duration::from_millis(500), Duration::from_millis(1500)));
    assert_eq!((fast.connect, fast.attempt), (Duration::from_millis(250), Duration::from_secs(1)));
}
