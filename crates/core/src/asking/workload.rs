//! What one workload wants to know, but for its metrics.

use std::time::Duration;

use super::wants::{Batch, Wants};
use crate::config::{Actor, Automation, DatabaseKind, Dns, Scheme, Site, Workload};
use crate::domain::{Errand, Kind, Question, Region, Subject, Topic};

const SITES: [Site; 2] = [Site::Primary, Site::Standby];

pub(super) fn want(wants: &mut Wants, asker: usize, workload: &Workload) {
    for site in SITES {
        database(wants, asker, workload, site);
        services(wants, asker, workload, site);
        let region = workload.region(site);
        for bucket in &workload.buckets {
            wants.ask(asker, region, Topic::Replication(bucket.sites.get(site).clone()));
        }
        for key in &workload.keys {
            wants.ask(asker, region, Topic::Key(key.get(site).clone()));
        }
        for repository in &workload.repositories {
            wants.ask(asker, region, Topic::Repository(repository.name.clone()));
        }
        if let Some(topic) = workload.notify.topic.get(site) {
            wants.ask(asker, region, Topic::Topic(topic.clone()));
        }
    }
    for alarm in &workload.alarms {
        wants.name(asker, &alarm.region, Batch::Alarms, &alarm.name);
    }
    for table in &workload.tables {
        wants.ask(asker, &table.region, Topic::Table(table.name.clone()));
    }
    for function in &workload.functions {
        wants.ask(asker, &function.region, Topic::Function(function.name.clone()));
    }
    for automation in &workload.automations {
        wants.ask(asker, &automation.region, actor(automation));
    }
    for arn in workload.workflow.failover.iter().chain(&workload.workflow.failback) {
        wants.ask(asker, &workload.machine_subject(arn).region, Topic::Machine(arn.clone()));
    }
    if let Some(dns) = &workload.dns {
        records(wants, asker, workload, dns);
        sights(wants, asker, workload, dns);
    }
}

fn database(wants: &mut Wants, asker: usize, workload: &Workload, site: Site) {
    let (Some(database), region) = (&workload.database, workload.region(site)) else { return };
    let batch = match database.kind {
        DatabaseKind::RdsReplica => Batch::Instances,
        DatabaseKind::AuroraGlobal => Batch::Clusters,
    };
    wants.name(asker, region, batch, database.sites.get(site));
    if let Some(global) = &database.global_cluster {
        wants.name(asker, region, Batch::GlobalClusters, global);
    }
    // A copy of either database's snapshots may lie in either region.
    for of in SITES {
        wants.name(asker, region, Batch::RestorePoints, database.sites.get(of));
    }
    if let Some(secret) = &database.secret {
        wants.ask(asker, region, Topic::Secret(secret.at(site).to_owned()));
    }
}

fn services(wants: &mut Wants, asker: usize, workload: &Workload, site: Site) {
    let region = workload.region(site);
    for service in &workload.services {
        let at = service.sites.get(site);
        wants.name(asker, region, Batch::Services(at.cluster.clone()), &at.service);
        wants.ask(asker, region, Topic::Tasks { cluster: at.cluster.clone(), service: at.service.clone() });
        if service.autoscaled {
            wants.name(asker, region, Batch::Bounds, &format!("{}/{}", at.cluster, at.service));
        }
        if let Some(group) = &at.target_group {
            wants.name(asker, region, Batch::TargetGroups, group);
            wants.ask(asker, region, Topic::Targets(group.clone()));
        }
    }
}

fn actor(automation: &Automation) -> Topic {
    match &automation.what {
        Actor::Rule(name) => Topic::Rule(name.clone()),
        Actor::Function(name) => Topic::Function(name.clone()),
        Actor::StateMachine(name) => Topic::Machine(name.clone()),
    }
}

/// What Route 53 and ACM hold for the record.
fn records(wants: &mut Wants, asker: usize, workload: &Workload, dns: &Dns) {
    let global = Region::global();
    wants.ask(asker, &global, Topic::Zone(dns.zone.clone()));
    wants.name(asker, &global, Batch::Records(dns.zone.clone()), &dns.record);
    for site in SITES {
        wants.name(asker, workload.region(site), Batch::Certificates, &dns.record);
        if let Some(check) = &dns.sites.get(site).health_check {
            wants.name(asker, &global, Batch::HealthChecks, check);
            wants.ask(asker, &global, Topic::Checkers(check.clone()));
        }
    }
}

/// What users see. The path that writes is not among it: the watch changes nothing.
fn sights(wants: &mut Wants, asker: usize, workload: &Workload, dns: &Dns) {
    let every = pace(dns);
    let resolvers: Vec<String> = dns.resolvers.iter().map(ToString::to_string).collect();
    let servers: Vec<String> = dns.name_servers.iter().map(ToString::to_string).collect();
    let mut resolve = |resolver: &str, name: &str| {
        let topic = Topic::Resolve { resolver: resolver.to_owned(), name: name.to_owned() };
        wants.ask_every(asker, Question::global(topic), every);
    };
    for resolver in resolvers.iter().chain(&servers) {
        resolve(resolver, &dns.record);
    }
    // Name servers of the record's zone know nothing of a load balancer's name.
    for resolver in &resolvers {
        for balancer in SITES.iter().filter_map(|site| dns.sites.get(*site).load_balancer.as_ref()) {
            resolve(resolver, balancer);
        }
    }
    let mut look = |subject: Subject, url: String, by: Option<String>| {
        let errand = Errand { subject, url, by, resolvers: resolvers.clone() };
        wants.ask_every(asker, Question::global(Topic::Look(errand)), every);
    };
    look(workload.record_sight(), through_the_record(dns), None);
    for site in SITES {
        match (dns.probe.url.get(site), &dns.sites.get(site).load_balancer) {
            (Some(url), _) => look(workload.site_sight(site), url.clone(), None),
            (None, Some(balancer)) => look(workload.site_sight(site), through_the_record(dns), Some(balancer.clone())),
            // There is no way past the record.
            (None, None) => {}
        }
    }
}

/// As often as the configuration says, but never so seldom that a sight goes stale between two looks.
fn pace(dns: &Dns) -> Duration {
    dns.probe.every.min(Kind::Sight.stale_after() * 2 / 3)
}

fn through_the_record(dns: &Dns) -> String {
    address(dns, &dns.probe.path)
}

/// Where users ask for a path.
pub(super) fn address(dns: &Dns, path: &str) -> String {
    let scheme = match dns.probe.scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let port = dns.probe.port.map(|port| format!(":{port}")).unwrap_or_default();
    format!("{scheme}://{}{port}{path}", dns.record)
}
