use std::fmt;

use crate::domain::excerpt;
use crate::reading::suggestion;

/// A key with its modifiers, in our own words: the terminal's crate stays in the terminal's room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chord {
    pub key: Key,
    pub ctrl: bool,
    pub alt: bool,
    /// Only where the letter does not say so itself: `G` is a `Char`, Shift-Tab is a chord with shift.
    pub shift: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    Char(char),
    Enter,
    Esc,
    Tab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    F(u8),
}

impl Chord {
    #[must_use]
    pub const fn plain(key: Key) -> Self {
        Self { key, ctrl: false, alt: false, shift: false }
    }

    #[must_use]
    pub const fn ctrl(key: Key) -> Self {
        Self { ctrl: true, ..Self::plain(key) }
    }
}

/// Why a text is no chord, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct BadChord {
    pub what: String,
    pub hint: String,
}

impl Chord {
    /// Reads a chord as `Display` writes it. Modifiers may come in any order.
    pub fn parse(text: &str) -> Result<Self, BadChord> {
        let bad = |what: String, hint: &str| Err(BadChord { what, hint: hint.to_owned() });
        let shown = excerpt(text, 40);
        let mut chord = Self::plain(Key::Enter);
        let mut rest = text;
        while let Some((held, after)) = ["ctrl-", "alt-", "shift-"]
            .into_iter()
            .find_map(|held| rest.strip_prefix(held).filter(|after| !after.is_empty()).map(|after| (held, after)))
        {
            let flag = match held {
                "ctrl-" => &mut chord.ctrl,
                "alt-" => &mut chord.alt,
                _ => &mut chord.shift,
            };
            if std::mem::replace(flag, true) {
                return bad(format!("“{shown}” holds the same key twice"), "name each of ctrl, alt and shift once");
            }
            rest = after;
        }
        let Some(key) = Key::parse(rest) else {
            let hint = suggestion(rest, Key::NAMED.iter().map(|key| key.name()).chain(["space", "f1"]));
            return bad(format!("“{shown}” is not a key"), &hint.unwrap_or_default());
        };
        if let Key::Char(letter) = key {
            if chord.shift {
                let upper: String = letter.to_uppercase().collect();
                return bad(format!("“{shown}” is written without shift"), &format!("write the character itself, such as “{upper}”"));
            }
            if chord.ctrl && letter.is_uppercase() {
                let lower: String = letter.to_lowercase().collect();
                return bad(format!("“{shown}” cannot be told from “ctrl-{lower}” by a terminal"), &format!("write “ctrl-{lower}”"));
            }
        }
        Ok(Self { key, ..chord })
    }

    /// A character that is put into a text, if this types one.
    #[must_use]
    pub const fn types(self) -> Option<char> {
        match self {
            Self { key: Key::Char(letter), ctrl: false, alt: false, .. } => Some(letter),
            _ => None,
        }
    }
}

impl fmt::Display for Chord {
    /// As keymap.toml writes it: `ctrl-z`, `shift-tab`, `G`, `enter`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                f.write_str(name)?;
            }
        }
        match self.key {
            Key::Char(' ') => f.write_str("space"),
            Key::Char(letter) => write!(f, "{letter}"),
            Key::F(number) => write!(f, "f{number}"),
            named => f.write_str(named.name()),
        }
    }
}

impl Key {
    const NAMED: &[Self] = &[
        Self::Enter,
        Self::Esc,
        Self::Tab,
        Self::Backspace,
        Self::Delete,
        Self::Insert,
        Self::Up,
        Self::Down,
        Self::Left,
        Self::Right,
        Self::Home,
        Self::End,
        Self::PageUp,
        Self::PageDown,
    ];

    fn parse(text: &str) -> Option<Self> {
        let mut characters = text.chars();
        if let (Some(letter), None) = (characters.next(), characters.next()) {
            return (!letter.is_whitespace() && !letter.is_control()).then_some(Self::Char(letter));
        }
        if text == "space" {
            return Some(Self::Char(' '));
        }
        if let Some(digits) = text.strip_prefix('f') {
            let number = digits.parse().ok().filter(|number| (1..=24).contains(number))?;
            return (!digits.starts_with(['0', '+'])).then_some(Self::F(number));
        }
        Self::NAMED.iter().copied().find(|key| key.name() == text)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Char(_) | Self::F(_) => "",
            Self::Enter => "enter",
            Self::Esc => "esc",
            Self::Tab => "tab",
            Self::Backspace => "backspace",
            Self::Delete => "delete",
            Self::Insert => "insert",
            Self::Up => "up",
            Self::Down => "down",
            Self::Left => "left",
            Self::Right => "right",
            Self::Home => "home",
            Self::End => "end",
            Self::PageUp => "pageup",
            Self::PageDown => "pagedown",
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn chords_are_read_as_they_are_written() {
        for text in ["ctrl-z", "shift-tab", "G", "space", "f5", "pageup", "?", ":", "-", "ctrl--", "ctrl-alt-delete", "é", "alt-enter", "f"]
        {
            assert_eq!(Chord::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Chord::parse("alt-ctrl-x"), Chord::parse("ctrl-alt-x"));
    }

    #[test]
    fn what_no_terminal_sends_is_refused_with_what_to_write() {
        for (text, hint) in [("shift-g", "“G”"), ("ctrl-Z", "“ctrl-z”"), ("ctrl-ctrl-a", "once"), ("entr", "“enter”")] {
            let error = Chord::parse(text).unwrap_err();
            assert!(error.hint.contains(hint), "{text}: {error:?}");
        }
        for text in ["", "ctrl-", "f0", "f25", "f05", "f+5", " ", "\u{1b}", "gg"] {
            assert!(Chord::parse(text).is_err(), "{text:?}");
        }
    }

    pub(in crate::keymap) fn any_chord() -> impl Strategy<Value = Chord> {
        let key = prop_oneof![
            any::<char>().prop_filter("typed", |c| *c == ' ' || !(c.is_whitespace() || c.is_control())).prop_map(Key::Char),
            prop::sample::select(Key::NAMED),
            (1u8..=24).prop_map(Key::F),
        ];
        (key, any::<[bool; 3]>()).prop_map(|(key, [ctrl, alt, shift])| {
            let letter = matches!(key, Key::Char(_));
            let capital = matches!(key, Key::Char(c) if c.is_uppercase());
            Chord { key, ctrl: ctrl && !capital, alt, shift: shift && !letter }
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(chord in any_chord()) {
            prop_assert_eq!(Chord::parse(&chord.to_string()), Ok(chord));
        }

        #[test]
        fn arbitrary_text_is_read_or_refused(text in "\\PC{0,20}|(ctrl-|alt-|shift-|f|[0-9]){0,5}") {
            if let Ok(chord) = Chord::parse(&text) {
                prop_assert_eq!(Chord::parse(&chord.to_string()), Ok(chord));
            }
        }
    }
}
