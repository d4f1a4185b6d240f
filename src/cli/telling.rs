//! A run as it happens: a line for everything that is written down, and one more for the end.

use std::io::{self, Write};

use drlab_core::domain::{Timestamp, escape, mask_accounts, sanitise};
use drlab_core::run::{Finished, Record, Renamed, Run};
use serde::Serialize;

use super::options::State;
use crate::shell::Told;

const SCHEMA: &str = "drlab-tui/run/1";

/// Whoever does not read to the end has seen enough; a run does not stop for that.
#[derive(Debug)]
pub(super) struct Telling {
    json: bool,
    /// What commands about the run need beside its name, to find it.
    beside: String,
    /// The number and the instant of the latest line.
    latest: Option<(u64, Timestamp)>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) code: u8,
    pub(super) verdict: &'static str,
    pub(super) says: String,
}

#[derive(Debug, Serialize)]
struct Line<'l> {
    schema: &'static str,
    seq: u64,
    at: Timestamp,
    workload: &'l str,
    run: &'l str,
    event: &'static str,
    step: Option<&'l str>,
    detail: String,
}

#[derive(Debug, Serialize)]
struct LastLine<'l> {
    #[serde(flatten)]
    line: Line<'l>,
    verdict: &'static str,
    exit: u8,
    rto_s: Option<f64>,
    rpo_s: Option<f64>,
    met: Option<bool>,
    /// Ids of steps.
    owed: Vec<String>,
    unproven: Vec<String>,
    /// What drlab.toml must name from now on.
    renamed: Vec<Renamed>,
}

impl Telling {
    pub(super) fn new(json: bool, state: &State) -> Self {
        Self { json, beside: state.argument(), latest: None }
    }

    pub(super) fn beside(&self) -> &str {
        &self.beside
    }

    /// A run of which a part has been told before.
    pub(super) fn of(&mut self, run: &Run) {
        self.latest = Some((0, run.memory.declared_at));
    }

    pub(super) fn tell(&mut self, told: &Told<'_>) {
        self.latest = Some((told.seq, told.at));
        // How it ended is the last line.
        if matches!(told.record, Record::Finished(_)) {
            return;
        }
        let step = told.record.stage(told.run);
        say(&if self.json {
            let line = line(told.run, told.seq, told.at, told.record.word(), step, told.record.says());
            serde_json::to_string(&line).unwrap_or_default()
        } else {
            readable(told.at, told.record.word(), step, &told.record.says())
        });
    }

    pub(super) fn last(&self, run: &Run, last: &Last, finished: Option<&Finished>) {
        let (seq, at) = self.latest.map_or((0, run.memory.declared_at), |(seq, at)| (seq + u64::from(finished.is_none()), at));
        let owed = || run.owed().map(|(stage, _)| stage.id.clone()).collect();
        let unproven = || run.unproven().map(|stage| stage.id.clone()).collect();
        let renamed = if finished.is_some() { run.renamed() } else { Vec::new() };
        if self.json {
            let seconds = |figure: Option<std::time::Duration>| figure.map(|figure| figure.as_secs_f64());
            let line = LastLine {
                line: line(run, seq, at, "finished", None, last.says.clone()),
                verdict: last.verdict,
                exit: last.code,
                rto_s: finished.and_then(|finished| seconds(finished.rto)),
                rpo_s: finished.and_then(|finished| seconds(finished.rpo)),
                met: finished.and_then(|finished| finished.met),
                owed: finished.map_or_else(owed, |finished| finished.owed.clone()),
                unproven: finished.map_or_else(unproven, |finished| finished.unproven.clone()),
                renamed,
            };
            say(&serde_json::to_string(&line).unwrap_or_default());
        } else {
            say(&readable(at, &last.verdict.to_uppercase().replace('-', " "), None, &last.says));
            for made in renamed {
                say(&format!("{:9}  drlab.toml must say: {made}", ""));
            }
            say(&format!("{:9}  report: drlab-tui report {}{}", "", run.declared.run, self.beside));
        }
    }
}

fn line<'l>(run: &'l Run, seq: u64, at: Timestamp, event: &'static str, step: Option<&'l str>, detail: String) -> Line<'l> {
    Line { schema: SCHEMA, seq, at, workload: &run.declared.workload, run: &run.declared.run, event, step, detail }
}

/// `11:02:31Z  promote          asks: promote tier2-db-replica in us-west-2`: what matters stands where the eye expects it.
fn readable(at: Timestamp, event: &str, step: Option<&str>, says: &str) -> String {
    let at = at.to_string();
    let clock = at.get(11..19).unwrap_or(&at);
    let step = step.map_or(String::new(), |step| format!("{:16} ", sanitise(step)));
    format!("{clock}Z  {event:12} {step}{}", mask_accounts(&sanitise(says)))
}

fn say(line: &str) {
    let mut out = io::stdout().lock();
    drop(writeln!(out, "{}", escape(line)).and_then(|()| out.flush()));
}
