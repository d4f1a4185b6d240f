//! When a run without a screen is over although it is not finished: when nothing in it moves any more without a person.

use std::time::Duration;

use drlab_core::domain::Timestamp;
use drlab_core::run::{Desk, Guarded, Mode, Phase, Run, Stance};
use drlab_core::runbook::Stage;

use super::consent::Consent;

/// A guard that says no may say yes after the next look or two. World time.
const SETTLED: Duration = Duration::from_secs(30);
/// What cannot be told now may be told soon; it is not waited for all night.
const UNTOLD: Duration = Duration::from_secs(300);

/// Why nothing moves any more.
#[derive(Clone, Debug, PartialEq)]
pub enum Halt {
    /// Stages that are held, each by these guards.
    Guard(Vec<(String, Vec<Guarded>)>),
    /// People who must say something, for each stage.
    Waiting(Vec<(String, Wait)>),
    /// The engine asks whether to go on although the objective will be missed.
    Late(String),
    Failed {
        stage: String,
        why: String,
        ways: Vec<String>,
    },
}

/// What a stage waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    Approval,
    /// A deed or a word, told here.
    Deed(String),
    /// What cannot be done now is to be acknowledged, so that the rest can go on.
    Owed(String),
}

/// Since when nothing has moved.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quiet {
    since: Option<Timestamp>,
}

impl Quiet {
    pub(super) fn look(&mut self, run: &Run, desk: &Desk, consent: &Consent, now: Timestamp) -> Option<Halt> {
        let in_the_air = desk.stances.values().any(|stance| matches!(stance, Stance::InTheAir { .. }));
        match &run.mode {
            Mode::Finished | Mode::Aborted { .. } => return None,
            Mode::Paused { .. } if in_the_air => return None,
            Mode::Paused { .. } if consent.all && super::consent::is_late(run) => return None,
            Mode::Paused { why } => return Some(failed(run).unwrap_or_else(|| Halt::Late(why.clone()))),
            Mode::Going => {}
        }
        if in_the_air || run.plan.stages.iter().any(|stage| moves(run, desk, consent, stage)) {
            self.since = None;
            return None;
        }
        let still = now.since(*self.since.get_or_insert(now));
        let held: Vec<_> = run
            .plan
            .stages
            .iter()
            .filter_map(|stage| match desk.stances.get(&stage.id)? {
                Stance::Held { guards } => Some((stage.id.clone(), guards.clone())),
                _ => None,
            })
            .collect();
        let told = held.iter().flat_map(|(_, guards)| guards).all(|guarded| guarded.holds.is_some());
        let waits: Vec<_> = run.plan.stages.iter().filter_map(|stage| Some((stage.id.clone(), wait(run, desk, stage)?))).collect();
        let owed_only = held.is_empty() && waits.iter().all(|(_, wait)| matches!(wait, Wait::Owed(_)));
        let patience = match () {
            () if !told => UNTOLD,
            // What is owed now may be possible after the next look.
            () if !held.is_empty() || owed_only => SETTLED,
            () => Duration::ZERO,
        };
        if still < patience {
            return None;
        }
        Some(if waits.is_empty() { Halt::Guard(held) } else { Halt::Waiting(waits) })
    }
}

fn failed(run: &Run) -> Option<Halt> {
    run.plan.stages.iter().find_map(|stage| match &run.state(&stage.id)?.phase {
        Phase::Failed { why, ways } => Some(Halt::Failed { stage: stage.id.clone(), why: why.clone(), ways: ways.clone() }),
        _ => None,
    })
}

/// Whether a stage gets on by itself, or by what was consented to.
fn moves(run: &Run, desk: &Desk, consent: &Consent, stage: &Stage) -> bool {
    let Some(state) = run.state(&stage.id) else { return false };
    let stance = desk.stances.get(&stage.id);
    match &state.phase {
        Phase::Waiting => stage.needs.iter().all(|need| run.is_settled(need)),
        Phase::Ready => stance.is_none_or(|stance| !stance.waits_for_people() || consent.answers(run, stage, stance)),
        Phase::Owed { .. } => consent.can_acknowledge(run, stage),
        Phase::Failed { .. } => true,
        Phase::Done { .. } | Phase::Skipped { .. } => false,
    }
}

fn wait(run: &Run, desk: &Desk, stage: &Stage) -> Option<Wait> {
    let state = run.state(&stage.id)?;
    match (&state.phase, desk.stances.get(&stage.id)) {
        (Phase::Owed { why }, _) if state.acknowledged.is_none() => Some(Wait::Owed(why.clone())),
        (_, Some(Stance::Confirming)) => Some(Wait::Approval),
        (_, Some(Stance::Asking { whom })) => Some(Wait::Deed(whom.clone())),
        _ => None,
    }
}
