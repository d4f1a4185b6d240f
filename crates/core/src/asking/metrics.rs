//! The series of CloudWatch's that a workload is judged by.

use super::wants::Wants;
use crate::config::{Actor, Bucket, Database, DatabaseKind, Service, Site, Workload};
use crate::domain::fact::{Fact, Replication, ReplicationRule, TargetGroup};
use crate::domain::{Kind, Measure, MetricQuery, Region, Snapshot, Subject};

const SITES: [Site; 2] = [Site::Primary, Site::Standby];
const EDGE: [Measure; 5] = [Measure::Requests, Measure::ClientErrors, Measure::ServerErrors, Measure::ResponseTime, Measure::HealthyHosts];
const BUCKET: [Measure; 4] = [Measure::BytesPending, Measure::OperationsPending, Measure::ReplicationLatency, Measure::OperationsFailed];

pub(super) fn want(wants: &mut Wants, asker: usize, workload: &Workload, snapshot: &Snapshot) {
    for site in SITES {
        for service in &workload.services {
            for measure in [Measure::ServiceCpu, Measure::ServiceMemory] {
                let at = service.sites.get(site);
                let dimensions = [("ClusterName", at.cluster.as_str()), ("ServiceName", at.service.as_str())];
                wants.measure(asker, query(workload.service_metric(service, site, measure), measure, &dimensions));
            }
            edge(wants, asker, workload, service, site, snapshot);
        }
        if let Some(database) = &workload.database {
            of_database(wants, asker, workload, database, site);
        }
        for bucket in workload.buckets.iter().filter(|bucket| bucket.metrics) {
            of_bucket(wants, asker, workload, bucket, site, snapshot);
        }
    }
    let of_function = |region: &Region, name: &str, measure: Measure| {
        query(Subject::metric(region, name, measure.metric()), measure, &[("FunctionName", short(name))])
    };
    for function in &workload.functions {
        wants.measure(asker, of_function(&function.region, &function.name, Measure::FunctionErrors));
    }
    for automation in &workload.automations {
        if let Actor::Function(name) = &automation.what {
            // That it has run is the only trace that a function leaves of having acted.
            for measure in [Measure::FunctionErrors, Measure::Invocations] {
                wants.measure(asker, of_function(&automation.region, name, measure));
            }
        }
    }
}

pub(super) fn query(subject: Subject, measure: Measure, dimensions: &[(&str, &str)]) -> MetricQuery {
    MetricQuery {
        subject,
        namespace: measure.namespace().to_owned(),
        metric: measure.metric().to_owned(),
        dimensions: dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        statistic: measure.statistic().to_owned(),
    }
}

/// The last part of a function's ARN, which is what its metrics know it by.
fn short(name: &str) -> &str {
    if name.starts_with("arn:") { name.split(':').nth(6).unwrap_or(name) } else { name }
}

/// Only once it is known which load balancer stands before the target group.
fn edge(wants: &mut Wants, asker: usize, workload: &Workload, service: &Service, site: Site, snapshot: &Snapshot) {
    let Some(arn) = &service.sites.get(site).target_group else { return };
    let group = Subject::new(Kind::TargetGroup, workload.region(site), arn);
    let Some(Fact::TargetGroup(TargetGroup { load_balancers, .. })) = learnt(snapshot, &group) else { return };
    let (Some(balancer), Some(group)) =
        (load_balancers.first().and_then(|arn| arn.split_once("loadbalancer/")), arn.split_once("targetgroup/"))
    else {
        return;
    };
    let group = format!("targetgroup/{}", group.1);
    for measure in EDGE {
        let Some(subject) = workload.edge_metric(service, site, measure) else { continue };
        wants.measure(asker, query(subject, measure, &[("LoadBalancer", balancer.1), ("TargetGroup", &group)]));
    }
}

/// Lag is asked for at both sites: after a failover it is told where it was not told before.
fn of_database(wants: &mut Wants, asker: usize, workload: &Workload, database: &Database, site: Site) {
    let (dimension, lags): (_, &[Measure]) = match database.kind {
        DatabaseKind::RdsReplica => ("DBInstanceIdentifier", &[Measure::ReplicaLag]),
        DatabaseKind::AuroraGlobal => ("DBClusterIdentifier", &[Measure::GlobalLag, Measure::GlobalRpoLag]),
    };
    let id = database.sites.get(site).as_str();
    for measure in [Measure::DatabaseCpu, Measure::Connections].iter().chain(lags) {
        wants.measure(asker, query(workload.database_metric(database, site, *measure), *measure, &[(dimension, id)]));
    }
    // Whoever is still connected to what was put aside.
    if let Some(aside) = database.replaced.get(site) {
        let subject = Subject::metric(workload.region(site), aside, Measure::Connections.metric());
        wants.measure(asker, query(subject, Measure::Connections, &[(dimension, aside)]));
    }
}

/// The configuration names the rule of the one direction; that of the other is learnt from the bucket.
fn of_bucket(wants: &mut Wants, asker: usize, workload: &Workload, bucket: &Bucket, from: Site, snapshot: &Snapshot) {
    let (source, destination) = (bucket.sites.get(from), bucket.sites.get(from.other()));
    let written = bucket.rule.as_deref().filter(|_| from == Site::Primary);
    let rule = match written {
        Some(rule) => rule,
        None => match reverse(snapshot, &workload.bucket_subject(bucket, from), destination) {
            Some(rule) => rule.id.as_str(),
            None => return,
        },
    };
    for measure in BUCKET {
        let dimensions = [("SourceBucket", source.as_str()), ("DestinationBucket", destination.as_str()), ("RuleId", rule)];
        wants.measure(asker, query(workload.bucket_metric(bucket, from, measure), measure, &dimensions));
    }
}

fn reverse<'s>(snapshot: &'s Snapshot, source: &Subject, destination: &str) -> Option<&'s ReplicationRule> {
    let Some(Fact::Replication(Replication { rules, .. })) = learnt(snapshot, source) else { return None };
    // As AWS writes it, or as people do.
    let leads_there = |rule: &&ReplicationRule| rule.destination.rsplit(':').next() == Some(destination);
    rules.iter().filter(|rule| rule.metrics).find(leads_there)
}

/// However old: a name does not go stale.
fn learnt<'s>(snapshot: &'s Snapshot, subject: &Subject) -> Option<&'s Fact> {
    snapshot.get(subject)?.fact()
}
