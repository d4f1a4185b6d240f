use std::time::Duration;

use drlab_core::app::{Awaits, Decision, Running, Stakes, decision as waiting, stakes};
use drlab_core::domain::{Verdict, format_duration, human_duration, latency};
use drlab_core::keymap::{Action, Context};
use drlab_core::run::report::drift;
use drlab_core::runbook::Kind;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::ink::{Ink, utc};
use crate::ui::text::wrapped;
use crate::ui::widgets::{Panel, put, row};

/// What waits, in a sentence.
pub(in crate::ui) fn headline(running: &Running, decision: &Decision<'_>) -> String {
    let stage = decision.stage.and_then(|id| running.run.plan.stages.iter().find(|stage| stage.id == id));
    let title = stage.map_or("", |stage| stage.title.as_str());
    let for_good = stage.is_some_and(|stage| stage.action.deed().about().for_good().is_some());
    match decision.awaits {
        Awaits::Paused(why) => format!("The run stands: {why}"),
        Awaits::Failed { why, .. } => format!("{title}: failed: {why}"),
        Awaits::Consent { typed: true } if for_good => format!("{title}: it cannot be undone, and waits for your word"),
        Awaits::Consent { .. } => format!("{title}: waits for your word"),
        Awaits::Deed(whom) => format!("{title}: {whom}"),
        Awaits::Owed(why) => format!("{title}: will be owed: {why}"),
        Awaits::Held(guard) => format!("{title}: held by {}: {}", guard.guard, guard.why),
    }
}

/// The one decision that waits, with its keys; or what is under way. And what it costs to wait, as long as there is a way back.
pub(super) fn decision(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, running: &Running) {
    let waits = waiting(ink.model);
    let loud = waits.as_ref().map(|_| ink.paint.mark(Verdict::Degraded));
    let title = match (&waits, running.is_live()) {
        (Some(_), _) => "YOUR DECISION",
        (None, true) => "NOW",
        (None, false) => "WHAT NOW",
    };
    let stakes = stakes(ink.model).filter(|_| running.is_live());
    let right = stakes.as_ref().map(|stakes| in_time(ink, stakes)).unwrap_or_default();
    let inner = Panel { loud, ..Panel::titled(ink, title) }.right(right).draw(ink, buffer, area);
    let room = usize::from(inner.width);
    let table = stakes.map(|stakes| wait_or_go(ink, &stakes)).unwrap_or_default();
    let mut lines: Vec<Line<'static>> = Vec::new();
    match &waits {
        Some(decision) => {
            let keys = keys(ink, decision, room);
            let ways = match decision.awaits {
                Awaits::Failed { ways, .. } => ways.len(),
                _ => 0,
            };
            // The keys and the figures must be seen, however much there is to be read.
            let most = usize::from(inner.height).saturating_sub(keys.len() + table.len() + ways).clamp(1, 5);
            let text = headline(running, decision);
            let told = wrapped(&ink.tell(&text), room, most, ink.glyphs);
            lines.extend(told.into_iter().map(|line| Line::from(Span::styled(line, ink.paint.strong))));
            lines.extend(keys);
            if let Awaits::Failed { ways, .. } = decision.awaits {
                lines.extend(ways.iter().map(|way| Line::from(ink.plain(format!("or: {}", ink.tell(way))))));
            }
        }
        None if running.is_live() => lines.extend(now(ink, running, room)),
        None => lines.extend(after(ink, running, room)),
    }
    lines.extend(table);
    let left = usize::from(inner.height).saturating_sub(lines.len());
    if let Some(note) = note(ink, running).filter(|_| left > 0) {
        lines.extend(wrapped(&ink.say(&note), room, left, ink.glyphs).into_iter().map(|line| Line::from(ink.quiet(line))));
    }
    for (index, line) in (0..).zip(lines) {
        put(ink, buffer, row(inner, index), line);
    }
}

/// The keys that lead on, as the keymap has them; on two lines where one is too short.
fn keys(ink: &Ink<'_>, decision: &Decision<'_>, room: usize) -> Vec<Line<'static>> {
    let bindings = &ink.model.keymap.bindings;
    let found = decision.ways.iter();
    let found = found.filter_map(|way| bindings.iter().find(|binding| binding.context == Context::Run && binding.action == *way));
    let ways = found.map(|binding| {
        let key = binding.on.first().map(ToString::to_string).unwrap_or_default();
        vec![Span::styled(ink.say(&key), ink.paint.key), ink.plain(format!(" {}   ", ink.say(&binding.says)))]
    });
    let mut lines: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    let arm = ink.model.armed().is_none().then(|| {
        let key = ink.key_of(Action::Arm).unwrap_or_default();
        vec![Span::styled(format!("{} arms this console first", ink.say(&key)), ink.paint.mark(Verdict::Degraded)), Span::raw("   ")]
    });
    for way in arm.into_iter().chain(ways) {
        let wide = |spans: &[Span<'static>]| spans.iter().map(Span::width).sum::<usize>();
        match lines.last_mut() {
            Some(line) if line.is_empty() || wide(line) + wide(&way) <= room + 3 => line.extend(way),
            _ => lines.push(way),
        }
    }
    lines.into_iter().take(2).map(Line::from).collect()
}

/// Until when one may still wait.
pub(super) fn in_time(ink: &Ink<'_>, stakes: &Stakes) -> Span<'static> {
    match stakes.latest {
        _ if !stakes.users_wait => Span::styled("users are served meanwhile", ink.paint.word(Verdict::Healthy)),
        Some(at) => {
            let left = at.since(ink.model.clock.now);
            let verdict = if left < Duration::from_secs(300) { Verdict::Degraded } else { Verdict::Healthy };
            Span::styled(format!("in time until {}Z", utc(at)), ink.paint.word(verdict))
        }
        None if stakes.rto > stakes.rto_target => {
            Span::styled(format!("TOO LATE FOR {}", format_duration(stakes.rto_target)), ink.paint.mark(Verdict::Critical))
        }
        None => Span::styled("hardly in time", ink.paint.mark(Verdict::Degraded)),
    }
}

/// What waiting costs, beside what going on costs.
pub(super) fn wait_or_go(ink: &Ink<'_>, stakes: &Stakes) -> Vec<Line<'static>> {
    let line = |label: &str, wait: u64| {
        let then = stakes.after(Duration::from_secs(wait));
        let verdict = |is: bool| if is { Verdict::Healthy } else { Verdict::Critical };
        let about = then.about.map(|about| format!("~{} ", latency(about))).unwrap_or_default();
        // In so few letters that the bound is never cut off.
        let lost = match then.loss {
            Some(Duration::ZERO) => "nothing".to_owned(),
            Some(loss) => format!("{about}max {}", human_duration(loss)),
            None => format!("{about}NO BOUND"),
        };
        Line::from(vec![
            ink.strong(format!("{label:<12}")),
            ink.quiet("RTO "),
            Span::styled(format!("~{:<8}", human_duration(then.rto)), ink.paint.mark(verdict(then.rto <= stakes.rto_target))),
            ink.quiet(" loses "),
            Span::styled(lost, ink.paint.mark(then.loss_verdict())),
            ink.quiet(if wait == 0 { at_risk(stakes) } else { String::new() }),
        ])
    };
    vec![line("GO now", 0), line("WAIT 5 min", 300), line("WAIT 15 min", 900)]
}

fn at_risk(stakes: &Stakes) -> String {
    match stakes.objects {
        Some(1) => ", 1 object".to_owned(),
        Some(objects) if objects > 1 => format!(", {objects} objects"),
        _ => String::new(),
    }
}

fn now(ink: &Ink<'_>, running: &Running, room: usize) -> Vec<Line<'static>> {
    let current = running.current().and_then(|id| running.run.plan.stages.iter().find(|stage| stage.id == id));
    let Some(stage) = current else { return Vec::new() };
    let says = running.stances.get(&stage.id).map(drlab_core::run::Stance::says).unwrap_or_default();
    let mut lines = vec![Line::from(ink.strong(ink.say(&stage.title)))];
    lines.extend(wrapped(&ink.tell(&says), room, 3, ink.glyphs).into_iter().map(|line| Line::from(ink.plain(line))));
    lines
}

/// Once it is over: what is left to be done.
fn after(ink: &Ink<'_>, running: &Running, room: usize) -> Vec<Line<'static>> {
    let run = &running.run;
    let target =
        running.workload.as_deref().map(|workload| workload.region(run.declared.source.other()).as_str().to_owned()).unwrap_or_default();
    let mut told = Vec::new();
    match (&run.finished, &running.stopped) {
        (Some(finished), _) => {
            if let Some(at) = running.proven_at() {
                told.push(format!("Users are served by {target} since {}Z; that was seen from outside.", utc(at)));
            }
            let renamed = run.renamed();
            if !renamed.is_empty() {
                told.push("WRITE INTO drlab.toml, or others look at the old ones:".to_owned());
                // A line each: of a name no letter may be cut off.
                told.extend(renamed.iter().map(ToString::to_string));
            }
            if !finished.owed.is_empty() {
                told.push(format!("STILL OWED: {}. It is tried on as long as this console runs.", finished.owed.join(", ")));
            }
            let (left_out, unseen): (Vec<_>, Vec<_>) = finished.unproven.iter().cloned().partition(|stage| run.is_left_out(stage));
            if !left_out.is_empty() {
                told.push(format!("Left out, so nobody knows: {}.", left_out.join(", ")));
            }
            if !unseen.is_empty() {
                told.push(format!("Done, but not seen to be so: {}.", unseen.join(", ")));
            }
        }
        (None, Some(why)) => told.push(format!("Nobody carries it out any more: {why}. It can be taken up among the runbooks.")),
        (None, None) => {
            told.push("The run is aborted; nothing more is asked for. It can be taken up among the runbooks.".to_owned());
            let changed = running.workload.as_deref().map(|workload| drift(run, workload)).unwrap_or_default();
            if !changed.is_empty() {
                told.push(format!("NOT PUT BACK: {}.", changed.join("; ")));
            }
        }
    }
    let key = |action| ink.key_of(action).unwrap_or_default();
    let back = run.finished.is_some() && matches!(run.plan.kind, Kind::Planned | Kind::Unplanned);
    let way = if back { ": the way back is one of them" } else { "" };
    told.push(format!("{} has its report, {} the runbooks{way}.", key(Action::GoHistory), key(Action::Runbooks)));
    told.push(ink.model.report_command(&run.declared.run));
    let lines = told.iter().flat_map(|text| wrapped(&ink.say(text), room, 3, ink.glyphs));
    lines.map(|line| Line::from(ink.plain(line))).collect()
}

/// What the runbook says of the step that is pointed at.
fn note(ink: &Ink<'_>, running: &Running) -> Option<String> {
    let pointed = ink.model.pointed_step()?;
    running.run.plan.stages.iter().find(|stage| stage.id == pointed)?.note.clone()
}
