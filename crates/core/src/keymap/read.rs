use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Action, Chord, Context, Origin};
use crate::domain::excerpt;
use crate::reading::{FileError, Table, Value, read};

/// More than there are keys to press and places to press them.
const MOST_ROWS: usize = 2_000;

/// The word that takes keys away.
const NONE: &str = "none";

/// A keymap.toml as it was written: good in itself, not yet merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeymapFile {
    pub rows: Vec<Row>,
}

/// One `[[key]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub on: Vec<Chord>,
    /// `None`: these chords do nothing here.
    pub action: Option<Action>,
    pub context: Context,
    pub says: Option<String>,
    pub footer: Option<u8>,
    pub origin: Origin,
}

impl KeymapFile {
    /// Reads a keymap file. `file` is what errors call it.
    pub fn parse(file: &str, text: impl AsRef<[u8]>) -> Result<Self, FileError> {
        let bytes = text.as_ref();
        let lossy = String::from_utf8_lossy(bytes);
        let places = Places::new(file, &lossy);
        read(file, bytes, |t| rows(t, &places).map(|rows| Self { rows }))
    }
}

/// Where things stand in the text, by line.
struct Places<'t> {
    file: Arc<str>,
    text: &'t str,
    /// Where each line but the first begins.
    starts: Vec<usize>,
}

impl<'t> Places<'t> {
    fn new(file: &str, text: &'t str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1).collect();
        Self { file: excerpt(file, 200).into(), text, starts }
    }

    /// From 1.
    fn line(&self, value: Value<'_>) -> usize {
        self.starts.partition_point(|start| *start <= value.offset()) + 1
    }

    fn of(&self, value: Value<'_>) -> Origin {
        let line = self.line(value);
        let start = line.checked_sub(2).and_then(|before| self.starts.get(before)).copied().unwrap_or(0);
        let text = self.text.get(start..).unwrap_or_default().lines().next().unwrap_or_default().trim();
        Origin { file: Arc::clone(&self.file), line, text: excerpt(text, 120) }
    }
}

fn rows(t: &mut Table<'_>, places: &Places<'_>) -> Option<Vec<Row>> {
    let mut seen = Seen::default();
    let read = t.may("key", |v| match v.length() {
        Some(given) if given > MOST_ROWS => v.wrong(format!("there are {given} rows; more than {MOST_ROWS} are not read")),
        _ => v.list(|v| v.table(|t| row(t, places, &mut seen))),
    });
    read.or(Some(Vec::new()))
}

/// The first place of each chord in each context.
type Seen<'t> = BTreeMap<(Context, Chord), (Value<'t>, usize, &'static str)>;

fn row<'t>(t: &mut Table<'t>, places: &Places<'_>, seen: &mut Seen<'t>) -> Option<Row> {
    let context = t.value("when").map_or(Some(Context::Global), |v| v.one_of(Context::ALL, Context::word));
    let action = t.need("do", |v| {
        let word = v.text()?;
        match Action::from_word(word) {
            Some(action) => Some(Some(action)),
            None if word == NONE => Some(None),
            None => v.unknown(word, Action::ALL.iter().map(|action| action.word()).chain([NONE])),
        }
    });
    let says = t.may("says", |v| {
        let says = v.text()?;
        if says.chars().count() > 40 { v.wrong("this is longer than 40 characters") } else { Some(excerpt(says, 40)) }
    });
    let footer = t.may("footer", |v| v.count(0..=255)).and_then(|footer| u8::try_from(footer).ok());
    let mut origin = None;
    let on = t.need("on", |v| {
        origin = Some(places.of(v));
        let mut given = 0;
        let chords = v.list(|v| {
            given += 1;
            chord(v, context).map(|chord| (chord, v))
        })?;
        if given == 0 { v.wrong("this names no key") } else { Some(chords) }
    })?;
    let (context, action) = (context?, action?);
    if let Some(action) = action {
        for (chord, v) in &on {
            claim(seen, places, (context, *chord), *v, action.word());
        }
    }
    Some(Row { on: on.into_iter().map(|(chord, _)| chord).collect(), action, context, says, footer, origin: origin? })
}

fn chord(v: Value<'_>, context: Option<Context>) -> Option<Chord> {
    let text = v.text()?;
    let chord = match Chord::parse(text) {
        Ok(chord) => chord,
        Err(bad) if bad.hint.is_empty() => return v.wrong(bad.what),
        Err(bad) => return v.wrong_because(bad.what, bad.hint),
    };
    match context {
        Some(context) if context.takes_text() && chord.types().is_some() => v.wrong_because(
            format!("“{chord}” is typed as text in “{}” and can do nothing else", context.word()),
            "use ctrl-, alt- or a named key",
        ),
        _ => Some(chord),
    }
}

/// A chord can mean one thing in a context. Where it is to mean two, both lines are shown.
fn claim<'t>(seen: &mut Seen<'t>, places: &Places<'_>, what: (Context, Chord), v: Value<'t>, action: &'static str) {
    let line = places.line(v);
    let Some((first, at, does)) = seen.get(&what).copied() else {
        seen.insert(what, (v, line, action));
        return;
    };
    let (context, chord) = (what.0.word(), what.1);
    first.wrong::<()>(format!("“{chord}” in “{context}” means “{does}” here, and “{action}” on line {line}"));
    v.wrong_because::<()>(
        format!("“{chord}” in “{context}” means “{action}” here, and “{does}” on line {at}"),
        "a key can mean only one thing in a context: keep one of the two",
    );
}
