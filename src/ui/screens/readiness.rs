use drlab_core::app::shown_checks;
use drlab_core::assess::{Assessment, Check, Leg};
use drlab_core::domain::{Verdict, human_duration};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::forecast::{ready_word, summary};
use crate::ui::ink::{Ink, check_verdict};
use crate::ui::text::{padded, width, wrapped};
use crate::ui::widgets::{Entry, Panel, bar, list, put, row};

/// Every check with its reason; what a failover would take, leg by leg, and lose.
pub(in crate::ui) fn readiness(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let Some((_, Some(assessment))) = ink.looked_at() else {
        let inner = Panel::titled(ink, "READINESS").draw(ink, buffer, area);
        put(ink, buffer, inner, Line::from(ink.quiet("nothing has been seen yet")));
        return;
    };
    if area.width >= 110 {
        let [left, right] = Layout::horizontal([Constraint::Fill(3), Constraint::Fill(2)]).areas(area);
        checks(ink, buffer, left, assessment);
        let [top, bottom] = Layout::vertical([Constraint::Length(6), Constraint::Min(0)]).areas(right);
        outcome(ink, buffer, top, assessment);
        legs(ink, buffer, bottom, assessment);
    } else {
        let forecast = assessment.readiness.forecast.legs.len();
        let below = u16::try_from(forecast + 2).unwrap_or(8).min(area.height / 3);
        let [top, middle, bottom] = Layout::vertical([Constraint::Length(5), Constraint::Min(0), Constraint::Length(below)]).areas(area);
        outcome(ink, buffer, top, assessment);
        checks(ink, buffer, middle, assessment);
        legs(ink, buffer, bottom, assessment);
    }
}

fn outcome(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, assessment: &Assessment) {
    let inner = Panel::titled(ink, "A FAILOVER NOW").draw(ink, buffer, area);
    for (index, line) in (0..).zip(summary(ink, assessment, usize::from(inner.width))) {
        put(ink, buffer, row(inner, index), line);
    }
}

fn checks(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, assessment: &Assessment) {
    let readiness = &assessment.readiness;
    let filter = ink.model.filters.readiness.text();
    let shown = shown_checks(ink.model);
    let foot = if filter.is_empty() {
        String::new()
    } else {
        format!("{} of {} contain {}", shown.len(), readiness.checks.len(), ink.say(filter))
    };
    let panel = Panel::titled(ink, "READINESS").right(ready_word(ink, readiness)).foot(ink.quiet(foot));
    let inner = panel.draw(ink, buffer, area);
    if shown.is_empty() {
        let text = if readiness.checks.is_empty() { "no check can be made yet" } else { "no check matches" };
        put(ink, buffer, inner, Line::from(ink.quiet(text)));
        return;
    }
    let selected = ink.model.cursors.readiness.min(shown.len() - 1);
    let room = usize::from(inner.width);
    let entries = shown.iter().enumerate().map(|(index, check)| entry(ink, check, index == selected, room)).collect();
    list(ink, buffer, inner, entries);
}

/// A check in one line where it holds; with all of its reason where it does not, or where one looks at it.
fn entry<'e>(ink: &Ink<'_>, check: &Check, selected: bool, room: usize) -> Entry<'e> {
    let verdict = check_verdict(check.ok, check.required);
    let word = match (check.ok, check.required) {
        (Some(true), _) => "yes",
        (Some(false), _) => "NO",
        (None, _) => "unknown",
    };
    let why = ink.tell(&check.why);
    let mut first = vec![
        ink.check(check.ok, check.required),
        Span::raw(" "),
        Span::styled(padded(word, 8, ink.glyphs), ink.paint.mark(verdict)),
        Span::styled(ink.say(&check.title), if check.ok == Some(true) { ink.paint.base } else { ink.paint.strong }),
    ];
    // What holds need not say how much it would matter.
    if !check.required && check.ok != Some(true) {
        first.push(ink.quiet("  advisory"));
    }
    let why = if why.eq_ignore_ascii_case(&check.title) { String::new() } else { why };
    let told: usize = first.iter().map(Span::width).sum();
    let mut lines = Vec::new();
    if check.ok == Some(true) && (!selected || told + 3 + width(&why) <= room) {
        if !why.is_empty() {
            let left = room.saturating_sub(told + width(ink.glyphs.dot));
            // Whole or not at all: all of it is told where one looks at it.
            if width(&why) <= left {
                first.push(ink.quiet(format!("{}{why}", ink.glyphs.dot)));
            }
        }
        lines.push(Line::from(first));
    } else {
        lines.push(Line::from(first));
        let style = if check.ok == Some(true) { ink.paint.quiet } else { ink.paint.word(verdict) };
        let indented = |line: String| Line::from(vec![Span::raw(" ".repeat(10)), Span::styled(line, style)]);
        lines.extend(wrapped(&why, room.saturating_sub(10), 4, ink.glyphs).into_iter().map(indented));
    }
    Entry { lines, selected }
}

/// What the time is made of; bars on one scale, so that the longest leg is seen.
pub(super) fn legs(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, assessment: &Assessment) {
    let forecast = &assessment.readiness.forecast;
    let verdict = assessment.readiness.loss.verdict;
    let total = format!("~{}  p90 {}", human_duration(forecast.p50), human_duration(forecast.p90));
    let total = if forecast.legs.is_empty() { ink.quiet("unknown") } else { ink.strong(total) };
    let inner = Panel::titled(ink, "WHERE THE TIME GOES").right(total).draw(ink, buffer, area);
    if forecast.legs.is_empty() {
        let text = "no forecast: what it would be made of has not been seen";
        put(ink, buffer, inner, Line::from(Span::styled(text, ink.paint.word(Verdict::Unknown.worse(verdict)))));
        return;
    }
    let names = forecast.legs.iter().map(|leg| width(&leg.name)).max().unwrap_or(0).min(usize::from(inner.width) / 3);
    let longest = forecast.legs.iter().map(|leg| leg.p90).max().unwrap_or_default();
    let columns = usize::from(inner.width).saturating_sub(names + 22).min(60);
    for (index, leg) in (0..).zip(&forecast.legs) {
        put(ink, buffer, row(inner, index), leg_line(ink, leg, longest, names, columns));
    }
}

fn leg_line(ink: &Ink<'_>, leg: &Leg, longest: std::time::Duration, names: usize, columns: usize) -> Line<'static> {
    let share = |part: std::time::Duration| if longest.is_zero() { 0.0 } else { part.as_secs_f64() / longest.as_secs_f64() };
    let mut line = vec![ink.plain(padded(&ink.say(&leg.name), names, ink.glyphs)), Span::raw(" ")];
    line.push(ink.strong(format!("{:>7}", human_duration(leg.p50))));
    line.push(ink.quiet(format!(" p90 {:>7} ", human_duration(leg.p90))));
    if columns >= 6 {
        line.extend(bar(ink, share(leg.p50), share(leg.p90), columns, ink.paint.accent));
    }
    Line::from(line)
}
