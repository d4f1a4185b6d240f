use std::collections::BTreeMap;

use serde::Serialize;

use super::forecast::tells_behind;
use super::record::{Declared, Finished, Guarded, RUNBOOK, Record};
use crate::domain::{Receipt, Timestamp};
use crate::runbook::{Certainty, Confirm, Memory, OnFail, Past, Plan, Stage};

/// A run as its records tell it. Nothing else is in it: fold them again, and it is the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub declared: Declared,
    /// What the runbook in force unfolds to. A switch puts another in its place.
    pub plan: Plan,
    pub memory: Memory,
    pub stages: BTreeMap<String, StageState>,
    pub mode: Mode,
    /// When it was last told to go on, or taken up by somebody: time in which nobody went on with it counts against no step.
    pub resumed_at: Option<Timestamp>,
    /// When it was aborted, as long as nobody has taken it up again.
    pub aborted_at: Option<Timestamp>,
    /// When it became an unplanned one.
    pub switched_at: Option<Timestamp>,
    pub stated: Option<Loss>,
    /// Behind its objective, by the latest forecast that was written down.
    pub behind: bool,
    /// Pauses that were answered, so that nobody is asked twice whether to go on for the same reason. What failed is another matter: it is
    /// tried again, and said again if it fails again.
    pub answered: Vec<String>,
    /// What somebody is to be told who does not look: failures, and pauses that nobody asked for.
    pub tidings: Vec<String>,
    pub finished: Option<Finished>,
}

/// What has happened to a stage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageState {
    pub phase: Phase,
    /// Since when it is in this phase.
    pub since: Timestamp,
    pub ready_at: Option<Timestamp>,
    pub approved_by: Option<String>,
    /// Guards gone past, with the reason.
    pub overridden: BTreeMap<String, String>,
    pub acknowledged: Option<String>,
    /// What the guards said when somebody last wrote it down.
    pub guards: Vec<Guarded>,
    pub retries: u32,
    /// Who has said that the run goes on since it failed: then it is tried once more.
    pub again: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "phase")]
pub enum Phase {
    /// For what it needs.
    #[default]
    Waiting,
    /// Its turn has come; where it stands is looked at again and again.
    Ready,
    Done {
        shows: String,
        certainty: Certainty,
    },
    Failed {
        why: String,
        ways: Vec<String>,
    },
    Skipped {
        reason: String,
    },
    /// To be done as soon as it can be.
    Owed {
        why: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "mode")]
pub enum Mode {
    Going,
    /// No new intent; what is under way is followed.
    Paused {
        why: String,
    },
    /// Nothing is asked for any more. It can be taken up again.
    Aborted {
        reason: String,
    },
    Finished,
}

/// The loss that was said before the point of no return.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Loss {
    pub at: Timestamp,
    pub seconds: Option<f64>,
    pub objects: Option<u64>,
    pub told: String,
}

impl Run {
    /// The beginning; `plan` is what the runbook in the record unfolds to.
    #[must_use]
    pub fn declared(at: Timestamp, declared: Declared, plan: Plan) -> Self {
        let memory = Memory::beginning(&declared.run, at, declared.outage_at, &plan);
        let stages = plan.stages.iter().map(|stage| (stage.id.clone(), StageState { since: at, ..StageState::default() })).collect();
        Self {
            declared,
            plan,
            memory,
            stages,
            mode: Mode::Going,
            resumed_at: None,
            aborted_at: None,
            switched_at: None,
            stated: None,
            behind: false,
            answered: Vec::new(),
            tidings: Vec::new(),
            finished: None,
        }
    }

    /// What one more record makes of it. A switch comes with the plan of the runbook that it names.
    pub fn take(&mut self, at: Timestamp, record: Record, plan: Option<Plan>) {
        match record {
            Record::Declared(_) => {}
            Record::Ready { stage } => self.phase(&stage, at, Phase::Ready),
            Record::Guarded { stage, guards } => self.stage(&stage).guards = guards,
            Record::Approved { stage, who } => self.stage(&stage).approved_by = Some(who),
            Record::Overridden { stage, guard, reason, .. } => drop(self.stage(&stage).overridden.insert(guard, reason)),
            Record::Acknowledged { stage, note, who } => {
                // The runbook's leave to go on without a step is nobody's word that it was seen to.
                if who != RUNBOOK {
                    self.memory.said.insert(stage.clone(), note.clone());
                    if self.is_owed_with_leave(&stage) {
                        self.stage(&stage).approved_by = Some(who);
                    }
                }
                self.stage(&stage).acknowledged = Some(note);
            }
            Record::Intent { stage, change, keep, .. } => {
                // What was put aside first is the original; a second look would put aside what we made of it.
                for (name, value) in keep {
                    self.memory.kept.entry((stage.clone(), name)).or_insert(value);
                }
                self.memory.past.push(Past { stage, change, asked_at: at, answer: None });
            }
            Record::Answered { nth, receipt } => {
                if let Some(past) = self.memory.past.get_mut(nth as usize) {
                    past.answer = Some((at, receipt));
                }
            }
            Record::Done { stage, shows, certainty } => {
                self.memory.done.insert(stage.clone(), at);
                if certainty < Certainty::Proven {
                    self.memory.inferred.insert(stage.clone());
                } else {
                    self.memory.inferred.remove(&stage);
                }
                // What was owed at the end and has been done since is owed no more.
                if let Some(finished) = &mut self.finished {
                    finished.owed.retain(|owed| *owed != stage);
                }
                self.phase(&stage, at, Phase::Done { shows, certainty });
            }
            Record::Failed { stage, why, ways } => {
                let news = format!("{stage} failed: {why}");
                // It has been tried once more: that it fails in the same words again is a question of its own.
                self.answered.retain(|answered| *answered != news);
                if self.stops(&stage) {
                    self.tidings.push(news);
                }
                self.phase(&stage, at, Phase::Failed { why, ways });
            }
            Record::Retried { stage, .. } => {
                let state = self.stage(&stage);
                (state.retries, state.approved_by, state.ready_at) = (state.retries.saturating_add(1), None, Some(at));
                state.again = None;
                self.phase(&stage, at, Phase::Ready);
            }
            Record::Skipped { stage, reason, .. } => self.phase(&stage, at, Phase::Skipped { reason }),
            Record::Owed { stage, why } => self.phase(&stage, at, Phase::Owed { why }),
            Record::Paused { why, who } => {
                // A pause for a failure that has been told is no news.
                if who.is_none() && !self.tidings.contains(&why) {
                    self.tidings.push(why.clone());
                }
                self.mode = Mode::Paused { why };
            }
            Record::Resumed { who } => {
                self.try_again(&who);
                if let Mode::Paused { why } = &self.mode {
                    self.answered.push(why.clone());
                }
                (self.mode, self.resumed_at, self.aborted_at) = (Mode::Going, Some(at), None);
            }
            Record::Aborted { reason, .. } => (self.mode, self.aborted_at) = (Mode::Aborted { reason }, Some(at)),
            Record::Switched(switched) => self.switch(at, &switched, plan),
            Record::TakenOver { who, .. } => {
                self.try_again(&who);
                self.resumed_at = Some(at);
            }
            Record::Stated { loss_seconds, objects, told } => self.stated = Some(Loss { at, seconds: loss_seconds, objects, told }),
            Record::Forecast { p50, deadline, .. } => self.behind = tells_behind(self.behind, p50, deadline),
            Record::Finished(finished) => {
                self.mode = Mode::Finished;
                self.finished = Some(*finished);
            }
        }
    }

    /// Whoever says that it goes on does not mean that it goes on without what failed: leaving that out is a word of its own.
    fn try_again(&mut self, who: &str) {
        for state in self.stages.values_mut().filter(|state| matches!(state.phase, Phase::Failed { .. })) {
            state.again = Some(who.to_owned());
        }
    }

    /// Owed, and nothing that cannot be undone: whoever sees that it is owed has agreed that it is done as soon as it can be, which may be when
    /// nobody looks.
    fn is_owed_with_leave(&self, id: &str) -> bool {
        let owed = matches!(self.stages.get(id).map(|state| &state.phase), Some(Phase::Owed { .. }));
        owed && self.plan.stages.iter().any(|stage| stage.id == id && self.confirm(stage) != Confirm::Type)
    }

    /// Whether nobody goes on by himself when this stage has failed.
    fn stops(&self, id: &str) -> bool {
        let planned = self.plan.stages.iter().find(|stage| stage.id == id);
        planned.is_none_or(|stage| match stage.on_fail {
            OnFail::Pause => true,
            OnFail::Retry(times) => self.stages.get(id).is_none_or(|state| state.retries >= times),
            OnFail::Continue => false,
        })
    }

    fn stage(&mut self, id: &str) -> &mut StageState {
        self.stages.entry(id.to_owned()).or_default()
    }

    fn phase(&mut self, id: &str, at: Timestamp, phase: Phase) {
        let state = self.stage(id);
        if matches!(phase, Phase::Ready) && state.ready_at.is_none() {
            state.ready_at = Some(at);
        }
        (state.phase, state.since) = (phase, at);
    }

    /// What must be said before a stage changes anything. What cannot be undone goes without a word of its own only behind a name that was typed
    /// at a step before it: where somebody else had done that step, nobody has been asked.
    #[must_use]
    pub fn confirm(&self, stage: &Stage) -> Confirm {
        let for_good = stage.action.deed().about().for_good().is_some();
        if for_good && !self.is_led(stage) { Confirm::Type } else { stage.confirm }
    }

    /// Whether somebody has typed the name at a step that this one comes after.
    fn is_led(&self, stage: &Stage) -> bool {
        self.plan.stages.iter().filter(|before| stage.needs.contains(&before.id)).any(|before| {
            let approved = self.stages.get(&before.id).is_some_and(|state| state.approved_by.is_some());
            (before.confirm == Confirm::Type && approved) || self.is_led(before)
        })
    }

    /// A change was asked for and nobody knows yet what came of it.
    #[must_use]
    pub fn in_the_air(&self, stage: &str) -> Option<(usize, &Past)> {
        self.memory.past.iter().enumerate().find(|(_, past)| past.stage == stage && past.answer.is_none())
    }

    /// What a restart has to write down first: whatever was in the air has nobody left to hear its answer.
    #[must_use]
    pub fn lost(&self) -> Vec<Record> {
        let lost = self.memory.past.iter().enumerate().filter(|(_, past)| past.answer.is_none());
        let receipt = || Receipt::Unknown { text: "the console ended before there was an answer".to_owned() };
        lost.filter_map(|(nth, _)| Some(Record::Answered { nth: u32::try_from(nth).ok()?, receipt: receipt() })).collect()
    }

    #[must_use]
    pub fn state(&self, stage: &str) -> Option<&StageState> {
        self.stages.get(stage)
    }

    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.mode, Mode::Finished | Mode::Aborted { .. })
    }

    /// Nothing more is to come of it, for what depends on it: done, skipped, or owed and seen to be.
    #[must_use]
    pub fn is_settled(&self, stage: &str) -> bool {
        self.stages.get(stage).is_some_and(StageState::is_settled)
    }

    /// Whether a run that is over or not going could go on if it were told to.
    #[must_use]
    pub const fn can_resume(&self) -> bool {
        matches!(self.mode, Mode::Paused { .. } | Mode::Aborted { .. })
    }

    /// Stages that must still be done, in the plan's order.
    pub fn owed(&self) -> impl Iterator<Item = (&Stage, &str)> {
        self.plan.stages.iter().filter_map(|stage| match &self.stages.get(&stage.id)?.phase {
            Phase::Owed { why } => Some((stage, why.as_str())),
            _ => None,
        })
    }

    /// Stages that count as over without having been seen to be so: inferred, told, or left out.
    pub fn unproven(&self) -> impl Iterator<Item = &Stage> {
        self.plan.stages.iter().filter(|stage| match self.stages.get(&stage.id).map(|state| &state.phase) {
            Some(Phase::Done { certainty, .. }) => *certainty < Certainty::Proven,
            _ => self.is_left_out(&stage.id),
        })
    }

    /// Whether somebody has taken it upon himself to go on without it.
    #[must_use]
    pub fn is_left_out(&self, stage: &str) -> bool {
        matches!(self.stages.get(stage).map(|state| &state.phase), Some(Phase::Skipped { .. }))
    }
}

impl StageState {
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        match self.phase {
            Phase::Done { .. } | Phase::Skipped { .. } => true,
            Phase::Owed { .. } => self.acknowledged.is_some(),
            Phase::Waiting | Phase::Ready | Phase::Failed { .. } => false,
        }
    }
}
