//! What the console must be allowed to do in AWS, and what for: the policy for watching a configuration, and the one for operating it. Both are
//! written down from the lists at which the console's own clients are held, so that nothing is missing from them and nothing is in them
//! that is never asked for.

mod resources;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::domain::{On, READS, Read, WRITES};

/// Permissions that go together: what may be done to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Letters and digits, as IAM wants it.
    pub id: String,
    pub actions: BTreeSet<&'static str>,
    pub resources: BTreeSet<String>,
}

/// One permission, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    pub action: &'static str,
    pub on: On,
    pub purpose: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub statements: Vec<Statement>,
    pub permissions: Vec<Permission>,
}

impl Policy {
    /// For everything that a configuration names. Permissions on what it does not name are left out: a workload without tables needs none on
    /// tables.
    #[must_use]
    pub fn of(config: &Config, operate: bool) -> Self {
        let reads = READS.iter().map(|read| Permission { action: read.action, on: on(read), purpose: watched_for(read) });
        let writes = WRITES.iter().filter(|_| operate);
        let writes = writes.flat_map(|write| write.needs.iter().map(|(action, on)| Permission { action, on: *on, purpose: write.purpose }));
        let mut statements: BTreeMap<On, Statement> = BTreeMap::new();
        let mut permissions = BTreeSet::new();
        for permission in reads.chain(writes) {
            let on = permission.on;
            let resources = resources::named(config, on);
            if !resources.is_empty() {
                let empty = || Statement { id: format!("On{on:?}"), actions: BTreeSet::new(), resources };
                statements.entry(on).or_insert_with(empty).actions.insert(permission.action);
                permissions.insert(permission);
            }
        }
        Self { statements: statements.into_values().collect(), permissions: permissions.into_iter().collect() }
    }
}

/// On what a read is wanted. Most lists of AWS's cannot be narrowed.
fn on(read: &Read) -> On {
    match (read.service, read.operation) {
        ("DynamoDB", _) => On::Tables,
        ("ECR", _) => On::Repositories,
        ("EventBridge", _) => On::Rules,
        ("KMS", _) => On::Keys,
        ("Lambda", _) => On::Functions,
        ("Route 53", "GetHostedZone" | "ListResourceRecordSets") => On::Zones,
        ("Route 53", "GetHealthCheck" | "GetHealthCheckStatus") => On::HealthChecks,
        ("S3", _) => On::Buckets,
        ("Secrets Manager", _) => On::Secrets,
        ("SFN", "DescribeStateMachine" | "ListExecutions") => On::Machines,
        ("SNS", _) => On::Topics,
        _ => On::Everything,
    }
}

const fn watched_for(read: &Read) -> &'static str {
    match read.service.as_bytes() {
        b"ACM" => "whether the standby has a certificate for the record's name",
        b"Application Auto Scaling" => "the bounds that scaling keeps to",
        b"CloudWatch" => "metrics and alarms",
        b"DynamoDB" => "state of recovery, test results, cost figures",
        b"ECR" => "whether the target region has the image that runs",
        b"ECS" => "services, tasks, deployments and their events",
        b"Elastic Load Balancing v2" => "which targets are healthy, and why not",
        b"EventBridge" => "which rules may act on their own",
        b"KMS" => "whether the keys can be used",
        b"Lambda" => "which functions may act on their own",
        b"RDS" => "databases, replicas, and what can be restored",
        b"Route 53" => "where the record leads, and what the checkers say",
        b"S3" => "versioning, replication and expiry of the buckets",
        b"Secrets Manager" => "whether the secret is there and replicated; never its value",
        b"SFN" => "which workflows run",
        b"SNS" => "who would be told",
        _ => "whose credentials these are",
    }
}

#[cfg(test)]
mod tests;
