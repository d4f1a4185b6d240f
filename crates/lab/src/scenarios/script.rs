//! A scenario's file, before it is known which workload it will happen to.

use std::time::Duration;

use drlab_core::config::Place;
use drlab_core::domain::Region;
use drlab_core::reading::{Content, FileError, Table, Value, read};

use super::cast::Role;
use crate::document::Document;
use crate::world::{Fault, SERVICES};

const DAY: Duration = Duration::from_secs(86_400);

/// A scenario as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    pub name: String,
    pub title: String,
    pub what: String,
    pub expect: String,
    pub(super) entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) at: Duration,
    /// All must hold, or the workload is spared this one.
    pub(super) when: Vec<Condition>,
    pub(super) what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Break { fault: Fault, site: Option<Spot>, component: Option<String>, level: Option<f64>, lasting: Option<Duration> },
    Act { site: Spot, service: &'static str, operation: String, input: Document },
}

/// Where something happens.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Spot {
    Place(Place),
    /// Where the machine that fails over lives.
    FailoverMachine,
    /// Where the function that fails over lives.
    DrFunction,
    Region(Region),
}

/// What a workload must be like for a step to happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    RdsReplica,
    AuroraGlobal,
    FailoverMachine,
    DrFunction,
    /// Neither machine nor function would fail over by itself.
    NoAutomation,
    Bucket,
}

impl Condition {
    const ALL: &'static [Self] =
        &[Self::RdsReplica, Self::AuroraGlobal, Self::FailoverMachine, Self::DrFunction, Self::NoAutomation, Self::Bucket];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::RdsReplica => "rds-replica",
            Self::AuroraGlobal => "aurora-global",
            Self::FailoverMachine => "failover-machine",
            Self::DrFunction => "dr-function",
            Self::NoAutomation => "no-automation",
            Self::Bucket => "bucket",
        }
    }
}

impl Script {
    /// Reads a scenario. `file` is what errors call it, `name` what it goes by.
    pub fn parse(file: &str, name: &str, text: impl AsRef<[u8]>) -> Result<Self, FileError> {
        read(file, text.as_ref(), |t| {
            let prose = |v: Value<'_>| v.prose().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
            let title = t.need("title", |v| v.text().map(str::to_owned));
            let what = t.need("what", prose);
            let expect = t.need("expect", prose);
            let mut entries = t.need("step", |v| match v.list(entry)? {
                entries if entries.is_empty() => v.wrong("nothing readable happens in this scenario"),
                entries => Some(entries),
            })?;
            entries.sort_by_key(|entry| entry.at);
            Some(Self { name: name.to_owned(), title: title?, what: what?, expect: expect?, entries })
        })
    }
}

fn entry(v: Value<'_>) -> Option<Entry> {
    v.table(|t| {
        let at = t.need("at", |v| v.duration(Duration::ZERO..=DAY));
        let when = t.or("when", Vec::new(), |v| if v.is_text() { condition(v).map(|one| vec![one]) } else { v.list(condition) });
        let what = match (t.value("fault").is_some(), t.value("call").is_some()) {
            (true, false) => fault(t),
            (false, true) => t.may("call", deed),
            _ => {
                // Asked for, so that they are not called unknown as well.
                for key in ["site", "component", "level", "for"] {
                    t.value(key);
                }
                t.wrong("a step has either a “fault” or a “call”")
            }
        };
        Some(Entry { at: at?, when, what: what? })
    })
}

fn condition(v: Value<'_>) -> Option<Condition> {
    v.one_of(Condition::ALL, Condition::word)
}

fn fault(t: &mut Table<'_>) -> Option<What> {
    let fault = t.need("fault", |v| v.one_of(Fault::ALL, Fault::name));
    let site = t.may("site", spot);
    let component = t.may("component", |v| template(v, v.text()?));
    let level = t.may("level", |v| v.number(0.0..=1e9));
    let lasting = t.may("for", |v| v.duration(Duration::from_secs(1)..=DAY));
    Some(What::Break { fault: fault?, site, component, level, lasting })
}

fn deed(v: Value<'_>) -> Option<What> {
    v.table(|t| {
        let site = t.need("site", spot);
        let service = t.need("service", |v| {
            let given = v.text()?;
            let known = SERVICES.iter().map(|service| service.name);
            known.clone().find(|name| *name == given).or_else(|| v.unknown(given, known))
        });
        let operation = t.need("operation", |v| match v.text()? {
            name if name.chars().all(|c| c.is_ascii_alphanumeric()) => Some(name.to_owned()),
            _ => v.wrong("this is not the name of an operation"),
        });
        let input = t.or("input", Document::Map(Vec::new()), document);
        Some(What::Act { site: site?, service: service?, operation: operation?, input })
    })
}

fn spot(v: Value<'_>) -> Option<Spot> {
    let text = v.text()?;
    match text {
        "failover-machine" => Some(Spot::FailoverMachine),
        "dr-function" => Some(Spot::DrFunction),
        _ => match Place::from_word(text) {
            Some(place) => Some(Spot::Place(place)),
            // Only a region has a number at its end.
            None if text.ends_with(|c: char| c.is_ascii_digit()) && text.contains('-') => Some(Spot::Region(Region::new(text))),
            None => v.unknown(text, Place::ALL.iter().map(|place| place.word()).chain(["failover-machine", "dr-function"])),
        },
    }
}

/// A value of any shape, as an operation takes it.
fn document(v: Value<'_>) -> Option<Document> {
    match v.content()? {
        Content::Text(text) => template(v, text).map(Document::Text),
        Content::Flag(flag) => Some(Document::Bool(flag)),
        Content::Whole(number) => Some(Document::Int(number)),
        Content::Number(number) => Some(Document::Float(number)),
        Content::List(entries) => Some(Document::list(entries.into_iter().filter_map(document).collect::<Vec<_>>())),
        Content::Table(entries) => Some(Document::Map(
            entries.into_iter().filter_map(|(name, entry)| document(entry).map(|value| (name.to_owned(), value))).collect(),
        )),
    }
}

/// Text whose placeholders are all known.
fn template(v: Value<'_>, text: &str) -> Option<String> {
    for name in Role::named_in(text) {
        if Role::from_word(name).is_none() {
            return v.unknown(name, Role::ALL.iter().map(|role| role.word()));
        }
    }
    Some(text.to_owned())
}
