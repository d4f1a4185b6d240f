//! From roles to names: a scenario cast with one workload.

use drlab_core::config::{Config, DatabaseKind, FunctionBehaviour, LabFunction, LabMachine, LabWorkload, MachineBehaviour, Workload};
use drlab_core::domain::Region;

use super::script::{Condition, Entry, Script, Spot, What};
use super::{Action, Deed, Injection, Scenario, Step};
use crate::document::Document;

/// Why a scenario cannot happen to a workload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CastError {
    #[error("there is no workload “{0}”; there are {1}")]
    NoSuchWorkload(String, String),
    #[error("scenario {scenario} needs {missing}, and workload {workload} has none")]
    Missing { scenario: String, workload: String, missing: &'static str },
    #[error("nothing in scenario {scenario} can happen to workload {workload}")]
    Nothing { scenario: String, workload: String },
}

macro_rules! roles {
    ($($role:ident = $word:literal, $says:literal);* $(;)?) => {
        /// A name that stands for something of the workload's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Role { $($role),* }

        impl Role {
            pub(super) const ALL: &'static [Self] = &[$(Self::$role),*];

            pub(super) const fn word(self) -> &'static str {
                match self { $(Self::$role => $word),* }
            }

            pub(super) fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$role),)* _ => None }
            }

            const fn says(self) -> &'static str {
                match self { $(Self::$role => $says),* }
            }
        }
    };
}

roles! {
    Workload = "workload", "a name";
    Account = "account", "an account";
    Region = "region", "a region";
    DatabasePrimary = "database.primary", "a database";
    DatabaseStandby = "database.standby", "a database";
    GlobalCluster = "database.global_cluster", "a global cluster";
    StandbyClusterArn = "database.standby.arn", "a database";
    BucketPrimary = "bucket.primary", "a bucket";
    BucketStandby = "bucket.standby", "a bucket";
    Zone = "dns.zone", "a DNS record";
    Record = "dns.record", "a DNS record";
    FailoverMachineArn = "machine.failover", "a failover machine";
    DrFunction = "function.dr-automation", "a function that fails over";
}

impl Role {
    /// The names in braces in a text; braces around anything else are the text's own, such as JSON's.
    pub(super) fn named_in(text: &str) -> impl Iterator<Item = &str> {
        let names = text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name));
        names.filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || "._-".contains(c)))
    }
}

impl Script {
    /// What it means for one workload; without a name, for the first.
    pub fn cast(&self, config: &Config, workload: Option<&str>) -> Result<Scenario, CastError> {
        let found = match workload {
            Some(name) => config.workload(name),
            None => config.workloads.first(),
        };
        let stage = found.and_then(|found| config.lab.workloads.get(&found.name).map(|lab| Stage { script: self, workload: found, lab }));
        let Some(stage) = stage else {
            let known: Vec<_> = config.workloads.iter().map(|workload| workload.name.as_str()).collect();
            return Err(CastError::NoSuchWorkload(workload.unwrap_or_default().chars().take(60).collect(), known.join(", ")));
        };
        let steps: Vec<_> =
            self.entries.iter().filter(|entry| stage.fits(entry)).map(|entry| stage.step(entry)).collect::<Result<_, _>>()?;
        if steps.is_empty() {
            return Err(CastError::Nothing { scenario: self.name.clone(), workload: stage.workload.name.clone() });
        }
        let (name, title, what, expect) = (self.name.clone(), self.title.clone(), self.what.clone(), self.expect.clone());
        Ok(Scenario { name, title, what, expect, steps })
    }
}

struct Stage<'s> {
    script: &'s Script,
    workload: &'s Workload,
    lab: &'s LabWorkload,
}

impl Stage<'_> {
    fn fits(&self, entry: &Entry) -> bool {
        let kind = self.workload.database.as_ref().map(|database| database.kind);
        entry.when.iter().all(|condition| match condition {
            Condition::RdsReplica => kind == Some(DatabaseKind::RdsReplica),
            Condition::AuroraGlobal => kind == Some(DatabaseKind::AuroraGlobal),
            Condition::FailoverMachine => self.machine().is_some(),
            Condition::DrFunction => self.function().is_some(),
            Condition::NoAutomation => self.machine().is_none() && self.function().is_none(),
            Condition::Bucket => !self.workload.buckets.is_empty(),
        })
    }

    fn machine(&self) -> Option<&LabMachine> {
        self.lab.machines.iter().find(|machine| machine.behaviour == MachineBehaviour::Failover)
    }

    fn function(&self) -> Option<&LabFunction> {
        self.lab.functions.iter().find(|function| function.behaviour == FunctionBehaviour::DrAutomation)
    }

    fn step(&self, entry: &Entry) -> Result<Step, CastError> {
        let what = match &entry.what {
            What::Break { fault, site, component, level, lasting } => {
                let region = site.as_ref().map(|site| self.region(site)).transpose()?;
                let component = component.as_ref().map(|text| self.filled(text, region.as_ref())).transpose()?;
                Action::Break(Injection { fault: *fault, region, component, level: *level, lasting: *lasting })
            }
            What::Act { site, service, operation, input } => {
                let region = self.region(site)?;
                let input = self.document(input, &region)?;
                Action::Act(Deed { region, service, operation: operation.clone(), input })
            }
        };
        Ok(Step { at: entry.at, what })
    }

    fn region(&self, spot: &Spot) -> Result<Region, CastError> {
        let (place, what) = match spot {
            Spot::Region(region) => return Ok(region.clone()),
            Spot::Place(place) => (Some(*place), "a control region"),
            Spot::FailoverMachine => (self.machine().map(|machine| machine.site), Role::FailoverMachineArn.says()),
            Spot::DrFunction => (self.function().map(|function| function.site), Role::DrFunction.says()),
        };
        place.and_then(|place| self.workload.region_of(place)).cloned().ok_or_else(|| self.missing(what))
    }

    fn missing(&self, missing: &'static str) -> CastError {
        CastError::Missing { scenario: self.script.name.clone(), workload: self.workload.name.clone(), missing }
    }

    fn document(&self, template: &Document, region: &Region) -> Result<Document, CastError> {
        Ok(match template {
            Document::Text(text) => Document::Text(self.filled(text, Some(region))?),
            Document::List { item, flat, items } => {
                let items = items.iter().map(|entry| self.document(entry, region)).collect::<Result<_, _>>()?;
                Document::List { item, flat: *flat, items }
            }
            Document::Map(members) => {
                let members = members.iter().map(|(name, value)| Ok((name.clone(), self.document(value, region)?)));
                Document::Map(members.collect::<Result<_, CastError>>()?)
            }
            other => other.clone(),
        })
    }

    fn filled(&self, text: &str, region: Option<&Region>) -> Result<String, CastError> {
        let mut filled = text.to_owned();
        for name in Role::named_in(text) {
            // Unknown names were refused when the file was read.
            let Some(role) = Role::from_word(name) else { continue };
            let value = self.value(role, region).ok_or_else(|| self.missing(role.says()))?;
            filled = filled.replace(&format!("{{{name}}}"), &value);
        }
        Ok(filled)
    }

    fn value(&self, role: Role, region: Option<&Region>) -> Option<String> {
        let workload = self.workload;
        let database = workload.database.as_ref();
        let bucket = workload.buckets.first().map(|bucket| &bucket.sites);
        let dns = workload.dns.as_ref();
        let arn = |service: &str, region: &Region, resource: String| format!("arn:aws:{service}:{region}:{}:{resource}", workload.account);
        match role {
            Role::Workload => Some(workload.name.clone()),
            Role::Account => Some(workload.account.clone()),
            Role::Region => region.map(ToString::to_string),
            Role::DatabasePrimary => database.map(|database| database.sites.primary.clone()),
            Role::DatabaseStandby => database.map(|database| database.sites.standby.clone()),
            Role::GlobalCluster => database.and_then(|database| database.global_cluster.clone()),
            Role::StandbyClusterArn => database.map(|database| {
                let kind = if database.kind == DatabaseKind::AuroraGlobal { "cluster" } else { "db" };
                arn("rds", &workload.standby, format!("{kind}:{}", database.sites.standby))
            }),
            Role::BucketPrimary => bucket.map(|bucket| bucket.primary.clone()),
            Role::BucketStandby => bucket.map(|bucket| bucket.standby.clone()),
            Role::Zone => dns.map(|dns| dns.zone.clone()),
            Role::Record => dns.map(|dns| dns.record.clone()),
            Role::FailoverMachineArn => {
                let machine = self.machine()?;
                Some(arn("states", workload.region_of(machine.site)?, format!("stateMachine:{}", machine.name)))
            }
            Role::DrFunction => self.function().map(|function| function.name.clone()),
        }
    }
}
