use drlab_core::app::{Choice, Chooser, Way, applicable, instants, way};
use drlab_core::domain::{Verdict, human_duration};
use drlab_core::keymap::{Action, Context};
use drlab_core::runbook::{DryGuard, DryRun, DryStage};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::ui::ink::{Ink, utc};
use crate::ui::text::wrapped;
use crate::ui::widgets::{Entry, Panel, list, put, row};

/// What could be done with the workload, and what the one under the cursor would do now.
pub(super) fn chooser(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, chooser: &Chooser) {
    Clear.render(area, buffer);
    buffer.set_style(area, ink.paint.base);
    let choices = applicable(ink.model);
    let [left, right] = Layout::horizontal([Constraint::Length((area.width / 3).clamp(26, 46)), Constraint::Min(0)]).areas(area);
    let inner = Panel::titled(ink, "RUNBOOKS").draw(ink, buffer, left);
    let entries = choices.iter().enumerate().map(|(index, choice)| {
        let name = match choice {
            Choice::TakeUp(run) => format!("go on: {}", run.run),
            Choice::Begin(runbook) => runbook.title.clone(),
        };
        Entry { selected: index == chooser.selected, ..Entry::line(Line::from(ink.plain(ink.say(&name)))) }
    });
    list(ink, buffer, inner, entries.collect());
    match choices.get(chooser.selected) {
        Some(Choice::Begin(runbook)) => {
            let (top, rest) = direction(ink, right);
            put(ink, buffer, row(right, 0), top);
            let room = usize::from(right.width.saturating_sub(4));
            let mut lines: Vec<Line<'static>> = Vec::new();
            let when = wrapped(&ink.say(&runbook.when), room, 4, ink.glyphs);
            lines.extend(when.into_iter().map(|line| Line::from(ink.strong(line))));
            match &chooser.dry {
                Some(dry) => lines.extend(steps(ink, dry, room)),
                None => {
                    let key = key_here(ink, Action::OtherWay);
                    let text = match way(ink.model) {
                        Way::Unknown => {
                            let last = ink.model.last_move().map(|past| {
                                format!(
                                    " The last run here, {}, left it at the {}.",
                                    past.run,
                                    past.left_at.map(|site| site.to_string()).unwrap_or_default()
                                )
                            });
                            format!(
                                "Which site takes the writes cannot be told; {key} says from where it is to lead.{}",
                                last.unwrap_or_default()
                            )
                        }
                        Way::Seen(_) | Way::Said(_) | Way::Left(_) => "nothing is known yet".to_owned(),
                    };
                    let told = wrapped(&ink.say(&text), room, 3, ink.glyphs);
                    lines.extend(told.into_iter().map(|line| Line::from(Span::styled(line, ink.paint.word(Verdict::Unknown)))));
                }
            }
            let height = usize::from(rest.height.saturating_sub(2));
            let first = chooser.scroll.min(lines.len().saturating_sub(height));
            let more = lines.len().saturating_sub(first + height);
            let key = key_here(ink, Action::PageDown);
            let foot = if more > 0 { format!("{more} more lines: {key}") } else { String::new() };
            let panel = Panel::titled(ink, "WHAT IT WOULD DO NOW").right(ink.quiet("changes nothing")).foot(ink.quiet(foot));
            let inner = panel.draw(ink, buffer, rest);
            for (index, line) in (0..).zip(lines.into_iter().skip(first)) {
                put(ink, buffer, row(inner, index), line);
            }
        }
        Some(Choice::TakeUp(left)) => {
            let title = if left.held_by.is_some() { "SOMEBODY IS AT IT" } else { "LEFT UNFINISHED" };
            let inner = Panel::titled(ink, title).draw(ink, buffer, right);
            let taken = left.held_by.as_ref().map_or_else(String::new, |who| {
                format!(" {who} is at it at this moment: taking it up takes it over, and their console does nothing more.")
            });
            let doubt = left.doubt.as_ref().map_or_else(String::new, |why| format!(" BUT {why}."));
            let text = format!(
                "{}, begun {}Z. It goes on where its journal ends; what is done is not done again.{doubt}{taken}",
                left.runbook,
                utc(left.began)
            );
            for (index, line) in (0..).zip(wrapped(&ink.say(&text), usize::from(inner.width), 5, ink.glyphs)) {
                put(ink, buffer, row(inner, index), Line::from(ink.plain(line)));
            }
        }
        None => {
            Panel::titled(ink, "NOTHING TO CHOOSE").draw(ink, buffer, right);
        }
    }
}

/// From where to where, and who says so; and what is left of the place.
fn direction(ink: &Ink<'_>, area: Rect) -> (Line<'static>, Rect) {
    let rest = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let Some((workload, _)) = ink.looked_at() else { return (Line::default(), rest) };
    let way = way(ink.model);
    let Some(source) = way.source() else {
        return (Line::from(Span::styled(" from where it leads is not known", ink.paint.mark(Verdict::Unknown))), rest);
    };
    let regions = format!(" {} {} {}  ", workload.region(source), ink.glyphs.towards_standby, workload.region(source.other()));
    let (says, style) = match way {
        Way::Said(_) => ("SAID, not seen", ink.paint.mark(Verdict::Degraded)),
        Way::Left(_) => ("as the last run left it, not seen", ink.paint.mark(Verdict::Degraded)),
        Way::Seen(_) | Way::Unknown => ("as seen", ink.paint.quiet),
    };
    let key = ink.quiet(format!("   {} reverses", key_here(ink, Action::OtherWay)));
    (Line::from(vec![ink.strong(ink.say(&regions)), Span::styled(says, style), key]), rest)
}

/// The first key that does it among the runbooks.
fn key_here(ink: &Ink<'_>, action: Action) -> String {
    let binding = ink.model.keymap.bindings.iter().find(|binding| binding.context == Context::Chooser && binding.action == action);
    binding.and_then(|binding| binding.on.first()).map(|key| ink.say(&key.to_string())).unwrap_or_default()
}

fn steps(ink: &Ink<'_>, dry: &DryRun, room: usize) -> Vec<Line<'static>> {
    let proven = dry.forecast.proven;
    let takes = format!("~{} (p90 {})", human_duration(proven.p50.since(dry.at)), human_duration(proven.p90.since(dry.at)));
    let (word, verdict) = match dry.ok {
        _ if dry.refused.is_some() => ("it cannot be begun like this", Verdict::Critical),
        Some(true) => ("every guard holds", Verdict::Healthy),
        Some(false) => ("a guard does not hold", Verdict::Critical),
        None => ("not every guard can be told", Verdict::Unknown),
    };
    let measured = dry.forecast.stages.iter().any(|stage| stage.runs > 0);
    let from = if measured { "as measured in earlier runs" } else { "as the runbook expects" };
    let mut lines = vec![
        Line::from(vec![ink.mark(verdict), Span::styled(format!(" {word}"), ink.paint.word(verdict)), ink.quiet(format!("  {takes}"))]),
        Line::from(ink.quiet(format!("  {from}"))),
    ];
    lines.extend(in_the_way(ink, dry, room));
    lines.push(Line::default());
    for step in &dry.steps {
        lines.extend(step_lines(ink, step, room));
    }
    for omitted in &dry.omitted {
        lines.push(Line::from(ink.quiet(ink.say(&format!("left out: {}: {}", omitted.step, omitted.why)))));
    }
    lines
}

/// Why it is refused, or the first guard that does not hold, with its step and why: nobody looks for it in a hundred lines.
fn in_the_way(ink: &Ink<'_>, dry: &DryRun, room: usize) -> Vec<Line<'static>> {
    if let Some(refused) = &dry.refused {
        // Where saying when is all that it lacks, the key for that stands beside it.
        let key = key_here(ink, Action::SayInstant);
        let lacks = instants(ink.model).iter().any(|wanted| wanted.wrong().is_some());
        let way = if lacks { format!(" ({key} says it)") } else { String::new() };
        let told = wrapped(&ink.say(&format!("REFUSED: {refused}{way}")), room.saturating_sub(2), 4, ink.glyphs);
        return told.into_iter().map(|line| Line::from(Span::styled(format!("  {line}"), ink.paint.word(Verdict::Critical)))).collect();
    }
    let now = |guard: &&DryGuard| guard.after.is_empty() && guard.holds == dry.ok;
    let first = dry.steps.iter().find_map(|step| step.guards.iter().find(now).map(|guard| (step, guard)));
    let Some((step, guard)) = first.filter(|_| dry.ok != Some(true)) else { return Vec::new() };
    let text = ink.say(&format!("{}: {}: {}", step.id, guard.guard.word(), guard.why));
    wrapped(&text, room.saturating_sub(2), 2, ink.glyphs).into_iter().map(|line| Line::from(ink.plain(format!("  {line}")))).collect()
}

fn step_lines(ink: &Ink<'_>, step: &DryStage, room: usize) -> Vec<Line<'static>> {
    use drlab_core::runbook::Confirm;
    let confirm = match step.confirm {
        Confirm::None => "",
        Confirm::Key => "  asks",
        Confirm::Type => "  ASKS FOR THE NAME",
    };
    let undo = if step.irreversible { "  cannot be undone" } else { "" };
    let mut lines = vec![Line::from(vec![
        ink.strong(ink.say(&step.id)),
        Span::styled(confirm, ink.paint.accent),
        Span::styled(undo, ink.paint.mark(Verdict::Critical)),
        ink.plain(format!("  {}", ink.say(&step.title))),
    ])];
    let change = if step.before == step.after {
        step.stands.clone()
    } else {
        format!("{} {} {}", step.before, ink.glyphs.towards_standby, step.after)
    };
    let change = wrapped(&ink.say(&change), room.saturating_sub(2), 2, ink.glyphs);
    lines.extend(change.into_iter().map(|line| Line::from(ink.quiet(format!("  {line}")))));
    if !step.control_planes.is_empty() {
        lines.push(Line::from(ink.quiet(ink.say(&format!("  takes the control plane of {}", step.control_planes.join(", "))))));
    }
    lines.extend(step.commands.iter().flat_map(|command| {
        let told = wrapped(&ink.say(command), room.saturating_sub(4), 3, ink.glyphs);
        told.into_iter().enumerate().map(|(nth, line)| Line::from(ink.quiet(format!("  {} {line}", if nth == 0 { "$" } else { " " }))))
    }));
    for guard in step.guards.iter().filter(|guard| guard.holds != Some(true)) {
        let later = if guard.after.is_empty() { String::new() } else { format!(" (after {})", guard.after.join(", ")) };
        let verdict = if guard.after.is_empty() { super::super::ink::check_verdict(guard.holds, true) } else { Verdict::Unknown };
        let text = ink.say(&format!("{}: {}{later}", guard.guard.word(), guard.why));
        lines.push(Line::from(vec![Span::raw("  "), ink.mark(verdict), ink.plain(format!(" {text}"))]));
    }
    lines
}
