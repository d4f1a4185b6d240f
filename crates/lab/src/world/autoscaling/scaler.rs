//! The scaler itself: bounds first, then policies, once a minute.

use std::time::Duration;

use drlab_core::domain::Region;

use super::{Activity, AutoScaling, Metric, Policy, ScalableTarget, Status};
use crate::world::{World, ecs};

/// Target tracking scales out after three minutes above the target and in after fifteen below nine tenths of it: the alarms it makes.
const HIGH_MINUTES: u32 = 3;
const LOW_MINUTES: u32 = 15;
const LOW_SHARE: f64 = 0.9;

/// AWS keeps six weeks of activities; the lab keeps as many as a week can bring.
const KEPT: usize = 1000;

/// The second of the minute at which targets are looked at: the minute before has been counted by then.
const SECOND: i64 = 1;

pub fn pulse(world: &mut World) {
    let second = world.now().secs().rem_euclid(60);
    let looks = second == SECOND;
    let follows_up = second % 5 == 0;
    for region in world.regions() {
        let Some(here) = world.regional.get_mut(&region) else { continue };
        if !looks && !follows_up && here.autoscaling.targets.values().all(|target| !target.due) {
            continue;
        }
        let mut scaling = std::mem::take(&mut here.autoscaling);
        evaluate(world, &region, &mut scaling, looks);
        if follows_up {
            follow_up(world, &region, &mut scaling);
        }
        if let Some(here) = world.regional.get_mut(&region) {
            here.autoscaling = scaling;
        }
    }
}

/// Looks at every target once a minute, and at those whose bounds have just been set.
fn evaluate(world: &mut World, region: &Region, scaling: &mut AutoScaling, looks: bool) {
    let mut decided = Vec::new();
    for (resource, target) in &mut scaling.targets {
        if !looks && !target.due {
            continue;
        }
        target.due = false;
        let Some(service) = ecs::service(world, region, &target.cluster, &target.service) else { continue };
        let desired = service.desired;
        let bound = held(target, desired);
        let tracked = if looks { tracked(world, region, resource, target, service) } else { None };
        if let Some((to, cause)) = bound.or(tracked) {
            let now = world.now();
            if to > desired {
                target.last_out = Some(now);
            } else {
                target.last_in = Some(now);
            }
            decided.push((resource.clone(), target.cluster.clone(), target.service.clone(), to, cause));
        }
    }
    for (resource, cluster, service, to, cause) in decided {
        ecs::set_desired(world, region, &cluster, &service, to);
        act(world, region, scaling, resource, to, cause);
    }
}

/// Where the bounds pull a desired count that lies outside them.
fn held(target: &ScalableTarget, desired: u32) -> Option<(u32, String)> {
    if desired < target.min && !target.suspended.scaling_out {
        Some((target.min, format!("minimum capacity was set to {}", target.min)))
    } else if desired > target.max && !target.suspended.scaling_in {
        Some((target.max, format!("maximum capacity was set to {}", target.max)))
    } else {
        None
    }
}

/// What the policies ask for after one more minute: out if any of them says so, in if all of them do.
fn tracked(world: &World, region: &Region, resource: &str, target: &mut ScalableTarget, service: &ecs::Service) -> Option<(u32, String)> {
    let desired = service.desired;
    let mut out: Option<(u32, String)> = None;
    let mut ins = Vec::new();
    let (last_out, last_in) = (target.last_out, target.last_in);
    let now = world.now();
    let policies = target.policies.len();
    for (name, policy) in &mut target.policies {
        let Some((value, tasks)) = reading(policy.metric, service) else {
            policy.forget();
            continue;
        };
        policy.high = if value > policy.target { policy.high + 1 } else { 0 };
        policy.low = if value < policy.target * LOW_SHARE { policy.low + 1 } else { 0 };
        let wanted = proportion(tasks, value, policy.target);
        let cause = |alarm: &str| {
            let id = alarm_id(world, region, resource, name, alarm);
            format!("monitor alarm TargetTracking-{resource}-{alarm}-{id} in state ALARM triggered policy {name}")
        };
        let rested = |last: Option<_>, cooldown| last.is_none_or(|last| now.since(last) >= cooldown);
        if policy.high >= HIGH_MINUTES {
            let to = wanted.min(target.max);
            if to > desired && rested(last_out, cooldown(world, policy.out_cooldown)) && out.as_ref().is_none_or(|(most, _)| to > *most) {
                out = Some((to, cause("AlarmHigh")));
            }
        } else if policy.low >= LOW_MINUTES && !policy.never_in && rested(last_out.max(last_in), cooldown(world, policy.in_cooldown)) {
            let to = wanted.max(target.min);
            if to < desired {
                ins.push((to, cause("AlarmLow")));
            }
        }
    }
    if let Some(out) = out {
        return (!target.suspended.scaling_out).then_some(out);
    }
    // Scale-in rests while a deployment is under way (ECS developer guide, service auto scaling).
    let all = policies > 0 && ins.len() == policies && !service.in_rollout();
    if all && !target.suspended.scaling_in { ins.into_iter().max_by_key(|(to, _)| *to) } else { None }
}

/// The metric over the minute just ended, and how many tasks it was measured on: those that are still starting have not helped yet.
fn reading(metric: Metric, service: &ecs::Service) -> Option<(f64, f64)> {
    let cpu = service.load.last_minute?;
    let value = match metric {
        Metric::Cpu => cpu.mean(),
        Metric::Memory => service.load.memory_percent,
    };
    Some((value, cpu.samples / 60.0))
}

/// How many tasks would bring the metric to its target.
fn proportion(tasks: f64, value: f64, target: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded on both sides")]
    let wanted = (tasks * value / target).ceil().clamp(0.0, 10_000.0) as u32;
    wanted
}

fn cooldown(world: &World, given: Option<Duration>) -> Duration {
    given.unwrap_or(world.timings.scaling_cooldown.least)
}

pub(super) fn alarm_id(world: &World, region: &Region, resource: &str, policy: &str, alarm: &str) -> String {
    world.chance.uuid(("scaling-alarm", region, resource, policy, alarm))
}

fn act(world: &mut World, region: &Region, scaling: &mut AutoScaling, resource: String, desired: u32, cause: String) {
    let now = world.now();
    scaling.acted += 1;
    let activity = Activity {
        id: world.chance.uuid(("scaling-activity", region, &resource, scaling.acted)),
        message: format!("Successfully set desired count to {desired}. Waiting for change to be fulfilled by ecs."),
        resource,
        desired,
        cause,
        status: Status::InProgress,
        started_at: now,
        ended_at: None,
    };
    world.truth.note(now, Some(region), "autoscaling", &activity.resource, format!("desired {desired}: {}", activity.cause));
    scaling.activities.push_front(activity);
    scaling.activities.truncate(KEPT);
}

/// Sees what became of activities in progress.
fn follow_up(world: &World, region: &Region, scaling: &mut AutoScaling) {
    let now = world.now();
    for activity in scaling.activities.iter_mut().filter(|activity| activity.status == Status::InProgress) {
        let mut names = activity.resource.splitn(3, '/').skip(1);
        let (cluster, service) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        let set = format!("Successfully set desired count to {}.", activity.desired);
        let (status, message) = match ecs::service(world, region, cluster, service) {
            None => (Status::Failed, "Failed to set desired count: the service does not exist.".to_owned()),
            Some(found) if found.desired != activity.desired => {
                (Status::Overridden, format!("{set} Found it was later changed to {}.", found.desired))
            }
            Some(found) if found.running() == activity.desired as usize => {
                (Status::Successful, format!("{set} Change successfully fulfilled by ecs."))
            }
            Some(_) => continue,
        };
        activity.status = status;
        activity.message = message;
        activity.ended_at = Some(now);
    }
}

impl ScalableTarget {
    /// Looks at the bounds at the next opportunity.
    pub(super) fn look(&mut self) {
        self.due = true;
    }
}

impl Policy {
    /// Forgets what it has seen, as new alarms would.
    pub(super) fn forget(&mut self) {
        (self.high, self.low) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Suspended, add_target};
    use super::*;
    use crate::doc;
    use crate::world::ecs::{NewService, add_cluster, add_service, note_load, set_desired};
    use crate::world::testing::{ask, live, west, world};
    use crate::world::{ActiveFault, Fault};

    fn scaled(desired: u32, bounds: (u32, u32), cpu: Option<f64>) -> World {
        let mut world = world();
        add_cluster(&mut world, &west(), "c").unwrap();
        add_service(&mut world, &west(), NewService { cluster: "c".into(), name: "s".into(), desired, ..NewService::default() }).unwrap();
        add_target(&mut world, &west(), "c", "s", bounds, cpu).unwrap();
        world
    }

    fn desired(world: &World) -> u32 {
        ecs::service(world, &west(), "c", "s").unwrap().desired
    }

    #[test]
    fn a_desired_count_beyond_the_bounds_is_pulled_back_and_said() {
        let mut world = scaled(2, (2, 4), None);
        let input = doc! { "cluster": "c", "service": "s", "desiredCount": 9 };
        ask(&mut world, &west(), "ecs", "UpdateService", input).unwrap();
        assert_eq!(desired(&world), 9);
        live(&mut world, 62);
        assert_eq!(desired(&world), 4);
        set_desired(&mut world, &west(), "c", "s", 0);
        live(&mut world, 60);
        assert_eq!(desired(&world), 2);
        let activities = &world.regional[&west()].autoscaling.activities;
        assert_eq!(activities[0].cause, "minimum capacity was set to 2");
        assert_eq!(activities[1].cause, "maximum capacity was set to 4");
        assert_eq!(activities[1].status, Status::Successful);
        set_desired(&mut world, &west(), "c", "s", 3);
        live(&mut world, 10);
        assert_eq!(world.regional[&west()].autoscaling.activities[0].status, Status::Overridden);
    }

    #[test]
    fn what_is_suspended_does_not_happen() {
        let mut world = scaled(3, (2, 4), None);
        let suspend = |world: &mut World, scaling_in, scaling_out| {
            let target = world.regional.get_mut(&west()).unwrap().autoscaling.targets.get_mut("service/c/s").unwrap();
            target.suspended = Suspended { scaling_in, scaling_out, scheduled: false };
        };
        suspend(&mut world, true, false);
        set_desired(&mut world, &west(), "c", "s", 9);
        live(&mut world, 120);
        assert_eq!(desired(&world), 9);
        suspend(&mut world, false, true);
        live(&mut world, 60);
        assert_eq!(desired(&world), 4);
        set_desired(&mut world, &west(), "c", "s", 0);
        live(&mut world, 120);
        assert_eq!(desired(&world), 0);
    }

    #[test]
    fn load_scales_out_soon_and_in_late() {
        let mut world = scaled(2, (2, 10), Some(50.0));
        note_load(&mut world, &west(), "c", "s", 220.0);
        live(&mut world, 130);
        assert_eq!(desired(&world), 2, "two minutes above the target are not enough");
        live(&mut world, 55);
        assert_eq!(desired(&world), 4);
        live(&mut world, 975);
        let high = desired(&world);
        assert_eq!(high, 5, "tracking settles where the load is borne");
        note_load(&mut world, &west(), "c", "s", 10.0);
        live(&mut world, 14 * 60);
        assert_eq!(desired(&world), high, "fourteen quiet minutes are not enough");
        live(&mut world, 180);
        assert_eq!(desired(&world), 2);
    }

    #[test]
    fn nothing_is_scaled_in_during_a_deployment() {
        let mut world = scaled(4, (1, 10), Some(50.0));
        live(&mut world, 14 * 60);
        // The new tasks find no room, so the deployment goes on for as long as the fault.
        let fault = ActiveFault::on(Fault::CapacityShort, &west(), world.now(), Some(Duration::from_secs(600)));
        world.faults.inject(fault);
        let input = doc! { "cluster": "c", "service": "s", "forceNewDeployment": true };
        ask(&mut world, &west(), "ecs", "UpdateService", input).unwrap();
        live(&mut world, 590);
        assert_eq!(desired(&world), 4);
        live(&mut world, 300);
        assert_eq!(desired(&world), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn after_the_scaler_ran_the_desired_count_is_within_bounds(
            min in 0u32..6, width in 0u32..6, moves in prop::collection::vec((0u32..20, 0u16..600, 0u64..300), 1..6)
        ) {
            let mut world = scaled(3, (min, min + width), Some(60.0));
            for (wanted, load, wait) in moves {
                set_desired(&mut world, &west(), "c", "s", wanted);
                note_load(&mut world, &west(), "c", "s", f64::from(load));
                live(&mut world, 62 + wait);
                prop_assert!((min..=min + width).contains(&desired(&world)));
            }
        }
    }
}
