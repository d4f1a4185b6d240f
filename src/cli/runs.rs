//! `drlab-tui runs`: what has been run here, and how it ended.

use std::time::Duration;

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::domain::{Timestamp, human_duration, sanitise};
use drlab_core::run::{Ending, Mode};
use serde::Serialize;

use super::options::{State, Whose};
use super::{Failure, aside, print};
use crate::shell::{self, Kept, Open};
use crate::store::{Lease, Place, RunFolder};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    whose: Whose,
    /// One JSON object a run, one a line, as docs/RUNS.md describes it
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    schema: &'static str,
    at: Option<Timestamp>,
    workload: Option<String>,
    run: String,
    runbook: Option<String>,
    /// `going`, `paused`, `aborted`, `proven`, `unproven`, `damaged`.
    state: &'static str,
    rto_s: Option<f64>,
    rpo_s: Option<f64>,
    met: Option<bool>,
    owed: Vec<String>,
    /// Who is at it, if somebody is.
    held_by: Option<String>,
    lab: Option<bool>,
    why: Option<String>,
}

impl Arguments {
    pub(super) fn run(self) -> Result<()> {
        let place = self.state.place()?;
        let mut rows: Vec<_> = names(&place)?.into_iter().map(|name| row(&place, name)).collect::<Result<_>>()?;
        if let Some(named) = self.whose.named() {
            // A journal that cannot be read may be of any workload.
            rows.retain(|row| row.workload.as_deref().is_none_or(|workload| workload == named));
        }
        if self.json {
            let lines: Vec<_> = rows.iter().map(|row| serde_json::to_string(row).map(|line| line + "\n")).collect::<Result<_, _>>()?;
            return print(&lines.concat());
        }
        if rows.is_empty() {
            return print("nothing has been run here yet\n");
        }
        print(&rows.iter().map(readable).collect::<String>())
    }
}

fn names(place: &Place) -> Result<Vec<String>> {
    Ok(place.runs().map_err(|error| Failure::config(format!("drlab-tui: {error}")))?)
}

fn row(place: &Place, run: String) -> Result<Row> {
    let folder = place.folder(&run)?;
    let holder = at_it(&folder).map(|holder| sanitise(&holder).into_owned());
    let kept = match shell::read(&folder.journal()) {
        Ok(kept) => kept,
        Err(error) => {
            let why = Some(error.to_string());
            return Ok(Row {
                schema: SCHEMA,
                at: None,
                workload: None,
                run,
                runbook: None,
                state: "damaged",
                rto_s: None,
                rpo_s: None,
                met: None,
                owed: Vec::new(),
                held_by: holder,
                lab: None,
                why,
            });
        }
    };
    let seconds = |figure: Option<Duration>| figure.map(|figure| figure.as_secs_f64());
    let finished = kept.run.finished.as_ref();
    Ok(Row {
        schema: SCHEMA,
        at: Some(kept.run.memory.declared_at),
        workload: Some(kept.run.declared.workload.clone()),
        runbook: Some(kept.run.plan.runbook.clone()),
        state: if kept.broken.is_some() { "damaged" } else { state(&kept) },
        rto_s: finished.and_then(|finished| seconds(finished.rto)),
        rpo_s: finished.and_then(|finished| seconds(finished.rpo)),
        met: finished.and_then(|finished| finished.met),
        owed: kept.run.owed().map(|(stage, _)| stage.id.clone()).collect(),
        // A console that is still open is at nothing any more, once nothing is left to be done.
        held_by: holder.filter(|_| !kept.run.is_over() || kept.run.owed().next().is_some()),
        lab: Some(kept.run.declared.lab),
        why: kept.broken,
        run,
    })
}

const SCHEMA: &str = "drlab-tui/runs/1";

fn state(kept: &Kept) -> &'static str {
    match (&kept.run.mode, &kept.run.finished) {
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

fn readable(row: &Row) -> String {
    let seconds = |figure: Option<f64>| {
        let told = figure.and_then(|figure| Duration::try_from_secs_f64(figure).ok()).map(human_duration);
        told.unwrap_or_else(|| "-".to_owned())
    };
    let mut text = format!(
        "{}  {}  {}  RTO {}  RPO {}",
        sanitise(&row.run),
        sanitise(row.runbook.as_deref().unwrap_or("-")),
        row.state,
        seconds(row.rto_s),
        seconds(row.rpo_s)
    );
    if row.lab == Some(true) {
        text.push_str("  LAB");
    }
    if !row.owed.is_empty() {
        text.push_str(&format!("  owed: {}", sanitise(&row.owed.join(", "))));
    }
    match &row.held_by {
        Some(who) => text.push_str(&format!("  {who} is at it")),
        None if matches!(row.state, "going" | "paused") => text.push_str("  nobody is at it"),
        None => {}
    }
    if let Some(why) = &row.why {
        text.push_str(&format!("  {}", sanitise(why)));
    }
    text + "\n"
}

/// Who is at a run, as far as this machine knows.
fn at_it(folder: &RunFolder) -> Option<String> {
    let holder = Lease::holder(&folder.lease()).ok().flatten()?;
    holder.is_alive().then_some(holder.who)
}

/// The folder of a run: the one that was named, or the latest that is not over.
pub(super) fn folder(place: &Place, named: Option<&str>, workload: Option<&str>) -> Result<RunFolder> {
    if let Some(named) = named {
        let folder = place.folder(named).map_err(|error| Failure::usage(format!("drlab-tui: {error}")))?;
        if !folder.journal().is_file() {
            let known = names(place)?;
            let latest: Vec<_> = known.iter().rev().take(5).map(String::as_str).collect();
            let there = if latest.is_empty() { "there are none".to_owned() } else { format!("the latest are {}", latest.join(", ")) };
            return Err(Failure::usage(format!("there is no run “{}”; {there}", named.escape_debug())).into());
        }
        return Ok(folder);
    }
    let unfinished = shell::open(place, workload, None);
    if let Some(open) = unfinished.iter().find(|open| open.later.is_none()) {
        return Ok(place.folder(&open.run)?);
    }
    let why = match unfinished.first() {
        Some(Open { run, later: Some(later), .. }) => {
            format!("{run} was left unfinished, and {later} was declared after it: to go on with it all the same, drlab-tui resume {run}")
        }
        _ => "there is no run that was left unfinished: drlab-tui runs lists them all".to_owned(),
    };
    Err(Failure::usage(why).into())
}

/// Two runs of one workload at once would undo each other.
pub(super) fn nobody_is_at_it(place: &Place, (workload, lab): (&str, bool), beside: &str) -> Result<()> {
    for Open { run, holder, later } in shell::open(place, Some(workload), Some(lab)) {
        match holder {
            Some(holder) => {
                let text = format!(
                    "drlab-tui: {} is at {run} of {workload}: to relieve them, drlab-tui resume {run} --take-over{beside}",
                    sanitise(&holder.who)
                );
                return Err(Failure::ended(9, text).into());
            }
            // What a later run has overtaken is nothing to go on with.
            None if later.is_some() => {}
            None => aside(&format!("drlab-tui: {run} was left unfinished; to go on with it instead, drlab-tui resume {run}{beside}")),
        }
    }
    Ok(())
}
