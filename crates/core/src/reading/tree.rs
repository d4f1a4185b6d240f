use std::cell::RefCell;
use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::{FileError, Mistake};
use super::nearest::suggestion;
use crate::domain::parse_duration;

/// Larger than any file a person keeps, small enough to read at once.
const LARGEST: usize = 1 << 20;

/// Reads a whole file. The value is given only if nothing at all was wrong.
pub fn read<T>(file: &str, bytes: &[u8], reader: impl FnOnce(&mut Table<'_>) -> Option<T>) -> Result<T, FileError> {
    let refuse = |text: &str, span: Range<usize>, what: String| Err(FileError::new(file, text, vec![Mistake { span, what, hint: None }]));
    if bytes.len() > LARGEST {
        return refuse("", 0..0, format!("the file has {} bytes; more than {LARGEST} are not read", bytes.len()));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            return refuse(&good, good.len()..good.len(), "here the file stops being UTF-8 text".to_owned());
        }
    };
    let tree = match DeTable::parse(text) {
        Ok(tree) => tree,
        Err(error) => {
            let message = error.message().lines().collect::<Vec<_>>().join("; ");
            return refuse(text, error.span().unwrap_or(0..0), format!("this is not TOML: {message}"));
        }
    };
    let mistakes = RefCell::default();
    let mut root = Table { entries: tree.get_ref(), span: 0..0, asked: Vec::new(), mistakes: &mistakes };
    let value = reader(&mut root);
    root.close();
    let mut mistakes = mistakes.into_inner();
    match value {
        Some(value) if mistakes.is_empty() => Ok(value),
        _ => {
            if mistakes.is_empty() {
                mistakes.push(Mistake { span: 0..0, what: "nothing could be read".to_owned(), hint: None });
            }
            Err(FileError::new(file, text, mistakes))
        }
    }
}

/// What stands in a value whose shape the reader does not prescribe.
#[derive(Clone, Debug)]
pub enum Content<'t> {
    Text(&'t str),
    Flag(bool),
    Whole(i64),
    Number(f64),
    List(Vec<Value<'t>>),
    Table(Vec<(&'t str, Value<'t>)>),
}

/// A value in a file, and where it stands.
#[derive(Clone, Copy)]
pub struct Value<'t> {
    node: &'t DeValue<'t>,
    start: usize,
    end: usize,
    mistakes: &'t RefCell<Vec<Mistake>>,
}

impl<'t> Value<'t> {
    fn new(spanned: &'t Spanned<DeValue<'t>>, mistakes: &'t RefCell<Vec<Mistake>>) -> Self {
        let Range { start, end } = spanned.span();
        Self { node: spanned.get_ref(), start, end, mistakes }
    }

    /// Notes that something is wrong here. `None`, so that a reader can end with it.
    pub fn wrong<T>(self, what: impl Into<String>) -> Option<T> {
        self.note(what.into(), None)
    }

    pub fn wrong_because<T>(self, what: impl Into<String>, hint: impl Into<String>) -> Option<T> {
        self.note(what.into(), Some(hint.into()))
    }

    fn note<T>(self, what: String, hint: Option<String>) -> Option<T> {
        self.mistakes.borrow_mut().push(Mistake { span: self.start..self.end, what, hint });
        None
    }

    /// Text that says something.
    pub fn text(self) -> Option<&'t str> {
        match self.node.as_str() {
            Some(text) if text.trim().is_empty() => self.wrong("this must not be empty"),
            Some(text) if text.chars().any(char::is_control) => self.wrong("this holds a control character"),
            Some(text) => Some(text),
            None => self.mistyped("text in quotes"),
        }
    }

    /// As `text`, but it may run over several lines.
    pub fn prose(self) -> Option<&'t str> {
        match self.node.as_str() {
            Some(text) if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) => {
                self.wrong("this holds a control character")
            }
            Some(text) => Some(text),
            None => self.mistyped("text in quotes"),
        }
    }

    /// The text, if it is text; anything else is not a mistake here.
    #[must_use]
    pub fn as_text(self) -> Option<&'t str> {
        self.node.as_str()
    }

    /// Shows every value of `key` in an array of tables, for checks that need to have read everything else first.
    pub fn visit(self, key: &str, mut see: impl FnMut(Value<'t>)) {
        for entry in self.node.as_array().into_iter().flat_map(|entries| entries.iter()) {
            let found = entry.get_ref().as_table().and_then(|table| table.iter().find(|(name, _)| name.get_ref() == key));
            if let Some((_, value)) = found {
                see(Value::new(value, self.mistakes));
            }
        }
    }

    /// Where it begins in the text, in bytes.
    #[must_use]
    pub const fn offset(self) -> usize {
        self.start
    }

    #[must_use]
    pub fn is_text(self) -> bool {
        self.node.is_str()
    }

    #[must_use]
    pub fn is_table(self) -> bool {
        self.node.is_table()
    }

    pub fn flag(self) -> Option<bool> {
        self.node.as_bool().or_else(|| self.mistyped("true or false"))
    }

    /// A whole number within bounds.
    pub fn whole(self, bounds: RangeInclusive<u64>) -> Option<u64> {
        let Some(written) = self.node.as_integer() else {
            return self.mistyped("a whole number");
        };
        match u64::from_str_radix(written.as_str(), written.radix()) {
            Ok(number) if bounds.contains(&number) => Some(number),
            _ => self.wrong(format!("this must be a whole number from {} to {}", bounds.start(), bounds.end())),
        }
    }

    pub fn count(self, bounds: RangeInclusive<u32>) -> Option<u32> {
        self.whole(u64::from(*bounds.start())..=u64::from(*bounds.end())).and_then(|number| u32::try_from(number).ok())
    }

    /// Any number within bounds.
    pub fn number(self, bounds: RangeInclusive<f64>) -> Option<f64> {
        let written = match self.node {
            DeValue::Float(float) => float.as_str().parse().ok(),
            DeValue::Integer(whole) if whole.radix() == 10 => whole.as_str().parse().ok(),
            _ => return self.mistyped("a number"),
        };
        match written {
            Some(number) if bounds.contains(&number) => Some(number),
            _ => self.wrong(format!("this must be a number from {} to {}", bounds.start(), bounds.end())),
        }
    }

    /// `"300s"`, `"30m"`; zero only where the bounds allow it.
    pub fn duration(self, bounds: RangeInclusive<Duration>) -> Option<Duration> {
        let Some(text) = self.node.as_str() else {
            return self.mistyped("a duration in quotes, such as \"30m\"");
        };
        match parse_duration(text) {
            Ok(duration) if bounds.contains(&duration) => Some(duration),
            Ok(_) => {
                use crate::domain::format_duration;
                self.wrong(format!("this must be from {} to {}", format_duration(*bounds.start()), format_duration(*bounds.end())))
            }
            Err(error) => self.wrong(error.to_string()),
        }
    }

    /// One of the words of a `words!` enum, or of any other closed list.
    pub fn one_of<T: Copy>(self, all: &[T], word: impl Fn(T) -> &'static str) -> Option<T> {
        let given = self.text()?;
        all.iter().copied().find(|value| word(*value) == given).or_else(|| {
            let known: Vec<_> = all.iter().map(|value| word(*value)).collect();
            self.unknown(given, known)
        })
    }

    /// Notes that a word is none of those known.
    pub fn unknown<'k, T>(self, given: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> Option<T> {
        let hint = suggestion(given, known);
        self.note(format!("“{given}” is not known here"), hint)
    }

    /// Reads a table with `reader`; whatever the reader did not ask for is an unknown key.
    ///
    /// A reader asks for all its keys before it gives up, or keys that it never came to are called unknown.
    pub fn table<T>(self, reader: impl FnOnce(&mut Table<'t>) -> Option<T>) -> Option<T> {
        let Some(entries) = self.node.as_table() else {
            return self.mistyped("a table");
        };
        let mut table = Table { entries, span: self.start..self.end, asked: Vec::new(), mistakes: self.mistakes };
        let value = reader(&mut table);
        table.close();
        value
    }

    /// How many entries it has, where it is an array.
    #[must_use]
    pub fn length(self) -> Option<usize> {
        self.node.as_array().map(|entries| entries.len())
    }

    /// Reads every entry of an array; `None` only if it is not one.
    pub fn list<T>(self, mut reader: impl FnMut(Value<'t>) -> Option<T>) -> Option<Vec<T>> {
        let Some(entries) = self.node.as_array() else {
            return self.mistyped("an array");
        };
        Some(entries.iter().filter_map(|entry| reader(Value::new(entry, self.mistakes))).collect())
    }

    /// The entries of a table whose keys are free, such as names or regions.
    pub fn entries<T>(self, mut reader: impl FnMut(Value<'t>, &'t str, Value<'t>) -> Option<T>) -> Option<Vec<T>> {
        let Some(entries) = self.node.as_table() else {
            return self.mistyped("a table");
        };
        let read = |(key, value): (&'t Spanned<_>, &'t Spanned<DeValue<'t>>)| {
            let key: &'t Spanned<std::borrow::Cow<'t, str>> = key;
            let Range { start, end } = key.span();
            reader(Value { start, end, ..Value::new(value, self.mistakes) }, key.get_ref(), Value::new(value, self.mistakes))
        };
        Some(entries.iter().filter_map(read).collect())
    }

    /// Anything but a date, which nothing of ours is made of.
    pub fn content(self) -> Option<Content<'t>> {
        let whole = |written: &str, radix| i64::from_str_radix(written, radix).ok();
        match self.node {
            DeValue::String(text) => Some(Content::Text(text)),
            DeValue::Boolean(flag) => Some(Content::Flag(*flag)),
            DeValue::Integer(written) => match whole(written.as_str(), written.radix()) {
                Some(number) => Some(Content::Whole(number)),
                None => self.wrong("this number is too large"),
            },
            DeValue::Float(written) => match written.as_str().parse() {
                Ok(number) => Some(Content::Number(number)),
                Err(_) => self.wrong("this is not a number"),
            },
            DeValue::Array(entries) => Some(Content::List(entries.iter().map(|entry| Value::new(entry, self.mistakes)).collect())),
            DeValue::Table(entries) => Some(Content::Table(
                entries.iter().map(|(key, entry)| (key.get_ref().as_ref(), Value::new(entry, self.mistakes))).collect(),
            )),
            DeValue::Datetime(_) => self.mistyped("text, a number, true or false, an array or a table"),
        }
    }

    fn mistyped<T>(self, expected: &str) -> Option<T> {
        let article = match self.node {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        self.wrong(format!("this must be {expected}, and is {article}"))
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}..{}", self.node.type_str(), self.start, self.end)
    }
}

/// A table in a file, and which of its keys have been asked for.
#[derive(Debug)]
pub struct Table<'t> {
    entries: &'t DeTable<'t>,
    span: Range<usize>,
    asked: Vec<&'static str>,
    mistakes: &'t RefCell<Vec<Mistake>>,
}

impl<'t> Table<'t> {
    /// The value of a key, if it is there.
    pub fn value(&mut self, key: &'static str) -> Option<Value<'t>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.entries.iter().find(|(found, _)| found.get_ref() == key).map(|(_, value)| Value::new(value, self.mistakes))
    }

    /// A key that must be there.
    pub fn need<T>(&mut self, key: &'static str, reader: impl FnOnce(Value<'t>) -> Option<T>) -> Option<T> {
        match self.value(key) {
            Some(value) => reader(value),
            None => self.wrong(format!("“{key}” is missing")),
        }
    }

    /// A key that may be there.
    pub fn may<T>(&mut self, key: &'static str, reader: impl FnOnce(Value<'t>) -> Option<T>) -> Option<T> {
        self.value(key).and_then(reader)
    }

    /// A key with a default.
    pub fn or<T>(&mut self, key: &'static str, default: T, reader: impl FnOnce(Value<'t>) -> Option<T>) -> T {
        self.may(key, reader).unwrap_or(default)
    }

    /// The entries of an array that may be missing altogether.
    pub fn many<T>(&mut self, key: &'static str, reader: impl FnMut(Value<'t>) -> Option<T>) -> Vec<T> {
        self.may(key, |value| value.list(reader)).unwrap_or_default()
    }

    /// Notes that something is wrong with the table as a whole.
    pub fn wrong<T>(&self, what: impl Into<String>) -> Option<T> {
        self.mistakes.borrow_mut().push(Mistake { span: self.span.clone(), what: what.into(), hint: None });
        None
    }

    /// Notes that something is wrong with the value of a key, or with the table if the key is not there.
    pub fn wrong_at<T>(&mut self, key: &'static str, what: impl Into<String>) -> Option<T> {
        match self.value(key) {
            Some(value) => value.wrong(what),
            None => self.wrong(what),
        }
    }

    fn close(&self) {
        for (key, _) in self.entries.iter() {
            if !self.asked.iter().any(|asked| *asked == key.get_ref().as_ref()) {
                let hint = suggestion(key.get_ref(), self.asked.iter().copied());
                let what = format!("“{}” is not known here", key.get_ref());
                self.mistakes.borrow_mut().push(Mistake { span: key.span(), what, hint });
            }
        }
    }
}
