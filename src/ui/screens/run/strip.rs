use drlab_core::app::{Running, decision};
use drlab_core::domain::format_duration;
use drlab_core::keymap::Action;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{clock_of, elapsed, waits_for, word};
use crate::ui::ink::{Ink, utc};
use crate::ui::widgets::split;

/// The run, on a line of every other screen.
pub(in crate::ui) fn strip(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let Some(running) = &ink.model.running else { return };
    let elapsed = elapsed(ink, running);
    let key = ink.key_of(Action::GoRun).unwrap_or_default();
    let mut left = vec![Span::raw(" "), word(ink, running), Span::raw(" "), ink.strong(clock_of(elapsed))];
    let rto = running.workload.as_deref().map(|workload| workload.objectives.rto);
    left.push(ink.quiet(rto.map(|rto| format!(" of {}  ", format_duration(rto))).unwrap_or_default()));
    match decision(ink.model) {
        None if running.run.finished.is_some() => {
            left.extend(running.run.finished.as_ref().map(|finished| ink.plain(ink.say(&finished.says()))))
        }
        Some(decision) => left.push(ink.strong(ink.tell(&waits_for(running, &decision)))),
        None => {
            let current = running.current().and_then(|id| running.run.plan.stages.iter().find(|stage| stage.id == id));
            left.push(ink.plain(current.map(|stage| ink.say(&stage.title)).unwrap_or_default()));
        }
    }
    let owed = running.run.owed().count();
    let mut right = Vec::new();
    if owed > 0 {
        right.push(Span::styled(format!(" {owed} OWED "), ink.paint.banner(drlab_core::domain::Verdict::Degraded)));
    }
    if running.is_live() {
        right.push(ink.quiet(proof(running)));
    }
    right.extend([Span::raw("  "), Span::styled(ink.say(&key), ink.paint.key), Span::raw(" ")]);
    split(ink, buffer, area, Line::from(left), Line::from(right));
}

/// When it was proven; before that, when it is expected to be.
fn proof(running: &Running) -> String {
    match running.proven_at() {
        Some(at) => format!(" proven at {}Z", utc(at)),
        None => format!(" proven ~{}Z", utc(running.outlook.proven.p50)),
    }
}
