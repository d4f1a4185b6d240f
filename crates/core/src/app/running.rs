use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::card::NOT_ASKED;
use super::message::Unfinished;
use super::model::{Model, Overlay};
use crate::config::{Config, Workload};
use crate::domain::{Timestamp, excerpt, masked_excerpt};
use crate::run::{Desk, Mode, Phase, Record, Run, Stance, outlook, proven_at};
use crate::runbook::{Forecast, Stage};

/// Records that are kept for the screen; the journal keeps all of them.
const KEPT: usize = 2_000;

/// A run, as this console sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    pub run: Arc<Run>,
    /// The workload as the run was declared with it: what drlab.toml names since, or a run has left, is not what this one acts on.
    pub workload: Option<Arc<Workload>>,
    pub desk: Desk,
    /// What each step waits for, held still: a question stays on the screen while what it rests on is looked at once more.
    pub stances: BTreeMap<String, Stance>,
    /// Since when guards hold a step up.
    pub held: BTreeMap<String, Timestamp>,
    /// What was written down, the newest last.
    pub records: VecDeque<(Timestamp, Record)>,
    /// When it will be proven and over, if people take no time.
    pub outlook: Forecast,
    /// Why nobody carries it out any more, where nobody does.
    pub stopped: Option<String>,
}

impl Running {
    /// Somebody carries it out, and it is not over.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.stopped.is_none() && !self.run.is_over()
    }
}

impl Running {
    /// Whether it is over, but for what is tried on as long as somebody is there to try.
    #[must_use]
    pub fn is_owed(&self) -> bool {
        self.stopped.is_none() && self.run.finished.is_some() && self.run.owed().next().is_some()
    }
}

pub(super) fn is_live(model: &Model) -> bool {
    model.running.as_ref().is_some_and(Running::is_live)
}

pub(super) fn changed(model: &mut Model, run: Arc<Run>, desk: Desk, news: Vec<(Timestamp, Record)>) {
    let now = model.clock.now;
    let same = model.running.take().filter(|before| before.run.declared.run == run.declared.run);
    let workload = same.as_ref().map_or_else(|| declared_with(&run), |same| same.workload.clone());
    let (mut records, before, since) = same.map(|before| (before.records, before.stances, before.held)).unwrap_or_default();
    let stances = steady(&run, &desk, before, &news);
    let held = held(&stances, &since, now);
    records.extend(news);
    let surplus = records.len().saturating_sub(KEPT);
    records.drain(..surplus);
    model.unfinished.retain(|left| left.run != run.declared.run);
    let outlook = outlook(&run, model.history_of(&run.declared.workload), now);
    model.running = Some(Running { run, workload, desk, stances, held, records, outlook, stopped: None });
    withdraw(model);
}

fn declared_with(run: &Run) -> Option<Arc<Workload>> {
    let config = Config::parse("the journal's configuration", &run.declared.config_text, &[]).ok()?;
    config.workload(&run.declared.workload).cloned().map(Arc::new)
}

/// A question that is only being checked again is still asked, unless something was written down about its step.
fn steady(run: &Run, desk: &Desk, mut before: BTreeMap<String, Stance>, news: &[(Timestamp, Record)]) -> BTreeMap<String, Stance> {
    let written = |stage: &str| news.iter().any(|(_, record)| record.stage(run) == Some(stage));
    let ready = |stage: &str| matches!(run.state(stage).map(|state| &state.phase), Some(Phase::Ready));
    let still = |(stage, now): (&String, &Stance)| {
        let old = before.remove(stage).filter(|old| matches!(now, Stance::Looking { .. }) && old.waits_for_people());
        let old = old.filter(|_| ready(stage) && !written(stage));
        (stage.clone(), old.unwrap_or_else(|| now.clone()))
    };
    desk.stances.iter().map(still).collect()
}

fn held(stances: &BTreeMap<String, Stance>, since: &BTreeMap<String, Timestamp>, now: Timestamp) -> BTreeMap<String, Timestamp> {
    let held = stances.iter().filter(|(_, stance)| matches!(stance, Stance::Held { .. }));
    held.map(|(stage, _)| (stage.clone(), since.get(stage).copied().unwrap_or(now))).collect()
}

/// A card whose question is not asked any more must not be answered. It stays, and says so: whoever is typing the name would go on on the screen
/// below, where each letter is a key.
fn withdraw(model: &mut Model) {
    let Some(running) = &model.running else { return };
    let going = matches!(running.run.mode, Mode::Going);
    let asked = |stage: &str| going && matches!(running.stances.get(stage), Some(Stance::Confirming));
    // Of a step that the run does not have any more there is nothing to show: what cannot be seen must not take keys.
    let there = |stage: &str| running.run.plan.stages.iter().any(|planned| planned.id == stage);
    model.overlays.retain(|overlay| !matches!(overlay, Overlay::Card(card) if !there(&card.stage)));
    let mut withdrawn = false;
    for overlay in &mut model.overlays {
        if let Overlay::Card(card) = overlay {
            let asked = asked(&card.stage);
            withdrawn |= card.asked && !asked;
            card.asked = asked;
        }
    }
    if withdrawn {
        model.say(NOT_ASKED, true);
    }
}

pub(super) fn stopped(model: &mut Model, why: &str) {
    let why = masked_excerpt(why, 200);
    if let Some(running) = &mut model.running {
        running.stopped = Some(why.clone());
    }
    model.say(why, true);
}

/// Time alone moves a forecast.
pub(super) fn tick(model: &mut Model) {
    let told = model.running.as_ref().filter(|running| running.is_live()).map(|running| {
        let history = model.history_of(&running.run.declared.workload);
        outlook(&running.run, history, model.clock.now)
    });
    if let (Some(running), Some(told)) = (&mut model.running, told) {
        running.outlook = told;
    }
}

pub(super) fn left(model: &mut Model, left: Vec<Unfinished>) {
    // Told once, however often it is looked for; and of the one on the screen, that says so itself.
    let shown = |newest: &Unfinished| model.running.as_ref().is_some_and(|running| running.run.declared.run == newest.run);
    let newest = left.iter().find(|left| left.doubt.is_none());
    if let Some(newest) = newest.filter(|newest| !model.unfinished.contains(newest) && !shown(newest)) {
        let (run, runbook) = (&newest.run, &newest.runbook);
        model.say(
            match &newest.held_by {
                Some(who) => format!("{} is at {run} ({runbook}); it can be taken over among the runbooks", excerpt(who, 60)),
                None => format!("a run was left unfinished: {run} ({runbook}); it can be taken up among the runbooks"),
            },
            true,
        );
    }
    model.unfinished = left;
}

impl Model {
    /// The run of the workload that is looked at.
    #[must_use]
    pub fn run_here(&self) -> Option<&Running> {
        let name = &self.looked_at()?.name;
        self.running.as_ref().filter(|running| running.run.declared.workload == *name)
    }

    /// The step under the cursor, or else the one that matters now: that which waits for somebody, or else what is under way.
    #[must_use]
    pub fn pointed_step(&self) -> Option<&str> {
        let running = self.running.as_ref()?;
        let under = self.cursors.run.as_deref().filter(|id| running.run.plan.stages.iter().any(|stage| stage.id == *id));
        under.or_else(|| super::decision(self).and_then(|decision| decision.stage)).or_else(|| running.current())
    }
}

impl Running {
    /// When the clock stopped: users had been seen to be served by the target. What comes after that is care, not recovery.
    #[must_use]
    pub fn proven_at(&self) -> Option<Timestamp> {
        proven_at(&self.run)
    }

    /// The steps after which nothing leads back, and whether the run has passed one of them.
    #[must_use]
    pub fn is_past_return(&self) -> bool {
        let never = |stage: &&Stage| stage.action.deed().about().for_good().is_some();
        let asked = |stage: &Stage| self.run.memory.past.iter().any(|past| past.stage == stage.id);
        self.run.plan.stages.iter().filter(never).any(|stage| self.run.is_settled(&stage.id) || asked(stage))
    }

    /// The step that is under way; of several, the one that the end waits for; the last one done where nothing is.
    #[must_use]
    pub fn current(&self) -> Option<&str> {
        let begun = |id: &&String| self.desk.stances.contains_key(*id) && !self.run.is_settled(id);
        let critical = self.outlook.critical.iter().find(begun);
        let any = || self.run.plan.stages.iter().map(|stage| &stage.id).find(begun);
        let last = || {
            let settled = self.run.plan.stages.iter().filter(|stage| self.run.is_settled(&stage.id));
            settled.max_by_key(|stage| self.run.stages.get(&stage.id).map(|state| state.since)).map(|stage| &stage.id)
        };
        critical.or_else(any).or_else(last).map(String::as_str)
    }
}
