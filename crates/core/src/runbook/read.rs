//! Runbooks as they are written: every mistake of a file is found at once, and none is left for the night it is needed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use super::action::{About, Action, Deed};
use super::guard::Guard;
use super::model::{Confirm, Kind, OnFail, Parameters, RunSite, Runbook, Step};
use crate::domain::{format_duration, sanitise};
use crate::reading::{Content, FileError, Table, Value, read, suggestion};

/// Which deed an action is.
pub type Catalogue<'c> = &'c dyn Fn(Action) -> &'static dyn Deed;

/// More than anybody can follow; enough for any order of a region's parts.
const STEPS: usize = 100;
const TITLE: usize = 80;
const WHEN: usize = 600;
const NOTE: usize = 2_000;
const PARAMETER: usize = 4_000;
const ID: usize = 40;
/// An hour is much for a task, a day is little for a replica of a large database.
const TIMES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(7 * 86_400);
const MOST_RETRIES: u32 = 10;

impl Runbook {
    /// Reads a runbook. `file` is what errors call it; `name` is what people call the runbook.
    pub fn parse(name: &str, file: &str, bytes: impl AsRef<[u8]>, catalogue: Catalogue<'_>) -> Result<Self, FileError> {
        let bytes = bytes.as_ref();
        let text = String::from_utf8_lossy(bytes);
        read(file, bytes, |t| runbook(t, name, &text, catalogue))
    }

    /// The same with something set for one run: `step.parameter` to a value, or a choice to the step that is taken. It becomes part of the
    /// text, so that a resume reads what the run was begun with.
    pub fn with_set(&self, set: &BTreeMap<String, String>, catalogue: Catalogue<'_>) -> Result<Self, FileError> {
        if set.is_empty() {
            return Ok(self.clone());
        }
        let entries: Vec<_> = set.iter().map(|(key, value)| format!("{} = {}", toml_text(key), toml_text(value))).collect();
        Self::parse(
            &self.name,
            &format!("{} with what was set", self.name),
            format!("set = {{ {} }}\n{}", entries.join(", "), self.text),
            catalogue,
        )
    }
}

fn toml_text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn runbook(t: &mut Table<'_>, name: &str, text: &str, catalogue: Catalogue<'_>) -> Option<Runbook> {
    let title = t.need("title", |v| phrase(v, TITLE));
    let when = t.need("when", |v| prose(v, WHEN));
    let kind = t.need("kind", |v| v.one_of(Kind::ALL, Kind::word));
    let mut before = Before { steps: BTreeMap::new(), typed: BTreeSet::new(), all: Vec::new(), text };
    let steps = t.need("step", |v| {
        // Before any of them is read: a file may hold a hundred thousand.
        if let Some(given) = v.length().filter(|given| *given > STEPS) {
            return v.wrong(format!("there are {given} steps; more than {STEPS} are not read"));
        }
        before.all = ids(v);
        let mut whole = true;
        let mut given = 0;
        let steps = v.list(|v| {
            given += 1;
            let step = v.table(|t| step(t, v, &mut before, catalogue));
            whole &= step.is_some();
            step
        })?;
        match given {
            0 => v.wrong("there must be at least one [[step]]"),
            _ => whole.then_some(steps),
        }
    });
    let set = t.value("set");
    let mut steps = steps?;
    let mut chosen = BTreeMap::new();
    if let Some(v) = set {
        v.entries(|key, name, v| set_one(&mut steps, &mut chosen, (key, name), v, catalogue))?;
    }
    choose(&mut steps, &chosen);
    Some(Runbook { name: name.to_owned(), title: title?, when: when?, kind: kind?, steps, text: text.to_owned() })
}

/// What is set for one run: `restore = "instant"` takes that step of the choice, `"instant.at" = "…"` is a parameter of it.
fn set_one(
    steps: &mut [Step],
    chosen: &mut BTreeMap<String, String>,
    (key, name): (Value<'_>, &str),
    v: Value<'_>,
    catalogue: Catalogue<'_>,
) -> Option<()> {
    let value = v.text()?;
    if let Some((id, parameter)) = name.split_once('.') {
        let Some(step) = steps.iter_mut().find(|step| step.id == id) else {
            return key.unknown(id, steps.iter().map(|step| step.id.as_str()));
        };
        let known = catalogue(step.action).about().parameters;
        if !known.iter().any(|(known, _)| *known == parameter) {
            return key.unknown(parameter, known.iter().map(|(known, _)| *known));
        }
        if let Some(why) = catalogue(step.action).refuses(parameter, value) {
            return v.wrong(why);
        }
        step.with.insert(parameter.to_owned(), value.to_owned());
        return Some(());
    }
    let ways: Vec<_> = steps.iter().filter(|step| step.choice.as_deref() == Some(name)).map(|step| step.id.as_str()).collect();
    if ways.is_empty() {
        let choices: BTreeSet<_> = steps.iter().filter_map(|step| step.choice.as_deref()).collect();
        return key.unknown(name, choices);
    }
    if !ways.contains(&value) {
        return v.unknown(value, ways);
    }
    chosen.insert(name.to_owned(), value.to_owned());
    Some(())
}

/// Of each choice one step is taken; the others say how they would be.
fn choose(steps: &mut [Step], chosen: &BTreeMap<String, String>) {
    let mut taken = chosen.clone();
    for step in steps {
        let Some(choice) = &step.choice else { continue };
        let taken = taken.entry(choice.clone()).or_insert_with(|| step.id.clone());
        if *taken != step.id {
            step.passed_over = Some(format!("“{taken}” is taken instead (--set {choice}={} takes this one)", step.id));
        }
    }
}

/// The ids of all steps and where they stand, so that a step that is needed too early can be told from one that is not there.
fn ids(v: Value<'_>) -> Vec<(&str, usize)> {
    let mut all = Vec::new();
    v.visit("id", |v| all.extend(v.as_text().map(|id| (id, v.offset()))));
    all
}

/// What has been read so far.
struct Before<'t> {
    /// Each id, and the line it stands on.
    steps: BTreeMap<String, usize>,
    /// Steps that are typed, and those that come after one that is.
    typed: BTreeSet<String>,
    all: Vec<(&'t str, usize)>,
    text: &'t str,
}

impl Before<'_> {
    fn line(&self, offset: usize) -> usize {
        self.text.get(..offset).unwrap_or_default().matches('\n').count() + 1
    }
}

fn step<'t>(t: &mut Table<'t>, whole: Value<'t>, before: &mut Before<'t>, catalogue: Catalogue<'_>) -> Option<Step> {
    let id = t.need("id", |v| id(v, before));
    let title = t.need("title", |v| phrase(v, TITLE));
    let action = t.need("action", |v| v.one_of(Action::ALL, Action::word));
    let deed = action.map(catalogue);
    let about = deed.map(Deed::about);
    let site = t.may("site", |v| v.one_of(RunSite::ALL, RunSite::word));
    let on = t.may("on", |v| phrase(v, 256));
    let choice = t.may("choice", |v| word(v, "a choice"));
    let needs = several(t, "needs", |v| need(v, before, id.as_deref()));
    let guards = several(t, "guard", |v| v.one_of(Guard::ALL, Guard::word));
    let proof = several(t, "proof", |v| v.one_of(Guard::ALL, Guard::word));
    let led = needs.iter().any(|need| before.typed.contains(need));
    let confirm = confirm(t, about.as_ref(), led);
    let times = times(t, about.as_ref());
    let on_fail = t.may("on_fail", on_fail);
    let note = t.may("note", |v| prose(v, NOTE));
    let with = t.may("with", |v| parameters(v, action.zip(deed))).unwrap_or_default();
    twice(t, "needs", &needs, |need| need);
    twice(t, "guard", &guards, |guard| guard.word());
    twice(t, "proof", &proof, |guard| guard.word());
    let (about, id, (expect, timeout)) = (about?, id?, times?);
    if led || confirm == Some(Confirm::Type) {
        before.typed.insert(id.clone());
    }
    Some(Step {
        id,
        title: title?,
        action: action?,
        site: site.unwrap_or(about.site),
        on,
        needs,
        guards,
        proof,
        confirm: confirm?,
        expect,
        timeout,
        on_fail: on_fail.unwrap_or(if about.may_fail { OnFail::Continue } else { OnFail::Pause }),
        note,
        with,
        choice,
        passed_over: None,
        line: before.line(whole.offset()),
    })
}

/// What is typed after `--approve` and `--set`, stands in file names and is drawn in a column: lower-case letters, digits and dashes.
fn word(v: Value<'_>, what: &str) -> Option<String> {
    let text = v.text()?;
    let fits = text.len() <= ID && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fits && !text.starts_with('-') {
        Some(text.to_owned())
    } else {
        v.wrong(format!("{what} has at most {ID} lower-case letters, digits and “-”, and begins with a letter or digit"))
    }
}

fn id<'t>(v: Value<'t>, before: &mut Before<'t>) -> Option<String> {
    let text = word(v, "an id")?;
    let text = text.as_str();
    let line = before.line(v.offset());
    if let Some(first) = before.steps.get(text) {
        return v.wrong_because(format!("the step on line {first} has this id already"), "every step has an id of its own");
    }
    before.steps.insert(text.to_owned(), line);
    Some(text.to_owned())
}

fn need(v: Value<'_>, before: &Before<'_>, own: Option<&str>) -> Option<String> {
    let text = v.text()?;
    if own == Some(text) {
        return v.wrong("a step cannot need itself");
    }
    if before.steps.contains_key(text) {
        return Some(text.to_owned());
    }
    match before.all.iter().find(|(id, _)| *id == text) {
        Some((_, offset)) if *offset > v.offset() => v.wrong_because(
            format!("“{text}” comes later, on line {}", before.line(*offset)),
            "a step can need only steps above it: that keeps the graph free of circles",
        ),
        // Its id is wrong, and that has been said.
        Some(_) => None,
        None => {
            let what = format!("there is no step “{text}” above this one");
            match suggestion(text, before.steps.keys().map(String::as_str).filter(|id| Some(*id) != own)) {
                Some(hint) => v.wrong_because(what, hint),
                None => v.wrong(what),
            }
        }
    }
}

/// One, or a list of them.
fn several<'t, T>(t: &mut Table<'t>, key: &'static str, mut reader: impl FnMut(Value<'t>) -> Option<T>) -> Vec<T> {
    t.may(key, |v| if v.is_text() { Some(reader(v).into_iter().collect()) } else { v.list(reader) }).unwrap_or_default()
}

/// What cannot be undone is typed, whatever a file says: at the step itself, or at one that it comes after (`led`), whose card says so.
fn confirm(t: &mut Table<'_>, about: Option<&About>, led: bool) -> Option<Confirm> {
    let never = about.and_then(About::for_good).filter(|_| !led);
    let Some(v) = t.value("confirm") else {
        return about.map(|about| if never.is_some() { Confirm::Type } else { about.confirm });
    };
    let confirm = v.one_of(Confirm::ALL, Confirm::word)?;
    match never {
        Some(why) if confirm != Confirm::Type => {
            v.wrong_because(format!("this cannot be undone ({why}), and no step that it needs is typed"), "write confirm = \"type\"")
        }
        _ => Some(confirm),
    }
}

fn times(t: &mut Table<'_>, about: Option<&About>) -> Option<(Duration, Duration)> {
    let (given, limit) = (t.value("expect"), t.value("timeout"));
    let read = |v: Option<Value<'_>>, usual: Option<Duration>| v.map_or(usual, |v| v.duration(TIMES));
    let (expect, timeout) = (read(given, about.map(|about| about.expect)), read(limit, about.map(|about| about.timeout)));
    let (expect, timeout) = (expect?, timeout?);
    if expect <= timeout {
        return Some((expect, timeout));
    }
    let what = format!("it is expected to take {}, and is given up after {}", format_duration(expect), format_duration(timeout));
    match (given, limit) {
        (Some(v), None) => v.wrong_because(what, "that is the action's own timeout: write a longer one beside it"),
        (_, Some(v)) => v.wrong_because(what, "a timeout is longer than what is expected"),
        (None, None) => t.wrong(what),
    }
}

fn on_fail(v: Value<'_>) -> Option<OnFail> {
    const HINT: &str = "write \"pause\", \"continue\", or \"retry:3\" for three more attempts";
    let text = v.text()?;
    match text {
        "pause" => Some(OnFail::Pause),
        "continue" => Some(OnFail::Continue),
        _ => match text.strip_prefix("retry:").map(str::parse::<u32>) {
            Some(Ok(times)) if (1..=MOST_RETRIES).contains(&times) => Some(OnFail::Retry(times)),
            Some(_) => v.wrong_because(format!("it can be tried from 1 to {MOST_RETRIES} times more"), HINT),
            None => v.wrong_because(format!("“{text}” is not known here"), HINT),
        },
    }
}

fn parameters(v: Value<'_>, of: Option<(Action, &dyn Deed)>) -> Option<Parameters> {
    let given = v.entries(|key, name, v| {
        let known = of.map_or(&[] as &[_], |(_, deed)| deed.about().parameters);
        if let Some((action, _)) = of
            && !known.iter().any(|(parameter, _)| *parameter == name)
        {
            let what = format!("{action} takes no parameter “{name}”");
            return match suggestion(name, known.iter().map(|(parameter, _)| *parameter)) {
                Some(hint) => key.wrong_because(what, hint),
                None => key.wrong(what),
            };
        }
        let text = match v.content()? {
            Content::Text(text) if text.chars().count() > PARAMETER => {
                return v.wrong(format!("this is longer than {PARAMETER} characters"));
            }
            Content::Text(_) => v.prose()?.to_owned(),
            Content::Whole(number) => number.to_string(),
            Content::Flag(flag) => flag.to_string(),
            Content::Number(_) | Content::List(_) | Content::Table(_) => {
                return v.wrong("a parameter is text, a whole number, or true or false");
            }
        };
        if let Some(why) = of.and_then(|(_, deed)| deed.refuses(name, &text)) {
            return v.wrong(why);
        }
        Some((name.to_owned(), text))
    })?;
    Some(given.into_iter().collect())
}

fn twice<T: PartialEq>(t: &mut Table<'_>, key: &'static str, given: &[T], word: impl Fn(&T) -> &str) {
    for (n, one) in given.iter().enumerate() {
        if given[..n].contains(one) {
            t.wrong_at::<()>(key, format!("“{}” stands here twice", word(one)));
        }
    }
}

/// One line that is shown.
fn phrase(v: Value<'_>, most: usize) -> Option<String> {
    bounded(v, v.text()?, most)
}

/// Several lines in the file, one paragraph on the screen.
fn prose(v: Value<'_>, most: usize) -> Option<String> {
    let text = v.prose()?.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { v.wrong("this must not be empty") } else { bounded(v, &text, most) }
}

fn bounded(v: Value<'_>, text: &str, most: usize) -> Option<String> {
    match text.chars().count() {
        length if length > most => v.wrong(format!("this has {length} characters; more than {most} are not shown")),
        _ => Some(sanitise(text).into_owned()),
    }
}
