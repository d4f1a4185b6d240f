use serde_json::{Map, Value, json};

use super::aim::{Aim, Call, words};
use super::{BackupOf, Change, NamedSet, Shape, Way, What, storage};
use crate::domain::{Region, excerpt};

impl Change {
    /// The same with the AWS CLI, so that nobody is stuck if the console is lost: one line, or several where the CLI needs them. The value of a
    /// secret is never among its words.
    #[must_use]
    pub fn cli(&self, aim: &Aim<'_>) -> String {
        let region = &self.region;
        let call = match &self.what {
            What::PromoteReplica { instance } => rds("promote-read-replica", instance),
            What::ProtectInstance { instance, multi_az, backup_retention_days, backup_window, maintenance_window } => {
                rds("modify-db-instance", instance)
                    .switch("multi-az", *multi_az)
                    .maybe("--backup-retention-period", *backup_retention_days)
                    .maybe("--preferred-backup-window", backup_window.as_deref())
                    .maybe("--preferred-maintenance-window", maintenance_window.as_deref())
                    .flag("--apply-immediately")
            }
            What::SnapshotInstance { instance, snapshot } => rds("create-db-snapshot", instance).with("--db-snapshot-identifier", snapshot),
            What::SnapshotCluster { cluster, snapshot } => Call::new("rds create-db-cluster-snapshot")
                .with("--db-cluster-identifier", cluster)
                .with("--db-cluster-snapshot-identifier", snapshot),
            What::CreateReplica { instance, source_arn, source_region, shape } => {
                let call = rds("create-db-instance-read-replica", instance)
                    .with("--source-db-instance-identifier", source_arn)
                    .with("--source-region", source_region);
                shaped(call, shape).maybe("--kms-key-id", shape.kms_key.as_deref())
            }
            What::RestoreSnapshot { instance, snapshot, shape } => {
                shaped(rds("restore-db-instance-from-db-snapshot", instance).with("--db-snapshot-identifier", snapshot), shape)
            }
            What::RestorePointInTime { instance, from, at, shape } => {
                let call = Call::new("rds restore-db-instance-to-point-in-time").with("--target-db-instance-identifier", instance);
                let call = match from {
                    BackupOf::Instance(source) => call.with("--source-db-instance-identifier", source),
                    BackupOf::Replicated(arn) => call.with("--source-db-instance-automated-backups-arn", arn),
                };
                let call = match at {
                    Some(at) => call.with("--restore-time", at),
                    None => call.flag("--use-latest-restorable-time"),
                };
                shaped(call, shape)
            }
            What::DiscardInstance { instance } => rds("delete-db-instance", instance).flag("--skip-final-snapshot"),
            What::SwitchoverGlobal { global_cluster, target_arn } => global("switchover-global-cluster", global_cluster, target_arn),
            What::FailoverGlobal { global_cluster, target_arn } => {
                global("failover-global-cluster", global_cluster, target_arn).flag("--allow-data-loss")
            }
            What::ScaleService { cluster, service, desired } => ecs(cluster, service).with("--desired-count", desired),
            What::Redeploy { cluster, service } => ecs(cluster, service).flag("--force-new-deployment"),
            What::SetBounds { cluster, service, min, max } => {
                scalable(cluster, service).with("--min-capacity", min).with("--max-capacity", max)
            }
            What::SuspendScaling { cluster, service, suspended } => {
                let state = ["DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"];
                scalable(cluster, service).with("--suspended-state", state.map(|which| format!("{which}={suspended}")).join(","))
            }
            What::PromoteSecret { secret } => Call::new("secretsmanager stop-replication-to-replica").with("--secret-id", secret),
            What::PointSecret { secret, host, port, token } => return point_secret(secret, host, *port, token, region, aim),
            What::SetReplication { bucket, rule, enabled } => return storage::replication(bucket, rule, *enabled, region, aim),
            What::ReverseReplication { bucket, from_region, of, rule } => {
                return storage::reverse(bucket, (from_region, of), rule, region, aim);
            }
            What::SetLifecycle { bucket, rule, enabled } => return storage::lifecycle(bucket, rule, *enabled, region, aim),
            What::Undelete { bucket, prefix, since, .. } => return storage::undelete(bucket, prefix, *since, region, aim),
            What::RestoreVersions { bucket, prefix, since, until, .. } => {
                return storage::restore_versions((bucket, prefix), *since, *until, region, aim);
            }
            What::CopyMissing { bucket, from, prefix, .. } => {
                let (from_bucket, to) = (format!("s3://{}/{prefix}", from.bucket), format!("s3://{bucket}/{prefix}"));
                Call::new("s3 sync").flag(&from_bucket).flag(&to).with("--source-region", &from.region)
            }
            What::ChangeRecords { zone, comment, sets } => {
                Call::new("route53 change-resource-record-sets").with("--hosted-zone-id", zone).with("--change-batch", batch(comment, sets))
            }
            What::InvertHealthCheck { health_check, inverted } => {
                Call::new("route53 update-health-check").with("--health-check-id", health_check).switch("inverted", Some(*inverted))
            }
            What::SetRule { rule, enabled: true } => Call::new("events enable-rule").with("--name", rule),
            What::SetRule { rule, enabled: false } => Call::new("events disable-rule").with("--name", rule),
            What::SetConcurrency { function, reserved: Some(reserved) } => Call::new("lambda put-function-concurrency")
                .with("--function-name", function)
                .with("--reserved-concurrent-executions", reserved),
            What::SetConcurrency { function, reserved: None } => {
                Call::new("lambda delete-function-concurrency").with("--function-name", function)
            }
            What::InvokeFunction { function, payload } => Call::new("lambda invoke")
                .with("--function-name", function)
                .with("--cli-binary-format", "raw-in-base64-out")
                .with("--payload", payload)
                .flag("/dev/stdout"),
            What::StartExecution { machine, name, input } => {
                Call::new("stepfunctions start-execution").with("--state-machine-arn", machine).with("--name", name).with("--input", input)
            }
            What::StopExecution { execution, cause } => {
                Call::new("stepfunctions stop-execution").with("--execution-arn", execution).with("--cause", cause)
            }
            What::Publish { topic, subject, message } => {
                Call::new("sns publish").with("--topic-arn", topic).with("--subject", subject).with("--message", message)
            }
            What::PutItem { table, item } => {
                let item: Map<String, Value> = item.iter().map(|(name, value)| (name.clone(), json!({ "S": value }))).collect();
                Call::new("dynamodb put-item").with("--table-name", table).with("--item", Value::Object(item))
            }
            What::Post { message, .. } => return post(message),
            What::WriteThrough { workload, way } => return write_through(workload, way),
        };
        call.line(region, aim)
    }
}

fn rds(operation: &str, instance: &str) -> Call {
    Call::new(&format!("rds {operation}")).with("--db-instance-identifier", instance)
}

fn global(operation: &str, cluster: &str, target: &str) -> Call {
    Call::new(&format!("rds {operation}")).with("--global-cluster-identifier", cluster).with("--target-db-cluster-identifier", target)
}

fn ecs(cluster: &str, service: &str) -> Call {
    Call::new("ecs update-service").with("--cluster", cluster).with("--service", service)
}

fn shaped(call: Call, shape: &Shape) -> Call {
    call.with("--db-instance-class", &shape.class)
        .maybe("--db-subnet-group-name", shape.subnet_group.as_deref())
        .maybe("--db-parameter-group-name", shape.parameter_group.as_deref())
        .list("--vpc-security-group-ids", &shape.security_groups)
        .switch("multi-az", shape.multi_az)
}

fn scalable(cluster: &str, service: &str) -> Call {
    Call::new("application-autoscaling register-scalable-target")
        .with("--service-namespace", "ecs")
        .with("--scalable-dimension", "ecs:service:DesiredCount")
        .with("--resource-id", format!("service/{cluster}/{service}"))
}

fn batch(comment: &str, sets: &[NamedSet]) -> Value {
    let changes: Vec<_> = sets.iter().map(|named| json!({ "Action": "UPSERT", "ResourceRecordSet": record_set(named) })).collect();
    json!({ "Comment": comment, "Changes": changes })
}

fn record_set(NamedSet { name, set }: &NamedSet) -> Value {
    let mut written = Map::new();
    let mut put = |key: &str, value: Option<Value>| written.extend(value.map(|value| (key.to_owned(), value)));
    put("Name", Some(json!(name)));
    put("Type", Some(json!(set.kind)));
    put("SetIdentifier", set.set_identifier.as_ref().map(|id| json!(id)));
    put("Failover", set.failover.as_ref().map(|role| json!(role)));
    put("Weight", set.weight.map(|weight| json!(weight)));
    put("TTL", set.ttl.map(|ttl| json!(ttl)));
    let values = || set.values.iter().map(|value| json!({ "Value": value })).collect::<Vec<_>>();
    put("ResourceRecords", (!set.values.is_empty()).then(|| json!(values())));
    let alias = set
        .alias
        .as_ref()
        .map(|alias| json!({ "HostedZoneId": alias.zone, "DNSName": alias.name, "EvaluateTargetHealth": alias.evaluate_target_health }));
    put("AliasTarget", alias);
    put("HealthCheckId", set.health_check.as_ref().map(|id| json!(id)));
    Value::Object(written)
}

/// The value goes through a file that only its owner may read, never through words that every process can list.
fn point_secret(secret: &str, host: &str, port: i32, token: &str, region: &Region, aim: &Aim<'_>) -> String {
    let read = Call::new("secretsmanager get-secret-value").with("--secret-id", secret).with("--query", "SecretString");
    let read = read.with("--output", "text").line(region, aim);
    let merge = words(["jq", "--arg", "host", host, "--argjson", "port", &port.to_string(), ".host = $host | .port = $port"]);
    let write = Call::new("secretsmanager put-secret-value")
        .with("--secret-id", secret)
        .with("--client-request-token", token)
        .with("--secret-string", "file://secret.json")
        .line(region, aim);
    format!("(umask 077; {read} | {merge} > secret.json)\n{write}\nrm secret.json")
}

/// The address is a secret and not among the words.
fn post(message: &str) -> String {
    let body = json!({ "text": message }).to_string();
    words(["curl", "-fsS", "-H", "content-type: application/json", "--data", &body]) + " \"$WEBHOOK\""
}

/// No AWS is asked: the way is named, and the address is the configuration's.
fn write_through(workload: &str, way: &Way) -> String {
    let about = match way {
        Way::Record { resolver } => format!("the write path of {workload}, where {resolver} says the record leads"),
        Way::Site(site) => format!("the write path of {workload} at its {site}, past the record"),
    };
    format!("curl -fsS \"$WRITE_URL\" # {}", excerpt(&about, 200))
}
