//! Somebody who looks behind the curtain all the while: where users land, who takes writes, and what the lab was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use drlab_core::domain::change::Again;
use drlab_core::domain::{Receipt, Timestamp, What};
use drlab_core::run::{Phase, Run};
use drlab_core::runbook::{Action, Certainty};
use drlab_lab::wire::Entry;
use drlab_lab::world::route53::{self, RecordKind, ResolverId};
use serde_json::Value;
use tokio::time::sleep;

use crate::lab::rig::Rig;

const EVERY: Duration = Duration::from_secs(1);

/// What was true, moment by moment.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    pub(crate) moments: Vec<Moment>,
    /// Requests that change something, by operation, with how often the lab took or refused them.
    pub(crate) changes: BTreeMap<String, usize>,
    /// Since when each resolver gives the address that it gives.
    pub(crate) given: BTreeMap<String, (Timestamp, Option<Ipv4Addr>)>,
    /// Those of them that the lab took.
    pub(crate) taken: BTreeMap<String, usize>,
    /// Each of those requests, in the order in which they were answered.
    pub(crate) asked: Vec<Entry>,
    answered: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    pub(crate) landing: String,
    /// Whose databases take writes.
    pub(crate) writers: Vec<String>,
    /// Every database that takes writes, by name, whoever made it and when.
    pub(crate) takers: BTreeSet<String>,
    /// Where the application acknowledges a write.
    pub(crate) serving: Vec<String>,
    /// Tasks that run, by `site service`.
    pub(crate) running: BTreeMap<String, u64>,
}

impl Moment {
    /// Whether users are really served there, by a database that really takes writes.
    pub(crate) fn serves(&self, site: &str) -> bool {
        self.landing == site && self.writes_at(site)
    }

    /// Whether what is written there arrives in a database that takes writes.
    pub(crate) fn writes_at(&self, site: &str) -> bool {
        self.writers.iter().any(|writer| writer == site) && self.serving.iter().any(|serving| serving == site)
    }
}

impl Witness {
    pub(crate) async fn look_on(&mut self, rig: &Rig) {
        loop {
            self.look(rig);
            self.ask_resolvers(rig);
            sleep(EVERY).await;
            self.ask_resolvers(rig);
            sleep(EVERY).await;
        }
    }

    pub(crate) fn look(&mut self, rig: &Rig) {
        let state = rig.state();
        let workload = &state["workloads"][0];
        let sites = || workload["sites"].as_array().unwrap().iter();
        let name = |site: &Value| site["name"].as_str().unwrap().to_owned();
        let tasks = |site: &Value| {
            let site_name = name(site);
            let of = move |service: &Value| {
                (format!("{site_name} {}", service["service"].as_str().unwrap()), service["running"].as_u64().unwrap())
            };
            site["services"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
        };
        let databases = state["databases"].as_array().unwrap().iter();
        let takers = databases.filter(|one| one["writable"] == true).map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        self.moments.push(Moment {
            at: rig.way.lab().clock().now(),
            landing: workload["landing"].as_str().unwrap_or("nowhere").to_owned(),
            writers: sites().filter(|site| site["database"]["writable"] == true).map(name).collect(),
            takers,
            serving: sites().filter(|site| site["writes"] == 200).map(name).collect(),
            running: sites().flat_map(tasks).collect(),
        });
        rig.way.lab().log(|log| {
            let new = usize::try_from(log.answered() - self.answered).unwrap();
            self.answered = log.answered();
            let mut latest: Vec<&Entry> = log.entries().rev().take(new).collect();
            latest.reverse();
            for entry in latest {
                self.hear(&entry.operation, entry.status);
                if !entry.operation.is_empty() && changes(&entry.operation) {
                    self.asked.push(entry.clone());
                }
            }
        });
    }

    /// Something that was asked of the lab, and how it was answered.
    pub(crate) fn hear(&mut self, operation: &str, status: u16) {
        if operation.is_empty() || !changes(operation) {
            return;
        }
        *self.changes.entry(operation.to_owned()).or_default() += 1;
        if status < 400 {
            *self.taken.entry(operation.to_owned()).or_default() += 1;
        }
    }

    /// Whole crowds ask them all the time: one who asks more changes nothing.
    fn ask_resolvers(&mut self, rig: &Rig) {
        let Some(dns) = &rig.stage.config.workloads[0].dns else { return };
        let now = rig.way.lab().clock().now();
        for resolver in [ResolverId::A, ResolverId::B] {
            let address = rig.truth(|world| route53::resolve(world, resolver, &dns.record, RecordKind::A).addresses().first().copied());
            let known = self.given.entry(format!("{resolver:?}")).or_insert((now, address));
            if known.1 != address {
                *known = (now, address);
            }
        }
    }

    /// The moment from which on users were served there to the end.
    pub(crate) fn served_since(&self, site: &str) -> Option<Timestamp> {
        self.moments.iter().rev().take_while(|moment| moment.serves(site)).last().map(|moment| moment.at)
    }

    pub(crate) fn at(&self, at: Timestamp) -> &Moment {
        self.moments.iter().rev().find(|moment| moment.at <= at).unwrap()
    }

    /// Nothing was called proven that was not so: users seen to be served, or a write seen to arrive.
    pub(crate) fn assert_honest(&self, run: &Run) {
        for stage in &run.plan.stages {
            let (Some(done), Some(Phase::Done { certainty: Certainty::Proven, .. })) =
                (run.memory.done.get(&stage.id), run.stages.get(&stage.id).map(|state| &state.phase))
            else {
                continue;
            };
            // The truth is looked at now and then: what was proven between two looks may have begun between them.
            let looks = [Some(self.at(*done)), self.moments.iter().find(|moment| moment.at > *done)];
            let target = run.plan.source.other();
            let is_so = |truth: &&Moment| match stage.action {
                Action::ProbeClientEye => truth.serves(target.word()),
                Action::ProbeWrite => truth.writes_at(target.word()),
                Action::ServiceStop => truth.running.iter().all(|(at, tasks)| !at.starts_with(run.plan.source.word()) || *tasks == 0),
                _ => true,
            };
            assert!(looks.iter().flatten().any(is_so), "{} was called proven at {done}, and this was so: {looks:?}", stage.id);
        }
    }

    /// Every request that changed something, or tried to, was written down before; and nothing that was accepted was asked for twice.
    pub(crate) fn assert_all_intended(&self, run: &Run) {
        let mut answered: BTreeMap<String, usize> = BTreeMap::new();
        let mut asked: BTreeMap<String, usize> = BTreeMap::new();
        let mut accepted: BTreeMap<(String, String), usize> = BTreeMap::new();
        for past in &run.memory.past {
            let Some(operation) = operation(&past.change.what) else { continue };
            *asked.entry(operation.to_owned()).or_default() += 1;
            match &past.answer {
                // It was looked at, and there was nothing to write.
                Some((_, Receipt::Accepted { told })) if told.get("status").is_some_and(|status| status == "unchanged") => {}
                Some((_, Receipt::Accepted { .. })) => {
                    // What changes nothing the second time may be asked for again where its effect is not to be seen.
                    let counts = past.change.again() != Again::Harmless;
                    *accepted.entry((past.stage.clone(), past.change.to_string())).or_default() += usize::from(counts);
                    *answered.entry(operation.to_owned()).or_default() += 1;
                }
                Some((_, Receipt::Refused { .. })) => *answered.entry(operation.to_owned()).or_default() += 1,
                Some((_, Receipt::Unknown { .. })) | None => {}
            }
        }
        let of_objects = run.memory.past.iter().any(|past| is_of_objects(&past.change.what));
        for (operation, times) in &self.changes {
            if OBJECTS.contains(&operation.as_str()) {
                assert!(of_objects, "{operation}: {times} requests, and nobody meant objects");
                continue;
            }
            let (least, most) = (answered.get(operation).copied().unwrap_or(0), asked.get(operation).copied().unwrap_or(0));
            assert!((least..=most).contains(times), "{operation}: {times} requests, {least} to {most} intents");
        }
        for (operation, times) in &answered {
            assert!(self.changes.get(operation).copied().unwrap_or(0) >= *times, "{operation}: an answer without a request");
        }
        let twice: Vec<_> = accepted.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "done twice: {twice:?}");
    }
}

pub(crate) fn changes(operation: &str) -> bool {
    const READS: [&str; 11] = ["Describe", "List", "Get", "BatchGet", "Head", "Query", "Scan", "Test", "Lookup", "Filter", "Assume"];
    !READS.iter().any(|read| operation.starts_with(read))
}

/// The request that carries a change out; `None` for what goes to no API.
pub(crate) fn operation(what: &What) -> Option<&'static str> {
    Some(match what {
        What::WriteThrough { .. } | What::Post { .. } => return None,
        What::PromoteReplica { .. } => "PromoteReadReplica",
        What::FailoverGlobal { .. } => "FailoverGlobalCluster",
        What::ProtectInstance { .. } => "ModifyDBInstance",
        What::ScaleService { .. } | What::Redeploy { .. } => "UpdateService",
        What::SetBounds { .. } | What::SuspendScaling { .. } => "RegisterScalableTarget",
        What::PromoteSecret { .. } => "StopReplicationToReplica",
        What::PointSecret { .. } => "PutSecretValue",
        What::ChangeRecords { .. } => "ChangeResourceRecordSets",
        What::SetRule { enabled: true, .. } => "EnableRule",
        What::SetRule { enabled: false, .. } => "DisableRule",
        What::SetConcurrency { reserved: Some(_), .. } => "PutFunctionConcurrency",
        What::SetConcurrency { reserved: None, .. } => "DeleteFunctionConcurrency",
        What::StopExecution { .. } => "StopExecution",
        What::Publish { .. } => "Publish",
        What::PutItem { .. } => "PutItem",
        What::SwitchoverGlobal { .. } => "SwitchoverGlobalCluster",
        What::SnapshotInstance { .. } => "CreateDBSnapshot",
        What::SnapshotCluster { .. } => "CreateDBClusterSnapshot",
        What::CreateReplica { .. } => "CreateDBInstanceReadReplica",
        What::RestoreSnapshot { .. } => "RestoreDBInstanceFromDBSnapshot",
        What::RestorePointInTime { .. } => "RestoreDBInstanceToPointInTime",
        What::DiscardInstance { .. } => "DeleteDBInstance",
        What::SetReplication { .. } | What::ReverseReplication { .. } => "PutBucketReplication",
        What::SetLifecycle { .. } => "PutBucketLifecycleConfiguration",
        What::InvertHealthCheck { .. } => "UpdateHealthCheck",
        What::InvokeFunction { .. } => "Invoke",
        What::StartExecution { .. } => "StartExecution",
        What::Undelete { .. } | What::RestoreVersions { .. } | What::CopyMissing { .. } => return None,
    })
}

/// Requests for objects, many to one wish: they are counted by those who wish.
pub(crate) const OBJECTS: &[&str] = &["DeleteObjects", "DeleteObject", "CopyObject", "PutObject", "RestoreObject", "UploadPartCopy"];

pub(crate) const fn is_of_objects(what: &What) -> bool {
    matches!(what, What::Undelete { .. } | What::RestoreVersions { .. } | What::CopyMissing { .. })
}
