use drlab_core::keymap::{Action, Context};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::ink::Ink;
use crate::ui::widgets::{Panel, popup, put, row};

/// Is one sure to leave? The keys come from the keymap, like all others.
pub(super) fn quit(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let inner = popup(ink, buffer, area, (60, 7), Panel::titled(ink, "LEAVE?"));
    let running = ink.model.running.as_ref();
    let says = match running {
        Some(running) if running.is_live() => "A RUN IS GOING ON: it stands until it is taken up.",
        Some(running) if running.is_owed() => "STILL OWED: nobody tries it any more once you leave.",
        _ => "Watching ends; nothing in AWS changes.",
    };
    put(ink, buffer, row(inner, 0), Line::from(says));
    if let Some(running) = running.filter(|running| running.is_live() || running.is_owed()) {
        put(ink, buffer, row(inner, 1), Line::from(ink.quiet(ink.say(&format!("drlab-tui resume {}", running.run.declared.run)))));
    }
    let mut line = Vec::new();
    for binding in &ink.model.keymap.bindings {
        let answers =
            binding.context == Context::Question && matches!(binding.action, Action::Submit | Action::Open | Action::Back | Action::Quit);
        if let (true, Some(key)) = (answers, binding.on.first()) {
            line.extend([Span::styled(key.to_string(), ink.paint.key), ink.plain(format!(" {}   ", binding.says))]);
        }
    }
    put(ink, buffer, row(inner, 3), Line::from(line));
}
