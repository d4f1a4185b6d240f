use std::collections::BTreeSet;

use drlab_core::run::Phase;
use drlab_core::runbook::Action;
use serde_json::{Value, json};

use super::Verdict;
use crate::drills::carry::Told;

const MESSAGES: [Action; 2] = [Action::NotifyTopic, Action::NotifyWebhook];
const UNHEARD: &str = "the console ended before there was an answer";

/// A crash costs time and nothing else: whoever is started again has nothing but the journal, and ends in the same world as somebody who was
/// never killed.
pub(in crate::drills) fn ends_as_if_it_had_not_crashed(crashed: &Told, calm: &Told) -> Verdict {
    if crashed.end != calm.end {
        return Err(format!("it ended so: {:?}; and without its crashes so: {:?}", crashed.end, calm.end));
    }
    let (one, other) = (world(crashed), world(calm));
    if one != other {
        return Err(format!("the world is {one} after crashes, and {other} without"));
    }
    let (one, other) = (reached(crashed), reached(calm));
    let differ: Vec<_> = one.symmetric_difference(&other).collect();
    if differ.is_empty() { Ok(()) } else { Err(format!("with crashes and without these are not the same: {differ:?}")) }
}

/// What is so at the end, without what depends on how long it took.
fn world(told: &Told) -> Value {
    let truth = told.rig.workload();
    // Where nobody of ours counts tasks, scalers do, each at its own time.
    let counted = told.drill.own.is_none();
    let running = |service: &Value| if counted { service["running"].clone() } else { json!(service["running"] != 0) };
    let site = |site: &Value| {
        let services: Vec<_> =
            site["services"].as_array().unwrap().iter().map(|service| json!([service["service"], running(service)])).collect();
        json!([site["name"], site["database"]["id"], site["database"]["writable"], site["writes"], site["answers"], services])
    };
    json!([truth["landing"], truth["split"], truth["sites"].as_array().unwrap().iter().map(site).collect::<Vec<_>>()])
}

/// What was reached on the way to what they wanted to see, and how.
fn reached(told: &Told) -> BTreeSet<String> {
    let Some(run) = &told.run else { return BTreeSet::new() };
    let wanted: Vec<&str> = match told.drill.until {
        Some(_) => vec!["promote", "failover", "secret", "redeploy", "write", "flip", "client-eye"],
        None => run.plan.stages.iter().map(|stage| stage.id.as_str()).collect(),
    };
    let told = |id: &&str| {
        let message = run.plan.stages.iter().any(|stage| stage.id == **id && MESSAGES.contains(&stage.action));
        let phase = match &run.stages.get(*id)?.phase {
            Phase::Done { .. } => "done",
            Phase::Skipped { .. } => "skipped",
            // Whoever died between a message and its answer must not send it again, and does not know whether it arrived.
            Phase::Owed { why } if message && why.contains(UNHEARD) => "done",
            Phase::Owed { .. } => "owed",
            Phase::Failed { .. } => "failed",
            Phase::Waiting | Phase::Ready => "open",
        };
        Some(format!("{id} {phase}"))
    };
    wanted.iter().filter_map(told).collect()
}
