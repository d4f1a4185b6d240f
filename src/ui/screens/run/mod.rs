//! The run: one clock, the steps, and the one decision that waits.

mod clock;
mod decision;
mod steps;
mod strip;

use drlab_core::app::Running;
use drlab_core::run::{Ending, Mode, Phase};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::ui::ink::{Ink, utc};
use crate::ui::text::wrapped;
use crate::ui::widgets::{Panel, put, row};

pub(in crate::ui) use clock::{clock_of, elapsed};
pub(in crate::ui) use decision::headline as waits_for;
pub(in crate::ui) use strip::strip;

/// Columns from which what is beside the steps has a column of its own.
const WIDE: u16 = 110;

pub(in crate::ui) fn run(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let Some(running) = ink.model.run_here() else { return none(ink, buffer, area) };
    // What is owed is said at any size.
    let owes = u16::from(running.run.owed().next().is_some() || running.stopped.is_some());
    let tall = match area.height {
        40.. => 10,
        28..40 => 6,
        _ => 3 + owes,
    };
    let stages = u16::try_from(running.run.plan.stages.len()).unwrap_or(u16::MAX);
    if area.width >= WIDE {
        let [top, rest] = Layout::vertical([Constraint::Length(tall), Constraint::Min(0)]).areas(area);
        clock::clock(ink, buffer, top, running);
        let [left, right] = Layout::horizontal([Constraint::Fill(5), Constraint::Fill(4)]).areas(rest);
        steps::steps(ink, buffer, left, running);
        let [ask, events] = Layout::vertical([Constraint::Length((rest.height / 2).clamp(9, 16)), Constraint::Min(0)]).areas(right);
        decision::decision(ink, buffer, ask, running);
        records(ink, buffer, events, running);
    } else {
        let asks = if area.height >= 28 { 9 } else { 7 };
        let [top, ask, list, events] = Layout::vertical([
            Constraint::Length(tall),
            Constraint::Length(asks),
            Constraint::Max(stages + 2),
            Constraint::Min(if area.height >= 28 { 5 } else { 0 }),
        ])
        .areas(area);
        clock::clock(ink, buffer, top, running);
        decision::decision(ink, buffer, ask, running);
        steps::steps(ink, buffer, list, running);
        records(ink, buffer, events, running);
    }
}

fn none(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let inner = Panel::titled(ink, "NO RUN").draw(ink, buffer, area);
    let key = |action| ink.key_of(action).unwrap_or_default();
    let (runbooks, arm) = (key(drlab_core::keymap::Action::Runbooks), key(drlab_core::keymap::Action::Arm));
    let lines = [
        format!("Nothing is being carried out here.   {runbooks}  shows what could be, and what it would do now"),
        format!("                                     {arm}  gets leave to do it"),
    ];
    for (index, line) in (0..).zip(lines) {
        put(ink, buffer, row(inner, index), Line::from(ink.say(&line)));
    }
    let left = ink.model.unfinished.iter().filter(|left| ink.looked_at().is_some_and(|(workload, _)| workload.name == left.workload));
    for (index, left) in (3..).zip(left) {
        let text = format!("left unfinished: {} ({}), begun {}Z", left.run, left.runbook, utc(left.began));
        put(ink, buffer, row(inner, index), Line::from(ink.strong(ink.say(&text))));
    }
}

/// What was written down last, the newest first; of a step that the cursor is on, what was written of it.
fn records(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, running: &Running) {
    if area.height < 3 {
        return;
    }
    let only = ink.model.cursors.run.as_deref();
    let title = only.map_or_else(|| "JOURNAL".to_owned(), |id| format!("JOURNAL OF {}", ink.say(id)));
    let inner = Panel::titled(ink, &title).draw(ink, buffer, area);
    let told = running.records.iter().rev().filter_map(|(at, record)| {
        let (stage, text) = super::run::steps::told(running, record);
        (only.is_none() || stage.as_deref() == only).then_some((*at, stage, text))
    });
    let mut index = 0;
    for (at, stage, text) in told {
        if index >= inner.height {
            break;
        }
        let stage = stage.map(|stage| format!("{stage}: ")).unwrap_or_default();
        let lines = wrapped(&ink.say(&format!("{stage}{text}")), usize::from(inner.width).saturating_sub(9), 2, ink.glyphs);
        for (nth, line) in lines.into_iter().enumerate() {
            let when = if nth == 0 { format!("{} ", utc(at)) } else { " ".repeat(9) };
            put(ink, buffer, row(inner, index), Line::from(vec![ink.quiet(when), ink.plain(line)]));
            index += 1;
        }
    }
}

/// How it is with the run as a whole, in a word.
pub(in crate::ui) fn word(ink: &Ink<'_>, running: &Running) -> Span<'static> {
    use drlab_core::domain::Verdict;
    let failed = running.run.stages.values().any(|state| matches!(state.phase, Phase::Failed { .. }));
    let (text, verdict) = match (&running.run.mode, &running.run.finished, &running.stopped) {
        (_, Some(finished), _) => match finished.verdict {
            Ending::Proven => ("PROVEN", Verdict::Healthy),
            Ending::Unproven => ("UNPROVEN", Verdict::Unknown),
            Ending::Aborted => ("ABORTED", Verdict::Degraded),
        },
        (Mode::Aborted { .. }, ..) => ("ABORTED", Verdict::Degraded),
        (_, _, Some(_)) => ("NOT CARRIED OUT", Verdict::Critical),
        (Mode::Paused { .. }, ..) if failed => ("FAILED", Verdict::Critical),
        (Mode::Paused { .. }, ..) => ("PAUSED", Verdict::Degraded),
        _ if drlab_core::app::decision(ink.model).is_some() => ("WAITS FOR YOU", Verdict::Degraded),
        _ => ("GOING", Verdict::Healthy),
    };
    Span::styled(format!(" {text} "), ink.paint.banner(verdict))
}
