//! What each kind of function does when it runs.

use std::fmt;
use std::sync::Arc;

use drlab_core::domain::Region;

use super::payment::PaymentPlan;
use crate::doc;
use crate::document::Document;
use crate::world::automation::{Failure, Graph, Probe, Recovery, TablePlan, Walk, probe, region_in};
use crate::world::{Span, Timings, World, json};

/// The kinds of functions the lab knows, each with what its topology tells it.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// Looks at both sites, and calls for help when the primary stays down while the standby answers.
    HealthMonitor(Arc<Monitor>),
    /// Fails over (`failover`), looks (`health_check`) or tests without harm (`test`), as its payload's `action` says.
    DrAutomation(Arc<Recovery>),
    /// Says whether a payment is one, if the region's database lets it.
    PaymentValidation(PaymentPlan),
    /// Tests the standby and writes the result down.
    DrTest(Arc<Recovery>),
    /// Writes down what the standby costs.
    CostReport(Arc<CostPlan>),
    /// Answers what it was asked, and nothing else.
    Answer,
}

#[derive(Clone, Debug)]
pub struct Monitor {
    pub workload: String,
    pub primary: Probe,
    pub standby: Readiness,
    /// How many failures in a row it takes.
    pub threshold: u32,
    /// The function that is to act, and where it is.
    pub automation: (Region, String),
    pub topic: Option<String>,
}

/// How a monitor tells that the standby could take over.
#[derive(Clone, Debug)]
pub enum Readiness {
    /// Its application answers.
    Answers(Probe),
    /// A pilot light has no application running that could: its replica must be there.
    Replica { region: Region, id: String },
}

impl Readiness {
    /// What was seen of it, or why it is not ready.
    fn look(&self, world: &mut World, home: &Region) -> Result<String, String> {
        match self {
            Self::Answers(at) => probe(world, at).map(|status| format!("HTTP {status}")),
            Self::Replica { region, id } => {
                let answer = world.act(home, region, "rds", "DescribeDBInstances", doc! { "DBInstanceIdentifier": id });
                let answer = answer.map_err(|error| error.to_string())?;
                let found = answer.body.items("DBInstances", "DBInstance");
                match found.first().and_then(|replica| replica.get("DBInstanceStatus")).and_then(Document::as_text) {
                    Some("available") => Ok(format!("{id} is available")),
                    other => Err(format!("{id} is {}", other.unwrap_or("not there"))),
                }
            }
        }
    }
}

#[derive(Clone, Debug)]
pub struct CostPlan {
    pub workload: String,
    pub table: TablePlan,
    /// Region, cluster and service of everything that is paid for by the task.
    pub services: Vec<(Region, String, String)>,
    /// Dollars for a task's hour.
    pub task_hour: f64,
    /// Dollars for everything else's hour: databases, load balancers.
    pub fixed_hour: f64,
}

/// What a DR-automation function can be asked for that takes longer than one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Failover,
    Test,
}

impl Action {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Failover => "failover",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HealthMonitor(_) => "health_monitor",
            Self::DrAutomation(_) => "dr_automation",
            Self::PaymentValidation(_) => "payment_validation",
            Self::DrTest(_) => "dr_test",
            Self::CostReport(_) => "cost_report",
            Self::Answer => "answer",
        })
    }
}

impl Behaviour {
    /// How long a run takes.
    pub(super) fn takes(&self, timings: &Timings) -> Span {
        match self {
            Self::PaymentValidation(_) => PaymentPlan::TAKES,
            _ => timings.function_run,
        }
    }

    /// One run. Its error is what the function threw.
    pub(super) fn run(
        &self,
        world: &mut World,
        region: &Region,
        name: &str,
        request: &str,
        payload: &Document,
    ) -> Result<Document, Failure> {
        match self {
            Self::HealthMonitor(monitor) => monitor.run(world, region, name),
            Self::DrAutomation(plan) => automate(world, region, name, request, plan, payload),
            Self::PaymentValidation(plan) => plan.validate(world, payload),
            Self::DrTest(plan) => Ok(begin(world, region, name, request, Action::Test, plan, payload)),
            Self::CostReport(plan) => plan.report(world, region),
            Self::Answer => Ok(payload.clone()),
        }
    }
}

/// A topic may be gone, or its region; a monitor goes on regardless.
fn publish(world: &mut World, home: &Region, topic: &str, subject: &str, message: &Document) {
    let region = region_in(topic).unwrap_or_else(|| home.clone());
    let input = doc! { "TopicArn": topic, "Subject": subject, "Message": json::text(message) };
    if let Err(error) = world.act(home, &region, "sns", "Publish", input) {
        world.truth.note(world.now(), Some(home), "lambda", topic, format!("not published: {}", error.code));
    }
}

impl Monitor {
    fn run(&self, world: &mut World, region: &Region, name: &str) -> Result<Document, Failure> {
        let (primary, standby) = (probe(world, &self.primary), self.standby.look(world, region));
        let before = self.remember(world, region, name, primary.is_err());
        let failures = if primary.is_err() { before + 1 } else { 0 };
        let reached = failures >= self.threshold;
        let mut action = "none";
        if reached && standby.is_ok() {
            action = "failover";
            let payload = doc! {
                "action": "failover", "workload": &self.workload, "reason": format!("{failures} consecutive failures of the primary"), "source": name,
            };
            let (there, function) = &self.automation;
            if world.faults.is_dark(there) {
                return Err(Failure::new("EndpointConnectionError", format!("Lambda in {there} does not answer")));
            }
            super::start(world, there, function, payload).map_err(|error| Failure::new(&error.code, error.message))?;
        } else if reached {
            action = "blocked";
        }
        let report = doc! {
            "workload": &self.workload,
            "primary": sight(&primary),
            "standby": match &standby {
                Ok(seen) => doc! { "ready": true, "seen": seen },
                Err(why) => doc! { "ready": false, "reason": why },
            },
            "consecutive_failures": failures,
            "threshold": self.threshold,
            "action": action,
        };
        let subject = match (before, failures) {
            (_, now) if now == self.threshold && action == "failover" => Some("primary down, failing over"),
            (_, now) if now == self.threshold => Some("primary down, standby not ready either: not failing over"),
            (was, 0) if was >= self.threshold => Some("primary answers again"),
            _ => None,
        };
        if let (Some(subject), Some(topic)) = (subject, &self.topic) {
            world.truth.note(world.now(), Some(region), "lambda", name, subject);
            publish(world, region, topic, &format!("{}: {subject}", self.workload), &report);
        }
        Ok(report)
    }

    /// Keeps count of the failures in a row, and returns how many there were before.
    fn remember(&self, world: &mut World, region: &Region, name: &str, failed: bool) -> u32 {
        let Some(function) = world.regional.get_mut(region).and_then(|here| here.lambda.functions.get_mut(name)) else { return 0 };
        let before = function.failures;
        function.failures = if failed { before.saturating_add(1) } else { 0 };
        before
    }
}

fn sight(probed: &Result<u16, String>) -> Document {
    match probed {
        Ok(status) => doc! { "healthy": true, "status": u32::from(*status) },
        Err(why) => doc! { "healthy": false, "reason": why },
    }
}

fn automate(
    world: &mut World,
    region: &Region,
    name: &str,
    request: &str,
    plan: &Arc<Recovery>,
    payload: &Document,
) -> Result<Document, Failure> {
    match payload.get("action").and_then(Document::as_text) {
        Some("failover") => Ok(begin(world, region, name, request, Action::Failover, plan, payload)),
        Some("test") => Ok(begin(world, region, name, request, Action::Test, plan, payload)),
        Some("health_check") => {
            let (primary, standby) = (probe(world, &plan.source.probe), probe(world, &plan.target.probe));
            Ok(doc! { "action": "health_check", "workload": &plan.workload, "primary": sight(&primary), "standby": sight(&standby) })
        }
        other => {
            let shown: String = other.unwrap_or("none").chars().take(60).collect();
            Err(Failure::new("ValueError", format!("unknown action: {shown}; failover, health_check and test are known")))
        }
    }
}

/// Answers at once what has been begun; the steps follow.
fn begin(
    world: &mut World,
    region: &Region,
    name: &str,
    request: &str,
    action: Action,
    plan: &Arc<Recovery>,
    payload: &Document,
) -> Document {
    let graph = match action {
        Action::Failover => Graph::failover(Arc::clone(plan)),
        Action::Test => Graph::test(Arc::clone(plan)),
    };
    let mut input = payload.clone();
    if action == Action::Failover {
        // Whoever asks this function to fail over has looked at the primary already.
        input.set("force", true);
    }
    let walk = Walk::new(Arc::new(graph), request, input, world.now());
    let began = super::begin_steps(world, region, name, request, action, walk);
    doc! { "action": action.name(), "workload": &plan.workload, "status": if began { "started" } else { "already running" } }
}

impl CostPlan {
    fn report(&self, world: &mut World, home: &Region) -> Result<Document, Failure> {
        let mut tasks = 0;
        for (region, cluster, service) in &self.services {
            let input = doc! { "cluster": cluster, "services": Document::list([service]) };
            let answer =
                world.act(home, region, "ecs", "DescribeServices", input).map_err(|error| Failure::new(&error.code, error.message))?;
            let running = answer.body.items("services", "member").into_iter().filter_map(|found| found.get("runningCount")?.as_int());
            tasks += u32::try_from(running.sum::<i64>()).unwrap_or(0);
        }
        let day = 24.0 * (f64::from(tasks) * self.task_hour + self.fixed_hour);
        let now = world.now();
        let mut item = doc! {};
        item.set(&self.table.hash, doc! { "S": &self.workload });
        if let Some(range) = &self.table.range {
            item.set(range, doc! { "S": now.to_string() });
        }
        item.set("running_tasks", doc! { "N": tasks.to_string() });
        item.set("dollars_a_day", doc! { "N": format!("{day:.2}") });
        let input = doc! { "TableName": &self.table.name, "Item": item };
        world.act(home, &self.table.region, "dynamodb", "PutItem", input).map_err(|error| Failure::new(&error.code, error.message))?;
        Ok(doc! { "workload": &self.workload, "running_tasks": tasks, "dollars_a_day": day })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::dynamodb::add_table;
    use crate::world::lambda::{NewFunction, add_function, start};
    use crate::world::testing::{east, live, west, world};

    fn monitored(world: &mut World) {
        let site = |host: &str| Probe { host: host.to_owned(), path: "/health.php".to_owned() };
        let monitor = Monitor {
            workload: "pilot".to_owned(),
            primary: site("198.51.100.1"),
            standby: Readiness::Answers(site("203.0.113.1")),
            threshold: 3,
            automation: (west(), "dr".to_owned()),
            topic: None,
        };
        add_function(world, &west(), NewFunction::new("monitor", Behaviour::HealthMonitor(Arc::new(monitor))));
    }

    #[test]
    fn a_monitor_counts_and_does_not_act_while_nothing_answers() {
        // No application stands at either address, so both sites are silent.
        let mut world = world();
        monitored(&mut world);
        for run in 1..=4 {
            start(&mut world, &west(), "monitor", doc! {}).unwrap();
            live(&mut world, 300);
            let lambda = &world.regional[&west()].lambda;
            assert_eq!(lambda.functions["monitor"].failures, run);
            assert!(lambda.runs.is_empty());
        }
    }

    #[test]
    fn automation_is_begun_once_and_stops_when_held() {
        let mut world = world();
        let plan = Arc::new(crate::world::automation::tests_plan());
        add_function(&mut world, &west(), NewFunction::new("dr", Behaviour::DrAutomation(plan)));
        add_table(&mut world, &west(), "dr-state", "workload", None, vec![]);
        let action = doc! { "action": "failover" };
        for _ in 0..2 {
            start(&mut world, &west(), "dr", action.clone()).unwrap();
        }
        live(&mut world, 8);
        assert_eq!(world.regional[&west()].lambda.runs.len(), 1);
        world.regional.get_mut(&west()).unwrap().lambda.functions.get_mut("dr").unwrap().reserved = Some(0);
        live(&mut world, 60);
        assert!(world.regional[&west()].lambda.runs.is_empty());
        assert!(world.truth.transitions().any(|one| one.id == "dr" && one.became == "throttled"));
    }

    #[test]
    fn an_unknown_action_is_an_error() {
        let mut world = world();
        let behaviour = Behaviour::DrAutomation(Arc::new(crate::world::automation::tests_plan()));
        let failure = behaviour.run(&mut world, &west(), "dr", "r", &doc! { "action": "explode" }).unwrap_err();
        assert_eq!(failure.error, "ValueError");
        let seen = behaviour.run(&mut world, &west(), "dr", "r", &doc! { "action": "health_check" }).unwrap();
        assert_eq!(seen.get("primary").unwrap().get("healthy"), Some(&false.into()));
    }

    #[test]
    fn costs_are_written_down() {
        let mut world = world();
        add_table(&mut world, &east(), "cost", "workload", Some("at"), vec![]);
        let table = TablePlan { region: east(), name: "cost".to_owned(), hash: "workload".to_owned(), range: Some("at".to_owned()) };
        let plan = CostPlan { workload: "platform".to_owned(), table, services: vec![], task_hour: 0.05, fixed_hour: 0.5 };
        let report = Behaviour::CostReport(Arc::new(plan)).run(&mut world, &east(), "cost", "r", &doc! {}).unwrap();
        assert_eq!(report.get("dollars_a_day"), Some(&Document::Float(12.0)));
        assert_eq!(world.regional[&east()].dynamodb.tables["cost"].items.len(), 1);
    }
}
