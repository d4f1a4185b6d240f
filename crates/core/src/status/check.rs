use serde::Serialize;

use super::report::CheckLine;
use crate::assess::Assessment;
use crate::config::Workload;
use crate::domain::{Cause, Question, Snapshot, Timestamp};

/// Whether a failover of one workload would succeed now, and whether we could see and do what it takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckReport {
    pub schema: &'static str,
    pub at: Timestamp,
    pub workload: String,
    /// `null`: cannot be told now.
    pub ready: Option<bool>,
    pub readiness: Vec<CheckLine>,
    /// Reading is proven by reading.
    pub permissions: Vec<Permission>,
}

/// One kind of question in one region, and whether we are allowed to ask it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Permission {
    /// What is read: `database instance`, `alarm` …
    pub reads: &'static str,
    pub region: String,
    /// `null`: no answer, so nothing is proven.
    pub ok: Option<bool>,
    pub why: String,
}

impl CheckReport {
    pub const SCHEMA: &str = "drlab-tui/check/1";

    /// `questions` are those that were asked to get the snapshot.
    #[must_use]
    pub fn new(workload: &Workload, seen: &Assessment, questions: &[Question], snapshot: &Snapshot) -> Self {
        Self {
            schema: Self::SCHEMA,
            at: seen.at,
            workload: workload.name.clone(),
            ready: seen.readiness.ready(),
            readiness: seen.readiness.checks.iter().map(CheckLine::from).collect(),
            permissions: permissions(workload, questions, snapshot),
        }
    }

    /// What `check` exits with: 0 a failover would succeed, 1 not, 3 unknown; of several workloads the worst.
    #[must_use]
    pub fn exit_code(reports: &[Self]) -> u8 {
        if reports.iter().any(|report| report.ready == Some(false)) {
            1
        } else if reports.iter().any(|report| report.ready.is_none()) {
            3
        } else {
            0
        }
    }
}

/// What AWS let us read in the workload's regions, once per kind and region.
fn permissions(workload: &Workload, questions: &[Question], snapshot: &Snapshot) -> Vec<Permission> {
    let concerns =
        |question: &Question| workload.regions().any(|region| *region == question.region) || question.region.as_str() == "global";
    let mut told: Vec<Permission> = Vec::new();
    for question in questions.iter().filter(|question| concerns(question) && !question.kind().is_a_clients()) {
        for subject in question.subjects() {
            let permission = permission(question, snapshot.get(&subject));
            match told.iter_mut().find(|known| known.reads == permission.reads && known.region == permission.region) {
                // A refusal of one outweighs an answer of another: somebody may have written a policy by resource.
                Some(known) if severity(&permission) > severity(known) => *known = permission,
                Some(_) => {}
                None => told.push(permission),
            }
        }
    }
    told.sort();
    told
}

fn permission(question: &Question, seen: Option<&crate::domain::Observation>) -> Permission {
    let (ok, why) = match seen.and_then(|seen| seen.failing.as_ref()) {
        Some(failing) if failing.trouble.cause == Cause::Denied => (Some(false), failing.trouble.text.clone()),
        Some(failing) => (None, failing.trouble.text.clone()),
        None if seen.is_some_and(|seen| seen.known.is_some()) => (Some(true), "read".to_owned()),
        None => (None, "not asked".to_owned()),
    };
    Permission { reads: question.kind().as_str(), region: question.region.to_string(), ok, why }
}

const fn severity(permission: &Permission) -> u8 {
    match permission.ok {
        Some(true) => 0,
        None => 1,
        Some(false) => 2,
    }
}
