use std::time::Duration;

use super::decision::decision;
use super::deeds::open;
use super::entry::{Asked, Entry};
use super::message::Effect;
use super::model::{Model, Overlay};
use crate::domain::{Timestamp, masked_excerpt};

/// How long somebody may be away from the keys, on their own clock, before leave to change things is given back.
const IDLE: Duration = Duration::from_secs(600);

/// Whether this console may change anything. One watches until one says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arming {
    #[default]
    Watching,
    /// The name was typed; whether the credentials are the workload's own is being found out.
    Asked {
        workload: usize,
    },
    Armed {
        workload: usize,
        since: Timestamp,
    },
}

impl Model {
    /// The workload (index) that this console may change.
    #[must_use]
    pub const fn armed(&self) -> Option<usize> {
        match self.arming {
            Arming::Armed { workload, .. } => Some(workload),
            Arming::Watching | Arming::Asked { .. } => None,
        }
    }
}

/// Asks for leave, or gives it back. Giving back never stops a run.
pub(super) fn toggle(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.arming {
        Arming::Watching if model.looked_at().is_some() => open(model, Overlay::Entry(Entry::new(Asked::Arm { workload: model.workload }))),
        Arming::Watching => {}
        Arming::Asked { .. } | Arming::Armed { .. } => {
            disarm(model, effects);
            model.say("disarmed: nothing more is asked for from here; a run goes on", false);
        }
    }
}

/// The name is right: now the credentials must be, too.
pub(super) fn ask(model: &mut Model, workload: usize, effects: &mut Vec<Effect>) {
    model.arming = Arming::Asked { workload };
    effects.push(Effect::Arm(workload));
    model.say("asking whose credentials these are", false);
}

pub(super) fn armed(model: &mut Model, outcome: Result<(), String>) {
    let Arming::Asked { workload } = model.arming else { return };
    match outcome {
        Ok(()) => {
            model.arming = Arming::Armed { workload, since: model.clock.now };
            model.say("armed", false);
        }
        Err(why) => {
            model.arming = Arming::Watching;
            model.say(format!("not armed: {}", masked_excerpt(&why, 160)), true);
        }
    }
}

/// Who is away is disarmed, unless something waits for their decision.
pub(super) fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(_) = model.armed() else { return };
    let idle = model.clock.now.since(model.workings.touched);
    if idle >= model.on_the_wall(IDLE) && decision(model).is_none() {
        disarm(model, effects);
        model.say("disarmed: nobody has pressed a key for ten minutes", true);
    }
}

fn disarm(model: &mut Model, effects: &mut Vec<Effect>) {
    model.arming = Arming::Watching;
    effects.push(Effect::Disarm);
}
