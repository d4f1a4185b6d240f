use super::Part;
use crate::config::Workload;
use crate::domain::Region;

impl Part {
    /// What a runbook's `on` calls it; a bucket goes by its name at the primary.
    #[must_use]
    pub fn name(self, workload: &Workload) -> Option<&str> {
        match self {
            Self::Whole => None,
            Self::Service(n) => workload.services.get(n).map(|service| service.name.as_str()),
            Self::Bucket(n) => workload.buckets.get(n).map(|bucket| bucket.sites.primary.as_str()),
            Self::Automation(n) => workload.automations.get(n).map(|automation| automation.what.name()),
            Self::Function(n) => workload.functions.get(n).map(|function| function.name.as_str()),
            Self::Table(n) => workload.tables.get(n).map(|table| table.name.as_str()),
        }
    }

    /// The one region it is in, where it does not stand at both sites.
    #[must_use]
    pub fn region(self, workload: &Workload) -> Option<&Region> {
        match self {
            Self::Whole | Self::Service(_) | Self::Bucket(_) => None,
            Self::Automation(n) => workload.automations.get(n).map(|automation| &automation.region),
            Self::Function(n) => workload.functions.get(n).map(|function| &function.region),
            Self::Table(n) => workload.tables.get(n).map(|table| &table.region),
        }
    }
}
