use std::time::Duration;

use super::deeds::{go, open};
use super::entry::{Asked, Entry};
use super::message::Effect;
use super::model::{Model, Overlay, Screen};
use super::running::is_live;
use crate::assess::Whereabouts;
use crate::config::Site;
use crate::domain::change::Aim;
use crate::domain::{Subject, Timestamp};
use crate::runbook::{DryRun, Ground, History, Kind, Memory, Plan, Runbook, Scene, unfold};

/// What was looked at this long before is fresh enough to be told what would be done; a run looks again.
const RECENT: Duration = Duration::from_secs(300);

/// The runbooks there are for this workload now, and what the selected one would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Chooser {
    /// Of the runs that were left, then of the runbooks.
    pub selected: usize,
    pub dry: Option<Box<DryRun>>,
    /// The selection and the instant that the dry run is of.
    of: Option<(usize, Timestamp)>,
}

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Choice<'m> {
    /// Go on with a run that was left.
    TakeUp(&'m super::Unfinished),
    Begin(&'m Runbook),
}

/// From where a failover would lead: from the site that takes the writes, or else from the one that is seen to be impaired. `None`: it cannot
/// be told, or both take writes.
#[must_use]
pub fn source(model: &Model) -> Option<Site> {
    let assessment = model.assessment()?;
    match &assessment.active {
        Whereabouts::Primary => Some(Site::Primary),
        Whereabouts::Standby => Some(Site::Standby),
        Whereabouts::Both => None,
        Whereabouts::Neither(_) | Whereabouts::Unknown(_) => assessment.impairment.site,
    }
}

/// What can be done with this workload as it is now.
#[must_use]
pub fn applicable(model: &Model) -> Vec<Choice<'_>> {
    let Some(workload) = model.looked_at() else { return Vec::new() };
    let from = source(model);
    let fits = |runbook: &&Runbook| match runbook.kind {
        // There is a way back only for who has left.
        Kind::Failback => from == Some(Site::Standby),
        _ => true,
    };
    let left = model.unfinished.iter().filter(|left| left.workload == workload.name).map(Choice::TakeUp);
    left.chain(model.runbooks.iter().filter(fits).map(Choice::Begin)).collect()
}

pub(super) fn offer(model: &mut Model, effects: &mut Vec<Effect>) {
    if is_live(model) {
        return model.say("one run at a time: this one is not over", true);
    }
    go(model, Screen::Run);
    open(model, Overlay::Chooser(Chooser { selected: 0, dry: None, of: None }));
    keep_up(model);
    let subjects = subjects(model);
    if !subjects.is_empty() {
        effects.push(Effect::Refresh(subjects));
    }
}

/// Takes up what was left, or asks why the runbook is to be begun.
pub(super) fn choose(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Overlay::Chooser(chooser)) = model.overlays.last() else { return };
    let selected = chooser.selected;
    if model.armed() != Some(model.workload) {
        return model.say("this console only watches: arm it first", true);
    }
    match applicable(model).get(selected).copied() {
        Some(Choice::TakeUp(left)) => {
            let run = left.run.clone();
            go(model, Screen::Run);
            effects.push(Effect::TakeUp(run));
        }
        Some(Choice::Begin(runbook)) => {
            let runbook = Box::new(runbook.clone());
            open(model, Overlay::Entry(Entry::new(Asked::Declare { runbook })));
        }
        None => {}
    }
}

/// The dry run is of the present, and of what is selected.
pub(super) fn keep_up(model: &mut Model) {
    let Some(Overlay::Chooser(chooser)) = model.overlays.last() else { return };
    let of = Some((chooser.selected, model.clock.now));
    if chooser.of == of {
        return;
    }
    let dry = selected(model).and_then(|runbook| dry(model, runbook)).map(Box::new);
    if let Some(Overlay::Chooser(chooser)) = model.overlays.last_mut() {
        (chooser.dry, chooser.of) = (dry, of);
    }
}

fn selected(model: &Model) -> Option<&Runbook> {
    let Some(Overlay::Chooser(chooser)) = model.overlays.last() else { return None };
    match applicable(model).get(chooser.selected) {
        Some(Choice::Begin(runbook)) => Some(runbook),
        _ => None,
    }
}

fn subjects(model: &Model) -> Vec<Subject> {
    let of = |runbook: &Runbook| on_ground(model, runbook, |plan, ground| ground.subjects(plan));
    selected(model).and_then(of).unwrap_or_default()
}

fn dry(model: &Model, runbook: &Runbook) -> Option<DryRun> {
    on_ground(model, runbook, DryRun::of)
}

fn on_ground<T>(model: &Model, runbook: &Runbook, of: impl FnOnce(&Plan, &Ground<'_>) -> T) -> Option<T> {
    let workload = model.looked_at()?;
    let plan = unfold(runbook, workload, source(model)?, &|action| action.deed());
    let now = model.shown_at();
    let endpoints = &model.config.endpoints;
    let (memory, history) = (Memory { declared_at: now, ..Memory::default() }, History::default());
    let ground = Ground {
        workload,
        snapshot: &model.picture.snapshot,
        now,
        since: now - RECENT,
        memory: &memory,
        history: &history,
        catalogue: &|action| action.deed(),
        holds: &|guard, scene: &Scene<'_>| {
            let held = guard.holds(scene);
            (held.holds, held.why)
        },
        looks: &|guard, scene: &Scene<'_>| guard.subjects(scene),
        aim: Aim { profile: model.session.profile.as_deref(), regions: Some(&endpoints.regions), route53: endpoints.route53.as_deref() },
    };
    Some(of(&plan, &ground))
}
