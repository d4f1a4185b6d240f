use drlab_core::app::Running;
use drlab_core::keymap::{Action, Context};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::ink::Ink;
use crate::ui::text::{width, wrapped};
use crate::ui::widgets::{Panel, popup, put, row};

/// Is one sure to leave? The keys come from the keymap, like all others.
pub(super) fn quit(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let left = ink.model.running.as_ref().filter(|running| running.is_live() || running.is_owed());
    let after = left.map(|left| ink.say(&afterwards(ink, left))).unwrap_or_default();
    // A command is of no use unless it is whole.
    let wide = u16::try_from(width(&after) + 4).unwrap_or(u16::MAX).max(60).min(area.width);
    let after = wrapped(&after, usize::from(wide.saturating_sub(4)), usize::from(area.height.saturating_sub(6)), ink.glyphs);
    let rows = u16::try_from(after.len()).unwrap_or(0).max(1);
    let inner = popup(ink, buffer, area, (wide, 6 + rows), Panel::titled(ink, "LEAVE?"));
    let says = match left {
        Some(running) if running.is_live() && ink.model.session.lab_within => "A RUN IS GOING ON: it ends here.",
        Some(running) if running.is_live() => "A RUN IS GOING ON: it stands until it is taken up.",
        Some(_) => "STILL OWED: nobody tries it any more once you leave.",
        None => "Watching ends; nothing in AWS changes.",
    };
    put(ink, buffer, row(inner, 0), Line::from(says));
    for (index, line) in (1..).zip(after) {
        put(ink, buffer, row(inner, index), Line::from(ink.quiet(line)));
    }
    let mut line = Vec::new();
    for binding in &ink.model.keymap.bindings {
        let answers =
            binding.context == Context::Question && matches!(binding.action, Action::Submit | Action::Open | Action::Back | Action::Quit);
        if let (true, Some(key)) = (answers, binding.on.first()) {
            line.extend([Span::styled(key.to_string(), ink.paint.key), ink.plain(format!(" {}   ", binding.says))]);
        }
    }
    put(ink, buffer, row(inner, 2 + rows), Line::from(line));
}

/// How a run goes on that is left, if there is anything left for it to go on with.
fn afterwards(ink: &Ink<'_>, left: &Running) -> String {
    if ink.model.session.lab_within {
        return "The lab ends with this console: nothing is left to be taken up.".to_owned();
    }
    ink.model.resume_command(&left.run.declared)
}
