use super::message::{Effect, Message};
use super::model::Model;
use super::{keys, moves, observe, tick};
use crate::domain::{excerpt, mask_accounts};

/// The one way in which the model changes. Pure: whatever it wants of the world, it asks for.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let attended = model.attended();
    let mut effects = Vec::new();
    match message {
        Message::Tick(now) => tick::tick(model, now),
        Message::Settle(now) => tick::settle(model, now),
        Message::Key(chord) => keys::press(model, chord, &mut effects),
        Message::Paste(text) => {
            if let Some(line) = keys::text_field(model) {
                line.insert(&text);
                keys::typed(model);
            }
        }
        // Rows are where the screen put them, which nobody here knows.
        Message::Wheel { down } => moves::wheel(model, down),
        Message::Resize(columns, rows) => model.size = (columns, rows),
        Message::Observed(news) => observe::observed(model, news),
        Message::Metered(meter) => model.meter = meter,
        Message::Session(kind) => model.session.kind = kind,
        Message::Copied(Ok(how)) => model.say(excerpt(&how, 200), false),
        Message::Copied(Err(why)) => model.say(format!("not copied: {}", excerpt(&why, 200)), true),
        Message::Broken(what) => model.say(excerpt(&mask_accounts(&excerpt(&what, 400)), 200), true),
    }
    moves::keep_in_bounds(model);
    if attended != model.attended() {
        effects.push(Effect::Attend(model.attended()));
    }
    effects
}
