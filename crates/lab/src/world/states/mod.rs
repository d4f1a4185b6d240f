//! Step Functions state machines: named behaviours that really fail over and back, with the history AWS would have written.

mod api;
mod history;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::automation::{Ending, Graph, Recovery, Walk};
use super::{ApiError, Gauges, Operation, Reading, Service, World, json};
use crate::document::Document;

pub use history::HistoryEvent;

pub const SERVICE: Service = Service {
    name: "states",
    operations: &[
        Operation::read("ListStateMachines", api::list_state_machines),
        Operation::read("DescribeStateMachine", api::describe_state_machine),
        Operation::read("DescribeExecution", api::describe_execution),
        Operation::read("ListExecutions", api::list_executions),
        Operation::read("GetExecutionHistory", api::get_execution_history),
        Operation::write("StartExecution", api::start_execution),
        Operation::write("StopExecution", api::stop_execution),
    ],
};

/// The kinds of machines the lab knows.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// Check the primary, promote or restore, secret, tasks, record, write proof, notify. Input `{"force": true}` skips a healthy primary.
    Failover(Arc<Recovery>),
    /// The same on the way home, onto a replica that is built first.
    Failback(Arc<Recovery>),
}

#[derive(Clone, Debug, Default)]
pub struct States {
    pub machines: BTreeMap<String, Machine>,
    /// In the order in which they were started.
    executions: Vec<Execution>,
    running: BTreeSet<usize>,
}

#[derive(Clone, Debug)]
pub struct Machine {
    pub name: String,
    pub created: Timestamp,
    graph: Arc<Graph>,
    counters: Counters,
}

/// Since the last minute.
#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    started: u32,
    succeeded: u32,
    failed: u32,
    aborted: u32,
    timed_out: u32,
    /// Of those that ended.
    time: Duration,
    longest: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

#[derive(Clone, Debug)]
struct Execution {
    machine: String,
    name: String,
    status: Status,
    started: Timestamp,
    stopped: Option<Timestamp>,
    input: String,
    output: Option<String>,
    error: Option<String>,
    cause: Option<String>,
    history: Vec<HistoryEvent>,
    /// Where it is, until it ends.
    walk: Option<Box<Walk>>,
}

impl Status {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }
}

/// Installs a state machine.
pub fn add_machine(world: &mut World, region: &Region, name: &str, behaviour: Behaviour) {
    let created = world.now();
    let graph = Arc::new(match behaviour {
        Behaviour::Failover(plan) => Graph::failover(plan),
        Behaviour::Failback(plan) => Graph::failback(plan),
    });
    if let Some(here) = world.regional.get_mut(region) {
        here.states.machines.insert(name.to_owned(), Machine { name: name.to_owned(), created, graph, counters: Counters::default() });
    }
}

impl States {
    fn position(&self, machine: &str, name: &str) -> Option<usize> {
        self.executions.iter().rposition(|execution| execution.machine == machine && execution.name == name)
    }

    /// Ends an execution, whatever its walk would still have done.
    fn end(&mut self, at: usize, status: Status, now: Timestamp) {
        self.running.remove(&at);
        let Some(execution) = self.executions.get_mut(at) else { return };
        execution.status = status;
        execution.stopped = Some(now);
        execution.walk = None;
        let took = now.since(execution.started);
        if let Some(machine) = self.machines.get_mut(&execution.machine) {
            let counters = &mut machine.counters;
            match status {
                Status::Running => {}
                Status::Succeeded => counters.succeeded += 1,
                Status::Failed => counters.failed += 1,
                Status::TimedOut => counters.timed_out += 1,
                Status::Aborted => counters.aborted += 1,
            }
            counters.time += took;
            counters.longest = counters.longest.max(took);
        }
    }
}

/// Starts an execution as a rule's target does. The name is invented where none is given.
pub fn start(world: &mut World, region: &Region, machine: &str, name: Option<&str>, input: &str) -> Result<String, ApiError> {
    let now = world.now();
    let chance = world.chance;
    let account = world.account.clone();
    let states = &mut world.here_mut(region)?.states;
    let Some(found) = states.machines.get_mut(machine) else { return Err(api::no_such_machine(&account, region, machine)) };
    let name = name.map_or_else(|| chance.uuid(("execution", region.as_str(), machine, states.executions.len())), str::to_owned);
    found.counters.started += 1;
    let data = json::parse(input).unwrap_or_else(|| Document::Map(Vec::new()));
    let walk = Walk::new(Arc::clone(&found.graph), &format!("{machine}:{name}"), data, now);
    let mut execution = Execution {
        machine: machine.to_owned(),
        name: name.clone(),
        status: Status::Running,
        started: now,
        stopped: None,
        input: input.to_owned(),
        output: None,
        error: None,
        cause: None,
        history: Vec::new(),
        walk: Some(Box::new(walk)),
    };
    history::begin(&mut execution.history, now, input, &api::role(&account, machine));
    states.running.insert(states.executions.len());
    states.executions.push(execution);
    world.truth.note(now, Some(region), "states", &format!("{machine}:{name}"), "RUNNING");
    Ok(name)
}

pub fn pulse(world: &mut World) {
    let now = world.now();
    let mut due = Vec::new();
    for (region, here) in &world.regional {
        let states = &here.states;
        if states.running.is_empty() || world.faults.is_dark(region) {
            continue;
        }
        let ready =
            |at: &&usize| states.executions.get(**at).and_then(|execution| execution.walk.as_ref()).is_some_and(|walk| walk.due <= now);
        due.extend(states.running.iter().filter(ready).map(|at| (region.clone(), *at)));
    }
    for (region, at) in due {
        carry_on(world, &region, at);
    }
}

fn carry_on(world: &mut World, region: &Region, at: usize) {
    let now = world.now();
    let taken = |world: &mut World| world.regional.get_mut(region)?.states.executions.get_mut(at)?.walk.take();
    let Some(mut walk) = taken(world) else { return };
    let happened = walk.go(world, region);
    let Some(here) = world.regional.get_mut(region) else { return };
    let Some(execution) = here.states.executions.get_mut(at) else { return };
    let mut ended = None;
    for one in happened {
        history::note(&mut execution.history, now, region, &walk.graph, &one);
        if let super::automation::Happening::Ended(ending) = one {
            ended = Some(ending);
        }
    }
    let status = match ended {
        None => {
            execution.walk = Some(walk);
            return;
        }
        Some(Ending::Succeeded(output)) => {
            execution.output = Some(json::text(&output));
            Status::Succeeded
        }
        Some(Ending::Failed(failure)) => {
            (execution.error, execution.cause) = (Some(failure.error), Some(failure.cause));
            Status::Failed
        }
        Some(Ending::TimedOut) => {
            execution.error = Some("States.Timeout".to_owned());
            Status::TimedOut
        }
    };
    let id = format!("{}:{}", execution.machine, execution.name);
    here.states.end(at, status, now);
    world.truth.note(now, Some(region), "states", &id, status.word());
}

pub fn measure(world: &mut World, gauges: &mut Gauges) {
    let account = world.account.clone();
    for (region, here) in &mut world.regional {
        for (name, machine) in &mut here.states.machines {
            let counters = std::mem::take(&mut machine.counters);
            let arn = format!("arn:aws:states:{region}:{account}:stateMachine:{name}");
            let dimensions = [("StateMachineArn", arn.as_str())];
            let counts = [
                ("ExecutionsStarted", counters.started),
                ("ExecutionsSucceeded", counters.succeeded),
                ("ExecutionsFailed", counters.failed),
                ("ExecutionsAborted", counters.aborted),
                ("ExecutionsTimedOut", counters.timed_out),
            ];
            for (metric, count) in counts {
                if count > 0 {
                    gauges.put(region, "AWS/States", metric, &dimensions, Reading::count(count.into()));
                }
            }
            let ended = counters.succeeded + counters.failed + counters.aborted + counters.timed_out;
            if ended > 0 {
                let (sum, max) = (counters.time.as_secs_f64() * 1000.0, counters.longest.as_secs_f64() * 1000.0);
                let mean = sum / f64::from(ended);
                gauges.put(
                    region,
                    "AWS/States",
                    "ExecutionTime",
                    &dimensions,
                    Reading { sum, samples: ended.into(), min: mean, max, p95: Some(max) },
                );
            }
        }
    }
}
