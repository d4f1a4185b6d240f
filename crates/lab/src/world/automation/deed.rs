//! The single things automation does, each one or a few API calls. A deed looks before it acts and says in its result whether it changed anything.

use std::net::Ipv4Addr;

use drlab_core::domain::{Region, Timestamp};

use super::plan::{DatabasePlan, Lead, Probe, RecordPlan, Recovery, ServicePlan, Site, TablePlan};
use super::{database, json};
use crate::doc;
use crate::document::Document;
use crate::world::{ApiError, Door, Link, World, application, elb};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    ProbeSource,
    ProbeTarget,
    ProbeWrite,
    InspectDatabase,
    InspectReplica,
    InspectWriter,
    Promote,
    RestoreSnapshot,
    CreateReplica,
    UpdateSecret,
    RaiseBounds,
    ScaleTarget,
    InspectTarget,
    QuiesceSource,
    InspectSource,
    SettleSource,
    RememberServices,
    RestoreServices,
    FlipRecord,
    InspectChange,
    RecordState,
    RecordTest,
    NotifyDone,
    NotifyFailed,
}

/// Why a deed did not succeed, in the words of Step Functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub error: String,
    pub cause: String,
}

impl Failure {
    pub(crate) fn new(error: &str, cause: impl Into<String>) -> Self {
        Self { error: error.to_owned(), cause: cause.into() }
    }
}

pub(super) type Outcome = Result<Document, Failure>;

/// Where and for what a deed is done.
pub(super) struct Scene<'s> {
    pub world: &'s mut World,
    pub home: &'s Region,
    pub plan: &'s Recovery,
    /// What the states before have found, by their names.
    pub data: &'s Document,
    pub started: Timestamp,
}

impl Scene<'_> {
    /// One API call, if the API can be reached from here at all.
    pub(super) fn ask(&mut self, region: &Region, service: &'static str, operation: &str, input: Document) -> Result<Document, ApiError> {
        let door = if service == "route53" { Door::Route53 } else { Door::Region(region.clone()) };
        match self.world.link(&door) {
            Link::Up(_) => self.world.act(self.home, region, service, operation, input).map(|reply| reply.body),
            _ => Err(ApiError::new("RequestTimeout", 504, format!("{service} in {region} does not answer"))),
        }
    }

    /// The same, with errors named as a state machine sees them: `Rds.DBInstanceNotFound`.
    pub(super) fn call(&mut self, region: &Region, service: &'static str, operation: &str, input: Document) -> Outcome {
        self.ask(region, service, operation, input).map_err(|error| failed(service, error))
    }

    pub(super) fn database(&self) -> Result<&DatabasePlan, Failure> {
        self.plan.database.as_ref().ok_or_else(|| Failure::new("Plan.Incomplete", "the plan names no database"))
    }

    /// What an earlier state found.
    pub(super) fn found(&self, state: &str, member: &str) -> Option<&Document> {
        self.data.get(state)?.get(member)
    }

    /// Whether any state so far has changed anything.
    fn anything_changed(&self) -> bool {
        match self.data {
            Document::Map(members) => members.iter().any(|(_, found)| found.get("changed").and_then(Document::as_bool) == Some(true)),
            _ => false,
        }
    }
}

pub(super) fn failed(service: &str, error: ApiError) -> Failure {
    let mut letters = service.chars();
    let service: String = letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
    Failure { error: format!("{service}.{}", error.code), cause: error.message }
}

pub(super) fn changed(yes: bool) -> Document {
    doc! { "changed": yes }
}

impl Deed {
    pub(crate) fn perform(self, world: &mut World, home: &Region, plan: &Recovery, data: &Document, started: Timestamp) -> Outcome {
        let mut scene = Scene { world, home, plan, data, started };
        let scene = &mut scene;
        match self {
            Self::ProbeSource => probe_site(scene, &plan.source.probe),
            Self::ProbeTarget => probe_site(scene, &plan.target.probe),
            Self::ProbeWrite => {
                let path = plan.write_path.clone().unwrap_or_else(|| plan.target.probe.path.clone());
                probe_site(scene, &Probe { host: plan.target.probe.host.clone(), path })
            }
            Self::InspectDatabase => database::inspect(scene),
            Self::InspectReplica => database::inspect_replica(scene),
            Self::InspectWriter => database::inspect_writer(scene),
            Self::Promote => database::promote(scene),
            Self::RestoreSnapshot => database::restore(scene),
            Self::CreateReplica => database::create_replica(scene),
            Self::UpdateSecret => database::update_secret(scene),
            Self::RaiseBounds => raise_bounds(scene),
            Self::ScaleTarget => scale(scene, &plan.target, |service| service.tasks),
            Self::InspectTarget => inspect_services(scene, &plan.target),
            Self::QuiesceSource => quiesce(scene),
            Self::InspectSource => inspect_quiet(scene),
            Self::SettleSource => settle(scene),
            Self::RememberServices => remember(scene),
            Self::RestoreServices => restore_services(scene),
            Self::FlipRecord => flip(scene),
            Self::InspectChange => inspect_change(scene),
            Self::RecordState => record_state(scene),
            Self::RecordTest => record_test(scene),
            Self::NotifyDone => notify_done(scene),
            Self::NotifyFailed => notify_failed(scene),
        }
    }

    /// The service and action behind it, as a task's history names them.
    pub(crate) fn action(self) -> (&'static str, &'static str) {
        match self {
            Self::ProbeSource | Self::ProbeTarget | Self::ProbeWrite => ("http", "invoke"),
            Self::InspectDatabase | Self::InspectReplica | Self::InspectWriter => ("aws-sdk:rds", "describeDBInstances"),
            Self::Promote => ("aws-sdk:rds", "promoteReadReplica"),
            Self::RestoreSnapshot => ("aws-sdk:rds", "restoreDBInstanceFromDBSnapshot"),
            Self::CreateReplica => ("aws-sdk:rds", "createDBInstanceReadReplica"),
            Self::UpdateSecret => ("aws-sdk:secretsmanager", "putSecretValue"),
            Self::RaiseBounds => ("aws-sdk:applicationautoscaling", "registerScalableTarget"),
            Self::ScaleTarget | Self::QuiesceSource | Self::SettleSource | Self::RestoreServices => ("aws-sdk:ecs", "updateService"),
            Self::InspectTarget | Self::InspectSource | Self::RememberServices => ("aws-sdk:ecs", "describeServices"),
            Self::FlipRecord => ("aws-sdk:route53", "changeResourceRecordSets"),
            Self::InspectChange => ("aws-sdk:route53", "getChange"),
            Self::RecordState | Self::RecordTest => ("dynamodb", "putItem"),
            Self::NotifyDone | Self::NotifyFailed => ("sns", "publish"),
        }
    }

    pub(crate) fn resource(self) -> String {
        let (service, action) = self.action();
        format!("arn:aws:states:::{service}:{action}")
    }

    /// What the task is about, for its definition and its history.
    pub(crate) fn parameters(self, plan: &Recovery) -> Document {
        let endpoint = |probe: &Probe, path: &str| doc! { "ApiEndpoint": format!("http://{}{path}", probe.host), "Method": "GET" };
        let services = |site: &Site| {
            Document::list(
                site.services
                    .iter()
                    .map(|service| doc! { "Cluster": &service.cluster, "Service": &service.service, "DesiredCount": service.tasks }),
            )
        };
        let database = plan.database.as_ref();
        let table = |table: &Option<TablePlan>| table.as_ref().map(|table| table.name.clone());
        match self {
            Self::ProbeSource => endpoint(&plan.source.probe, &plan.source.probe.path),
            Self::ProbeTarget => endpoint(&plan.target.probe, &plan.target.probe.path),
            Self::ProbeWrite => endpoint(&plan.target.probe, plan.write_path.as_deref().unwrap_or(&plan.target.probe.path)),
            Self::InspectDatabase | Self::InspectReplica | Self::Promote => {
                doc! { "DBInstanceIdentifier": database.map(|d| &d.replica).cloned() }
            }
            Self::InspectWriter => doc! { "DBInstanceIdentifier": database.and_then(|d| d.writers.first().cloned()) },
            Self::RestoreSnapshot => doc! { "DBInstanceIdentifier": database.map(|d| d.restored.clone()) },
            Self::CreateReplica => doc! {
                "DBInstanceIdentifier": database.map(|d| d.replica.clone()),
                "SourceRegion": plan.source.region.as_str(),
            },
            Self::UpdateSecret => doc! { "SecretId": plan.secret.clone() },
            Self::RaiseBounds | Self::ScaleTarget | Self::InspectTarget | Self::RememberServices | Self::RestoreServices => {
                doc! { "Services": services(&plan.target) }
            }
            Self::QuiesceSource | Self::InspectSource | Self::SettleSource => doc! { "Services": services(&plan.source) },
            Self::FlipRecord => doc! { "HostedZoneId": plan.record.as_ref().map(|record| record.zone.clone()) },
            Self::InspectChange => doc! { "Id.$": "$.FlipRecord.change" },
            Self::RecordState => doc! { "TableName": table(&plan.state) },
            Self::RecordTest => doc! { "TableName": table(&plan.results) },
            Self::NotifyDone | Self::NotifyFailed => doc! { "TopicArn": plan.topic.clone() },
        }
    }
}

/// Asks a site over HTTP, as anybody outside would.
pub(crate) fn probe(world: &World, probe: &Probe) -> Result<u16, String> {
    let address: Option<Ipv4Addr> = match probe.host.parse() {
        Ok(address) => Some(address),
        Err(_) => elb::addresses_of(world, &probe.host).and_then(|(_, addresses)| addresses.first().copied()),
    };
    let Some(address) = address else { return Err(format!("{} cannot be resolved", probe.host)) };
    match application::fetch(world, address, &probe.path) {
        application::Sight::Answered { status, .. } if (200..400).contains(&status) => Ok(status),
        application::Sight::Answered { status, .. } => Err(format!("{}{} answered {status}", probe.host, probe.path)),
        application::Sight::Silence => Err(format!("{}{} did not answer within 5 seconds", probe.host, probe.path)),
        application::Sight::Refused => Err(format!("{} refused the connection", probe.host)),
    }
}

fn probe_site(scene: &mut Scene<'_>, asked: &Probe) -> Outcome {
    let status = probe(scene.world, asked).map_err(|cause| Failure::new("SiteUnhealthy", cause))?;
    Ok(doc! { "healthy": true, "status": u32::from(status) })
}

fn raise_bounds(scene: &mut Scene<'_>) -> Outcome {
    let target = &scene.plan.target;
    for service in &target.services {
        let Some((least, most)) = service.bounds else { continue };
        // The minimum before the count: otherwise the next scaling action undoes it.
        let input = doc! {
            "ServiceNamespace": "ecs",
            "ResourceId": format!("service/{}/{}", service.cluster, service.service),
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": least,
            "MaxCapacity": most,
        };
        scene.call(&target.region, "application-autoscaling", "RegisterScalableTarget", input)?;
    }
    Ok(doc! { "services": target.services.len() })
}

/// The service as ECS describes it now.
fn described(scene: &mut Scene<'_>, region: &Region, service: &ServicePlan) -> Outcome {
    let input = doc! { "cluster": &service.cluster, "services": Document::list([service.service.as_str()]) };
    let answer = scene.call(region, "ecs", "DescribeServices", input)?;
    let found = answer.items("services", "member").first().map(|found| (*found).clone());
    found.ok_or_else(|| {
        Failure::new("Ecs.ServiceNotFoundException", format!("there is no service {} in {}", service.service, service.cluster))
    })
}

fn count(document: &Document, member: &str) -> i64 {
    document.get(member).and_then(Document::as_int).unwrap_or(0)
}

fn update_service(scene: &mut Scene<'_>, region: &Region, service: &ServicePlan, tasks: i64, renew: bool) -> Outcome {
    let input = doc! {
        "cluster": &service.cluster,
        "service": &service.service,
        "desiredCount": tasks,
        "forceNewDeployment": renew.then_some(true),
    };
    scene.call(region, "ecs", "UpdateService", input)
}

/// Brings every service of a site to its number, and renews its tasks where the secret they read at their start has changed.
fn scale(scene: &mut Scene<'_>, site: &Site, tasks: fn(&ServicePlan) -> u32) -> Outcome {
    let renew = scene.found("UpdateSecret", "changed").and_then(Document::as_bool) == Some(true);
    let mut changes = false;
    for service in &site.services {
        let wanted = i64::from(tasks(service));
        let now = count(&described(scene, &site.region, service)?, "desiredCount");
        // More than is wanted is left alone: autoscaling had its reasons.
        if now < wanted || renew {
            update_service(scene, &site.region, service, now.max(wanted), renew)?;
            changes = true;
        }
    }
    Ok(changed(changes))
}

fn inspect_services(scene: &mut Scene<'_>, site: &Site) -> Outcome {
    let (mut ready, mut running) = (true, 0);
    for service in &site.services {
        let found = described(scene, &site.region, service)?;
        running += count(&found, "runningCount");
        let settled = found.items("deployments", "member").len() <= 1;
        ready &= settled && count(&found, "runningCount") >= i64::from(service.tasks);
    }
    Ok(doc! { "ready": ready, "running": running })
}

/// Lets the source's services go down to nothing, bounds first, so that nobody writes there any more.
fn quiesce(scene: &mut Scene<'_>) -> Outcome {
    let site = &scene.plan.source;
    let mut changes = false;
    for service in &site.services {
        if service.bounds.is_some() {
            bound(scene, site, service, 0)?;
        }
        if count(&described(scene, &site.region, service)?, "desiredCount") > 0 {
            update_service(scene, &site.region, service, 0, false)?;
            changes = true;
        }
    }
    Ok(changed(changes))
}

fn bound(scene: &mut Scene<'_>, site: &Site, service: &ServicePlan, least: u32) -> Outcome {
    let input = doc! {
        "ServiceNamespace": "ecs",
        "ResourceId": format!("service/{}/{}", service.cluster, service.service),
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": least,
        "MaxCapacity": service.bounds.map(|(_, most)| most),
    };
    scene.call(&site.region, "application-autoscaling", "RegisterScalableTarget", input)
}

fn inspect_quiet(scene: &mut Scene<'_>) -> Outcome {
    let site = &scene.plan.source;
    let mut running = 0;
    for service in &site.services {
        running += count(&described(scene, &site.region, service)?, "runningCount");
    }
    Ok(doc! { "quiet": running == 0, "running": running })
}

/// Brings what was the source to the size it keeps as a standby.
fn settle(scene: &mut Scene<'_>) -> Outcome {
    let site = &scene.plan.source;
    for service in &site.services {
        if let Some((least, _)) = service.bounds {
            bound(scene, site, service, least)?;
        }
        update_service(scene, &site.region, service, i64::from(service.tasks), false)?;
    }
    Ok(changed(true))
}

fn remember(scene: &mut Scene<'_>) -> Outcome {
    let site = &scene.plan.target;
    let mut counts = Vec::new();
    for service in &site.services {
        counts.push(count(&described(scene, &site.region, service)?, "desiredCount"));
    }
    Ok(doc! { "counts": Document::list(counts), "since": scene.started })
}

/// Undoes what a test scaled.
fn restore_services(scene: &mut Scene<'_>) -> Outcome {
    let site = &scene.plan.target;
    let counts: Vec<i64> = match scene.found("RememberServices", "counts") {
        Some(Document::List { items, .. }) => items.iter().filter_map(Document::as_int).collect(),
        _ => Vec::new(),
    };
    for (service, tasks) in site.services.iter().zip(counts) {
        if count(&described(scene, &site.region, service)?, "desiredCount") != tasks {
            update_service(scene, &site.region, service, tasks, false)?;
        }
    }
    Ok(changed(false))
}

fn leads(lead: &Lead) -> Document {
    match lead {
        Lead::Alias { zone, name, evaluate } => {
            doc! { "AliasTarget": doc! { "HostedZoneId": zone, "DNSName": name, "EvaluateTargetHealth": *evaluate } }
        }
        Lead::Values { ttl, values } => doc! {
            "TTL": *ttl,
            "ResourceRecords": Document::list_of("ResourceRecord", values.iter().map(|value| doc! { "Value": value })),
        },
    }
}

/// Names as Route 53 keeps them end in a dot, and letters have no case.
fn same_name(left: &str, right: &str) -> bool {
    left.trim_end_matches('.').eq_ignore_ascii_case(right.trim_end_matches('.'))
}

/// Whether a record set leads there already.
fn leads_there(set: &Document, lead: &Lead) -> bool {
    match lead {
        Lead::Alias { name, .. } => {
            let to = set.get("AliasTarget").and_then(|alias| alias.get("DNSName")).and_then(Document::as_text);
            to.is_some_and(|to| same_name(to, name))
        }
        Lead::Values { values, .. } => {
            let mut found: Vec<_> =
                set.items("ResourceRecords", "ResourceRecord").into_iter().filter_map(|record| record.get("Value")?.as_text()).collect();
            let mut wanted: Vec<_> = values.iter().map(String::as_str).collect();
            found.sort_unstable();
            wanted.sort_unstable();
            found == wanted
        }
    }
}

fn flip(scene: &mut Scene<'_>) -> Outcome {
    let plan = scene.plan;
    let Some(record) = &plan.record else { return Err(Failure::new("Plan.Incomplete", "the plan names no record")) };
    // Route 53's control plane is one, in us-east-1.
    let at = Region::new("us-east-1");
    let input = doc! { "HostedZoneId": &record.zone, "StartRecordName": &record.name, "StartRecordType": &record.kind, "MaxItems": "100" };
    let listed = scene.call(&at, "route53", "ListResourceRecordSets", input)?;
    let changes = changes(record, &listed);
    if changes.is_empty() {
        return Ok(changed(false));
    }
    let input = doc! {
        "HostedZoneId": &record.zone,
        "ChangeBatch": doc! { "Comment": format!("{}: turned to {}", plan.workload, plan.target.region), "Changes": Document::list_of("Change", changes) },
    };
    let answer = scene.call(&at, "route53", "ChangeResourceRecordSets", input)?;
    let change = answer.get("ChangeInfo").and_then(|info| info.get("Id")).cloned();
    Ok(doc! { "changed": true, "change": change })
}

/// The record sets that do not yet lead where they should, as they are to be.
fn changes(record: &RecordPlan, listed: &Document) -> Vec<Document> {
    let mut changes = Vec::new();
    for set in listed.items("ResourceRecordSets", "ResourceRecordSet") {
        let text = |member| set.get(member).and_then(Document::as_text).unwrap_or("");
        if !same_name(text("Name"), &record.name) || text("Type") != record.kind {
            continue;
        }
        let Some((_, lead)) = record.leads.iter().find(|(id, _)| id == text("SetIdentifier")) else { continue };
        if leads_there(set, lead) {
            continue;
        }
        let Document::Map(members) = set else { continue };
        let kept = members.iter().filter(|(member, _)| !matches!(member.as_str(), "AliasTarget" | "TTL" | "ResourceRecords"));
        let Document::Map(new) = leads(lead) else { continue };
        changes.push(doc! { "Action": "UPSERT", "ResourceRecordSet": Document::Map(kept.cloned().chain(new).collect()) });
    }
    changes
}

fn inspect_change(scene: &mut Scene<'_>) -> Outcome {
    let Some(id) = scene.found("FlipRecord", "change").and_then(Document::as_text).map(str::to_owned) else {
        return Ok(doc! { "status": "INSYNC" });
    };
    let answer = scene.call(&Region::new("us-east-1"), "route53", "GetChange", doc! { "Id": id })?;
    Ok(doc! { "status": answer.get("ChangeInfo").and_then(|info| info.get("Status")).cloned() })
}

fn text(value: impl Into<String>) -> Document {
    doc! { "S": value.into() }
}

/// An item with the table's own key.
fn keyed(table: &TablePlan, workload: &str, at: Timestamp) -> Document {
    let mut item = doc! {};
    item.set(&table.hash, text(workload));
    if let Some(range) = &table.range {
        item.set(range, text(at.to_string()));
    }
    item
}

fn put(scene: &mut Scene<'_>, table: &TablePlan, item: Document) -> Outcome {
    scene.call(&table.region, "dynamodb", "PutItem", doc! { "TableName": &table.name, "Item": item })
}

fn record_state(scene: &mut Scene<'_>) -> Outcome {
    let plan = scene.plan;
    let Some(table) = &plan.state else { return Ok(changed(false)) };
    let now = scene.world.now();
    let mut item = keyed(table, &plan.workload, now);
    item.set("active_region", text(plan.target.region.as_str()));
    item.set("previous_region", text(plan.source.region.as_str()));
    item.set("updated_at", text(now.to_string()));
    put(scene, table, item)?;
    Ok(changed(false))
}

fn record_test(scene: &mut Scene<'_>) -> Outcome {
    let plan = scene.plan;
    let Some(table) = &plan.results else { return Ok(changed(false)) };
    let now = scene.world.now();
    let passed = scene.found("CheckTarget", "healthy").and_then(Document::as_bool) == Some(true);
    let mut item = keyed(table, &plan.workload, now);
    item.set("kind", text("standby-scale-up"));
    item.set("target_region", text(plan.target.region.as_str()));
    item.set("result", text(if passed { "passed" } else { "failed" }));
    item.set("duration_seconds", doc! { "N": now.since(scene.started).as_secs().to_string() });
    if let Some(cause) = scene.found("Failure", "Cause").and_then(Document::as_text) {
        item.set("cause", text(cause));
    }
    put(scene, table, item)?;
    Ok(doc! { "passed": passed })
}

fn publish(scene: &mut Scene<'_>, subject: &str, message: &Document) -> Outcome {
    let Some(topic) = scene.plan.topic.clone() else { return Ok(changed(false)) };
    let region = region_in(&topic).unwrap_or_else(|| scene.home.clone());
    // SNS refuses longer subjects.
    let subject: String = subject.chars().take(100).collect();
    let input = doc! { "TopicArn": topic, "Subject": subject, "Message": json::text(message) };
    let answer = scene.call(&region, "sns", "Publish", input)?;
    Ok(doc! { "MessageId": answer.get("MessageId").cloned() })
}

/// The region an ARN names.
pub(crate) fn region_in(arn: &str) -> Option<Region> {
    arn.split(':').nth(3).filter(|region| !region.is_empty()).map(Region::new)
}

/// Says that it is done; what was found already done needs no word.
fn notify_done(scene: &mut Scene<'_>) -> Outcome {
    if !scene.anything_changed() {
        return Ok(doc! { "published": false });
    }
    let plan = scene.plan;
    let message = doc! {
        "workload": &plan.workload,
        "result": "succeeded",
        "source": plan.source.region.as_str(),
        "target": plan.target.region.as_str(),
        "seconds": scene.world.now().since(scene.started).as_secs(),
    };
    publish(scene, &format!("{}: {} is ready", plan.workload, plan.target.region), &message)
}

fn notify_failed(scene: &mut Scene<'_>) -> Outcome {
    let plan = scene.plan;
    let message = doc! {
        "workload": &plan.workload,
        "result": "failed",
        "source": plan.source.region.as_str(),
        "target": plan.target.region.as_str(),
        "error": scene.found("Failure", "Error").cloned(),
        "cause": scene.found("Failure", "Cause").cloned(),
    };
    publish(scene, &format!("{}: automation failed", plan.workload), &message)
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::plan;
    use super::*;

    #[test]
    fn only_what_leads_elsewhere_is_changed() {
        let set = |id: &str, to: &str| {
            doc! {
                "Name": "APP.example.com.", "Type": "A", "SetIdentifier": id, "Failover": "PRIMARY", "TTL": 60, "HealthCheckId": "hc-1",
                "ResourceRecords": Document::list_of("ResourceRecord", [doc! { "Value": to }]),
            }
        };
        let record = plan().record.unwrap();
        let other = doc! { "Name": "other.example.com.", "Type": "A", "SetIdentifier": "primary" };
        let listed = |to| doc! { "ResourceRecordSets": Document::list_of("ResourceRecordSet", [set("primary", to), set("secondary", to), other.clone()]) };
        assert_eq!(changes(&record, &listed("203.0.113.1")), vec![]);
        let turned = changes(&record, &listed("198.51.100.1"));
        assert_eq!(turned.len(), 1);
        let set = turned[0].get("ResourceRecordSet").unwrap();
        assert_eq!(set.get("HealthCheckId"), Some(&"hc-1".into()));
        assert!(leads_there(set, &record.leads[0].1));
    }

    #[test]
    fn an_error_is_named_after_its_service() {
        assert_eq!(failed("rds", ApiError::new("DBInstanceNotFound", 404, "no")).error, "Rds.DBInstanceNotFound");
        assert_eq!(region_in("arn:aws:sns:us-west-2:123456789012:dr"), Some(Region::new("us-west-2")));
        assert_eq!(region_in("dr"), None);
    }
}
