//! What a frame is written with: ratatui's backend, gathering a frame into one write that the terminal shows at once.

use std::io;
use std::mem;

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::place;

/// Writes nothing where nothing has changed, and never asks the terminal anything: its answer would arrive among the keys.
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
}

impl Backend for Ink {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_some() { self.pen().draw(content) } else { Ok(()) }
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

    #[test]
    fn nothing_is_asked_of_the_terminal() {
        let mut ink = Ink::default();
        assert_eq!(ink.get_cursor_position().unwrap(), Position::ORIGIN);
        ink.clear().unwrap();
        assert!(!String::from_utf8_lossy(&ink.page).contains("6n"));
    }
}
