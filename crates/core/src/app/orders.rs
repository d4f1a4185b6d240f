use super::card::Card;
use super::decision::{Awaits, decision};
use super::deeds::{go, open};
use super::entry::{Asked, Entry};
use super::message::Effect;
use super::model::{Model, Overlay, Screen};
use super::running::is_live;
use crate::keymap::Action;
use crate::run::{Mode, Order, Stance};
use crate::runbook::{Confirm, Kind};

/// What somebody wants of the run. The run itself says whether it can be said now; here it is only made sure that it is meant.
pub(super) fn give(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let aborted = model.running.as_ref().is_some_and(|running| matches!(running.run.mode, Mode::Aborted { .. }));
    if !is_live(model) {
        let why = if aborted { "the run is aborted; it can be taken up among the runbooks" } else { "there is no run" };
        return model.say(why, true);
    }
    // Stopping asks for no leave.
    let stops = matches!(action, Action::Pause | Action::Abort);
    if !stops && !is_armed_for_it(model) {
        return model.say("this console only watches: arm it first", true);
    }
    match action {
        Action::Pause => effects.push(Effect::Order(Order::Pause { reason: "somebody at the console asked for it".to_owned() })),
        Action::Resume => effects.push(Effect::Order(Order::Resume)),
        Action::Abort => open(model, Overlay::Entry(Entry::new(Asked::Abort))),
        Action::Switch => switch(model),
        Action::Approve => approve(model),
        Action::Override => pass(model),
        _ => {
            let Some(stage) = model.pointed_step().map(str::to_owned) else { return };
            match action {
                Action::Retry => effects.push(Effect::Order(Order::Retry { stage })),
                Action::Skip => open(model, Overlay::Entry(Entry::new(Asked::Skip { stage }))),
                Action::Acknowledge => open(model, Overlay::Entry(Entry::new(Asked::Acknowledge { stage }))),
                _ => {}
            }
        }
    }
}

fn is_armed_for_it(model: &Model) -> bool {
    let armed = model.armed().and_then(|number| model.config.workloads.get(number));
    let run = model.running.as_ref().map(|running| &running.run.declared.workload);
    armed.map(|workload| &workload.name) == run && run.is_some()
}

/// Consent is asked for once more, on a card that says all that there is to know.
fn approve(model: &mut Model) {
    let Some(running) = &model.running else { return };
    let waits = |id: &str| matches!(running.stances.get(id), Some(Stance::Confirming));
    let pointed = model.cursors.run.as_deref().filter(|id| waits(id));
    let first = || running.run.plan.stages.iter().map(|stage| stage.id.as_str()).find(|id| waits(id));
    let Some(stage) = pointed.or_else(first).and_then(|id| running.run.plan.stages.iter().find(|stage| stage.id == id)) else {
        return model.say("nothing waits for consent", true);
    };
    let card = Card::new(&stage.id, running.run.confirm(stage) == Confirm::Type);
    go(model, Screen::Run);
    open(model, Overlay::Card(card));
}

/// Past a guard that does not hold.
fn pass(model: &mut Model) {
    let Some((stage, guard)) = held(model) else {
        return model.say("no guard stands in the way", true);
    };
    open(model, Overlay::Entry(Entry::new(Asked::Override { stage, guard })));
}

fn held(model: &Model) -> Option<(String, String)> {
    let running = model.running.as_ref()?;
    let at = |id: &str| match running.stances.get(id) {
        Some(Stance::Held { guards }) => guards.first().map(|guard| (id.to_owned(), guard.guard.clone())),
        _ => None,
    };
    let pointed = || model.cursors.run.as_deref().and_then(at);
    let waiting = || match decision(model)? {
        super::Decision { stage: Some(stage), awaits: Awaits::Held(guard), .. } => Some((stage.to_owned(), guard.guard.clone())),
        _ => None,
    };
    pointed().or_else(waiting).or_else(|| running.run.plan.stages.iter().find_map(|stage| at(&stage.id)))
}

fn switch(model: &mut Model) {
    if model.running.as_ref().is_some_and(|running| matches!(running.run.plan.kind, Kind::Planned | Kind::Failback)) {
        open(model, Overlay::Entry(Entry::new(Asked::Switch)));
    } else {
        model.say("only a planned failover can become an unplanned one", true);
    }
}
