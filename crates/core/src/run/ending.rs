//! What a run has come to, once everything of it is settled.

use std::time::Duration;

use super::begun::begins;
use super::record::{Ending, Finished};
use super::state::{Phase, Run};
use crate::config::Workload;
use crate::domain::Timestamp;
use crate::runbook::{Action, Certainty, Kind, OnFail, Stage};

pub(super) fn ending(run: &Run, workload: &Workload) -> Finished {
    let owed: Vec<_> = run.owed().map(|(stage, _)| stage.id.clone()).collect();
    let unproven: Vec<_> = run.unproven().map(|stage| stage.id.clone()).collect();
    let seen = proven_at(run);
    let rto = seen.zip(begins(run, workload)).map(|(at, begun)| at.since(begun));
    let rpo = recovery_point(run);
    let moves_users = run.plan.kind.moves_users();
    let met = match (time_met(rto, workload.objectives.rto), loss_met(rpo, workload.objectives.rpo)) {
        _ if !moves_users => None,
        (Some(false), _) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    };
    // Also where the configuration gives nobody an eye: what was not seen is not proven.
    let needs_an_eye = moves_users || run.plan.stages.iter().any(|stage| stage.action == Action::ProbeClientEye);
    let unseen = needs_an_eye && seen.is_none();
    let verdict = if unseen || untested(run) { Ending::Unproven } else { Ending::Proven };
    Finished { verdict, rto, rpo, met, owed, unproven }
}

/// Whether a test has left out, by somebody's word, something that it was for.
fn untested(run: &Run) -> bool {
    run.plan.kind == Kind::Test && run.plan.stages.iter().any(|stage| stage.on_fail != OnFail::Continue && run.is_left_out(&stage.id))
}

/// Whether the recovery time is within its objective.
pub(super) fn time_met(figure: Option<Duration>, objective: Duration) -> Option<bool> {
    figure.map(|figure| figure <= objective)
}

/// The same of the loss, which is a bound: within the objective it shows that it is met. Beyond it, it shows nothing, for less may have been
/// lost; nobody is told that an objective was missed because a metric comes but once a minute.
pub(super) fn loss_met(at_most: Option<Duration>, objective: Duration) -> Option<bool> {
    at_most.filter(|at_most| *at_most <= objective).map(|_| true)
}

/// When users were seen to be served by the target: there the recovery clock stops.
#[must_use]
pub fn proven_at(run: &Run) -> Option<Timestamp> {
    run.plan
        .stages
        .iter()
        .filter(|stage| stage.action == Action::ProbeClientEye)
        .map(|stage| run.memory.done.get(&stage.id).copied())
        .try_fold(Timestamp::default(), |latest, at| at.map(|at| latest.max(at)))
        .filter(|at| *at > Timestamp::default())
}

impl Run {
    /// What an aborted run has come to, in a sentence or two: that it was aborted takes nothing back of what had been proven, and adds nothing
    /// to it. Instants are written as `at` has it.
    #[must_use]
    pub fn cut_short(&self, at: &dyn Fn(Timestamp) -> String) -> Option<Vec<String>> {
        let mut told = vec![format!("aborted at {}", at(self.aborted_at?))];
        if self.plan.kind.moves_users() {
            let target = self.declared.source.other();
            told.push(match proven_at(self) {
                Some(proven) => format!("users were proven to be served by the {target} at {}", at(proven)),
                None => format!("users were not proven to be served by the {target}"),
            });
        }
        Some(told)
    }
}

/// What was lost at most. A planned handover loses nothing where that was proven, and is no better than said where it was not. That the target
/// had everything proves nothing where somebody else may have gone on writing: that nobody does was only a person's word. Where rows were found
/// to be missing when the target wrote its first one, nobody knows since when.
fn recovery_point(run: &Run) -> Option<Duration> {
    let wanting = |stage: &Stage| {
        stage.action == Action::ProbeWrite && matches!(run.state(&stage.id).map(|state| &state.phase), Some(Phase::Owed { .. }))
    };
    if run.plan.stages.iter().any(wanting) {
        return None;
    }
    let ended = |action: Action, told: bool| {
        run.plan.stages.iter().filter(move |stage| stage.action == action).any(|stage| {
            match run.state(&stage.id).map(|state| &state.phase) {
                Some(Phase::Done { certainty, .. }) => (*certainty == Certainty::Told) == told,
                _ => false,
            }
        })
    };
    let caught_up = ended(Action::DatabaseProveCaughtUp, false);
    // Aurora itself takes no more writes at the source.
    if ended(Action::DatabaseSwitchover, false) {
        return Some(Duration::ZERO);
    }
    if caught_up {
        return (!ended(Action::ServiceStop, true)).then_some(Duration::ZERO);
    }
    let stated = run.stated.as_ref()?;
    let lost = Duration::from_secs_f64(stated.seconds?);
    match run.plan.kind {
        // The source went on after it was said, until nobody wrote there any more.
        Kind::Restore => Some(lost + written_until(run)?.since(stated.at)),
        _ => Some(lost),
    }
}

/// Until when the source has been written to, as far as anybody has seen: until it was seen to stand still, or else until users were served
/// elsewhere.
fn written_until(run: &Run) -> Option<Timestamp> {
    let mut fences = run.plan.stages.iter().filter(|stage| stage.action == Action::ServiceStop && stage.site == run.plan.source).peekable();
    let any = fences.peek().is_some();
    let seen = |stage: &Stage| run.memory.done.get(&stage.id).filter(|_| !run.memory.inferred.contains(&stage.id)).copied();
    let still = fences.map(seen).try_fold(Timestamp::default(), |latest, at| at.map(|at| latest.max(at)));
    still.filter(|_| any).or_else(|| proven_at(run))
}
