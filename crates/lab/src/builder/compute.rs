use std::time::Duration;

use drlab_core::config::{Service, Site, SiteService};

use super::{Builder, SITES, both};
use crate::world::elb::{HealthCheck, NewLoadBalancer, NewTargetGroup};
use crate::world::{ApiError, acm, autoscaling, ecr, ecs, elb};

/// Certificates are renewed long before their thirteen months are over.
const CERTIFICATE: Duration = Duration::from_secs(200 * 86_400);
/// What autoscaled services aim at, in per cent of their CPU.
const CPU_TARGET: f64 = 60.0;

impl Builder<'_> {
    /// Each site's load balancer needs a certificate for the record's name; a site may have forgotten.
    pub(super) fn certificates(&mut self) {
        let Some(dns) = &self.workload.dns else { return };
        for (site, present) in both(&self.lab.application.certificate) {
            if *present {
                let region = self.region(site);
                acm::add_certificate(self.world, &region, &dns.record, &[], CERTIFICATE);
            }
        }
    }

    /// The image is pushed at the primary and replicated, unless the configuration says that it never arrived.
    pub(super) fn repositories(&mut self) -> Result<(), ApiError> {
        let (name, tag) = self.image();
        let repositories: Vec<String> = match self.workload.repositories.as_slice() {
            [] => vec![name],
            named => named.iter().map(|repository| repository.name.clone()).collect(),
        };
        let [primary, standby] = SITES.map(|site| self.region(site));
        for repository in &repositories {
            ecr::add_repository(self.world, &primary, repository)?;
            ecr::add_repository(self.world, &standby, repository)?;
        }
        let present = &self.lab.application.image_present;
        // Replication copies what is pushed after its rule was made: an image that never arrived is older than the rule.
        if present.standby {
            ecr::replicate(self.world, &primary, &standby, &repositories)?;
        }
        for (site, present) in both(present) {
            let region = self.region(site);
            for repository in repositories.iter().filter(|_| *present) {
                ecr::add_image(self.world, &region, repository, &tag)?;
            }
        }
        if present.standby { Ok(()) } else { ecr::replicate(self.world, &primary, &standby, &repositories) }
    }

    /// Target groups, the load balancer in front of the first service, the services, and what scales them.
    pub(super) fn services(&mut self) -> Result<(), ApiError> {
        for site in SITES {
            let region = self.region(site);
            let mut groups = Vec::new();
            for service in &self.workload.services {
                let at = service.sites.get(site);
                let group = at.target_group.clone();
                let check = HealthCheck { path: self.health_path(), interval: Duration::from_secs(10), ..HealthCheck::default() };
                let name = format!("{}-{}", self.workload.name, service.name);
                let group = elb::add_target_group(
                    self.world,
                    &region,
                    NewTargetGroup { name, arn: group, port: 8080, check, ..NewTargetGroup::default() },
                )?;
                groups.push(group);
            }
            self.balancer(site, &groups)?;
            for (service, group) in self.workload.services.iter().zip(groups) {
                self.service(site, service, group)?;
            }
        }
        Ok(())
    }

    fn balancer(&mut self, site: Site, groups: &[String]) -> Result<(), ApiError> {
        let region = self.region(site);
        let given = self.workload.dns.as_ref().and_then(|dns| dns.sites.get(site).load_balancer.clone());
        let new = NewLoadBalancer {
            name: format!("{}-{site}", self.workload.name),
            dns_name: given,
            addresses: self.addresses(site),
            target_groups: groups.to_vec(),
            certificate: None,
        };
        let name = elb::add_load_balancer(self.world, &region, new)?;
        self.balancers.insert(site, name);
        Ok(())
    }

    fn service(&mut self, site: Site, service: &Service, group: String) -> Result<(), ApiError> {
        let region = self.region(site);
        let SiteService { cluster, service: name, tasks, bounds, .. } = service.sites.get(site);
        if !self.world.here(&region)?.ecs.clusters.contains_key(cluster) {
            ecs::add_cluster(self.world, &region, cluster)?;
        }
        let (repository, tag) = self.image_of(&service.name);
        // The image comes from the site's own registry, as a failover must not depend on the lost region's.
        let image = format!("{}.dkr.ecr.{region}.amazonaws.com/{repository}:{tag}", self.workload.account);
        let new = ecs::NewService {
            cluster: cluster.clone(),
            name: name.clone(),
            desired: *tasks,
            image,
            port: 8080,
            target_groups: vec![group],
            secret: self.workload.database.as_ref().and_then(|database| database.secret.as_ref()).map(|secret| secret.at(site).to_owned()),
            // Whoever has no secret to name the database tells the tasks of each site its own.
            database_host: self.database_host(site),
            requests_per_task: self.lab.application.task_capacity,
            ..ecs::NewService::default()
        };
        ecs::add_service(self.world, &region, new)?;
        if let Some(bounds) = bounds {
            autoscaling::add_target(self.world, &region, cluster, name, (bounds.min, bounds.max), Some(CPU_TARGET))?;
        }
        Ok(())
    }

    fn health_path(&self) -> String {
        self.workload.dns.as_ref().map_or_else(|| "/".to_owned(), |dns| dns.probe.path.clone())
    }

    /// Repository and tag of the application's image.
    fn image(&self) -> (String, String) {
        let image = &self.lab.application.image;
        let (name, tag) = image.rsplit_once(':').unwrap_or((image, "latest"));
        (name.to_owned(), tag.to_owned())
    }

    /// Where a workload has a repository per service, a service runs its own.
    fn image_of(&self, service: &str) -> (String, String) {
        let (name, tag) = self.image();
        let own = self.workload.repositories.iter().find(|repository| repository.name.ends_with(&format!("/{service}")));
        let first = self.workload.repositories.first();
        (own.or(first).map_or(name, |repository| repository.name.clone()), tag)
    }
}
