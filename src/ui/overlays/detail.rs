use std::time::Duration;

use drlab_core::app::{Detail, DetailLine, Section};
use drlab_core::assess::Component;
use drlab_core::domain::fact::{Fact, Series};
use drlab_core::domain::{Subject, Verdict, human_duration, quantity};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::ui::ink::{Ink, age, utc};
use crate::ui::text::{padded, short_arns, width, wrapped};
use crate::ui::widgets::{Entry, Panel, chart, list, popup, put, row, sparkline, trail};

const INDENT: usize = 2;
/// Columns for the figures beside a picture: as many for each, so that all pictures are as wide and minute stands below minute.
const FIGURES: usize = 46;
/// Fewer columns than these show nothing of an hour.
const LEAST: usize = 6;

/// Everything that is known of one component: its figures and their ages, the hour behind it, every field, what went wrong.
pub(super) fn detail(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, detail: &Detail) {
    let component = ink.looked_at().and_then(|(_, assessment)| assessment?.component(&detail.component));
    let Some(component) = component else {
        let inner = popup(ink, buffer, area, (60, 5), Panel::titled(ink, "DETAIL"));
        let text = format!("{} is not there any more", ink.say(&detail.component));
        put(ink, buffer, row(inner, 1), Line::from(Span::styled(text, ink.paint.word(Verdict::Unknown))));
        return;
    };
    let title = format!("{} {}", component.place.map(|place| place.word()).unwrap_or_default(), ink.say(&component.label));
    let title = title.trim().to_uppercase();
    let right = vec![ink.mark(component.verdict), Span::styled(format!(" {}", component.verdict), ink.paint.mark(component.verdict))];
    let full = (area.width, area.height);
    let inner = popup(ink, buffer, area, full, Panel::titled(ink, &title).right(right));
    let room = usize::from(inner.width);

    let mut head = vec![Line::from(ink.strong(ink.say(&component.value)))];
    let reason = component.reason.as_deref().unwrap_or_default();
    head.extend(
        wrapped(&ink.say(reason), room, 3, ink.glyphs)
            .into_iter()
            .map(|line| Line::from(Span::styled(line, ink.paint.word(component.verdict)))),
    );
    head.push(Line::from(ages(ink, component)));
    head.extend(ink.model.trail(&component.id).map(|known| Line::from(trail(ink, known, inner.width))));
    let head_rows = u16::try_from(head.len()).unwrap_or(0);
    let series = component.series.as_ref().and_then(|subject| ink.model.picture.snapshot.get(subject)).and_then(|seen| match seen.fact() {
        Some(Fact::Series(series)) => Some((&seen.subject, series)),
        _ => None,
    });
    let chart_rows = if series.is_some() { (inner.height / 3).clamp(5, 12) + 1 } else { 0 };
    let [top, hour, fields] =
        Layout::vertical([Constraint::Length(head_rows + 1), Constraint::Length(chart_rows), Constraint::Min(0)]).areas(inner);
    for (index, line) in (0..).zip(head) {
        put(ink, buffer, row(top, index), line);
    }
    let page = drlab_core::app::detail(ink.model);
    let sections = page.as_ref().and_then(|page| page.sections.get(1..)).unwrap_or_default();
    if let Some((subject, series)) = series {
        let told = component.subjects.iter().zip(sections).find(|(known, _)| *known == subject);
        let stale = told.is_some_and(|(_, section)| section.stale);
        put(ink, buffer, row(hour, 0), hour_line(ink, subject, figures(ink, series, stale), room));
        chart(ink, buffer, Rect { y: hour.y + 1, height: hour.height.saturating_sub(1), ..hour }, series);
    }
    let lines = below(ink, component, sections, room);
    let hidden = lines.len().saturating_sub(usize::from(fields.height));
    list(ink, buffer, fields, lines.into_iter().skip(detail.scroll.min(hidden)).map(Entry::line).collect());
}

fn ages(ink: &Ink<'_>, component: &Component) -> Vec<Span<'static>> {
    let mut told = Vec::new();
    if let Some(at) = component.source_at {
        told.push(ink.quiet(format!("true at {}Z, {} ago", utc(at), human_duration(ink.now.since(at)))));
    }
    if let Some(at) = component.read_at {
        told.push(ink.quiet(format!("{}read {} ago", ink.glyphs.dot, human_duration(ink.now.since(at)))));
    }
    if component.stale {
        told.push(Span::styled(format!("{}too old to rely upon", ink.glyphs.dot), ink.paint.mark(Verdict::Unknown)));
    }
    if told.is_empty() {
        told.push(ink.quiet("never read yet"));
    }
    told
}

/// `tier2-db-replica ReplicaLag  min 400ms max 2.1s last 1.2s 91s ago`; where there is no room for all of it, without whose it is.
fn hour_line(ink: &Ink<'_>, subject: &Subject, figures: Vec<Span<'static>>, room: usize) -> Line<'static> {
    let name = short_arns(&ink.say(&subject.name));
    let taken: usize = figures.iter().map(Span::width).sum();
    let measure = name.rsplit(' ').next().unwrap_or_default();
    let name = if width(&name) + taken < room { name.as_str() } else { measure };
    let mut line = vec![ink.strong(name), Span::raw(" ")];
    line.extend(figures);
    Line::from(line)
}

/// The hour in one line, and what is to be read of it.
fn picture_line(ink: &Ink<'_>, series: &Series, stale: bool, room: usize) -> Line<'static> {
    let columns = room.saturating_sub(INDENT + FIGURES);
    let mut line = vec![Span::raw(" ".repeat(INDENT))];
    if columns >= LEAST && series.points.len() > 1 {
        line.push(sparkline(ink, series, columns, if stale { ink.paint.quiet } else { ink.paint.accent }));
    }
    line.extend(figures(ink, series, stale));
    Line::from(line)
}

/// ` min 400ms max 2.1s last 1.2s 91s ago`.
fn figures(ink: &Ink<'_>, series: &Series, stale: bool) -> Vec<Span<'static>> {
    let values = || series.points.iter().map(|point| point.value).filter(|value| value.is_finite());
    let low = values().fold(f64::INFINITY, f64::min);
    let high = values().fold(f64::NEG_INFINITY, f64::max);
    let Some(last) = series.last().filter(|_| low.is_finite()) else {
        return vec![Span::styled(" no points", ink.paint.word(Verdict::Unknown))];
    };
    let mut told = Vec::new();
    for (name, value) in [("min", low), ("max", high), ("last", last.value)] {
        let [figure, unit] = quantity(value, &series.unit);
        told.extend([ink.quiet(format!(" {name} ")), ink.strong(figure), ink.quiet(ink.say(&unit))]);
    }
    told.push(aged(ink, ink.now.since(last.at), stale));
    told
}

/// How old something is, marked as a row's age is where that is too old.
fn aged(ink: &Ink<'_>, old: Duration, stale: bool) -> Span<'static> {
    let told = format!(" {} ago", age(old));
    if stale { Span::styled(format!("{told}?"), ink.paint.mark(Verdict::Unknown)) } else { ink.quiet(told) }
}

/// The sections of the page that the application makes of it, but for the first, which stands above. A series is a picture and a line of
/// figures and not a hundred points, and the one that is drawn above is not told again.
fn below(ink: &Ink<'_>, component: &Component, sections: &[Section], room: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let subject = component.subjects.get(index);
        let seen = subject.and_then(|subject| ink.model.picture.snapshot.get(subject));
        let troubles = seen.is_some_and(|seen| seen.failing.is_some());
        match (subject, seen.and_then(|seen| seen.fact())) {
            (Some(subject), Some(Fact::Series(_))) if component.series.as_ref() == Some(subject) && !troubles => continue,
            (Some(subject), Some(Fact::Series(series))) => {
                lines.push(Line::from(vec![ink.strong(short_arns(&ink.say(&subject.name))), ink.quiet("  the last hour")]));
                lines.push(picture_line(ink, series, section.stale, room));
                lines.extend(section_lines(ink, section.lines.iter().filter(|line| line.verdict.is_some()), room));
            }
            _ => {
                let title = subject.map_or_else(|| section.title.clone(), ToString::to_string);
                let mut line = vec![ink.strong(short_arns(&ink.say(&title)))];
                line.extend(section.age.map(|old| aged(ink, old, section.stale)));
                lines.push(Line::from(line));
                lines.extend(section_lines(ink, section.lines.iter(), room));
            }
        }
        lines.push(Line::default());
    }
    lines
}

fn section_lines<'s>(ink: &Ink<'_>, section: impl Iterator<Item = &'s DetailLine> + Clone, room: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let names = section.clone().map(|line| width(&ink.say(&line.name))).max().unwrap_or(0).min(room / 2);
    let gap = if names > 0 { 2 } else { 0 };
    for line in section {
        let style = line.verdict.map_or(ink.paint.base, |verdict| ink.paint.word(verdict));
        let when = line.age.map(|old| format!("{}{} ago", ink.glyphs.dot, age(old))).unwrap_or_default();
        let value = format!("{}{when}", ink.say(&line.value));
        let told = wrapped(&value, room.saturating_sub(INDENT + names + gap), 6, ink.glyphs);
        for (index, value) in told.into_iter().enumerate() {
            let name = if index == 0 { ink.say(&line.name) } else { String::new() };
            let name = padded(&name, names, ink.glyphs);
            lines.push(Line::from(vec![
                Span::raw(" ".repeat(INDENT)),
                ink.quiet(name),
                Span::raw(" ".repeat(gap)),
                Span::styled(value, style),
            ]));
        }
    }
    lines
}
