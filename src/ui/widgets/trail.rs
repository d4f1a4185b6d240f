use drlab_core::app::Trail;
use drlab_core::domain::Verdict;
use ratatui::text::Span;

use crate::ui::ink::Ink;

/// How something has been for an hour, a mark a minute: `-60m ····●●●●●▲▲✖✖●●● now`. Where columns are scarce several minutes share one, and
/// the worst of them is shown.
pub(in crate::ui) fn trail(ink: &Ink<'_>, trail: &Trail, room: usize) -> Vec<Span<'static>> {
    const ENDS: [&str; 2] = ["-60m ", " now"];
    let minutes = trail.hour(ink.now);
    let least = minutes.len().div_ceil(room.saturating_sub(ENDS.concat().len()).max(1));
    let mut spans = vec![ink.quiet(ENDS[0])];
    let marks: Vec<_> = minutes.chunks(least).map(|shared| shared.iter().flatten().copied().reduce(Verdict::worse)).collect();
    for alike in marks.chunk_by(|one, other| one == other) {
        spans.push(match alike[0] {
            Some(verdict) => Span::styled(ink.glyphs.mark(verdict).repeat(alike.len()), ink.paint.mark(verdict)),
            None => ink.quiet(ink.glyphs.rest.repeat(alike.len())),
        });
    }
    spans.push(ink.quiet(ENDS[1]));
    spans
}
