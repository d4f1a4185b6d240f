use super::desk::{Desk, Stance};
use super::record::{Record, Switched};
use super::state::{Mode, Phase, Run};
use crate::domain::excerpt;
use crate::runbook::Confirm;

/// What people can say to a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    Pause { reason: String },
    Resume,
    Abort { reason: String },
    Approve { stage: String, typed: Option<String> },
    Override { stage: String, guard: String, reason: String },
    Acknowledge { stage: String, note: String },
    Retry { stage: String },
    Skip { stage: String, reason: String },
    Switch(Box<Switched>),
}

/// Longer than a sentence or two is no reason any more.
const WORDS: usize = 500;

impl Order {
    /// What is written down when `who` says it now; or why it cannot be said now.
    pub fn heard(self, run: &Run, desk: &Desk, who: &str) -> Result<Record, String> {
        let who = who.to_owned();
        if matches!(run.mode, Mode::Finished) {
            return Err("the run is finished".to_owned());
        }
        match self {
            Self::Pause { reason } => match &run.mode {
                Mode::Going => Ok(Record::Paused { why: words(&reason)?, who: Some(who) }),
                _ => Err("the run is not going".to_owned()),
            },
            Self::Resume => match &run.mode {
                Mode::Going => Err("the run is going".to_owned()),
                _ => Ok(Record::Resumed { who }),
            },
            Self::Abort { reason } => match &run.mode {
                Mode::Aborted { .. } => Err("the run is aborted already".to_owned()),
                _ => Ok(Record::Aborted { reason: words(&reason)?, who }),
            },
            Self::Approve { stage, typed } => approve(run, desk, stage, typed.as_deref(), who),
            Self::Override { stage, guard, reason } => {
                let known = planned(run, &stage)?.guards.iter().any(|known| known.word() == guard);
                if !known {
                    return Err(format!("{stage} has no guard “{}”", excerpt(&guard, 60)));
                }
                Ok(Record::Overridden { stage, guard, reason: words(&reason)?, who })
            }
            Self::Acknowledge { stage, note } => {
                let asks = matches!(desk.stances.get(&stage), Some(Stance::Asking { .. }));
                let owed = matches!(run.state(&stage).map(|state| &state.phase), Some(Phase::Owed { .. }));
                planned(run, &stage)?;
                if asks || owed {
                    Ok(Record::Acknowledged { stage, note: words(&note)?, who })
                } else {
                    Err(format!("{stage} asks for nothing"))
                }
            }
            Self::Retry { stage } => {
                planned(run, &stage)?;
                let failed = matches!(run.state(&stage).map(|state| &state.phase), Some(Phase::Failed { .. }));
                let asks = matches!(desk.stances.get(&stage), Some(Stance::Asking { .. }));
                if failed || asks { Ok(Record::Retried { stage, who }) } else { Err(format!("{stage} has not failed")) }
            }
            Self::Skip { stage, reason } => {
                planned(run, &stage)?;
                match run.state(&stage).map(|state| &state.phase) {
                    Some(Phase::Done { .. } | Phase::Skipped { .. }) => Err(format!("{stage} is over")),
                    _ if run.in_the_air(&stage).is_some() => Err(format!("{stage} has asked AWS for something that is not answered yet")),
                    _ => Ok(Record::Skipped { stage, reason: words(&reason)?, who }),
                }
            }
            // Whether that runbook fits is for whoever can read it.
            Self::Switch(mut switched) => {
                (switched.reason, switched.who) = (words(&switched.reason)?, who);
                Ok(Record::Switched(switched))
            }
        }
    }
}

fn approve(run: &Run, desk: &Desk, stage: String, typed: Option<&str>, who: String) -> Result<Record, String> {
    let planned = planned(run, &stage)?;
    // What the question rests on may just be looked at once more; guards are asked again before anything is done.
    let asked = run.state(&stage).is_some_and(|state| state.approved_by.is_none());
    if !asked || !matches!(desk.stances.get(&stage), Some(Stance::Confirming | Stance::Looking { .. })) {
        return Err(format!("{stage} does not wait for consent"));
    }
    if run.confirm(planned) == Confirm::Type && typed != Some(run.declared.workload.as_str()) {
        return Err(format!("{stage} asks for the workload's name: type {}", run.declared.workload));
    }
    Ok(Record::Approved { stage, who })
}

fn planned<'r>(run: &'r Run, stage: &str) -> Result<&'r crate::runbook::Stage, String> {
    run.plan.stages.iter().find(|planned| planned.id == stage).ok_or_else(|| format!("there is no step “{}”", excerpt(stage, 60)))
}

/// A reason has words.
fn words(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("say why".to_owned()) } else { Ok(excerpt(text, WORDS)) }
}
