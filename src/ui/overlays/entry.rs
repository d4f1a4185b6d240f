use drlab_core::app::{Asked, Entry, switching};
use drlab_core::keymap::Context;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::chrome::typed;
use crate::ui::ink::Ink;
use crate::ui::text::wrapped;
use crate::ui::widgets::{Panel, popup, put, row};

/// A name or a reason, and what comes of it.
pub(super) fn entry(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, entry: &Entry) {
    let (title, says) = told(ink, &entry.asked);
    // What follows from a switch is more than a sentence, and is read before it is done.
    let most = if matches!(entry.asked, Asked::Switch) { 10 } else { 4 };
    let inner = popup(ink, buffer, area, (76, most + 6), Panel::titled(ink, title));
    let lines = wrapped(&ink.say(&says), usize::from(inner.width), usize::from(most), ink.glyphs);
    let below = u16::try_from(lines.len()).unwrap_or(0) + 1;
    for (index, line) in (0..).zip(lines) {
        put(ink, buffer, row(inner, index), Line::from(ink.plain(line)));
    }
    let mut line = vec![Span::styled("> ", ink.paint.accent)];
    line.extend(typed(ink, &entry.line));
    put(ink, buffer, row(inner, below), Line::from(line));
    put(ink, buffer, row(inner, below + 2), super::answers(ink, Context::Entry));
}

fn told(ink: &Ink<'_>, asked: &Asked) -> (&'static str, String) {
    let name = |number: usize| ink.model.config.workloads.get(number).map(|workload| workload.name.clone()).unwrap_or_default();
    match asked {
        Asked::Arm { workload } => (
            "ARM THIS CONSOLE?",
            format!(
                "Armed, it can change {}: nothing happens by that alone. It is refused unless the credentials belong to the workload's account. Type its name, {}.",
                name(*workload),
                name(*workload)
            ),
        ),
        Asked::Declare { runbook } => {
            ("BEGIN?", format!("{}: {} Say why; it is the first line of the journal.", runbook.title, runbook.when))
        }
        Asked::Abort => {
            ("ABORT THE RUN?", "Nothing more is asked for; what is done stays done. It can be taken up again. Say why.".to_owned())
        }
        Asked::Skip { stage } => ("SKIP THE STEP?", format!("{stage} is left out, and what needs it goes on without it. Say why.")),
        Asked::Override { stage, guard } => ("GO PAST A GUARD?", format!("{stage} is held by {guard}. Say why it may go on all the same.")),
        Asked::Acknowledge { stage } => ("ACKNOWLEDGE", format!("{stage}: say what you have seen or done.")),
        Asked::Switch => {
            let follows = switching(ink.model).map_or_else(|| "what is done stays done".to_owned(), |told| told.join("; "));
            ("SWITCH TO UNPLANNED?", format!("{follows}. Say why."))
        }
    }
}
