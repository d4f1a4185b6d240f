use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use crate::ui::ink::Ink;
use crate::ui::text::fit_line;

/// A frame with a title at the left, something at the right of the same edge, and perhaps something at the foot.
#[derive(Default)]
pub(in crate::ui) struct Panel<'p> {
    pub title: Line<'p>,
    pub right: Line<'p>,
    pub foot: Line<'p>,
    /// Something here is bad enough for the frame to say so.
    pub loud: Option<ratatui::style::Style>,
}

impl<'p> Panel<'p> {
    pub(in crate::ui) fn titled(ink: &Ink<'_>, title: &'p str) -> Self {
        Self { title: Line::from(Span::styled(title, ink.paint.title)), ..Self::default() }
    }

    pub(in crate::ui) fn right(self, right: impl Into<Line<'p>>) -> Self {
        Self { right: right.into(), ..self }
    }

    pub(in crate::ui) fn foot(self, foot: impl Into<Line<'p>>) -> Self {
        Self { foot: foot.into(), ..self }
    }

    /// Draws the frame, and gives back what is inside, with a blank column at either side.
    pub(in crate::ui) fn draw(self, ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) -> Rect {
        if area.width < 4 || area.height < 2 {
            return Rect { width: 0, height: 0, ..area };
        }
        let border = self.loud.unwrap_or(ink.paint.border);
        Block::bordered().border_set(ink.glyphs.border).border_style(border).render(area, buffer);
        let room = usize::from(area.width) - 4;
        // What is at the right is short, and a state; it gives way only where there is no room for both at all.
        let right = if self.right.width() + 6 <= room { self.right } else { Line::default() };
        let left_room = room - if right.width() > 0 { right.width() + 3 } else { 0 };
        edge(buffer, area.x + 1, area.y, fit_line(self.title, left_room.saturating_sub(1), ink.glyphs));
        let x = area.right().saturating_sub(u16::try_from(right.width() + 3).unwrap_or(0));
        edge(buffer, x, area.y, right);
        edge(buffer, area.x + 1, area.bottom() - 1, fit_line(self.foot, room.saturating_sub(1), ink.glyphs));
        Rect { x: area.x + 2, y: area.y + 1, width: area.width - 4, height: area.height - 2 }
    }
}

/// A text on an edge, with a blank at either side.
fn edge(buffer: &mut Buffer, x: u16, y: u16, mut line: Line<'_>) {
    if line.width() == 0 {
        return;
    }
    line.spans.insert(0, Span::raw(" "));
    line.spans.push(Span::raw(" "));
    let width = u16::try_from(line.width()).unwrap_or(0);
    // The blanks and what has no style of its own must not inherit the frame's.
    for cell in 0..width {
        if let Some(cell) = buffer.cell_mut((x + cell, y)) {
            let ground = cell.bg;
            cell.reset();
            cell.set_bg(ground);
        }
    }
    buffer.set_line(x, y, &line, width);
}

/// A frame over everything else, `width` by `height` at most, in the middle of `within`; gives back its inside.
pub(in crate::ui) fn popup(ink: &Ink<'_>, buffer: &mut Buffer, within: Rect, (width, height): (u16, u16), panel: Panel<'_>) -> Rect {
    let width = width.min(within.width);
    let height = height.min(within.height);
    let area = Rect { x: within.x + (within.width - width) / 2, y: within.y + (within.height - height) / 2, width, height };
    Clear.render(area, buffer);
    buffer.set_style(area, ink.paint.base);
    Panel { loud: panel.loud.or(Some(ink.paint.accent)), ..panel }.draw(ink, buffer, area)
}
