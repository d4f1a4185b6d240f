use std::borrow::Cow;

use drlab_core::assess::{Assessment, Check, Readiness, Whereabouts};
use drlab_core::domain::{Verdict, format_duration, human_duration};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::ui::ink::{Ink, check_verdict, utc};
use crate::ui::text::{fit, whole_parts, width, wrapped};
use crate::ui::widgets::bar;

/// Columns of what a figure is called.
const LABEL: usize = 12;

/// `READY 11/12`, `NOT READY 9/12`, `CANNOT TELL 4/12`.
pub(super) fn ready_word(ink: &Ink<'_>, readiness: &Readiness) -> Vec<Span<'static>> {
    let (word, verdict) = match readiness.ready() {
        Some(true) => ("READY", Verdict::Healthy),
        Some(false) => ("NOT READY", Verdict::Critical),
        None => ("CANNOT TELL", Verdict::Unknown),
    };
    let mark = ink.glyphs.check(readiness.ready(), true);
    let style = ink.paint.mark(verdict);
    vec![Span::styled(format!("{mark} {word}"), style), ink.quiet(format!(" {}/{}", readiness.passed(), readiness.checks.len()))]
}

/// What a failover would take and lose, and how long one may still wait.
pub(super) fn summary(ink: &Ink<'_>, assessment: &Assessment, room: usize) -> Vec<Line<'static>> {
    let readiness = &assessment.readiness;
    let forecast = &readiness.forecast;
    let rto = readiness.rto;
    let label = |text: &str| ink.quiet(format!("{text:<LABEL$}"));
    let mut lines = Vec::new();
    if readiness.target.is_none() {
        let why = "no site can be seen to be active, so there is no other to fail over to";
        lines.extend(
            wrapped(why, room, 2, ink.glyphs).into_iter().map(|line| Line::from(Span::styled(line, ink.paint.word(Verdict::Unknown)))),
        );
    }
    let mut take = vec![label("would take")];
    // What cannot be done now takes no time now: it is said what it takes once it can.
    let (split, ready) = (assessment.active == Whereabouts::Both, readiness.ready() != Some(false));
    if split {
        take.push(Span::styled("no failover while both sites write: fence one of them", ink.paint.mark(Verdict::Critical)));
    } else if forecast.legs.is_empty() {
        take.push(Span::styled("unknown", ink.paint.mark(Verdict::Unknown)));
        take.push(ink.quiet(format!("  of {}", format_duration(rto))));
    } else {
        let verdict = in_time(forecast.p50, forecast.p90, rto);
        take.push(Span::styled(format!("~{}", human_duration(forecast.p50)), ink.paint.strong));
        let once = if ready { "" } else { " once ready" };
        take.push(ink.quiet(format!("{once}  p90 {}  of {}  ", human_duration(forecast.p90), format_duration(rto))));
        let told: usize = take.iter().map(Span::width).sum();
        let columns = room.saturating_sub(told).min(24);
        if columns >= 8 && !rto.is_zero() {
            let of_rto = |part: std::time::Duration| part.as_secs_f64() / rto.as_secs_f64();
            take.extend(bar(ink, of_rto(forecast.p50), of_rto(forecast.p90), columns, ink.paint.mark(verdict)));
        }
    }
    lines.push(Line::from(take));
    let loss = ink.tell(&readiness.loss.told);
    let lost = readiness.loss.verdict;
    let style = if lost == Verdict::Healthy { ink.paint.strong } else { ink.paint.mark(lost) };
    let told = if loss.is_empty() { "unknown".to_owned() } else { loss };
    let of = format!("  of {}", format_duration(readiness.rpo));
    for (index, spans) in losses(ink, &told, of, room.saturating_sub(LABEL), style).into_iter().enumerate() {
        let label = label(if index == 0 { "would lose" } else { "" });
        lines.push(Line::from_iter(std::iter::once(label).chain(spans)));
    }
    if let Some(unreachable) = &forecast.unreachable {
        let text = ink.say(unreachable);
        let text = if text.starts_with("OBJECTIVE") { text } else { format!("OBJECTIVE UNREACHABLE: {text}") };
        lines.extend(
            wrapped(&text, room, 2, ink.glyphs).into_iter().map(|line| Line::from(Span::styled(line, ink.paint.mark(Verdict::Critical)))),
        );
    } else if !split {
        lines.push(safe_start(ink, assessment, label(if ready { "safe start" } else { "ready by" })));
    }
    lines
}

/// What would be lost, and of how much. Where there is no room for all, without how old the count of objects is, then without their size;
/// then on a line each for the writes and the objects.
fn losses(ink: &Ink<'_>, told: &str, of: String, room: usize, style: Style) -> Vec<Vec<Span<'static>>> {
    let dot = ink.glyphs.dot;
    let short = |room: usize| {
        let short = whole_parts(told, room, &[" as of "]).or_else(|| whole_parts(told, room, &[", "]));
        short.filter(|short| short.contains(dot) == told.contains(dot)).map(|short| Span::styled(short.to_owned(), style))
    };
    match (short(room.saturating_sub(width(&of))), short(room)) {
        (Some(short), _) => vec![vec![short, ink.quiet(of)]],
        (None, Some(short)) => vec![vec![short]],
        (None, None) => {
            let part = |part| whole_parts(part, room, &[" as of ", ", "]).map_or_else(|| fit(part, room, ink.glyphs), Cow::Borrowed);
            told.split(dot).map(|told| vec![Span::styled(part(told).into_owned(), style)]).take(2).collect()
        }
    }
}

fn safe_start(ink: &Ink<'_>, assessment: &Assessment, label: Span<'static>) -> Line<'static> {
    match assessment.readiness.forecast.latest_safe_start {
        Some(at) if at > ink.now => {
            let left = at.since(ink.now);
            let verdict = if left.as_secs() < 300 { Verdict::Degraded } else { Verdict::Healthy };
            let style = if verdict == Verdict::Healthy { ink.paint.strong } else { ink.paint.mark(verdict) };
            Line::from(vec![
                label,
                Span::styled(format!("{}{}Z", if assessment.readiness.ready() == Some(false) { "" } else { "until " }, utc(at)), style),
                ink.quiet(format!("  {} left", human_duration(left))),
            ])
        }
        Some(at) => Line::from(vec![
            label,
            Span::styled(format!("TOO LATE since {}Z", utc(at)), ink.paint.mark(Verdict::Critical)),
            ink.quiet("  the objective will be missed"),
        ]),
        None => Line::from(vec![label, Span::styled("unknown", ink.paint.mark(Verdict::Unknown))]),
    }
}

fn in_time(p50: std::time::Duration, p90: std::time::Duration, rto: std::time::Duration) -> Verdict {
    match () {
        () if p50 > rto => Verdict::Critical,
        () if p90 > rto => Verdict::Degraded,
        () => Verdict::Healthy,
    }
}

/// The checks that do not hold, those first without which a failover would fail.
pub(super) fn failing(readiness: &Readiness) -> Vec<&Check> {
    let mut failing: Vec<_> = readiness.checks.iter().filter(|check| check.ok != Some(true)).collect();
    // What is advised and cannot be told says least.
    failing.sort_by_key(|check| (!check.required, check.ok.is_none()));
    failing
}

/// `✖ the replica can be promoted · it is backing up`; a reason that does not fit goes to as many lines below as may be had, or is cut; that of
/// what holds is left to the screen of the checks.
pub(super) fn check_lines(ink: &Ink<'_>, check: &Check, room: usize, below: usize) -> Vec<Line<'static>> {
    const INDENT: usize = 2;
    const WORTH_CUTTING: usize = 16;
    let verdict = check_verdict(check.ok, check.required);
    let style: Style = ink.paint.word(verdict);
    let (title, why) = (ink.say(&check.title), ink.tell(&check.why));
    let left = room.saturating_sub(INDENT + width(&title) + width(ink.glyphs.dot));
    let mut line = vec![ink.check(check.ok, check.required), Span::raw(" "), Span::styled(title, style)];
    let mut more = Vec::new();
    if width(&why) > left && below > 0 {
        more = wrapped(&why, room.saturating_sub(INDENT), below, ink.glyphs);
    } else if !why.is_empty() && (width(&why) <= left || (check.ok != Some(true) && left >= WORTH_CUTTING)) {
        line.push(ink.quiet(format!("{}{}", ink.glyphs.dot, fit(&why, left, ink.glyphs))));
    }
    let more = more.into_iter().map(|why| Line::from(vec![Span::raw(" ".repeat(INDENT)), ink.quiet(why)]));
    std::iter::once(Line::from(line)).chain(more).collect()
}
