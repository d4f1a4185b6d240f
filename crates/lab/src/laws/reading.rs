//! Looking changes nothing: every operation that only reads is called between two strides, and what is true stays what it was.

use std::collections::BTreeSet;

use drlab_core::config::Config;
use drlab_core::domain::Region;

use super::print::{differences, truth};
use super::{START, stages};
use crate::builder::build;
use crate::doc;
use crate::document::Document;
use crate::scenarios::BuiltIn;
use crate::world::route53::{self, RecordKind, ResolverId};
use crate::world::testing::{ask, live};
use crate::world::{Access, SERVICES, World};

/// What there is to ask about in a region, found as a client finds it.
struct Finder<'w> {
    world: &'w mut World,
    region: Region,
    /// A change of records that was once made.
    change: &'w str,
    /// Every read that was answered, as `service:Operation`.
    answered: &'w mut BTreeSet<String>,
}

impl Finder<'_> {
    fn read(&mut self, service: &'static str, operation: &str, input: Document) -> Document {
        match ask(self.world, &self.region, service, operation, input) {
            Ok(reply) => {
                self.answered.insert(format!("{service}:{operation}"));
                reply.body
            }
            // A region may have none of it; that some region answers is asserted in the end.
            Err(_) => Document::Null,
        }
    }

    /// The first entry of a list, or nothing if it is empty.
    fn first(&mut self, service: &'static str, operation: &str, input: Document, list: &str) -> Document {
        let body = self.read(service, operation, input);
        body.items(list, "member").first().map_or(Document::Null, |first| (*first).clone())
    }

    fn look_at_everything(&mut self) {
        self.databases();
        self.compute();
        self.metrics();
        self.names();
        self.objects();
        self.automation();
        self.the_rest();
    }

    fn databases(&mut self) {
        let arn = text(&self.first("rds", "DescribeDBInstances", doc! {}, "DBInstances"), "DBInstanceArn");
        for operation in [
            "DescribeDBSnapshots",
            "DescribeDBInstanceAutomatedBackups",
            "DescribeEvents",
            "DescribeDBClusters",
            "DescribeDBClusterSnapshots",
            "DescribeGlobalClusters",
        ] {
            self.read("rds", operation, doc! {});
        }
        let group = text(&self.first("rds", "DescribeDBParameterGroups", doc! {}, "DBParameterGroups"), "DBParameterGroupName");
        self.read("rds", "DescribeDBParameters", doc! { "DBParameterGroupName": group });
        self.read("rds", "ListTagsForResource", doc! { "ResourceName": arn });
        let secret = text(&self.first("secretsmanager", "ListSecrets", doc! {}, "SecretList"), "Name");
        self.read("secretsmanager", "DescribeSecret", doc! { "SecretId": secret.as_str() });
        self.read("secretsmanager", "GetSecretValue", doc! { "SecretId": secret });
    }

    fn compute(&mut self) {
        let cluster = plain(&self.first("ecs", "ListClusters", doc! {}, "clusterArns"));
        let of_cluster = || doc! { "cluster": cluster.as_str() };
        let with = |member: &str, one: String| {
            let mut input = of_cluster();
            input.set(member, Document::list([one]));
            input
        };
        self.read("ecs", "DescribeClusters", doc! { "clusters": Document::list([cluster.as_str()]) });
        let service = plain(&self.first("ecs", "ListServices", of_cluster(), "serviceArns"));
        self.read("ecs", "DescribeServices", with("services", service));
        let task = plain(&self.first("ecs", "ListTasks", of_cluster(), "taskArns"));
        self.read("ecs", "DescribeTasks", with("tasks", task));
        let definition = plain(&self.first("ecs", "ListTaskDefinitions", doc! {}, "taskDefinitionArns"));
        self.read("ecs", "DescribeTaskDefinition", doc! { "taskDefinition": definition });
        for operation in ["DescribeScalableTargets", "DescribeScalingActivities", "DescribeScalingPolicies"] {
            self.read("application-autoscaling", operation, doc! { "ServiceNamespace": "ecs" });
        }
        let elb = "elasticloadbalancing";
        let balancer = text(&self.first(elb, "DescribeLoadBalancers", doc! {}, "LoadBalancers"), "LoadBalancerArn");
        self.read(elb, "DescribeLoadBalancerAttributes", doc! { "LoadBalancerArn": balancer.as_str() });
        self.read(elb, "DescribeListeners", doc! { "LoadBalancerArn": balancer });
        let group = text(&self.first(elb, "DescribeTargetGroups", doc! {}, "TargetGroups"), "TargetGroupArn");
        self.read(elb, "DescribeTargetGroupAttributes", doc! { "TargetGroupArn": group.as_str() });
        self.read(elb, "DescribeTargetHealth", doc! { "TargetGroupArn": group });
        let repository = text(&self.first("ecr", "DescribeRepositories", doc! {}, "repositories"), "repositoryName");
        let image = self.first("ecr", "DescribeImages", doc! { "repositoryName": repository.as_str() }, "imageDetails");
        let image = doc! { "imageDigest": text(&image, "imageDigest") };
        self.read("ecr", "DescribeImageReplicationStatus", doc! { "repositoryName": repository, "imageId": image });
        self.read("ecr", "DescribeRegistry", doc! {});
    }

    fn metrics(&mut self) {
        let service = "monitoring";
        let metric = self.first(service, "ListMetrics", doc! { "Namespace": "AWS/RDS" }, "Metrics");
        let (from, until) = (self.world.now() - std::time::Duration::from_secs(600), self.world.now());
        let mut asked = metric.clone();
        for (name, value) in [("StartTime", Document::Time(from)), ("EndTime", Document::Time(until)), ("Period", 60.into())] {
            asked.set(name, value);
        }
        asked.set("Statistics", Document::list(["Average"]));
        self.read(service, "GetMetricStatistics", asked);
        let stat = doc! { "Metric": metric.clone(), "Period": 60, "Stat": "Maximum" };
        let queries = Document::list([doc! { "Id": "m", "MetricStat": stat }]);
        self.read(service, "GetMetricData", doc! { "MetricDataQueries": queries, "StartTime": from, "EndTime": until });
        self.read(service, "DescribeAlarms", doc! {});
        self.read(service, "DescribeAlarmsForMetric", metric);
        self.read(service, "DescribeAlarmHistory", doc! {});
    }

    fn names(&mut self) {
        let service = "route53";
        let zone = text(&self.first(service, "ListHostedZones", doc! {}, "HostedZones"), "Id");
        self.read(service, "ListHostedZonesByName", doc! {});
        self.read(service, "GetHostedZone", doc! { "Id": zone.as_str() });
        let records = self.read(service, "ListResourceRecordSets", doc! { "HostedZoneId": zone.as_str() });
        let record = records.items("ResourceRecordSets", "ResourceRecordSet").last().map_or(String::new(), |last| text(last, "Name"));
        self.read(service, "TestDNSAnswer", doc! { "HostedZoneId": zone.as_str(), "RecordName": record.as_str(), "RecordType": "A" });
        self.read(service, "GetChange", doc! { "Id": self.change });
        let check = text(&self.first(service, "ListHealthChecks", doc! {}, "HealthChecks"), "Id");
        for operation in ["GetHealthCheck", "GetHealthCheckStatus", "GetHealthCheckLastFailureReason"] {
            self.read(service, operation, doc! { "HealthCheckId": check.as_str() });
        }
        self.read(service, "ListTagsForResource", doc! { "ResourceType": "healthcheck", "ResourceId": check });
        for resolver in [ResolverId::A, ResolverId::B] {
            route53::resolve(self.world, resolver, &record, RecordKind::A);
        }
    }

    fn objects(&mut self) {
        let buckets = self.read("s3", "ListBuckets", doc! { "BucketRegion": self.region.as_str() });
        let Some(bucket) = buckets.items("Buckets", "Bucket").first().map(|bucket| text(bucket, "Name")) else { return };
        for operation in [
            "HeadBucket",
            "GetBucketLocation",
            "GetBucketVersioning",
            "GetBucketReplication",
            "GetBucketLifecycleConfiguration",
            "ListObjectVersions",
        ] {
            self.read("s3", operation, doc! { "Bucket": bucket.as_str() });
        }
        let object = self.first("s3", "ListObjectsV2", doc! { "Bucket": bucket.as_str(), "MaxKeys": 5 }, "Contents");
        // The oldest are archived, and reading those is refused; the newest keys come last.
        let key = text(&object, "Key");
        let young = key.replace("archive/", "");
        self.read("s3", "HeadObject", doc! { "Bucket": bucket.as_str(), "Key": young.as_str() });
        self.read("s3", "GetObject", doc! { "Bucket": bucket, "Key": young });
    }

    fn automation(&mut self) {
        let function = text(&self.first("lambda", "ListFunctions", doc! {}, "Functions"), "FunctionName");
        for operation in ["GetFunction", "GetFunctionConfiguration", "GetFunctionConcurrency"] {
            self.read("lambda", operation, doc! { "FunctionName": function.as_str() });
        }
        let rule = text(&self.first("events", "ListRules", doc! {}, "Rules"), "Name");
        self.read("events", "DescribeRule", doc! { "Name": rule.as_str() });
        self.read("events", "ListTargetsByRule", doc! { "Rule": rule });
        self.read("events", "ListEventBuses", doc! {});
        let machine = text(&self.first("states", "ListStateMachines", doc! {}, "stateMachines"), "stateMachineArn");
        self.read("states", "DescribeStateMachine", doc! { "stateMachineArn": machine.as_str() });
        let execution = self.first("states", "ListExecutions", doc! { "stateMachineArn": machine }, "executions");
        for operation in ["DescribeExecution", "GetExecutionHistory"] {
            self.read("states", operation, doc! { "executionArn": text(&execution, "executionArn") });
        }
        let table = plain(&self.first("dynamodb", "ListTables", doc! {}, "TableNames"));
        let shape = self.read("dynamodb", "DescribeTable", doc! { "TableName": table.as_str() });
        let mut key = doc! {};
        let schema = shape.get("Table").map(|table| table.items("KeySchema", "member")).unwrap_or_default();
        let schema: Vec<String> = schema.into_iter().map(|part| text(part, "AttributeName")).collect();
        for name in &schema {
            key.set(name, doc! { "S": "2026-09-21" });
        }
        self.read("dynamodb", "GetItem", doc! { "TableName": table.as_str(), "Key": key.clone() });
        let mut wanted = doc! {};
        wanted.set(&table, doc! { "Keys": Document::list([key]) });
        self.read("dynamodb", "BatchGetItem", doc! { "RequestItems": wanted });
        let query = doc! {
            "TableName": table.as_str(),
            "KeyConditionExpression": "#k = :k",
            "ExpressionAttributeNames": doc! { "#k": schema.first().cloned() },
            "ExpressionAttributeValues": doc! { ":k": doc! { "S": "2026-09-21" } },
        };
        self.read("dynamodb", "Query", query);
        self.read("dynamodb", "Scan", doc! { "TableName": table });
        let api = text(&self.first("apigateway", "GetRestApis", doc! {}, "item"), "id");
        self.read("apigateway", "GetStages", doc! { "restApiId": api.as_str() });
        self.read("apigateway", "GetResources", doc! { "restApiId": api });
    }

    fn the_rest(&mut self) {
        self.read("sts", "GetCallerIdentity", doc! {});
        let topic = text(&self.first("sns", "ListTopics", doc! {}, "Topics"), "TopicArn");
        self.read("sns", "GetTopicAttributes", doc! { "TopicArn": topic.as_str() });
        self.read("sns", "ListSubscriptionsByTopic", doc! { "TopicArn": topic });
        self.read("sns", "ListSubscriptions", doc! {});
        let certificate = text(&self.first("acm", "ListCertificates", doc! {}, "CertificateSummaryList"), "CertificateArn");
        self.read("acm", "DescribeCertificate", doc! { "CertificateArn": certificate });
        self.read("kms", "ListAliases", doc! {});
        let key = text(&self.first("kms", "ListKeys", doc! {}, "Keys"), "KeyId");
        self.read("kms", "DescribeKey", doc! { "KeyId": key });
    }
}

fn text(document: &Document, member: &str) -> String {
    document.get(member).and_then(Document::as_text).unwrap_or_default().to_owned()
}

fn plain(document: &Document) -> String {
    document.as_text().unwrap_or_default().to_owned()
}

/// Something is under way: automation, a change of records, an alarm or two.
fn troubled(config: &Config) -> (World, String) {
    let mut world = build(config, START).unwrap();
    BuiltIn::named("automation-races").unwrap().script().unwrap().cast(config, None).unwrap().write_into(&mut world);
    let Some(dns) = &config.workloads[0].dns else { return (world, String::new()) };
    let note = doc! { "Name": format!("note.{}", dns.record), "Type": "TXT", "TTL": 60, "ResourceRecords": Document::list([doc! { "Value": "\"x\"" }]) };
    let batch = doc! { "Changes": Document::list([doc! { "Action": "UPSERT", "ResourceRecordSet": note }]) };
    let input = doc! { "HostedZoneId": &dns.zone, "ChangeBatch": batch };
    let made = ask(&mut world, &Region::new("us-east-1"), "route53", "ChangeResourceRecordSets", input).unwrap().body;
    let change = text(made.get("ChangeInfo").unwrap(), "Id");
    (world, change)
}

#[test]
fn no_read_changes_what_is_true() {
    let mut answered = BTreeSet::new();
    for (name, config) in stages() {
        let ((mut calm, _), (mut watched, change)) = (troubled(&config), troubled(&config));
        while watched.now() < calm.now() + std::time::Duration::from_secs(600) {
            live(&mut watched, 41);
            for region in watched.regions() {
                Finder { world: &mut watched, region, change: &change, answered: &mut answered }.look_at_everything();
            }
        }
        calm.advance(watched.now());
        assert_eq!(differences(&truth(&calm), &truth(&watched)), [""; 0], "{name}");
    }
    let reads = SERVICES.iter().flat_map(|service| service.operations.iter().map(move |operation| (service, operation)));
    let reads = reads.filter(|(_, operation)| operation.access == Access::Read);
    let silent: Vec<_> =
        reads.map(|(service, operation)| format!("{}:{}", service.name, operation.name)).filter(|read| !answered.contains(read)).collect();
    assert_eq!(silent, [""; 0], "every read was really answered somewhere");
}
