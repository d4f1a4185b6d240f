use drlab_core::app::Card;
use drlab_core::assess::Check;
use drlab_core::domain::{Verdict, human_duration};
use drlab_core::keymap::Context;
use drlab_core::runbook::Undo;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::chrome::typed;
use crate::ui::ink::{Ink, age, check_verdict};
use crate::ui::text::wrapped;
use crate::ui::widgets::{Panel, popup, put, row};

/// Checks that bear on whether the target is as good as the source.
const DIFFERENCES: usize = 5;

/// All that there is to know before a step that somebody must answer for. Cancel has the focus.
pub(super) fn card(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, card: &Card) {
    let Some(running) = &ink.model.running else { return };
    let Some(stage) = running.run.plan.stages.iter().find(|stage| stage.id == card.stage) else { return };
    let title = if card.typed { "POINT OF NO RETURN" } else { "GO?" };
    let tall = if card.typed { 22 } else { 11 };
    let panel = Panel { loud: Some(ink.paint.mark(Verdict::Critical)), ..Panel::titled(ink, title) };
    let inner = popup(ink, buffer, area, (90, tall), panel);
    let room = usize::from(inner.width);
    let mut lines = vec![Line::from(ink.strong(ink.say(&stage.title)))];
    let undo = match stage.action.deed().about().undo {
        Undo::Nothing => ("It changes nothing.".to_owned(), Verdict::Healthy),
        Undo::By(how) => (format!("It can be undone: {how}."), Verdict::Healthy),
        Undo::Never(why) => (format!("CANNOT BE UNDONE: {why}."), Verdict::Critical),
    };
    let said = wrapped(&ink.say(&undo.0), room, 2, ink.glyphs);
    lines.extend(said.into_iter().map(|line| Line::from(Span::styled(line, ink.paint.mark(undo.1)))));
    if card.typed {
        lines.extend(at_stake(ink, room));
    } else if let Some(note) = &stage.note {
        lines.extend(wrapped(&ink.say(note), room, 3, ink.glyphs).into_iter().map(|line| Line::from(ink.quiet(line))));
    }
    // What must be answered is never pushed out by what is to be read.
    lines.truncate(usize::from(inner.height.saturating_sub(if card.typed { 4 } else { 2 })));
    for (index, line) in (0..).zip(lines) {
        put(ink, buffer, row(inner, index), line);
    }
    let foot = inner.height.saturating_sub(1);
    if card.typed {
        let name = ink.say(&running.run.declared.workload);
        let text = format!("Type {name} to go past it:");
        put(ink, buffer, row(inner, foot.saturating_sub(2)), Line::from(ink.strong(text)));
        let mut line = vec![Span::styled("> ", ink.paint.accent)];
        line.extend(typed(ink, &card.name));
        put(ink, buffer, row(inner, foot.saturating_sub(1)), Line::from(line));
    }
    let mut answer = vec![Span::styled(" Cancel ", ink.paint.watch), Span::raw("  ")];
    answer.extend(super::answers(ink, Context::Card).spans);
    put(ink, buffer, row(inner, foot), Line::from(answer));
}

/// Lag and its age, what would be lost, how good the target is.
fn at_stake(ink: &Ink<'_>, room: usize) -> Vec<Line<'static>> {
    let Some((_, Some(assessment))) = ink.looked_at() else { return Vec::new() };
    let mut lines = Vec::new();
    let figure = |name: &str, value: String, verdict: Verdict| {
        Line::from(vec![ink.quiet(format!("{name:<16}")), Span::styled(ink.say(&value), ink.paint.word(verdict))])
    };
    if let Some(lag) = assessment.component("replication/database") {
        let age = lag.source_at.map_or_else(|| "never seen".to_owned(), |at| format!("{} old", age(ink.now.since(at))));
        lines.push(figure("replica", format!("{}, {age}", lag.value), lag.verdict));
    }
    let loss = &assessment.readiness.loss;
    let seconds = loss
        .database
        .map_or_else(|| "writes: UNBOUNDED, no figure".to_owned(), |lost| format!("the last {} of writes at most", human_duration(lost)));
    let verdict = match loss.database {
        Some(lost) if lost <= assessment.readiness.rpo => Verdict::Healthy,
        Some(_) => Verdict::Critical,
        None => Verdict::Unknown,
    };
    lines.push(figure("would be lost", seconds, verdict));
    let objects = loss.objects.map_or_else(|| "unknown".to_owned(), |objects| objects.to_string());
    lines.push(figure("objects at risk", objects, if loss.objects == Some(0) { Verdict::Healthy } else { Verdict::Unknown }));
    let about_target = |check: &&Check| check.id.starts_with("database") || check.id.contains("capacity") || check.id.contains("backup");
    let mut checks: Vec<_> = assessment.readiness.checks.iter().filter(about_target).collect();
    checks.sort_by_key(|check| check.ok == Some(true));
    for check in checks.into_iter().take(DIFFERENCES) {
        let verdict = check_verdict(check.ok, check.required);
        let text = format!("{}: {}", check.title, check.why);
        for (nth, line) in wrapped(&ink.say(&text), room.saturating_sub(2), 2, ink.glyphs).into_iter().enumerate() {
            let mark = if nth == 0 { ink.check(check.ok, check.required) } else { Span::raw(" ") };
            lines.push(Line::from(vec![mark, Span::raw(" "), Span::styled(line, ink.paint.word(verdict))]));
        }
    }
    lines
}
