//! What the parts of a workload are called as subjects of observation. Whoever asks and whoever concludes use these, so that they cannot miss
//! each other.

use super::dns::Dns;
use super::model::{Actor, Automation, Bucket, Database, DatabaseKind, Service, Workload};
use super::sites::Site;
use crate::domain::{Kind, Measure, Region, Subject};

impl Workload {
    /// The instance or cluster at a site.
    #[must_use]
    pub fn database_subject(&self, database: &Database, site: Site) -> Subject {
        let kind = match database.kind {
            DatabaseKind::RdsReplica => Kind::Instance,
            DatabaseKind::AuroraGlobal => Kind::Cluster,
        };
        Subject::new(kind, self.region(site), database.sites.get(site))
    }

    /// The global cluster as a site's region tells it: either may be dark.
    #[must_use]
    pub fn global_cluster_subject(&self, database: &Database, site: Site) -> Option<Subject> {
        database.global_cluster.as_ref().map(|id| Subject::new(Kind::GlobalCluster, self.region(site), id))
    }

    /// What there is at `site` to restore the database of `of` from.
    #[must_use]
    pub fn restore_subject(&self, database: &Database, of: Site, site: Site) -> Subject {
        Subject::new(Kind::RestorePoint, self.region(site), database.sites.get(of))
    }

    #[must_use]
    pub fn database_metric(&self, database: &Database, site: Site, measure: Measure) -> Subject {
        Subject::metric(self.region(site), database.sites.get(site), measure.metric())
    }

    #[must_use]
    pub fn secret_subject(&self, database: &Database, site: Site) -> Option<Subject> {
        database.secret.as_ref().map(|secret| Subject::new(Kind::Secret, self.region(site), secret.at(site)))
    }

    /// The service itself, its tasks, or its bounds.
    #[must_use]
    pub fn service_subject(&self, kind: Kind, service: &Service, site: Site) -> Subject {
        let at = service.sites.get(site);
        Subject::service(kind, self.region(site), &at.cluster, &at.service)
    }

    #[must_use]
    pub fn service_metric(&self, service: &Service, site: Site, measure: Measure) -> Subject {
        let at = service.sites.get(site);
        Subject::metric(self.region(site), &[at.cluster.as_str(), "/", &at.service].concat(), measure.metric())
    }

    /// The target group (`Kind::TargetGroup`) or its targets' health (`Kind::Targets`).
    #[must_use]
    pub fn target_subject(&self, kind: Kind, service: &Service, site: Site) -> Option<Subject> {
        service.sites.get(site).target_group.as_ref().map(|arn| Subject::new(kind, self.region(site), arn))
    }

    /// A metric of the load balancer in front of a service.
    #[must_use]
    pub fn edge_metric(&self, service: &Service, site: Site, measure: Measure) -> Option<Subject> {
        service.sites.get(site).target_group.as_ref().map(|arn| Subject::metric(self.region(site), arn, measure.metric()))
    }

    /// The bucket at a site, with its rules.
    #[must_use]
    pub fn bucket_subject(&self, bucket: &Bucket, site: Site) -> Subject {
        Subject::new(Kind::Replication, self.region(site), bucket.sites.get(site))
    }

    /// A metric of replication from `from`'s bucket. S3 publishes failures where objects come from, everything else where they go.
    #[must_use]
    pub fn bucket_metric(&self, bucket: &Bucket, from: Site, measure: Measure) -> Subject {
        let published = if measure == Measure::OperationsFailed { from } else { from.other() };
        Subject::metric(self.region(published), bucket.sites.get(from), measure.metric())
    }

    #[must_use]
    pub fn record_subject(&self, dns: &Dns) -> Subject {
        Subject::global(Kind::Record, &dns.record)
    }

    /// The health check of a site's record (`Kind::HealthCheck`) or what its checkers report (`Kind::Checkers`).
    #[must_use]
    pub fn health_check_subject(&self, kind: Kind, dns: &Dns, site: Site) -> Option<Subject> {
        dns.sites.get(site).health_check.as_ref().map(|id| Subject::global(kind, id))
    }

    #[must_use]
    pub fn certificate_subject(&self, dns: &Dns, site: Site) -> Subject {
        Subject::new(Kind::Certificate, self.region(site), &dns.record)
    }

    /// What a client sees that goes straight to a site.
    #[must_use]
    pub fn site_sight(&self, site: Site) -> Subject {
        Subject::sight(&self.name, site.word())
    }

    /// What a client sees that goes where the record leads.
    #[must_use]
    pub fn record_sight(&self) -> Subject {
        Subject::sight(&self.name, "record")
    }

    /// A state machine by its ARN, in the region that the ARN names.
    #[must_use]
    pub fn machine_subject(&self, arn: &str) -> Subject {
        let region = arn.split(':').nth(3).filter(|region| !region.is_empty()).map_or_else(|| self.standby.clone(), Region::new);
        Subject::new(Kind::Machine, &region, arn)
    }

    #[must_use]
    pub fn automation_subject(&self, automation: &Automation) -> Subject {
        let kind = match &automation.what {
            Actor::Rule(_) => Kind::Rule,
            Actor::Function(_) => Kind::Function,
            Actor::StateMachine(_) => Kind::Machine,
        };
        Subject::new(kind, &automation.region, automation.what.name())
    }
}
