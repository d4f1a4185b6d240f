use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::ui::ink::Ink;
use crate::ui::text::fit_line;

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
    let mut number = 0;
    for entry in entries {
        for (index, line) in entry.lines.into_iter().enumerate() {
            if number >= first && number < first + height {
                let y = area.y + u16::try_from(number - first).unwrap_or(0);
                buffer.set_line(area.x, y, &fit_line(line, usize::from(area.width), ink.glyphs), area.width);
                if entry.selected && index == 0 {
                    buffer.set_style(Rect { y, height: 1, ..area }, ink.paint.selected);
                }
            }
            number += 1;
        }
    }
    (first, (first + height).min(total), total)
}
