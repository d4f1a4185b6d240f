use std::collections::{BTreeMap, BTreeSet};

use drlab_core::run::{Desk, Mode, Order, Phase, Run, Stance};
use drlab_core::runbook::Stage;

/// What was consented to beforehand, by whoever cannot be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// Everything that asks for it, and going on where the objective will be missed anyway.
    pub all: bool,
    /// Ids of steps or stages.
    pub approved: BTreeSet<String>,
    /// Guards to go past, with the reason.
    pub overrides: BTreeMap<String, String>,
    /// Ids of steps or stages that somebody has seen to.
    pub acknowledged: BTreeSet<String>,
    /// What to write down with that: the reason of the whole run.
    pub note: String,
}

fn names(said: &BTreeSet<String>, stage: &Stage) -> bool {
    said.contains(&stage.id) || said.contains(&stage.step)
}

impl Consent {
    pub(super) fn approves(&self, stage: &Stage) -> bool {
        self.all || names(&self.approved, stage)
    }

    /// Of what asks for a person, whether this answers it, so that it is not to be waited for.
    pub(super) fn answers(&self, run: &Run, stage: &Stage, stance: &Stance) -> bool {
        match stance {
            Stance::Confirming => self.approves(stage),
            Stance::Asking { .. } => self.can_acknowledge(run, stage),
            Stance::Held { guards } => guards.iter().all(|guarded| self.overrides.contains_key(&guarded.guard)),
            _ => false,
        }
    }

    /// Once: whatever asks again afterwards asks a person.
    pub(super) fn can_acknowledge(&self, run: &Run, stage: &Stage) -> bool {
        names(&self.acknowledged, stage) && run.state(&stage.id).is_some_and(|state| state.acknowledged.is_none())
    }

    /// What is to be said to a run that stands like this.
    pub(super) fn orders(&self, run: &Run, desk: &Desk) -> Vec<Order> {
        let mut orders = Vec::new();
        for stage in &run.plan.stages {
            let Some(state) = run.state(&stage.id) else { continue };
            match desk.stances.get(&stage.id) {
                Some(Stance::Confirming) if self.approves(stage) => {
                    // `--confirm` has been held against the workload's name before anything began.
                    let typed = Some(run.declared.workload.clone());
                    orders.push(Order::Approve { stage: stage.id.clone(), typed });
                }
                Some(Stance::Held { guards }) => orders.extend(guards.iter().filter_map(|guarded| {
                    let reason = self.overrides.get(&guarded.guard)?.clone();
                    Some(Order::Override { stage: stage.id.clone(), guard: guarded.guard.clone(), reason })
                })),
                Some(Stance::Asking { .. }) if self.can_acknowledge(run, stage) => orders.push(self.acknowledge(stage)),
                _ if matches!(state.phase, Phase::Owed { .. }) && self.can_acknowledge(run, stage) => orders.push(self.acknowledge(stage)),
                _ => {}
            }
        }
        if self.all && is_late(run) {
            orders.push(Order::Resume);
        }
        orders
    }

    fn acknowledge(&self, stage: &Stage) -> Order {
        Order::Acknowledge { stage: stage.id.clone(), note: self.note.clone() }
    }
}

/// Paused, and not because something failed or somebody said so: the engine asks whether to go on although it is late.
pub(super) fn is_late(run: &Run) -> bool {
    matches!(&run.mode, Mode::Paused { why } if why != super::carry::INTERRUPTED)
        && !run.stages.values().any(|state| matches!(state.phase, Phase::Failed { .. }))
}
