//! `/_lab/…`: how facilitators and tests look behind the curtain and move the scenery. Nothing here is AWS.

mod ask;

use drlab_core::config::Config;
use drlab_core::domain::{Timestamp, parse_duration};
use serde_json::{Value, json};

pub use ask::{AskError, ask};

use crate::builder::{BuildError, build};
use crate::scenarios::{Scenario, injection};
use crate::wire::{HttpResponse, Log};
use crate::world::{Access, Fault, SERVICES, World, sns};

/// What a lab was opened with, and what `reset` goes back to.
#[derive(Clone, Debug)]
pub struct Stage {
    pub config: Config,
    pub scenario: Option<Scenario>,
}

impl Stage {
    /// The world at its beginning, with everything that is going to happen already written down.
    pub fn open(&self, at: Timestamp) -> Result<World, BuildError> {
        let mut world = build(&self.config, at)?;
        if let Some(scenario) = &self.scenario {
            scenario.write_into(&mut world);
        }
        Ok(world)
    }

    /// Answers a control request; `None` where the path is none of ours.
    pub fn answer(&self, world: &mut World, log: &mut Log, method: &str, path: &str, body: &[u8]) -> Option<HttpResponse> {
        let answer = match (method, path) {
            ("GET", "/_lab/state") => Ok(world.state()),
            ("GET", "/_lab/faults") => Ok(json!({ "schema": "drlab.lab.faults/1", "active": world.fault_states() })),
            ("GET", "/_lab/operations") => Ok(operations()),
            ("GET", "/_lab/mail") => Ok(mail(world)),
            ("GET", "/_lab/log") => Ok(json!({
                "answered": log.answered(),
                "calls": log.entries().collect::<Vec<_>>(),
                "visits": log.visits().collect::<Vec<_>>(),
            })),
            ("POST", "/_lab/inject") => self.inject(world, body),
            ("POST", "/_lab/lift") => lift(world, body),
            ("POST", "/_lab/reset") => self.reset(world),
            _ => return None,
        };
        let (status, body) = match answer {
            Ok(body) => (200, body),
            Err(error) => (400, json!({ "error": error })),
        };
        Some(HttpResponse::new(status, "application/json", body.to_string()))
    }

    fn inject(&self, world: &mut World, body: &[u8]) -> Result<Value, String> {
        let asked: Value = serde_json::from_slice(body).map_err(|error| format!("the request is not JSON: {error}"))?;
        let text = asked.get("fault").and_then(Value::as_str).ok_or("which fault? give “fault”")?;
        let mut wanted = injection(text, &self.config).map_err(|error| error.to_string())?;
        if let Some(lasting) = asked.get("for").and_then(Value::as_str) {
            wanted.lasting = Some(parse_duration(lasting).map_err(|error| error.to_string())?);
        }
        wanted.level = asked.get("level").and_then(Value::as_f64);
        let fault = wanted.begin(world.now());
        world.truth.note(world.now(), fault.region.as_ref(), "fault", fault.component.as_deref().unwrap_or_default(), fault.fault.name());
        let says = format!("{text} from now on{}", fault.until.map(|until| format!(", until {until} world time")).unwrap_or_default());
        world.faults.inject(fault);
        Ok(json!({ "says": says }))
    }

    fn reset(&self, world: &mut World) -> Result<Value, String> {
        *world = self.open(world.now()).map_err(|error| error.to_string())?;
        Ok(json!({ "says": "the lab is back at its beginning" }))
    }
}

/// One kind of fault ends everywhere, or all of them. What came of it stays, and what the scenario has yet in store is still to come.
fn lift(world: &mut World, body: &[u8]) -> Result<Value, String> {
    let asked: Value = serde_json::from_slice(body).map_err(|error| format!("the request is not JSON: {error}"))?;
    let before = world.faults.active().len();
    match asked.get("fault").and_then(Value::as_str) {
        Some(name) => {
            let known = Fault::ALL.iter().copied().find(|fault| fault.name() == name);
            world.faults.lift(known.ok_or_else(|| format!("there is no fault “{name}”"))?);
        }
        None => world.faults.clear(),
    }
    let lifted = before - world.faults.active().len();
    world.truth.note(world.now(), None, "fault", "", format!("{lifted} lifted"));
    Ok(json!({ "says": format!("{lifted} lifted") }))
}

/// What reached the people and machines outside: notifications, and the confirmations that subscribers were asked for.
fn mail(world: &World) -> Value {
    json!({
        "schema": "drlab.lab.mail/1",
        "delivered": sns::deliveries(world).collect::<Vec<_>>(),
        "asked": sns::confirmations(world),
    })
}

/// Everything the lab claims to be able to do.
fn operations() -> Value {
    let claimed = SERVICES.iter().flat_map(|service| service.operations.iter().map(move |operation| (service, operation)));
    let claimed = claimed.map(
        |(service, operation)| json!({ "service": service.name, "operation": operation.name, "writes": operation.access == Access::Write }),
    );
    json!({ "schema": "drlab.lab.operations/1", "operations": claimed.collect::<Vec<_>>() })
}
