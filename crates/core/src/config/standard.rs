//! What the lab assumes about a workload that says nothing about it, so that any drlab.toml can be rehearsed as it is.

use std::collections::BTreeMap;
use std::time::Duration;

use super::lab::{
    AlarmMetric, Comparison, Engine, FunctionBehaviour, HealthDepth, Lab, LabAlarm, LabApplication, LabBucket, LabDatabase, LabDns,
    LabFunction, LabMachine, LabRule, LabTable, LabWorkload, MachineBehaviour, Missing, Protocol, Route, RuleWhen, StorageClass,
    Subscription, Writer,
};
use super::model::{Actor, DatabaseKind, Named, Workload};
use super::sites::{Place, Site, Sites};
use crate::domain::Region;

pub(super) const SEED: u64 = 1;
pub(super) const SPEED: f64 = 20.0;

/// Fewer, and the loss of a few seconds could go uncounted.
pub(super) const LEAST_ROWS_PER_SECOND: f64 = 50.0;

impl Lab {
    /// The lab of workloads that say nothing about it.
    #[must_use]
    pub fn standard(workloads: &[Workload]) -> Self {
        let mut labs: BTreeMap<_, _> = workloads.iter().map(|workload| (workload.name.clone(), LabWorkload::standard(workload))).collect();
        for workload in workloads {
            if let Some(lab) = labs.get_mut(&workload.name) {
                lab.complete(workload);
            }
        }
        Self { seed: SEED, speed: SPEED, timings: BTreeMap::new(), workloads: labs }
    }
}

impl Subscription {
    /// Somebody listens, as they would where a topic is meant.
    fn standard(site: Site) -> Self {
        Self { site: site.into(), protocol: Protocol::Email, endpoint: "on-call@example.com".to_owned(), confirmed: true }
    }
}

impl LabWorkload {
    /// Without what `complete` adds.
    pub(super) fn standard(workload: &Workload) -> Self {
        let writers = match workload.database {
            Some(_) => [("web", 40.0, Route::Dns), ("batch", 5.0, Route::Pinned), ("reports", 5.0, Route::Direct)]
                .map(|(name, rows_per_second, route)| Writer { name: name.to_owned(), rows_per_second, route })
                .into(),
            None => Vec::new(),
        };
        let topics = [Site::Primary, Site::Standby].into_iter().filter(|site| workload.notify.topic.get(*site).is_some());
        Self {
            database: workload.database.as_ref().map(|database| {
                LabDatabase::standard(match database.kind {
                    DatabaseKind::RdsReplica => Engine::Postgres,
                    DatabaseKind::AuroraGlobal => Engine::AuroraPostgresql,
                })
            }),
            application: LabApplication::standard(workload),
            dns: workload.dns.as_ref().map(|dns| LabDns {
                check_interval: Duration::from_secs(30),
                failure_threshold: 3,
                evaluate_target_health: dns.ttl.is_none(),
                accelerated_recovery: false,
            }),
            writers,
            buckets: Vec::new(),
            alarms: Vec::new(),
            functions: Vec::new(),
            machines: Vec::new(),
            rules: Vec::new(),
            subscriptions: topics.map(Subscription::standard).collect(),
            tables: Vec::new(),
            apis: Vec::new(),
            log_groups: Vec::new(),
            queries: Vec::new(),
        }
    }

    /// Adds what the console will look for and the lab's part of the file does not mention.
    pub(super) fn complete(&mut self, workload: &Workload) {
        for bucket in &workload.buckets {
            if !self.buckets.iter().any(|known| known.name == bucket.sites.primary) {
                self.buckets.push(LabBucket::standard(bucket.sites.primary.clone(), Place::Primary));
            }
        }
        for Named { name, region } in &workload.alarms {
            let place = workload.place_of(region);
            let told =
                |known: &LabAlarm| known.name == *name && (known.region(workload).as_ref() == Some(region) || Some(known.site) == place);
            if !self.alarms.iter().any(told) {
                let metric = match (place, AlarmMetric::guess(name)) {
                    // Outside the workload's regions there is only what Route 53 measures, and that is nowhere but in us-east-1.
                    (None, _) => AlarmMetric::HealthCheck,
                    (Some(_), AlarmMetric::HealthCheck) if region.as_str() != "us-east-1" => AlarmMetric::UnhealthyTargets,
                    (Some(_), metric) => metric,
                };
                self.alarms.push(LabAlarm::standard(name.clone(), place.unwrap_or(Place::Primary), metric, workload));
            }
        }
        let acting = |actor: fn(&Actor) -> bool| {
            workload
                .automations
                .iter()
                .filter(move |automation| actor(&automation.what))
                .map(|found| (found.what.name().to_owned(), found.region.clone()))
        };
        let functions = workload.functions.iter().map(|found| (found.name.clone(), found.region.clone()));
        for (name, region) in functions.chain(acting(|what| matches!(what, Actor::Function(_)))) {
            if let Some(site) = workload.place_of(&region)
                && !self.functions.iter().any(|known| known.name == name && known.site == site)
            {
                self.functions.push(LabFunction::standard(name, site));
            }
        }
        let flows = workload.workflow.failover.iter().chain(&workload.workflow.failback).map(|arn| (last(arn), region_in(arn, workload)));
        let machines = acting(|what| matches!(what, Actor::StateMachine(_))).map(|(name, region)| (last(&name), region));
        for (name, region) in flows.chain(machines) {
            if let Some(site) = workload.place_of(&region)
                && !self.machines.iter().any(|known| known.name == name && known.site == site)
            {
                let behaviour = if name.contains("failback") { MachineBehaviour::Failback } else { MachineBehaviour::Failover };
                self.machines.push(LabMachine { name, site, behaviour });
            }
        }
        for (name, region) in acting(|what| matches!(what, Actor::Rule(_))) {
            if let Some(site) = workload.place_of(&region)
                && !self.rules.iter().any(|known| known.name == name && known.site == site)
            {
                let target = self.functions.iter().find(|function| function.site == site).map(|function| function.name.clone());
                self.rules.push(LabRule { name, site, when: RuleWhen::Schedule("rate(5 minutes)".to_owned()), target, enabled: true });
            }
        }
        for Named { name, region } in &workload.tables {
            if let Some(site) = workload.place_of(region)
                && !self.tables.iter().any(|known| known.name == *name && known.site == site)
            {
                self.tables.push(LabTable { name: name.clone(), site, partition_key: "id".to_owned(), sort_key: None });
            }
        }
    }
}

/// The name at the end of an ARN, or the name itself.
fn last(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_owned()
}

/// The region an ARN tells; a bare name is taken to be at the standby, where automation that survives the primary lives.
fn region_in(arn: &str, workload: &Workload) -> Region {
    arn.split(':').nth(3).map_or_else(|| workload.standby.clone(), Region::new)
}

impl LabDatabase {
    pub(super) fn standard(engine: Engine) -> Self {
        let (version, instances) = match engine {
            Engine::Postgres => ("16.4", Sites::both(1)),
            Engine::Mysql => ("8.0.39", Sites::both(1)),
            Engine::AuroraPostgresql => ("16.4", Sites::new(2, 1)),
            Engine::AuroraMysql => ("8.0.mysql_aurora.3.08.0", Sites::new(2, 1)),
        };
        Self {
            engine,
            version: version.to_owned(),
            class: Sites::both("db.r6g.large".to_owned()),
            multi_az: Sites::both(false),
            instances,
            storage_gb: 100,
            // A replica keeps no backups unless told to; RDS's console makes a primary keep them for a week.
            backup_retention_days: Sites::new(7, if engine.is_aurora() { 7 } else { 0 }),
            backup_window: "03:00-03:30".to_owned(),
            snapshots: None,
        }
    }
}

impl Engine {
    #[must_use]
    pub const fn is_aurora(self) -> bool {
        matches!(self, Self::AuroraPostgresql | Self::AuroraMysql)
    }

    #[must_use]
    pub const fn kind(self) -> DatabaseKind {
        if self.is_aurora() { DatabaseKind::AuroraGlobal } else { DatabaseKind::RdsReplica }
    }
}

impl LabApplication {
    fn standard(workload: &Workload) -> Self {
        let repository = workload.repositories.first().map_or_else(|| workload.name.clone(), |repository| repository.name.clone());
        let tasks = workload.services.first().map_or(1, |service| service.sites.primary.tasks.max(1));
        let task_capacity = 100.0;
        Self {
            image: format!("{repository}:1.0.0"),
            image_present: Sites::both(true),
            health: HealthDepth::Shallow,
            task_capacity,
            // Two fifths of what the primary can carry: busy, with room to lose a task.
            requests_per_second: f64::from(tasks) * task_capacity * 0.4,
            latency_ms: 80,
            error_share: 0.0,
            certificate: Sites::both(true),
        }
    }
}

impl LabBucket {
    pub(super) fn standard(name: String, site: Place) -> Self {
        Self {
            name,
            site,
            objects: 2_000,
            prefix: "data/".to_owned(),
            object_bytes: 65_536,
            writes_per_minute: 6.0,
            delete_markers: false,
            destination_class: StorageClass::Standard,
            transitions: Vec::new(),
            archived: 0.0,
        }
    }
}

impl LabFunction {
    fn standard(name: String, site: Place) -> Self {
        let holds = |word: &str| name.contains(word);
        let behaviour = if holds("monitor") {
            FunctionBehaviour::HealthMonitor
        } else if holds("payment") || holds("validat") {
            FunctionBehaviour::PaymentValidation
        } else if holds("test") {
            FunctionBehaviour::DrTest
        } else if holds("cost") {
            FunctionBehaviour::CostReport
        } else if holds("failover") || holds("dr-") || holds("automation") {
            FunctionBehaviour::DrAutomation
        } else {
            FunctionBehaviour::Answer
        };
        Self { name, site, behaviour, after_failures: 3, invokes: None, table: None }
    }
}

impl AlarmMetric {
    /// What an alarm of this name most likely looks at.
    fn guess(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let holds = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if holds(&["lambda", "function"]) {
            Self::LambdaErrors
        } else if holds(&["5xx", "error"]) {
            Self::Alb5xx
        } else if holds(&["latency", "response"]) {
            Self::AlbLatency
        } else if holds(&["unhealthy"]) {
            Self::UnhealthyTargets
        } else if holds(&["task"]) {
            Self::TaskCount
        } else if holds(&["lag"]) {
            Self::ReplicaLag
        } else if holds(&["connections"]) {
            Self::DbConnections
        } else if holds(&["cpu"]) {
            if holds(&["db", "database", "rds"]) { Self::DbCpu } else { Self::Cpu }
        } else if holds(&["failed"]) {
            Self::S3Failed
        } else if holds(&["replication", "s3", "pending"]) {
            Self::S3Pending
        } else if holds(&["health"]) {
            Self::HealthCheck
        } else {
            Self::Alb5xx
        }
    }

    /// What people usually set an alarm on it to: comparison, threshold, what a missing point means.
    fn usual(self, site: Place, workload: &Workload) -> (Comparison, f64, Missing) {
        let service = workload.services.first().map(|service| &service.sites);
        let tasks = service.map_or(1, |sites| if site == Place::Standby { sites.standby.tasks } else { sites.primary.tasks });
        let aurora = workload.database.as_ref().is_some_and(|database| database.kind == DatabaseKind::AuroraGlobal);
        match self {
            Self::Alb5xx => (Comparison::Above, 5.0, Missing::NotBreaching),
            Self::AlbLatency => (Comparison::Above, 1.0, Missing::NotBreaching),
            Self::UnhealthyTargets => (Comparison::AtLeast, 1.0, Missing::Missing),
            Self::HealthyTargets => (Comparison::Below, 1.0, Missing::Breaching),
            Self::TaskCount => (Comparison::Below, f64::from(tasks), Missing::Breaching),
            Self::Cpu | Self::DbCpu => (Comparison::Above, 80.0, Missing::Missing),
            Self::DbConnections => (Comparison::Above, 400.0, Missing::Missing),
            Self::ReplicaLag => (Comparison::Above, if aurora { 300_000.0 } else { 300.0 }, Missing::Breaching),
            Self::S3Pending => (Comparison::Above, 104_857_600.0, Missing::Missing),
            Self::S3Latency => (Comparison::Above, 900.0, Missing::Missing),
            Self::S3Failed => (Comparison::AtLeast, 1.0, Missing::NotBreaching),
            Self::LambdaErrors => (Comparison::AtLeast, 1.0, Missing::NotBreaching),
            Self::HealthCheck => (Comparison::Below, 1.0, Missing::Breaching),
            // A composite has a rule instead.
            Self::Composite => (Comparison::AtLeast, 1.0, Missing::Missing),
        }
    }
}

impl LabAlarm {
    pub(super) fn standard(name: String, site: Place, metric: AlarmMetric, workload: &Workload) -> Self {
        let (comparison, threshold, missing) = metric.usual(site, workload);
        Self {
            name,
            site,
            metric,
            target: None,
            comparison,
            threshold,
            period: Duration::from_secs(60),
            periods: 3,
            datapoints: 3,
            missing,
            notify: true,
            rule: None,
        }
    }
}
