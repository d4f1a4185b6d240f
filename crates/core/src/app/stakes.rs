//! WAIT against GO: what going on costs now, and what every minute adds to it.

use std::time::Duration;

use super::model::Model;
use super::running::Running;
use crate::assess::loss_verdict;
use crate::domain::{Change, Timestamp, Verdict};
use crate::run::{begins, will_begin};
use crate::runbook::{Action, Kind, Scene, Stage, Standing, loss_at_the_cut, loss_grows, restore_costs, writes_go_aside};

/// What is at stake, as far as it can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Stakes {
    /// How long users will have waited if nobody waits any more.
    pub rto: Duration,
    pub rto_target: Duration,
    /// What is probably lost if nobody waits any more; `None`: nobody can tell.
    pub about: Option<Duration>,
    /// What is lost at most; `None`: it has no bound.
    pub loss: Option<Duration>,
    pub rpo_target: Duration,
    /// Who writes where nobody will read, as far as that is seen.
    pub aside: Option<String>,
    /// Objects that are not at the target yet.
    pub objects: Option<u64>,
    /// Whether waiting may cost writes, too.
    pub grows: bool,
    /// Whether it probably does: the source writes, and nothing arrives.
    pub falls_behind: bool,
    /// Whether users wait, too. Until a planned move stops its source they are served, and waiting costs nothing.
    pub users_wait: bool,
    /// Until when one may wait and still be within the objective, nine times of ten; `None`: it is too late for that.
    pub latest: Option<Timestamp>,
}

impl Stakes {
    /// The same after having waited so long.
    #[must_use]
    pub fn after(&self, wait: Duration) -> Self {
        let more = |grows: bool, loss: Option<Duration>| loss.map(|loss| if grows { loss + wait } else { loss });
        let (about, loss) = (more(self.falls_behind, self.about), more(self.grows, self.loss));
        let rto = if self.users_wait { self.rto + wait } else { self.rto };
        Self { rto, about, loss, ..self.clone() }
    }

    /// Against the objective, as it is said everywhere.
    #[must_use]
    pub fn loss_verdict(&self) -> Verdict {
        loss_verdict(self.about, self.loss, self.rpo_target)
    }
}

/// Of the run here, as long as there is a way back; or, where there is none, of the failover that could be begun.
#[must_use]
pub fn stakes(model: &Model) -> Option<Stakes> {
    match model.run_here().filter(|running| running.is_live()) {
        Some(running) => of_run(model, running),
        None => of_nothing_yet(model),
    }
}

fn of_run(model: &Model, running: &Running) -> Option<Stakes> {
    let run = &running.run;
    // What a restore gives up lies before it: waiting adds nothing to that.
    if !run.plan.kind.moves_users() || run.plan.kind == Kind::Restore || running.proven_at().is_some() || running.is_past_return() {
        return None;
    }
    let workload = running.workload.as_deref()?;
    let (begun, now) = (will_begin(run, workload, &running.outlook), model.clock.now);
    let users_wait = begins(run, workload).is_some();
    let deadline = begun + workload.objectives.rto;
    let spare = Some(deadline.since(running.outlook.proven.p90)).filter(|_| deadline > running.outlook.proven.p90);
    let stakes = Stakes {
        rto: running.outlook.proven.p50.since(begun),
        rto_target: workload.objectives.rto,
        about: Some(Duration::ZERO),
        loss: Some(Duration::ZERO),
        rpo_target: workload.objectives.rpo,
        aside: None,
        objects: None,
        grows: false,
        falls_behind: false,
        latest: spare.map(|spare| now + spare),
        users_wait,
    };
    // Whoever hands over in good order waits until nothing is missing; unless it is only somebody's word that nobody writes any more, or somebody
    // does where nobody reads.
    let vouched =
        run.memory.stages.iter().any(|(stage, of)| *of == (Action::ServiceStop, run.plan.source) && run.memory.said.contains_key(stage));
    let first = run.plan.stages.first()?;
    let aside = in_scene(model, running, first, writes_go_aside)?;
    if run.plan.kind != Kind::Unplanned && !vouched && aside.is_none() {
        return Some(stakes);
    }
    let stakes = Stakes { aside, ..stakes };
    let (loss, grows) = in_scene(model, running, first, |scene| (loss_at_the_cut(scene), loss_grows(scene)))?;
    if workload.database.is_none() {
        return Some(Stakes { objects: loss.objects, ..stakes });
    }
    Some(Stakes { about: loss.about, loss: loss.database, objects: loss.objects, grows, falls_behind: loss.grows, ..stakes })
}

/// Before anything is begun, waiting costs something only while something is wrong.
fn of_nothing_yet(model: &Model) -> Option<Stakes> {
    let (workload, assessment) = (model.looked_at()?, model.assessment()?);
    let since = assessment.impairment.since?;
    let readiness = &assessment.readiness;
    if readiness.target.is_none() || readiness.forecast.legs.is_empty() {
        return None;
    }
    let begun = match workload.rto_from {
        crate::config::RtoFrom::Outage => since,
        crate::config::RtoFrom::Declared => model.shown_at(),
    };
    let of_writes = |loss: Option<Duration>| if workload.database.is_some() { loss } else { Some(Duration::ZERO) };
    Some(Stakes {
        rto: model.shown_at().since(begun) + readiness.forecast.p50,
        rto_target: readiness.rto,
        about: of_writes(readiness.loss.about),
        loss: of_writes(readiness.loss.database),
        rpo_target: readiness.rpo,
        aside: None,
        objects: readiness.loss.objects,
        grows: workload.database.is_some(),
        falls_behind: readiness.loss.grows,
        users_wait: true,
        latest: readiness.forecast.latest_safe_start.filter(|latest| *latest > model.shown_at()),
    })
}

/// What a step would ask AWS for as things stand now.
#[must_use]
pub fn would_ask(model: &Model, stage: &str) -> Vec<Change> {
    let Some(running) = &model.running else { return Vec::new() };
    let planned = running.run.plan.stages.iter().find(|planned| planned.id == stage);
    match planned.and_then(|planned| in_scene(model, running, planned, |scene| planned.action.deed().stand(scene))) {
        Some(Standing::Needs { changes, .. }) => changes,
        _ => Vec::new(),
    }
}

/// A restore, as things stand now.
#[derive(Clone, Debug, PartialEq)]
pub struct Restore {
    pub from: String,
    pub becomes: String,
    /// What is lost at most; `None`: nobody can tell.
    pub loss: Option<Duration>,
    pub rpo_target: Duration,
    pub told: String,
}

impl Restore {
    /// Against the objective, as it is said everywhere.
    #[must_use]
    pub fn loss_verdict(&self) -> Verdict {
        loss_verdict(self.loss, self.loss, self.rpo_target)
    }
}

/// Of a step that restores what the application is to go on with.
#[must_use]
pub fn would_restore(model: &Model, stage: &Stage) -> Option<Restore> {
    in_scene(model, model.running.as_ref()?, stage, |scene| {
        let (loss, told) = restore_costs(scene)?;
        let (from, becomes) = stage.action.deed().before_after(scene);
        Some(Restore { from, becomes, loss, rpo_target: scene.workload.objectives.rpo, told })
    })?
}

/// What the rules say of the run as it is now, and of what it was declared with: what it has put aside stays that.
pub(super) fn in_scene<T>(model: &Model, running: &Running, stage: &Stage, ask: impl FnOnce(&Scene<'_>) -> T) -> Option<T> {
    let run = &running.run;
    let configured = running.workload.as_deref()?;
    Some(ask(&Scene {
        workload: &run.memory.meant(run.plan.kind, configured),
        configured,
        kind: run.plan.kind,
        source: run.plan.source,
        stage,
        snapshot: &model.current().snapshot,
        now: model.clock.now,
        since: model.clock.now - super::chooser::RECENT,
        memory: &run.memory,
    }))
}
