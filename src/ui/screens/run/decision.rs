use std::time::Duration;

use drlab_core::app::{Awaits, Decision, Running, decision as waiting};
use drlab_core::domain::{Verdict, human_duration};
use drlab_core::keymap::{Action, Context};
use drlab_core::run::begins;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::clock::workload;
use crate::ui::ink::Ink;
use crate::ui::text::wrapped;
use crate::ui::widgets::{Panel, put, row};

/// What waits, in a sentence.
pub(in crate::ui) fn headline(running: &Running, decision: &Decision<'_>) -> String {
    let title =
        decision.stage.and_then(|id| running.run.plan.stages.iter().find(|stage| stage.id == id)).map_or("", |stage| stage.title.as_str());
    match decision.awaits {
        Awaits::Paused(why) => format!("The run stands: {why}"),
        Awaits::Failed { why, .. } => format!("{title}: failed: {why}"),
        Awaits::Consent { typed: true } => format!("{title}: it cannot be undone, and waits for your word"),
        Awaits::Consent { typed: false } => format!("{title}: waits for your word"),
        Awaits::Deed(whom) => format!("{title}: {whom}"),
        Awaits::Owed(why) => format!("{title}: cannot be done now and will be owed: {why}"),
        Awaits::Held(guard) => format!("{title}: held by {}: {}", guard.guard, guard.why),
    }
}

/// The one decision that waits, with its keys; or what is under way.
pub(super) fn decision(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, running: &Running) {
    let waits = waiting(ink.model);
    let loud = waits.as_ref().map(|_| ink.paint.mark(Verdict::Degraded));
    let title = if waits.is_some() { "YOUR DECISION" } else { "NOW" };
    let inner = Panel { loud, ..Panel::titled(ink, title) }.draw(ink, buffer, area);
    let room = usize::from(inner.width);
    let mut lines: Vec<Line<'static>> = Vec::new();
    match &waits {
        Some(decision) => {
            let style = ink.paint.strong;
            let most = if inner.height > 6 { 3 } else { 2 };
            let text = headline(running, decision);
            lines.extend(wrapped(&ink.say(&text), room, most, ink.glyphs).into_iter().map(|line| Line::from(Span::styled(line, style))));
            lines.push(keys(ink, &decision.ways));
            if let Awaits::Failed { ways, .. } = decision.awaits {
                lines.extend(ways.iter().map(|way| Line::from(ink.plain(format!("try: {}", ink.say(way))))));
            }
            if matches!(decision.awaits, Awaits::Consent { .. } | Awaits::Held(_) | Awaits::Paused(_)) {
                lines.extend(wait_or_go(ink, running));
            }
        }
        None if running.is_live() => lines.extend(now(ink, running, room)),
        None => lines.extend(after(ink, running, room)),
    }
    if let Some(note) = note(ink, running) {
        lines.extend(wrapped(&ink.say(&note), room, 4, ink.glyphs).into_iter().map(|line| Line::from(ink.quiet(line))));
    }
    for (index, line) in (0..).zip(lines) {
        put(ink, buffer, row(inner, index), line);
    }
}

/// The keys that lead on, as the keymap has them.
fn keys(ink: &Ink<'_>, ways: &[Action]) -> Line<'static> {
    let bindings = &ink.model.keymap.bindings;
    let found = ways.iter().filter_map(|way| bindings.iter().find(|binding| binding.context == Context::Run && binding.action == *way));
    let spans = found.flat_map(|binding| {
        let key = binding.on.first().map(ToString::to_string).unwrap_or_default();
        [Span::styled(ink.say(&key), ink.paint.key), ink.plain(format!(" {}   ", ink.say(&binding.says)))]
    });
    let mut line: Vec<_> = spans.collect();
    if ink.model.armed().is_none() {
        let key = ink.key_of(Action::Arm).unwrap_or_default();
        line.push(Span::styled(format!("({} arms this console)", ink.say(&key)), ink.paint.word(Verdict::Degraded)));
    }
    Line::from(line)
}

/// What waiting costs, beside what going on costs.
fn wait_or_go(ink: &Ink<'_>, running: &Running) -> Vec<Line<'static>> {
    let Some(workload) = workload(ink, running) else { return Vec::new() };
    let took = running.outlook.proven.p50.since(begins(&running.run, workload));
    let lost = ink.looked_at().and_then(|(_, assessment)| assessment).and_then(|assessment| assessment.readiness.loss.database);
    let line = |label: &str, wait: u64| {
        let wait = Duration::from_secs(wait);
        let rto = took + wait;
        let verdict = if rto > workload.objectives.rto { Verdict::Critical } else { Verdict::Healthy };
        // Of whatever the source takes meanwhile nothing is sure to arrive.
        let loss = lost.map_or_else(|| "unbounded".to_owned(), |lost| format!("at most {}", human_duration(lost + wait)));
        Line::from(vec![
            ink.strong(format!("{label:<13}")),
            ink.plain("RTO ".to_owned()),
            Span::styled(format!("~{:<8}", human_duration(rto)), ink.paint.mark(verdict)),
            ink.plain(format!("  loss {loss}")),
        ])
    };
    vec![line("GO now", 0), line("WAIT 5 min", 300), line("WAIT 15 min", 900)]
}

fn now(ink: &Ink<'_>, running: &Running, room: usize) -> Vec<Line<'static>> {
    let current = running.current().and_then(|id| running.run.plan.stages.iter().find(|stage| stage.id == id));
    let Some(stage) = current else { return Vec::new() };
    let says = running.stances.get(&stage.id).map(drlab_core::run::Stance::says).unwrap_or_default();
    let mut lines = vec![Line::from(ink.strong(ink.say(&stage.title)))];
    lines.extend(wrapped(&ink.say(&says), room, 3, ink.glyphs).into_iter().map(|line| Line::from(ink.plain(line))));
    lines
}

/// Once it is over: what is left to be done.
fn after(ink: &Ink<'_>, running: &Running, room: usize) -> Vec<Line<'static>> {
    let text = match (&running.run.finished, &running.stopped) {
        (Some(finished), _) if finished.owed.is_empty() => "The run is finished. Its journal is kept.".to_owned(),
        (Some(finished), _) => format!("The run is finished, and still owed: {}.", finished.owed.join(", ")),
        (None, Some(why)) => format!("Nobody carries it out any more: {why}. It can be taken up among the runbooks."),
        (None, None) => "The run is aborted; nothing more is asked for. It can be taken up among the runbooks.".to_owned(),
    };
    wrapped(&ink.say(&text), room, 3, ink.glyphs).into_iter().map(|line| Line::from(ink.plain(line))).collect()
}

/// What the runbook says of the step that is pointed at.
fn note(ink: &Ink<'_>, running: &Running) -> Option<String> {
    let pointed = ink.model.pointed_step()?;
    running.run.plan.stages.iter().find(|stage| stage.id == pointed)?.note.clone()
}
