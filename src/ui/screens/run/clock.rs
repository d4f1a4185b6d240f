use std::time::Duration;

use drlab_core::app::Running;
use drlab_core::config::Workload;
use drlab_core::domain::{Timestamp, Verdict, format_duration, human_duration};
use drlab_core::run::begins;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::ui::ink::{Ink, utc};
use crate::ui::widgets::{letters, put, row};

/// How long it has taken so far, or took in the end.
pub(in crate::ui) fn elapsed(ink: &Ink<'_>, running: &Running) -> (Duration, Option<&'static str>) {
    if let Some(rto) = running.run.finished.as_ref().and_then(|finished| finished.rto) {
        return (rto, Some("to the proof"));
    }
    let end = if running.is_live() { ink.model.clock.now } else { last_record(running).unwrap_or(ink.model.clock.now) };
    let from = workload(ink, running).map_or(running.run.memory.declared_at, |workload| begins(&running.run, workload));
    (end.since(from), None)
}

fn last_record(running: &Running) -> Option<Timestamp> {
    running.records.back().map(|(at, _)| *at)
}

pub(super) fn workload<'m>(ink: &Ink<'m>, running: &Running) -> Option<&'m Workload> {
    ink.model.config.workload(&running.run.declared.workload)
}

/// `14m02s`, in as few letters as tell it.
pub(in crate::ui) fn clock_of(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    if seconds < 3600 { format!("{}m{:02}s", seconds / 60, seconds % 60) } else { format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60) }
}

/// As big as it can be; beside it what it is measured against, and when it will be over.
pub(super) fn clock(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, running: &Running) {
    let (elapsed, _) = elapsed(ink, running);
    let rto = workload(ink, running).map(|workload| workload.objectives.rto);
    let text = clock_of(elapsed);
    let late = rto.is_some_and(|rto| elapsed > rto);
    let style = if late { ink.paint.mark(Verdict::Critical) } else { ink.paint.strong };
    let big = letters(ink, &[&text], (area.width / 2, area.height.saturating_sub(1).max(1)));
    let [left, right] = Layout::horizontal([Constraint::Length(big.of(&text).max(12) + 4), Constraint::Min(0)]).areas(area);
    let top = left.y + left.height.saturating_sub(big.height()) / 2;
    let place = Rect { y: top, height: big.height(), ..left }.intersection(left);
    big.write(ink, buffer, place, &text, style);
    for (index, line) in (0..).zip(beside(ink, running, elapsed, rto)) {
        put(ink, buffer, row(right, index), line);
    }
}

fn beside(ink: &Ink<'_>, running: &Running, elapsed: Duration, rto: Option<Duration>) -> Vec<Line<'static>> {
    let run = &running.run;
    let mut first = vec![super::word(ink, running), Span::raw("  "), ink.strong(ink.say(&run.plan.title))];
    if let Some(workload) = workload(ink, running) {
        let (from, to) = (workload.region(run.declared.source), workload.region(run.declared.source.other()));
        first.push(ink.quiet(format!("  {} {} {}", ink.say(from.as_str()), ink.glyphs.towards_standby, ink.say(to.as_str()))));
    }
    let mut second = Vec::new();
    if let Some(rto) = rto {
        let left = if elapsed > rto {
            format!("{} over", human_duration(elapsed - rto))
        } else {
            format!("{} left", human_duration(rto - elapsed))
        };
        second.push(ink.plain(format!("of {} allowed, {left}   ", format_duration(rto))));
    }
    let mut third = Vec::new();
    if let Some(finished) = &run.finished {
        let figure = |figure: Option<Duration>| figure.map_or_else(|| "unproven".to_owned(), human_duration);
        second.push(ink.strong(format!("RTO {}   RPO {}", figure(finished.rto), figure(finished.rpo))));
        let (met, verdict) = match finished.met {
            Some(true) => ("objectives met", Verdict::Healthy),
            Some(false) => ("OBJECTIVES MISSED", Verdict::Critical),
            None => ("whether the objectives are met cannot be told", Verdict::Unknown),
        };
        third.extend([ink.mark(verdict), Span::styled(format!(" {met}"), ink.paint.word(verdict))]);
        if !finished.unproven.is_empty() {
            third.push(ink.quiet(format!("   not proven: {}", ink.say(&finished.unproven.join(", ")))));
        }
    } else {
        let proven = running.outlook.proven;
        let miss = |at: Timestamp| deadline(ink, running).is_some_and(|deadline| at > deadline);
        let style = |at| if miss(at) { ink.paint.mark(Verdict::Critical) } else { Style::new() };
        third.push(ink.plain("proven at "));
        third.push(Span::styled(format!("{}Z", utc(proven.p50)), style(proven.p50)));
        third.push(ink.plain(", nine times of ten by "));
        third.push(Span::styled(format!("{}Z", utc(proven.p90)), style(proven.p90)));
        if let Some(deadline) = deadline(ink, running) {
            third.push(ink.quiet(format!("   objective {}Z", utc(deadline))));
        }
    }
    let mut lines = vec![Line::from(first), Line::from(second), Line::from(third)];
    let owed: Vec<_> = run.owed().map(|(stage, why)| format!("{} ({})", stage.title, why)).collect();
    if !owed.is_empty() {
        let text = format!(" OWED: {} ", owed.join("; "));
        lines.push(Line::from(Span::styled(ink.say(&text), ink.paint.banner(Verdict::Degraded))));
    }
    if let Some(why) = &running.stopped {
        lines.push(Line::from(Span::styled(ink.say(why), ink.paint.word(Verdict::Critical))));
    }
    lines
}

pub(super) fn deadline(ink: &Ink<'_>, running: &Running) -> Option<Timestamp> {
    workload(ink, running).map(|workload| begins(&running.run, workload) + workload.objectives.rto)
}
