use std::net::Ipv4Addr;

use drlab_core::config::{Dns, Flip, HealthDepth, Route as RouteWord, Site, Writer as NewWriter};

use super::{Builder, SITES};
use crate::world::application::{Application, Route, Site as AppSite, Writer};
use crate::world::route53::{self, CheckConfig, CheckKind, FailoverRole, RecordKind, RecordSet, Resolver};
use crate::world::{ApiError, elb};

impl Builder<'_> {
    /// The zone, a health check per site that names one, and the record sets that turn the traffic.
    pub(super) fn records(&mut self) -> Result<(), ApiError> {
        let Some(dns) = self.workload.dns.clone() else { return Ok(()) };
        if !route53::has_zone(self.world, &dns.zone) {
            let zone = dns.record.split_once('.').map_or(dns.record.as_str(), |(_, rest)| rest);
            route53::add_zone(self.world, &dns.zone, zone);
            if self.lab.dns.as_ref().is_some_and(|lab| lab.accelerated_recovery) {
                route53::accelerate_recovery(self.world, &dns.zone);
            }
        }
        for site in SITES {
            let own = dns.probe.url.get(site).as_deref().and_then(host).filter(|host| *host != dns.record);
            if let (Some(host), Some(balancer)) = (own, self.balancers.get(&site)) {
                route53::add_bypass(self.world, host, balancer);
            }
            if let Some(id) = &dns.sites.get(site).health_check {
                self.health_check(&dns, site, id);
            }
        }
        if dns.flip == Flip::Manual {
            let record = self.target(&dns, Site::Primary)?;
            return route53::add_record(self.world, &dns.zone, record);
        }
        for site in SITES {
            let record = self.target(&dns, site)?;
            let set = &dns.sites.get(site).set_identifier;
            let mut record = match (dns.flip, site) {
                (Flip::Weighted, Site::Primary) => record.weighted(set, 100),
                (Flip::Weighted, Site::Standby) => record.weighted(set, 0),
                (_, Site::Primary) => record.failover(set, FailoverRole::Primary),
                (_, Site::Standby) => record.failover(set, FailoverRole::Secondary),
            };
            if let Some(check) = &dns.sites.get(site).health_check {
                record = record.checked(check);
            }
            route53::add_record(self.world, &dns.zone, record)?;
        }
        Ok(())
    }

    /// Who is told of a rehearsal is the lab.
    pub(super) fn webhook(&mut self) {
        let host = self.workload.notify.webhook.as_deref().and_then(host).map(str::to_owned);
        self.world.applications.hooks.extend(host);
    }

    /// What a site's record says: its load balancer, as an alias unless a TTL is asked for.
    fn target(&self, dns: &Dns, site: Site) -> Result<RecordSet, ApiError> {
        let region = self.region(site);
        let balancer = self.balancers.get(&site).map_or("", String::as_str);
        Ok(match dns.ttl {
            Some(ttl) => RecordSet::simple(&dns.record, RecordKind::Cname, u32::try_from(ttl.as_secs()).unwrap_or(u32::MAX), &[balancer]),
            None => {
                let zone = elb::load_balancer(self.world, &region, balancer).map_or("", |found| found.hosted_zone_id.as_str());
                let evaluate = self.lab.dns.as_ref().is_some_and(|dns| dns.evaluate_target_health);
                RecordSet::alias(&dns.record, RecordKind::A, zone, balancer, evaluate)
            }
        })
    }

    fn health_check(&mut self, dns: &Dns, site: Site, id: &str) {
        let Some(checks) = &self.lab.dns else { return };
        let config = CheckConfig {
            host: self.balancers.get(&site).cloned(),
            path: Some(dns.probe.path.clone()),
            interval: u32::try_from(checks.check_interval.as_secs()).unwrap_or(30),
            threshold: checks.failure_threshold,
            ..CheckConfig::new(CheckKind::Http)
        };
        route53::add_health_check(self.world, id, config);
    }

    /// The application at both sites, and everybody who uses it.
    pub(super) fn application(&mut self) {
        let Some(dns) = &self.workload.dns else { return };
        let mut sites = Vec::new();
        for site in SITES {
            let services = self.workload.services.iter().map(|service| {
                let at = service.sites.get(site);
                (at.cluster.clone(), at.service.clone())
            });
            sites.push(AppSite {
                name: site.word(),
                region: self.region(site),
                load_balancer: self.balancers.get(&site).cloned().unwrap_or_default(),
                services: services.collect(),
                database: self.workload.database.as_ref().map(|database| database.sites.get(site).clone()),
            });
        }
        let writers = self.lab.writers.iter().filter_map(|writer| self.writer(writer)).collect();
        let application = Application {
            workload: self.workload.name.clone(),
            record: dns.record.clone(),
            health_path: dns.probe.path.clone(),
            write_path: dns.probe.write_path.clone().unwrap_or_else(|| dns.probe.path.clone()),
            deep_health: self.lab.application.health == HealthDepth::Deep,
            sites,
            writers,
            requests_per_second: self.lab.application.requests_per_second,
            base_latency_ms: f64::from(self.lab.application.latency_ms),
            base_error_share: self.lab.application.error_share,
            browsers: Resolver::default(),
            serving: None,
        };
        self.world.applications.list.push(application);
    }

    /// A direct writer needs a database to write to.
    fn writer(&self, writer: &NewWriter) -> Option<Writer> {
        let route = match writer.route {
            RouteWord::Dns => Route::Dns(Resolver::default()),
            RouteWord::Pinned => Route::Pinned(None),
            RouteWord::Direct => Route::Direct { host: self.database_host(Site::Primary)?, from: self.region(Site::Primary) },
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a configured rate, checked to be positive")]
        let rows_per_second = writer.rows_per_second.round() as u32;
        Some(Writer { name: writer.name.clone(), rows_per_second, route })
    }
}

/// The name that a URL leads to; `None` where it is an address, or AWS's own name for a load balancer.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let is_name = host.parse::<Ipv4Addr>().is_err() && !host.starts_with('[') && !host.ends_with(".amazonaws.com");
    (is_name && !host.is_empty()).then_some(host)
}
