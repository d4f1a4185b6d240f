use std::io;

use ratatui::{Frame, Terminal};

use super::{clipboard, ink::Ink, place};

/// How the terminal is to be used.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// Take the wheel, at the price of the terminal's own selection.
    pub mouse: bool,
    /// Colours may be written, whatever `NO_COLOR` says: somebody asked for a theme by name.
    pub colour: bool,
}

/// The terminal while it is ours. Dropping it gives it back; so does a panic on any thread, which also ends the program.
#[derive(Debug)]
pub struct Session {
    terminal: Terminal<Ink>,
    manners: Manners,
}

impl Session {
    /// Raw mode, alternate screen, bracketed paste, no cursor.
    pub fn enter(manners: Manners) -> io::Result<Self> {
        if manners.colour {
            crossterm::style::force_color_output(true);
        }
        place::take(manners.mouse)?;
        let terminal = Terminal::new(Ink::default()).inspect_err(|_| {
            place::give_back();
        })?;
        Ok(Self { terminal, manners })
    }

    /// Draws what differs from the frame before, all at once.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(view)?;
        Ok(())
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Takes the terminal over again, from whatever was done to it meanwhile; the next frame is drawn whole.
    pub fn resume(&mut self) -> io::Result<()> {
        place::take(self.manners.mouse)?;
        self.terminal = Terminal::new(Ink::default())?;
        self.terminal.clear()
    }

    /// Gives the terminal back; `resume` takes it over again.
    pub fn leave(&mut self) {
        place::give_back();
    }

    /// Hands a text to the terminal's clipboard. What comes back says what was done, which is less than that it arrived.
    pub fn copy(&mut self, text: &str) -> Result<String, String> {
        let in_tmux = std::env::var_os("TMUX").is_some_and(|socket| !socket.is_empty());
        let order = clipboard::order(text, in_tmux)?;
        place::put(&order).map_err(|error| format!("the terminal cannot be written to: {error}"))?;
        Ok("sent to the terminal's clipboard (OSC 52)".to_owned())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        place::give_back();
    }
}
