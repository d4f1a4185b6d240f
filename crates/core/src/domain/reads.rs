/// One operation that the watch may ask for. Everything else is refused before it is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Read {
    /// As the SDK names the service: `RDS`, `SFN`, `Route 53`.
    pub service: &'static str,
    pub operation: &'static str,
    /// What a policy must allow for it. S3 names its actions unlike its operations.
    pub action: &'static str,
    /// What a call costs at list price in us-east-1, without any free tier. `GetMetricData` is priced by metric instead: `DOLLARS_PER_METRIC`.
    pub dollars: f64,
}

/// What `GetMetricData` costs for each metric asked for.
pub const DOLLARS_PER_METRIC: f64 = 0.01 / 1_000.0;

const FREE: f64 = 0.0;
const KMS: f64 = 0.03 / 10_000.0;
const S3: f64 = 0.0004 / 1_000.0;
const SECRETS: f64 = 0.05 / 10_000.0;
const SNS: f64 = 0.5 / 1_000_000.0;
/// Twenty small items are a handful of request units; this is eight.
const SCAN: f64 = 8.0 * 0.125 / 1_000_000.0;

macro_rules! reads {
    ($($service:literal $operation:literal $action:literal $dollars:ident,)*) => {
        &[$(Read { service: $service, operation: $operation, action: $action, dollars: $dollars },)*]
    };
}

/// The read allowlist: the wall of the watch clients, the policy that is printed and the price of watching all follow from it.
/// `GetSecretValue` is not on it, and nothing on it changes anything.
pub const READS: &[Read] = reads! {
    "ACM" "ListCertificates" "acm:ListCertificates" FREE,
    "ACM" "DescribeCertificate" "acm:DescribeCertificate" FREE,
    "Application Auto Scaling" "DescribeScalableTargets" "application-autoscaling:DescribeScalableTargets" FREE,
    "CloudWatch" "GetMetricData" "cloudwatch:GetMetricData" FREE,
    "CloudWatch" "DescribeAlarms" "cloudwatch:DescribeAlarms" FREE,
    "DynamoDB" "DescribeTable" "dynamodb:DescribeTable" FREE,
    "DynamoDB" "Scan" "dynamodb:Scan" SCAN,
    "ECR" "DescribeImages" "ecr:DescribeImages" FREE,
    "ECS" "DescribeServices" "ecs:DescribeServices" FREE,
    "ECS" "ListTasks" "ecs:ListTasks" FREE,
    "ECS" "DescribeTasks" "ecs:DescribeTasks" FREE,
    "Elastic Load Balancing v2" "DescribeTargetGroups" "elasticloadbalancing:DescribeTargetGroups" FREE,
    "Elastic Load Balancing v2" "DescribeTargetHealth" "elasticloadbalancing:DescribeTargetHealth" FREE,
    "EventBridge" "DescribeRule" "events:DescribeRule" FREE,
    "EventBridge" "ListTargetsByRule" "events:ListTargetsByRule" FREE,
    "KMS" "DescribeKey" "kms:DescribeKey" KMS,
    "Lambda" "GetFunctionConfiguration" "lambda:GetFunctionConfiguration" FREE,
    "Lambda" "GetFunctionConcurrency" "lambda:GetFunctionConcurrency" FREE,
    "RDS" "DescribeDBInstances" "rds:DescribeDBInstances" FREE,
    "RDS" "DescribeDBClusters" "rds:DescribeDBClusters" FREE,
    "RDS" "DescribeGlobalClusters" "rds:DescribeGlobalClusters" FREE,
    "RDS" "DescribeDBSnapshots" "rds:DescribeDBSnapshots" FREE,
    "RDS" "DescribeDBClusterSnapshots" "rds:DescribeDBClusterSnapshots" FREE,
    "RDS" "DescribeDBInstanceAutomatedBackups" "rds:DescribeDBInstanceAutomatedBackups" FREE,
    "Route 53" "GetHostedZone" "route53:GetHostedZone" FREE,
    "Route 53" "ListResourceRecordSets" "route53:ListResourceRecordSets" FREE,
    "Route 53" "ListHealthChecks" "route53:ListHealthChecks" FREE,
    "Route 53" "GetHealthCheck" "route53:GetHealthCheck" FREE,
    "Route 53" "GetHealthCheckStatus" "route53:GetHealthCheckStatus" FREE,
    "S3" "GetBucketLifecycleConfiguration" "s3:GetLifecycleConfiguration" S3,
    "S3" "GetBucketReplication" "s3:GetReplicationConfiguration" S3,
    "S3" "GetBucketVersioning" "s3:GetBucketVersioning" S3,
    "Secrets Manager" "DescribeSecret" "secretsmanager:DescribeSecret" SECRETS,
    "SFN" "ListStateMachines" "states:ListStateMachines" FREE,
    "SFN" "DescribeStateMachine" "states:DescribeStateMachine" FREE,
    "SFN" "ListExecutions" "states:ListExecutions" FREE,
    "SNS" "ListSubscriptionsByTopic" "sns:ListSubscriptionsByTopic" SNS,
    "STS" "GetCallerIdentity" "sts:GetCallerIdentity" FREE,
};

impl Read {
    /// The entry for an operation, if the watch may ask for it.
    #[must_use]
    pub fn of(service: &str, operation: &str) -> Option<&'static Self> {
        READS.iter().find(|read| read.service == service && read.operation == operation)
    }

    /// The entry for an operation, where the service is not known: no two on the list share a name.
    #[must_use]
    pub fn named(operation: &str) -> Option<&'static Self> {
        READS.iter().find(|read| read.operation == operation)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nothing_on_the_list_sounds_like_a_change_or_reads_a_secret() {
        for read in READS {
            assert!(["Describe", "Get", "List", "Scan"].iter().any(|verb| read.operation.starts_with(verb)), "{read:?}");
            assert!(read.action.contains(':') && read.dollars >= 0.0, "{read:?}");
        }
        assert_eq!(Read::of("Secrets Manager", "GetSecretValue"), None);
        assert_eq!(Read::of("RDS", "PromoteReadReplica"), None);
        assert_eq!(Read::of("S3", "DescribeDBInstances"), None);
    }

    #[test]
    fn an_operation_is_found_by_its_name_alone() {
        let names: BTreeSet<_> = READS.iter().map(|read| read.operation).collect();
        assert_eq!(names.len(), READS.len());
        assert_eq!(Read::named("GetBucketReplication").map(|read| read.action), Some("s3:GetReplicationConfiguration"));
    }
}
