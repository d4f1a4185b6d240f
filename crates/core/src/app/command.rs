//! What one would type to see the same: so that nobody is stuck if the console dies, and everybody can check what it says.

use crate::config::Endpoints;
use crate::domain::fact::Table;
pub use crate::domain::quote;
use crate::domain::{MetricQuery, Question, Region, Subject, Timestamp, Topic};

/// Whose shell it is typed into.
#[derive(Clone, Copy, Debug)]
pub struct Shell<'c> {
    pub endpoints: &'c Endpoints,
    pub profile: Option<&'c str>,
    pub now: Timestamp,
}

/// The command that asks the same. `None`: the console asks nobody for it.
#[must_use]
pub fn command(question: &Question, shell: Shell<'_>) -> Option<String> {
    let aws = |words: Vec<&str>| Some(aws(&question.region, shell, &words));
    let route53 = |words: Vec<&str>| Some(route53(shell, &words));
    match &question.topic {
        Topic::Identity => aws(vec!["sts", "get-caller-identity"]),
        Topic::Instances(names) => aws(one_of("rds describe-db-instances", "--db-instance-identifier", names)),
        Topic::Clusters(names) => aws(one_of("rds describe-db-clusters", "--db-cluster-identifier", names)),
        Topic::GlobalClusters(names) => aws(one_of("rds describe-global-clusters", "--global-cluster-identifier", names)),
        Topic::RestorePoints(names) => aws(one_of("rds describe-db-snapshots", "--db-instance-identifier", names)),
        Topic::Services { cluster, services } => aws(list(&["ecs", "describe-services", "--cluster", cluster, "--services"], services)),
        Topic::Tasks { cluster, service } => aws(vec!["ecs", "list-tasks", "--cluster", cluster, "--service-name", service]),
        Topic::Bounds(names) => {
            let ids: Vec<_> = names.iter().map(|name| format!("service/{name}")).collect();
            let start = ["application-autoscaling", "describe-scalable-targets", "--service-namespace", "ecs", "--resource-ids"];
            aws(list(&start, &ids))
        }
        Topic::TargetGroups(arns) => aws(list(&["elbv2", "describe-target-groups", "--target-group-arns"], arns)),
        Topic::Targets(arn) => aws(vec!["elbv2", "describe-target-health", "--target-group-arn", arn]),
        Topic::Certificates(_) => aws(vec!["acm", "list-certificates"]),
        Topic::Zone(zone) => route53(vec!["get-hosted-zone", "--id", zone]),
        Topic::Records { zone, names } => {
            let start = names.first().map(String::as_str).unwrap_or_default();
            route53(vec!["list-resource-record-sets", "--hosted-zone-id", zone, "--start-record-name", start])
        }
        Topic::HealthChecks(ids) => match ids.as_slice() {
            [id] => route53(vec!["get-health-check", "--health-check-id", id]),
            _ => route53(vec!["list-health-checks"]),
        },
        Topic::Checkers(id) => route53(vec!["get-health-check-status", "--health-check-id", id]),
        Topic::Metrics(queries) => metrics(&question.region, shell, queries),
        Topic::Alarms(names) => {
            aws(list(&["cloudwatch", "describe-alarms", "--alarm-types", "MetricAlarm", "CompositeAlarm", "--alarm-names"], names))
        }
        Topic::Replication(bucket) => aws(vec!["s3api", "get-bucket-replication", "--bucket", bucket]),
        Topic::Key(key) => aws(vec!["kms", "describe-key", "--key-id", key]),
        Topic::Topic(arn) => aws(vec!["sns", "list-subscriptions-by-topic", "--topic-arn", arn]),
        // Never its value.
        Topic::Secret(name) => aws(vec!["secretsmanager", "describe-secret", "--secret-id", name]),
        Topic::Machine(arn) if arn.starts_with("arn:") => {
            aws(vec!["stepfunctions", "list-executions", "--state-machine-arn", arn, "--max-items", "10"])
        }
        Topic::Machine(_) => aws(vec!["stepfunctions", "list-state-machines"]),
        Topic::Function(name) => aws(vec!["lambda", "get-function-configuration", "--function-name", name]),
        Topic::Rule(name) => aws(vec!["events", "describe-rule", "--name", name]),
        Topic::Table(name) => aws(vec!["dynamodb", "describe-table", "--table-name", name]),
        Topic::Repository(name) => aws(vec!["ecr", "describe-images", "--repository-name", name]),
        Topic::Resolve { resolver, name } => {
            let (host, port) = resolver.rsplit_once(':').unwrap_or((resolver, "53"));
            let host = host.trim_start_matches('[').trim_end_matches(']');
            Some(line(&["dig", &format!("@{host}"), "-p", port, name, "A"]))
        }
        Topic::Look(errand) => {
            let proxy = shell.endpoints.proxy.as_deref();
            let mut words = vec!["curl", "-sS", "-i", "--max-time", "10"];
            words.extend(proxy.iter().flat_map(|proxy| ["--proxy", proxy]));
            let by = errand.by.as_ref().map(|by| format!("::{by}:"));
            words.extend(by.iter().flat_map(|by| ["--connect-to", by.as_str()]));
            words.push(&errand.url);
            Some(line(&words))
        }
    }
}

/// What it takes besides: a table's items are read by a call of their own.
#[must_use]
pub(super) fn further(question: &Question, shell: Shell<'_>) -> Option<String> {
    match &question.topic {
        Topic::Table(name) => {
            let items = Table::ITEMS.to_string();
            Some(aws(&question.region, shell, &["dynamodb", "scan", "--table-name", name, "--max-items", &items]))
        }
        _ => None,
    }
}

/// The same question for one subject alone.
#[must_use]
pub(super) fn narrowed(question: Question, subject: &Subject) -> Question {
    let only = || vec![subject.name.clone()];
    let topic = match question.topic {
        Topic::Instances(_) => Topic::Instances(only()),
        Topic::Clusters(_) => Topic::Clusters(only()),
        Topic::GlobalClusters(_) => Topic::GlobalClusters(only()),
        Topic::RestorePoints(_) => Topic::RestorePoints(only()),
        Topic::Bounds(_) => Topic::Bounds(only()),
        Topic::TargetGroups(_) => Topic::TargetGroups(only()),
        Topic::HealthChecks(_) => Topic::HealthChecks(only()),
        Topic::Alarms(_) => Topic::Alarms(only()),
        Topic::Records { zone, .. } => Topic::Records { zone, names: only() },
        Topic::Services { cluster, .. } => {
            let service = subject.name.rsplit('/').next().unwrap_or(&subject.name).to_owned();
            Topic::Services { cluster, services: vec![service] }
        }
        Topic::Metrics(queries) => Topic::Metrics(queries.into_iter().filter(|query| query.subject == *subject).collect()),
        alone => alone,
    };
    Question { topic, ..question }
}

fn one_of<'n>(call: &'n str, option: &'n str, names: &'n [String]) -> Vec<&'n str> {
    let mut words: Vec<_> = call.split(' ').collect();
    // Without a name it lists them all, as the console does.
    if let [name] = names {
        words.extend([option, name]);
    }
    words
}

fn list<'n>(start: &[&'n str], names: &'n [String]) -> Vec<&'n str> {
    start.iter().copied().chain(names.iter().map(String::as_str)).collect()
}

fn metrics(region: &Region, shell: Shell<'_>, queries: &[MetricQuery]) -> Option<String> {
    let query = queries.first()?;
    let dimensions: Vec<_> = query.dimensions.iter().map(|(name, value)| format!("Name={name},Value={value}")).collect();
    let (from, to) = (shell.now - std::time::Duration::from_secs(3600), shell.now);
    let (from, to) = (from.to_string(), to.to_string());
    // Percentiles have an option of their own.
    let option = if query.statistic.starts_with('p') { "--extended-statistics" } else { "--statistics" };
    let mut words = vec!["cloudwatch", "get-metric-statistics", "--namespace", &query.namespace, "--metric-name", &query.metric];
    if !dimensions.is_empty() {
        words.push("--dimensions");
        words.extend(dimensions.iter().map(String::as_str));
    }
    words.extend([option, &query.statistic, "--period", "60", "--start-time", &from, "--end-time", &to]);
    Some(aws(region, shell, &words))
}

pub(super) fn aws(region: &Region, shell: Shell<'_>, words: &[&str]) -> String {
    let endpoint = shell.endpoints.regions.get(region).map(String::as_str);
    let mut all = vec!["aws"];
    all.extend(words);
    if !region.is_global() {
        all.extend(["--region", region.as_str()]);
    }
    finished(all, shell, endpoint)
}

/// Route 53 is nowhere in particular.
fn route53(shell: Shell<'_>, words: &[&str]) -> String {
    let mut all = vec!["aws", "route53"];
    all.extend(words);
    finished(all, shell, shell.endpoints.route53.as_deref())
}

fn finished<'w>(mut words: Vec<&'w str>, shell: Shell<'w>, endpoint: Option<&'w str>) -> String {
    words.extend(shell.profile.iter().flat_map(|profile| ["--profile", profile]));
    words.extend(endpoint.iter().flat_map(|endpoint| ["--endpoint-url", endpoint]));
    line(&words)
}

fn line(words: &[&str]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::split;
    use proptest::prelude::*;

    fn shell(endpoints: &Endpoints) -> Shell<'_> {
        Shell { endpoints, profile: Some("on call"), now: Timestamp::from_secs(1_795_172_551) }
    }

    #[test]
    fn a_command_is_whole() {
        let region = Region::new("us-west-2");
        let mut endpoints = Endpoints::default();
        let instance = Question::new(&region, Topic::Instances(vec!["tier2-db".to_owned()]));
        assert_eq!(
            command(&instance, shell(&endpoints)).unwrap(),
            "aws rds describe-db-instances --db-instance-identifier tier2-db --region us-west-2 --profile 'on call'"
        );
        endpoints.regions.insert(region.clone(), "http://127.0.0.1:4102".to_owned());
        let shell = Shell { profile: None, ..shell(&endpoints) };
        let subject = Subject::service(crate::domain::Kind::Service, &region, "c", "b");
        let services = Topic::Services { cluster: "c".to_owned(), services: vec!["a".to_owned(), "b".to_owned()] };
        assert_eq!(
            command(&narrowed(Question::new(&region, services), &subject), shell).unwrap(),
            "aws ecs describe-services --cluster c --services b --region us-west-2 --endpoint-url http://127.0.0.1:4102"
        );
        let metric = MetricQuery {
            subject: Subject::metric(&region, "tier2-db", "ReplicaLag"),
            namespace: "AWS/RDS".to_owned(),
            metric: "ReplicaLag".to_owned(),
            dimensions: vec![("DBInstanceIdentifier".to_owned(), "tier2-db".to_owned())],
            statistic: "Maximum".to_owned(),
        };
        let asked = command(&Question::new(&region, Topic::Metrics(vec![metric])), shell).unwrap();
        assert!(asked.contains("--dimensions Name=DBInstanceIdentifier,Value=tier2-db --statistics Maximum --period 60"), "{asked}");
        assert!(asked.contains("--start-time 2026-11-20T10:02:31.000Z --end-time 2026-11-20T11:02:31.000Z"), "{asked}");
        let resolve = Topic::Resolve { resolver: "[::1]:5300".to_owned(), name: "app.example.com".to_owned() };
        assert_eq!(command(&Question::global(resolve), shell).unwrap(), "dig @::1 -p 5300 app.example.com A");
    }

    proptest! {
        #[test]
        fn no_name_escapes_its_command(name in "[\\PC'; ]{1,30}") {
            let endpoints = Endpoints::default();
            let question = Question::new(&Region::new("us-west-2"), Topic::Function(name.clone()));
            let words = split(&command(&question, Shell { profile: None, ..shell(&endpoints) }).unwrap());
            prop_assert_eq!(words, ["aws", "lambda", "get-function-configuration", "--function-name", name.as_str(), "--region", "us-west-2"]);
        }
    }
}
