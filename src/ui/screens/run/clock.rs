use std::time::Duration;

use drlab_core::app::{Running, SplitWatch, split_watch};
use drlab_core::domain::{Timestamp, Verdict, format_duration, human_duration};
use drlab_core::run::report::waiting;
use drlab_core::run::{begins, behind_since, will_begin};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::ui::ink::{Ink, utc};
use crate::ui::widgets::{letters, put, row};

/// How long it has taken so far, or took until users were seen to be served again.
pub(in crate::ui) fn elapsed(ink: &Ink<'_>, running: &Running) -> Duration {
    if let Some(rto) = running.run.finished.as_ref().and_then(|finished| finished.rto) {
        return rto;
    }
    let now = ink.model.clock.now;
    let end = if running.is_live() { now } else { last_record(running).unwrap_or(now) };
    let from = match running.workload.as_deref().filter(|_| running.run.plan.kind.moves_users()) {
        Some(workload) => begins(&running.run, workload),
        None => Some(running.run.memory.declared_at),
    };
    from.map_or(Duration::ZERO, |from| running.proven_at().unwrap_or(end).since(from))
}

fn last_record(running: &Running) -> Option<Timestamp> {
    running.records.back().map(|(at, _)| *at)
}

/// `14m02s`, in as few letters as tell it.
pub(in crate::ui) fn clock_of(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    if seconds < 3600 { format!("{}m{:02}s", seconds / 60, seconds % 60) } else { format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60) }
}

/// As big as it can be; beside it what it is measured against, and when it will be over.
pub(super) fn clock(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, running: &Running) {
    let elapsed = elapsed(ink, running);
    let rto = running.workload.as_deref().map(|workload| workload.objectives.rto);
    let text = clock_of(elapsed);
    let late = rto.is_some_and(|rto| elapsed > rto) && running.run.plan.kind.moves_users();
    let style = if late { ink.paint.mark(Verdict::Critical) } else { ink.paint.strong };
    // Where it is narrow, what is said beside the clock is worth more than its size.
    let high = if area.width < super::WIDE { 1 } else { area.height.saturating_sub(1).max(1) };
    let big = letters(ink, &[&text], (area.width / 2, high));
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
    if let Some(workload) = running.workload.as_deref() {
        let (from, to) = (workload.region(run.declared.source), workload.region(run.declared.source.other()));
        first.push(ink.quiet(format!("  {} {} {}", ink.say(from.as_str()), ink.glyphs.towards_standby, ink.say(to.as_str()))));
    }
    let mut lines = vec![Line::from(first), against(ink, running, elapsed, rto)];
    lines.push(match &run.finished {
        Some(finished) => met(ink, finished.met),
        None => Line::from(forecast(ink, running)),
    });
    let owed: Vec<_> = run.owed().map(|(stage, why)| format!("{} ({})", stage.title, why)).collect();
    if !owed.is_empty() {
        let text = format!(" OWED: {} ", owed.join("; "));
        lines.push(Line::from(Span::styled(ink.say(&text), ink.paint.banner(Verdict::Degraded))));
    }
    lines.extend(split_watch(ink.model).map(|watch| split(ink, &watch)));
    if let Some(why) = &running.stopped {
        lines.push(Line::from(Span::styled(ink.say(why), ink.paint.word(Verdict::Critical))));
    }
    lines.extend(instants(ink, running));
    lines.push(waited(ink, running));
    lines
}

/// When users began to wait as far as anybody saw, when somebody said so, and which of the two the clock counts from.
fn instants(ink: &Ink<'_>, running: &Running) -> Option<Line<'static>> {
    let workload = running.workload.as_deref().filter(|_| running.run.plan.kind.moves_users())?;
    let (outage, declared) = (running.run.memory.outage_at, running.run.memory.declared_at);
    let counts = begins(&running.run, workload).map(|begun| match begun {
        begun if Some(begun) == outage => "the outage counts".to_owned(),
        begun if begun == declared => "the declaration counts".to_owned(),
        begun => format!("users wait since {}Z", utc(begun)),
    });
    let outage = outage.map(|at| format!("outage {}Z", utc(at)));
    let told: Vec<_> = [outage, Some(format!("declared {}Z", utc(declared))), counts].into_iter().flatten().collect();
    Some(Line::from(ink.quiet(told.join(ink.glyphs.dot))))
}

fn cut_short(running: &Running) -> Option<Vec<String>> {
    running.run.cut_short(&|at| format!("{}Z", utc(at)))
}

/// What is left of the objective, or what came of it.
fn against(ink: &Ink<'_>, running: &Running, elapsed: Duration, rto: Option<Duration>) -> Line<'static> {
    // Nobody hastens any more: what is left of the time says nothing.
    if let Some(aborted) = cut_short(running).and_then(|told| told.into_iter().next()) {
        return Line::from(vec![ink.mark(Verdict::Degraded), Span::styled(format!(" {aborted}"), ink.paint.mark(Verdict::Degraded))]);
    }
    let Some(rto) = rto else { return Line::default() };
    let target = running.workload.as_deref().map(|workload| workload.objectives.rpo);
    if let Some(finished) = &running.run.finished {
        // The loss is a bound: beyond its objective it shows nothing.
        let figure = |name: &str, figure: Option<Duration>, target: Option<Duration>, beyond: Verdict| {
            let (told, verdict) = match (figure, target) {
                (Some(figure), Some(target)) if figure > target => (human_duration(figure), beyond),
                (Some(figure), _) => (human_duration(figure), Verdict::Healthy),
                (None, _) => (String::new(), Verdict::Unknown),
            };
            if told.is_empty() {
                let name = name.split(' ').next().unwrap_or(name);
                return [Span::styled(format!("{name} not proven   "), ink.paint.mark(verdict)), Span::raw("")];
            }
            let of = target.map(|target| format!(" of {}   ", format_duration(target))).unwrap_or_default();
            [Span::styled(format!("{name} {told}"), ink.paint.mark(verdict)), ink.quiet(of)]
        };
        let time = figure("RTO", finished.rto, Some(rto), Verdict::Critical);
        let loss = figure("RPO at most", finished.rpo, target, Verdict::Unknown);
        return Line::from_iter(time.into_iter().chain(loss));
    }
    if !running.run.plan.kind.moves_users() {
        return Line::from(ink.quiet("nobody is moved by this: no objective is measured".to_owned()));
    }
    if running.workload.as_deref().is_some_and(|workload| begins(&running.run, workload).is_none()) {
        let text = format!("users are served: the {} begin when the source is stopped", format_duration(rto));
        return Line::from(ink.plain(text));
    }
    let left = if elapsed > rto {
        Span::styled(format!("{} over", human_duration(elapsed - rto)), ink.paint.mark(Verdict::Critical))
    } else {
        ink.strong(format!("{} left", human_duration(rto - elapsed)))
    };
    let mut line = vec![ink.plain(format!("of {} allowed, ", format_duration(rto))), left];
    line.extend(deadline(running).map(|deadline| ink.quiet(format!(" (until {}Z)", utc(deadline)))));
    Line::from(line)
}

fn met(ink: &Ink<'_>, met: Option<bool>) -> Line<'static> {
    let (text, verdict) = match met {
        Some(true) => ("objectives met", Verdict::Healthy),
        Some(false) => ("OBJECTIVES MISSED", Verdict::Critical),
        None => ("objectives not shown to be met", Verdict::Unknown),
    };
    Line::from(vec![ink.mark(verdict), Span::styled(format!(" {text}"), ink.paint.word(verdict))])
}

/// When users will be seen to be served again; once they have been, when that was; and of an aborted run what it came to.
fn forecast(ink: &Ink<'_>, running: &Running) -> Vec<Span<'static>> {
    if let Some(told) = cut_short(running) {
        return told.into_iter().skip(1).map(|text| ink.strong(ink.say(&text))).collect();
    }
    if let Some(at) = running.proven_at() {
        let text = format!("users are served by the target since {}Z", utc(at));
        return vec![ink.mark(Verdict::Healthy), Span::raw(" "), Span::styled(text, ink.paint.mark(Verdict::Healthy))];
    }
    let proven = running.outlook.proven;
    let miss = |at: Timestamp| deadline(running).is_some_and(|deadline| at > deadline);
    let style = |at| if miss(at) { ink.paint.mark(Verdict::Critical) } else { Style::new() };
    let what = if running.run.plan.kind.moves_users() { "proven at " } else { "over at " };
    vec![
        ink.plain(what),
        Span::styled(format!("{}Z", utc(proven.p50)), style(proven.p50)),
        ink.plain(", nine times of ten by "),
        Span::styled(format!("{}Z", utc(proven.p90)), style(proven.p90)),
    ]
}

/// Whether two databases are written to.
fn split(ink: &Ink<'_>, watch: &SplitWatch) -> Line<'static> {
    let word = match watch.verdict {
        Verdict::Healthy => " no split: ",
        Verdict::Critical => " SPLIT: ",
        Verdict::Degraded | Verdict::Unknown => " SPLIT? ",
    };
    Line::from(vec![
        ink.mark(watch.verdict),
        Span::styled(word, ink.paint.mark(watch.verdict)),
        Span::styled(ink.say(&watch.says), ink.paint.word(watch.verdict)),
    ])
}

/// For whom it has waited, and since when it is too late.
fn waited(ink: &Ink<'_>, running: &Running) -> Line<'static> {
    let records = || running.records.iter().map(|(at, record)| (*at, record));
    let end = if running.is_live() { ink.model.clock.now } else { last_record(running).unwrap_or(ink.model.clock.now) };
    let waited = waiting(&running.run, records(), &running.stances, end);
    let told = |seconds: f64| human_duration(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    // First, for on a narrow screen the rest is cut.
    let behind = deadline(running).and_then(|_| behind_since(records()));
    let behind = behind.map(|at| Span::styled(format!("behind since {}Z{}", utc(at), ink.glyphs.dot), ink.paint.word(Verdict::Critical)));
    let mut line: Vec<_> = behind.into_iter().collect();
    line.push(ink.quiet(format!("waited {} for people, {} for AWS", told(waited.people_s), told(waited.aws_s))));
    if waited.nobody_s > 0.0 {
        line.push(ink.quiet(format!(", {} with nobody there", told(waited.nobody_s))));
    }
    Line::from(line)
}

pub(super) fn deadline(running: &Running) -> Option<Timestamp> {
    let workload = running.workload.as_deref().filter(|_| running.run.plan.kind.moves_users())?;
    Some(will_begin(&running.run, workload, &running.outlook) + workload.objectives.rto)
}
