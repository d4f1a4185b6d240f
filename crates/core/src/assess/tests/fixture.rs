//! Snapshots built by hand: a workload in its steady state, from which a test takes away or breaks something.

use std::sync::Arc;
use std::time::Duration;

use crate::assess::{Assessment, assess};
use crate::config::{Config, DatabaseKind, Site, Workload};
use crate::domain::fact::*;
use crate::domain::{Cause, Kind, Measure, Reading, Snapshot, Subject, Timestamp, Trouble, Value};

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_795_172_551);

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) workload: Workload,
    pub(crate) snapshot: Snapshot,
    pub(crate) now: Timestamp,
}

/// The workloads of the built-in topologies, without what only their lab needs.
pub(super) fn workload(name: &str) -> Workload {
    let text = match name {
        "tier2" => include_str!("../../../../lab/src/topologies/tier2.toml"),
        "pilot" => include_str!("../../../../lab/src/topologies/pilot.toml"),
        "platform" => include_str!("../../../../lab/src/topologies/platform.toml"),
        "payments" => include_str!("../../../../lab/src/topologies/payments.toml"),
        _ => crate::config::EXAMPLE,
    };
    let console = text.split("\n[lab]\n").next().unwrap_or(text);
    Config::parse(name, console, &[]).unwrap().workloads.remove(0)
}

impl World {
    /// Nothing known yet.
    pub(crate) fn empty(name: &str) -> Self {
        Self { workload: workload(name), snapshot: Snapshot::default(), now: NOW }
    }

    /// All is well, and has just been seen.
    pub(crate) fn steady(name: &str) -> Self {
        let mut world = Self::empty(name);
        for site in [Site::Primary, Site::Standby] {
            world.site(site);
        }
        world.rest();
        world
    }

    pub(crate) fn assess(&self) -> Assessment {
        assess(&self.workload, &self.snapshot, self.now)
    }

    /// A look a second ago that found something.
    pub(crate) fn found(&mut self, subject: Subject, fact: impl Into<Fact>) {
        self.found_at(subject, fact, None);
    }

    pub(super) fn found_at(&mut self, subject: Subject, fact: impl Into<Fact>, at: Option<Timestamp>) {
        let begun = self.now - Duration::from_secs(1);
        let outcome = Ok(Value::Found { fact: Arc::new(fact.into()), at });
        self.snapshot.take(Reading { subject, begun, read: begun + Duration::from_millis(200), outcome });
    }

    pub(super) fn missing(&mut self, subject: Subject) {
        let begun = self.now - Duration::from_secs(1);
        let outcome = Ok(Value::Missing(format!("there is no {subject}")));
        self.snapshot.take(Reading { subject, begun, read: begun, outcome });
    }

    /// Looks that failed, one every five seconds, the last a second ago.
    pub(crate) fn fails(&mut self, subject: &Subject, cause: Cause, text: &str, times: u64) {
        for back in (0..times).rev() {
            let begun = self.now - Duration::from_secs(1 + back * 5);
            let outcome = Err(Trouble::new(cause, text));
            self.snapshot.take(Reading { subject: subject.clone(), begun, read: begun, outcome });
        }
    }

    pub(super) fn points(&mut self, subject: Subject, value: f64) {
        let at = self.now - Duration::from_secs(60);
        let series = Series { unit: String::new(), points: vec![Point { at: at - Duration::from_secs(60), value }, Point { at, value }] };
        self.found_at(subject, series, Some(at));
    }

    pub(crate) fn later(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    pub(super) fn instance(&self, site: Site) -> Instance {
        let database = self.workload.database.as_ref().unwrap();
        let other = database.sites.get(site.other());
        let (region, account) = (self.workload.region(site.other()), &self.workload.account);
        Instance {
            id: database.sites.get(site).clone(),
            status: "available".to_owned(),
            replica_of: (site == Site::Standby).then(|| format!("arn:aws:rds:{region}:{account}:db:{other}")),
            replication: (site == Site::Standby).then(|| "replicating".to_owned()),
            class: "db.r6g.large".to_owned(),
            storage_gb: 200,
            parameter_status: Some("in-sync".to_owned()),
            backup_retention_days: if site == Site::Primary { 7 } else { 0 },
            ..Instance::default()
        }
    }

    pub(super) fn database(&self, site: Site) -> Subject {
        self.workload.database_subject(self.workload.database.as_ref().unwrap(), site)
    }

    pub(super) fn lag(&self) -> Subject {
        let database = self.workload.database.as_ref().unwrap();
        let measure = if database.kind == DatabaseKind::RdsReplica { Measure::ReplicaLag } else { Measure::GlobalLag };
        self.workload.database_metric(database, Site::Standby, measure)
    }

    pub(super) fn targets(healthy: usize, all: usize) -> Targets {
        let target = |index| Target {
            id: format!("10.0.0.{index}"),
            state: if index < healthy { "healthy" } else { "unhealthy" }.to_owned(),
            ..Target::default()
        };
        Targets { targets: (0..all).map(target).collect() }
    }

    pub(super) fn checkers(up: usize, all: usize) -> Checkers {
        Checkers { reports: (0..all).map(|index| CheckerReport { ok: index < up, ..CheckerReport::default() }).collect() }
    }

    pub(super) fn target_group(&self, site: Site) -> Subject {
        self.workload.target_subject(Kind::Targets, &self.workload.services[0], site).unwrap()
    }

    pub(super) fn service(&self, site: Site) -> Subject {
        self.workload.service_subject(Kind::Service, &self.workload.services[0], site)
    }

    /// Every resolver answers the addresses of one site for the record.
    pub(super) fn land(&mut self, site: Site) {
        for resolver in self.resolvers() {
            self.land_at(&resolver, site);
        }
    }

    pub(super) fn resolvers(&self) -> Vec<String> {
        let dns = self.workload.dns.as_ref().unwrap();
        dns.resolvers.iter().chain(&dns.name_servers).map(ToString::to_string).collect()
    }

    pub(super) fn land_at(&mut self, resolver: &str, site: Site) {
        let record = self.workload.dns.as_ref().unwrap().record.clone();
        self.resolves(resolver, &record, address(site));
    }

    /// Every site's load balancer is resolved to its own address, now.
    pub(super) fn doors_resolve(&mut self) {
        let dns = self.workload.dns.clone().unwrap();
        for resolver in self.resolvers() {
            for (site, at) in dns.sites.iter() {
                self.resolves(&resolver, at.load_balancer.as_deref().unwrap(), address(site));
            }
        }
    }

    pub(super) fn resolves(&mut self, resolver: &str, name: &str, address: &str) {
        let answer = Resolution { addresses: vec![address.to_owned()], code: "NOERROR".to_owned(), ..Resolution::default() };
        self.found(Subject::resolution(resolver, name), answer);
    }

    pub(super) fn seen(&mut self, subject: Subject, status: Option<u16>) {
        let problem = status.is_none().then(|| "no answer within 3 s".to_owned());
        self.found(subject, Sight { status, problem, ..Sight::default() });
    }

    /// So many looks in a row, of which none brought a page.
    pub(super) fn turned_away(&mut self, site: Site, sight: &Sight, times: u32) {
        for _ in 0..times {
            self.later(5);
            self.found(self.workload.site_sight(site), sight.clone());
        }
    }

    pub(super) fn global(&self, writes: Site) -> GlobalCluster {
        let database = self.workload.database.as_ref().unwrap();
        let member = |site: Site| GlobalMember {
            cluster: format!("arn:aws:rds:{}:{}:cluster:{}", self.workload.region(site), self.workload.account, database.sites.get(site)),
            writer: site == writes,
            synchronization: (site != writes).then(|| "connected".to_owned()),
        };
        GlobalCluster {
            id: database.global_cluster.clone().unwrap(),
            status: "available".to_owned(),
            members: vec![member(Site::Primary), member(Site::Standby)],
            ..GlobalCluster::default()
        }
    }

    pub(super) fn cluster(&self, site: Site) -> Cluster {
        let id = self.workload.database.as_ref().unwrap().sites.get(site).clone();
        let member = ClusterMember { id: "one".to_owned(), writer: true, promotion_tier: 1 };
        Cluster { id, status: "available".to_owned(), members: vec![member], ..Cluster::default() }
    }

    fn site(&mut self, site: Site) {
        let workload = self.workload.clone();
        let region = workload.region(site).clone();
        self.found(Subject::new(Kind::Identity, &region, "caller"), Identity { account: workload.account.clone(), arn: String::new() });
        if let Some(database) = &workload.database {
            match database.kind {
                DatabaseKind::RdsReplica => {
                    let instance = self.instance(site);
                    self.found(self.database(site), instance);
                }
                DatabaseKind::AuroraGlobal => {
                    self.found(self.database(site), self.cluster(site));
                    let global = self.global(Site::Primary);
                    self.found(workload.global_cluster_subject(database, site).unwrap(), global);
                }
            }
            self.points(workload.database_metric(database, site, Measure::DatabaseCpu), 23.0);
            self.points(workload.database_metric(database, site, Measure::Connections), 41.0);
            let newest = Snapshotted { id: "nightly".to_owned(), at: self.now - Duration::from_secs(7200), kind: "automated".to_owned() };
            self.found(
                workload.restore_subject(database, Site::Primary, site),
                RestorePoint { snapshot: Some(newest), ..RestorePoint::default() },
            );
            if let Some(subject) = workload.secret_subject(database, site) {
                let replicas = vec![SecretReplica { region: workload.standby.clone(), status: "InSync".to_owned(), message: None }];
                self.found(subject, Secret { primary_region: Some(workload.primary.clone()), replicas, ..Secret::default() });
            }
        }
        for service in &workload.services {
            let tasks = i32::try_from(service.sites.get(site).tasks).unwrap();
            let found =
                Service { name: service.name.clone(), status: "ACTIVE".to_owned(), desired: tasks, running: tasks, ..Service::default() };
            self.found(workload.service_subject(Kind::Service, service, site), found);
            let repository =
                workload.repositories.iter().find(|repository| repository.name.ends_with(&service.name)).or(workload.repositories.first());
            let image = repository.map(|repository| RunningImage {
                image: format!("{}.dkr.ecr.{region}.amazonaws.com/{}:1.8.3", workload.account, repository.name),
                digest: Some("sha256:feed".to_owned()),
            });
            let task = Task { status: "RUNNING".to_owned(), images: image.into_iter().collect(), ..Task::default() };
            let running = Tasks { tasks: if tasks > 0 { vec![task] } else { Vec::new() } };
            self.found(workload.service_subject(Kind::Tasks, service, site), running);
            if let Some(bounds) = service.sites.get(site).bounds {
                let (min, max) = (i32::try_from(bounds.min).unwrap(), i32::try_from(bounds.max).unwrap());
                self.found(workload.service_subject(Kind::Bounds, service, site), Bounds { min, max, ..Bounds::default() });
            }
            if let Some(subject) = workload.target_subject(Kind::Targets, service, site) {
                let count = usize::try_from(tasks).unwrap();
                self.found(subject, Self::targets(count, count));
                if site == Site::Primary {
                    self.points(workload.edge_metric(service, site, Measure::Requests).unwrap(), 5400.0);
                    self.points(workload.edge_metric(service, site, Measure::ResponseTime).unwrap(), 0.084);
                    let none = Series::default();
                    self.found(workload.edge_metric(service, site, Measure::ServerErrors).unwrap(), none);
                }
            }
        }
        for repository in &workload.repositories {
            let image = StoredImage { digest: "sha256:feed".to_owned(), ..StoredImage::default() };
            self.found(
                Subject::new(Kind::Repository, &region, &repository.name),
                Repository { name: repository.name.clone(), images: vec![image] },
            );
        }
        for bucket in &workload.buckets {
            let rule = ReplicationRule {
                id: bucket.rule.clone().unwrap_or_default(),
                enabled: true,
                destination: format!("arn:aws:s3:::{}", bucket.sites.standby),
                metrics: true,
                ..ReplicationRule::default()
            };
            let rules = if site == Site::Primary { vec![rule] } else { Vec::new() };
            self.found(
                workload.bucket_subject(bucket, site),
                Replication { versioning: "Enabled".to_owned(), rules, ..Replication::default() },
            );
        }
        for key in &workload.keys {
            self.found(Subject::new(Kind::Key, &region, key.get(site)), Key { state: "Enabled".to_owned(), ..Key::default() });
        }
        if let Some(arn) = workload.notify.topic.get(site) {
            let subscriber = Subscribed { protocol: "email".to_owned(), endpoint: String::new(), confirmed: true };
            self.found(Subject::new(Kind::Topic, &region, arn), Topic { arn: arn.clone(), subscriptions: vec![subscriber] });
        }
    }

    fn rest(&mut self) {
        let workload = self.workload.clone();
        self.found(Subject::credentials(), Credentials { provider: "profile".to_owned(), expires_at: None });
        for alarm in &workload.alarms {
            self.found(Subject::new(Kind::Alarm, &alarm.region, &alarm.name), Alarm { state: "OK".to_owned(), ..Alarm::default() });
        }
        for function in &workload.functions {
            let found = Function { state: Some("Active".to_owned()), ..Function::default() };
            self.found(Subject::new(Kind::Function, &function.region, &function.name), found);
        }
        for table in &workload.tables {
            self.found(Subject::new(Kind::Table, &table.region, &table.name), Table { status: "ACTIVE".to_owned(), ..Table::default() });
        }
        for automation in &workload.automations {
            let subject = workload.automation_subject(automation);
            match subject.kind {
                Kind::Rule => self.found(subject, Rule { name: automation.what.name().to_owned(), enabled: true, ..Rule::default() }),
                Kind::Function => self.found(subject, Function { state: Some("Active".to_owned()), ..Function::default() }),
                _ => self.found(subject, Machine::default()),
            }
        }
        if let Some(database) = &workload.database {
            let lag = if database.kind == DatabaseKind::RdsReplica { 1.2 } else { 400.0 };
            self.points(self.lag(), lag);
        }
        for bucket in &workload.buckets {
            for measure in [Measure::BytesPending, Measure::OperationsPending, Measure::OperationsFailed] {
                self.points(workload.bucket_metric(bucket, Site::Primary, measure), 0.0);
            }
        }
        let Some(dns) = &workload.dns else { return };
        self.land(Site::Primary);
        for (site, at) in dns.sites.iter() {
            for resolver in self.resolvers() {
                self.resolves(&resolver, at.load_balancer.as_deref().unwrap(), address(site));
            }
            if let Some(subject) = workload.health_check_subject(Kind::HealthCheck, dns, site) {
                let check = HealthCheck { interval_seconds: Some(30), failure_threshold: Some(3), ..HealthCheck::default() };
                self.found(subject, check);
                self.found(workload.health_check_subject(Kind::Checkers, dns, site).unwrap(), Self::checkers(16, 16));
            }
            let names = vec![dns.record.clone()];
            let end = self.now + Duration::from_secs(90 * 86_400);
            let certificate = Certificate { names, status: "ISSUED".to_owned(), not_after: Some(end), ..Certificate::default() };
            self.found(workload.certificate_subject(dns, site), certificate);
            self.seen(workload.site_sight(site), Some(200));
        }
        self.seen(workload.record_sight(), Some(200));
        let record = self.record();
        self.found(workload.record_subject(dns), record);
        let zone = Zone { name: "example.com".to_owned(), accelerated_recovery: Some(true), ..Zone::default() };
        self.found(Subject::global(Kind::Zone, &dns.zone), zone);
    }

    pub(super) fn record(&self) -> Record {
        let dns = self.workload.dns.as_ref().unwrap();
        let set = |site: Site, role: &str| {
            let at = dns.sites.get(site);
            let name = format!("dualstack.{}.", at.load_balancer.as_deref().unwrap());
            RecordSet {
                set_identifier: Some(at.set_identifier.clone()),
                failover: Some(role.to_owned()),
                alias: Some(Alias { name, ..Alias::default() }),
                health_check: at.health_check.clone(),
                ..RecordSet::default()
            }
        };
        Record { name: dns.record.clone(), sets: vec![set(Site::Primary, "PRIMARY"), set(Site::Standby, "SECONDARY")] }
    }
}

pub(super) const fn address(site: Site) -> &'static str {
    match site {
        Site::Primary => "198.51.100.10",
        Site::Standby => "203.0.113.10",
    }
}
