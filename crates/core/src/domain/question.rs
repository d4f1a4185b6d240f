use serde::{Deserialize, Serialize};

use super::{Kind, Region, Subject};

/// One thing to ask of one source, in one flight. Lists ask for a whole region at once, so that calls grow with regions and pages, not with
/// workloads; the subjects say what somebody wants to know of the answer, and what is not in it is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Question {
    pub region: Region,
    pub topic: Topic,
}

/// What is asked. Names are as the configuration gives them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    Identity,
    Instances(Vec<String>),
    Clusters(Vec<String>),
    GlobalClusters(Vec<String>),
    /// Snapshots and automated backups of these databases, by the identifier of the database that was saved.
    RestorePoints(Vec<String>),
    /// At most ten services of one cluster.
    Services {
        cluster: String,
        services: Vec<String>,
    },
    Tasks {
        cluster: String,
        service: String,
    },
    /// `cluster/service`.
    Bounds(Vec<String>),
    /// ARNs.
    TargetGroups(Vec<String>),
    Targets(String),
    /// The certificates that cover these names.
    Certificates(Vec<String>),
    Zone(String),
    /// Names, without their trailing dot.
    Records {
        zone: String,
        names: Vec<String>,
    },
    HealthChecks(Vec<String>),
    Checkers(String),
    /// At most 500.
    Metrics(Vec<MetricQuery>),
    /// At most 100 names.
    Alarms(Vec<String>),
    Replication(String),
    Key(String),
    Topic(String),
    Secret(String),
    /// By ARN, or by name where the configuration gives only that.
    Machine(String),
    Function(String),
    Rule(String),
    Table(String),
    Repository(String),
    /// Resolver (`host:port`) and name.
    Resolve {
        resolver: String,
        name: String,
    },
    /// See `Errand`.
    Look(Errand),
}

/// One series of CloudWatch's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MetricQuery {
    pub subject: Subject,
    pub namespace: String,
    pub metric: String,
    pub dimensions: Vec<(String, String)>,
    /// `Average`, `Sum`, `Maximum`, `p95` …
    pub statistic: String,
}

/// A client's errand: fetch a URL, the way a user would or past the record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Errand {
    pub subject: Subject,
    /// The URL to ask for; its host is what TLS and the `Host` header say.
    pub url: String,
    /// The name whose address is connected to, where that is not the URL's own host: a site's load balancer.
    pub by: Option<String>,
    /// The resolvers to ask for that address, in this order.
    pub resolvers: Vec<String>,
}

impl Question {
    #[must_use]
    pub fn new(region: &Region, topic: Topic) -> Self {
        Self { region: region.clone(), topic }
    }

    /// What no region is asked: Route 53, resolvers, the client's eye.
    #[must_use]
    pub fn global(topic: Topic) -> Self {
        Self { region: Region::global(), topic }
    }

    /// Of what kind the answers are; cadence follows from it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match &self.topic {
            Topic::Identity => Kind::Identity,
            Topic::Instances(_) => Kind::Instance,
            Topic::Clusters(_) => Kind::Cluster,
            Topic::GlobalClusters(_) => Kind::GlobalCluster,
            Topic::RestorePoints(_) => Kind::RestorePoint,
            Topic::Services { .. } => Kind::Service,
            Topic::Tasks { .. } => Kind::Tasks,
            Topic::Bounds(_) => Kind::Bounds,
            Topic::TargetGroups(_) => Kind::TargetGroup,
            Topic::Targets(_) => Kind::Targets,
            Topic::Certificates(_) => Kind::Certificate,
            Topic::Zone(_) => Kind::Zone,
            Topic::Records { .. } => Kind::Record,
            Topic::HealthChecks(_) => Kind::HealthCheck,
            Topic::Checkers(_) => Kind::Checkers,
            Topic::Metrics(_) => Kind::Metric,
            Topic::Alarms(_) => Kind::Alarm,
            Topic::Replication(_) => Kind::Replication,
            Topic::Key(_) => Kind::Key,
            Topic::Topic(_) => Kind::Topic,
            Topic::Secret(_) => Kind::Secret,
            Topic::Machine(_) => Kind::Machine,
            Topic::Function(_) => Kind::Function,
            Topic::Rule(_) => Kind::Rule,
            Topic::Table(_) => Kind::Table,
            Topic::Repository(_) => Kind::Repository,
            Topic::Resolve { .. } => Kind::Resolution,
            Topic::Look(_) => Kind::Sight,
        }
    }

    /// Everything an answer must speak of. Where no answer comes, the reason is told of each of them.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        let kind = self.kind();
        let named = |name: &str| Subject::new(kind, &self.region, name);
        match &self.topic {
            Topic::Identity => vec![named("caller")],
            Topic::Services { cluster, services } => {
                services.iter().map(|service| Subject::service(kind, &self.region, cluster, service)).collect()
            }
            Topic::Tasks { cluster, service } => vec![Subject::service(kind, &self.region, cluster, service)],
            Topic::Records { names, .. } => names.iter().map(|name| named(name)).collect(),
            Topic::Metrics(queries) => queries.iter().map(|query| query.subject.clone()).collect(),
            Topic::Resolve { resolver, name } => vec![Subject::resolution(resolver, name)],
            Topic::Look(errand) => vec![errand.subject.clone()],
            Topic::Instances(names)
            | Topic::Clusters(names)
            | Topic::GlobalClusters(names)
            | Topic::RestorePoints(names)
            | Topic::Bounds(names)
            | Topic::TargetGroups(names)
            | Topic::Certificates(names)
            | Topic::HealthChecks(names)
            | Topic::Alarms(names) => names.iter().map(|name| named(name)).collect(),
            Topic::Targets(name)
            | Topic::Zone(name)
            | Topic::Checkers(name)
            | Topic::Replication(name)
            | Topic::Key(name)
            | Topic::Topic(name)
            | Topic::Secret(name)
            | Topic::Machine(name)
            | Topic::Function(name)
            | Topic::Rule(name)
            | Topic::Table(name)
            | Topic::Repository(name) => vec![named(name)],
        }
    }
}
