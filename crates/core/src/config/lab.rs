use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::model::{Workload, as_text};
use super::sites::{Place, Sites};
use super::words::words;
use crate::domain::{Region, format_duration};

/// What the lab shall be like. Always there, with defaults, so that any drlab.toml can be rehearsed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lab {
    pub seed: u64,
    /// World seconds per wall second.
    pub speed: f64,
    /// Stretches of time that differ from the lab's own: at least and at most.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub timings: BTreeMap<String, Stretch>,
    /// By the workload's name; every workload has an entry.
    #[serde(rename = "workload")]
    pub workloads: BTreeMap<String, LabWorkload>,
}

/// Something takes at least and at most so long. `["2m", "5m"]` in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub least: Duration,
    pub most: Duration,
}

/// What drlab.toml does not say about a workload because the console need not know it, and the lab must.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabWorkload {
    /// There exactly when the workload has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<LabDatabase>,
    pub application: LabApplication,
    /// There exactly when the workload has a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<LabDns>,
    #[serde(rename = "writer", skip_serializing_if = "Vec::is_empty")]
    pub writers: Vec<Writer>,
    #[serde(rename = "bucket", skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<LabBucket>,
    #[serde(rename = "alarm", skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<LabAlarm>,
    #[serde(rename = "function", skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<LabFunction>,
    #[serde(rename = "machine", skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<LabMachine>,
    #[serde(rename = "rule", skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<LabRule>,
    #[serde(rename = "subscription", skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<Subscription>,
    #[serde(rename = "table", skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<LabTable>,
    #[serde(rename = "api", skip_serializing_if = "Vec::is_empty")]
    pub apis: Vec<LabApi>,
    #[serde(rename = "log_group", skip_serializing_if = "Vec::is_empty")]
    pub log_groups: Vec<LogGroup>,
    #[serde(rename = "query", skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<LogQuery>,
}

words! { Engine { Postgres = "postgres", Mysql = "mysql", AuroraPostgresql = "aurora-postgresql", AuroraMysql = "aurora-mysql" } }

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabDatabase {
    pub engine: Engine,
    pub version: String,
    pub class: Sites<String>,
    pub multi_az: Sites<bool>,
    /// Instances in each Aurora cluster; plain RDS has one a site.
    pub instances: Sites<u32>,
    pub storage_gb: u32,
    pub backup_retention_days: Sites<u32>,
    /// `hh:mm-hh:mm`, UTC, as RDS writes it.
    pub backup_window: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshots: Option<Snapshots>,
}

/// Manual snapshots taken by a schedule of the workload's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Snapshots {
    #[serde(serialize_with = "as_text")]
    pub every: Duration,
    /// Copied to the standby's region.
    pub copied: bool,
}

words! {
    /// What the application's health path looks at.
    HealthDepth {
        /// That the process runs.
        Shallow = "shallow",
        /// That the database answers, too.
        Deep = "deep",
    }
}

/// The application as its load balancer and its users meet it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabApplication {
    /// Repository and tag.
    pub image: String,
    /// Whether the image is in each region's registry.
    pub image_present: Sites<bool>,
    pub health: HealthDepth,
    /// Requests a second that one task carries before it slows down.
    pub task_capacity: f64,
    /// Of all users together.
    pub requests_per_second: f64,
    pub latency_ms: u32,
    /// The share of requests that fail when nothing is wrong.
    pub error_share: f64,
    /// Whether each site's load balancer holds a certificate for the record.
    pub certificate: Sites<bool>,
}

/// Route 53 around the record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabDns {
    /// 10 or 30 seconds: AWS offers no other.
    #[serde(serialize_with = "as_text")]
    pub check_interval: Duration,
    pub failure_threshold: u32,
    /// Whether alias records ask their load balancer's health.
    pub evaluate_target_health: bool,
    /// The zone is opted in to Route 53's accelerated recovery.
    pub accelerated_recovery: bool,
}

words! {
    /// How a client finds the database it writes to.
    Route {
        /// Through the record, as it should.
        Dns = "dns",
        /// Asks DNS once and keeps that address for ever.
        Pinned = "pinned",
        /// From outside ECS, straight to the database's endpoint: scaling to zero does not stop it.
        Direct = "direct",
    }
}

/// A client that writes rows and remembers which were acknowledged, so that lost writes are counted and not assumed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Writer {
    pub name: String,
    pub rows_per_second: f64,
    pub route: Route,
}

words! {
    /// S3's storage classes, as S3 spells them.
    StorageClass {
        Standard = "STANDARD",
        StandardIa = "STANDARD_IA",
        OneZoneIa = "ONEZONE_IA",
        IntelligentTiering = "INTELLIGENT_TIERING",
        GlacierIr = "GLACIER_IR",
        Glacier = "GLACIER",
        DeepArchive = "DEEP_ARCHIVE",
    }
}

impl StorageClass {
    /// Whether an object must be restored before it can be read.
    #[must_use]
    pub const fn is_archive(self) -> bool {
        matches!(self, Self::Glacier | Self::DeepArchive)
    }
}

/// What is in a bucket, and how fast it grows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabBucket {
    /// The bucket at the primary if it is one of the workload's pairs; else a bucket of its own, in `site`.
    pub name: String,
    pub site: Place,
    pub objects: u32,
    /// Keys begin with it, and the replication rule covers it.
    pub prefix: String,
    pub object_bytes: u64,
    pub writes_per_minute: f64,
    /// Whether delete markers are replicated.
    pub delete_markers: bool,
    /// The class of the replica's objects.
    pub destination_class: StorageClass,
    #[serde(rename = "transition", skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
    /// The share of objects old enough to be in the last transition's class.
    pub archived: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Transition {
    pub days: u32,
    pub class: StorageClass,
}

words! {
    /// What an alarm looks at; the lab finds namespace, metric and dimensions. Thresholds are in the metric's own unit.
    AlarmMetric {
        /// Share of 5xx answers of the load balancer's targets, in per cent.
        Alb5xx = "alb-5xx",
        /// p95 of the targets' response time, in seconds.
        AlbLatency = "alb-latency",
        UnhealthyTargets = "unhealthy-targets",
        HealthyTargets = "healthy-targets",
        TaskCount = "task-count",
        /// Of the service, in per cent.
        Cpu = "cpu",
        DbCpu = "db-cpu",
        DbConnections = "db-connections",
        /// Seconds for RDS, milliseconds for Aurora Global Database.
        ReplicaLag = "replica-lag",
        /// Bytes pending replication.
        S3Pending = "s3-pending",
        S3Latency = "s3-latency",
        S3Failed = "s3-failed",
        LambdaErrors = "lambda-errors",
        /// `HealthCheckStatus`, which Route 53 keeps in us-east-1.
        HealthCheck = "health-check",
        /// A composite alarm: `rule` says of what.
        Composite = "composite",
    }
}

words! {
    /// Comparison operators, as CloudWatch spells them.
    Comparison {
        Above = "GreaterThanThreshold",
        AtLeast = "GreaterThanOrEqualToThreshold",
        Below = "LessThanThreshold",
        AtMost = "LessThanOrEqualToThreshold",
    }
}

words! {
    /// What an alarm makes of minutes without a point, as CloudWatch spells it.
    Missing { Missing = "missing", Breaching = "breaching", NotBreaching = "notBreaching", Ignore = "ignore" }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabAlarm {
    pub name: String,
    pub site: Place,
    pub metric: AlarmMetric,
    /// The service, function or bucket it looks at; without one, the workload's first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    pub comparison: Comparison,
    pub threshold: f64,
    #[serde(serialize_with = "as_text")]
    pub period: Duration,
    pub periods: u32,
    pub datapoints: u32,
    pub missing: Missing,
    /// Whether it tells the site's topic.
    pub notify: bool,
    /// There exactly when the metric is `composite`: `ALARM(a) AND ALARM(b)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

words! {
    /// What a function does when it runs: named behaviours, not an interpreter.
    FunctionBehaviour {
        /// Looks at both sites and, after some failures in a row, invokes another.
        HealthMonitor = "health-monitor",
        /// Fails over by itself.
        DrAutomation = "dr-automation",
        PaymentValidation = "payment-validation",
        DrTest = "dr-test",
        CostReport = "cost-report",
        /// Answers, and nothing else.
        Answer = "answer",
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabFunction {
    pub name: String,
    pub site: Place,
    pub behaviour: FunctionBehaviour,
    /// Failures in a row before it acts.
    pub after_failures: u32,
    /// The function it invokes when it acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invokes: Option<String>,
    /// The table it keeps its state or results in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
}

words! { MachineBehaviour { Failover = "failover", Failback = "failback" } }

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabMachine {
    pub name: String,
    pub site: Place,
    pub behaviour: MachineBehaviour,
}

/// An EventBridge rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabRule {
    pub name: String,
    pub site: Place,
    #[serde(flatten)]
    pub when: RuleWhen,
    /// The function or machine it starts, in the same region. A rule may have none, and then does nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    pub enabled: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleWhen {
    /// `rate(5 minutes)` or `cron(0 3 ? * SUN *)`.
    Schedule(String),
    /// An event pattern in JSON.
    Pattern(String),
}

words! { Protocol { Email = "email", Https = "https" } }

/// Who hears of a topic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Subscription {
    /// The site whose topic it is.
    pub site: Place,
    pub protocol: Protocol,
    pub endpoint: String,
    /// An e-mail address that nobody has confirmed hears nothing.
    pub confirmed: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabTable {
    pub name: String,
    pub site: Place,
    pub partition_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_key: Option<String>,
}

/// An API Gateway endpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabApi {
    pub name: String,
    pub site: Place,
    pub stage: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogGroup {
    pub name: String,
    pub site: Place,
    pub retention_days: u32,
}

/// A saved Logs Insights query.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogQuery {
    pub name: String,
    pub log_group: String,
    pub text: String,
}

impl LabAlarm {
    /// Where it is: with what it looks at, except that Route 53 measures in us-east-1 alone. `None` for the control region of a workload without one.
    #[must_use]
    pub fn region(&self, workload: &Workload) -> Option<Region> {
        match self.metric {
            AlarmMetric::HealthCheck => Some(Region::new("us-east-1")),
            _ => workload.region_of(self.site).cloned(),
        }
    }
}

impl Serialize for Stretch {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        [format_duration(self.least), format_duration(self.most)].serialize(to)
    }
}
