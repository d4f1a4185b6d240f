use super::deeds;
use super::filter;
use super::line::Line;
use super::message::{Effect, Press};
use super::model::{Model, Overlay, Screen};
use super::palette;
use crate::keymap::{Action, Context};

/// Where one is, from the innermost outwards: what the keymap is asked with, and what footer and help show.
#[must_use]
pub fn contexts(model: &Model) -> Vec<Context> {
    contexts_under(model, &model.overlays)
}

/// Where one would be with these overlays.
pub(super) fn contexts_under(model: &Model, overlays: &[Overlay]) -> Vec<Context> {
    match overlays.last() {
        // Neither a text field nor a question lets anything through.
        Some(Overlay::Palette(_)) => vec![Context::Palette],
        Some(Overlay::Quit) => vec![Context::Question],
        Some(Overlay::Entry(_)) => vec![Context::Entry],
        Some(Overlay::Card(_)) => vec![Context::Card],
        Some(Overlay::Chooser(_)) => vec![Context::Chooser, Context::Global],
        Some(Overlay::Help { .. }) => vec![Context::Help, Context::Global],
        Some(Overlay::Detail(_) | Overlay::Report(_)) => vec![Context::Detail, Context::Global],
        None if model.typing_filter => vec![Context::Filter],
        None => vec![of_screen(model.screen), Context::Global],
    }
}

const fn of_screen(screen: Screen) -> Context {
    match screen {
        Screen::Workloads => Context::Workloads,
        Screen::Dashboard => Context::Dashboard,
        Screen::Run => Context::Run,
        Screen::Readiness => Context::Readiness,
        Screen::Events => Context::Events,
        Screen::History => Context::History,
    }
}

pub(super) fn press(model: &mut Model, press: Press, effects: &mut Vec<Effect>) {
    model.workings.touched = model.clock.now;
    if let Some(Overlay::Card(card)) = model.overlays.last_mut()
        && !card.listens(press)
    {
        return;
    }
    let chord = press.chord;
    if let (Some(letter), Some(line)) = (chord.types(), text_field(model)) {
        line.insert(letter.encode_utf8(&mut [0; 4]));
        typed(model);
        return;
    }
    let Some(action) = model.keymap.look_up(&contexts(model), chord) else { return };
    // Whoever knows what to press needs no hint.
    model.session.hint = None;
    if text_field(model).is_some() {
        edit(model, action, effects);
    } else {
        deeds::act(model, action, effects);
    }
    if let Some(Overlay::Card(card)) = model.overlays.last_mut() {
        card.appeared(press);
    }
}

/// The line that takes letters, if one does.
pub(super) fn text_field(model: &mut Model) -> Option<&mut Line> {
    if model.overlays.is_empty() {
        return if model.typing_filter { filter::of_screen(model) } else { None };
    }
    match model.overlays.last_mut() {
        Some(Overlay::Palette(palette)) => Some(&mut palette.line),
        Some(Overlay::Entry(entry)) => Some(&mut entry.line),
        Some(Overlay::Card(card)) => card.line(),
        _ => None,
    }
}

/// What is typed changes what is shown.
pub(super) fn typed(model: &mut Model) {
    if model.overlays.is_empty() { filter::retyped(model) } else { palette::search(model) }
}

fn edit(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let Some(line) = text_field(model) else { return };
    match action {
        Action::EraseBack => line.erase_back(),
        Action::EraseWord => line.erase_word(),
        Action::EraseAll => line.clear(),
        Action::Left => return line.left(),
        Action::Right => return line.right(),
        Action::First => return line.home(),
        Action::Last => return line.end(),
        // Everything else that a user may have put here does what it does anywhere; but nobody leaves the program while typing.
        Action::Quit => return deeds::act(model, Action::Back, effects),
        other => return deeds::act(model, other, effects),
    }
    typed(model);
}
