//! Services over time: whole lives, seen from outside.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::doc;
use crate::document::Document;
use crate::world::testing::{ask, live, west, world};
use crate::world::{ActiveFault, Fault, ecr};

/// A balanced service of the wanted size, as a topology would build it.
fn built(new: NewService) -> World {
    let mut world = world();
    add_cluster(&mut world, &west(), "c").unwrap();
    let group =
        elb::NewTargetGroup { name: "app".into(), deregistration_delay: Some(Duration::from_secs(60)), ..elb::NewTargetGroup::default() };
    let group = elb::add_target_group(&mut world, &west(), group).unwrap();
    let balancer = elb::NewLoadBalancer { name: "edge".into(), target_groups: vec![group.clone()], ..elb::NewLoadBalancer::default() };
    elb::add_load_balancer(&mut world, &west(), balancer).unwrap();
    add_service(&mut world, &west(), NewService { cluster: "c".into(), name: "app".into(), target_groups: vec![group], ..new }).unwrap();
    world
}

fn sized(desired: u32) -> NewService {
    NewService { desired, ..NewService::default() }
}

fn app(world: &World) -> &Service {
    service(world, &west(), "c", "app").unwrap()
}

fn update(world: &mut World, members: &[(&str, Document)]) {
    let mut input = doc! { "cluster": "c", "service": "app" };
    for (name, value) in members {
        input.set(name, value.clone());
    }
    ask(world, &west(), "ecs", "UpdateService", input).unwrap();
}

fn healthy(world: &World) -> usize {
    let arn = &app(world).target_groups[0].arn;
    elb::healthy_targets(world, &west(), arn)
}

fn said(world: &World, what: &str) -> bool {
    app(world).events.iter().any(|event| event.message.contains(what))
}

#[test]
fn a_world_begins_steady() {
    let mut world = built(sized(2));
    assert_eq!((app(&world).running(), healthy(&world)), (2, 2));
    live(&mut world, 300);
    assert_eq!((app(&world).running(), healthy(&world), app(&world).placed), (2, 2, 2));
    assert_eq!(app(&world).events.len(), 1);
    assert_eq!(app(&world).deployments[0].rollout, Rollout::Completed);
}

#[test]
fn a_pilot_light_comes_up_through_all_stations() {
    let mut world = built(sized(0));
    update(&mut world, &[("desiredCount", 2.into())]);
    let mut seen = Vec::new();
    for _ in 0..120 {
        live(&mut world, 1);
        let state = app(&world).tasks[0].state;
        if seen.last() != Some(&state) {
            seen.push(state);
        }
    }
    assert_eq!(seen, [TaskState::Provisioning, TaskState::Pending, TaskState::Activating, TaskState::Running]);
    assert_eq!(healthy(&world), 2);
    assert!(said(&world, "has started 2 tasks: (task ") && said(&world, "registered ") && said(&world, "has reached a steady state."));
    let task = &app(&world).tasks[0];
    assert!(task.created_at < task.pull_started_at.unwrap() && task.pull_stopped_at < task.started_at);
}

#[test]
fn scaling_in_drains_and_forgets_after_an_hour() {
    let mut world = built(sized(2));
    update(&mut world, &[("desiredCount", 0.into())]);
    live(&mut world, 1);
    assert_eq!((app(&world).running(), app(&world).tasks[0].state), (0, TaskState::Deactivating));
    assert!(said(&world, "has begun draining connections on 2 tasks.") && said(&world, "deregistered 2 targets in (target-group "));
    assert!(!app(&world).steady, "draining is not steady");
    live(&mut world, 120);
    let task = &app(&world).tasks[0];
    assert_eq!((task.state, task.stop.as_ref().unwrap().code), (TaskState::Stopped, StopCode::ServiceSchedulerInitiated));
    assert!(task.stop.as_ref().unwrap().reason.starts_with("Scaling activity initiated by (deployment ecs-svc/"));
    assert!(app(&world).steady);
    live(&mut world, 3600);
    assert!(app(&world).tasks.is_empty());
}

#[test]
fn a_redeploy_replaces_every_task_and_never_goes_below_the_minimum() {
    let mut world = built(sized(2));
    let before: Vec<String> = app(&world).tasks.iter().map(|task| task.id.clone()).collect();
    update(&mut world, &[("forceNewDeployment", true.into())]);
    assert_eq!((app(&world).deployments.len(), app(&world).deployments[0].rollout), (2, Rollout::InProgress));
    for _ in 0..400 {
        live(&mut world, 1);
        assert!(healthy(&world) >= 2);
    }
    assert!(app(&world).running_tasks().all(|task| !before.contains(&task.id)));
    assert_eq!((app(&world).deployments.len(), app(&world).deployments[0].rollout), (1, Rollout::Completed));
    assert!(said(&world, "deployment completed."));
}

#[test]
fn no_capacity_leaves_tasks_unplaced_until_there_is_some() {
    let mut world = built(sized(1));
    world.faults.inject(ActiveFault::on(Fault::CapacityShort, &west(), world.now(), None));
    update(&mut world, &[("desiredCount", 3.into())]);
    live(&mut world, 600);
    assert_eq!((app(&world).running(), app(&world).pending(), app(&world).placed), (1, 0, 1));
    assert!(said(&world, "was unable to place a task. Reason: Capacity is unavailable at this time."));
    world.faults.clear();
    live(&mut world, 150);
    assert_eq!(app(&world).running(), 3);
}

#[test]
fn a_regions_task_limit_holds() {
    let mut world = built(sized(1));
    world.regional.get_mut(&west()).unwrap().ecs.task_capacity = Some(2);
    update(&mut world, &[("desiredCount", 5.into())]);
    live(&mut world, 300);
    assert_eq!((app(&world).running(), app(&world).pending()), (2, 0));
    assert!(said(&world, "limit on the number of vCPUs"));
}

#[test]
fn a_missing_image_fails_tasks_and_trips_the_breaker() {
    let image = "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:v1";
    let breaker = Some(CircuitBreaker { rollback: true });
    let mut world = built(NewService { image: image.into(), circuit_breaker: breaker, ..sized(2) });
    ecr::add_repository(&mut world, &west(), "app").unwrap();
    ecr::add_image(&mut world, &west(), "app", "v1").unwrap();
    let id = DefinitionId { family: "app".into(), revision: 0 };
    let next = TaskDefinition { id, image: image.replace("v1", "v2"), ..TaskDefinition::default() };
    add_task_definition(&mut world, &west(), next).unwrap();
    update(&mut world, &[("taskDefinition", "app".into())]);
    live(&mut world, 80);
    let failed = app(&world).tasks.iter().find(|task| task.stop.is_some()).unwrap();
    assert_eq!(failed.stop.as_ref().unwrap().code, StopCode::TaskFailedToStart);
    assert!(failed.stop.as_ref().unwrap().reason.starts_with("CannotPullContainerError"));
    live(&mut world, 600);
    assert!(said(&world, "deployment failed: tasks failed to start.") && said(&world, "rolling back to (deployment ecs-svc/"));
    let primary = &app(&world).deployments[0];
    assert_eq!((primary.definition.revision, primary.rollout, app(&world).deployments.len()), (1, Rollout::Completed, 1));
    assert_eq!(healthy(&world), 2, "the old tasks never stopped serving");
}

#[test]
fn without_a_breaker_a_missing_image_is_retried_ever_more_slowly() {
    let image = "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:v1";
    let mut world = built(NewService { image: image.into(), ..sized(0) });
    update(&mut world, &[("desiredCount", 1.into())]);
    live(&mut world, 1200);
    let first = app(&world).placed;
    live(&mut world, 1200);
    let second = app(&world).placed - first;
    assert!(first >= 4 && second < first && second > 0, "{first} then {second}");
    assert!(said(&world, "is unable to consistently start tasks successfully."));
    ecr::add_repository(&mut world, &west(), "app").unwrap();
    ecr::add_image(&mut world, &west(), "app", "v1").unwrap();
    live(&mut world, 1100);
    assert_eq!((app(&world).running(), app(&world).deployments[0].failed_tasks), (1, 0));
}

#[test]
fn a_secret_that_is_not_there_keeps_containers_from_starting() {
    let mut world = built(NewService { secret: Some("gone".into()), ..sized(0) });
    update(&mut world, &[("desiredCount", 1.into())]);
    live(&mut world, 70);
    let reason = &app(&world).tasks[0].stop.as_ref().unwrap().reason;
    assert!(reason.starts_with("ResourceInitializationError"), "{reason}");
}

#[test]
fn unhealthy_tasks_are_replaced() {
    let mut world = built(sized(2));
    let ill = app(&world).tasks[0].clone();
    let arn = app(&world).target_groups[0].arn.clone();
    // Its address leads nowhere any more, so its checks time out.
    let groups = &mut world.regional.get_mut(&west()).unwrap().elb.target_groups;
    groups.get_mut(&arn).unwrap().targets.iter_mut().find(|target| target.address == ill.address).unwrap().owner = None;
    live(&mut world, 300);
    assert_eq!((app(&world).running(), healthy(&world)), (2, 2));
    let stopped = app(&world).tasks.iter().find(|task| task.id == ill.id).unwrap();
    assert_eq!(stopped.stop.as_ref().unwrap().reason, format!("Task failed ELB health checks in (target-group {arn})"));
    assert!(said(&world, "is unhealthy in (target-group ") && said(&world, "due to (reason Request timed out)."));
}

#[test]
fn how_often_one_asks_changes_nothing() {
    let look = |every: u64| {
        let mut world = built(sized(2));
        update(&mut world, &[("desiredCount", 4.into()), ("forceNewDeployment", true.into())]);
        for _ in 0..(240 / every) {
            live(&mut world, every);
            let input = doc! { "cluster": "c", "services": Document::list(["app"]) };
            ask(&mut world, &west(), "ecs", "DescribeServices", input).unwrap();
        }
        format!("{:?}", app(&world))
    };
    assert_eq!(look(1), look(60));
}

/// What holds after every pulse, whatever an operator does.
fn consistent(world: &mut World) -> Result<(), TestCaseError> {
    let input = doc! { "cluster": "c", "services": Document::list(["app"]) };
    let told = ask(world, &west(), "ecs", "DescribeServices", input).unwrap().body;
    let told = told.items("services", "member")[0].clone();
    let found = app(world);
    let count = |name: &str| told.int(name).unwrap().unwrap();
    let running = found.tasks.iter().filter(|task| task.state == TaskState::Running).count();
    prop_assert_eq!(count("runningCount"), i64::try_from(running).unwrap());
    let of_deployments = |name: &str| told.items("deployments", "member").iter().map(|d| d.int(name).unwrap().unwrap()).sum::<i64>();
    prop_assert_eq!(of_deployments("runningCount"), count("runningCount"));
    prop_assert_eq!(of_deployments("pendingCount"), count("pendingCount"));
    let alive = found.tasks.iter().filter(|task| task.wanted).count();
    prop_assert!(alive <= found.most(), "{alive} tasks, {} allowed", found.most());
    let primary = told.items("deployments", "member").iter().filter(|d| d.text("status").unwrap() == Some("PRIMARY")).count();
    prop_assert_eq!(primary, 1);
    prop_assert!(found.events.len() <= 100);
    prop_assert!(found.tasks.iter().all(|task| found.deployments.iter().any(|d| d.id == task.deployment) || !task.wanted));
    // Whoever runs and is wanted is a target, and nobody else that is not on its way out.
    let group = &world.regional[&west()].elb.target_groups[&found.target_groups[0].arn];
    let serving = found.tasks.iter().filter(|task| task.wanted && task.has_container()).count();
    prop_assert_eq!(group.registered(), serving);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn redeploys_alone_never_cost_more_health_than_allowed(
        desired in 1u32..6,
        bounds in prop_oneof![Just((100u32, 200u32)), Just((50, 100)), Just((0, 100)), Just((50, 150)), Just((100, 150))],
        waits in prop::collection::vec(1u64..200, 1..4),
    ) {
        let mut world = built(NewService { minimum_healthy_percent: bounds.0, maximum_percent: bounds.1, ..sized(desired) });
        for wait in waits {
            update(&mut world, &[("forceNewDeployment", true.into())]);
            for _ in 0..wait {
                live(&mut world, 1);
                prop_assert!(healthy(&world) >= app(&world).least(), "{} healthy, {} needed", healthy(&world), app(&world).least());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn counts_agree_and_bounds_hold_whatever_happens(
        desired in 0u32..5,
        bounds in prop_oneof![Just((100u32, 200u32)), Just((50, 100)), Just((0, 100)), Just((50, 150)), Just((100, 150))],
        steps in prop::collection::vec((0u8..6, 0u32..7, 1u64..150), 1..12),
    ) {
        let mut world = built(NewService { minimum_healthy_percent: bounds.0, maximum_percent: bounds.1, ..sized(desired) });
        for (step, number, wait) in steps {
            match step {
                0 | 1 => update(&mut world, &[("desiredCount", number.into())]),
                2 => update(&mut world, &[("forceNewDeployment", true.into())]),
                3 => update(&mut world, &[("desiredCount", number.into()), ("forceNewDeployment", true.into())]),
                4 => {
                    if let Some(task) = app(&world).tasks.iter().find(|task| task.wanted).map(|task| task.id.clone()) {
                        ask(&mut world, &west(), "ecs", "StopTask", doc! { "cluster": "c", "task": task }).unwrap();
                    }
                }
                _ => {
                    let lasting = Some(Duration::from_secs(u64::from(number) * 20));
                    world.faults.inject(ActiveFault::on(Fault::CapacityShort, &west(), world.now(), lasting));
                }
            }
            for _ in 0..wait {
                live(&mut world, 1);
                consistent(&mut world)?;
            }
        }
        world.faults.clear();
        let movable = app(&world).most() > app(&world).least() || app(&world).deployments.len() == 1;
        if movable {
            // Three rounds at the slowest: one task at a time, each with its start, its target and its drain.
            live(&mut world, 3000);
            prop_assert!(app(&world).steady, "{:?}", app(&world));
            prop_assert_eq!(app(&world).running(), app(&world).desired as usize);
        }
    }
}
