use std::collections::BTreeMap;
use std::time::Duration;

use super::deeds::{go, open};
use super::entry::{Asked, Entry};
use super::message::Effect;
use super::model::{Model, Overlay, Screen};
use super::running::is_live;
use super::setting;
use crate::assess::Whereabouts;
use crate::config::Site;
use crate::domain::change::Aim;
use crate::domain::{Subject, Timestamp};
use crate::runbook::{DryRun, Ground, Kind, Memory, Plan, Runbook, Scene, unfold};

/// What was looked at this long before is fresh enough to be told what would be done; a run looks again.
pub(super) const RECENT: Duration = Duration::from_secs(300);

/// The runbooks there are for this workload now, and what the selected one would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Chooser {
    /// Of the runs that were left, then of the runbooks.
    pub selected: usize,
    pub dry: Option<Box<DryRun>>,
    /// Lines of the dry run that have been read.
    pub scroll: usize,
    /// From where it is to lead, if somebody has said so.
    said: Option<Site>,
    /// What is set for the run of the one that is selected, as `--set` has it.
    set: BTreeMap<String, String>,
    /// The selection, the way and the instant that the dry run is of.
    of: Option<(usize, Option<Site>, Timestamp)>,
}

impl Chooser {
    pub(super) fn select(&mut self, selected: usize) {
        if selected != self.selected {
            (self.selected, self.scroll) = (selected, 0);
            self.set.clear();
        }
    }
}

/// From where a runbook leads, and how that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Seen(Site),
    /// Somebody says so, whatever is seen.
    Said(Site),
    /// It cannot be seen; a run of this workload has last led there.
    Left(Site),
    /// Nobody has said so, and it cannot be seen.
    Unknown,
}

impl Way {
    #[must_use]
    pub const fn source(self) -> Option<Site> {
        match self {
            Self::Seen(site) | Self::Said(site) | Self::Left(site) => Some(site),
            Self::Unknown => None,
        }
    }
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

/// From where the runbooks lead that are offered now: from where it was said, or else from where it is seen.
#[must_use]
pub fn way(model: &Model) -> Way {
    let said = model.overlays.iter().find_map(|overlay| match overlay {
        Overlay::Chooser(chooser) => chooser.said,
        _ => None,
    });
    match (said, source(model)) {
        (Some(said), seen) if seen != Some(said) => Way::Said(said),
        (_, Some(seen)) => Way::Seen(seen),
        // After a failover the old database may take writes as well: the way back leads from where the run has left it.
        (_, None) => model.last_move().and_then(|past| past.left_at).map_or(Way::Unknown, Way::Left),
    }
}

/// Somebody knows better from where it is to lead; the guards look at it all the same.
pub(super) fn turn(model: &mut Model) {
    let other = way(model).source().map_or(Site::Primary, Site::other);
    if let Some(Overlay::Chooser(chooser)) = model.overlays.last_mut() {
        (chooser.said, chooser.scroll) = (Some(other), 0);
    }
    // What fits one way need not fit the other.
    point(model);
}

/// What can be done with this workload as it is now.
#[must_use]
pub fn applicable(model: &Model) -> Vec<Choice<'_>> {
    let Some(workload) = model.looked_at() else { return Vec::new() };
    let from = way(model).source();
    let fits = |runbook: &&Runbook| match runbook.kind {
        // There is a way back only for who has left.
        Kind::Failback => from == Some(Site::Standby),
        _ => true,
    };
    let left = |doubted: bool| {
        let here = model.unfinished.iter().filter(|left| left.workload == workload.name);
        here.filter(move |left| left.doubt.is_some() == doubted).map(Choice::TakeUp)
    };
    left(false).chain(model.runbooks.iter().filter(fits).map(Choice::Begin)).chain(left(true)).collect()
}

pub(super) fn offer(model: &mut Model, effects: &mut Vec<Effect>) {
    if is_live(model) {
        return model.say("one run at a time: this one is not over", true);
    }
    go(model, Screen::Run);
    open(model, Overlay::Chooser(Chooser { selected: 0, dry: None, scroll: 0, said: None, set: BTreeMap::new(), of: None }));
    point(model);
    keep_up(model);
    let subjects = subjects(model);
    if !subjects.is_empty() {
        effects.push(Effect::Refresh(subjects));
    }
}

/// Points at what one most probably wants.
fn point(model: &mut Model) {
    let likeliest = likeliest(model);
    if let Some(Overlay::Chooser(chooser)) = model.overlays.last_mut() {
        chooser.select(likeliest);
    }
}

/// What one most probably wants: to go on with what was left, or else the way that suits how the source is, and whether there is a database to
/// go to.
fn likeliest(model: &Model) -> usize {
    let impaired = model.assessment().and_then(|assessment| assessment.impairment.impaired);
    let nothing_to_promote = model.assessment().is_some_and(|assessment| {
        assessment.readiness.checks.iter().any(|check| check.id == "database.target.exists" && check.ok == Some(false))
    });
    let suits = |choice: &Choice<'_>| match choice {
        Choice::TakeUp(left) => left.doubt.is_none(),
        Choice::Begin(runbook) => match impaired {
            Some(true) if nothing_to_promote => runbook.kind == Kind::Restore,
            Some(true) => runbook.kind == Kind::Unplanned,
            Some(false) => matches!(runbook.kind, Kind::Planned | Kind::Failback),
            None => false,
        },
    };
    let choices = applicable(model);
    // Who has left wants to go back, not farther.
    let back = |choice: &Choice<'_>| matches!(choice, Choice::Begin(runbook) if runbook.kind == Kind::Failback);
    let first = choices.iter().position(suits).unwrap_or(0);
    choices
        .iter()
        .position(back)
        .filter(|_| impaired != Some(true) && model.unfinished.iter().all(|left| left.doubt.is_some()))
        .unwrap_or(first)
}

/// Takes up what was left, or asks why the runbook is to be begun.
pub(super) fn choose(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Overlay::Chooser(chooser)) = model.overlays.last() else { return };
    let selected = chooser.selected;
    // Before anything else: what is to be done must be known before somebody decides to do it.
    if asked_for(model).is_some_and(|runbook| !runbook.lacks(&|action| action.deed()).is_empty()) {
        return setting::ask_instant(model);
    }
    if model.armed() != Some(model.workload) {
        return model.say("this console only watches: arm it first", true);
    }
    match applicable(model).get(selected).copied() {
        Some(Choice::TakeUp(left)) => {
            let run = left.run.clone();
            go(model, Screen::Run);
            effects.push(Effect::TakeUp(run));
        }
        Some(Choice::Begin(_)) => {
            let Some(runbook) = asked_for(model).map(Box::new) else { return };
            let Some(source) = way(model).source() else {
                return model.say("it cannot be seen which site takes the writes: say from where it leads", true);
            };
            open(model, Overlay::Entry(Entry::new(Asked::Declare { runbook, source })));
        }
        None => {}
    }
}

/// The dry run is of the present, and of what is selected.
pub(super) fn keep_up(model: &mut Model) {
    let Some(Overlay::Chooser(chooser)) = model.overlays.last() else { return };
    let of = Some((chooser.selected, chooser.said, model.clock.now));
    if chooser.of == of {
        return;
    }
    let dry = asked_for(model).and_then(|runbook| dry(model, &runbook)).map(Box::new);
    if let Some(Overlay::Chooser(chooser)) = model.overlays.last_mut() {
        (chooser.dry, chooser.of) = (dry, of);
    }
}

/// The runbook that is selected, with what has been set for this run.
pub(super) fn asked_for(model: &Model) -> Option<Runbook> {
    let chooser = model.overlays.iter().find_map(|overlay| match overlay {
        Overlay::Chooser(chooser) => Some(chooser),
        _ => None,
    })?;
    match applicable(model).get(chooser.selected) {
        Some(Choice::Begin(runbook)) => runbook.with_set(&chooser.set, &|action| action.deed()).ok(),
        _ => None,
    }
}

/// What is set for it, to be changed: what it would do is looked at anew.
pub(super) fn set_of(model: &mut Model) -> Option<&mut BTreeMap<String, String>> {
    model.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Chooser(chooser) => {
            (chooser.of, chooser.scroll) = (None, 0);
            Some(&mut chooser.set)
        }
        _ => None,
    })
}

/// Takes back the parameters that were set; which way is taken stays.
pub(super) fn unset(model: &mut Model) {
    if let Some(set) = set_of(model) {
        set.retain(|key, _| !key.contains('.'));
    }
}

fn subjects(model: &Model) -> Vec<Subject> {
    asked_for(model).and_then(|runbook| on_ground(model, &runbook, |plan, ground| ground.subjects(plan))).unwrap_or_default()
}

fn dry(model: &Model, runbook: &Runbook) -> Option<DryRun> {
    on_ground(model, runbook, DryRun::of)
}

fn on_ground<T>(model: &Model, runbook: &Runbook, of: impl FnOnce(&Plan, &Ground<'_>) -> T) -> Option<T> {
    let workload = model.looked_at()?;
    let plan = unfold(runbook, workload, way(model).source()?, &|action| action.deed());
    let now = model.shown_at();
    let endpoints = &model.config.endpoints;
    let memory = Memory { declared_at: now, ..Memory::default() };
    let ground = Ground {
        workload,
        snapshot: &model.picture.snapshot,
        now,
        since: now - RECENT,
        memory: &memory,
        history: model.history_of(&workload.name),
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
