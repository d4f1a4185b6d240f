use super::arming;
use super::line::Line;
use super::message::{Beginning, Effect};
use super::model::{Model, Overlay, Screen};
use super::running::Running;
use super::setting;
use crate::assess::failing_since;
use crate::config::{Site, Workload};
use crate::domain::Timestamp;
use crate::run::Order;
use crate::run::Switched;
use crate::runbook::{Instant, Kind, Runbook, unfold};

/// Something that must be typed before anything is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub asked: Asked,
    pub line: Line,
}

/// What for.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// The workload's name.
    Arm {
        workload: usize,
    },
    /// Reasons and notes, all of which end up in the journal.
    Declare {
        runbook: Box<Runbook>,
        source: Site,
    },
    /// Since when, or as of when: nothing is begun by that.
    Instant {
        steps: Vec<String>,
        instant: Instant,
        means: &'static str,
    },
    Abort,
    Skip {
        stage: String,
    },
    Override {
        stage: String,
        guard: String,
    },
    Acknowledge {
        stage: String,
    },
    Switch,
}

impl Entry {
    pub(super) fn new(asked: Asked) -> Self {
        Self { asked, line: Line::default() }
    }
}

impl Asked {
    /// Enter will not do for what cannot be taken back.
    #[must_use]
    pub const fn is_dangerous(&self) -> bool {
        !matches!(self, Self::Arm { .. } | Self::Acknowledge { .. } | Self::Instant { .. })
    }
}

/// Enter, which says only what does no harm.
pub(super) fn submit(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Overlay::Entry(entry)) = model.overlays.last() else { return };
    if entry.asked.is_dangerous() {
        let key = model.keymap.key_for(&super::contexts(model), crate::keymap::Action::Confirm);
        let key = key.map_or_else(|| "the key for it".to_owned(), |key| key.to_string());
        model.say(format!("Enter does not do this: {key} does"), true);
    } else {
        confirm(model, effects);
    }
}

/// It is meant.
pub(super) fn confirm(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Overlay::Entry(Entry { asked, line })) = model.overlays.last() else { return };
    let (asked, text) = (asked.clone(), line.text().trim().to_owned());
    if let Asked::Arm { workload } = asked {
        let name = model.config.workloads.get(workload).map(|workload| workload.name.clone());
        if name.as_deref() != Some(text.as_str()) {
            return model.say("that is not the workload's name", true);
        }
        model.overlays.pop();
        return arming::ask(model, workload, effects);
    }
    if let Some(wrong) = setting::wrong(model, &asked, &text) {
        return model.say(wrong, true);
    }
    if text.is_empty() {
        return model.say("say why", true);
    }
    model.overlays.pop();
    match asked {
        Asked::Arm { .. } => {}
        Asked::Instant { steps, instant, .. } => setting::set_instant(model, &steps, instant.parameter, &text),
        Asked::Declare { runbook, source } => declare(model, *runbook, source, text, effects),
        Asked::Abort => effects.push(Effect::Order(Order::Abort { reason: text })),
        Asked::Skip { stage } => effects.push(Effect::Order(Order::Skip { stage, reason: text })),
        Asked::Override { stage, guard } => effects.push(Effect::Order(Order::Override { stage, guard, reason: text })),
        Asked::Acknowledge { stage } => effects.push(Effect::Order(Order::Acknowledge { stage, note: text })),
        Asked::Switch => switch(model, text, effects),
    }
}

fn declare(model: &mut Model, runbook: Runbook, source: Site, reason: String, effects: &mut Vec<Effect>) {
    let outage_at = model.looked_at().and_then(|workload| outage_of(model, workload, source));
    let workload = model.workload;
    super::deeds::go(model, Screen::Run);
    model.cursors.run = None;
    effects.push(Effect::Declare(Box::new(Beginning { workload, runbook, source, outage_at, reason })));
    model.say("declared: the journal is being begun", false);
}

/// Since when the site has failed that a run leads from, whichever is seen to be active: only its outage starts the clock.
fn outage_of(model: &Model, workload: &Workload, source: Site) -> Option<Timestamp> {
    failing_since(workload, &model.current().snapshot, model.clock.now, source)
}

/// What would follow from going on as an unplanned failover, in sentences; `None` where there is nothing to switch.
#[must_use]
pub fn switching(model: &Model) -> Option<Vec<String>> {
    let Running { run, workload, .. } = model.running.as_ref()?;
    let workload = workload.as_deref()?;
    let unplanned = model.runbooks.iter().find(|runbook| runbook.kind == Kind::Unplanned)?;
    Some(run.consequences(&unfold(unplanned, workload, run.plan.source, &|action| action.deed())))
}

fn switch(model: &mut Model, reason: String, effects: &mut Vec<Effect>) {
    let Some(unplanned) = model.runbooks.iter().find(|runbook| runbook.kind == Kind::Unplanned) else {
        return model.say("there is no runbook for an unplanned failover", true);
    };
    let outage_at = model.running.as_ref().and_then(|running| outage_of(model, running.workload.as_deref()?, running.run.plan.source));
    let switched = Switched {
        runbook: unplanned.name.clone(),
        runbook_text: unplanned.text.clone(),
        reason,
        who: String::new(),
        outage_at,
        told: String::new(),
    };
    effects.push(Effect::Order(Order::Switch(Box::new(switched))));
}
