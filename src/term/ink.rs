//! What a frame is written with: ratatui's backend, gathering a frame into one write that the terminal shows at once.

use std::io;
use std::mem;

use crossterm::cursor::{MoveRight, MoveTo};
use crossterm::queue;
use crossterm::style::{Attribute, Print, SetAttribute, SetBackgroundColor, SetForegroundColor};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, IntoCrossterm, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

use super::place;

/// Writes nothing where nothing has changed, and little where little has (over a slow line every byte is seen), and never asks the terminal anything: its answer would arrive among the keys.
#[derive(Debug, Default)]
pub(super) struct Ink {
    page: Vec<u8>,
    /// The terminal is taken over with its cursor hidden.
    cursor: bool,
}

impl Ink {
    fn pen(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.page)
    }

    /// Colours before attributes: where colours are not to be written, crossterm leaves an empty sequence, which takes attributes back.
    fn style(&mut self, (was_fg, was_bg, was): Style, (fg, bg, is): Style) -> io::Result<()> {
        // What is on cannot be switched off one by one on every terminal.
        let over = !is.contains(was);
        if over {
            queue!(self.page, SetAttribute(Attribute::Reset))?;
        }
        let (was_fg, was_bg) = if over { (Color::Reset, Color::Reset) } else { (was_fg, was_bg) };
        if fg != was_fg {
            queue!(self.page, SetForegroundColor(fg.into_crossterm()))?;
        }
        if bg != was_bg {
            queue!(self.page, SetBackgroundColor(bg.into_crossterm()))?;
        }
        let new = if over || (fg, bg) != (was_fg, was_bg) { is } else { is.difference(was) };
        for (modifier, attribute) in ATTRIBUTES {
            if new.contains(modifier) {
                queue!(self.page, SetAttribute(attribute))?;
            }
        }
        Ok(())
    }
}

/// What a cell looks like: foreground, background, attributes.
type Style = (Color, Color, Modifier);

const PLAIN: Style = (Color::Reset, Color::Reset, Modifier::empty());

const ATTRIBUTES: [(Modifier, Attribute); 8] = [
    (Modifier::BOLD, Attribute::Bold),
    (Modifier::DIM, Attribute::Dim),
    (Modifier::ITALIC, Attribute::Italic),
    (Modifier::UNDERLINED, Attribute::Underlined),
    (Modifier::SLOW_BLINK, Attribute::SlowBlink),
    (Modifier::RAPID_BLINK, Attribute::RapidBlink),
    (Modifier::REVERSED, Attribute::Reverse),
    (Modifier::CROSSED_OUT, Attribute::CrossedOut),
];

fn is_narrow(cell: &Cell) -> bool {
    matches!(cell.symbol().as_bytes(), [b' '..=b'~'])
}

impl Backend for Ink {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut last: Option<(u16, u16, &Cell)> = None;
        let mut style = PLAIN;
        for (x, y, cell) in content {
            match last {
                // How wide anything but ASCII came out is for the terminal to know.
                Some((before, row, written)) if row == y && x > before && is_narrow(written) => match x - before - 1 {
                    0 => {}
                    gap => queue!(self.page, MoveRight(gap))?,
                },
                _ => queue!(self.page, MoveTo(x, y))?,
            }
            let wanted = (cell.fg, cell.bg, cell.modifier);
            if wanted != style {
                self.style(style, wanted)?;
                style = wanted;
            }
            queue!(self.page, Print(cell.symbol()))?;
            last = Some((x, y, cell));
        }
        if style == PLAIN { Ok(()) } else { queue!(self.page, SetAttribute(Attribute::Reset)) }
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if mem::replace(&mut self.cursor, false) { self.pen().hide_cursor() } else { Ok(()) }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if mem::replace(&mut self.cursor, true) { Ok(()) } else { self.pen().show_cursor() }
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        // A hidden cursor may stand anywhere.
        if self.cursor { self.pen().set_cursor_position(position) } else { Ok(()) }
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.pen().clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        let (width, height) = crossterm::terminal::size()?;
        Ok(Size { width, height })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.pen().window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.page.is_empty() {
            return Ok(());
        }
        let mut frame = Vec::with_capacity(self.page.len() + 16);
        queue!(frame, BeginSynchronizedUpdate)?;
        frame.append(&mut self.page);
        queue!(frame, EndSynchronizedUpdate)?;
        place::put(&frame)
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn a_frame_without_a_change_is_no_frame() {
        let mut ink = Ink::default();
        ink.draw(std::iter::empty()).unwrap();
        ink.hide_cursor().unwrap();
        ink.set_cursor_position((3, 4)).unwrap();
        assert!(ink.page.is_empty());
        let cell = Cell::new("x");
        ink.draw([(2, 1, &cell)].into_iter()).unwrap();
        assert!(String::from_utf8_lossy(&ink.page).contains("\u{1b}[2;3Hx"));
    }

    /// Frame after frame a terminal shows what it would have shown had ratatui's own backend written it.
    #[test]
    fn a_terminal_shows_what_was_drawn() {
        let area = Rect::new(0, 0, 12, 4);
        let symbols = ["a", "│", "網", "é", " ", "7"];
        let colours = [Color::Reset, Color::Red, Color::Indexed(200), Color::Reset];
        let attributes = [Modifier::empty(), Modifier::BOLD, Modifier::DIM | Modifier::REVERSED, Modifier::BOLD | Modifier::UNDERLINED];
        let frame = |seed: u16| {
            let mut buffer = Buffer::empty(area);
            for (at, (x, y)) in (0_u16..).zip((0..area.height).flat_map(|y| (0..area.width - 1).map(move |x| (x, y)))) {
                // Most of a frame is as it was in the one before.
                let seed = if (at + seed).is_multiple_of(3) { seed } else { seed / 4 };
                let dice = at.wrapping_mul(40_503).wrapping_add(seed.wrapping_mul(30_347)) >> 5;
                let pick = |of: usize, by: u16| usize::from(dice / by) % of;
                let style = ratatui::style::Style::new().fg(colours[pick(4, 3)]).bg(colours[pick(4, 11)]);
                buffer.set_string(x, y, symbols[pick(6, 1)], style.add_modifier(attributes[pick(4, 7)]));
            }
            buffer
        };
        let rows = |length: u16| std::num::NonZeroU16::new(length).unwrap();
        let [mut shown, mut expected] = [(); 2].map(|()| vt100::Parser::new(rows(area.height), rows(area.width), 0));
        let (mut ink, mut usual, mut before) = (Ink::default(), Ink::default(), Buffer::empty(area));
        let mut written = (0, 0);
        crossterm::style::force_color_output(true);
        for seed in 0..60 {
            let after = frame(seed);
            ink.draw(before.diff(&after).into_iter()).unwrap();
            usual.pen().draw(before.diff(&after).into_iter()).unwrap();
            written = (written.0 + ink.page.len(), written.1 + usual.page.len());
            shown.process(&mem::take(&mut ink.page));
            expected.process(&mem::take(&mut usual.page));
            for (row, column) in (0..area.height).flat_map(|row| (0..area.width).map(move |column| (row, column))) {
                assert_eq!(shown.screen().cell(row, column), expected.screen().cell(row, column), "frame {seed}, {row}:{column}");
            }
            before = after;
        }
        assert!(written.0 < written.1, "{written:?}");
    }

    #[test]
    fn nothing_is_asked_of_the_terminal() {
        let mut ink = Ink::default();
        assert_eq!(ink.get_cursor_position().unwrap(), Position::ORIGIN);
        ink.clear().unwrap();
        assert!(!String::from_utf8_lossy(&ink.page).contains("6n"));
    }
}
