//! The run: one clock, the steps, and the one decision that waits.

mod clock;
mod decision;
mod steps;
mod strip;

use std::collections::BTreeSet;

use drlab_core::app::{Running, split_watch, stakes};
use drlab_core::domain::Verdict;
use drlab_core::keymap::Action;
use drlab_core::run::{Ending, Mode, Phase, Record};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::forecast::summary;
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
    // What is owed is said at any size, and whether two databases are written to.
    let said = usize::from(running.run.owed().next().is_some()) + usize::from(running.stopped.is_some());
    let said = u16::try_from(said + usize::from(split_watch(ink.model).is_some())).unwrap_or(0);
    let quiet = running.is_live() && drlab_core::app::decision(ink.model).is_none();
    let tall = match area.height {
        40.. => 10,
        28..40 => 7 + said.saturating_sub(2),
        // As long as nobody is asked anything there is room for when it all began.
        20.. => 3 + said + u16::from(quiet),
        _ => 3 + said,
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
        // At the smallest size the steps give way to a question, and to what is left to be done.
        let asks = if area.height >= 28 {
            11
        } else if quiet {
            7
        } else {
            9
        };
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

/// What could be done, and what it would cost to wait.
fn none(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let stakes = stakes(ink.model);
    let right = stakes.as_ref().map(|stakes| decision::in_time(ink, stakes)).unwrap_or_default();
    let inner = Panel::titled(ink, "NO RUN").right(right).draw(ink, buffer, area);
    let room = usize::from(inner.width);
    let key = |action| ink.key_of(action).unwrap_or_default();
    let does = |action, says: &str| {
        Line::from(vec![Span::styled(format!("{:>3}  ", ink.say(&key(action))), ink.paint.key), ink.plain(says.to_owned())])
    };
    let mut lines =
        vec![does(Action::Runbooks, "shows what could be done, and what each step of it would do now; nothing is changed by that")];
    if ink.model.armed().is_none() {
        lines.push(does(Action::Arm, "gets leave to do it: this console only watches"));
    }
    let left = ink.model.unfinished.iter().filter(|left| ink.looked_at().is_some_and(|(workload, _)| workload.name == left.workload));
    for left in left.filter(|left| left.doubt.is_none()) {
        let how = left.held_by.as_ref().map_or_else(|| "left unfinished".to_owned(), |who| format!("{who} is at it"));
        let text = format!("{how}: {} ({}), begun {}Z", left.run, left.runbook, utc(left.began));
        lines.push(Line::from(Span::styled(ink.say(&text), ink.paint.mark(Verdict::Degraded))));
    }
    if let Some((_, Some(assessment))) = ink.looked_at() {
        lines.extend([Line::default(), Line::from(ink.strong("IF YOU FAILED OVER NOW"))]);
        lines.extend(summary(ink, assessment, room));
    }
    if let Some(stakes) = stakes {
        lines.push(Line::default());
        lines.extend(decision::wait_or_go(ink, &stakes));
    }
    for (index, line) in (0..).zip(lines) {
        put(ink, buffer, row(inner, index), line);
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
    // Guards are asked again and again: what they said last is what counts.
    let mut guarded = BTreeSet::new();
    let told = running.records.iter().rev().filter_map(|(at, record)| {
        if let Record::Guarded { stage, .. } = record
            && !guarded.insert(stage)
        {
            return None;
        }
        let (stage, text) = steps::told(running, record);
        (only.is_none() || stage.as_deref() == only).then_some((*at, stage, text))
    });
    let mut index = 0;
    for (at, stage, text) in told {
        if index >= inner.height {
            break;
        }
        let stage = stage.map(|stage| format!("{}: ", if stage.starts_with("notice:") { "notice" } else { &stage })).unwrap_or_default();
        let lines = wrapped(&ink.tell(&format!("{stage}{text}")), usize::from(inner.width).saturating_sub(9), 2, ink.glyphs);
        for (nth, line) in lines.into_iter().enumerate() {
            let when = if nth == 0 { format!("{} ", utc(at)) } else { " ".repeat(9) };
            put(ink, buffer, row(inner, index), Line::from(vec![ink.quiet(when), ink.plain(line)]));
            index += 1;
        }
    }
}

/// How it is with the run as a whole, in a word.
pub(in crate::ui) fn word(ink: &Ink<'_>, running: &Running) -> Span<'static> {
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
