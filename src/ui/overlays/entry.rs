use drlab_core::app::{Asked, Entry, switching};
use drlab_core::keymap::Context;
use drlab_core::run::Stance;
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
    const WIDE: u16 = 76;
    // What follows from a switch is more than a sentence, and is read before it is done.
    let most = if matches!(entry.asked, Asked::Switch) { 10 } else { 7 };
    let room = usize::from(WIDE.min(area.width).saturating_sub(4));
    let lines = wrapped(&ink.say(&says), room, most, ink.glyphs);
    let tall = u16::try_from(lines.len()).unwrap_or(0) + 6;
    let inner = popup(ink, buffer, area, (WIDE, tall), Panel::titled(ink, title));
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
        Asked::Declare { runbook, source } => {
            let regions =
                ink.looked_at().map(|(workload, _)| format!("from {} to {}", workload.region(*source), workload.region(source.other())));
            let regions = regions.unwrap_or_default();
            let says = "From here on the clock runs and things are changed; what cannot be undone asks again.";
            ("BEGIN?", format!("{} {regions}. {} {says} Say why; it is the first line of the journal.", runbook.title, runbook.when))
        }
        Asked::Instant { steps, means, .. } => {
            let now = ink.model.clock.now;
            ("WHICH INSTANT?", format!("For {}: {means}. It is {now} now. Nothing is begun by saying it.", steps.join(" and ")))
        }
        Asked::Abort => {
            ("ABORT THE RUN?", "Nothing more is asked for; what is done stays done. It can be taken up again. Say why.".to_owned())
        }
        Asked::Skip { stage } => ("SKIP THE STEP?", format!("{stage} is left out, and what needs it goes on without it. Say why.")),
        Asked::Override { stage, guard } => {
            ("GO PAST A GUARD?", format!("{stage} is held by {guard}{}. Say why it may go on all the same.", why(ink, stage, guard)))
        }
        Asked::Acknowledge { stage } => ("ACKNOWLEDGE", format!("{stage}: say what you have seen or done.")),
        Asked::Switch => {
            let follows = switching(ink.model).map_or_else(|| "what is done stays done".to_owned(), |told| told.join("; "));
            ("SWITCH TO UNPLANNED?", format!("{follows}. Say why."))
        }
    }
}

/// What the guard says, in full: whoever goes past it must have read it.
fn why(ink: &Ink<'_>, stage: &str, guard: &str) -> String {
    let stance = ink.model.running.as_ref().and_then(|running| running.stances.get(stage));
    let held = match stance {
        Some(Stance::Held { guards }) => guards.iter().find(|held| held.guard == guard),
        _ => None,
    };
    held.map(|held| format!(": {}", held.why)).unwrap_or_default()
}
