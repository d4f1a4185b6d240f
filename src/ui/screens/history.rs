use drlab_core::app::{PastRun, shown_past};
use drlab_core::domain::{Timestamp, Verdict, format_duration, human_duration};
use drlab_core::keymap::Action;
use drlab_core::run::report::Figure;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::ui::ink::{Ink, utc};
use crate::ui::text::{padded, width, wrapped};
use crate::ui::widgets::{Entry, Panel, list, put, row};

/// The runs there have been: when, what, how it ended, in what time and at what loss, who.
pub(in crate::ui) fn history(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let shown: Vec<&PastRun> = shown_past(ink.model).collect();
    let [top, bottom] = Layout::vertical([Constraint::Min(0), Constraint::Length(if area.height >= 14 { 7 } else { 0 })]).areas(area);
    let filter = ink.model.filters.history.text();
    let all = ink.model.past.len();
    let under_way = under_way(ink);
    let foot = match &under_way {
        _ if !filter.is_empty() => format!("{} of {all} contain {}", shown.len(), ink.say(filter)),
        Some(under_way) if all > 0 => under_way.clone(),
        _ => String::new(),
    };
    let count = match all {
        _ if under_way.is_some() => format!("{all} listed"),
        1 => "1 run".to_owned(),
        _ => format!("{all} runs"),
    };
    let inner = Panel::titled(ink, "RUNS").right(ink.quiet(count)).foot(ink.quiet(foot)).draw(ink, buffer, top);
    let selected = ink.model.cursors.history.min(shown.len().saturating_sub(1));
    let Some(under) = shown.get(selected) else {
        let nothing = || "nothing has been run here yet".to_owned();
        let text = if all == 0 { under_way.unwrap_or_else(nothing) } else { "no run matches".to_owned() };
        put(ink, buffer, inner, Line::from(ink.quiet(text)));
        Panel::titled(ink, "").draw(ink, buffer, bottom);
        return;
    };
    let columns = Columns::of(ink, &shown, usize::from(inner.width));
    put(ink, buffer, row(inner, 0), columns.head(ink));
    let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    let entries = shown.iter().enumerate();
    let entries = entries.map(|(index, past)| Entry { lines: vec![columns.line(ink, past)], selected: index == selected }).collect();
    list(ink, buffer, body, entries);
    about(ink, buffer, bottom, under);
}

/// Only what is over is listed: what is under way is told on a screen of its own.
fn under_way(ink: &Ink<'_>) -> Option<String> {
    let running = ink.model.running.as_ref().filter(|running| running.is_live() || running.is_owed())?;
    let what = if running.is_live() { "is under way" } else { "is still at what it owes" };
    let key = ink.key_of(Action::GoRun).unwrap_or_default();
    Some(ink.say(&format!("{} {what}: {key} shows it", running.run.declared.run)))
}

/// What is as wide as its widest; what is last takes the rest, and is cut.
struct Columns {
    workload: usize,
    runbook: usize,
    state: usize,
    figure: usize,
}

impl Columns {
    fn of(ink: &Ink<'_>, shown: &[&PastRun], room: usize) -> Self {
        let widest =
            |text: &dyn Fn(&PastRun) -> String, most: usize| shown.iter().map(|past| width(&text(past))).max().unwrap_or(0).min(most);
        let several = ink.model.config.workloads.len() > 1;
        Self {
            workload: if several { widest(&|past| ink.say(&past.workload), 14) } else { 0 },
            runbook: widest(&|past| ink.say(&past.runbook), 20).max(7),
            state: widest(&|past| past.state.to_owned(), 10),
            figure: if room >= 100 { 18 } else { 8 },
        }
    }

    fn head(&self, ink: &Ink<'_>) -> Line<'static> {
        let cell = |text: &str, room: usize| padded(text, room, ink.glyphs);
        let mut line = format!("  {} ", cell("when", WHEN));
        if self.workload > 0 {
            line += &format!("{} ", cell("workload", self.workload));
        }
        line += &format!("{} {} ", cell("runbook", self.runbook), cell("", self.state));
        line += &format!("{} {} by", cell("RTO", self.figure), cell("RPO", self.figure));
        Line::from(ink.quiet(line))
    }

    fn line(&self, ink: &Ink<'_>, past: &PastRun) -> Line<'static> {
        let cell = |text: &str, room: usize| padded(&ink.say(text), room, ink.glyphs);
        let verdict = past.verdict();
        let mut line =
            vec![ink.mark(verdict), Span::raw(" "), ink.plain(cell(&past.began.map(when).unwrap_or_default(), WHEN)), Span::raw(" ")];
        if self.workload > 0 {
            line.extend([ink.plain(cell(&past.workload, self.workload)), Span::raw(" ")]);
        }
        line.extend([ink.strong(cell(&past.runbook, self.runbook)), Span::raw(" ")]);
        line.extend([Span::styled(cell(past.state, self.state), ink.paint.word(verdict)), Span::raw(" ")]);
        for figure in [&past.rto, &past.rpo] {
            line.extend([figure_cell(ink, figure.as_ref(), self.figure), Span::raw(" ")]);
        }
        if past.owed > 0 {
            line.push(Span::styled(format!("{} OWED ", past.owed), ink.paint.word(Verdict::Degraded)));
        }
        let last = past.why.as_ref().map_or_else(|| past.who.clone(), |why| format!("{}: {why}", past.run));
        line.push(ink.plain(ink.say(&last)));
        Line::from(line)
    }
}

/// `11-21 10:55:49`: names and reports have the year.
const WHEN: usize = 14;

fn when(at: Timestamp) -> String {
    let date = at.to_string();
    format!("{} {}", date.get(5..10).unwrap_or_default(), utc(at))
}

/// What was measured, and of how much where there is room; what was not is no figure.
fn figure_cell(ink: &Ink<'_>, figure: Option<&Figure>, room: usize) -> Span<'static> {
    let Some(figure) = figure else { return ink.quiet(padded("", room, ink.glyphs)) };
    let verdict = match figure.met {
        Some(true) => Verdict::Healthy,
        Some(false) => Verdict::Critical,
        None => Verdict::Unknown,
    };
    let told = told(figure);
    let of = format!("{told} of {}", target(figure));
    let text = if figure.seconds.is_some() && width(&of) <= room { of } else { told };
    Span::styled(padded(&text, room, ink.glyphs), ink.paint.word(verdict))
}

pub(in crate::ui) fn told(figure: &Figure) -> String {
    figure.seconds.map_or_else(|| "unproven".to_owned(), seconds)
}

pub(in crate::ui) fn seconds(seconds: f64) -> String {
    human_duration(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

pub(in crate::ui) fn target(figure: &Figure) -> String {
    format_duration(std::time::Duration::try_from_secs_f64(figure.target_s).unwrap_or_default())
}

/// The run under the cursor, in full.
fn about(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, past: &PastRun) {
    let inner = Panel::titled(ink, &ink.say(&past.run)).draw(ink, buffer, area);
    let mut lines = Vec::new();
    let line = |name: &str, value: String| Line::from(vec![ink.quiet(format!("{name:<10}")), ink.plain(ink.say(&value))]);
    match &past.why {
        Some(why) => {
            let told = wrapped(&ink.say(why), usize::from(inner.width), 4, ink.glyphs);
            lines.extend(told.into_iter().map(|line| Line::from(Span::styled(line, ink.paint.word(Verdict::Critical)))));
        }
        None => {
            lines.push(line("why", past.reason.clone()));
            lines.push(line("by", past.who.clone()));
            let against = |figure: &Option<Figure>| figure.as_ref().map(|figure| format!("{} of {}", told(figure), target(figure)));
            lines.push(line("RTO, RPO", [against(&past.rto), against(&past.rpo)].into_iter().flatten().collect::<Vec<_>>().join("   ")));
            let owed = match past.owed {
                0 => "nothing".to_owned(),
                1 => "1 step".to_owned(),
                more => format!("{more} steps"),
            };
            lines.push(line("owed", owed));
            lines.push(line("report", ink.model.report_command(&past.run)));
        }
    }
    for (index, line) in (0..).zip(lines) {
        put(ink, buffer, row(inner, index), line);
    }
}
