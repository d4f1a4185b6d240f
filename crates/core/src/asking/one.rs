//! The question for one subject alone: what a run makes itself, or looks at only now, is in no plan.

use super::metrics::query;
use crate::config::Config;
use crate::domain::{Kind, Measure, Question, Subject, Topic};

/// How to ask for this alone. `None` where it cannot be asked for by itself (a record needs its zone, a sight its errand: both are in the plan),
/// or where the configuration knows no such region.
#[must_use]
pub fn question_for(subject: &Subject, config: &Config) -> Option<Question> {
    if !subject.is_global() && !config.regions().contains(&subject.region) {
        return None;
    }
    let name = subject.name.clone();
    let topic = match subject.kind {
        Kind::Instance => Topic::Instances(vec![name]),
        Kind::Cluster => Topic::Clusters(vec![name]),
        Kind::GlobalCluster => Topic::GlobalClusters(vec![name]),
        Kind::RestorePoint => Topic::RestorePoints(vec![name]),
        Kind::Service | Kind::Tasks => {
            let (cluster, service) = subject.name.split_once('/')?;
            let (cluster, service) = (cluster.to_owned(), service.to_owned());
            if subject.kind == Kind::Tasks {
                Topic::Tasks { cluster, service }
            } else {
                Topic::Services { cluster, services: vec![service] }
            }
        }
        Kind::Bounds => Topic::Bounds(vec![name]),
        Kind::TargetGroup => Topic::TargetGroups(vec![name]),
        Kind::Targets => Topic::Targets(name),
        Kind::Replication => Topic::Replication(name),
        Kind::Secret => Topic::Secret(name),
        Kind::Machine => Topic::Machine(name),
        Kind::Function => Topic::Function(name),
        Kind::Rule => Topic::Rule(name),
        Kind::HealthCheck => Topic::HealthChecks(vec![name]),
        Kind::Checkers => Topic::Checkers(name),
        Kind::Identity => Topic::Identity,
        Kind::Metric => of_database(subject)?,
        Kind::Credentials
        | Kind::Certificate
        | Kind::Zone
        | Kind::Record
        | Kind::Alarm
        | Kind::Key
        | Kind::Topic
        | Kind::Table
        | Kind::Repository
        | Kind::Resolution
        | Kind::Sight => return None,
    };
    Some(Question::new(&subject.region, topic))
}

/// Of what is named by its own id alone. A service's or a bucket's figures need more than a name, and are in the plan.
fn of_database(subject: &Subject) -> Option<Topic> {
    let (of, metric) = subject.name.rsplit_once(' ')?;
    let (measure, dimension) = [
        (Measure::ReplicaLag, "DBInstanceIdentifier"),
        (Measure::Connections, "DBInstanceIdentifier"),
        (Measure::GlobalLag, "DBClusterIdentifier"),
        (Measure::GlobalRpoLag, "DBClusterIdentifier"),
    ]
    .into_iter()
    .find(|(measure, _)| measure.metric() == metric)?;
    Some(Topic::Metrics(vec![query(subject.clone(), measure, &[(dimension, of)])]))
}
