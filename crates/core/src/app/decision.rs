use std::time::Duration;

use super::model::Model;
use super::running::Running;
use crate::domain::Timestamp;
use crate::keymap::Action;
use crate::run::{Guarded, Mode, Phase, Stance};
use crate::runbook::Confirm;

/// The one decision that a run waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision<'m> {
    /// Whose step it is about; `None`: the whole run.
    pub stage: Option<&'m str>,
    pub awaits: Awaits<'m>,
    /// The ways on, the likeliest first.
    pub ways: Vec<Action>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Awaits<'m> {
    /// The run stands; why.
    Paused(&'m str),
    Failed {
        why: &'m str,
        /// What could be tried.
        ways: &'m [String],
    },
    /// A step may begin once somebody says so.
    Consent { typed: bool },
    /// Somebody has to do or see something.
    Deed(&'m str),
    /// A step cannot be done now, and will be owed.
    Owed(&'m str),
    /// Guards that do not hold.
    Held(&'m Guarded),
}

/// A guard that says no asks at once. One that cannot tell yet is about to, as a rule: nobody is asked for what the next look answers.
const ABOUT_TO_TELL: Duration = Duration::from_secs(30);

fn is_a_question(running: &Running, stage: &str, guards: &[Guarded], now: Timestamp) -> bool {
    guards.iter().any(|guard| guard.holds == Some(false)) || running.held.get(stage).is_none_or(|since| now.since(*since) >= ABOUT_TO_TELL)
}

/// What waits for a person, the gravest first; `None`: nothing does.
#[must_use]
pub fn decision(model: &Model) -> Option<Decision<'_>> {
    model.running.as_ref().filter(|running| running.is_live()).and_then(|running| of(running, model.clock.now))
}

fn of(running: &Running, now: Timestamp) -> Option<Decision<'_>> {
    let run = &running.run;
    let phase = |id: &str| run.state(id).map(|state| &state.phase);
    if let Mode::Paused { why } = &run.mode {
        let failed = run.plan.stages.iter().find_map(|stage| match phase(&stage.id)? {
            Phase::Failed { why, ways } => Some((stage.id.as_str(), why.as_str(), ways.as_slice())),
            _ => None,
        });
        return Some(match failed {
            Some((stage, why, ways)) => Decision {
                stage: Some(stage),
                awaits: Awaits::Failed { why, ways },
                ways: vec![Action::Retry, Action::Skip, Action::Resume, Action::Abort],
            },
            None => Decision { stage: None, awaits: Awaits::Paused(why), ways: vec![Action::Resume, Action::Abort] },
        });
    }
    let stance = |id: &str| running.stances.get(id);
    let mut held = None;
    for stage in &run.plan.stages {
        let decision = |awaits, ways| Some(Decision { stage: Some(stage.id.as_str()), awaits, ways });
        match (phase(&stage.id), stance(&stage.id)) {
            (Some(Phase::Owed { why }), _) if !run.is_settled(&stage.id) => {
                return decision(Awaits::Owed(why), vec![Action::Acknowledge, Action::Skip]);
            }
            (_, Some(Stance::Confirming)) => {
                return decision(Awaits::Consent { typed: run.confirm(stage) == Confirm::Type }, vec![Action::Approve, Action::Skip]);
            }
            (_, Some(Stance::Asking { whom })) => {
                return decision(Awaits::Deed(whom), vec![Action::Acknowledge, Action::Retry, Action::Skip]);
            }
            (_, Some(Stance::Held { guards })) if is_a_question(running, &stage.id, guards, now) => {
                let worst = guards.iter().find(|guard| guard.holds == Some(false)).or(guards.first());
                held = held.or_else(|| decision(Awaits::Held(worst?), vec![Action::Override, Action::Skip, Action::Abort]));
            }
            _ => {}
        }
    }
    held
}
