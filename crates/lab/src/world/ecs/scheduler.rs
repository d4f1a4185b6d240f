//! The service scheduler: starts what is missing, stops what is too much, and replaces one deployment by the next within the service's bounds.

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::definitions::{DefinitionId, TaskDefinition};
use super::deployments::{CircuitBreaker, Rollout};
use super::lives;
use super::services::Service;
use super::tasks::{ContainerHealth, Stop, StopCode, Task, TaskState};
use super::{Ecs, elb};
use crate::world::{Fault, World};

/// A service starts at most so many tasks at once.
const BATCH: usize = 10;
/// How long it waits after finding no room, and how often it says so. AWS publishes neither.
const PLACE_AGAIN: Duration = Duration::from_secs(15);
const SAY_UNPLACED_EVERY: Duration = Duration::from_secs(300);
/// A service that has nothing else to say repeats that it is steady (ECS developer guide, service events).
pub(super) const SAY_STEADY_EVERY: Duration = Duration::from_secs(6 * 3600);

pub fn pulse(world: &mut World) {
    lives::check_containers(world);
    for region in world.regions() {
        // The region's tasks are taken out while other rooms are asked about secrets, images and targets; none of those looks at tasks.
        let Some(here) = world.regional.get_mut(&region) else { continue };
        let mut ecs = std::mem::take(&mut here.ecs);
        run(world, &region, &mut ecs);
        if let Some(here) = world.regional.get_mut(&region) {
            here.ecs = ecs;
        }
    }
}

fn run(world: &mut World, region: &Region, ecs: &mut Ecs) {
    let now = world.now();
    let whole_minute = now == now.minute();
    let mut room = ecs.task_capacity.map(|most| {
        let services = ecs.clusters.values().flat_map(|cluster| cluster.services.values());
        let alive: usize = services.map(|service| service.tasks.iter().filter(|task| task.state != TaskState::Stopped).count()).sum();
        most.saturating_sub(alive)
    });
    for service in ecs.clusters.values_mut().flat_map(|cluster| cluster.services.values_mut()) {
        service.load.sample(service.tasks.iter().filter(|task| task.runs()).count(), whole_minute);
        let changes = world.regional.get(region).map_or(0, |here| here.elb.changes);
        if settled(service) && service.seen == changes && !whole_minute {
            continue;
        }
        service.seen = changes;
        service.touched = false;
        lives::advance(world, region, &ecs.definitions, service);
        schedule(world, region, service, &mut room);
    }
}

fn settled(service: &Service) -> bool {
    service.steady
        && !service.touched
        && service.deployments.len() == 1
        && service.tasks.iter().all(|task| matches!(task.state, TaskState::Running | TaskState::Stopped))
}

/// How a live task counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Condition {
    Bad,
    Starting,
    /// Running, and its load balancers do not send it requests yet.
    Warming,
    Good,
}

#[derive(Clone, Copy, Debug)]
struct Live {
    at: usize,
    primary: bool,
    condition: Condition,
}

fn condition(world: &World, region: &Region, service: &Service, task: &Task) -> Condition {
    let now = world.now();
    if task.state < TaskState::Running {
        return Condition::Starting;
    }
    if task.health == ContainerHealth::Unhealthy {
        return Condition::Bad;
    }
    let overlooked = task.started_at.is_some_and(|started| now < started + service.grace);
    let groups = world.regional.get(region).map(|here| &here.elb.target_groups);
    let of_link = |arn: &str, port: u16| match groups.and_then(|groups| groups.get(arn)) {
        Some(group) if group.load_balancer.is_some() => {
            match group.targets.iter().find(|target| target.address == task.address && target.port == port).map(|target| &target.health) {
                Some(elb::Health::Initial { .. }) => Condition::Warming,
                Some(elb::Health::Unhealthy(_)) if overlooked => Condition::Warming,
                Some(elb::Health::Unhealthy(_)) => Condition::Bad,
                // Somebody else took it out: ECS does not look after that.
                Some(elb::Health::Healthy | elb::Health::Draining { .. }) | None => Condition::Good,
            }
        }
        _ => Condition::Good,
    };
    service.target_groups.iter().map(|link| of_link(&link.arn, link.port)).min().unwrap_or(Condition::Good)
}

fn schedule(world: &mut World, region: &Region, service: &mut Service, room: &mut Option<usize>) {
    let now = world.now();
    let Some(primary) = service.deployments.first() else { return };
    let (id, definition, failed) = (primary.id.clone(), primary.definition.clone(), primary.rollout == Rollout::Failed);
    let mut live: Vec<Live> = service
        .tasks
        .iter()
        .enumerate()
        .filter(|(_, task)| task.wanted)
        .map(|(at, task)| Live { at, primary: task.deployment == id, condition: condition(world, region, service, task) })
        .collect();
    if live.iter().any(|task| task.primary && task.condition == Condition::Good) {
        let primary = &mut service.deployments[0];
        primary.proven = true;
        primary.failed_tasks = 0;
    }
    stop_surplus(world, region, service, &mut live);
    if !failed {
        stop_old(world, region, service, &mut live);
    }
    stop_bad(world, region, service, &mut live);
    keep_within_most(world, region, service, &mut live);
    if !failed {
        start_missing(world, region, service, &live, (&id, &definition), room);
    }
    break_circuit(world, region, service);
    drop_old_deployments(service);
    judge(world, region, service, &live, now);
}

/// Takes tasks out of `live`, worst first, and stops them.
fn stop_some(world: &mut World, region: &Region, service: &mut Service, live: &mut Vec<Live>, which: &[usize], why: &Stop) {
    if !which.is_empty() {
        live.retain(|task| !which.contains(&task.at));
        lives::stop(world, region, service, which, why);
    }
}

fn scaling(service: &Service) -> Stop {
    let id = service.deployments.first().map_or("", |primary| primary.id.as_str());
    Stop { code: StopCode::ServiceSchedulerInitiated, reason: format!("Scaling activity initiated by (deployment {id})") }
}

/// More tasks of the primary deployment than desired: the least ready and youngest go.
fn stop_surplus(world: &mut World, region: &Region, service: &mut Service, live: &mut Vec<Live>) {
    let mut useful: Vec<Live> = live.iter().filter(|task| task.primary && task.condition != Condition::Bad).copied().collect();
    let surplus = useful.len().saturating_sub(service.desired as usize);
    useful.sort_by_key(|task| (task.condition, std::cmp::Reverse(task.at)));
    let which: Vec<usize> = useful.into_iter().take(surplus).map(|task| task.at).collect();
    let why = scaling(service);
    stop_some(world, region, service, live, &which, &why);
}

/// Tasks of older deployments go: at once if they are of no use, otherwise as far as enough healthy ones remain.
fn stop_old(world: &mut World, region: &Region, service: &mut Service, live: &mut Vec<Live>) {
    let good = live.iter().filter(|task| task.condition == Condition::Good).count();
    let mut spare = good.saturating_sub(service.least());
    let mut which = Vec::new();
    for task in live.iter().filter(|task| !task.primary) {
        if task.condition != Condition::Good {
            which.push(task.at);
        } else if spare > 0 {
            spare -= 1;
            which.push(task.at);
        }
    }
    let why = scaling(service);
    stop_some(world, region, service, live, &which, &why);
}

/// Unhealthy tasks go when their replacements are well, or no better, or have no room.
fn stop_bad(world: &mut World, region: &Region, service: &mut Service, live: &mut Vec<Live>) {
    let desired = service.desired as usize;
    let primary = || live.iter().filter(|task| task.primary);
    let bad: Vec<usize> = primary().filter(|task| task.condition == Condition::Bad).map(|task| task.at).collect();
    if bad.is_empty() {
        return;
    }
    let good = primary().filter(|task| task.condition == Condition::Good).count();
    let undecided = primary().any(|task| matches!(task.condition, Condition::Starting | Condition::Warming));
    let count = if good >= desired {
        bad.len()
    } else if !undecided && primary().count() > desired {
        primary().count() - desired
    } else if live.len() >= service.most() && !undecided {
        1
    } else {
        0
    };
    let now = world.now();
    for at in bad.into_iter().take(count) {
        let (why, said) = illness(world, region, service, &service.tasks[at]);
        if let Some(said) = said {
            service.say(world.chance, region, now, &said);
        }
        let deployment = service.tasks[at].deployment.clone();
        if let Some(found) = service.deployments.iter_mut().find(|known| known.id == deployment) {
            found.count_failure(now);
        }
        stop_some(world, region, service, live, &[at], &why);
    }
}

/// Why an unhealthy task is stopped, and what the service says about it.
fn illness(world: &World, region: &Region, service: &Service, task: &Task) -> (Stop, Option<String>) {
    let code = StopCode::ServiceSchedulerInitiated;
    for link in &service.target_groups {
        if let Some(elb::Health::Unhealthy(why)) = elb::health_of(world, region, &link.arn, task.address, link.port) {
            let reason = format!("Task failed ELB health checks in (target-group {})", link.arn);
            let said = format!("(port {}) is unhealthy in (target-group {}) due to (reason {why}).", link.port, link.arn);
            return (Stop { code, reason }, Some(said));
        }
    }
    (Stop { code, reason: "Task failed container health checks".to_owned() }, None)
}

/// A service that has been made smaller while it changes may hold more tasks than it is allowed to: old ones go first.
fn keep_within_most(world: &mut World, region: &Region, service: &mut Service, live: &mut Vec<Live>) {
    let surplus = live.len().saturating_sub(service.most());
    let mut order = live.clone();
    order.sort_by_key(|task| (task.primary, task.condition, std::cmp::Reverse(task.at)));
    let which: Vec<usize> = order.into_iter().take(surplus).map(|task| task.at).collect();
    let why = scaling(service);
    stop_some(world, region, service, live, &which, &why);
}

fn start_missing(
    world: &mut World,
    region: &Region,
    service: &mut Service,
    live: &[Live],
    (id, definition): (&str, &DefinitionId),
    room: &mut Option<usize>,
) {
    let now = world.now();
    let useful = live.iter().filter(|task| task.primary && task.condition != Condition::Bad).count();
    let missing = (service.desired as usize).saturating_sub(useful);
    let wanted = missing.min(service.most().saturating_sub(live.len())).min(BATCH);
    if wanted == 0 || service.backoff.until.is_some_and(|until| until > now) {
        return;
    }
    if world.faults.hits(Fault::CapacityShort, region, &service.name) {
        let why = "Capacity is unavailable at this time. Please try again later or in a different availability zone.";
        return unplaced(world, region, service, why);
    }
    let count = room.map_or(wanted, |room| wanted.min(room));
    if let Some(room) = room {
        *room -= count;
    }
    let mut started = Vec::new();
    for _ in 0..count {
        started.push(format!("(task {})", place(world, region, service, id, definition)));
    }
    if !started.is_empty() {
        service.say(world.chance, region, now, &format!("has started {} tasks: {}.", started.len(), started.join(" ")));
        service.deployments[0].updated_at = now;
    }
    if count < wanted {
        unplaced(world, region, service, "You've reached the limit on the number of vCPUs you can run concurrently.");
    } else {
        service.backoff.said_unplaced = None;
    }
}

fn place(world: &mut World, region: &Region, service: &mut Service, deployment: &str, definition: &DefinitionId) -> String {
    let now = world.now();
    let nth = service.placed;
    service.placed += 1;
    let mut task = new_task(world, region, service, nth, deployment, definition, now);
    task.until = Some(now + world.chance.between(("task-provisioning", &task.id), world.timings.task_provisioning));
    lives::note(world, region, &service.cluster, &service.name, &task, now);
    let id = task.id.clone();
    service.tasks.push(task);
    id
}

/// The `nth` task of a service: its name, its address, its zone.
pub(super) fn new_task(
    world: &World,
    region: &Region,
    service: &Service,
    nth: u64,
    deployment: &str,
    definition: &DefinitionId,
    now: Timestamp,
) -> Task {
    let id = world.chance.hex(("task", region, &service.cluster, &service.name, nth), 32);
    let zone = format!("{region}{}", ["a", "b", "c"][usize::try_from(nth % 3).unwrap_or(0)]);
    Task::placed(id, deployment, definition.clone(), service.address(world.chance, region, nth), zone, now)
}

fn unplaced(world: &World, region: &Region, service: &mut Service, why: &str) {
    let now = world.now();
    service.backoff.until = Some(now + PLACE_AGAIN);
    if service.backoff.said_unplaced.is_none_or(|said| now.since(said) >= SAY_UNPLACED_EVERY) {
        service.backoff.said_unplaced = Some(now);
        let what = format!(
            "was unable to place a task. Reason: {why} For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
        );
        service.say(world.chance, region, now, &what);
    }
}

/// Gives a deployment up whose tasks keep failing, if the service is told to.
fn break_circuit(world: &mut World, region: &Region, service: &mut Service) {
    let now = world.now();
    let Some(breaker) = service.circuit_breaker else { return };
    let threshold = CircuitBreaker::threshold(service.desired);
    let Some(primary) = service.deployments.first_mut() else { return };
    if primary.rollout != Rollout::InProgress || primary.failed_tasks < threshold {
        return;
    }
    primary.fail(now);
    let failed = primary.id.clone();
    service.say(world.chance, region, now, &format!("(deployment {failed}) deployment failed: tasks failed to start."));
    world.truth.note(now, Some(region), "ecs", &format!("{}/{}", service.cluster, service.name), format!("{failed} FAILED"));
    if !breaker.rollback {
        return;
    }
    let Some(good) = service.last_good.clone() else { return };
    match service.deployments.iter().position(|known| known.rollout == Rollout::Completed) {
        Some(at) => {
            let mut back = service.deployments.remove(at);
            back.rollout = Rollout::InProgress;
            back.updated_at = now;
            service.deployments.insert(0, back);
        }
        None if service.deployments[0].definition != good => service.deploy(world.chance, region, good, now),
        None => return,
    }
    let back = &mut service.deployments[0];
    back.reason = format!("ECS deployment circuit breaker: rolling back to deploymentId {}.", back.id);
    let what = format!("rolling back to (deployment {}).", back.id);
    service.touched = true;
    service.say(world.chance, region, now, &what);
}

/// An older deployment is forgotten when the last of its tasks has drained.
fn drop_old_deployments(service: &mut Service) {
    let tasks = &service.tasks;
    let mut at = 0;
    service.deployments.retain(|deployment| {
        at += 1;
        at == 1 || tasks.iter().any(|task| task.deployment == deployment.id && task.state <= TaskState::Deactivating)
    });
}

/// Whether the service has arrived where it wants to be.
fn judge(world: &mut World, region: &Region, service: &mut Service, live: &[Live], now: Timestamp) {
    let desired = service.desired as usize;
    let good = live.iter().filter(|task| task.primary && task.condition == Condition::Good).count();
    let alone = service.deployments.len() == 1;
    let draining = service.tasks.iter().any(|task| task.state == TaskState::Deactivating);
    let steady = alone && good == desired && live.len() == desired && !draining && service.pending() == 0;
    let arrived = steady && !service.steady;
    service.steady = steady;
    if arrived && service.in_rollout() {
        let primary = &mut service.deployments[0];
        primary.complete(now);
        service.last_good = Some(primary.definition.clone());
        let id = primary.id.clone();
        service.say(world.chance, region, now, &format!("(deployment {id}) deployment completed."));
    }
    let repeat = steady && service.events.front().is_none_or(|event| now.since(event.at) >= SAY_STEADY_EVERY);
    if arrived || repeat {
        service.say(world.chance, region, now, "has reached a steady state.");
    }
    if arrived {
        let what = format!("steady at {desired}");
        world.truth.note(now, Some(region), "ecs", &format!("{}/{}", service.cluster, service.name), what);
    }
}

/// Takes one service out of the world, so that both can be changed.
pub(super) fn with_service<T>(
    world: &mut World,
    region: &Region,
    cluster: &str,
    name: &str,
    change: impl FnOnce(&mut World, &mut Service, &BTreeMap<DefinitionId, TaskDefinition>) -> T,
) -> Option<T> {
    let mut ecs = std::mem::take(&mut world.regional.get_mut(region)?.ecs);
    let found = ecs.clusters.get_mut(cluster).and_then(|cluster| cluster.services.get_mut(name));
    let result = found.map(|service| change(world, service, &ecs.definitions));
    world.regional.get_mut(region)?.ecs = ecs;
    result
}
