//! What load balancers tell CloudWatch.

use std::time::Duration;

use drlab_core::domain::Region;

use super::targets::Health;
use crate::world::{Gauges, Reading, World};

const NAMESPACE: &str = "AWS/ApplicationELB";

/// What clients asked of a load balancer within one pulse.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Requests {
    pub count: f64,
    pub errors_4xx: f64,
    pub errors_5xx: f64,
    pub mean_seconds: f64,
    pub p95_seconds: f64,
}

/// A minute's requests so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    /// Requests that were sent on to a target.
    count: f64,
    errors_4xx: f64,
    errors_5xx: f64,
    /// Requests the load balancer answered itself because there was no target.
    refused: f64,
    seconds: f64,
    /// Sum of 95th percentiles, each weighed by its requests.
    p95_weighed: f64,
}

impl Traffic {
    fn add(&mut self, requests: Requests) {
        self.count += requests.count;
        self.errors_4xx += requests.errors_4xx;
        self.errors_5xx += requests.errors_5xx;
        self.seconds += requests.count * requests.mean_seconds;
        self.p95_weighed += requests.count * requests.p95_seconds;
    }
}

/// Counts what clients asked of the load balancer of this name in the pulse at hand. Without a registered target the load balancer answers
/// 503 itself; otherwise requests and errors are those of its default group's targets.
pub fn note_requests(world: &mut World, region: &Region, load_balancer_dns: &str, requests: Requests) {
    let Some(here) = world.regional.get_mut(region) else { return };
    let Some(name) = here.elb.named(load_balancer_dns).map(|balancer| balancer.name.clone()) else { return };
    let Some(balancer) = here.elb.load_balancers.get_mut(&name) else { return };
    let group = balancer.default_group().cloned().and_then(|arn| here.elb.target_groups.get_mut(&arn));
    match group {
        Some(group) if group.registered() > 0 => {
            balancer.traffic.add(requests);
            group.traffic.add(requests);
        }
        _ => balancer.traffic.refused += requests.count,
    }
}

/// A minute's readings. As AWS, it leaves counters out whose value is zero, and whatever needs targets where there are none.
pub fn measure(world: &mut World, gauges: &mut Gauges) {
    for (region, here) in &mut world.regional {
        for balancer in here.elb.load_balancers.values_mut() {
            let traffic = std::mem::take(&mut balancer.traffic);
            let dimensions = [("LoadBalancer", balancer.dimension.as_str())];
            report(gauges, region, &dimensions, traffic);
            if traffic.refused > 0.0 {
                gauges.put(region, NAMESPACE, "HTTPCode_ELB_5XX_Count", &dimensions, Reading::count(traffic.refused));
            }
        }
        for group in here.elb.target_groups.values_mut() {
            let traffic = std::mem::take(&mut group.traffic);
            let Some(balancer) = &group.load_balancer_dimension else { continue };
            let dimensions = [("TargetGroup", group.dimension.as_str()), ("LoadBalancer", balancer.as_str())];
            report(gauges, region, &dimensions, traffic);
            if group.registered() > 0 {
                let unhealthy = group.count(|health| matches!(health, Health::Unhealthy(_)));
                gauges.put(region, NAMESPACE, "HealthyHostCount", &dimensions, level(group.healthy(), group.check.interval));
                gauges.put(region, NAMESPACE, "UnHealthyHostCount", &dimensions, level(unhealthy, group.check.interval));
            }
        }
    }
}

fn report(gauges: &mut Gauges, region: &Region, dimensions: &[(&str, &str)], traffic: Traffic) {
    if traffic.count <= 0.0 {
        return;
    }
    gauges.put(region, NAMESPACE, "RequestCount", dimensions, Reading::count(traffic.count));
    for (metric, events) in [("HTTPCode_Target_4XX_Count", traffic.errors_4xx), ("HTTPCode_Target_5XX_Count", traffic.errors_5xx)] {
        if events > 0.0 {
            gauges.put(region, NAMESPACE, metric, dimensions, Reading::count(events));
        }
    }
    let (mean, p95) = (traffic.seconds / traffic.count, traffic.p95_weighed / traffic.count);
    gauges.put(region, NAMESPACE, "TargetResponseTime", dimensions, Reading::durations(traffic.count, mean, p95));
}

/// A host count: each check within the minute is a sample.
fn level(hosts: usize, interval: Duration) -> Reading {
    #[expect(clippy::cast_precision_loss, reason = "hosts are few")]
    let hosts = hosts as f64;
    let samples = (60.0 / interval.as_secs_f64().max(1.0)).max(1.0).floor();
    Reading { sum: hosts * samples, samples, min: hosts, max: hosts, p95: None }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::{NewLoadBalancer, NewTargetGroup, add_load_balancer, add_target_group, register_healthy};
    use super::*;
    use crate::world::testing::{west, world};

    fn read(world: &mut World) -> Vec<(String, usize, Reading)> {
        let mut gauges = Gauges::default();
        measure(world, &mut gauges);
        gauges.into_readings().into_iter().map(|(_, name, reading)| (name.metric, name.dimensions.len(), reading)).collect()
    }

    #[test]
    fn requests_are_counted_per_balancer_and_per_group_and_forgotten_afterwards() {
        let mut world = world();
        let arn = add_target_group(&mut world, &west(), NewTargetGroup { name: "app".into(), ..NewTargetGroup::default() }).unwrap();
        let balancer = NewLoadBalancer { name: "edge".into(), target_groups: vec![arn.clone()], ..NewLoadBalancer::default() };
        let dns = add_load_balancer(&mut world, &west(), balancer).unwrap();
        let requests = Requests { count: 50.0, errors_5xx: 5.0, mean_seconds: 0.1, p95_seconds: 0.3, ..Requests::default() };

        note_requests(&mut world, &west(), &dns, requests);
        let readings = read(&mut world);
        assert_eq!(readings, [("HTTPCode_ELB_5XX_Count".to_owned(), 1, Reading::count(50.0))]);

        register_healthy(&mut world, &west(), &arn, Ipv4Addr::new(10, 0, 0, 1), 80, "us-west-2a", None);
        note_requests(&mut world, &west(), &dns, requests);
        note_requests(&mut world, &west(), &dns, Requests { mean_seconds: 0.3, p95_seconds: 0.5, ..requests });
        let readings = read(&mut world);
        for dimensions in [1, 2] {
            let of = |metric: &str| readings.iter().find(|(name, count, _)| name == metric && *count == dimensions).unwrap().2;
            assert_eq!(of("RequestCount"), Reading::count(100.0));
            assert_eq!(of("HTTPCode_Target_5XX_Count"), Reading::count(10.0));
            let took = of("TargetResponseTime");
            assert!((took.sum - 20.0).abs() < 1e-9 && (took.p95.unwrap() - 0.4).abs() < 1e-9);
        }
        assert!(readings.iter().all(|(metric, ..)| metric != "HTTPCode_Target_4XX_Count"));

        let quiet = read(&mut world);
        let names: Vec<&str> = quiet.iter().map(|(metric, ..)| metric.as_str()).collect();
        assert_eq!(names, ["HealthyHostCount", "UnHealthyHostCount"]);
    }
}
