//! What happened in a run, from its journal's lines alone: for the review on the morning after, the auditor, and the page that others look at.
//!
//! Everything that came from outside is made harmless here once, before any form is made of it: bounded, accounts masked, no URL in it.

mod chart;
mod drift;
mod html;
mod markdown;
mod plain;
mod questions;
mod stretches;
#[cfg(test)]
mod tests;
mod times;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::begun::begins;
use super::ending::{loss_met, proven_at, time_met};
use super::forecast::behind_since;
use super::record::{Ending, Guarded, Record};
use super::renamed::Renamed;
use super::state::{Mode, Phase, Run};
use crate::config::{Site, Workload};
use crate::domain::{Region, Timestamp, human_duration, mask_account};
use crate::runbook::{Certainty, Kind};
pub use drift::drift;
use plain::plain;
pub use times::waiting;

/// `report --format json` is this; its members are added to, never renamed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub schema: &'static str,
    pub run: String,
    /// Of the console that ran it.
    pub version: String,
    pub workload: String,
    /// Its last four digits.
    pub account: String,
    pub runbook: String,
    pub title: String,
    pub kind: Kind,
    pub lab: bool,
    pub source: Side,
    pub target: Side,
    /// Why, and who declared and armed it.
    pub reason: String,
    pub who: String,
    pub outage_at: Option<Timestamp>,
    pub declared_at: Timestamp,
    /// Since when users wait, as the recovery clock has it; `null` where they were served until the end.
    pub clock_from: Option<Timestamp>,
    /// When users were seen to be served by the target.
    pub proven_at: Option<Timestamp>,
    pub aborted_at: Option<Timestamp>,
    /// The latest record's.
    pub at: Timestamp,
    /// `going`, `paused`, `aborted`, `proven`, `unproven`.
    pub state: &'static str,
    pub rto: Figure,
    pub rpo: Figure,
    /// `null`: it is not shown that both objectives are met.
    pub met: Option<bool>,
    /// The loss that was said before the point of no return.
    pub stated: Option<String>,
    /// Since when it was foreseen to miss its objective; `null`: it was not, or it caught up.
    pub behind_at: Option<Timestamp>,
    pub waiting: Waiting,
    pub steps: Vec<StepLine>,
    /// Steps that had nothing to do on this workload, each with why.
    pub left_out: Vec<String>,
    /// What people decided.
    pub decisions: Vec<Entry>,
    pub timeline: Vec<Entry>,
    /// What must still be done.
    pub owed: Vec<String>,
    /// What was done and not seen to be so.
    pub unproven: Vec<String>,
    /// What whatever holds the infrastructure as code would now try to undo.
    pub drift: Vec<String>,
    /// What drlab.toml must name from now on: databases that were made to stay.
    pub renamed: Vec<Renamed>,
    pub journal: Source,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    pub site: Site,
    pub region: Region,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// `null`: not proven. A loss is a bound: no more than this.
    pub seconds: Option<f64>,
    pub target_s: f64,
    /// `null`: not shown.
    pub met: Option<bool>,
}

/// For what a run stood still, as far as its records tell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Waiting {
    pub whole_s: f64,
    /// A change had been asked for, and was not seen yet; and nobody was asked anything.
    pub aws_s: f64,
    /// Somebody was asked, and had not answered.
    pub people_s: f64,
    /// Nobody carried it out, for all that is written: from the last record before somebody took it up. Neither of the others counts on then.
    pub nobody_s: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepLine {
    pub id: String,
    pub title: String,
    pub region: Region,
    /// `waiting`, `ready`, `done`, `failed`, `skipped`, `owed`.
    pub state: &'static str,
    pub begun: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub asked: Vec<String>,
    /// What showed that it was so, or what stood against it.
    pub says: String,
    pub certainty: Option<Certainty>,
    pub guards: Vec<Guarded>,
    pub approved_by: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub seq: usize,
    pub at: Timestamp,
    pub event: &'static str,
    pub step: Option<String>,
    pub says: String,
}

/// Of what journal this is told. The chain shows damage; it does not show somebody who rewrites the whole of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    pub records: usize,
    /// SHA-256 of its last line, which holds the hash of the one before.
    pub hash: String,
    /// From where on it does not hold together, where it does not.
    pub broken: Option<String>,
}

impl StepLine {
    /// Its state, and of what is done how sure one may be of it.
    fn how(&self) -> String {
        match self.certainty {
            Some(certainty) => format!("{}, {}", self.state, certainty.word()),
            None => self.state.to_owned(),
        }
    }
}

impl Report {
    pub const SCHEMA: &str = "drlab-tui/report/1";

    /// `run` is what the records make, `hash` that of the last line.
    #[must_use]
    pub fn of(run: &Run, workload: &Workload, records: &[(Timestamp, Record)], hash: &str, broken: Option<&str>) -> Self {
        let declared = &run.declared;
        let side = |site: Site| Side { site, region: workload.region(site).clone() };
        let at = records.last().map_or(run.memory.declared_at, |(at, _)| *at);
        let finished = run.finished.as_ref();
        let begun = begins(run, workload).filter(|_| run.plan.kind.moves_users());
        let deadline = begun.map(|begun| begun + workload.objectives.rto);
        let figure = |measured: Option<Duration>, target: Duration, met: fn(Option<Duration>, Duration) -> Option<bool>| Figure {
            seconds: measured.map(|measured| measured.as_secs_f64()),
            target_s: target.as_secs_f64(),
            met: met(measured, target),
        };
        let timeline: Vec<_> = records.iter().enumerate().map(|(seq, (at, record))| entry(run, seq, *at, record)).collect();
        Self {
            schema: Self::SCHEMA,
            run: plain(&declared.run),
            version: plain(&declared.version),
            workload: plain(&declared.workload),
            account: mask_account(&declared.account),
            runbook: plain(&run.plan.runbook),
            title: plain(&run.plan.title),
            kind: run.plan.kind,
            lab: declared.lab,
            source: side(declared.source),
            target: side(declared.source.other()),
            reason: plain(&declared.reason),
            who: plain(&declared.who),
            outage_at: declared.outage_at,
            declared_at: run.memory.declared_at,
            proven_at: proven_at(run).filter(|_| run.plan.kind.moves_users()),
            aborted_at: run.aborted_at,
            clock_from: begun,
            at,
            state: state(run),
            rto: figure(finished.and_then(|finished| finished.rto), workload.objectives.rto, time_met),
            rpo: figure(finished.and_then(|finished| finished.rpo), workload.objectives.rpo, loss_met),
            met: finished.and_then(|finished| finished.met),
            stated: run.stated.as_ref().map(|loss| plain(&loss.told)),
            behind_at: deadline.and_then(|_| behind_since(records.iter().map(|(at, record)| (*at, record)))),
            waiting: waiting(run, records.iter().map(|(at, record)| (*at, record)), &BTreeMap::new(), at),
            steps: steps(run, workload, records),
            left_out: run.plan.omitted.iter().map(|omitted| plain(&format!("{}: {}", omitted.step, omitted.why))).collect(),
            decisions: records
                .iter()
                .zip(&timeline)
                .filter(|((_, record), _)| is_a_decision(record))
                .map(|(_, entry)| entry.clone())
                .collect(),
            timeline,
            owed: run.owed().map(|(stage, why)| plain(&format!("{}: {why}", stage.id))).collect(),
            unproven: finished.map(|finished| finished.unproven.iter().map(|id| plain(id)).collect()).unwrap_or_default(),
            drift: drift(run, workload).iter().map(|told| plain(told)).collect(),
            renamed: run.renamed().into_iter().map(|made| Renamed { to: plain(&made.to), ..made }).collect(),
            journal: Source { records: records.len(), hash: hash.to_owned(), broken: broken.map(plain) },
        }
    }

    /// One line, for a page that has room for one.
    #[must_use]
    pub fn badge(&self) -> String {
        let figure = |figure: &Figure, called: &str| {
            let target = seconds(figure.target_s);
            figure.seconds.map_or(format!("{called} not proven"), |measured| format!("{called} {} of {target}", seconds(measured)))
        };
        let lab = if self.lab { " (lab)" } else { "" };
        let owed = if self.owed.is_empty() { String::new() } else { format!(" · {} owed", self.owed.len()) };
        format!(
            "{} · {}{lab} · {} · {} · {}{owed}",
            self.workload,
            self.runbook,
            self.state,
            figure(&self.rto, "RTO"),
            figure(&self.rpo, "RPO at most")
        )
    }
}

fn seconds(seconds: f64) -> String {
    human_duration(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

fn entry(run: &Run, seq: usize, at: Timestamp, record: &Record) -> Entry {
    Entry { seq, at, event: record.word(), step: record.stage(run).map(plain), says: plain(&record.says()) }
}

const fn is_a_decision(record: &Record) -> bool {
    matches!(
        record,
        Record::Declared(_)
            | Record::Approved { .. }
            | Record::Overridden { .. }
            | Record::Acknowledged { .. }
            | Record::Retried { .. }
            | Record::Skipped { .. }
            | Record::Paused { who: Some(_), .. }
            | Record::Resumed { .. }
            | Record::Aborted { .. }
            | Record::Switched(_)
            | Record::TakenOver { .. }
    )
}

fn state(run: &Run) -> &'static str {
    match (&run.mode, &run.finished) {
        (_, Some(finished)) => match finished.verdict {
            Ending::Proven => "proven",
            Ending::Unproven => "unproven",
            Ending::Aborted => "aborted",
        },
        (Mode::Paused { .. }, None) => "paused",
        (Mode::Aborted { .. }, None) => "aborted",
        (Mode::Going | Mode::Finished, None) => "going",
    }
}

fn steps(run: &Run, workload: &Workload, records: &[(Timestamp, Record)]) -> Vec<StepLine> {
    let step = |stage: &crate::runbook::Stage| {
        let state = run.state(&stage.id)?;
        let begun = records.iter().find_map(|(at, record)| match record {
            Record::Ready { stage: ready } if *ready == stage.id => Some(*at),
            _ => None,
        });
        let (word, says, certainty) = match &state.phase {
            Phase::Waiting => ("waiting", String::new(), None),
            Phase::Ready => ("ready", String::new(), None),
            Phase::Done { shows, certainty } => ("done", shows.clone(), Some(*certainty)),
            Phase::Failed { why, .. } => ("failed", why.clone(), None),
            Phase::Skipped { reason } => ("skipped", reason.clone(), None),
            Phase::Owed { why } => ("owed", why.clone(), None),
        };
        let guard = |guarded: &Guarded| Guarded { guard: plain(&guarded.guard), holds: guarded.holds, why: plain(&guarded.why) };
        Some(StepLine {
            id: plain(&stage.id),
            title: plain(&stage.title),
            region: stage.part.region(workload).unwrap_or_else(|| workload.region(stage.site)).clone(),
            state: word,
            begun,
            ended: matches!(word, "done" | "failed" | "skipped").then_some(state.since),
            asked: run.memory.past.iter().filter(|past| past.stage == stage.id).map(|past| plain(&past.change.to_string())).collect(),
            says: plain(&says),
            certainty,
            guards: state.guards.iter().map(guard).collect(),
            approved_by: state.approved_by.as_deref().map(plain),
        })
    };
    run.plan.stages.iter().filter_map(step).collect()
}
