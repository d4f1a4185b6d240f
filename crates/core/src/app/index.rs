use std::collections::BTreeMap;

use crate::config::{Actor, Config, DatabaseKind, Place, Site, Workload};
use crate::domain::{Kind, Measure, Region, Subject};

const SITES: [Site; 2] = [Site::Primary, Site::Standby];
const OF_EDGES: [Measure; 5] =
    [Measure::Requests, Measure::ClientErrors, Measure::ServerErrors, Measure::ResponseTime, Measure::HealthyHosts];
const OF_SERVICES: [Measure; 2] = [Measure::ServiceCpu, Measure::ServiceMemory];
const OF_DATABASES: [Measure; 5] =
    [Measure::DatabaseCpu, Measure::Connections, Measure::ReplicaLag, Measure::GlobalLag, Measure::GlobalRpoLag];
const OF_BUCKETS: [Measure; 4] =
    [Measure::BytesPending, Measure::OperationsPending, Measure::ReplicationLatency, Measure::OperationsFailed];

/// Which workloads an observation belongs to, and what it is called there: made once, so that news of one subject costs one look.
#[derive(Debug, Default)]
pub(super) struct Index {
    owners: BTreeMap<Subject, Vec<Owner>>,
    regions: BTreeMap<Region, Vec<usize>>,
    workloads: usize,
}

/// A workload to which a subject belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) workload: usize,
    pub(super) place: Option<Place>,
    pub(super) label: String,
    /// It is at a site where nothing runs as long as all is well: a pilot light.
    pub(super) rests: bool,
}

impl Index {
    pub(super) fn of(config: &Config) -> Self {
        let mut index = Self { workloads: config.workloads.len(), ..Self::default() };
        for (number, workload) in config.workloads.iter().enumerate() {
            for region in workload.regions() {
                index.regions.entry(region.clone()).or_default().push(number);
            }
            Of { index: &mut index, number, workload }.everything();
        }
        index
    }

    pub(super) fn owners(&self, subject: &Subject) -> &[Owner] {
        self.owners.get(subject).map_or(&[], Vec::as_slice)
    }

    /// Who must be assessed anew. What belongs to nobody, such as credentials, concerns everybody there.
    pub(super) fn concerned(&self, subject: &Subject) -> Vec<usize> {
        match self.owners.get(subject) {
            Some(owners) => owners.iter().map(|owner| owner.workload).collect(),
            None => self.regions.get(&subject.region).cloned().unwrap_or_else(|| (0..self.workloads).collect()),
        }
    }
}

/// The subjects of one workload on their way into the index.
struct Of<'i> {
    index: &'i mut Index,
    number: usize,
    workload: &'i Workload,
}

impl Of<'_> {
    fn put(&mut self, subject: Subject, place: Option<Place>, label: impl Into<String>) {
        let place = place.or_else(|| self.workload.place_of(&subject.region));
        let owners = self.index.owners.entry(subject).or_default();
        // The same thing may be named twice; its first name stays.
        if owners.last().is_none_or(|owner| owner.workload != self.number) {
            let rests = place == Some(Place::Standby) && self.workload.is_pilot_light();
            owners.push(Owner { workload: self.number, place, label: label.into(), rests });
        }
    }

    fn everything(&mut self) {
        for site in SITES {
            self.database(site);
            self.services(site);
            self.rest_of_site(site);
        }
        self.named();
        self.names();
    }

    fn database(&mut self, site: Site) {
        let workload = self.workload;
        let Some(database) = &workload.database else { return };
        let at = Some(Place::from(site));
        self.put(workload.database_subject(database, site), at, "db");
        if let (DatabaseKind::AuroraGlobal, Some(subject)) = (database.kind, workload.global_cluster_subject(database, site)) {
            self.put(subject, at, "global db");
        }
        for of in SITES {
            self.put(workload.restore_subject(database, of, site), at, format!("restore points of {of}"));
        }
        for measure in OF_DATABASES {
            self.put(workload.database_metric(database, site, measure), at, "db");
        }
        if let Some(subject) = workload.secret_subject(database, site) {
            self.put(subject, at, "secret");
        }
    }

    fn services(&mut self, site: Site) {
        let workload = self.workload;
        let at = Some(Place::from(site));
        for service in &workload.services {
            let name = &service.name;
            for (kind, label) in [(Kind::Service, name.clone()), (Kind::Tasks, name.clone()), (Kind::Bounds, format!("{name} bounds"))] {
                self.put(workload.service_subject(kind, service, site), at, label);
            }
            for measure in OF_SERVICES {
                self.put(workload.service_metric(service, site, measure), at, name.clone());
            }
            for kind in [Kind::Targets, Kind::TargetGroup] {
                if let Some(subject) = workload.target_subject(kind, service, site) {
                    self.put(subject, at, format!("{name} edge"));
                }
            }
            for measure in OF_EDGES {
                if let Some(subject) = workload.edge_metric(service, site, measure) {
                    self.put(subject, at, name.clone());
                }
            }
        }
    }

    fn rest_of_site(&mut self, site: Site) {
        let workload = self.workload;
        let (at, region) = (Some(Place::from(site)), workload.region(site));
        for bucket in &workload.buckets {
            let name = bucket.sites.get(site);
            self.put(workload.bucket_subject(bucket, site), at, name.clone());
            for measure in OF_BUCKETS {
                self.put(workload.bucket_metric(bucket, site, measure), at, name.clone());
            }
        }
        for key in &workload.keys {
            self.put(Subject::new(Kind::Key, region, key.get(site)), at, "key");
        }
        for repository in &workload.repositories {
            self.put(Subject::new(Kind::Repository, region, &repository.name), at, repository.name.clone());
        }
        if let Some(topic) = workload.notify.topic.get(site) {
            self.put(Subject::new(Kind::Topic, region, topic), at, "topic");
        }
        let Some(dns) = &workload.dns else { return };
        self.put(workload.site_sight(site), at, "probe");
        self.put(workload.certificate_subject(dns, site), at, "certificate");
        for kind in [Kind::Checkers, Kind::HealthCheck] {
            if let Some(subject) = workload.health_check_subject(kind, dns, site) {
                self.put(subject, at, "health check");
            }
        }
    }

    /// What is found by its name in one region.
    fn named(&mut self) {
        let workload = self.workload;
        for (kind, list) in [(Kind::Alarm, &workload.alarms), (Kind::Function, &workload.functions), (Kind::Table, &workload.tables)] {
            for named in list {
                self.put(Subject::new(kind, &named.region, &named.name), None, named.name.clone());
            }
        }
        for function in &workload.functions {
            self.figures_of(&function.region, &function.name, Measure::FunctionErrors);
        }
        for automation in &workload.automations {
            self.put(workload.automation_subject(automation), None, automation.what.name());
            if let Actor::Function(name) = &automation.what {
                self.figures_of(&automation.region, name, Measure::FunctionErrors);
                self.figures_of(&automation.region, name, Measure::Invocations);
            }
        }
        for arn in workload.workflow.failover.iter().chain(&workload.workflow.failback) {
            let region = arn.split(':').nth(3).map_or_else(|| workload.standby.clone(), Region::new);
            self.put(Subject::new(Kind::Machine, &region, arn), None, arn.rsplit(':').next().unwrap_or(arn));
        }
    }

    fn figures_of(&mut self, region: &Region, function: &str, measure: Measure) {
        self.put(Subject::metric(region, function, measure.metric()), None, function);
    }

    /// The record, and what the world makes of it.
    fn names(&mut self) {
        let workload = self.workload;
        let Some(dns) = &workload.dns else { return };
        self.put(workload.record_subject(dns), None, "dns");
        self.put(workload.record_sight(), None, "users");
        self.put(Subject::global(Kind::Zone, &dns.zone), None, "zone");
        let balancers = SITES.map(|site| dns.sites.get(site).load_balancer.clone());
        for resolver in dns.resolvers.iter().chain(&dns.name_servers).map(ToString::to_string) {
            // The port is said where it is not the one of all name servers.
            let at = resolver.strip_suffix(":53").unwrap_or(&resolver);
            self.put(Subject::resolution(&resolver, &dns.record), None, format!("dns {at}"));
            for (site, balancer) in SITES.iter().zip(&balancers) {
                if let Some(balancer) = balancer {
                    self.put(Subject::resolution(&resolver, balancer), Some((*site).into()), format!("balancer {at}"));
                }
            }
        }
    }
}
