//! Questions in, readings out: one file per AWS service. Nothing here decides what anything means, or when to ask again.

mod acm;
mod answers;
mod autoscaling;
mod cloudwatch;
mod dynamodb;
mod ecr;
mod ecs;
mod elb;
mod events;
mod kms;
mod lambda;
mod rds;
mod route53;
mod s3;
mod secrets;
mod sns;
mod states;
mod sts;
mod whole;

use std::collections::BTreeMap;
use std::sync::Arc;

use drlab_core::domain::fact::Fact;
use drlab_core::domain::{Cause, Question, Reading, Subject, Timestamp, Topic, Trouble, Value};

use super::{Clients, RegionClients};
use crate::clock::WorldClock;

/// What a question brought, by subject; those that are not in it do not exist.
pub(super) type Findings = BTreeMap<Subject, Finding>;

/// A fact, and when it was true where the source says so.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) fact: Fact,
    pub(super) at: Option<Timestamp>,
}

impl<F: Into<Fact>> From<F> for Finding {
    fn from(fact: F) -> Self {
        Self { fact: fact.into(), at: None }
    }
}

/// Asks AWS one question. There is exactly one reading for each of the question's subjects, whatever happens.
pub async fn observe(clients: &Clients, question: &Question, clock: &WorldClock) -> Vec<Reading> {
    let begun = clock.now();
    let answer = ask(clients, question, begun).await;
    let read = clock.now();
    let reading = |subject: Subject, outcome| Reading { subject, begun, read, outcome };
    match answer {
        Ok(mut findings) => question
            .subjects()
            .into_iter()
            .map(|subject| {
                let value = match findings.remove(&subject) {
                    Some(Finding { fact, at }) => Value::Found { fact: Arc::new(fact), at },
                    None => Value::Missing(format!("there is no {subject}")),
                };
                reading(subject, Ok(value))
            })
            .collect(),
        Err(trouble) => question.subjects().into_iter().map(|subject| reading(subject, Err(trouble.clone()))).collect(),
    }
}

async fn ask(clients: &Clients, question: &Question, now: Timestamp) -> Result<Findings, Trouble> {
    let region = || -> Result<&RegionClients, Trouble> {
        clients
            .regions
            .get(&question.region)
            .ok_or_else(|| Trouble::new(Cause::NotYet, format!("there is no client for region {}", question.region)))
    };
    let at = &question.region;
    match &question.topic {
        Topic::Identity => sts::identity(region()?, question).await,
        Topic::Instances(names) => rds::instances(region()?, at, names).await,
        Topic::Clusters(names) => rds::clusters(region()?, at, names).await,
        Topic::GlobalClusters(names) => rds::global_clusters(region()?, at, names).await,
        Topic::RestorePoints(databases) => rds::restore_points(region()?, at, databases).await,
        Topic::Services { cluster, services } => ecs::services(region()?, at, cluster, services).await,
        Topic::Tasks { cluster, service } => ecs::tasks(region()?, at, cluster, service).await,
        Topic::Bounds(services) => autoscaling::bounds(region()?, at, services).await,
        Topic::TargetGroups(arns) => elb::target_groups(region()?, at, arns).await,
        Topic::Targets(arn) => elb::targets(region()?, at, arn).await,
        Topic::Certificates(names) => acm::certificates(region()?, at, names).await,
        Topic::Zone(id) => route53::zone(clients, id).await,
        Topic::Records { zone, names } => route53::records(clients, zone, names).await,
        Topic::HealthChecks(ids) => route53::health_checks(clients, ids).await,
        Topic::Checkers(id) => route53::checkers(clients, id).await,
        Topic::Metrics(queries) => cloudwatch::metrics(region()?, queries, now).await,
        Topic::Alarms(names) => cloudwatch::alarms(region()?, at, names).await,
        Topic::Replication(bucket) => s3::replication(region()?, at, bucket).await,
        Topic::Key(id) => kms::key(region()?, at, id).await,
        Topic::Topic(arn) => sns::topic(region()?, at, arn).await,
        Topic::Secret(id) => secrets::secret(region()?, at, id).await,
        Topic::Machine(name) => states::machine(region()?, at, name).await,
        Topic::Function(name) => lambda::function(region()?, at, name).await,
        Topic::Rule(name) => events::rule(region()?, at, name).await,
        Topic::Table(name) => dynamodb::table(region()?, at, name).await,
        Topic::Repository(name) => ecr::repository(region()?, at, name).await,
        Topic::Resolve { .. } | Topic::Look(_) => Err(Trouble::new(Cause::Unintelligible, "AWS is not asked what a client sees")),
    }
}
