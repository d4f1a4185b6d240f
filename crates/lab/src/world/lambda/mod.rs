//! Named functions: health monitors, DR automation, payment validation, reports. They run when a schedule, an event, another function or a
//! caller invokes them, and their counters are metrics.
//!
//! A function that takes longer than one run (a failover) works as such functions do: each step invokes the next. Reserving no concurrency
//! for it therefore stops it between two steps.

mod api;
mod behaviour;
mod payment;

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::automation::{Ending, Failure, Happening, Walk};
use super::{ApiError, Gauges, Operation, Reading, Service, World};
use crate::document::Document;

pub use behaviour::{Behaviour, CostPlan, Monitor, Readiness};
pub use payment::PaymentPlan;

pub const SERVICE: Service = Service {
    name: "lambda",
    operations: &[
        Operation::read("ListFunctions", api::list_functions),
        Operation::read("GetFunction", api::get_function),
        Operation::read("GetFunctionConfiguration", api::get_function_configuration),
        Operation::read("GetFunctionConcurrency", api::get_function_concurrency),
        Operation::write("Invoke", api::invoke),
        Operation::write("PutFunctionConcurrency", api::put_function_concurrency),
        Operation::write("DeleteFunctionConcurrency", api::delete_function_concurrency),
    ],
};

#[derive(Clone, Debug, Default)]
pub struct Lambda {
    pub functions: BTreeMap<String, Function>,
    runs: Vec<Run>,
    /// How many runs were ever begun, for their names.
    begun: u64,
}

/// What the topology says about a function.
#[derive(Clone, Debug)]
pub struct NewFunction {
    pub name: String,
    pub description: String,
    pub behaviour: Behaviour,
    pub runtime: String,
    pub memory: u32,
    /// Seconds.
    pub timeout: u32,
}

impl NewFunction {
    #[must_use]
    pub fn new(name: &str, behaviour: Behaviour) -> Self {
        Self { name: name.to_owned(), description: String::new(), behaviour, runtime: "python3.13".to_owned(), memory: 256, timeout: 60 }
    }
}

#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub description: String,
    pub behaviour: Behaviour,
    pub runtime: String,
    pub memory: u32,
    pub timeout: u32,
    pub created: Timestamp,
    /// Reserved concurrency; 0 holds the function.
    pub reserved: Option<u32>,
    /// A health monitor's consecutive failures of the primary.
    pub failures: u32,
    /// At the steps of something longer.
    stepping: bool,
    counters: Counters,
}

/// Since the last minute.
#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    invocations: u32,
    errors: u32,
    throttles: u32,
    busy: Duration,
    longest: Duration,
}

/// An asynchronous invocation on its way, or the steps that follow from one.
#[derive(Clone, Debug)]
struct Run {
    function: String,
    request: String,
    work: Work,
}

#[derive(Clone, Debug)]
enum Work {
    Once { due: Timestamp, payload: Document },
    Steps { action: behaviour::Action, walk: Box<Walk> },
}

impl Work {
    fn due(&self) -> Timestamp {
        match self {
            Self::Once { due, .. } => *due,
            Self::Steps { walk, .. } => walk.due,
        }
    }
}

impl Function {
    fn is_held(&self) -> bool {
        self.reserved == Some(0)
    }

    fn count(&mut self, took: Duration, failed: bool) {
        self.counters.invocations += 1;
        self.counters.errors += u32::from(failed);
        self.counters.busy += took;
        self.counters.longest = self.counters.longest.max(took);
    }
}

/// Installs a function.
pub fn add_function(world: &mut World, region: &Region, new: NewFunction) {
    let created = world.now();
    let NewFunction { name, description, behaviour, runtime, memory, timeout } = new;
    let function = Function {
        name: name.clone(),
        description,
        behaviour,
        runtime,
        memory,
        timeout,
        created,
        reserved: None,
        failures: 0,
        stepping: false,
        counters: Counters::default(),
    };
    if let Some(here) = world.regional.get_mut(region) {
        here.lambda.functions.insert(name, function);
    }
}

/// Invokes a function as events do: accepted at once, run soon, forgotten if the function is held. Returns the request's id.
pub fn start(world: &mut World, region: &Region, name: &str, payload: Document) -> Result<String, ApiError> {
    let now = world.now();
    let (chance, span) = (world.chance, world.timings.function_run);
    let lambda = &mut world.here_mut(region)?.lambda;
    let Some(function) = lambda.functions.get_mut(name) else { return Err(api::not_found(name)) };
    lambda.begun += 1;
    let request = chance.uuid(("lambda", region.as_str(), name, lambda.begun));
    if function.is_held() {
        function.counters.throttles += 1;
    } else {
        let due = now + chance.between(("function", &request), span);
        lambda.runs.push(Run { function: name.to_owned(), request: request.clone(), work: Work::Once { due, payload } });
    }
    Ok(request)
}

pub fn pulse(world: &mut World) {
    let now = world.now();
    payment::pulse(world);
    let awake: Vec<Region> = world
        .regional
        .iter()
        .filter(|(region, here)| here.lambda.runs.iter().any(|run| run.work.due() <= now) && !world.faults.is_dark(region))
        .map(|(region, _)| region.clone())
        .collect();
    for region in awake {
        let Some(here) = world.regional.get_mut(&region) else { continue };
        let due: Vec<Run> = here.lambda.runs.extract_if(.., |run| run.work.due() <= now).collect();
        for run in due {
            if let Some(run) = carry_on(world, &region, run)
                && let Some(here) = world.regional.get_mut(&region)
            {
                here.lambda.runs.push(run);
            }
        }
    }
}

/// Does what is due of a run, and returns it if there is more to come.
fn carry_on(world: &mut World, region: &Region, run: Run) -> Option<Run> {
    let function = world.regional.get_mut(region)?.lambda.functions.get_mut(&run.function)?;
    if function.is_held() {
        function.counters.throttles += 1;
        function.stepping &= !matches!(run.work, Work::Steps { .. });
        let name = run.function;
        world.truth.note(world.now(), Some(region), "lambda", &name, "throttled");
        return None;
    }
    match run.work {
        Work::Once { payload, .. } => {
            // Nobody waits for the result of an asynchronous invocation; its error is counted.
            let _ = execute(world, region, &run.function, &run.request, &payload);
            None
        }
        Work::Steps { action, mut walk } => {
            let happened = walk.go(world, region);
            let ended = happened.iter().find_map(|one| match one {
                Happening::Ended(ending) => Some(ending),
                _ => None,
            });
            let failed = matches!(ended, Some(Ending::Failed(_) | Ending::TimedOut));
            let became = ended.map(|ending| match ending {
                Ending::Succeeded(_) => format!("{} succeeded", action.name()),
                Ending::Failed(failure) => format!("{} failed: {}", action.name(), failure.error),
                Ending::TimedOut => format!("{} timed out", action.name()),
            });
            let took = world.chance.between(("step", &run.request, walk.due), world.timings.machine_state);
            if let Some(function) = world.regional.get_mut(region).and_then(|here| here.lambda.functions.get_mut(&run.function)) {
                function.count(took, failed);
                function.stepping = became.is_none();
            }
            match became {
                Some(became) => {
                    world.truth.note(world.now(), Some(region), "lambda", &run.function, became);
                    None
                }
                None => Some(Run { work: Work::Steps { action, walk }, ..run }),
            }
        }
    }
}

/// Runs a function's behaviour once and counts it.
fn execute(world: &mut World, region: &Region, name: &str, request: &str, payload: &Document) -> Result<Document, Failure> {
    let behaviour = world.regional.get(region).and_then(|here| here.lambda.functions.get(name)).map(|function| function.behaviour.clone());
    let Some(behaviour) = behaviour else { return Err(Failure::new("ResourceNotFoundException", name)) };
    let result = behaviour.run(world, region, name, request, payload);
    let took = world.chance.between(("run", request), behaviour.takes(&world.timings));
    if let Some(function) = world.regional.get_mut(region).and_then(|here| here.lambda.functions.get_mut(name)) {
        function.count(took, result.is_err());
    }
    result
}

/// Begins the steps of a longer action, unless the function is at it already. Says whether it began them.
fn begin_steps(world: &mut World, region: &Region, function: &str, request: &str, action: behaviour::Action, walk: Walk) -> bool {
    let Some(here) = world.regional.get_mut(region) else { return false };
    let Some(idle) = here.lambda.functions.get_mut(function).filter(|function| !function.stepping) else { return false };
    idle.stepping = true;
    let work = Work::Steps { action, walk: Box::new(walk) };
    here.lambda.runs.push(Run { function: function.to_owned(), request: request.to_owned(), work });
    world.truth.note(world.now(), Some(region), "lambda", function, format!("{} began", action.name()));
    true
}

pub fn measure(world: &mut World, gauges: &mut Gauges) {
    for (region, here) in &mut world.regional {
        for (name, function) in &mut here.lambda.functions {
            let Counters { invocations, errors, throttles, busy, longest } = std::mem::take(&mut function.counters);
            if invocations + throttles == 0 {
                continue;
            }
            let dimensions = [("FunctionName", name.as_str())];
            let mut put = |metric, reading| gauges.put(region, "AWS/Lambda", metric, &dimensions, reading);
            put("Throttles", share(throttles, invocations + throttles));
            if invocations > 0 {
                put("Invocations", Reading::count(invocations.into()));
                put("Errors", share(errors, invocations));
                let millis = |time: Duration| time.as_secs_f64() * 1000.0;
                let mean = millis(busy) / f64::from(invocations);
                let reading = Reading::durations(invocations.into(), mean, millis(longest));
                put("Duration", Reading { min: mean.min(reading.min), max: millis(longest), ..reading });
            }
        }
    }
}

/// A count of those of `all` that something happened to; one sample each, 0 or 1.
fn share(some: u32, all: u32) -> Reading {
    let most = f64::from(u8::from(some > 0));
    Reading { sum: some.into(), samples: all.into(), min: f64::from(u8::from(some == all)), max: most, p95: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{east, live, world};
    use crate::world::{ActiveFault, Fault, cloudwatch};
    use crate::{doc, world::json};

    fn validator(world: &mut World) {
        add_function(world, &east(), NewFunction::new("validate", Behaviour::PaymentValidation(PaymentPlan::default())));
    }

    fn counted(world: &World, metric: &str) -> Option<f64> {
        cloudwatch::testing::counted(world, &east(), "AWS/Lambda", metric)
    }

    #[test]
    fn what_ran_is_counted_once() {
        let mut world = world();
        validator(&mut world);
        start(&mut world, &east(), "validate", json::parse("{}").unwrap()).unwrap();
        assert_eq!(counted(&world, "Invocations"), None);
        live(&mut world, 10);
        let told = ["Invocations", "Errors", "Throttles"].map(|metric| counted(&world, metric));
        assert_eq!(told, [Some(1.0), Some(1.0), Some(0.0)]);
        assert!(counted(&world, "Duration").is_some_and(|millis| millis > 0.0));
        live(&mut world, 300);
        assert_eq!(counted(&world, "Invocations"), Some(1.0));
    }

    #[test]
    fn a_held_function_is_throttled_and_forgets() {
        let mut world = world();
        validator(&mut world);
        world.regional.get_mut(&east()).unwrap().lambda.functions.get_mut("validate").unwrap().reserved = Some(0);
        start(&mut world, &east(), "validate", doc! {}).unwrap();
        live(&mut world, 10);
        assert_eq!(counted(&world, "Throttles"), Some(1.0));
        assert_eq!(counted(&world, "Invocations"), None);
    }

    #[test]
    fn nothing_runs_in_a_dark_region() {
        let mut world = world();
        validator(&mut world);
        let dark = ActiveFault::on(Fault::RegionDark, &east(), world.now(), Some(Duration::from_secs(60)));
        world.faults.inject(dark);
        start(&mut world, &east(), "validate", doc! {}).unwrap();
        live(&mut world, 30);
        assert_eq!(counted(&world, "Invocations"), None);
        live(&mut world, 60);
        assert_eq!(counted(&world, "Invocations"), Some(1.0));
    }
}
