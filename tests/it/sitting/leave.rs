//! Nothing is asked of the world that was not meant: what comes out of `update`, held against who sat there and what they did before.

use std::time::Duration;

use drlab_core::app::{Arming, Asked, Effect, Entry, Message, Model, Overlay, Press, contexts};
use drlab_core::keymap::Action;
use drlab_core::run::{Order, Stance};

/// A card is read for so long before it listens, and what consents to it comes so long after any other key.
const READ: Duration = Duration::from_millis(400);
const APART: Duration = Duration::from_millis(200);

/// What has been asked for rightly: laws that were never tried prove nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tried {
    pub(super) armed: u64,
    pub(super) declared: u64,
    pub(super) approved: u64,
    pub(super) typed: u64,
    pub(super) ordered: u64,
}

/// Somebody who remembers what was done.
#[derive(Debug, Default)]
pub(super) struct Leave {
    pub(super) tried: Tried,
    /// The stage of the card on top, and when the key was pressed that brought it.
    card: Option<(String, Duration)>,
    /// When a key was pressed last.
    last: Option<Duration>,
}

impl Leave {
    /// Looks at one message and what came of it.
    pub(super) fn check(&mut self, before: &Model, message: &Message, effects: &[Effect], after: &Model) {
        armed_only_after_the_name(before, message, effects, after);
        for effect in effects {
            match effect {
                Effect::Arm(_) => self.tried.armed += 1,
                Effect::Declare(beginning) => {
                    meant(before, message, Action::Confirm, effect);
                    let said = top_entry(before).filter(|entry| matches!(entry.asked, Asked::Declare { .. }));
                    assert!(said.is_some_and(|entry| !entry.line.text().trim().is_empty()), "begun without a word: {effect:?}");
                    assert_eq!(before.armed(), Some(beginning.workload), "begun by somebody who only watches");
                    self.tried.declared += 1;
                }
                Effect::TakeUp(run) => assert!(before.armed().is_some(), "{run} is taken up by somebody who only watches"),
                Effect::Order(order) => self.order(before, message, order),
                Effect::Quit
                | Effect::Suspend
                | Effect::Copy(_)
                | Effect::Refresh(_)
                | Effect::Attend(_)
                | Effect::Await { .. }
                | Effect::Plan(_)
                | Effect::Disarm
                | Effect::Read(_) => {}
            }
        }
        self.remember(message, after);
    }

    fn order(&mut self, before: &Model, message: &Message, order: &Order) {
        // Stopping asks for no leave.
        if let Order::Pause { .. } | Order::Abort { .. } = order {
            return;
        }
        let running = before.running.as_ref().unwrap();
        let armed = before.armed().map(|workload| &before.config.workloads[workload].name);
        assert_eq!(armed, Some(&running.run.declared.workload), "ordered by somebody who only watches: {order:?}");
        self.tried.ordered += 1;
        if let Order::Approve { stage, typed } = order {
            let press = meant(before, message, Action::Confirm, order);
            let Some(Overlay::Card(card)) = before.overlays.last() else { panic!("consent without a card: {order:?}") };
            assert_eq!(card.stage, *stage, "consent to another step than the card's");
            assert!(matches!(running.stances.get(stage), Some(Stance::Confirming)), "consent that nobody asked for: {order:?}");
            // A key that was on its way before the card was drawn is no answer to it.
            let (shown, since) = self.card.as_ref().unwrap();
            assert!(shown == stage && press.at >= *since + READ, "a card of {since:?} is passed at {:?}", press.at);
            assert!(!press.repeat && self.last.is_none_or(|last| press.at >= last + APART), "a card is passed by a key that is held down");
            assert_eq!(typed.is_some(), card.typed);
            if card.typed {
                assert_eq!(
                    (typed.as_deref(), card.name.text()),
                    (Some(running.run.declared.workload.as_str()), running.run.declared.workload.as_str())
                );
                self.tried.typed += 1;
            }
            self.tried.approved += 1;
        }
    }

    fn remember(&mut self, message: &Message, after: &Model) {
        let stage = match after.overlays.last() {
            Some(Overlay::Card(card)) => Some(&card.stage),
            _ => None,
        };
        if let Message::Key(press) = message {
            match stage {
                Some(stage) if self.card.as_ref().is_none_or(|(shown, _)| shown != stage) => self.card = Some((stage.clone(), press.at)),
                None => self.card = None,
                Some(_) => {}
            }
            self.last = Some(press.at);
        } else if stage.is_none() {
            self.card = None;
        }
    }
}

fn top_entry(model: &Model) -> Option<&Entry> {
    match model.overlays.last() {
        Some(Overlay::Entry(entry)) => Some(entry),
        _ => None,
    }
}

/// The key that means this, pressed where it means this.
fn meant(before: &Model, message: &Message, action: Action, what: impl std::fmt::Debug) -> Press {
    let Message::Key(press) = message else { panic!("nobody has pressed a key: {what:?} by {message:?}") };
    assert_eq!(before.keymap.look_up(&contexts(before), press.chord), Some(action), "{what:?} by {}", press.chord);
    *press
}

/// Leave to change things is asked for by the workload's name, typed, and given by whoever has looked at the credentials.
fn armed_only_after_the_name(before: &Model, message: &Message, effects: &[Effect], after: &Model) {
    let asked = effects.iter().find_map(|effect| if let Effect::Arm(workload) = effect { Some(*workload) } else { None });
    match (before.arming, after.arming) {
        (was, is) if was == is => assert_eq!(asked, None, "asked for without a sign"),
        (_, Arming::Watching) => {}
        (Arming::Watching, Arming::Asked { workload }) => {
            assert_eq!(asked, Some(workload));
            let entry = top_entry(before).unwrap_or_else(|| panic!("asked for without its question, by {message:?}"));
            let name = &before.config.workloads[workload].name;
            assert!(
                matches!(entry.asked, Asked::Arm { workload: meant } if meant == workload) && entry.line.text().trim() == name,
                "{entry:?}"
            );
            assert!(matches!(message, Message::Key(_)), "armed by {message:?}");
        }
        (Arming::Asked { workload }, Arming::Armed { workload: armed, .. }) => {
            assert!(matches!(message, Message::Armed(Ok(()))) && workload == armed, "armed by {message:?}");
        }
        (was, is) => panic!("from {was:?} to {is:?} by {message:?}"),
    }
}
