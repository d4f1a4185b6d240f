//! Each change by itself: it is asked for, there is a receipt, and the world is so.

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::config::Workload;
use drlab_core::domain::change::{BackupOf, NamedSet, Shape};
use drlab_core::domain::fact::RecordSet;
use drlab_core::domain::{Change, Receipt, Region, What};
use drlab_lab::world::rds;
use drlab_tui::aws::act::apply;
use tokio::time::sleep;

use crate::failover::bridge::armed;
use crate::lab::rig::{Rig, paused, until};

type Told = BTreeMap<String, String>;

fn s(text: &str) -> String {
    text.to_owned()
}

async fn ask(rig: &Rig, region: &Region, what: What) -> Receipt {
    apply(&armed(rig).await, &Change::new(region, what)).await.unwrap()
}

async fn accepted(rig: &Rig, region: &Region, what: What) -> Told {
    match ask(rig, region, what.clone()).await {
        Receipt::Accepted { told } => told,
        other => panic!("{what:?}: {other:?}"),
    }
}

async fn refusal(rig: &Rig, region: &Region, what: What) -> String {
    match ask(rig, region, what.clone()).await {
        Receipt::Refused { code, .. } => code,
        other => panic!("{what:?}: {other:?}"),
    }
}

fn workload(rig: &Rig) -> Workload {
    rig.stage.config.workloads[0].clone()
}

fn shape() -> Shape {
    Shape { class: s("db.r6g.large"), ..Shape::default() }
}

#[test]
fn rds_takes_snapshots_restores_them_and_deletes_what_was_made() {
    paused(async {
        let rig = Rig::open("tier2");
        let here = workload(&rig).primary;
        let there = |rig: &Rig, id: &'static str| rig.truth(|world| rds::database_in(world, &workload(rig).primary, id).is_some());
        let rds = rig.primary().rds.clone();
        let told = accepted(&rig, &here, What::SnapshotInstance { instance: s("tier2-db"), snapshot: s("by-hand") }).await;
        assert!(told["arn"].ends_with(":snapshot:by-hand"), "{told:?}");
        let status = async || {
            let found = rds.describe_db_snapshots().db_snapshot_identifier("by-hand").send().await.unwrap();
            found.db_snapshots()[0].status().unwrap().to_owned()
        };
        until(3600, status, |status| status == "available").await;
        let restore = || What::RestoreSnapshot { instance: s("copy"), snapshot: s("by-hand"), shape: shape() };
        assert_eq!(accepted(&rig, &here, restore()).await["status"], "creating");
        assert_eq!(refusal(&rig, &here, restore()).await, "DBInstanceAlreadyExists");
        let rewind = What::RestorePointInTime { instance: s("rewound"), from: BackupOf::Instance(s("tier2-db")), at: None, shape: shape() };
        accepted(&rig, &here, rewind).await;
        let status = async || {
            let found = rds.describe_db_instances().send().await.unwrap();
            let up = |id: &str| {
                found
                    .db_instances()
                    .iter()
                    .any(|one| one.db_instance_identifier() == Some(id) && one.db_instance_status() == Some("available"))
            };
            up("copy") && up("rewound")
        };
        until(7200, status, |both| *both).await;
        assert_eq!(accepted(&rig, &here, What::DiscardInstance { instance: s("copy") }).await["status"], "deleting");
        until(3600, async || there(&rig, "copy"), |there| !there).await;
        assert!(there(&rig, "tier2-db") && there(&rig, "rewound"));
        let protect = What::ProtectInstance {
            instance: s("rewound"),
            multi_az: None,
            backup_retention_days: Some(9),
            backup_window: None,
            maintenance_window: None,
        };
        accepted(&rig, &here, protect).await;
        let days = async || {
            let found = rds.describe_db_instances().db_instance_identifier("rewound").send().await.unwrap();
            found.db_instances()[0].backup_retention_period()
        };
        until(1800, days, |days| *days == Some(9)).await;
    });
}

#[test]
fn rds_promotes_and_makes_replicas() {
    paused(async {
        let rig = Rig::open("tier2");
        let workload = workload(&rig);
        let promote = || What::PromoteReplica { instance: s("tier2-db-replica") };
        accepted(&rig, &workload.standby, promote()).await;
        let writable = async || rig.site("standby")["database"]["writable"] == true;
        until(1800, writable, |writable| *writable).await;
        let code = refusal(&rig, &workload.standby, promote()).await;
        assert!(code.starts_with("InvalidDBInstanceState"), "{code}");
        let source = rig.primary().rds.describe_db_instances().db_instance_identifier("tier2-db").send().await.unwrap();
        let replica = What::CreateReplica {
            instance: s("anew"),
            source_arn: source.db_instances()[0].db_instance_arn().unwrap().to_owned(),
            source_region: workload.primary.clone(),
            shape: Shape { kms_key: workload.database.as_ref().unwrap().rebuild.standby.as_ref().unwrap().kms_key.clone(), ..shape() },
        };
        assert_eq!(accepted(&rig, &workload.standby, replica).await["status"], "creating");
    });
}

#[test]
fn aurora_switches_over_and_takes_snapshots() {
    paused(async {
        let rig = Rig::open("payments");
        let workload = workload(&rig);
        let database = workload.database.as_ref().unwrap();
        let snapshot = What::SnapshotCluster { cluster: database.sites.primary.clone(), snapshot: s("by-hand") };
        assert!(accepted(&rig, &workload.primary, snapshot).await["arn"].contains("cluster-snapshot:by-hand"));
        let target_arn = format!("arn:aws:rds:{}:{}:cluster:{}", workload.standby, workload.account, database.sites.standby);
        let switch = What::SwitchoverGlobal { global_cluster: database.global_cluster.clone().unwrap(), target_arn };
        accepted(&rig, &workload.primary, switch).await;
        until(900, async || rig.site("standby")["database"]["writable"] == true, |writable| *writable).await;
    });
}

#[test]
fn ecs_and_its_scaler_do_as_they_are_told() {
    paused(async {
        let rig = Rig::open("platform");
        let workload = workload(&rig);
        let at = workload.services[0].sites.standby.clone();
        let (cluster, service) = (at.cluster, at.service);
        let bounds = What::SetBounds { cluster: cluster.clone(), service: service.clone(), min: 3, max: 7 };
        accepted(&rig, &workload.standby, bounds).await;
        let suspend = What::SuspendScaling { cluster: cluster.clone(), service: service.clone(), suspended: true };
        accepted(&rig, &workload.standby, suspend).await;
        let id = format!("service/{cluster}/{service}");
        let scaling = &rig.standby().autoscaling;
        let found = scaling.describe_scalable_targets().service_namespace("ecs".into()).resource_ids(id).send().await.unwrap();
        let target = &found.scalable_targets()[0];
        assert_eq!((target.min_capacity(), target.max_capacity()), (3, 7));
        assert_eq!(target.suspended_state().and_then(|state| state.dynamic_scaling_in_suspended()), Some(true));
        let scale = What::ScaleService { cluster: cluster.clone(), service: service.clone(), desired: 5 };
        assert!(accepted(&rig, &workload.standby, scale).await.contains_key("deployment"));
        let running = async || rig.site("standby")["services"][0]["running"].clone();
        until(600, running, |running| *running == 5).await;
        let redeploy = || What::Redeploy { cluster: cluster.clone(), service: service.clone() };
        let (one, two) = (accepted(&rig, &workload.standby, redeploy()).await, accepted(&rig, &workload.standby, redeploy()).await);
        assert_ne!(one["deployment"], two["deployment"]);
        let nobody = What::ScaleService { cluster, service: s("nobody"), desired: 1 };
        assert!(refusal(&rig, &workload.standby, nobody).await.contains("NotFound"));
    });
}

#[test]
fn a_secret_is_made_its_own_and_pointed_elsewhere_without_being_told() {
    paused(async {
        let rig = Rig::open("pilot");
        let workload = workload(&rig);
        let point = || What::PointSecret { secret: s("pilot/db"), host: s("db.example"), port: 3307, token: "t".repeat(40) };
        let replica = ask(&rig, &workload.standby, point()).await;
        assert!(matches!(replica, Receipt::Refused { .. }), "{replica:?}");
        accepted(&rig, &workload.standby, What::PromoteSecret { secret: s("pilot/db") }).await;
        let receipt = accepted(&rig, &workload.standby, point()).await;
        assert!(!format!("{receipt:?}").contains("password"), "{receipt:?}");
        let value = rig.standby().secrets.get_secret_value().secret_id("pilot/db").send().await.unwrap();
        let value: serde_json::Value = serde_json::from_str(value.secret_string().unwrap()).unwrap();
        assert_eq!((&value["host"], value["port"].to_string().trim_matches('"')), (&"db.example".into(), "3307"));
        assert!(value["password"].is_string(), "the rest of it is left alone");
    });
}

#[test]
fn buckets_are_replicated_held_and_released() {
    paused(async {
        let rig = Rig::open("tier2");
        let workload = workload(&rig);
        let (here, there) = (s("tier2-app-data"), s("tier2-app-data-replica"));
        let reverse = What::ReverseReplication {
            bucket: there.clone(),
            from_region: workload.primary.clone(),
            of: here.clone(),
            rule: s("app-data-reverse"),
        };
        accepted(&rig, &workload.standby, reverse).await;
        let rules = async |s3: &aws_sdk_s3::Client, bucket: &str| {
            s3.get_bucket_replication().bucket(bucket).send().await.unwrap().replication_configuration.unwrap().rules
        };
        let back = rules(&rig.standby().s3, &there).await;
        assert!(back[0].destination().unwrap().bucket().ends_with(&here) && back[0].status().as_str() == "Enabled", "{back:?}");
        let set = |enabled| What::SetReplication { bucket: here.clone(), rule: s("app-data"), enabled };
        accepted(&rig, &workload.primary, set(false)).await;
        assert_eq!(rules(&rig.primary().s3, &here).await[0].status().as_str(), "Disabled");
        assert_eq!(accepted(&rig, &workload.primary, set(false)).await["status"], "unchanged");
        let nobody = What::SetReplication { bucket: here.clone(), rule: s("nobody"), enabled: true };
        assert_eq!(refusal(&rig, &workload.primary, nobody).await, "NoSuchRule");
        let lifecycle = rig.primary().s3.get_bucket_lifecycle_configuration().bucket(&here).send().await.unwrap().rules.unwrap();
        let rule = lifecycle[0].id().unwrap().to_owned();
        accepted(&rig, &workload.primary, What::SetLifecycle { bucket: here.clone(), rule, enabled: false }).await;
        let after = rig.primary().s3.get_bucket_lifecycle_configuration().bucket(&here).send().await.unwrap().rules.unwrap();
        assert_eq!(after.len(), lifecycle.len());
        assert_eq!((after[0].status().as_str(), after[0].transitions()), ("Disabled", lifecycle[0].transitions()));
    });
}

#[test]
fn records_change_in_one_batch_or_not_at_all() {
    paused(async {
        let rig = Rig::open("tier2");
        let workload = workload(&rig);
        let dns = workload.dns.as_ref().unwrap();
        let global = Region::global();
        let set = |value: &str| NamedSet {
            name: format!("drill.{}", dns.record),
            set: RecordSet { kind: s("TXT"), ttl: Some(60), values: vec![value.to_owned()], ..RecordSet::default() },
        };
        let change = |sets| What::ChangeRecords { zone: dns.zone.clone(), comment: s("drill"), sets };
        assert_eq!(accepted(&rig, &global, change(vec![set("\"one\"")])).await["status"], "PENDING");
        let wrong = NamedSet { name: s("elsewhere.example.invalid"), ..set("\"two\"") };
        assert_eq!(refusal(&rig, &global, change(vec![set("\"two\""), wrong])).await, "InvalidChangeBatch");
        let listed = rig.aws.route53.list_resource_record_sets().hosted_zone_id(&dns.zone).send().await.unwrap();
        let ours = listed.resource_record_sets().iter().find(|set| set.name().starts_with("drill.")).unwrap();
        assert_eq!(ours.resource_records()[0].value(), "\"one\"");
        let check = dns.sites.primary.health_check.clone().unwrap();
        accepted(&rig, &global, What::InvertHealthCheck { health_check: check.clone(), inverted: true }).await;
        let found = rig.aws.route53.get_health_check().health_check_id(check).send().await.unwrap();
        assert_eq!(found.health_check().unwrap().health_check_config().unwrap().inverted(), Some(true));
    });
}

#[test]
fn what_acts_on_its_own_is_held_and_called() {
    paused(async {
        let rig = Rig::open("pilot");
        let there = workload(&rig).standby;
        let clients = rig.standby();
        accepted(&rig, &there, What::SetRule { rule: s("pilot-dr-monitor"), enabled: false }).await;
        let state = clients.events.describe_rule().name("pilot-dr-monitor").send().await.unwrap().state.unwrap();
        assert_eq!(state.as_str(), "DISABLED");
        accepted(&rig, &there, What::SetRule { rule: s("pilot-dr-monitor"), enabled: true }).await;
        let monitor = "pilot-health-monitor";
        let reserved = async || {
            let found = clients.lambda.get_function_concurrency().function_name(monitor).send().await.unwrap();
            found.reserved_concurrent_executions
        };
        accepted(&rig, &there, What::SetConcurrency { function: s(monitor), reserved: Some(0) }).await;
        assert_eq!(reserved().await, Some(0));
        let held = refusal(&rig, &there, What::InvokeFunction { function: s(monitor), payload: s("{}") }).await;
        assert_eq!(held, "TooManyRequestsException");
        accepted(&rig, &there, What::SetConcurrency { function: s(monitor), reserved: None }).await;
        assert_eq!(reserved().await, None);
        let told = accepted(&rig, &there, What::InvokeFunction { function: s(monitor), payload: s("{}") }).await;
        assert_eq!(told["status"], "200", "{told:?}");
    });
}

#[test]
fn a_machine_is_started_once_and_stopped() {
    paused(async {
        let rig = Rig::open("tier2");
        let there = workload(&rig).standby;
        let machine = workload(&rig).workflow.failover.unwrap();
        let start = || What::StartExecution { machine: machine.clone(), name: s("drill"), input: s("{\"drill\":true}") };
        let told = accepted(&rig, &there, start()).await;
        assert!(told["execution"].ends_with(":drill"), "{told:?}");
        accepted(&rig, &there, What::StopExecution { execution: told["execution"].clone(), cause: s("a drill") }).await;
        let found = rig.standby().states.describe_execution().execution_arn(&told["execution"]).send().await.unwrap();
        assert_eq!(found.status().as_str(), "ABORTED");
        assert_eq!(
            refusal(&rig, &there, What::StartExecution { input: s("{}"), machine: machine.clone(), name: s("drill") }).await,
            "ExecutionAlreadyExists"
        );
    });
}

#[test]
fn topics_and_tables_are_told() {
    paused(async {
        let rig = Rig::open("platform");
        let workload = workload(&rig);
        let topic = workload.notify.topic.standby.clone().unwrap();
        let publish = What::Publish { topic, subject: "a subject — with\na line and more".repeat(9), message: s("hello") };
        assert!(accepted(&rig, &workload.standby, publish).await.contains_key("message"));
        let control = workload.control.clone().unwrap();
        let item =
            [("test_id", "t-1"), ("started_at", "2026-11-20T09:00:00Z"), ("workload", "platform")].map(|(name, value)| (s(name), s(value)));
        let put = What::PutItem { table: s("platform-dr-test-results"), item: item.into() };
        accepted(&rig, &control, put).await;
        let scanned = rig.control().dynamodb.scan().table_name("platform-dr-test-results").send().await.unwrap();
        assert!(scanned.items().iter().any(|item| item.get("test_id").and_then(|id| id.as_s().ok()).is_some_and(|id| id == "t-1")));
        assert!(refusal(&rig, &control, What::PutItem { table: s("nobody"), item: BTreeMap::new() }).await.contains("NotFound"));
    });
}

/// What AWS refuses has not happened; what nobody answers may have.
#[test]
fn nobody_claims_to_know_what_was_not_answered() {
    paused(async {
        let rig = Rig::open("tier2");
        let workload = workload(&rig);
        let at = workload.services[0].sites.standby.clone();
        let scale = || What::ScaleService { cluster: at.cluster.clone(), service: at.service.clone(), desired: 2 };
        let armed = armed(&rig).await;
        let ask = async || apply(&armed, &Change::new(&workload.standby, scale())).await.unwrap();
        rig.inject("api-throttled:standby", Some(1.0), Some("5m"));
        let throttled = ask().await;
        assert!(matches!(&throttled, Receipt::Refused { code, .. } if code.contains("Throttl")), "{throttled:?}");
        sleep(Duration::from_secs(400)).await;
        rig.inject("api-errors:standby", Some(1.0), Some("5m"));
        let broken = ask().await;
        assert!(matches!(broken, Receipt::Unknown { .. }), "{broken:?}");
        sleep(Duration::from_secs(400)).await;
        rig.inject("region-dark:standby", None, None);
        let dark = ask().await;
        assert!(matches!(dark, Receipt::Unknown { .. }), "{dark:?}");
        let elsewhere = apply(&armed, &Change::new(&Region::new("eu-north-1"), scale())).await.unwrap();
        assert!(matches!(elsewhere, Receipt::Refused { code, .. } if code == "NoSuchRegion"));
    });
}
