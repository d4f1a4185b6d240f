use drlab_core::app::Running;
use drlab_core::domain::{Timestamp, Verdict, human_duration};
use drlab_core::run::{Phase, Record, Stance};
use drlab_core::runbook::{Certainty, Stage};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::ui::ink::Ink;
use crate::ui::text::{padded, width};
use crate::ui::widgets::{Entry, Panel, list};

/// A line each: how it is, when it was or will be, and what it waits for.
pub(super) fn steps(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, running: &Running) {
    let run = &running.run;
    let over = run.plan.stages.iter().filter(|stage| run.is_settled(&stage.id)).count();
    let count = ink.quiet(format!("{over} of {}", run.plan.stages.len()));
    let inner = Panel::titled(ink, "STEPS").right(count).draw(ink, buffer, area);
    let pointed = ink.model.pointed_step();
    let names = run.plan.stages.iter().map(|stage| width(&stage.id)).max().unwrap_or(0).min(20);
    let bars = usize::from(inner.width / 4).clamp(8, 28);
    let entries = run
        .plan
        .stages
        .iter()
        .map(|stage| Entry { lines: vec![line(ink, running, stage, names, bars)], selected: pointed == Some(stage.id.as_str()) })
        .collect();
    list(ink, buffer, inner, entries);
}

fn line(ink: &Ink<'_>, running: &Running, stage: &Stage, names: usize, bars: usize) -> Line<'static> {
    let state = running.run.state(&stage.id);
    let stance = running.stances.get(&stage.id);
    let (mark, style, says) = match (state.map(|state| &state.phase), stance) {
        (Some(Phase::Done { shows, certainty }), _) => {
            (ink.glyphs.certainty(*certainty), ink.paint.mark(certainty_verdict(*certainty)), certainty.says(shows))
        }
        (Some(Phase::Skipped { reason }), _) => (ink.glyphs.dash, ink.paint.quiet, format!("skipped: {reason}")),
        (Some(Phase::Failed { why, .. }), _) => (ink.glyphs.fail, ink.paint.mark(Verdict::Critical), why.clone()),
        (Some(Phase::Owed { why }), _) => (ink.glyphs.degraded, ink.paint.mark(Verdict::Degraded), format!("OWED: {why}")),
        (Some(Phase::Ready), Some(stance)) => {
            let waits = matches!(stance, Stance::Held { .. } | Stance::Confirming | Stance::Asking { .. });
            let blind = matches!(stance, Stance::Blind { .. });
            let style = match (waits, blind) {
                (true, _) => ink.paint.mark(Verdict::Degraded),
                (_, true) => ink.paint.mark(Verdict::Unknown),
                _ => ink.paint.accent,
            };
            let mark = if waits { ink.glyphs.degraded } else { ink.glyphs.towards_standby };
            (mark, style, stance.says())
        }
        (Some(Phase::Ready), None) => (ink.glyphs.towards_standby, ink.paint.accent, String::new()),
        _ => (ink.glyphs.rest, ink.paint.quiet, stage.title.clone()),
    };
    let begun = !matches!(state.map(|state| &state.phase), None | Some(Phase::Waiting));
    let name = padded(&ink.say(&stage.id), names, ink.glyphs);
    let mut spans = vec![Span::styled(mark, style), Span::raw(" ")];
    spans.push(if begun { ink.strong(name) } else { ink.quiet(name) });
    spans.push(Span::raw(" "));
    spans.extend(bar(ink, running, stage, bars, style));
    spans.push(Span::raw(" "));
    let says = ink.tell(&says);
    spans.push(if begun { ink.plain(says) } else { ink.quiet(says) });
    Line::from(spans)
}

/// What was seen is well; what follows from figures, or was only said, is no more than likely.
const fn certainty_verdict(certainty: Certainty) -> Verdict {
    match certainty {
        Certainty::Proven => Verdict::Healthy,
        Certainty::Inferred | Certainty::Told => Verdict::Unknown,
    }
}

/// When it was, is or will be, on the whole run's line of time.
fn bar(ink: &Ink<'_>, running: &Running, stage: &Stage, room: usize, style: Style) -> Vec<Span<'static>> {
    let from = running.run.memory.declared_at;
    let whole = running.outlook.over.p50.since(from).as_secs_f64().max(1.0);
    let Some(times) = running.outlook.stages.iter().find(|times| times.id == stage.id) else { return vec![Span::raw(" ".repeat(room))] };
    let state = running.run.state(&stage.id);
    let settled = running.run.is_settled(&stage.id);
    let begins = state.and_then(|state| state.ready_at).unwrap_or(times.begins.p50);
    let ends = if settled { state.map_or(times.ends.p50, |state| state.since) } else { times.ends.p50 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "columns of a screen")]
    let column = |at: Timestamp| ((at.since(from).as_secs_f64() / whole).clamp(0.0, 1.0) * room as f64) as usize;
    let start = column(begins).min(room.saturating_sub(1));
    let end = column(ends).clamp(start + 1, room);
    let waiting = matches!(state.map(|state| &state.phase), None | Some(Phase::Waiting));
    let fill = if waiting { ink.glyphs.maybe } else { ink.glyphs.full };
    let style = if waiting { ink.paint.quiet } else { style };
    vec![
        ink.quiet(ink.glyphs.rest.repeat(start)),
        Span::styled(fill.repeat(end - start), style),
        ink.quiet(ink.glyphs.rest.repeat(room - end)),
    ]
}

/// Whose step a record is of, and what it says.
pub(super) fn told(running: &Running, record: &Record) -> (Option<String>, String) {
    let of = |stage: &String, text: String| (Some(stage.clone()), text);
    match record {
        Record::Declared(declared) => (None, format!("declared by {}: {}", declared.who, declared.reason)),
        Record::Ready { stage } => of(stage, "its turn has come".to_owned()),
        Record::Guarded { stage, guards } => {
            let told = |guard: &drlab_core::run::Guarded| {
                let holds = match guard.holds {
                    Some(true) => "holds",
                    Some(false) => "DOES NOT HOLD",
                    None => "cannot be told",
                };
                format!("{} {holds}: {}", guard.guard, guard.why)
            };
            of(stage, guards.iter().map(told).collect::<Vec<_>>().join("; "))
        }
        Record::Approved { stage, who } => of(stage, format!("approved by {who}")),
        Record::Overridden { stage, guard, reason, who } => of(stage, format!("{who} goes past {guard}: {reason}")),
        Record::Acknowledged { stage, note, who } => of(stage, format!("acknowledged by {who}: {note}")),
        Record::Intent { stage, change, .. } => of(stage, format!("asks: {change}")),
        Record::Answered { nth, receipt } => {
            let past = usize::try_from(*nth).ok().and_then(|nth| running.run.memory.past.get(nth));
            let said = match receipt {
                drlab_core::domain::Receipt::Accepted { .. } => "accepted; to be seen yet".to_owned(),
                drlab_core::domain::Receipt::Refused { code, text } => format!("REFUSED ({code}): {text}"),
                drlab_core::domain::Receipt::Unknown { text } => format!("nobody knows whether it was done: {text}"),
            };
            (past.map(|past| past.stage.clone()), said)
        }
        Record::Done { stage, shows, certainty } => {
            let took = running.run.state(stage).and_then(|state| Some(state.since.since(state.ready_at?)));
            of(
                stage,
                format!("done{}: {}", took.map(|took| format!(" in {}", human_duration(took))).unwrap_or_default(), certainty.says(shows)),
            )
        }
        Record::Failed { stage, why, .. } => of(stage, format!("FAILED: {why}")),
        Record::Retried { stage, who } => of(stage, format!("tried again by {who}")),
        Record::Skipped { stage, reason, who } => of(stage, format!("skipped by {who}: {reason}")),
        Record::Owed { stage, why } => of(stage, format!("OWED: {why}")),
        Record::Paused { why, .. } => (None, format!("paused: {why}")),
        Record::Resumed { who } => (None, format!("{who} lets it go on")),
        Record::Aborted { reason, who } => (None, format!("ABORTED by {who}: {reason}")),
        Record::Switched(switched) => (None, format!("switched to {}: {}", switched.runbook, switched.reason)),
        Record::TakenOver { who, .. } => (None, format!("taken up by {who}")),
        Record::Stated { told, .. } => (None, format!("the loss that was said: {told}")),
        Record::Forecast { p50, p90, .. } => (None, format!("forecast: {p50}, {p90}")),
        Record::Finished(finished) => (None, format!("finished: {:?}", finished.verdict).to_lowercase()),
    }
}
