use std::time::Duration;

use drlab_core::app::{Card, Handover, Restore, Running, handover, stakes, would_ask, would_restore};
use drlab_core::assess::Check;
use drlab_core::config::Site;
use drlab_core::domain::fact::Fact;
use drlab_core::domain::{Verdict, human_duration, latency};
use drlab_core::keymap::Context;
use drlab_core::runbook::{Confirm, Kind, Stage, Undo};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::chrome::typed;
use crate::ui::ink::{Ink, age, check_verdict};
use crate::ui::text::wrapped;
use crate::ui::widgets::{Panel, popup, put, row};

/// Whatever else speaks against the target, as far as there is room for it.
const MORE: usize = 3;
/// What is asked for at once is this much at most: a last row, the scaler's minimum, the tasks.
const ASKED: usize = 3;

/// All that there is to know before a step that somebody must answer for. Cancel has the focus.
pub(super) fn card(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, card: &Card) {
    let Some(running) = &ink.model.running else { return };
    let Some(stage) = running.run.plan.stages.iter().find(|stage| stage.id == card.stage) else { return };
    let led = led(running, stage);
    let for_good = stage.action.deed().about().for_good().is_some() || !led.is_empty();
    let title = match (card.asked, card.typed) {
        (false, _) => "NOT ASKED ANY MORE",
        (true, true) if for_good => "POINT OF NO RETURN",
        (true, true) => "GO? TYPE THE NAME",
        (true, false) => "GO?",
    };
    const WIDE: u16 = 90;
    let room = usize::from(WIDE.min(area.width).saturating_sub(4));
    let mut lines = vec![Line::from(ink.strong(ink.say(&stage.title)))];
    let undo = match stage.action.deed().about().undo {
        Undo::Nothing => ("It changes nothing.".to_owned(), Verdict::Healthy),
        Undo::By(how) => (format!("It can be undone: {how}."), Verdict::Healthy),
        Undo::Never(why) => (format!("CANNOT BE UNDONE: {why}."), Verdict::Critical),
    };
    let said = wrapped(&ink.say(&undo.0), room, 2, ink.glyphs);
    lines.extend(said.into_iter().map(|line| Line::from(Span::styled(line, ink.paint.mark(undo.1)))));
    for (after, why) in led {
        let told = format!("Right behind it, without another question: {}. CANNOT BE UNDONE: {why}.", after.title);
        let told = wrapped(&ink.say(&told), room, 2, ink.glyphs);
        lines.extend(told.into_iter().map(|line| Line::from(Span::styled(line, ink.paint.mark(Verdict::Critical)))));
    }
    for change in would_ask(ink.model, &stage.id).iter().take(ASKED) {
        let told = wrapped(&ink.say(&format!("It asks: {change}.")), room, 2, ink.glyphs);
        lines.extend(told.into_iter().map(|line| Line::from(ink.plain(line))));
    }
    if let Some(restore) = would_restore(ink.model, stage) {
        lines.extend(given_up(ink, &restore, room));
    } else if card.typed {
        lines.extend(at_stake(ink, running, room));
    } else if let Some(note) = &stage.note {
        lines.extend(wrapped(&ink.say(note), room, 5, ink.glyphs).into_iter().map(|line| Line::from(ink.quiet(line))));
    }
    let foot_rows = if card.typed || !card.asked { 4 } else { 2 };
    let tall = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(foot_rows + 2);
    let panel = Panel { loud: Some(ink.paint.mark(Verdict::Critical)), ..Panel::titled(ink, title) };
    let inner = popup(ink, buffer, area, (WIDE, tall), panel);
    // What must be answered is never pushed out by what is to be read.
    lines.truncate(usize::from(inner.height.saturating_sub(foot_rows)));
    for (index, line) in (0..).zip(lines) {
        put(ink, buffer, row(inner, index), line);
    }
    let foot = inner.height.saturating_sub(1);
    if !card.asked {
        let why = running.stances.get(&stage.id).map(drlab_core::run::Stance::says).unwrap_or_default();
        let told = wrapped(&ink.tell(&format!("Whatever is typed here is not heard: {why}")), room, 2, ink.glyphs);
        for (line, at) in told.into_iter().zip(foot.saturating_sub(2)..) {
            put(ink, buffer, row(inner, at), Line::from(Span::styled(line, ink.paint.mark(Verdict::Degraded))));
        }
    } else if card.typed {
        let name = ink.say(&running.run.declared.workload);
        let text = if for_good { format!("Type {name} to go past it:") } else { format!("Type {name} to do it:") };
        put(ink, buffer, row(inner, foot.saturating_sub(2)), Line::from(ink.strong(text)));
        let mut line = vec![Span::styled("> ", ink.paint.accent)];
        line.extend(typed(ink, &card.name));
        put(ink, buffer, row(inner, foot.saturating_sub(1)), Line::from(line));
    }
    let mut answer = vec![Span::styled(" Cancel ", ink.paint.watch), Span::raw("  ")];
    answer.extend(super::answers(ink, Context::Card).spans);
    put(ink, buffer, row(inner, foot), Line::from(answer));
}

/// What cannot be undone either, and why; it is not asked about once the name has been typed here.
fn led<'r>(running: &'r Running, stage: &Stage) -> Vec<(&'r Stage, &'static str)> {
    let behind = |after: &&Stage| after.needs.contains(&stage.id) && stage.confirm == Confirm::Type;
    let unasked = |after: &&Stage| after.confirm == Confirm::None && !running.run.is_settled(&after.id);
    let stages = running.run.plan.stages.iter().filter(behind).filter(unasked);
    stages.filter_map(|after| Some((after, after.action.deed().about().for_good()?))).collect()
}

/// So much is a figure's name.
const NAME: usize = 17;

fn figure(ink: &Ink<'_>, room: usize, (name, value): (&str, &str), verdict: Verdict) -> Vec<Line<'static>> {
    let told = wrapped(&ink.tell(value), room.saturating_sub(NAME), 3, ink.glyphs);
    let name = |nth: usize| ink.quiet(format!("{:<NAME$}", if nth == 0 { name } else { "" }));
    told.into_iter().enumerate().map(|(nth, line)| Line::from(vec![name(nth), Span::styled(line, ink.paint.word(verdict))])).collect()
}

/// From what a database is made anew, and what that gives up. What is wrong with the one that is there says nothing against it.
fn given_up(ink: &Ink<'_>, restore: &Restore, room: usize) -> Vec<Line<'static>> {
    let allowed = restore.loss.map(|_| format!("; {} may be", human_duration(restore.rpo_target))).unwrap_or_default();
    let figures = [
        ("restored from", restore.from.clone(), Verdict::Healthy),
        ("it becomes", format!("{}; nothing that is there is touched", restore.becomes), Verdict::Healthy),
        ("would be lost", format!("{}{allowed}", restore.told), restore.loss_verdict()),
    ];
    figures.iter().flat_map(|(name, told, verdict)| figure(ink, room, (name, told), *verdict)).collect()
}

/// Lag and its age, what would be lost, what is saved, how the target differs from the source; and what else speaks against it.
fn at_stake(ink: &Ink<'_>, running: &Running, room: usize) -> Vec<Line<'static>> {
    let Some(ahead) = handover(ink.model) else { return Vec::new() };
    let assessment = &ahead.assessment;
    let figure = |name: &str, value: &str, verdict: Verdict| figure(ink, room, (name, value), verdict);
    let mut lines = Vec::new();
    if let Some(lag) = assessment.component("replication/database") {
        let age = lag.source_at.map_or_else(|| "never seen".to_owned(), |at| format!("{} old", age(assessment.at.since(at))));
        let why = lag.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        lines.extend(figure("replica lag", &format!("{}, {age}{why}", lag.value), lag.verdict));
    }
    let rpo = human_duration(assessment.readiness.rpo);
    match stakes(ink.model) {
        Some(stakes) => {
            let grows = if stakes.grows { ", and more with every moment" } else { "" };
            let about = stakes.about.map(|about| format!("~{} of writes, ", latency(about))).unwrap_or_default();
            let told = match stakes.loss {
                None => format!("{about}WITHOUT BOUND: there is no figure; {rpo} may be"),
                Some(Duration::ZERO) => "no writes".to_owned(),
                Some(lost) => format!("{about}at most the last {}{grows}; {rpo} may be", human_duration(lost)),
            };
            lines.extend(figure("would be lost", &told, stakes.loss_verdict()));
            if let Some(aside) = &stakes.aside {
                lines.extend(figure("because of", aside, Verdict::Critical));
            }
            let at_risk = stakes.objects.or(assessment.readiness.loss.objects);
            let objects = at_risk.map_or_else(|| "unknown".to_owned(), |objects| objects.to_string());
            let verdict = if at_risk == Some(0) { Verdict::Healthy } else { Verdict::Unknown };
            lines.extend(figure("objects at risk", &objects, verdict));
        }
        None if running.run.plan.kind == Kind::Restore => {
            lines.extend(figure("would be lost", "whatever was written since the backup", Verdict::Degraded));
        }
        None => lines.extend(figure("would be lost", "nothing more: it has been passed before", Verdict::Healthy)),
    }
    const TOLD: [(&str, &str); 4] = [
        ("database.target.backups", "its backups"),
        ("database.restore_point", "restore point"),
        ("database.target.class", "its size"),
        ("database.target.multi_az", "its zones"),
    ];
    for (id, name) in TOLD {
        if let Some(check) = assessment.readiness.checks.iter().find(|check| check.id == id) {
            lines.extend(figure(name, &check.why, check_verdict(check.ok, check.required)));
        }
    }
    if let Some((told, verdict)) = parameters(&ahead, running) {
        lines.extend(figure("its parameters", &told, verdict));
    }
    let told = |check: &&Check| TOLD.iter().any(|(id, _)| check.id == *id) || check.id == "database.lag";
    let against = |check: &&Check| check.id.starts_with("database") && check.ok != Some(true);
    for check in assessment.readiness.checks.iter().filter(|check| against(check) && !told(check)).take(MORE) {
        let verdict = check_verdict(check.ok, check.required);
        let text = format!("{}: {}", check.title, check.why);
        for (nth, line) in wrapped(&ink.say(&text), room.saturating_sub(2), 2, ink.glyphs).into_iter().enumerate() {
            let mark = if nth == 0 { ink.check(check.ok, check.required) } else { Span::raw(" ") };
            lines.push(Line::from(vec![mark, Span::raw(" "), Span::styled(line, ink.paint.word(verdict))]));
        }
    }
    lines
}

/// With which parameters the target runs, and whether they are called what the source's are: two groups of one name are still two.
fn parameters(ahead: &Handover<'_>, running: &Running) -> Option<(String, Verdict)> {
    let Handover { workload, snapshot, .. } = ahead;
    let database = workload.database.as_ref()?;
    let group = |site: Site| {
        let (name, status) = match snapshot.get(&workload.database_subject(database, site))?.fact()? {
            Fact::Instance(instance) => (instance.parameter_group.clone(), instance.parameter_status.clone()),
            Fact::Cluster(cluster) => (cluster.parameter_group.clone(), None),
            _ => return None,
        };
        Some((name?, status))
    };
    let source = running.run.declared.source;
    let Some((target, status)) = group(source.other()) else { return Some(("unknown".to_owned(), Verdict::Unknown)) };
    let state = status.as_ref().map(|status| format!(" ({status})")).unwrap_or_default();
    let pending = status.is_some_and(|status| status != "in-sync");
    Some(match group(source) {
        Some((of_source, _)) if of_source == target && !pending => (format!("{target}{state}, as the source's"), Verdict::Healthy),
        Some((of_source, _)) => (format!("{target}{state}; the source has {of_source}"), Verdict::Degraded),
        None => (format!("{target}{state}; the source's cannot be seen"), Verdict::Unknown),
    })
}
