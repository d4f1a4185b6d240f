use serde::Serialize;

use super::report::{CheckLine, Session};
use crate::assess::{Assessment, Component};
use crate::config::Workload;
use crate::domain::fact::{Credentials, Identity};
use crate::domain::{Cause, Kind, Observation, Question, Seen, Snapshot, Subject, Timestamp, Verdict};

/// Whether a failover of one workload would succeed now, and whether we could see and do what it takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckReport {
    pub schema: &'static str,
    pub at: Timestamp,
    pub workload: String,
    pub session: Session,
    /// `null`: cannot be told now.
    pub ready: Option<bool>,
    pub readiness: Vec<CheckLine>,
    pub credentials: CredentialsLine,
    pub identity: IdentityLine,
    /// Reading is proven by reading.
    pub permissions: Vec<Permission>,
    pub writing: WritingLine,
}

/// What AWS is asked with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CredentialsLine {
    /// `null`: nothing is known of them.
    pub ok: Option<bool>,
    pub provider: Option<String>,
    /// `null`: never, or nothing is known of them.
    pub expires_at: Option<Timestamp>,
    pub why: String,
}

/// Who AWS says we are, against who we should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdentityLine {
    /// `null`: AWS has not said who we are.
    pub ok: Option<bool>,
    pub account: Option<String>,
    pub arn: Option<String>,
    /// The account that the configuration names.
    pub expected: String,
    pub why: String,
}

/// Nothing proves that one may write but writing, which looking never does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WritingLine {
    pub ok: Option<bool>,
    pub why: &'static str,
}

impl WritingLine {
    const UNTESTED: Self = Self { ok: None, why: "not tested: looking changes nothing, and IAM was not asked to simulate" };
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
    pub fn new(workload: &Workload, seen: &Assessment, questions: &[Question], snapshot: &Snapshot, session: Session) -> Self {
        Self {
            schema: Self::SCHEMA,
            at: seen.at,
            workload: workload.name.clone(),
            session,
            ready: seen.readiness.ready(),
            readiness: seen.readiness.checks.iter().map(CheckLine::from).collect(),
            credentials: credentials(seen, snapshot),
            identity: identity(workload, seen, snapshot),
            permissions: permissions(workload, questions, snapshot),
            writing: WritingLine::UNTESTED,
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

fn credentials(seen: &Assessment, snapshot: &Snapshot) -> CredentialsLine {
    let known: Seen<'_, Credentials> = snapshot.see(&Subject::credentials(), seen.at);
    let (ok, why) = standing(seen.component("credentials"));
    let found = known.last();
    CredentialsLine { ok, provider: found.map(|found| found.provider.clone()), expires_at: found.and_then(|found| found.expires_at), why }
}

fn identity(workload: &Workload, seen: &Assessment, snapshot: &Snapshot) -> IdentityLine {
    let (ok, why) = standing(seen.component("identity"));
    let row = seen.component("identity").into_iter().flat_map(|row| &row.subjects);
    let found = row.filter(|subject| subject.kind == Kind::Identity).find_map(|subject| {
        let known: Seen<'_, Identity> = snapshot.see(subject, seen.at);
        known.last()
    });
    IdentityLine {
        ok,
        account: found.map(|found| found.account.clone()),
        arn: found.map(|found| found.arn.clone()),
        expected: workload.account.clone(),
        why,
    }
}

/// A row of the picture as an answer to “is it in order?”: what will soon not be still is.
fn standing(row: Option<&Component>) -> (Option<bool>, String) {
    let ok = match row.map(|row| row.verdict) {
        Some(Verdict::Healthy | Verdict::Degraded) => Some(true),
        Some(Verdict::Critical) => Some(false),
        Some(Verdict::Unknown) | None => None,
    };
    (ok, row.map_or_else(String::new, |row| row.reason.clone().unwrap_or_else(|| row.value.clone())))
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

fn permission(question: &Question, seen: Option<&Observation>) -> Permission {
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
