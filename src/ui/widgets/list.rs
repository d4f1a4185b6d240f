use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::split;
use crate::ui::ink::Ink;

/// Something of a list, one line or several.
pub(in crate::ui) struct Entry<'e> {
    pub lines: Vec<Line<'e>>,
    pub selected: bool,
}

impl<'e> Entry<'e> {
    pub(in crate::ui) fn line(line: Line<'e>) -> Self {
        Self { lines: vec![line], selected: false }
    }
}

/// What a line of a list says at its end: the first, how many there are above it, and the last, how many below. A list that ends where its
/// frame does looks as if that were all.
pub(in crate::ui) fn beyond(ink: &Ink<'_>, (row, height): (usize, usize), (above, below): (usize, usize)) -> Line<'static> {
    let told = match (row == 0 && above > 0, row + 1 == height && below > 0) {
        (_, true) => format!("{below} more {}", ink.glyphs.below),
        (true, false) => format!("{above} more {}", ink.glyphs.above),
        (false, false) => return Line::default(),
    };
    Line::from(Span::styled(told, ink.paint.accent))
}

/// Draws what fits of a list such that the selected entry is seen, in the middle where there is more on both sides. Gives back which lines of
/// how many are shown.
pub(in crate::ui) fn list(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, entries: Vec<Entry<'_>>) -> (usize, usize, usize) {
    let total: usize = entries.iter().map(|entry| entry.lines.len()).sum();
    let height = usize::from(area.height);
    let mut before = 0;
    let mut focus = 0..0;
    for entry in &entries {
        if entry.selected {
            focus = before..before + entry.lines.len();
        }
        before += entry.lines.len();
    }
    let middle = (focus.start + focus.end) / 2;
    let first = middle.saturating_sub(height / 2).min(focus.start).min(total.saturating_sub(height));
    // Whatever is not seen whole is one more to come.
    let lengths: Vec<usize> = entries.iter().map(|entry| entry.lines.len()).collect();
    let ends = lengths.iter().scan(0, |end, length| {
        *end += length;
        Some((*end - length, *end))
    });
    let (above, below) =
        ends.fold((0, 0), |(above, below), (start, end)| (above + usize::from(start < first), below + usize::from(end > first + height)));
    let mut number = 0;
    for entry in entries {
        for (index, line) in entry.lines.into_iter().enumerate() {
            if number >= first && number < first + height {
                let y = area.y + u16::try_from(number - first).unwrap_or(0);
                let beyond = beyond(ink, (number - first, height), (above, below));
                split(ink, buffer, Rect { y, height: 1, ..area }, line, beyond);
                if entry.selected && index == 0 {
                    buffer.set_style(Rect { y, height: 1, ..area }, ink.paint.selected);
                }
            }
            number += 1;
        }
    }
    (first, (first + height).min(total), total)
}
