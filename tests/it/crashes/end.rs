//! How the world ends, and whether that is how it should.

use std::collections::BTreeMap;

use drlab_core::domain::What;
use drlab_core::run::{Ending, Phase};
use drlab_tui::shell;
use serde_json::Value;

use super::stage::lab;
use crate::cli::theatre::Theatre;
use crate::failover::unplanned::lost;
use crate::failover::witness::Witness;

/// What must be the same however often somebody died: by the lab's own account.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct World {
    landing: Value,
    split: Value,
    record_sets: Value,
    secrets: Value,
    sites: Vec<Site>,
}

#[derive(Clone, Debug, PartialEq)]
struct Site {
    name: Value,
    answers: Value,
    writes: Value,
    database: Value,
    writable: Value,
    /// Tasks that run, by service.
    running: Vec<Value>,
}

impl World {
    pub(super) fn of(theatre: &Theatre) -> Self {
        let state = lab(theatre, "/_lab/state");
        let workload = &state["workloads"][0];
        let site = |site: &Value| Site {
            name: site["name"].clone(),
            answers: site["answers"].clone(),
            writes: site["writes"].clone(),
            database: site["database"]["id"].clone(),
            writable: site["database"]["writable"].clone(),
            running: site["services"].as_array().unwrap().iter().map(|service| service["running"].clone()).collect(),
        };
        Self {
            landing: workload["landing"].clone(),
            split: workload["split"].clone(),
            record_sets: workload["record_sets"].clone(),
            secrets: state["secrets"].clone(),
            sites: workload["sites"].as_array().unwrap().iter().map(site).collect(),
        }
    }

    /// It has been failed over, users are there, and whatever health the checkers see they stay there.
    pub(super) fn is_over(&self) -> bool {
        let leads = self.record_sets.as_object().unwrap().values().all(|target| target.as_str().unwrap().contains("standby"));
        leads
            && self.record_sets["standby"].is_string()
            && self.landing == "standby"
            && self.sites.iter().any(|site| site.name == "standby" && site.writable == true)
    }
}

/// The run has ended proven, says nothing that is not so, and nothing was done twice. Gives back how the world is then.
pub(super) fn proven(theatre: &Theatre, code: i32, last: &Value) -> World {
    assert_eq!(last["verdict"], "proven", "{last:#}");
    assert!(matches!(code, 0 | 7 | 8), "{code}: {last:#}");
    once(theatre);
    let kept = shell::read(&theatre.journal()).unwrap();
    assert_eq!((kept.torn, &kept.broken), (false, &None));
    let finished = kept.run.finished.as_ref().unwrap();
    assert_eq!(finished.verdict, Ending::Proven);
    for stage in &kept.run.plan.stages {
        let phase = &kept.run.state(&stage.id).unwrap().phase;
        // A message of which nobody knows whether it arrived is owed, and left at that.
        let told = stage.id.starts_with("tell-") || stage.id.starts_with("call-");
        assert!(matches!(phase, Phase::Done { .. }) || told && matches!(phase, Phase::Owed { .. }), "{}: {phase:?}", stage.id);
    }
    let state = lab(theatre, "/_lab/state");
    let lost = lost(&state["workloads"][0]);
    assert!(finished.rpo.is_some_and(|rpo| rpo >= lost), "stated {:?}, lost {lost:?}", finished.rpo);
    let world = World::of(theatre);
    assert!(world.is_over(), "{world:#?}");
    world
}

/// By the lab's log: whatever was asked for was written down before, and what would count twice was done once.
pub(super) fn once(theatre: &Theatre) {
    let log = lab(theatre, "/_lab/log");
    let calls = log["calls"].as_array().unwrap();
    assert_eq!(log["answered"].as_u64().unwrap(), calls.len() as u64, "the log has forgotten the beginning");
    let mut witness = Witness::default();
    for call in calls {
        witness.hear(call["operation"].as_str().unwrap(), u16::try_from(call["status"].as_u64().unwrap()).unwrap());
    }
    let run = shell::read(&theatre.journal()).unwrap().run;
    witness.assert_all_intended(&run);
    let taken = |operation: &str| witness.taken.get(operation).copied().unwrap_or(0);
    assert_eq!(["PromoteReadReplica", "FailoverGlobalCluster", "SwitchoverGlobalCluster"].map(taken).iter().sum::<usize>(), 1);
    let mut messages: BTreeMap<String, usize> = BTreeMap::new();
    for past in run.memory.past.iter().filter(|past| matches!(past.change.what, What::Publish { .. })) {
        *messages.entry(format!("{} {}", past.stage, past.change)).or_default() += 1;
    }
    assert!(taken("Publish") <= messages.len(), "{} of {messages:?}", taken("Publish"));
}
