use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::dns::Dns;
use super::lab::Lab;
use super::sites::{Place, Site, Sites};
use super::words::words;
use crate::domain::{Region, format_duration};

/// A whole drlab.toml, resolved: nothing is missing that has a default, and nothing in it is impossible.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub endpoints: Endpoints,
    pub timeouts: Timeouts,
    pub workloads: Vec<Workload>,
    pub lab: Lab,
}

/// Where to find AWS, when it is not where the SDK looks by itself. `lab serve --config-out` writes this.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Endpoints {
    /// A URL per region.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub regions: BTreeMap<Region, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route53: Option<String>,
    /// The HTTP proxy through which the workload's own addresses are reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
}

/// How long AWS is waited for, in world time. What comes later is no answer: a shorter wait calls a slow region dark, a longer one learns
/// later of a dark one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Timeouts {
    /// Until there is a connection.
    #[serde(serialize_with = "as_text")]
    pub connect: Duration,
    /// Until there is an answer, the connection included.
    #[serde(serialize_with = "as_text")]
    pub attempt: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(1), attempt: Duration::from_secs(3) }
    }
}

/// What fails over as one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Workload {
    pub name: String,
    /// Twelve digits. Arming is refused if the credentials belong to another account.
    pub account: String,
    pub primary: Region,
    pub standby: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<Region>,
    pub objectives: Objectives,
    /// How many failures in a row make a source of evidence count as failing.
    pub unhealthy_after: u32,
    pub rto_from: RtoFrom,
    #[serde(rename = "service", skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<Database>,
    #[serde(rename = "bucket", skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<Bucket>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<Dns>,
    #[serde(skip_serializing_if = "Notify::is_empty")]
    pub notify: Notify,
    /// What else may act on its own; it is held during a run.
    #[serde(rename = "automation", skip_serializing_if = "Vec::is_empty")]
    pub automations: Vec<Automation>,
    #[serde(rename = "function", skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<Named>,
    #[serde(rename = "alarm", skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<Named>,
    /// KMS keys, by id, ARN or alias.
    #[serde(rename = "key", skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Sites<String>>,
    /// DynamoDB tables.
    #[serde(rename = "table", skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Named>,
    /// Where the workload writes its logs.
    #[serde(rename = "log_group", skip_serializing_if = "Vec::is_empty")]
    pub log_groups: Vec<Named>,
    /// ECR repositories, of the same name in both regions.
    #[serde(rename = "repository", skip_serializing_if = "Vec::is_empty")]
    pub repositories: Vec<Repository>,
    #[serde(skip_serializing_if = "Workflow::is_empty")]
    pub workflow: Workflow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Objectives {
    #[serde(serialize_with = "as_text")]
    pub rto: Duration,
    #[serde(serialize_with = "as_text")]
    pub rpo: Duration,
}

words! {
    /// When the recovery clock starts.
    RtoFrom {
        /// At the first failed observation.
        Outage = "outage",
        /// When somebody says so.
        Declared = "declared",
    }
}

/// An ECS service at both sites.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    pub name: String,
    /// Application Auto Scaling sets the count, within the bounds of each site.
    pub autoscaled: bool,
    #[serde(flatten)]
    pub sites: Sites<SiteService>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SiteService {
    pub cluster: String,
    pub service: String,
    /// What runs when nothing is wrong.
    pub tasks: u32,
    /// What must run once this site carries the load; never less than `tasks`.
    pub failover_tasks: u32,
    /// There exactly when the service is autoscaled.
    #[serde(flatten)]
    pub bounds: Option<Bounds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_group: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bounds {
    pub min: u32,
    pub max: u32,
}

words! {
    /// How a database gets from one region to the other.
    DatabaseKind {
        /// An RDS instance and its cross-region read replica.
        RdsReplica = "rds-replica",
        /// Two clusters of an Aurora Global Database.
        AuroraGlobal = "aurora-global",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Database {
    pub kind: DatabaseKind,
    /// Instance identifiers, or cluster identifiers for Aurora.
    #[serde(flatten)]
    pub sites: Sites<String>,
    /// There exactly when the kind is Aurora.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global_cluster: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// What a new replica at a site is made with, after a failover has used up the old one.
    #[serde(skip_serializing_if = "no_site")]
    pub rebuild: Sites<Option<Rebuild>>,
    /// What the file names, where a run that is over has put another one in its place: nobody has written that down there yet.
    #[serde(skip)]
    pub replaced: Sites<Option<String>>,
}

impl Database {
    /// Another one is at a site from now on.
    pub fn replace(&mut self, site: Site, by: &str) {
        let before = std::mem::replace(self.sites.get_mut(site), by.to_owned());
        let replaced = self.replaced.get_mut(site);
        *replaced = Some(replaced.take().unwrap_or(before)).filter(|written| written != by);
    }
}

/// Where the application learns the database's endpoint and password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Secret {
    /// A secret of this name in each region, independent of each other.
    Same(String),
    /// A secret of its own at each site; `replicated` ones are read-only at the standby until promoted.
    PerSite {
        #[serde(flatten)]
        sites: Sites<String>,
        replicated: bool,
    },
}

impl Secret {
    /// The name or ARN by which the secret is asked for at a site.
    #[must_use]
    pub fn at(&self, site: Site) -> &str {
        match self {
            Self::Same(name) => name,
            Self::PerSite { sites, .. } => sites.get(site),
        }
    }

    #[must_use]
    pub const fn is_replicated(&self) -> bool {
        matches!(self, Self::PerSite { replicated: true, .. })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rebuild {
    pub class: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter_group: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
}

/// A bucket and its replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bucket {
    #[serde(flatten)]
    pub sites: Sites<String>,
    /// The replication rule's id, by which its metrics are found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Without metrics, replication is proven object by object.
    pub metrics: bool,
}

/// Whom to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Notify {
    /// An SNS topic at each site: the one in a lost region is of no use.
    #[serde(skip_serializing_if = "no_site")]
    pub topic: Sites<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
}

/// Something in AWS that may fail over by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Automation {
    pub region: Region,
    #[serde(flatten)]
    pub what: Actor,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// An EventBridge rule.
    Rule(String),
    Function(String),
    StateMachine(String),
}

impl Actor {
    #[must_use]
    pub fn name(&self) -> &str {
        let (Self::Rule(name) | Self::Function(name) | Self::StateMachine(name)) = self;
        name
    }
}

/// A thing that is found by its name in one region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Named {
    pub name: String,
    pub region: Region,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Repository {
    pub name: String,
}

/// Step Functions machines that do what the console does, by ARN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Workflow {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failback: Option<String>,
}

impl Config {
    #[must_use]
    pub fn workload(&self, name: &str) -> Option<&Workload> {
        self.workloads.iter().find(|workload| workload.name == name)
    }

    /// Every region that anything in the file is in, in alphabetical order.
    #[must_use]
    pub fn regions(&self) -> Vec<Region> {
        let mut regions: Vec<_> = self
            .workloads
            .iter()
            .flat_map(|workload| {
                let automations = workload.automations.iter().map(|found| found.region.clone());
                workload
                    .regions()
                    .cloned()
                    .chain(automations)
                    .chain(workload.alarms.iter().map(|found| found.region.clone()))
                    .collect::<Vec<_>>()
            })
            .collect();
        regions.sort();
        regions.dedup();
        regions
    }
}

impl Workload {
    /// Primary, standby, and control where there is one.
    pub fn regions(&self) -> impl Iterator<Item = &Region> {
        [&self.primary, &self.standby].into_iter().chain(&self.control)
    }

    #[must_use]
    pub const fn sites(&self) -> Sites<&Region> {
        Sites { primary: &self.primary, standby: &self.standby }
    }

    /// Something that an answer takes does not run at the standby as long as all is well: whoever asks there is refused, as it should be.
    #[must_use]
    pub fn is_pilot_light(&self) -> bool {
        self.services.iter().any(|service| service.sites.standby.tasks == 0)
    }

    #[must_use]
    pub const fn region(&self, site: Site) -> &Region {
        match site {
            Site::Primary => &self.primary,
            Site::Standby => &self.standby,
        }
    }

    /// `None` only for the control region of a workload that has none.
    #[must_use]
    pub const fn region_of(&self, place: Place) -> Option<&Region> {
        match place {
            Place::Primary => Some(&self.primary),
            Place::Standby => Some(&self.standby),
            Place::Control => self.control.as_ref(),
        }
    }

    /// The reverse of `region_of`.
    #[must_use]
    pub fn place_of(&self, region: &Region) -> Option<Place> {
        Place::ALL.iter().copied().find(|place| self.region_of(*place) == Some(region))
    }

    #[must_use]
    pub fn site_in(&self, region: &Region) -> Option<Site> {
        self.sites().iter().find(|(_, at)| **at == region).map(|(site, _)| site)
    }
}

impl Endpoints {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.regions.is_empty() && self.route53.is_none() && self.proxy.is_none()
    }
}

impl Notify {
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        no_site(&self.topic) && self.webhook.is_none()
    }
}

impl Workflow {
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.failover.is_none() && self.failback.is_none()
    }
}

/// Serde hands over references.
pub(super) const fn no_site<T>(sites: &Sites<Option<T>>) -> bool {
    sites.primary.is_none() && sites.standby.is_none()
}

pub(super) fn as_text<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&format_duration(*duration))
}
