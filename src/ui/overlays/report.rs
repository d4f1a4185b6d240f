use drlab_core::app::Reading;
use drlab_core::domain::Verdict;
use drlab_core::run::report::{Entry as Told, Figure, Report};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::ui::ink::{Ink, utc};
use crate::ui::screens::{figure_seconds, figure_target, figure_told};
use crate::ui::text::{padded, wrapped};
use crate::ui::widgets::{Entry, Panel, list, popup, put, row};

/// What happened in a run that is over: how it ended, and line by line how it came to that; the line under the cursor in full.
pub(super) fn report(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, reading: &Reading) {
    let report = &reading.report;
    let copies = ink.key_of(drlab_core::keymap::Action::Copy).map(|key| ink.quiet(format!("{key} copies all of it"))).unwrap_or_default();
    let title = ink.say(&report.run);
    let inner = popup(ink, buffer, area, (area.width, area.height), Panel::titled(ink, &title).right(copies));
    let room = usize::from(inner.width);
    let head = head(ink, report, room, if inner.height < 24 { 1 } else { 3 });
    let rows = u16::try_from(head.len()).unwrap_or(0).min(inner.height / 2);
    let below = if inner.height >= 16 { 4 } else { 3 };
    let [top, middle, bottom] = Layout::vertical([Constraint::Length(rows), Constraint::Min(0), Constraint::Length(below)]).areas(inner);
    for (index, line) in (0..).zip(head) {
        put(ink, buffer, row(top, index), line);
    }
    let entries = report.timeline.iter().enumerate();
    let entries = entries.map(|(index, entry)| Entry { lines: vec![line(ink, entry)], selected: index == reading.selected }).collect();
    list(ink, buffer, middle, entries);
    if let Some(entry) = report.timeline.get(reading.selected) {
        let step = entry.step.as_ref().map(|step| format!("{step}: ")).unwrap_or_default();
        let lines = wrapped(&ink.say(&format!("{step}{}", entry.says)), room, usize::from(below) - 1, ink.glyphs);
        put(ink, buffer, row(bottom, 0), Line::from(ink.quiet(ink.glyphs.dash.repeat(room))));
        for (index, line) in (1..).zip(lines) {
            put(ink, buffer, row(bottom, index), Line::from(ink.plain(line)));
        }
    }
}

fn head(ink: &Ink<'_>, report: &Report, room: usize, most: usize) -> Vec<Line<'static>> {
    let verdict = match (report.state, report.met) {
        ("proven", Some(false)) => Verdict::Critical,
        ("proven", _) => Verdict::Healthy,
        ("aborted", _) => Verdict::Degraded,
        _ => Verdict::Unknown,
    };
    let lab = if report.lab { " (lab)" } else { "" };
    let way = format!("{} {} {}{lab}", report.source.region, ink.glyphs.towards_standby, report.target.region);
    let mut lines = vec![Line::from(vec![
        Span::styled(format!(" {} ", report.state.to_uppercase()), ink.paint.banner(verdict)),
        Span::raw("  "),
        ink.strong(ink.say(&report.title)),
        ink.quiet(format!("  {}", ink.say(&way))),
    ])];
    let figure = |name: &str, figure: &Figure| {
        let verdict = match figure.met {
            Some(true) => Verdict::Healthy,
            Some(false) => Verdict::Critical,
            None => Verdict::Unknown,
        };
        let text = format!("{name} {}", figure_told(figure));
        [Span::styled(text, ink.paint.mark(verdict)), ink.quiet(format!(" of {}   ", figure_target(figure)))]
    };
    let mut figures: Vec<_> = figure("RTO", &report.rto).into_iter().chain(figure("RPO at most", &report.rpo)).collect();
    let waited = &report.waiting;
    figures.push(ink.quiet(format!("waited: people {}, AWS {}", figure_seconds(waited.people_s), figure_seconds(waited.aws_s))));
    if waited.nobody_s > 0.0 {
        figures.push(ink.quiet(format!(", nobody there {}", figure_seconds(waited.nobody_s))));
    }
    lines.push(Line::from(figures));
    lines.push(Line::from(vec![
        ink.quiet("declared "),
        ink.plain(ink.say(&format!("{} by {}: {}", report.declared_at, report.who, report.reason))),
    ]));
    lines.extend(report.stated.iter().map(|stated| Line::from(vec![ink.quiet("loss said beforehand: "), ink.plain(ink.say(stated))])));
    let renamed: Vec<_> = report.renamed.iter().map(ToString::to_string).collect();
    for (name, list, verdict) in [
        ("owed", &report.owed, Verdict::Degraded),
        ("not proven", &report.unproven, Verdict::Unknown),
        ("drlab.toml must say", &renamed, Verdict::Degraded),
        ("to be undone by whatever holds it as code", &report.drift, Verdict::Unknown),
    ] {
        if !list.is_empty() {
            let text = ink.say(&format!("{name}: {}", list.join("; ")));
            let told = wrapped(&text, room, most, ink.glyphs);
            lines.extend(told.into_iter().map(|line| Line::from(Span::styled(line, ink.paint.word(verdict)))));
        }
    }
    if let Some(broken) = &report.journal.broken {
        lines.push(Line::from(Span::styled(ink.say(&format!("DAMAGED: {broken}")), ink.paint.mark(Verdict::Critical))));
    }
    lines.push(Line::default());
    lines
}

fn line(ink: &Ink<'_>, entry: &Told) -> Line<'static> {
    let style = match entry.event {
        "failed" | "aborted" => ink.paint.mark(Verdict::Critical),
        "owed" | "paused" | "overridden" | "skipped" => ink.paint.mark(Verdict::Degraded),
        "done" | "finished" => ink.paint.mark(Verdict::Healthy),
        _ => ink.paint.quiet,
    };
    Line::from(vec![
        ink.quiet(format!("{} ", utc(entry.at))),
        Span::styled(padded(entry.event, 12, ink.glyphs), style),
        Span::raw(" "),
        ink.strong(padded(&ink.say(entry.step.as_deref().unwrap_or_default()), 12, ink.glyphs)),
        Span::raw(" "),
        ink.plain(ink.say(&entry.says)),
    ])
}
