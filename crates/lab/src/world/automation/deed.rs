//! The single things automation does, each one or a few API calls. A deed looks before it acts and says in its result whether it changed anything.

use std::net::Ipv4Addr;

use drlab_core::domain::{Region, Timestamp};

use super::plan::{DatabasePlan, Probe, Recovery, Site, TablePlan};
use super::{database, notes, record, services};
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
    EnableBackups,
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
    pub(super) fn anything_changed(&self) -> bool {
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
            Self::EnableBackups => database::enable_backups(scene),
            Self::Promote => database::promote(scene),
            Self::RestoreSnapshot => database::restore(scene),
            Self::CreateReplica => database::create_replica(scene),
            Self::UpdateSecret => database::update_secret(scene),
            Self::RaiseBounds => services::raise_bounds(scene),
            Self::ScaleTarget => services::scale(scene, &plan.target, |service| service.tasks),
            Self::InspectTarget => services::inspect_services(scene, &plan.target),
            Self::QuiesceSource => services::quiesce(scene),
            Self::InspectSource => services::inspect_quiet(scene),
            Self::SettleSource => services::settle(scene),
            Self::RememberServices => services::remember(scene),
            Self::RestoreServices => services::restore_services(scene),
            Self::FlipRecord => record::flip(scene),
            Self::InspectChange => record::inspect_change(scene),
            Self::RecordState => notes::record_state(scene),
            Self::RecordTest => notes::record_test(scene),
            Self::NotifyDone => notes::notify_done(scene),
            Self::NotifyFailed => notes::notify_failed(scene),
        }
    }

    /// The service and action behind it, as a task's history names them.
    pub(crate) fn action(self) -> (&'static str, &'static str) {
        match self {
            Self::ProbeSource | Self::ProbeTarget | Self::ProbeWrite => ("http", "invoke"),
            Self::InspectDatabase | Self::InspectReplica | Self::InspectWriter => ("aws-sdk:rds", "describeDBInstances"),
            Self::EnableBackups => ("aws-sdk:rds", "modifyDBInstance"),
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
            Self::EnableBackups => doc! { "DBInstanceIdentifier.$": "$.InspectWriter.id" },
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
    match application::look(world, address, &probe.path) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_named_after_its_service() {
        assert_eq!(failed("rds", ApiError::new("DBInstanceNotFound", 404, "no")).error, "Rds.DBInstanceNotFound");
    }
}
