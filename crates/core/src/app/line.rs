/// Longer than anything one looks for.
const LONGEST: usize = 120;

/// A line of text that is being typed. The cursor counts characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    text: String,
    cursor: usize,
}

impl Line {
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Puts text in at the cursor, as far as there is room. A line stays a line: what controls a terminal is left out, breaks become spaces.
    pub fn insert(&mut self, text: &str) {
        for c in text.chars() {
            if self.length() >= LONGEST {
                return;
            }
            let c = if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c };
            if matches!(crate::domain::sanitise(c.encode_utf8(&mut [0; 4])), std::borrow::Cow::Borrowed(_)) {
                self.text.insert(self.byte(self.cursor), c);
                self.cursor += 1;
            }
        }
    }

    pub fn erase_back(&mut self) {
        self.erase_from(self.cursor.saturating_sub(1));
    }

    /// The word before the cursor, and the blanks behind it.
    pub fn erase_word(&mut self) {
        let before: Vec<char> = self.text.chars().take(self.cursor).collect();
        let blanks = before.iter().rev().take_while(|c| c.is_whitespace()).count();
        let word = before.iter().rev().skip(blanks).take_while(|c| !c.is_whitespace()).count();
        self.erase_from(self.cursor - blanks - word);
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub fn left(&mut self) {
        self.cursor = self.cursor.saturating_sub(1);
    }

    pub fn right(&mut self) {
        self.cursor = (self.cursor + 1).min(self.length());
    }

    pub const fn home(&mut self) {
        self.cursor = 0;
    }

    pub fn end(&mut self) {
        self.cursor = self.length();
    }

    fn length(&self) -> usize {
        self.text.chars().count()
    }

    fn erase_from(&mut self, from: usize) {
        let (start, end) = (self.byte(from), self.byte(self.cursor));
        self.text.replace_range(start..end, "");
        self.cursor = from;
    }

    fn byte(&self, character: usize) -> usize {
        self.text.char_indices().nth(character).map_or(self.text.len(), |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_edited_where_the_cursor_is() {
        let mut line = Line::default();
        line.insert("tier2 dbö");
        line.left();
        line.erase_back();
        assert_eq!((line.text(), line.cursor()), ("tier2 dö", 7));
        line.end();
        line.erase_word();
        assert_eq!(line.text(), "tier2 ");
        line.erase_word();
        assert!(line.is_empty());
        line.insert("a\nb\u{1b}[2J\u{202e}");
        assert_eq!(line.text(), "a b[2J");
    }

    proptest! {
        #[test]
        fn no_editing_leaves_the_line(edits in proptest::collection::vec((0u8..8, "\\PC{0,60}"), 0..40)) {
            let mut line = Line::default();
            for (edit, text) in edits {
                match edit {
                    0 => line.erase_back(),
                    1 => line.erase_word(),
                    2 => line.left(),
                    3 => line.right(),
                    4 => line.home(),
                    5 => line.end(),
                    _ => line.insert(&text),
                }
                prop_assert!(line.cursor() <= line.length() && line.length() <= LONGEST);
            }
        }
    }
}
