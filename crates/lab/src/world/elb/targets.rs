//! The life of a target: initial until its first passed check, then healthy or not, draining at the end.

use std::net::Ipv4Addr;

use drlab_core::domain::{Region, Timestamp};

use super::groups::TargetGroup;
use crate::world::{Truth, World, application};

#[derive(Clone, Debug)]
pub struct Target {
    pub address: Ipv4Addr,
    pub port: u16,
    pub zone: String,
    /// The service whose task answers there. Nobody answers at an address without one.
    pub owner: Option<Owner>,
    pub health: Health,
    /// Checks in a row that went against the present state.
    pub against: u32,
    pub next_check: Timestamp,
}

/// A service, as the application knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub cluster: String,
    pub service: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Not checked yet, or checked without success so far.
    Initial {
        checked: bool,
    },
    Healthy,
    /// With the reason in the load balancer's words.
    Unhealthy(String),
    Draining {
        until: Timestamp,
    },
}

impl Health {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Initial { .. } => "initial",
            Self::Healthy => "healthy",
            Self::Unhealthy(_) => "unhealthy",
            Self::Draining { .. } => "draining",
        }
    }
}

/// Registers a target; one that is draining comes back, one that is registered stays as it is.
pub fn register(world: &mut World, region: &Region, arn: &str, address: Ipv4Addr, port: u16, zone: &str, owner: Option<Owner>) {
    let now = world.now();
    let first = now + world.chance.between(("target-initial", region, arn, address, now), world.timings.target_initial);
    let target =
        Target { address, port, zone: zone.to_owned(), owner, health: Health::Initial { checked: false }, against: 0, next_check: first };
    put(world, region, arn, target);
}

/// Registers a target that has been healthy for long.
pub fn register_healthy(world: &mut World, region: &Region, arn: &str, address: Ipv4Addr, port: u16, zone: &str, owner: Option<Owner>) {
    let now = world.now();
    let Some(group) = world.regional.get(region).and_then(|here| here.elb.target_groups.get(arn)) else { return };
    // Checks of different targets do not fall on the same second.
    let phase = group.check.interval.mul_f64(world.chance.unit(("check-phase", region, arn, address)));
    let target = Target { address, port, zone: zone.to_owned(), owner, health: Health::Healthy, against: 0, next_check: now + phase };
    put(world, region, arn, target);
}

fn put(world: &mut World, region: &Region, arn: &str, target: Target) {
    let now = world.now();
    let Some(here) = world.regional.get_mut(region) else { return };
    let Some(group) = here.elb.target_groups.get_mut(arn) else { return };
    here.elb.changes += 1;
    note(&mut world.truth, now, region, group.name.as_str(), &target);
    match group.targets.iter_mut().find(|known| known.address == target.address && known.port == target.port) {
        Some(known) if matches!(known.health, Health::Draining { .. }) => *known = target,
        Some(_) => {}
        None => group.targets.push(target),
    }
}

/// Lets a target go; answers when its draining ends, or `None` if it was not registered.
pub fn deregister(world: &mut World, region: &Region, arn: &str, address: Ipv4Addr, port: u16) -> Option<Timestamp> {
    let now = world.now();
    let here = world.regional.get_mut(region)?;
    let group = here.elb.target_groups.get_mut(arn)?;
    let until = now + group.deregistration_delay;
    let target = group.targets.iter_mut().find(|target| target.address == address && target.port == port)?;
    if let Health::Draining { until } = target.health {
        return Some(until);
    }
    target.health = Health::Draining { until };
    here.elb.changes += 1;
    note(&mut world.truth, now, region, &group.name, target);
    Some(until)
}

/// How a target does, if it is registered.
pub fn health_of<'w>(world: &'w World, region: &Region, arn: &str, address: Ipv4Addr, port: u16) -> Option<&'w Health> {
    let group = world.regional.get(region)?.elb.target_groups.get(arn)?;
    group.targets.iter().find(|target| target.address == address && target.port == port).map(|target| &target.health)
}

/// Checks whoever is due, and forgets those that have drained.
pub fn pulse(world: &mut World) {
    let now = world.now();
    let mut due = Vec::new();
    for (region, here) in &world.regional {
        for (arn, group) in &here.elb.target_groups {
            for (at, target) in group.targets.iter().enumerate() {
                match target.health {
                    Health::Draining { until } if until <= now => due.push((region.clone(), arn.clone(), at, None)),
                    Health::Draining { .. } => {}
                    _ if group.load_balancer.is_some() && target.next_check <= now => {
                        due.push((region.clone(), arn.clone(), at, Some(check(world, region, target))));
                    }
                    _ => {}
                }
            }
        }
    }
    // From the last to the first, so that removing one does not move the others.
    for (region, arn, at, found) in due.into_iter().rev() {
        let Some(here) = world.regional.get_mut(&region) else { continue };
        let Some(group) = here.elb.target_groups.get_mut(&arn) else { continue };
        let changed = match found {
            Some(found) => apply(group, at, found, now),
            None => {
                world.truth.note(now, Some(&region), "target", &format!("{}/{}", group.name, group.targets[at].address), "unused");
                group.targets.remove(at);
                here.elb.changes += 1;
                continue;
            }
        };
        if changed {
            here.elb.changes += 1;
            note(&mut world.truth, now, &region, &group.name, &group.targets[at]);
        }
    }
}

/// What a health check finds at the target.
fn check(world: &World, region: &Region, target: &Target) -> Result<(), String> {
    match &target.owner {
        Some(owner) => application::task_passes(world, region, &owner.cluster, &owner.service),
        None => Err(TIMED_OUT.to_owned()),
    }
}

/// Counts a check's outcome; true if the target's state changed by it.
fn apply(group: &mut TargetGroup, at: usize, found: Result<(), String>, now: Timestamp) -> bool {
    let (healthy_after, unhealthy_after) = (group.check.healthy_threshold, group.check.unhealthy_threshold);
    let interval = group.check.interval;
    let Some(target) = group.targets.get_mut(at) else { return false };
    target.next_check = now + interval;
    let (against, enough, becomes) = match (&target.health, found) {
        // The first passed check is enough for a new target.
        (Health::Initial { .. }, Ok(())) => (true, 1, Health::Healthy),
        (Health::Unhealthy(_), Ok(())) => (true, healthy_after, Health::Healthy),
        (Health::Initial { .. } | Health::Healthy, Err(why)) => (true, unhealthy_after, Health::Unhealthy(why)),
        (Health::Unhealthy(before), Err(why)) => {
            let changed = *before != why;
            target.health = Health::Unhealthy(why);
            target.against = 0;
            return changed;
        }
        (Health::Healthy | Health::Draining { .. }, _) => (false, 1, Health::Healthy),
    };
    if !against {
        target.against = 0;
        return false;
    }
    target.against += 1;
    if target.against >= enough {
        target.health = becomes;
        target.against = 0;
        return true;
    }
    if target.health == (Health::Initial { checked: false }) {
        target.health = Health::Initial { checked: true };
    }
    false
}

fn note(truth: &mut Truth, now: Timestamp, region: &Region, group: &str, target: &Target) {
    truth.note(now, Some(region), "target", &format!("{group}/{}", target.address), target.health.name());
}

pub(super) const TIMED_OUT: &str = "Request timed out";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{HealthCheck, NewLoadBalancer, NewTargetGroup, add_load_balancer, add_target_group, healthy_targets};
    use super::*;
    use crate::world::testing::{live, west, world};

    const HERE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 9);

    fn group(world: &mut World) -> String {
        let new = NewTargetGroup { name: "app".into(), ..NewTargetGroup::default() };
        let arn = add_target_group(world, &west(), new).unwrap();
        let balancer = NewLoadBalancer { name: "edge".into(), target_groups: vec![arn.clone()], ..NewLoadBalancer::default() };
        add_load_balancer(world, &west(), balancer).unwrap();
        arn
    }

    fn owner() -> Option<Owner> {
        Some(Owner { cluster: "c".into(), service: "s".into() })
    }

    #[test]
    fn one_pass_makes_a_new_target_healthy() {
        let mut world = world();
        let arn = group(&mut world);
        register(&mut world, &west(), &arn, HERE, 80, "us-west-2a", owner());
        live(&mut world, 4);
        assert_eq!(healthy_targets(&world, &west(), &arn), 0);
        live(&mut world, 27);
        assert_eq!(healthy_targets(&world, &west(), &arn), 1);
    }

    #[test]
    fn an_address_nobody_answers_at_becomes_unhealthy() {
        let mut world = world();
        let arn = group(&mut world);
        register(&mut world, &west(), &arn, HERE, 80, "us-west-2a", None);
        live(&mut world, 31);
        assert_eq!(health_of(&world, &west(), &arn, HERE, 80), Some(&Health::Initial { checked: true }));
        live(&mut world, 30);
        assert_eq!(health_of(&world, &west(), &arn, HERE, 80), Some(&Health::Unhealthy(TIMED_OUT.into())));
    }

    #[test]
    fn draining_lasts_the_deregistration_delay() {
        let mut world = world();
        let arn = group(&mut world);
        register_healthy(&mut world, &west(), &arn, HERE, 80, "us-west-2a", owner());
        let until = deregister(&mut world, &west(), &arn, HERE, 80);
        assert_eq!(until, Some(world.now() + Duration::from_secs(300)));
        live(&mut world, 299);
        assert!(matches!(health_of(&world, &west(), &arn, HERE, 80), Some(Health::Draining { .. })));
        live(&mut world, 1);
        assert_eq!(health_of(&world, &west(), &arn, HERE, 80), None);
        assert_eq!(deregister(&mut world, &west(), &arn, HERE, 80), None);
    }

    #[test]
    fn thresholds_count_checks_in_a_row() {
        let check = HealthCheck { healthy_threshold: 3, unhealthy_threshold: 2, ..HealthCheck::default() };
        let mut group = TargetGroup { check, ..TargetGroup::default() };
        let now = Timestamp::from_secs(0);
        let health = Health::Healthy;
        group.targets.push(Target { address: HERE, port: 80, zone: String::new(), owner: None, health, against: 0, next_check: now });
        let fails = || Err("Health checks failed with these codes: [503]".to_owned());
        assert!(!apply(&mut group, 0, fails(), now));
        assert!(!apply(&mut group, 0, Ok(()), now));
        assert!(!apply(&mut group, 0, fails(), now));
        assert!(apply(&mut group, 0, fails(), now));
        for turned in [false, false, true] {
            assert_eq!(apply(&mut group, 0, Ok(()), now), turned);
        }
        assert_eq!(group.targets[0].next_check, now + Duration::from_secs(30));
    }
}
