//! Graphs of states, in the terms of Step Functions: tasks, choices, waits, ends.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::deed::Deed;
use super::plan::Recovery;

/// A graph and what it is about.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    pub comment: &'static str,
    pub plan: Arc<Recovery>,
    pub states: Vec<State>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub name: &'static str,
    pub act: Act,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Task {
        deed: Deed,
        next: &'static str,
        /// How often to try again, and after how long.
        retries: u32,
        every: Duration,
        /// Where a failure that stays leads; without it the whole fails.
        catch: Option<&'static str>,
    },
    Choice {
        tests: Vec<(Test, &'static str)>,
        otherwise: &'static str,
    },
    Wait {
        time: Duration,
        next: &'static str,
    },
    Succeed,
    /// Fails with the error that was caught.
    Fail,
}

/// A look at the data collected so far, such as `$.InspectDatabase.state`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Text { path: &'static [&'static str], is: &'static str },
    True { path: &'static [&'static str] },
}

/// In a draft: whatever comes after this part.
const ON: &str = "";
const FAILED: &str = "NotifyFailure";

impl Graph {
    pub(crate) fn index(&self, name: &str) -> Option<usize> {
        self.states.iter().position(|state| state.name == name)
    }

    /// From whatever the source's trouble is to a target that serves writes.
    pub(crate) fn failover(plan: Arc<Recovery>) -> Self {
        let mut parts = vec![vec![
            State {
                name: "CheckPrimary",
                act: Act::Task { deed: Deed::ProbeSource, next: "Forced", retries: 2, every: secs(10), catch: Some(ON) },
            },
            choice("Forced", [(Test::True { path: &["force"] }, ON)], "PrimaryHealthy"),
            State { name: "PrimaryHealthy", act: Act::Succeed },
        ]];
        if plan.database.is_some() {
            parts.push(vec![
                task("InspectDatabase", Deed::InspectDatabase, "Decide"),
                choice(
                    "Decide",
                    [
                        (Test::Text { path: &["InspectDatabase", "state"], is: "promotable" }, "PromoteReplica"),
                        (Test::Text { path: &["InspectDatabase", "state"], is: "unusable" }, "RestoreSnapshot"),
                        (Test::Text { path: &["InspectDatabase", "state"], is: "writable" }, ON),
                    ],
                    "WaitForDatabase",
                ),
                task("PromoteReplica", Deed::Promote, "WaitForDatabase"),
                task("RestoreSnapshot", Deed::RestoreSnapshot, "WaitForDatabase"),
                wait("WaitForDatabase", 15, "InspectDatabase"),
            ]);
        }
        Self::served(plan, parts, false, "Failover: check the primary, promote or restore, turn the traffic, prove a write")
    }

    /// Home again: a new replica, a quiet source, a promotion, the traffic.
    pub(crate) fn failback(plan: Arc<Recovery>) -> Self {
        let mut parts = vec![vec![task("CheckStandby", Deed::ProbeSource, ON)]];
        if plan.database.is_some() {
            parts.push(vec![
                task("InspectWriter", Deed::InspectWriter, "EnableBackups"),
                task("EnableBackups", Deed::EnableBackups, "InspectReplica"),
                task("InspectReplica", Deed::InspectReplica, "ReplicaReady"),
                choice(
                    "ReplicaReady",
                    [
                        (Test::Text { path: &["InspectReplica", "state"], is: "promotable" }, ON),
                        (Test::Text { path: &["InspectReplica", "state"], is: "writable" }, ON),
                        (Test::Text { path: &["InspectReplica", "state"], is: "unusable" }, "CreateReplica"),
                    ],
                    "WaitForReplica",
                ),
                // Refused while the writer is still at its first backup.
                State {
                    name: "CreateReplica",
                    act: Act::Task { deed: Deed::CreateReplica, next: "WaitForReplica", retries: 40, every: secs(15), catch: Some(FAILED) },
                },
                wait("WaitForReplica", 30, "InspectReplica"),
            ]);
            parts.push(vec![
                task("QuiesceSource", Deed::QuiesceSource, "InspectSource"),
                task("InspectSource", Deed::InspectSource, "SourceQuiet"),
                choice("SourceQuiet", [(Test::True { path: &["InspectSource", "quiet"] }, "LetReplicaCatchUp")], "WaitForSource"),
                wait("WaitForSource", 10, "InspectSource"),
                wait("LetReplicaCatchUp", 60, ON),
            ]);
            parts.push(vec![
                task("InspectDatabase", Deed::InspectReplica, "Decide"),
                choice(
                    "Decide",
                    [
                        (Test::Text { path: &["InspectDatabase", "state"], is: "promotable" }, "PromoteReplica"),
                        (Test::Text { path: &["InspectDatabase", "state"], is: "writable" }, ON),
                        (Test::Text { path: &["InspectDatabase", "state"], is: "unusable" }, FAILED),
                    ],
                    "WaitForDatabase",
                ),
                task("PromoteReplica", Deed::Promote, "WaitForDatabase"),
                wait("WaitForDatabase", 15, "InspectDatabase"),
            ]);
        }
        Self::served(plan, parts, true, "Failback: rebuild a replica, quiesce, promote, turn the traffic back, prove a write")
    }

    /// Both ways end alike, once a database is writable: secret, tasks, record, proof, word. The way back leaves a standby behind (`settle`).
    fn served(plan: Arc<Recovery>, mut parts: Vec<Vec<State>>, settle: bool, comment: &'static str) -> Self {
        if plan.secret.is_some() && plan.database.is_some() {
            parts.push(vec![task("UpdateSecret", Deed::UpdateSecret, ON)]);
        }
        if plan.target.services.iter().any(|service| service.bounds.is_some()) {
            parts.push(vec![task("RaiseBounds", Deed::RaiseBounds, ON)]);
        }
        parts.push(scaled(FAILED));
        if plan.record.is_some() {
            parts.push(vec![
                task("FlipRecord", Deed::FlipRecord, "InspectChange"),
                task("InspectChange", Deed::InspectChange, "RecordInSync"),
                choice("RecordInSync", [(Test::Text { path: &["InspectChange", "status"], is: "INSYNC" }, ON)], "WaitForRecord"),
                wait("WaitForRecord", 10, "InspectChange"),
            ]);
        }
        if plan.write_path.is_some() {
            parts.push(vec![patient("CheckWrite", Deed::ProbeWrite, ON, FAILED)]);
        }
        if settle {
            parts.push(vec![lenient("SettleStandby", Deed::SettleSource, ON)]);
        }
        if plan.state.is_some() {
            parts.push(vec![lenient("RecordState", Deed::RecordState, ON)]);
        }
        parts.push(vec![
            lenient("Notify", Deed::NotifyDone, "Done"),
            State { name: "Done", act: Act::Succeed },
            lenient(FAILED, Deed::NotifyFailed, "Failed"),
            State { name: "Failed", act: Act::Fail },
        ]);
        Self { comment, plan, states: joined(parts) }
    }

    /// The standby grows, is asked whether it lives, and shrinks again; nothing else is touched.
    pub(crate) fn test(plan: Arc<Recovery>) -> Self {
        let mut parts = vec![
            vec![State {
                name: "RememberServices",
                act: Act::Task { deed: Deed::RememberServices, next: ON, retries: 3, every: secs(5), catch: None },
            }],
            scaled("RestoreServices"),
            vec![patient("CheckTarget", Deed::ProbeTarget, ON, "RestoreServices")],
            vec![State {
                name: "RestoreServices",
                act: Act::Task { deed: Deed::RestoreServices, next: ON, retries: 5, every: secs(15), catch: None },
            }],
        ];
        if plan.results.is_some() {
            parts.push(vec![lenient("RecordTest", Deed::RecordTest, ON)]);
        }
        parts.push(vec![
            choice("Passed", [(Test::True { path: &["CheckTarget", "healthy"] }, "Notify")], FAILED),
            lenient("Notify", Deed::NotifyDone, "Done"),
            State { name: "Done", act: Act::Succeed },
            lenient(FAILED, Deed::NotifyFailed, "Failed"),
            State { name: "Failed", act: Act::Fail },
        ]);
        Self { comment: "DR test: the standby grows, answers and shrinks again", plan, states: joined(parts) }
    }

    /// The graph in the Amazon States Language.
    pub(crate) fn definition(&self) -> String {
        let states: Map<String, Value> = self.states.iter().map(|state| (state.name.to_owned(), state.definition(&self.plan))).collect();
        let start = self.states.first().map_or("", |state| state.name);
        let whole = json!({ "Comment": self.comment, "StartAt": start, "TimeoutSeconds": self.plan.limit.as_secs(), "States": states });
        format!("{whole:#}")
    }
}

/// The tasks of the target, up to their number.
fn scaled(failed: &'static str) -> Vec<State> {
    let task = |name, deed, next| State { name, act: Act::Task { deed, next, retries: 3, every: secs(5), catch: Some(failed) } };
    vec![
        task("ScaleServices", Deed::ScaleTarget, "InspectServices"),
        task("InspectServices", Deed::InspectTarget, "ServicesRunning"),
        choice("ServicesRunning", [(Test::True { path: &["InspectServices", "ready"] }, ON)], "WaitForServices"),
        wait("WaitForServices", 10, "InspectServices"),
    ]
}

/// Puts parts together: each leads on to the next one's first state.
fn joined(parts: Vec<Vec<State>>) -> Vec<State> {
    let firsts: Vec<&'static str> = parts.iter().skip(1).filter_map(|part| part.first().map(|state| state.name)).collect();
    let mut states = Vec::new();
    for (nth, part) in parts.into_iter().enumerate() {
        let on = firsts.get(nth).copied().unwrap_or(ON);
        let resolve = |next: &mut &'static str| {
            if *next == ON {
                *next = on;
            }
        };
        for mut state in part {
            match &mut state.act {
                Act::Task { next, catch, .. } => {
                    resolve(next);
                    catch.iter_mut().for_each(resolve);
                }
                Act::Choice { tests, otherwise } => {
                    resolve(otherwise);
                    tests.iter_mut().for_each(|(_, next)| resolve(next));
                }
                Act::Wait { next, .. } => resolve(next),
                Act::Succeed | Act::Fail => {}
            }
            states.push(state);
        }
    }
    states
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A call that may be throttled or meet a control plane in trouble.
fn task(name: &'static str, deed: Deed, next: &'static str) -> State {
    State { name, act: Act::Task { deed, next, retries: 3, every: secs(5), catch: Some(FAILED) } }
}

/// A probe that is given two minutes.
fn patient(name: &'static str, deed: Deed, next: &'static str, catch: &'static str) -> State {
    State { name, act: Act::Task { deed, next, retries: 12, every: secs(10), catch: Some(catch) } }
}

/// Something whose failure blocks nothing.
fn lenient(name: &'static str, deed: Deed, next: &'static str) -> State {
    State { name, act: Act::Task { deed, next, retries: 1, every: secs(5), catch: Some(next) } }
}

fn wait(name: &'static str, seconds: u64, next: &'static str) -> State {
    State { name, act: Act::Wait { time: secs(seconds), next } }
}

fn choice<const N: usize>(name: &'static str, tests: [(Test, &'static str); N], otherwise: &'static str) -> State {
    State { name, act: Act::Choice { tests: tests.into(), otherwise } }
}

impl State {
    /// `Task`, `Choice`, …, as history and the States Language call it.
    pub(crate) fn kind(&self) -> &'static str {
        match self.act {
            Act::Task { .. } => "Task",
            Act::Choice { .. } => "Choice",
            Act::Wait { .. } => "Wait",
            Act::Succeed => "Succeed",
            Act::Fail => "Fail",
        }
    }

    fn definition(&self, plan: &Recovery) -> Value {
        match &self.act {
            Act::Task { deed, next, retries, every, catch } => {
                let mut state = json!({
                    "Type": "Task",
                    "Resource": deed.resource(),
                    "Parameters": crate::world::json::to_json(&deed.parameters(plan)),
                    "Retry": [{
                        "ErrorEquals": ["States.ALL"], "IntervalSeconds": every.as_secs(), "MaxAttempts": retries, "BackoffRate": 1.0,
                    }],
                    "ResultPath": format!("$.{}", self.name),
                    "Next": next,
                });
                if let Some(catch) = catch {
                    state["Catch"] = json!([{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.Failure", "Next": catch }]);
                }
                state
            }
            Act::Choice { tests, otherwise } => {
                let choices: Vec<_> = tests
                    .iter()
                    .map(|(test, next)| match test {
                        Test::Text { path, is } => json!({ "Variable": format!("$.{}", path.join(".")), "StringEquals": is, "Next": next }),
                        Test::True { path } => {
                            let variable = format!("$.{}", path.join("."));
                            let both =
                                json!([{ "Variable": variable, "IsPresent": true }, { "Variable": variable, "BooleanEquals": true }]);
                            json!({ "And": both, "Next": next })
                        }
                    })
                    .collect();
                json!({ "Type": "Choice", "Choices": choices, "Default": otherwise })
            }
            Act::Wait { time, next } => json!({ "Type": "Wait", "Seconds": time.as_secs(), "Next": next }),
            Act::Succeed => json!({ "Type": "Succeed" }),
            Act::Fail => json!({ "Type": "Fail", "ErrorPath": "$.Failure.Error", "CausePath": "$.Failure.Cause" }),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::world::automation::{DatabasePlan, Lead, Probe, RecordPlan, ServicePlan, Site, TablePlan};
    use crate::world::testing::{east, west};

    /// A plan with everything in it.
    pub(crate) fn plan() -> Recovery {
        let site = |region, host: &str| Site {
            region,
            probe: Probe { host: host.to_owned(), path: "/healthz".to_owned() },
            services: vec![ServicePlan { cluster: "c".to_owned(), service: "app".to_owned(), tasks: 2, bounds: Some((2, 10)) }],
        };
        let table = |name: &str, range: Option<&str>| TablePlan {
            region: west(),
            name: name.to_owned(),
            hash: "workload".to_owned(),
            range: range.map(str::to_owned),
        };
        Recovery {
            workload: "tier2".to_owned(),
            source: site(east(), "198.51.100.1"),
            target: site(west(), "203.0.113.1"),
            database: Some(DatabasePlan {
                writers: vec!["db".to_owned()],
                replica: "db-replica".to_owned(),
                restored: "db-restored".to_owned(),
                ..DatabasePlan::default()
            }),
            secret: Some("tier2/db".to_owned()),
            record: Some(RecordPlan {
                zone: "Z1".to_owned(),
                name: "app.example.com".to_owned(),
                kind: "A".to_owned(),
                leads: vec![("primary".to_owned(), Lead::Values { ttl: 60, values: vec!["203.0.113.1".to_owned()] })],
            }),
            write_path: Some("/dbcheck".to_owned()),
            topic: Some("arn:aws:sns:us-west-2:123456789012:dr".to_owned()),
            state: Some(table("dr-state", None)),
            results: Some(table("test-results", Some("at"))),
            limit: Duration::from_secs(3600),
        }
    }

    #[test]
    fn every_state_leads_somewhere_and_is_led_to() {
        let bare = Recovery { database: None, secret: None, record: None, write_path: None, state: None, results: None, ..plan() };
        for plan in [plan(), bare] {
            let plan = Arc::new(plan);
            for graph in [Graph::failover(plan.clone()), Graph::failback(plan.clone()), Graph::test(plan)] {
                let mut reached = vec![graph.states[0].name];
                let mut at = 0;
                while let Some(name) = reached.get(at).copied() {
                    let state = &graph.states[graph.index(name).unwrap_or_else(|| panic!("{} leads to {name:?}", graph.comment))];
                    let next: Vec<&'static str> = match &state.act {
                        Act::Task { next, catch, .. } => std::iter::once(*next).chain(*catch).collect(),
                        Act::Choice { tests, otherwise } => tests.iter().map(|(_, next)| *next).chain([*otherwise]).collect(),
                        Act::Wait { next, .. } => vec![*next],
                        Act::Succeed | Act::Fail => vec![],
                    };
                    reached.extend(next.into_iter().filter(|next| !reached.contains(next)).collect::<Vec<_>>());
                    at += 1;
                }
                for state in &graph.states {
                    assert!(reached.contains(&state.name), "{}: nothing leads to {}", graph.comment, state.name);
                }
            }
        }
    }

    #[test]
    fn the_definition_is_json_that_starts_at_a_state() {
        let definition: Value = serde_json::from_str(&Graph::failover(Arc::new(plan())).definition()).unwrap();
        let start = definition["StartAt"].as_str().unwrap();
        assert_eq!(definition["States"][start]["Type"], "Task");
        assert_eq!(definition["States"]["PromoteReplica"]["Parameters"]["DBInstanceIdentifier"], "db-replica");
    }
}
