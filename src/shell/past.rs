//! What the state directory says of earlier runs: a list of them, one told from beginning to end, and how long things took.

use std::collections::BTreeMap;
use std::io;

use drlab_core::app::{Message, PastRun, Unfinished};
use drlab_core::config::{Config, Site};
use drlab_core::domain::excerpt;
use drlab_core::run::report::Report;
use drlab_core::run::{Declared, Mode, Run, durations};
use drlab_core::runbook::History;

use super::headless::{Kept, overtaken_by, read};
use crate::store::{Holder, Lease, Place};

/// Journals that are read, the newest first: what is older is found by `drlab-tui runs`.
const MOST: usize = 100;

/// Whose runs count here: those of these workloads, and of a lab never for a live system.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ours<'c> {
    pub(super) config: &'c Config,
    pub(super) lab: bool,
}

impl Ours<'_> {
    fn owns(self, kept: &Kept) -> bool {
        kept.run.declared.lab == self.lab && self.config.workload(&kept.run.declared.workload).is_some()
    }
}

/// All that the screen wants to know of them.
pub(super) fn told(place: &Place, ours: Ours<'_>) -> Vec<Message> {
    let (mut runs, mut left) = (Vec::new(), Vec::new());
    let mut histories: BTreeMap<String, History> = BTreeMap::new();
    let mut moved = Moved::default();
    for (name, kept) in newest(place) {
        let kept = match kept {
            Ok(kept) if ours.owns(&kept) => kept,
            Ok(_) => continue,
            Err(error) => {
                runs.push(PastRun::unreadable(&name, &error.to_string()));
                continue;
            }
        };
        runs.extend(past(&kept));
        remember(&mut histories, &kept);
        let owes = kept.run.owed().next().is_some() && overtaken_by(place, &kept.run).is_none();
        let over = matches!(kept.run.mode, Mode::Finished) && !owes;
        let later = moved.since(&name, &kept.run);
        let holder = holder(place, &name);
        if kept.broken.is_none() && !over && holder.as_ref().is_none_or(|holder| holder.process != std::process::id()) {
            let declared = &kept.run.declared;
            left.push(Unfinished {
                held_by: holder.map(|holder| holder.who),
                doubt: doubt(&kept.run.mode, later.as_deref()),
                run: name,
                workload: declared.workload.clone(),
                runbook: declared.runbook.clone(),
                began: kept.run.memory.declared_at,
            });
        }
    }
    vec![Message::Past { runs, histories }, Message::Unfinished(left)]
}

/// Told of runs one after another, the newest first: which has last changed something on the way to moving users. What was left before it is
/// past.
#[derive(Debug, Default)]
struct Moved(BTreeMap<(String, bool), String>);

impl Moved {
    /// The run that has overtaken this one.
    fn since(&mut self, name: &str, run: &Run) -> Option<String> {
        let declared = &run.declared;
        let whose = (declared.workload.clone(), declared.lab);
        let later = self.0.get(&whose).cloned();
        if run.plan.kind.moves_users() && !run.memory.past.is_empty() {
            self.0.entry(whose).or_insert_with(|| name.to_owned());
        }
        later
    }
}

/// A run that is not over.
#[derive(Debug)]
pub struct Open {
    pub run: String,
    /// Who on this machine is at it.
    pub holder: Option<Holder>,
    /// The run that has moved users since it was left.
    pub later: Option<String>,
}

/// The runs that are not over, the newest first: of this workload, if one is named, and of a lab or not, if that is said.
#[must_use]
pub fn open(place: &Place, workload: Option<&str>, lab: Option<bool>) -> Vec<Open> {
    let mut moved = Moved::default();
    let asked =
        |declared: &Declared| workload.is_none_or(|workload| declared.workload == workload) && lab.is_none_or(|lab| declared.lab == lab);
    let mut of = |(name, kept): (String, io::Result<Kept>)| {
        let run = kept.ok()?.run;
        let later = moved.since(&name, &run);
        (!run.is_over() && asked(&run.declared)).then(|| Open { holder: holder(place, &name), later, run: name })
    };
    newest(place).filter_map(&mut of).collect()
}

fn doubt(mode: &Mode, later: Option<&str>) -> Option<String> {
    let aborted = match mode {
        Mode::Aborted { reason } => Some(format!("it was aborted ({})", excerpt(reason, 80))),
        Mode::Going | Mode::Paused { .. } | Mode::Finished => None,
    };
    let overtaken = later.map(|later| format!("{later} was declared after it"));
    let told: Vec<_> = aborted.into_iter().chain(overtaken).collect();
    (!told.is_empty()).then(|| told.join(", and "))
}

/// A line each, the newest first.
pub(super) fn runs(place: &Place, ours: Ours<'_>) -> Vec<PastRun> {
    newest(place).filter_map(|(_, kept)| past(&kept.ok().filter(|kept| ours.owns(kept))?)).collect()
}

/// What happened in one of them.
pub(super) fn report(place: &Place, run: &str) -> io::Result<Report> {
    let kept = read(&place.folder(run)?.journal())?;
    report_of(&kept).ok_or_else(|| io::Error::other(format!("{run}: its journal holds no workload")))
}

/// How long things have taken in earlier runs of a workload: in a lab if this is one, else live.
#[must_use]
pub fn history(place: &Place, workload: &str, lab: bool) -> History {
    let mut histories = BTreeMap::new();
    let ours = |kept: &Kept| kept.run.declared.lab == lab && kept.run.declared.workload == workload;
    newest(place).filter_map(|(_, kept)| kept.ok().filter(ours)).for_each(|kept| remember(&mut histories, &kept));
    histories.remove(workload).unwrap_or_default()
}

/// Which run has moved this workload last, and where it was proven to have left it.
#[must_use]
pub fn left_at(place: &Place, workload: &str, lab: bool) -> Option<(String, Site)> {
    let ours = |kept: &Kept| kept.run.declared.lab == lab && kept.run.declared.workload == workload && kept.run.plan.kind.moves_users();
    let (name, kept) = newest(place).find_map(|(name, kept)| Some((name, kept.ok().filter(ours)?)))?;
    Some((name, past(&kept)?.left_at?))
}

fn newest(place: &Place) -> impl Iterator<Item = (String, io::Result<Kept>)> {
    let names = place.runs().unwrap_or_default();
    names.into_iter().rev().take(MOST).map(|name| {
        let kept = place.folder(&name).and_then(|folder| read(&folder.journal()));
        (name, kept)
    })
}

fn past(kept: &Kept) -> Option<PastRun> {
    let database = kept.config.workload(&kept.run.declared.workload)?.database.as_ref();
    Some(PastRun { named: database.map(|database| database.sites.clone()), ..PastRun::of(&report_of(kept)?) })
}

fn report_of(kept: &Kept) -> Option<Report> {
    let workload = kept.config.workload(&kept.run.declared.workload)?;
    Some(Report::of(&kept.run, workload, &kept.records, &kept.hash, kept.broken.as_deref()))
}

/// What does not hold together teaches nothing.
fn remember(histories: &mut BTreeMap<String, History>, kept: &Kept) {
    if kept.broken.is_some() {
        return;
    }
    let history = histories.entry(kept.run.declared.workload.clone()).or_default();
    for (action, took) in durations(&kept.run, kept.records.iter().map(|(at, record)| (*at, record))) {
        history.entry(action).or_default().push(took);
    }
}

/// Who on this machine is at a run of this workload that is not over. Two at once would undo each other.
pub(super) fn somebody_at(place: &Place, workload: &str, lab: bool) -> Option<(String, Holder)> {
    let others = |holder: &Holder| holder.process != std::process::id();
    open(place, Some(workload), Some(lab)).into_iter().find_map(|open| Some((open.run, open.holder.filter(others)?)))
}

/// Whose process is at it now.
fn holder(place: &Place, run: &str) -> Option<Holder> {
    let holder = place.folder(run).and_then(|folder| Lease::holder(&folder.lease()));
    holder.ok().flatten().filter(Holder::is_alive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_against_going_on_is_told() {
        let aborted = Mode::Aborted { reason: "wrong region".to_owned() };
        assert_eq!(doubt(&Mode::Going, None), None);
        assert_eq!(doubt(&Mode::Going, Some("2")).as_deref(), Some("2 was declared after it"));
        assert_eq!(doubt(&aborted, Some("2")).as_deref(), Some("it was aborted (wrong region), and 2 was declared after it"));
    }
}
