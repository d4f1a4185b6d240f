//! EventBridge: rules that run functions, state machines and topics on a schedule, or when an event fits their pattern.

mod api;
mod deliver;
mod pattern;
mod schedule;

use std::collections::BTreeMap;

use drlab_core::domain::{Region, Timestamp};

use super::{ApiError, Gauges, Operation, Reading, Service, World};
use crate::doc;
use crate::document::Document;
use pattern::Pattern;
use schedule::Schedule;

pub const SERVICE: Service = Service {
    name: "events",
    operations: &[
        Operation::read("ListRules", api::list_rules),
        Operation::read("DescribeRule", api::describe_rule),
        Operation::read("ListTargetsByRule", api::list_targets_by_rule),
        Operation::read("ListEventBuses", api::list_event_buses),
        Operation::write("EnableRule", api::enable_rule),
        Operation::write("DisableRule", api::disable_rule),
        Operation::write("PutRule", api::put_rule),
        Operation::write("PutTargets", api::put_targets),
        Operation::write("PutEvents", api::put_events),
    ],
};

#[derive(Clone, Debug, Default)]
pub struct Events {
    /// On the default bus: the only one there is.
    pub rules: BTreeMap<String, Rule>,
    /// How many events there were, for their ids.
    seen: u64,
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub name: String,
    pub description: Option<String>,
    pub role: Option<String>,
    pub enabled: bool,
    pub created: Timestamp,
    trigger: Trigger,
    pub targets: Vec<Target>,
    counters: Counters,
}

/// What makes a rule fire; both can be there.
#[derive(Clone, Debug, Default)]
struct Trigger {
    schedule: Option<(String, Schedule)>,
    pattern: Option<(String, Pattern)>,
}

/// What a rule invokes, and with what.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub id: String,
    pub arn: String,
    pub role: Option<String>,
    pub payload: Payload,
}

/// What a target is given.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Payload {
    /// The event itself.
    #[default]
    Event,
    /// This JSON text instead.
    Constant(String),
    /// The part of the event at this path.
    Path(String),
    /// A template with parts of the event in it.
    Template { paths: Vec<(String, String)>, template: String },
}

/// Since the last minute.
#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    triggered: u32,
    invocations: u32,
    failed: u32,
}

/// What the topology says about a rule.
#[derive(Clone, Debug, Default)]
pub struct NewRule {
    pub name: String,
    pub description: String,
    /// `rate(5 minutes)` or `cron(0 3 ? * SUN *)`.
    pub schedule: Option<String>,
    /// JSON.
    pub pattern: Option<String>,
    pub disabled: bool,
    /// ARNs, each with the JSON it is given instead of the event.
    pub targets: Vec<(String, Option<String>)>,
}

/// Installs a rule. The error says what is wrong with its schedule or its pattern.
pub fn add_rule(world: &mut World, region: &Region, new: NewRule) -> Result<(), ApiError> {
    let created = world.now();
    let trigger = Trigger::parse(new.schedule.as_deref(), new.pattern.as_deref())?;
    let targets = new.targets.into_iter().enumerate().map(|(nth, (arn, input))| Target {
        id: format!("target-{}", nth + 1),
        arn,
        role: None,
        payload: input.map_or(Payload::Event, Payload::Constant),
    });
    let rule = Rule {
        name: new.name.clone(),
        description: Some(new.description).filter(|text| !text.is_empty()),
        role: None,
        enabled: !new.disabled,
        created,
        trigger,
        targets: targets.collect(),
        counters: Counters::default(),
    };
    world.here_mut(region)?.events.rules.insert(new.name, rule);
    Ok(())
}

impl Trigger {
    fn parse(schedule: Option<&str>, pattern: Option<&str>) -> Result<Self, ApiError> {
        let invalid = || ApiError::validation("Parameter ScheduleExpression is not valid.");
        let schedule =
            schedule.map(|text| Schedule::parse(text).map(|parsed| (text.to_owned(), parsed)).ok_or_else(invalid)).transpose()?;
        let pattern = pattern.map(|text| Pattern::parse(text).map(|parsed| (text.to_owned(), parsed))).transpose()?;
        if schedule.is_none() && pattern.is_none() {
            return Err(ApiError::validation("Parameter(s) EventPattern or ScheduleExpression must be specified."));
        }
        Ok(Self { schedule, pattern })
    }
}

/// Fires what is due.
pub fn pulse(world: &mut World) {
    let now = world.now();
    // Schedules have no finer grain than a minute, counted from their own start.
    let mut due = Vec::new();
    for (region, here) in &world.regional {
        let fires =
            |rule: &&Rule| rule.enabled && rule.trigger.schedule.as_ref().is_some_and(|(_, schedule)| schedule.fires(rule.created, now));
        let mut rules = here.events.rules.values().filter(fires).peekable();
        if rules.peek().is_some() && !world.faults.is_dark(region) {
            due.extend(rules.map(|rule| (region.clone(), rule.name.clone())));
        }
    }
    for (region, rule) in due {
        let arn = world.arn("events", &region, &format!("rule/{rule}"));
        let event =
            doc! { "detail-type": "Scheduled Event", "source": "aws.events", "resources": Document::list([arn]), "detail": doc! {} };
        let event = complete(world, &region, event);
        deliver::fire(world, &region, &rule, &event);
    }
}

/// Puts an event on the region's bus: every enabled rule whose pattern it fits fires. CloudWatch tells of alarms this way; the event needs
/// `source`, `detail-type` and `detail`, the rest is filled in. Returns the event's id.
pub fn emit(world: &mut World, region: &Region, event: Document) -> String {
    let event = complete(world, region, event);
    let id = event.get("id").and_then(Document::as_text).unwrap_or("").to_owned();
    // A dark region's automation does not run.
    if world.faults.is_dark(region) {
        return id;
    }
    let Some(here) = world.regional.get(region) else { return id };
    let fits = |rule: &&Rule| rule.enabled && rule.trigger.pattern.as_ref().is_some_and(|(_, pattern)| pattern.fits(&event));
    let fitting: Vec<String> = here.events.rules.values().filter(fits).map(|rule| rule.name.clone()).collect();
    for rule in fitting {
        deliver::fire(world, region, &rule, &event);
    }
    id
}

/// Fills in what every event has.
fn complete(world: &mut World, region: &Region, event: Document) -> Document {
    let (now, account, chance) = (world.now(), world.account.clone(), world.chance);
    let seen = world.regional.get_mut(region).map_or(0, |here| {
        here.events.seen += 1;
        here.events.seen
    });
    let mut whole = doc! {
        "version": "0", "id": chance.uuid(("event", region.as_str(), seen)), "account": account, "time": seconds(now), "region": region.as_str(),
        "resources": Document::list(Vec::<String>::new()),
    };
    if let Document::Map(members) = event {
        for (name, value) in members {
            let value = match value {
                Document::Time(instant) => seconds(instant).into(),
                value => value,
            };
            whole.set(&name, value);
        }
    }
    whole
}

/// `2026-01-01T00:00:00Z`, as events tell an instant.
fn seconds(instant: Timestamp) -> String {
    let text = Timestamp::from_secs(instant.secs()).to_string();
    text.replace(".000Z", "Z")
}

pub fn measure(world: &mut World, gauges: &mut Gauges) {
    for (region, here) in &mut world.regional {
        for (name, rule) in &mut here.events.rules {
            let counters = std::mem::take(&mut rule.counters);
            let counts =
                [("TriggeredRules", counters.triggered), ("Invocations", counters.invocations), ("FailedInvocations", counters.failed)];
            for (metric, count) in counts {
                if count > 0 {
                    gauges.put(region, "AWS/Events", metric, &[("RuleName", name)], Reading::count(count.into()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::world::lambda::{Behaviour, NewFunction, PaymentPlan, add_function};
    use crate::world::testing::{ask, east, live, west, world};
    use crate::world::{ActiveFault, Fault, automation, cloudwatch, states};

    const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:monitor";

    fn scheduled(world: &mut World) {
        add_function(world, &east(), NewFunction::new("monitor", Behaviour::PaymentValidation(PaymentPlan::default())));
        let rule = NewRule {
            name: "every-5".to_owned(),
            schedule: Some("rate(5 minutes)".to_owned()),
            targets: vec![(FUNCTION.to_owned(), None)],
            ..NewRule::default()
        };
        add_rule(world, &east(), rule).unwrap();
    }

    /// How often the function ever ran.
    fn runs(world: &World) -> f64 {
        cloudwatch::testing::counted(world, &east(), "AWS/Lambda", "Invocations").unwrap_or(0.0)
    }

    #[test]
    fn a_schedule_fires_until_it_is_disabled() {
        let mut world = world();
        scheduled(&mut world);
        live(&mut world, 610);
        assert_eq!(runs(&world), 2.0);
        ask(&mut world, &east(), "events", "DisableRule", doc! { "Name": "every-5" }).unwrap();
        live(&mut world, 1200);
        assert_eq!(runs(&world), 2.0);
        ask(&mut world, &east(), "events", "EnableRule", doc! { "Name": "every-5" }).unwrap();
        live(&mut world, 310);
        assert_eq!(runs(&world), 3.0);
    }

    #[test]
    fn a_dark_region_misses_its_schedules() {
        let mut world = world();
        scheduled(&mut world);
        let dark = ActiveFault::on(Fault::RegionDark, &east(), world.now(), Some(std::time::Duration::from_secs(900)));
        world.faults.inject(dark);
        live(&mut world, 890);
        assert_eq!(runs(&world), 0.0);
        live(&mut world, 330);
        assert_eq!(runs(&world), 2.0);
    }

    #[test]
    fn an_alarm_that_fits_starts_a_machine() {
        let mut world = world();
        let plan = Arc::new(automation::tests_plan());
        states::add_machine(&mut world, &west(), "failover", states::Behaviour::Failover(plan));
        let rule = NewRule {
            name: "alarm".to_owned(),
            pattern: Some(
                r#"{"source":["aws.cloudwatch"],"detail-type":["CloudWatch Alarm State Change"],"detail":{"alarmName":[{"prefix":"tier2-"}],"state":{"value":["ALARM"]}}}"#
                    .to_owned(),
            ),
            targets: vec![("arn:aws:states:us-west-2:123456789012:stateMachine:failover".to_owned(), Some(r#"{"force":true}"#.to_owned()))],
            ..NewRule::default()
        };
        add_rule(&mut world, &west(), rule).unwrap();
        let event = |name: &str, state: &str| {
            doc! {
                "source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change",
                "detail": doc! { "alarmName": name, "state": doc! { "value": state } },
            }
        };
        let machine = || doc! { "stateMachineArn": "arn:aws:states:us-west-2:123456789012:stateMachine:failover" };
        let count = |world: &mut World| {
            let body = ask(world, &west(), "states", "ListExecutions", machine()).unwrap().body;
            body.items("executions", "member").len()
        };
        emit(&mut world, &west(), event("tier2-5xx", "OK"));
        emit(&mut world, &west(), event("other-5xx", "ALARM"));
        emit(&mut world, &east(), event("tier2-5xx", "ALARM"));
        assert_eq!(count(&mut world), 0);
        emit(&mut world, &west(), event("tier2-5xx", "ALARM"));
        assert_eq!(count(&mut world), 1);
    }
}
