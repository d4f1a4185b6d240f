//! Zones, records, health checks, and the answers resolvers give.
//!
//! The control plane (this room's operations) is one for the world and lives in us-east-1; whether a call reaches it is the door's business.
//! The data plane goes on without it: name servers answer, checkers check, failover records fail over. A record exists twice, as the control
//! plane lists it and as the name servers serve it, and a change is the way from the one to the other.

mod answer;
mod batch;
mod check;
mod check_api;
mod check_config;
mod check_input;
mod checkers;
mod control_plane;
mod name;
mod record;
mod resolver;
mod routing;
mod rules;
mod tags;
#[cfg(test)]
mod testing;
mod zone;

use std::collections::BTreeMap;

use drlab_core::domain::Region;

use super::{Fault, Gauges, Operation, Reading, Service, World};

pub use answer::{DnsAnswer, DnsCode, DnsRecord, Landing, authoritative, landing};
pub use batch::add_record;
pub use check::{add_health_check, set_alarm_state};
pub use check_config::{CheckConfig, CheckKind, Insufficient};
pub use control_plane::ControlPlane;
pub(super) use control_plane::control_plane;
pub(crate) use control_plane::{HOME, recovers};
pub use name::canonical;
pub(crate) use record::strings;
pub use record::{FailoverRole, RecordKind, RecordSet, Routing, Target, UnknownKind};
pub use resolver::{Resolver, ResolverId, resolve};
pub use zone::{accelerate_recovery, add_zone, has_zone, leads};

impl Route53 {
    /// CloudWatch tells what state an alarm is in; health checks that watch it follow.
    pub(super) fn tell_alarm(&mut self, region: &Region, alarm: &str, state: super::cloudwatch::AlarmState) {
        self.alarms.insert((region.clone(), alarm.to_owned()), state);
    }
}

/// A name of a site's own, which leads to its load balancer whatever becomes of the shared record.
pub fn add_bypass(world: &mut World, name: &str, balancer: &str) {
    world.route53.bypasses.insert(canonical(name), canonical(balancer));
}

/// Everything Route 53 knows.
#[derive(Clone, Debug, Default)]
pub struct Route53 {
    zones: BTreeMap<String, zone::Zone>,
    changes: batch::Changes,
    checks: BTreeMap<String, check::HealthCheck>,
    /// The state of the alarms that health checks may watch, as CloudWatch last told it.
    alarms: BTreeMap<(Region, String), super::cloudwatch::AlarmState>,
    tags: BTreeMap<(tags::Tagged, String), BTreeMap<String, String>>,
    resolvers: resolver::Public,
    /// Names of a site's own, past the shared record, and the load balancer that each leads to. Whoever keeps them is not looked at here.
    bypasses: BTreeMap<String, String>,
    /// Which record set each failover name led to when that last changed: only for the record of what really happened.
    landed: BTreeMap<zone::RecordKey, String>,
}

pub const SERVICE: Service = Service {
    name: "route53",
    operations: &[
        Operation::read("ListHostedZones", zone::list_hosted_zones),
        Operation::read("ListHostedZonesByName", zone::list_hosted_zones_by_name),
        Operation::read("GetHostedZone", zone::get_hosted_zone),
        Operation::read("ListResourceRecordSets", zone::list_resource_record_sets),
        Operation::write("ChangeResourceRecordSets", batch::change_resource_record_sets),
        Operation::read("GetChange", batch::get_change),
        Operation::read("ListHealthChecks", check_api::list_health_checks),
        Operation::read("GetHealthCheck", check_api::get_health_check),
        Operation::write("CreateHealthCheck", check_api::create_health_check),
        Operation::write("UpdateHealthCheck", check_api::update_health_check),
        Operation::write("DeleteHealthCheck", check_api::delete_health_check),
        Operation::read("GetHealthCheckStatus", check_api::get_health_check_status),
        Operation::read("GetHealthCheckLastFailureReason", check_api::get_health_check_last_failure_reason),
        Operation::read("TestDNSAnswer", answer::test_dns_answer),
        Operation::write("ChangeTagsForResource", tags::change_tags_for_resource),
        Operation::read("ListTagsForResource", tags::list_tags_for_resource),
    ],
};

/// Checkers look, changes arrive at the name servers, busy resolvers renew what they hold.
pub fn pulse(world: &mut World) {
    check::pulse(world);
    batch::pulse(world);
    routing::note_landings(world);
    resolver::pulse(world);
}

/// Route 53 reports to us-east-1 alone, and not at all while that is out of reach.
pub fn measure(world: &mut World, gauges: &mut Gauges) {
    let home = Region::new(HOME);
    if !world.regional.contains_key(&home) || world.faults.is_dark(&home) || world.faults.hits_region(Fault::ControlPlaneDown, &home) {
        return;
    }
    for (id, check) in &world.route53.checks {
        let dimensions = [("HealthCheckId", id.as_str())];
        let healthy = world.route53.is_healthy(id);
        gauges.put(&home, "AWS/Route53", "HealthCheckStatus", &dimensions, Reading::level(if healthy { 1.0 } else { 0.0 }));
        match check.config.kind {
            CheckKind::Calculated => {
                let children = world.route53.healthy_children(check);
                #[expect(clippy::cast_precision_loss, reason = "at most 256 children")]
                gauges.put(&home, "AWS/Route53", "ChildHealthCheckHealthyCount", &dimensions, Reading::level(children as f64));
            }
            CheckKind::CloudwatchMetric => {}
            _ => {
                let share = check.healthy_share(&world.faults) * 100.0;
                gauges.put(&home, "AWS/Route53", "HealthCheckPercentageHealthy", &dimensions, Reading::level(share));
            }
        }
    }
}

/// DNS is one for the world: a fault of it counts wherever it was injected, for everything or for the zone or record it names.
fn dns_fault(world: &World, fault: Fault, hits: impl Fn(&str) -> bool) -> bool {
    world.faults.active().iter().any(|active| active.fault == fault && active.component.as_deref().is_none_or(&hits))
}

/// An identifier without the `/hostedzone/` or `/change/` that answers put before it; requests may carry either form.
fn bare(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::testing::{answered, set_healthy, sites};
    use super::*;
    use crate::world::testing::{east, live, west};
    use crate::world::{ActiveFault, MetricName};

    fn readings(world: &mut World) -> Vec<(Region, MetricName, Reading)> {
        let mut gauges = Gauges::default();
        measure(world, &mut gauges);
        gauges.into_readings()
    }

    #[test]
    fn checks_are_measured_in_us_east_1_alone() {
        let mut world = sites();
        set_healthy(&mut world, "one", false);
        add_health_check(&mut world, "endpoint", CheckConfig { address: "198.51.100.9".parse().ok(), ..CheckConfig::new(CheckKind::Http) });
        live(&mut world, 1);
        let told = readings(&mut world);
        let value = |metric: &str, id: &str| {
            let wanted = vec![("HealthCheckId".to_owned(), id.to_owned())];
            told.iter().find(|(_, name, _)| name.metric == metric && name.dimensions == wanted).map(|(_, _, reading)| reading.max)
        };
        assert!(told.iter().all(|(region, name, _)| *region == east() && name.namespace == "AWS/Route53"));
        assert_eq!(value("HealthCheckStatus", "one"), Some(0.0));
        assert_eq!(value("HealthCheckStatus", "two"), Some(1.0));
        assert_eq!(value("HealthCheckPercentageHealthy", "endpoint"), Some(100.0));
        world.regional.remove(&east());
        assert!(readings(&mut world).is_empty());
    }

    #[test]
    fn without_us_east_1_nothing_is_measured_and_names_still_fail_over() {
        let mut world = sites();
        for (site, role) in [("one", FailoverRole::Primary), ("two", FailoverRole::Secondary)] {
            let record =
                RecordSet::alias("app.example.com", RecordKind::A, "Z1", &format!("{site}.example.com"), false).failover(site, role);
            add_record(&mut world, "Z1", record.checked(site)).unwrap();
        }
        // Its alarm stands elsewhere: what us-east-1 knows is dark too.
        let alarm = Some((west(), "elsewhere".to_owned()));
        add_health_check(&mut world, "one", CheckConfig { alarm, ..CheckConfig::new(CheckKind::CloudwatchMetric) });
        live(&mut world, 1);
        assert_eq!(answered(&world, "app.example.com"), [testing::ONE]);
        let now = world.now();
        world.faults.inject(ActiveFault::on(Fault::RegionDark, &east(), now, None));
        set_alarm_state(&mut world, &west(), "elsewhere", crate::world::cloudwatch::AlarmState::Alarm);
        live(&mut world, 1);
        assert!(readings(&mut world).is_empty());
        assert_eq!(answered(&world, "app.example.com"), [testing::TWO]);
        let moved: Vec<&str> = world.truth.transitions().filter(|t| t.id == "app.example.com").map(|t| t.became.as_str()).collect();
        assert_eq!(moved, ["leads to one", "leads to two"]);
    }
}
