//! What lies over a screen.

mod card;
mod chooser;
mod detail;
mod entry;
mod help;
mod palette;
mod quit;
mod report;

use drlab_core::app::{Model, Overlay, instants, ways_to_choose};
use drlab_core::keymap::{Action, Context};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::ink::Ink;

pub(super) fn draw(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, overlay: &Overlay) {
    match overlay {
        Overlay::Help { scroll } => help::help(ink, buffer, area, *scroll),
        Overlay::Palette(palette) => palette::palette(ink, buffer, area, palette),
        Overlay::Detail(detail) => detail::detail(ink, buffer, area, detail),
        Overlay::Chooser(open) => chooser::chooser(ink, buffer, area, open),
        Overlay::Entry(asked) => entry::entry(ink, buffer, area, asked),
        Overlay::Card(shown) => card::card(ink, buffer, area, shown),
        Overlay::Report(reading) => report::report(ink, buffer, area, reading),
        Overlay::Quit => quit::quit(ink, buffer, area),
    }
}

/// Whether a key would do anything: Enter says nothing that does harm, and where it is enough nothing else need be said.
pub(super) fn is_of_use(model: &Model, action: Action) -> bool {
    match (model.overlays.last(), action) {
        (Some(Overlay::Entry(entry)), Action::Submit) => !entry.asked.is_dangerous(),
        (Some(Overlay::Entry(entry)), Action::Confirm) => entry.asked.is_dangerous(),
        (Some(Overlay::Chooser(_)), Action::SayInstant) => !instants(model).is_empty(),
        (Some(Overlay::Chooser(_)), Action::NextChoice) => !ways_to_choose(model).is_empty(),
        _ => true,
    }
}

/// The keys that answer here, as the keymap has them.
fn answers(ink: &Ink<'_>, context: Context) -> Line<'static> {
    let is_answer = |action| matches!(action, Action::Submit | Action::Confirm | Action::Back) && is_of_use(ink.model, action);
    let bindings = ink.model.keymap.bindings.iter().filter(|binding| binding.context == context && is_answer(binding.action));
    let spans = bindings.filter_map(|binding| {
        let key = binding.on.first()?.to_string();
        Some([Span::styled(ink.say(&key), ink.paint.key), ink.plain(format!(" {}   ", ink.say(&binding.says)))])
    });
    Line::from(spans.flatten().collect::<Vec<_>>())
}
