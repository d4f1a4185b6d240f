use std::collections::BTreeSet;
use std::time::Duration;

use super::command::{Shell, command, further, narrowed};
use super::logs::{log_groups, start_query};
use super::model::{Model, Overlay};
use super::timeline::{Class, Event};
use super::troubles::whom;
use crate::asking::questions;
use crate::assess::Component;
use crate::config::{Config, Endpoints, Lab};
use crate::domain::fact::{Fact, Target, Targets};
use crate::domain::{Observation, Subject, Value, Verdict, excerpt, mask_accounts};

/// Lines of a section; a fact from outside may have thousands.
const LINES: usize = 200;
const ERRORS: usize = 10;
/// Characters of a command that asks for logs.
const QUERY: usize = 1_000;

/// Everything that is known of one component.
#[derive(Clone, Debug, PartialEq)]
pub struct DetailPage {
    pub component: Component,
    pub sections: Vec<Section>,
    /// The series for a sparkline.
    pub series: Option<Subject>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub title: String,
    /// How old it is, where it tells of one observation.
    pub age: Option<Duration>,
    /// Too old to be relied upon.
    pub stale: bool,
    pub lines: Vec<DetailLine>,
}

/// Fit for a terminal, with account ids masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailLine {
    pub name: String,
    pub value: String,
    /// How old it is, where it has an age of its own and not its section's.
    pub age: Option<Duration>,
    /// Where it is more than a plain value.
    pub verdict: Option<Verdict>,
}

impl DetailPage {
    /// Lines with the sections' titles: what `Detail::scroll` counts.
    #[must_use]
    pub fn length(&self) -> usize {
        self.sections.iter().map(|section| section.lines.len() + 1).sum()
    }
}

/// The component that is open, if one is and it is still there.
#[must_use]
pub fn detail(model: &Model) -> Option<DetailPage> {
    let open = model.overlays.iter().rev().find_map(|overlay| match overlay {
        Overlay::Detail(open) => Some(open),
        _ => None,
    })?;
    let component = model.assessment()?.component(&open.component)?.clone();
    let mut sections = vec![summary(model, &component)];
    sections.extend(component.subjects.iter().map(|subject| known(model, subject)));
    sections.extend(errors(model, &component));
    sections.extend(logs(model, &component));
    let asked = commands(model, &component);
    if !asked.is_empty() {
        let lines = asked.iter().map(|command| line("", command, None)).collect();
        sections.push(section("to see the same".to_owned(), lines));
    }
    Some(DetailPage { series: component.series.clone(), component, sections })
}

/// The commands that ask AWS for what a component is made of, each once; whole, to be copied.
#[must_use]
pub fn commands(model: &Model, component: &Component) -> Vec<String> {
    let Some(workload) = model.looked_at() else { return Vec::new() };
    // One workload's questions: those of a fleet would be thousands.
    let workloads = vec![workload.clone()];
    let config = Config { endpoints: Endpoints::default(), timeouts: model.config.timeouts, lab: Lab::standard(&workloads), workloads };
    let questions = questions(&config, &model.picture.snapshot);
    let shell = shell(model);
    let mut seen = BTreeSet::new();
    let of = |subject: &Subject| {
        let question = questions.iter().find(|question| question.subjects().contains(subject))?;
        let question = narrowed(question.clone(), subject);
        Some(command(&question, shell).into_iter().chain(further(&question, shell)))
    };
    component.subjects.iter().filter_map(of).flatten().filter(|command| seen.insert(command.clone())).collect()
}

pub(super) fn shell(model: &Model) -> Shell<'_> {
    Shell { endpoints: &model.config.endpoints, profile: model.session.profile.as_deref(), now: model.shown_at() }
}

fn summary(model: &Model, component: &Component) -> Section {
    let age = component.source_at.map(|at| model.shown_at().since(at));
    let mut lines = vec![DetailLine { verdict: Some(component.verdict), ..line("now", &component.value, age) }];
    lines.extend(component.reason.as_ref().map(|why| line("why", why, None)));
    if component.stale {
        lines.push(DetailLine { verdict: Some(Verdict::Unknown), ..line("stale", "too old to be relied upon", None) });
    }
    section(excerpt(&component.label, 60), lines)
}

/// What has no age of its own.
const fn section(title: String, lines: Vec<DetailLine>) -> Section {
    Section { title, age: None, stale: false, lines }
}

/// All fields of a subject, or why there are none.
fn known(model: &Model, subject: &Subject) -> Section {
    let title = excerpt(&mask_accounts(&subject.to_string()), 100);
    let now = model.shown_at();
    let Some(observation) = model.picture.snapshot.get(subject) else {
        return section(title, vec![DetailLine { verdict: Some(Verdict::Unknown), ..line("", "not looked at yet", None) }]);
    };
    let mut lines: Vec<_> = observation
        .failing
        .iter()
        .map(|failing| {
            let told = format!("{} ({} in a row)", failing.told(now), failing.times);
            DetailLine { verdict: Some(Verdict::Critical), ..line("failing", &told, Some(now.since(failing.last))) }
        })
        .collect();
    lines.extend(fields(observation));
    Section { age: observation.age(now), stale: observation.is_stale(now), ..section(title, lines) }
}

fn fields(observation: &Observation) -> Vec<DetailLine> {
    match observation.known.as_ref().map(|known| &known.value) {
        None => vec![DetailLine { verdict: Some(Verdict::Unknown), ..line("", "never answered", None) }],
        Some(Value::Missing(what)) => vec![DetailLine { verdict: Some(Verdict::Critical), ..line("missing", what, None) }],
        Some(Value::Found { fact, .. }) => {
            if let Fact::Targets(targets) = fact.as_ref() {
                return self::targets(targets);
            }
            let all = fact.fields();
            let more = all.len().saturating_sub(LINES);
            let mut lines: Vec<_> = all.iter().take(LINES).map(|field| line(&field.name, &field.value, None)).collect();
            if more > 0 {
                lines.push(line("", &format!("and {more} more"), None));
            }
            lines
        }
    }
}

/// A line each, those that are not well first: of many, they are what one looks for.
fn targets(targets: &Targets) -> Vec<DetailLine> {
    let well = |target: &Target| target.state == "healthy";
    let mut all: Vec<&Target> = targets.targets.iter().collect();
    all.sort_by_key(|target| well(target));
    let told = |target: &&Target| {
        let port = target.port.map(|port| format!(":{port}")).unwrap_or_default();
        let why: Vec<&str> = target.reason.iter().chain(&target.description).map(String::as_str).collect();
        let why = if why.is_empty() { String::new() } else { format!(": {}", why.join(", ")) };
        let verdict = (!well(target)).then_some(if target.state == "unhealthy" { Verdict::Critical } else { Verdict::Degraded });
        DetailLine { verdict, ..line(&format!("{}{port}", target.id), &format!("{}{why}", target.state), None) }
    };
    let mut lines: Vec<_> = all.iter().take(LINES).map(told).collect();
    match all.len().checked_sub(LINES) {
        Some(more) if more > 0 => lines.push(line("", &format!("and {more} more"), None)),
        None | Some(_) if all.is_empty() => lines.push(line("targets", "none", None)),
        _ => {}
    }
    lines
}

/// The log groups of a component, each with the command that asks for what went wrong lately.
fn logs(model: &Model, component: &Component) -> Option<Section> {
    let lines: Vec<_> = log_groups(model, component)
        .into_iter()
        .map(|group| DetailLine { value: excerpt(&mask_accounts(&start_query(group, shell(model))), QUERY), ..line(&group.name, "", None) })
        .collect();
    (!lines.is_empty()).then(|| section("its logs".to_owned(), lines))
}

fn errors(model: &Model, component: &Component) -> Option<Section> {
    let now = model.shown_at();
    let of_it = model.events.events.iter().filter(|event| {
        event.class == Class::Error && event.verdict != Verdict::Healthy && component.subjects.iter().any(|subject| stops(event, subject))
    });
    let lines: Vec<_> = of_it
        .take(ERRORS)
        .map(|event| DetailLine { verdict: Some(event.verdict), ..line(&event.what, &event.text, Some(now.since(event.at))) })
        .collect();
    (!lines.is_empty()).then(|| section("last errors".to_owned(), lines))
}

/// Whether a trouble stops a subject's answers: the line names whoever does not answer, and what is asked of them.
fn stops(event: &Event, subject: &Subject) -> bool {
    let asked = event.text.strip_suffix(')').and_then(|text| text.rsplit_once(" (")).map_or("", |(_, asked)| asked);
    event.subject.as_ref() == Some(subject) || (event.what == whom(subject) && asked.split(", ").any(|kind| kind == subject.kind.as_str()))
}

fn line(name: &str, value: &str, age: Option<Duration>) -> DetailLine {
    // Bounded before it is searched for accounts, so that nobody's megabyte is.
    let masked = |text: &str, most| excerpt(&mask_accounts(&excerpt(text, 2 * most)), most);
    DetailLine { name: masked(name, 80), value: masked(value, 500), age, verdict: None }
}
