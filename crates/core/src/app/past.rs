//! The runs there have been: a line each, and what happened in one of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::deeds;
use super::message::Effect;
use super::model::{Model, Overlay, Screen};
use super::panels::Sought;
use super::successors;
use crate::config::{Site, Sites};
use crate::domain::{Timestamp, Verdict, excerpt, human_duration, masked_excerpt, quote};
use crate::run::report::{Figure, Report};
use crate::run::{Declared, Renamed};
use crate::runbook::History;

/// A run that was carried out here, as its journal tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct PastRun {
    pub run: String,
    pub workload: String,
    pub runbook: String,
    pub who: String,
    pub reason: String,
    pub began: Option<Timestamp>,
    /// `going`, `paused`, `aborted`, `proven`, `unproven`, `damaged`.
    pub state: &'static str,
    pub rto: Option<Figure>,
    pub rpo: Option<Figure>,
    /// `None`: it is not shown that both objectives are met.
    pub met: Option<bool>,
    pub owed: usize,
    /// Where it left the workload, if that was proven.
    pub left_at: Option<Site>,
    /// The databases that it has made to stay, if it is over.
    pub renamed: Vec<Renamed>,
    /// Those that the configuration named with which it was declared.
    pub named: Option<Sites<String>>,
    /// What is wrong with its journal.
    pub why: Option<String>,
}

impl PastRun {
    #[must_use]
    pub fn of(report: &Report) -> Self {
        Self {
            run: report.run.clone(),
            workload: report.workload.clone(),
            runbook: report.runbook.clone(),
            who: report.who.clone(),
            reason: report.reason.clone(),
            began: Some(report.declared_at),
            state: if report.journal.broken.is_some() { "damaged" } else { report.state },
            rto: Some(report.rto.clone()),
            rpo: Some(report.rpo.clone()),
            met: report.met,
            owed: report.owed.len(),
            left_at: left_at(report),
            renamed: if matches!(report.state, "proven" | "unproven") { report.renamed.clone() } else { Vec::new() },
            named: None,
            why: report.journal.broken.clone(),
        }
    }

    /// One whose journal says nothing that can be understood.
    #[must_use]
    pub fn unreadable(run: &str, why: &str) -> Self {
        Self {
            run: excerpt(run, 120),
            workload: String::new(),
            runbook: String::new(),
            who: String::new(),
            reason: String::new(),
            began: None,
            state: "damaged",
            rto: None,
            rpo: None,
            met: None,
            owed: 0,
            left_at: None,
            renamed: Vec::new(),
            named: None,
            why: Some(masked_excerpt(why, 200)),
        }
    }

    /// How it went, as a colour and a mark tell it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.state, self.met) {
            ("proven", _) if self.owed > 0 => Verdict::Degraded,
            ("proven", Some(false)) => Verdict::Critical,
            ("proven", _) => Verdict::Healthy,
            ("damaged", _) => Verdict::Critical,
            ("aborted", _) => Verdict::Degraded,
            _ => Verdict::Unknown,
        }
    }

    /// For whoever asks in a chat.
    pub(super) fn line(&self) -> String {
        let figure = |name: &str, figure: &Option<Figure>| {
            let seconds = figure.as_ref().and_then(|figure| Duration::try_from_secs_f64(figure.seconds?).ok());
            format!("{name} {}", seconds.map_or("not proven".to_owned(), human_duration))
        };
        format!(
            "{} {} {}: {}, {}, {}, by {}: {}",
            self.run,
            self.workload,
            self.runbook,
            self.state,
            figure("RTO", &self.rto),
            figure("RPO", &self.rpo),
            self.who,
            self.reason
        )
    }
}

fn left_at(report: &Report) -> Option<Site> {
    Some(report.target.site).filter(|_| report.kind.moves_users() && report.state == "proven")
}

/// A report that is being read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub report: Report,
    /// Of its timeline's entries.
    pub selected: usize,
}

/// The runs that the filter lets through, the newest first.
pub fn shown_past(model: &Model) -> impl Iterator<Item = &PastRun> {
    let sought = Sought::new(model.filters.history.text());
    model.past.iter().filter(move |past| {
        [past.run.as_str(), &past.workload, &past.runbook, &past.who, &past.reason, past.state].iter().any(|text| sought.is_in(text))
    })
}

pub(super) fn taken(model: &mut Model, runs: Vec<PastRun>, histories: BTreeMap<String, History>) {
    // The list grows at its top: a cursor below it stays on its run.
    let under = shown_past(model).nth(model.cursors.history).map(|past| past.run.clone()).filter(|_| model.cursors.history > 0);
    (model.past, model.histories) = (Arc::new(runs), Arc::new(histories));
    successors::told(model);
    let row = under.and_then(|run| shown_past(model).position(|past| past.run == run));
    model.cursors.history = row.unwrap_or(0);
}

/// Asks for what happened in the run under the cursor.
pub(super) fn open(model: &Model, effects: &mut Vec<Effect>) {
    effects.extend(shown_past(model).nth(model.cursors.history).map(|past| Effect::Read(past.run.clone())));
}

/// It is shown where it was asked for; who has gone elsewhere meanwhile is not disturbed.
pub(super) fn read(model: &mut Model, read: Result<Box<Report>, String>) {
    match read {
        Ok(report) if model.screen == Screen::History && model.overlays.is_empty() => {
            deeds::open(model, Overlay::Report(Box::new(Reading { report: *report, selected: 0 })));
        }
        Ok(_) => {}
        Err(why) => model.say(masked_excerpt(&why, 200), true),
    }
}

/// Of a workload that has never been run.
static NONE: History = History::new();

impl Model {
    /// What tells a run on a page that others can look at.
    #[must_use]
    pub fn report_command(&self, run: &str) -> String {
        format!("drlab-tui report {} --format html{}", quote(run), self.kept_at())
    }

    /// What goes on with a run that was left.
    #[must_use]
    pub fn resume_command(&self, left: &Declared) -> String {
        format!("drlab-tui resume {} --confirm {}{}", quote(&left.run), quote(&left.workload), self.kept_at())
    }

    /// How a command is told where runs are kept.
    fn kept_at(&self) -> String {
        self.session.state_dir.as_ref().map(|place| format!(" --state-dir {}", quote(place))).unwrap_or_default()
    }

    /// The last run that is proven to have moved the workload looked at: where it left it is where it was last known to be.
    #[must_use]
    pub fn last_move(&self) -> Option<&PastRun> {
        let name = &self.looked_at()?.name;
        self.past.iter().find(|past| past.workload == *name && past.left_at.is_some())
    }

    /// How long things have taken in earlier runs of a workload.
    #[must_use]
    pub fn history_of(&self, workload: &str) -> &History {
        self.histories.get(workload).unwrap_or(&NONE)
    }
}
