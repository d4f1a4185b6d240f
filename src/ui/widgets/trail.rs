use drlab_core::app::Trail;
use drlab_core::domain::Verdict;
use ratatui::text::Span;

use super::hour::{MARGIN, across, minutes_of};
use crate::ui::ink::Ink;

/// How something has been for an hour, in the columns of the chart below it: `   -60m  ····●●●●●▲▲✖✖●●● now`. Where several minutes share a
/// column, the worst of them is shown.
pub(in crate::ui) fn trail(ink: &Ink<'_>, trail: &Trail, room: u16) -> Vec<Span<'static>> {
    let minutes = trail.hour(ink.now);
    let columns = usize::from(across(room));
    let worst = |column| minutes[minutes_of(column, columns)].iter().flatten().copied().reduce(Verdict::worse);
    let marks: Vec<_> = (0..columns).map(worst).collect();
    let margin = usize::from(MARGIN);
    let mut spans = vec![ink.quiet(format!("{:>margin$}", "-60m  "))];
    for alike in marks.chunk_by(|one, other| one == other) {
        spans.push(match alike[0] {
            Some(verdict) => Span::styled(ink.glyphs.mark(verdict).repeat(alike.len()), ink.paint.mark(verdict)),
            None => ink.quiet(ink.glyphs.rest.repeat(alike.len())),
        });
    }
    if usize::from(room) >= margin + columns + NOW.len() {
        spans.push(ink.quiet(NOW));
    }
    spans
}

const NOW: &str = " now";
