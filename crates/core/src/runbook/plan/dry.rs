//! A dry run: the plan on live data, changing nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use super::forecast::{Forecast, History, Progress, forecast};
use super::makers::makers;
use super::order;
use super::{Omitted, Plan, Stage};
use crate::config::{Site, Workload};
use crate::domain::change::{Aim, ControlPlane};
use crate::domain::{Change, Region, Snapshot, Subject, Timestamp, excerpt};
use crate::runbook::action::{Action, Deed, Undo};
use crate::runbook::guard::Guard;
use crate::runbook::model::{Confirm, Kind};
use crate::runbook::read::Catalogue;
use crate::runbook::scene::{Memory, Past, Scene};
use crate::runbook::standing::Standing;

/// What a guard says of a scene: whether it holds (`None`: it cannot be told), and why.
pub type Holds<'h> = &'h dyn Fn(Guard, &Scene<'_>) -> (Option<bool>, String);

/// What must be freshly known before a guard says anything.
pub type Looks<'h> = &'h dyn Fn(Guard, &Scene<'_>) -> Vec<Subject>;

/// What a dry run looks at.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub workload: &'a Workload,
    pub snapshot: &'a Snapshot,
    pub now: Timestamp,
    /// Only what was looked at since then counts.
    pub since: Timestamp,
    pub memory: &'a Memory,
    pub history: &'a History,
    pub catalogue: Catalogue<'a>,
    pub holds: Holds<'a>,
    pub looks: Looks<'a>,
    pub aim: Aim<'a>,
}

/// What a run would do now. `plan --json` is this; its members are added to, never renamed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DryRun {
    pub schema: &'static str,
    pub at: Timestamp,
    pub workload: String,
    pub runbook: String,
    pub title: String,
    pub kind: Kind,
    pub source: Role,
    pub target: Role,
    /// Whether every guard holds that no step of the plan will see to; `null`: it cannot be told of all of them.
    pub ok: Option<bool>,
    pub steps: Vec<DryStage>,
    pub omitted: Vec<Omitted>,
    /// Why a run of it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Without the time people take.
    pub forecast: Forecast,
    pub rto_s: f64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Role {
    pub site: Site,
    pub region: Region,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DryStage {
    pub id: String,
    pub step: String,
    pub title: String,
    pub action: Action,
    pub region: Region,
    pub needs: Vec<String>,
    pub makes_true: String,
    pub proof: String,
    pub guards: Vec<DryGuard>,
    pub before: String,
    pub after: String,
    /// How it stands now, in words.
    pub stands: String,
    /// What it would ask for now; later steps may find other things to do by then.
    pub changes: Vec<Change>,
    pub commands: Vec<String>,
    /// The commands of what it will ask for when its turn comes, beside those, as far as that is known now.
    pub later: Vec<String>,
    /// `null`: it changes nothing.
    pub undo: Option<String>,
    pub irreversible: bool,
    pub control_planes: Vec<String>,
    pub confirm: Confirm,
    pub expect_s: f64,
    pub timeout_s: f64,
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DryGuard {
    pub guard: Guard,
    pub holds: Option<bool>,
    pub why: String,
    /// The steps before this one that are there to make it hold: until they are done it need not.
    pub after: Vec<String>,
}

impl std::fmt::Debug for Ground<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground").field("workload", &self.workload.name).field("now", &self.now).finish_non_exhaustive()
    }
}

impl Ground<'_> {
    fn scene<'s>(&'s self, plan: &Plan, stage: &'s Stage) -> Scene<'s> {
        Scene {
            workload: self.workload,
            configured: self.workload,
            kind: plan.kind,
            source: plan.source,
            stage,
            snapshot: self.snapshot,
            now: self.now,
            since: self.since,
            memory: self.memory,
        }
    }

    /// All that the plan's actions and guards look at, each once: what a dry run asks for before it says anything.
    #[must_use]
    pub fn subjects(&self, plan: &Plan) -> Vec<Subject> {
        let of = |stage: &Stage| {
            let scene = self.scene(plan, stage);
            let guards: Vec<_> = stage.guards.iter().flat_map(|guard| (self.looks)(*guard, &scene)).collect();
            (self.catalogue)(stage.action).subjects(&scene).into_iter().chain(guards)
        };
        let subjects: BTreeSet<_> = plan.stages.iter().flat_map(of).collect();
        subjects.into_iter().collect()
    }
}

impl DryRun {
    pub const SCHEMA: &str = "drlab-tui/plan/1";

    #[must_use]
    pub fn of(plan: &Plan, ground: &Ground<'_>) -> Self {
        let mut memory = ground.memory.clone();
        let steps: Vec<_> =
            plan.stages.iter().zip(order::before(plan)).map(|(stage, before)| dry(plan, stage, &before, ground, &mut memory)).collect();
        let role = |site| Role { site, region: ground.workload.region(site).clone() };
        Self {
            schema: Self::SCHEMA,
            at: ground.now,
            workload: plan.workload.clone(),
            runbook: plan.runbook.clone(),
            title: plan.title.clone(),
            kind: plan.kind,
            source: role(plan.source),
            target: role(plan.source.other()),
            ok: if plan.refused.is_some() { Some(false) } else { all_hold(steps.iter().flat_map(|step| &step.guards)) },
            steps,
            omitted: plan.omitted.clone(),
            refused: plan.refused.clone(),
            forecast: forecast(plan, ground.history, ground.now, &|_| Progress::Waiting),
            rto_s: ground.workload.objectives.rto.as_secs_f64(),
        }
    }
}

/// One that does not hold outweighs any number that cannot be told.
fn all_hold<'g>(guards: impl Iterator<Item = &'g DryGuard>) -> Option<bool> {
    let mut all = Some(true);
    for guard in guards.filter(|guard| guard.after.is_empty()) {
        match guard.holds {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

/// `memory` is what the run would remember when the stage's turn comes.
fn dry(plan: &Plan, stage: &Stage, before_it: &[bool], ground: &Ground<'_>, memory: &mut Memory) -> DryStage {
    let deed = (ground.catalogue)(stage.action);
    let about = deed.about();
    let scene = ground.scene(plan, stage);
    let standing = deed.stand(&scene);
    let (before, after) = deed.before_after(&scene);
    let later = foreseen(deed, scene, memory);
    remember(memory, &scene, &standing, &later);
    let (stands, changes) = told(standing);
    let control_planes = ControlPlane::of(&changes).iter().map(ToString::to_string).collect();
    let guard = |guard: &Guard| {
        let (holds, why) = (ground.holds)(*guard, &scene);
        let after = if holds == Some(true) { Vec::new() } else { makers(plan, before_it, *guard) };
        DryGuard { guard: *guard, holds, why: excerpt(&why, 300), after }
    };
    let seconds = |duration: Duration| duration.as_secs_f64();
    DryStage {
        id: stage.id.clone(),
        step: stage.step.clone(),
        title: stage.title.clone(),
        action: stage.action,
        region: stage.part.region(ground.workload).unwrap_or_else(|| ground.workload.region(stage.site)).clone(),
        needs: stage.needs.clone(),
        makes_true: about.makes_true.to_owned(),
        proof: about.proof.to_owned(),
        guards: stage.guards.iter().map(guard).collect(),
        before: excerpt(&before, 200),
        after: excerpt(&after, 200),
        stands: excerpt(&stands, 300),
        commands: changes.iter().map(|change| change.cli(&ground.aim)).collect(),
        later: later.iter().filter(|change| !changes.contains(change)).map(|change| change.cli(&ground.aim)).collect(),
        irreversible: matches!(about.undo, Undo::Never(_)) || changes.iter().any(Change::is_irreversible),
        changes,
        undo: match about.undo {
            Undo::Nothing => None,
            Undo::By(how) => Some(how.to_owned()),
            Undo::Never(why) => Some(format!("cannot be undone: {why}")),
        },
        control_planes,
        confirm: stage.confirm,
        expect_s: seconds(stage.expect),
        timeout_s: seconds(stage.timeout),
        note: stage.note.clone(),
    }
}

/// In a world where every step before it has done what it would do.
fn foreseen(deed: &dyn Deed, scene: Scene<'_>, memory: &Memory) -> Vec<Change> {
    let meant = memory.meant(scene.kind, scene.configured);
    deed.foreseen(&Scene { workload: &meant, memory, ..scene })
}

/// What a step would leave behind for those after it: what it has put aside, and what it has made.
fn remember(memory: &mut Memory, scene: &Scene<'_>, standing: &Standing, later: &[Change]) {
    let stage = &scene.stage.id;
    let nothing = (Vec::new(), BTreeMap::new());
    let (changes, keep) = match standing {
        Standing::Needs { changes, keep } => (changes, keep),
        _ => (&nothing.0, &nothing.1),
    };
    for (name, value) in keep {
        memory.kept.entry((stage.clone(), name.clone())).or_insert_with(|| value.clone());
    }
    let past = |change: &Change| Past { stage: stage.clone(), change: change.clone(), asked_at: scene.now, answer: None };
    memory.past.extend(changes.iter().chain(later).map(past));
}

/// How it stands, in words for somebody who has not begun yet.
fn told(standing: Standing) -> (String, Vec<Change>) {
    match standing {
        Standing::Needs { changes, .. } => {
            let all: Vec<_> = changes.iter().map(ToString::to_string).collect();
            (all.join("; "), changes)
        }
        Standing::Done { shows, .. } => (format!("already so: {shows}"), Vec::new()),
        Standing::Holding { shows, times, .. } => (format!("looks so, to be seen {times} times in a row: {shows}"), Vec::new()),
        Standing::Working { says, .. } => (says, Vec::new()),
        Standing::Asks { whom } => (format!("somebody must say: {whom}"), Vec::new()),
        Standing::Looking { what } => (format!("not looked at yet: {what}"), Vec::new()),
        Standing::Blind { why } => (format!("cannot be seen: {why}"), Vec::new()),
        Standing::Stuck { why, .. } => (format!("as things stand now: {why}"), Vec::new()),
        Standing::Owed { why } => (format!("would be owed: {why}"), Vec::new()),
    }
}
