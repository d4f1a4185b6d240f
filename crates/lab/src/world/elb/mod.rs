//! Load balancers, target groups, target health.
//!
//! A target is checked by its group's interval and thresholds; what a check finds is the application's business (`application::task_passes`).
//! What clients ask of a load balancer is noted by the application, too, and told to CloudWatch once a minute.

mod balancers;
mod calls;
mod groups;
mod measure;
mod target_calls;
mod targets;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use drlab_core::domain::Region;

pub use balancers::{Listener, LoadBalancer, NewLoadBalancer, add_load_balancer};
pub use groups::{HealthCheck, NewTargetGroup, TargetGroup, add_target_group};
pub use measure::{Requests, measure, note_requests};
pub use targets::{Health, Owner, Target, deregister, health_of, pulse, register, register_healthy};

use super::{Operation, Service, World};

/// The load balancers of one region.
#[derive(Clone, Debug, Default)]
pub struct Elb {
    /// By name.
    load_balancers: BTreeMap<String, LoadBalancer>,
    /// Their names by what DNS calls them, in lower case, and by each of their addresses: clients ask every second.
    by_dns_name: BTreeMap<String, String>,
    by_address: BTreeMap<Ipv4Addr, String>,
    /// By ARN.
    pub target_groups: BTreeMap<String, TargetGroup>,
    /// Counts every change of any target, so that others need look only when something happened.
    pub changes: u64,
}

pub const SERVICE: Service = Service {
    name: "elasticloadbalancing",
    operations: &[
        Operation::read("DescribeLoadBalancers", calls::describe_load_balancers),
        Operation::read("DescribeLoadBalancerAttributes", calls::describe_load_balancer_attributes),
        Operation::read("DescribeListeners", calls::describe_listeners),
        Operation::read("DescribeTargetGroups", calls::describe_target_groups),
        Operation::read("DescribeTargetGroupAttributes", calls::describe_target_group_attributes),
        Operation::write("ModifyTargetGroupAttributes", calls::modify_target_group_attributes),
        Operation::read("DescribeTargetHealth", target_calls::describe_target_health),
        Operation::write("RegisterTargets", target_calls::register_targets),
        Operation::write("DeregisterTargets", target_calls::deregister_targets),
    ],
};

impl Elb {
    /// The load balancer a name leads to; names are compared as DNS compares them, `dualstack.` included.
    fn named(&self, dns_name: &str) -> Option<&LoadBalancer> {
        let mut wanted = Cow::Borrowed(plain(dns_name));
        if wanted.contains(|c: char| c.is_ascii_uppercase()) {
            wanted.to_mut().make_ascii_lowercase();
        }
        self.by_dns_name.get(&*wanted).and_then(|name| self.load_balancers.get(name))
    }

    fn insert(&mut self, balancer: LoadBalancer) {
        self.by_dns_name.insert(balancer.dns_name.to_ascii_lowercase(), balancer.name.clone());
        self.by_address.extend(balancer.addresses.iter().map(|address| (*address, balancer.name.clone())));
        self.changes += 1;
        self.load_balancers.insert(balancer.name.clone(), balancer);
    }

    fn groups_of<'e>(&'e self, balancer: &'e LoadBalancer) -> impl Iterator<Item = &'e TargetGroup> + use<'e> {
        balancer.target_groups().filter_map(|arn| self.target_groups.get(arn))
    }
}

fn plain(dns_name: &str) -> &str {
    let name = dns_name.strip_suffix('.').unwrap_or(dns_name);
    match name.get(..10) {
        Some(prefix) if prefix.eq_ignore_ascii_case("dualstack.") => &name[10..],
        _ => name,
    }
}

/// Where a load balancer's own name leads, and in which region it stands.
pub fn addresses_of<'w>(world: &'w World, dns_name: &str) -> Option<(&'w Region, &'w [Ipv4Addr])> {
    world.regional.iter().find_map(|(region, here)| here.elb.named(dns_name).map(|found| (region, found.addresses.as_slice())))
}

/// Whether the load balancer of this name has a healthy target (what `EvaluateTargetHealth` looks at): every one of its target groups needs
/// one, and a group without targets counts as unhealthy.
pub fn has_healthy_target(world: &World, dns_name: &str) -> bool {
    world.regional.values().any(|here| {
        here.elb.named(dns_name).is_some_and(|balancer| {
            balancer.target_groups().next().is_some() && here.elb.groups_of(balancer).all(|group| group.healthy() > 0)
        })
    })
}

/// The DNS name of the load balancer that answers at an address, and its region.
pub fn name_at(world: &World, address: Ipv4Addr) -> Option<(&Region, &str)> {
    world.regional.iter().find_map(|(region, here)| {
        let found = here.elb.by_address.get(&address).and_then(|name| here.elb.load_balancers.get(name))?;
        Some((region, found.dns_name.as_str()))
    })
}

/// The load balancer of this name, for its zone and for CloudWatch's name of it.
pub fn load_balancer<'w>(world: &'w World, region: &Region, dns_name: &str) -> Option<&'w LoadBalancer> {
    world.regional.get(region)?.elb.named(dns_name)
}

/// How many targets of a group would be sent requests.
#[cfg(test)]
pub(crate) fn healthy_targets(world: &World, region: &Region, target_group_arn: &str) -> usize {
    let group = world.regional.get(region).and_then(|here| here.elb.target_groups.get(target_group_arn));
    group.map_or(0, TargetGroup::healthy)
}

/// The groups a load balancer forwards to, its default action's first.
pub fn target_groups_of<'w>(world: &'w World, region: &Region, dns_name: &str) -> Vec<&'w TargetGroup> {
    let Some(here) = world.regional.get(region) else { return Vec::new() };
    here.elb.named(dns_name).map(|balancer| here.elb.groups_of(balancer).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{east, west, world};

    fn balanced() -> (World, String, Vec<String>) {
        let mut world = world();
        let groups = ["front", "back"]
            .map(|name| add_target_group(&mut world, &west(), NewTargetGroup { name: name.into(), ..NewTargetGroup::default() }).unwrap());
        let balancer = NewLoadBalancer {
            name: "edge".into(),
            addresses: vec![Ipv4Addr::new(203, 0, 113, 10), Ipv4Addr::new(203, 0, 113, 11)],
            target_groups: groups.to_vec(),
            ..NewLoadBalancer::default()
        };
        let name = add_load_balancer(&mut world, &west(), balancer).unwrap();
        (world, name, groups.to_vec())
    }

    #[test]
    fn names_and_addresses_lead_to_each_other() {
        let (world, name, groups) = balanced();
        let (region, addresses) = addresses_of(&world, &format!("DualStack.{}.", name.to_uppercase())).unwrap();
        assert_eq!((region, addresses.len()), (&west(), 2));
        assert_eq!(name_at(&world, addresses[1]), Some((&west(), name.as_str())));
        assert_eq!(name_at(&world, Ipv4Addr::new(198, 51, 100, 1)), None);
        assert_eq!(addresses_of(&world, "edge.example.com"), None);
        let found: Vec<_> = target_groups_of(&world, &west(), &name).into_iter().map(|group| group.arn.clone()).collect();
        assert_eq!(found, groups);
        assert!(target_groups_of(&world, &east(), &name).is_empty());
    }

    #[test]
    fn every_group_needs_a_healthy_target() {
        let (mut world, name, groups) = balanced();
        assert!(!has_healthy_target(&world, &name));
        let owner = Owner { cluster: "c".into(), service: "s".into() };
        register_healthy(&mut world, &west(), &groups[0], Ipv4Addr::new(10, 0, 0, 1), 80, "us-west-2a", Some(owner.clone()));
        assert!(!has_healthy_target(&world, &name));
        register_healthy(&mut world, &west(), &groups[1], Ipv4Addr::new(10, 0, 0, 2), 80, "us-west-2a", Some(owner));
        assert!(has_healthy_target(&world, &name));
        assert_eq!(healthy_targets(&world, &west(), &groups[1]), 1);
    }
}
