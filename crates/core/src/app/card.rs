use std::time::Duration;

use super::line::Line;
use super::message::{Effect, Press};
use super::model::{Model, Overlay};
use crate::keymap::Chord;
use crate::run::Order;

/// A card does not listen before somebody can have read that it is there.
const READ: Duration = Duration::from_millis(400);
/// The same key again within this time is a key that is held down, whether the terminal says so or not: hands are slower.
const HELD: Duration = Duration::from_millis(50);
/// What says that it is meant comes by itself: right after another key it is part of something that was pasted or hammered.
const APART: Duration = Duration::from_millis(200);

pub(super) const NOT_ASKED: &str = "the step does not wait for consent any more";

/// What stands between a key and a step that waits for consent.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    pub stage: String,
    /// The workload's name must be typed: what follows cannot be undone, or costs what nobody gets back.
    pub typed: bool,
    pub name: Line,
    /// It is still asked. Otherwise it takes no yes, and goes when it is sent away.
    pub asked: bool,
    /// When it appeared; `None`: it is about to.
    appeared: Option<Duration>,
    last: Option<(Chord, Duration)>,
    /// The key that is being listened to came by itself.
    apart: bool,
}

impl Card {
    #[must_use]
    pub fn new(stage: &str, typed: bool) -> Self {
        Self { stage: stage.to_owned(), typed, name: Line::default(), asked: true, appeared: None, last: None, apart: false }
    }

    /// Whether a key counts.
    pub(super) fn listens(&mut self, press: Press) -> bool {
        let early = self.appeared.is_none_or(|appeared| press.at < appeared + READ);
        let held = press.repeat || self.last.is_some_and(|(chord, at)| chord == press.chord && press.at < at + HELD);
        self.apart = self.last.is_none_or(|(_, at)| press.at >= at + APART);
        self.last = Some((press.chord, press.at));
        !early && !held
    }

    /// It came with this key.
    pub(super) fn appeared(&mut self, press: Press) {
        if self.appeared.is_none() {
            (self.appeared, self.last) = (Some(press.at), Some((press.chord, press.at)));
        }
    }

    pub(super) fn line(&mut self) -> Option<&mut Line> {
        self.typed.then_some(&mut self.name)
    }
}

/// Consent, if all that must be typed is typed.
pub(super) fn confirm(model: &mut Model, effects: &mut Vec<Effect>) {
    let (Some(Overlay::Card(card)), Some(running)) = (model.overlays.last(), &model.running) else { return };
    let name = &running.run.declared.workload;
    if !card.asked {
        return model.say(NOT_ASKED, true);
    }
    if !card.apart {
        return model.say("that came too quickly after another key: read, then press it again", true);
    }
    if card.typed && card.name.text() != name {
        let say = format!("type {name} first");
        return model.say(say, true);
    }
    let typed = card.typed.then(|| name.clone());
    let order = Order::Approve { stage: card.stage.clone(), typed };
    model.overlays.pop();
    effects.push(Effect::Order(order));
}
