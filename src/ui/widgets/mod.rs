//! What screens are made of: frames, lines with two ends, rows of components, bars, small charts, lists that scroll.

mod bar;
mod component;
mod hour;
mod letters;
mod list;
mod panel;
mod spark;
mod trail;

pub(super) use bar::{bar, blocks};
pub(super) use component::{Rows, complaint, rows};
pub(super) use letters::letters;
pub(super) use list::{Entry, beyond, list};
pub(super) use panel::{Panel, popup};
pub(super) use spark::{chart, sparkline};
pub(super) use trail::trail;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::ink::Ink;
use super::text::fit_line;

/// A line at the left and one at the right; the right one is kept whole as long as there is room for it at all.
pub(super) fn split(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, left: Line<'_>, right: Line<'_>) {
    if area.is_empty() {
        return;
    }
    let room = usize::from(area.width);
    let taken = right.width();
    let left_room = if taken == 0 || taken >= room { room } else { room - taken - 1 };
    let left = fit_line(left, left_room, ink.glyphs);
    buffer.set_line(area.x, area.y, &left, area.width);
    if taken > 0 && taken < room {
        let x = area.right() - u16::try_from(taken).unwrap_or(area.width);
        buffer.set_line(x, area.y, &right, area.width);
    }
}

/// A line, cut with an ellipsis to what fits.
pub(super) fn put(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, line: Line<'_>) {
    split(ink, buffer, area, line, Line::default());
}

/// The `index`th line of an area, or nothing beyond its end.
pub(super) const fn row(area: Rect, index: u16) -> Rect {
    if index < area.height {
        Rect { x: area.x, y: area.y + index, width: area.width, height: 1 }
    } else {
        Rect { x: area.x, y: area.y, width: 0, height: 0 }
    }
}
