//! Keys, pastes, the wheel and sizes, in the console's own words.

use std::io;
use std::thread;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEventKind};
use drlab_core::app::{Message, Press};
use drlab_core::keymap::{Chord, Key};
use tokio::sync::mpsc;

/// A paste beyond this is cut: it goes into a filter or a palette, not into a document.
const LONGEST_PASTE: usize = 16 * 1024;

/// What came from the terminal.
#[derive(Debug)]
pub enum Input {
    Message(Message),
    /// There is no terminal any more, and nothing will ever come again.
    Gone,
}

/// Reads on threads of its own: a read cannot be waited for together with anything else, and once the terminal has hung up the reader below
/// spins, which must not be where keys are handled. The threads end with the process.
#[derive(Debug)]
pub struct Keys {
    inputs: mpsc::Receiver<Input>,
}

impl Keys {
    /// How far a terminal may run ahead of the console.
    const AHEAD: usize = 256;

    pub fn listen() -> io::Result<Self> {
        let (send, inputs) = mpsc::channel(Self::AHEAD);
        #[cfg(unix)]
        {
            let gone = send.clone();
            thread::Builder::new().name("hangup".to_owned()).spawn(move || {
                if hung_up() {
                    // Nobody listens once the console is on its way out.
                    drop(gone.blocking_send(Input::Gone));
                }
            })?;
        }
        thread::Builder::new().name("keys".to_owned()).spawn(move || {
            loop {
                let input = crossterm::event::read().map_or(Some(Input::Gone), |event| message(event).map(Input::Message));
                let last = matches!(input, Some(Input::Gone));
                if input.is_some_and(|input| send.blocking_send(input).is_err()) || last {
                    return;
                }
            }
        })?;
        Ok(Self { inputs })
    }

    pub async fn next(&mut self) -> Input {
        self.inputs.recv().await.unwrap_or(Input::Gone)
    }

    /// What has already come.
    pub fn ready(&mut self) -> Option<Input> {
        self.inputs.try_recv().ok()
    }
}

/// Waits for the end of the terminal. `false`: this system does not tell.
#[cfg(unix)]
fn hung_up() -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    let stdin = io::stdin();
    loop {
        // Asked for nothing, the kernel still reports a hang-up.
        let mut asked = [PollFd::new(&stdin, PollFlags::empty())];
        match poll(&mut asked, None) {
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
            Ok(_) => return asked[0].revents().intersects(PollFlags::HUP | PollFlags::ERR),
        }
    }
}

/// `None`: nothing that concerns the console.
fn message(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) => {
            let repeat = key.kind == KeyEventKind::Repeat;
            chord(key).map(|chord| Message::Key(Press { chord, at: Duration::ZERO, repeat }))
        }
        Event::Paste(mut text) => {
            text.truncate(text.floor_char_boundary(LONGEST_PASTE));
            Some(Message::Paste(text))
        }
        Event::Resize(columns, rows) => Some(Message::Resize(columns, rows)),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::ScrollDown => Some(Message::Wheel { down: true }),
            MouseEventKind::ScrollUp => Some(Message::Wheel { down: false }),
            _ => None,
        },
        Event::FocusGained | Event::FocusLost => None,
    }
}

fn chord(event: KeyEvent) -> Option<Chord> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let held = |modifier| event.modifiers.contains(modifier);
    let (ctrl, alt, shift) = (held(KeyModifiers::CONTROL), held(KeyModifiers::ALT), held(KeyModifiers::SHIFT));
    let named = |key| Some(Chord { key, ctrl, alt, shift });
    match event.code {
        // A letter shows by itself whether shift was held; with ctrl, terminals cannot tell.
        KeyCode::Char(letter) => {
            let letter = if ctrl { letter.to_ascii_lowercase() } else { letter };
            Some(Chord { key: Key::Char(letter), ctrl, alt, shift: false })
        }
        KeyCode::BackTab => Some(Chord { key: Key::Tab, ctrl, alt, shift: true }),
        KeyCode::Enter => named(Key::Enter),
        KeyCode::Esc => named(Key::Esc),
        KeyCode::Tab => named(Key::Tab),
        KeyCode::Backspace => named(Key::Backspace),
        KeyCode::Delete => named(Key::Delete),
        KeyCode::Insert => named(Key::Insert),
        KeyCode::Up => named(Key::Up),
        KeyCode::Down => named(Key::Down),
        KeyCode::Left => named(Key::Left),
        KeyCode::Right => named(Key::Right),
        KeyCode::Home => named(Key::Home),
        KeyCode::End => named(Key::End),
        KeyCode::PageUp => named(Key::PageUp),
        KeyCode::PageDown => named(Key::PageDown),
        KeyCode::F(number) => named(Key::F(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers, kind: KeyEventKind) -> Option<String> {
        chord(KeyEvent::new_with_kind(code, modifiers, kind)).map(|chord| chord.to_string())
    }

    #[test]
    fn keys_are_called_what_the_keymap_calls_them() {
        let (none, shift, ctrl) = (KeyModifiers::NONE, KeyModifiers::SHIFT, KeyModifiers::CONTROL);
        let cases = [
            (KeyCode::Char('q'), none, "q"),
            (KeyCode::Char('G'), shift, "G"),
            (KeyCode::Char('Z'), ctrl | shift, "ctrl-z"),
            (KeyCode::Char('x'), KeyModifiers::ALT, "alt-x"),
            (KeyCode::BackTab, shift, "shift-tab"),
            (KeyCode::Char(' '), none, "space"),
            (KeyCode::F(5), none, "f5"),
            (KeyCode::Up, shift, "shift-up"),
        ];
        for (code, modifiers, name) in cases {
            assert_eq!(pressed(code, modifiers, KeyEventKind::Press).as_deref(), Some(name));
            assert_eq!(pressed(code, modifiers, KeyEventKind::Repeat).as_deref(), Some(name), "a held key goes on");
            assert_eq!(pressed(code, modifiers, KeyEventKind::Release), None);
        }
        assert_eq!(pressed(KeyCode::CapsLock, none, KeyEventKind::Press), None);
    }

    #[test]
    fn a_paste_is_one_piece_and_bounded() {
        let text = "ä".repeat(LONGEST_PASTE);
        let Some(Message::Paste(kept)) = message(Event::Paste(text)) else { panic!("a paste is a paste") };
        assert_eq!(kept.len(), LONGEST_PASTE);
        let Some(Message::Paste(kept)) = message(Event::Paste(format!("x{}", "ä".repeat(LONGEST_PASTE)))) else { panic!("a paste") };
        assert_eq!(kept.len(), LONGEST_PASTE - 1, "never half a character");
    }
}
