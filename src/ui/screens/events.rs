use drlab_core::app::{Class, Event, shown_events};
use drlab_core::keymap::Action;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::ui::ink::{Ink, utc};
use crate::ui::text::{padded, width};
use crate::ui::widgets::{Panel, beyond, put, row, split};

/// The newest of what has happened, for the dashboard: of the workload looked at, and of what belongs to none.
pub(super) fn latest(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let here = |event: &&Event| event.class != Class::Figure && event.concerns(ink.model.workload);
    let more = ink.key_of(Action::GoEvents).map(|key| ink.quiet(format!("{key} all"))).unwrap_or_default();
    let inner = Panel::titled(ink, "EVENTS").right(more).draw(ink, buffer, area);
    let told: Vec<&Event> = ink.model.events.events.iter().filter(here).take(usize::from(inner.height)).collect();
    if told.is_empty() {
        put(ink, buffer, inner, Line::from(ink.quiet(NOTHING)));
    }
    // Room is for what has happened, not for a column of names.
    let columns = Columns { workload: 0, what: 0, class: false };
    for (index, event) in (0..).zip(told) {
        put(ink, buffer, row(inner, index), event_line(ink, event, &columns));
    }
}

/// Events are told from the beginning of the watch on; what was before, nobody here knows.
const NOTHING: &str = "no event yet";

struct Columns {
    /// 0: left out.
    workload: usize,
    /// 0: as wide as each is.
    what: usize,
    class: bool,
}

fn event_line(ink: &Ink<'_>, event: &Event, columns: &Columns) -> Line<'static> {
    let mut line = vec![ink.quiet(utc(event.at)), Span::raw(" "), ink.mark(event.verdict), Span::raw(" ")];
    if columns.class {
        line.push(ink.quiet(padded(class_word(event.class), 7, ink.glyphs)));
    }
    if columns.workload > 0 {
        let name = |number: usize| ink.model.config.workloads.get(number).map(|workload| ink.say(&workload.name));
        let whose = match event.workloads().count() {
            0 => String::new(),
            1 => event.workload.and_then(name).unwrap_or_default(),
            many => format!("{many} workloads"),
        };
        line.push(ink.plain(padded(&whose, columns.workload, ink.glyphs)));
        line.push(Span::raw(" "));
    }
    let what = what(ink, event);
    line.push(ink.strong(if columns.what == 0 { what } else { padded(&what, columns.what, ink.glyphs) }));
    line.push(Span::raw(" "));
    line.push(Span::styled(ink.say(&event.text), ink.paint.word(event.verdict)));
    Line::from(line)
}

/// What it happened to, and where.
fn what(ink: &Ink<'_>, event: &Event) -> String {
    let place = event.place.map(|place| format!("{place} ")).unwrap_or_default();
    format!("{place}{}", ink.say(&event.what))
}

const fn class_word(class: Class) -> &'static str {
    match class {
        Class::Health => "health",
        Class::Alarm => "alarm",
        Class::Change => "change",
        Class::Error => "error",
        Class::Figure => "figure",
    }
}

/// All that has happened, in one line of time.
pub(in crate::ui) fn events(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let model = ink.model;
    let shown: Vec<&Event> = shown_events(model).collect();
    let [tabs, list] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    split(ink, buffer, tabs, Line::from(classes(ink)), Line::from(filter_words(ink)));

    let dropped = if model.filters.class == Some(Class::Figure) { model.events.figures_dropped } else { model.events.dropped };
    let dropped = if dropped > 0 { format!("{}{dropped} older dropped", ink.glyphs.dot) } else { String::new() };
    let count = format!("{} shown{dropped}", shown.len());
    let following = if model.cursors.events == 0 { "newest first, following" } else { "newest first" };
    let panel = Panel::titled(ink, "EVENTS").right(ink.quiet(count)).foot(ink.quiet(following));
    let inner = panel.draw(ink, buffer, list);
    if shown.is_empty() {
        // Figures are not among “all”: that they moved is no change.
        let unfiltered = model.filters.class.is_none() && model.filters.events.text().is_empty();
        let text = if unfiltered { NOTHING } else { "no event matches" };
        put(ink, buffer, inner, Line::from(ink.quiet(text)));
        return;
    }
    let longest = |names: &mut dyn Iterator<Item = usize>, most: usize| names.max().unwrap_or(0).min(most);
    let several = model.config.workloads.len() > 1;
    let names = if several { longest(&mut model.config.workloads.iter().map(|workload| width(&workload.name)), 14).max(12) } else { 0 };
    let what = longest(&mut shown.iter().map(|event| width(&what(ink, event))), usize::from(inner.width / 3).min(34));
    let columns = Columns { workload: names, what, class: true };
    let height = usize::from(inner.height);
    let selected = model.cursors.events.min(shown.len() - 1);
    let first = selected.saturating_sub(height / 2).min(shown.len().saturating_sub(height));
    for (index, event) in (0..).zip(shown.iter().skip(first).take(height)) {
        let line = row(inner, index);
        let more = beyond(ink, (usize::from(index), height), (first, shown.len().saturating_sub(first + height)));
        split(ink, buffer, line, event_line(ink, event, &columns), more);
        if first + usize::from(index) == selected {
            buffer.set_style(line, ink.paint.selected);
        }
    }
}

/// Every class with how many there are, the one shown marked.
fn classes(ink: &Ink<'_>) -> Vec<Span<'static>> {
    // Figures are many, and never what has happened: they are shown when they are asked for.
    let of_class = |class: Option<Class>, event: &Event| class.map_or(event.class != Class::Figure, |class| class == event.class);
    let classes = std::iter::once(None).chain(Class::ALL.map(Some));
    let mut spans = vec![Span::raw(" ")];
    for class in classes {
        let count = ink.model.events.events.iter().filter(|event| of_class(class, event)).count();
        let word = class.map_or("all", Class::word);
        let chosen = ink.model.filters.class == class;
        let style = if chosen { ink.paint.watch } else { ink.paint.quiet };
        spans.push(Span::styled(format!(" {word} {count} "), style));
        spans.push(Span::raw(" "));
    }
    spans
}

fn filter_words(ink: &Ink<'_>) -> Vec<Span<'static>> {
    let filter = &ink.model.filters.events;
    if filter.is_empty() || ink.model.typing_filter {
        return Vec::new();
    }
    vec![ink.quiet("showing what contains "), ink.strong(ink.say(filter.text())), Span::raw(" ")]
}
