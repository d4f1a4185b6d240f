use super::entry::Asked;
use super::message::{Effect, Message};
use super::model::{Model, Overlay};
use super::{arming, chooser, keys, moves, observe, past, running, successors, tick};
use crate::domain::{excerpt, masked_excerpt};

/// The one way in which the model changes. Pure: whatever it wants of the world, it asks for.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let attended = model.attended();
    let mut effects = Vec::new();
    match message {
        Message::Tick(now) => {
            tick::tick(model, now);
            running::tick(model);
            arming::tick(model, &mut effects);
        }
        Message::Late(late) => model.late = late,
        Message::Settle(now) => tick::settle(model, now),
        Message::Key(press) => keys::press(model, press, &mut effects),
        Message::Paste(text) => {
            // A name that stands for consent wants to be typed.
            let by_hand = match model.overlays.last() {
                Some(Overlay::Card(_)) => true,
                Some(Overlay::Entry(entry)) => matches!(entry.asked, Asked::Arm { .. }),
                _ => false,
            };
            if let Some(line) = keys::text_field(model).filter(|_| !by_hand) {
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
        Message::Copied(Ok(how)) => {
            let what = model.workings.copying.take().map(|what| format!("{what}: ")).unwrap_or_default();
            model.say(excerpt(&format!("{what}{how}"), 200), false);
        }
        Message::Copied(Err(why)) => model.say(format!("not copied: {}", excerpt(&why, 200)), true),
        Message::Shelf(runbooks) => model.runbooks = runbooks,
        Message::Armed(outcome) => arming::armed(model, outcome),
        Message::Run { run, desk, news } => {
            running::changed(model, run, desk, news);
            successors::left(model, &mut effects);
        }
        Message::Stopped(why) => running::stopped(model, &why),
        Message::Refused(why) => model.say(said(&why), true),
        Message::Unfinished(left) => running::left(model, left),
        Message::Past { runs, histories } => past::taken(model, runs, histories),
        Message::Report(read) => past::read(model, read),
        Message::Broken(what) => model.say(said(&what), true),
    }
    successors::look(model, &mut effects);
    moves::keep_in_bounds(model);
    chooser::keep_up(model);
    if attended != model.attended() {
        effects.push(Effect::Attend(model.attended()));
    }
    effects
}

/// A text from elsewhere, fit for one line.
fn said(text: &str) -> String {
    masked_excerpt(text, 200)
}
