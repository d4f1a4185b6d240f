use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use crate::domain::harmless;

/// Beyond this many, the rest is only counted.
const SHOWN: usize = 20;
/// Characters of a file's line that are shown.
const EXCERPT: usize = 120;
const SENTENCE: usize = 400;

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The line, without control characters; only the part around the column when it is long.
    pub excerpt: String,
    /// Characters of the excerpt before the caret, and under it.
    pub caret: (usize, usize),
    pub what: String,
    pub hint: Option<String>,
}

/// Everything that is wrong with a file, ready for a terminal: bounded in size and free of control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    pub file: String,
    /// In the order of the file; never empty.
    pub diagnostics: Vec<Diagnostic>,
    /// How many more there are than shown.
    pub more: usize,
}

/// A mistake by its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) span: Range<usize>,
    pub(super) what: String,
    pub(super) hint: Option<String>,
}

impl FileError {
    pub(super) fn new(file: &str, text: &str, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| (mistake.span.start, mistake.span.end));
        mistakes.dedup();
        let more = mistakes.len().saturating_sub(SHOWN);
        let diagnostics = mistakes.into_iter().take(SHOWN).map(|mistake| Diagnostic::new(text, mistake)).collect();
        Self { file: plain(file, 200), diagnostics, more }
    }

    /// The first mistake, and how many more there are: for whoever did not write the file, and cannot mend it.
    #[must_use]
    pub fn briefly(mut self) -> Self {
        self.more += self.diagnostics.len().saturating_sub(1);
        self.diagnostics.truncate(1);
        self
    }
}

impl Diagnostic {
    fn new(text: &str, mistake: Mistake) -> Self {
        let start = floor(text, mistake.span.start);
        let end = floor(text, mistake.span.end).max(start);
        let line = text[..start].matches('\n').count() + 1;
        let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let whole = text[from..].split('\n').next().unwrap_or_default();
        let whole = whole.strip_suffix('\r').unwrap_or(whole);
        let length = whole.chars().count();
        let before = text[from..start].chars().count().min(length);
        let under = text[start..end].lines().next().unwrap_or_default().chars().count();

        let skipped = if length > EXCERPT { before.saturating_sub(EXCERPT / 3) } else { 0 };
        let mut excerpt: String = withheld(whole).into_iter().skip(skipped).take(EXCERPT).map(harmless).collect();
        let mut caret = before - skipped;
        if skipped > 0 {
            excerpt.insert(0, '…');
            caret += 1;
        }
        let shown = excerpt.chars().count();
        if skipped + EXCERPT < length {
            excerpt.push('…');
        }
        let under = under.min(shown.saturating_sub(caret)).max(1);
        Self {
            line,
            column: before + 1,
            excerpt,
            caret: (caret, under),
            what: plain(&mistake.what, SENTENCE),
            hint: mistake.hint.map(|hint| plain(&hint, SENTENCE)),
        }
    }
}

impl Diagnostic {
    /// The caret in the columns of a terminal, where some characters take two and some none.
    fn caret_columns(&self) -> (usize, usize) {
        let (before, under) = self.caret;
        let mut widths = self.excerpt.chars().map(|letter| letter.width().unwrap_or(0));
        let columns = widths.by_ref().take(before).sum();
        // What lies beyond the end of the line is pointed at all the same.
        (columns, widths.take(under).sum::<usize>().max(1))
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, wrong) in self.diagnostics.iter().enumerate() {
            if n > 0 {
                f.write_str("\n\n")?;
            }
            let margin = wrong.line.to_string().len();
            writeln!(f, "{}:{}:{}: {}", self.file, wrong.line, wrong.column, wrong.what)?;
            writeln!(f, "{:margin$} |", "")?;
            writeln!(f, "{} | {}", wrong.line, wrong.excerpt)?;
            let (before, under) = wrong.caret_columns();
            write!(f, "{:margin$} | {:before$}{:^<under$}", "", "", "")?;
            // A list of everything known is worth reading once.
            let said = n.checked_sub(1).and_then(|before| self.diagnostics.get(before)).is_some_and(|before| before.hint == wrong.hint);
            if let (Some(hint), false) = (&wrong.hint, said) {
                write!(f, "\n{:margin$} = {hint}", "")?;
            }
        }
        if self.more > 0 {
            write!(f, "\n\n… and {} more in {}", self.more, self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for FileError {}

/// The nearest place at or before `at` where a character begins.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The characters of a line, without what is secret in it: whoever has the path of a webhook can post to it. Every other one stays in its place.
fn withheld(line: &str) -> Vec<char> {
    let mut letters: Vec<char> = line.chars().collect();
    if !line.contains("webhook") {
        return letters;
    }
    let starts: Vec<_> = letters.windows(3).enumerate().filter(|(_, three)| *three == [':', '/', '/']).map(|(at, _)| at + 3).collect();
    for start in starts {
        for letter in letters.iter_mut().skip(start).take_while(|letter| !letter.is_whitespace() && !matches!(letter, '"' | '\'')) {
            *letter = '·';
        }
    }
    letters
}

fn plain(text: &str, most: usize) -> String {
    let mut plain: String = text.chars().take(most).map(harmless).collect();
    if text.chars().nth(most).is_some() {
        plain.push('…');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mistake(span: Range<usize>) -> Mistake {
        Mistake { span, what: "wrong".to_owned(), hint: Some("do this".to_owned()) }
    }

    #[test]
    fn shows_the_line_and_points_at_the_place() {
        let text = "a = 1\nstandby = \"x\"\n";
        let error = FileError::new("drlab.toml", text, vec![mistake(16..19)]);
        assert_eq!(error.to_string(), "drlab.toml:2:11: wrong\n  |\n2 | standby = \"x\"\n  |           ^^^\n  = do this");
    }

    #[test]
    fn the_end_of_a_file_is_a_place_too() {
        let error = FileError::new("f", "a = 1", vec![mistake(5..5)]);
        assert_eq!((error.diagnostics[0].line, error.diagnostics[0].column, error.diagnostics[0].caret), (1, 6, (5, 1)));
    }

    #[test]
    fn the_caret_stands_below_what_is_wide() {
        let error = FileError::new("f", "名前 = \"東京\"", vec![mistake(9..17)]);
        assert_eq!(error.to_string(), "f:1:6: wrong\n  |\n1 | 名前 = \"東京\"\n  |        ^^^^^^\n  = do this");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}HERE{}", "x".repeat(5000), "y".repeat(5000));
        let error = FileError::new("f", &text, vec![mistake(5000..5004)]);
        let wrong = &error.diagnostics[0];
        assert_eq!(wrong.column, 5001);
        let pointed: String = wrong.excerpt.chars().skip(wrong.caret.0).take(wrong.caret.1).collect();
        assert_eq!(pointed, "HERE");
        assert!(wrong.excerpt.chars().count() <= EXCERPT + 2);
    }

    #[test]
    fn what_a_file_says_cannot_reach_the_terminal() {
        let error = FileError::new("a\u{1b}[2J", "k = \"\u{1b}[31m\"", vec![mistake(4..9)]);
        assert!(!error.to_string().contains('\u{1b}'), "{error:?}");
    }

    #[test]
    fn the_flood_is_counted_not_shown() {
        let text = "x\n".repeat(500);
        let error = FileError::new("f", &text, (0..500).map(|n| mistake(2 * n..2 * n + 1)).collect());
        assert_eq!((error.diagnostics.len(), error.more), (SHOWN, 500 - SHOWN));
        assert!(error.to_string().ends_with("… and 480 more in f"));
        let brief = error.briefly();
        assert_eq!((brief.diagnostics.len(), brief.more), (1, 499));
    }

    proptest! {
        #[test]
        fn every_place_lies_in_the_file(text in "(\\PC|\n|\r|\t|é|😀){0,300}", start in 0usize..400, length in 0usize..400) {
            let error = FileError::new("f", &text, vec![mistake(start..start + length)]);
            let wrong = &error.diagnostics[0];
            let lines: Vec<_> = text.split('\n').collect();
            prop_assert!(wrong.line >= 1 && wrong.line <= lines.len());
            prop_assert!(wrong.column <= lines[wrong.line - 1].chars().count() + 1);
            prop_assert!(wrong.caret.0 <= wrong.excerpt.chars().count());
            prop_assert!(error.to_string().len() < 4 * (EXCERPT * 2 + SENTENCE * 2));
        }
    }
}
