/// One operation that only an armed console may ask for. What is neither here nor among the reads is refused before it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// As the SDK names the service.
    pub service: &'static str,
    pub operation: &'static str,
    /// What a policy must allow for it, and on what: S3 and Lambda name their actions unlike their operations, and some take more than one.
    pub needs: &'static [(&'static str, On)],
    /// What a failover wants it for.
    pub purpose: &'static str,
}

/// On what a permission is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// AWS knows no narrower way.
    Everything,
    Services,
    ScalableTargets,
    /// The workload's database instances, those that a run makes of them, and what they are made with.
    Databases,
    /// Only what a run has made itself.
    Copies,
    Secrets,
    Keys,
    Buckets,
    Objects,
    Zones,
    HealthChecks,
    Rules,
    Functions,
    Machines,
    Executions,
    Topics,
    Tables,
    Repositories,
}

/// Everything that can change anything, and the few looks that only a change needs: the wall of the armed clients and the policy for operating
/// both follow from it.
pub const WRITES: &[Write] = &[
    write(
        "Application Auto Scaling",
        "RegisterScalableTarget",
        &[("application-autoscaling:RegisterScalableTarget", On::ScalableTargets)],
        "minimum before desired; hold and release scaling",
    ),
    write("DynamoDB", "PutItem", &[("dynamodb:PutItem", On::Tables)], "record the state of recovery"),
    write("ECS", "UpdateService", &[("ecs:UpdateService", On::Services)], "start, stop and restart tasks"),
    write("EventBridge", "DisableRule", &[("events:DisableRule", On::Rules)], "hold what else may act"),
    write("EventBridge", "EnableRule", &[("events:EnableRule", On::Rules)], "let it act again"),
    write("Lambda", "DeleteFunctionConcurrency", &[("lambda:DeleteFunctionConcurrency", On::Functions)], "let a function act again"),
    write("Lambda", "Invoke", &[("lambda:InvokeFunction", On::Functions)], "start a function that a runbook names"),
    write("Lambda", "PutFunctionConcurrency", &[("lambda:PutFunctionConcurrency", On::Functions)], "hold a function that may act"),
    write("RDS", "CreateDBClusterSnapshot", &[("rds:CreateDBClusterSnapshot", On::Databases)], "keep the only copy of lost writes"),
    write("RDS", "CreateDBInstanceReadReplica", &[("rds:CreateDBInstanceReadReplica", On::Databases)], "a new replica, for the way back"),
    write("RDS", "CreateDBSnapshot", &[("rds:CreateDBSnapshot", On::Databases)], "keep the only copy of lost writes"),
    write("RDS", "DeleteDBInstance", &[("rds:DeleteDBInstance", On::Copies)], "clear away a rehearsal's own copy"),
    write(
        "RDS",
        "FailoverGlobalCluster",
        &[("rds:FailoverGlobalCluster", On::Databases)],
        "make the standby's cluster the writer, with loss",
    ),
    write("RDS", "ModifyDBInstance", &[("rds:ModifyDBInstance", On::Databases)], "backups and a second zone for what was promoted"),
    write("RDS", "PromoteReadReplica", &[("rds:PromoteReadReplica", On::Databases)], "make the replica the database"),
    write(
        "RDS",
        "RestoreDBInstanceFromDBSnapshot",
        &[("rds:RestoreDBInstanceFromDBSnapshot", On::Databases)],
        "a database from a snapshot",
    ),
    write(
        "RDS",
        "RestoreDBInstanceToPointInTime",
        &[("rds:RestoreDBInstanceToPointInTime", On::Databases)],
        "a database as it was at an instant",
    ),
    write(
        "RDS",
        "SwitchoverGlobalCluster",
        &[("rds:SwitchoverGlobalCluster", On::Databases)],
        "make the standby's cluster the writer, without loss",
    ),
    write(
        "Route 53",
        "ChangeResourceRecordSets",
        &[("route53:ChangeResourceRecordSets", On::Zones)],
        "send users to the target, and keep them there",
    ),
    write("Route 53", "UpdateHealthCheck", &[("route53:UpdateHealthCheck", On::HealthChecks)], "turn a health check upside down"),
    write(
        "S3",
        "CopyObject",
        &[("s3:GetObject", On::Objects), ("s3:GetObjectVersion", On::Objects), ("s3:PutObject", On::Objects)],
        "put back what was overwritten",
    ),
    write("S3", "DeleteObjects", &[("s3:DeleteObjectVersion", On::Objects)], "remove delete markers"),
    write(
        "S3",
        "HeadObject",
        &[("s3:GetObject", On::Objects), ("s3:GetObjectVersion", On::Objects)],
        "compare before anything is put back",
    ),
    write("S3", "ListObjectVersions", &[("s3:ListBucketVersions", On::Buckets)], "find what was deleted and overwritten"),
    write(
        "S3",
        "PutBucketLifecycleConfiguration",
        &[("s3:PutLifecycleConfiguration", On::Buckets)],
        "suspend expiry while objects are put back",
    ),
    write("S3", "PutBucketReplication", &[("s3:PutReplicationConfiguration", On::Buckets)], "turn replication round, or hold it"),
    write("S3", "RestoreObject", &[("s3:RestoreObject", On::Objects)], "fetch archived versions"),
    write(
        "Secrets Manager",
        "GetSecretValue",
        &[("secretsmanager:GetSecretValue", On::Secrets), ("kms:Decrypt", On::Keys)],
        "merge host and port into the secret; its value is never shown or kept",
    ),
    write(
        "Secrets Manager",
        "PutSecretValue",
        &[("secretsmanager:PutSecretValue", On::Secrets), ("kms:GenerateDataKey", On::Keys)],
        "point the secret at the new database",
    ),
    write(
        "Secrets Manager",
        "StopReplicationToReplica",
        &[("secretsmanager:StopReplicationToReplica", On::Secrets)],
        "make a replicated secret one of its own",
    ),
    write("SFN", "StartExecution", &[("states:StartExecution", On::Machines)], "start the workload's own workflow"),
    write("SFN", "StopExecution", &[("states:StopExecution", On::Executions)], "stop a workflow that races with a run"),
    write("SNS", "Publish", &[("sns:Publish", On::Topics)], "tell people"),
];

const fn write(service: &'static str, operation: &'static str, needs: &'static [(&'static str, On)], purpose: &'static str) -> Write {
    Write { service, operation, needs, purpose }
}

impl Write {
    /// The entry for an operation, if an armed console may ask for it.
    #[must_use]
    pub fn of(service: &str, operation: &str) -> Option<&'static Self> {
        WRITES.iter().find(|write| write.service == service && write.operation == operation)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::Read;

    #[test]
    fn every_operation_is_listed_once_and_is_no_read() {
        let names: BTreeSet<_> = WRITES.iter().map(|write| (write.service, write.operation)).collect();
        assert_eq!(names.len(), WRITES.len());
        for write in WRITES {
            assert_eq!(Read::of(write.service, write.operation), None, "{write:?}");
            assert!(!write.needs.is_empty() && write.needs.iter().all(|(action, _)| action.contains(':')), "{write:?}");
        }
        assert_eq!(Write::of("RDS", "DeleteDBCluster"), None);
        assert_eq!(Write::of("S3", "PromoteReadReplica"), None);
    }
}
