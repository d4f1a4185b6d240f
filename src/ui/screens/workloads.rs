use std::time::Duration;

use drlab_core::app::shown_workloads;
use drlab_core::assess::{Assessment, Component, Gauge, Whereabouts};
use drlab_core::config::{Site, Workload};
use drlab_core::domain::{Verdict, human_duration};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::forecast::ready_word;
use crate::ui::ink::Ink;
use crate::ui::text::{padded, width};
use crate::ui::widgets::{Panel, beyond, put, row, split};

/// A row that reaches further back than this says so.
const WORTH_SAYING: Duration = Duration::from_secs(120);

/// A fleet, a row each, the worst first: what is wrong, where, and whether one could leave.
pub(in crate::ui) fn workloads(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let model = ink.model;
    let shown = shown(ink);
    let all = &model.config.workloads;
    let count = if shown.len() == all.len() { format!("of {}", all.len()) } else { format!("of {}, {} shown", all.len(), shown.len()) };
    let panel = Panel::titled(ink, "WORKLOADS").right(tally(ink, &count));
    let filter = model.filters.workloads.text();
    let foot = if filter.is_empty() { String::new() } else { format!("showing what contains {}", ink.say(filter)) };
    let inner = panel.foot(ink.quiet(foot)).draw(ink, buffer, area);
    let columns = Columns::fitting(ink, inner.width);
    put(ink, buffer, row(inner, 0), columns.heading(ink));
    let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    if shown.is_empty() {
        put(ink, buffer, row(body, 0), Line::from(ink.quiet("no workload matches")));
        return;
    }
    let height = usize::from(body.height);
    let selected = model.cursors.workloads.min(shown.len() - 1);
    let first = selected.saturating_sub(height / 2).min(shown.len().saturating_sub(height));
    for (index, (workload, assessment)) in (0..).zip(shown.iter().skip(first).take(height)) {
        let line = row(body, index);
        let more = beyond(ink, (usize::from(index), height), (first, shown.len().saturating_sub(first + height)));
        split(ink, buffer, line, columns.line(ink, workload, *assessment), more);
        if first + usize::from(index) == selected {
            buffer.set_style(line, ink.paint.selected);
        }
    }
}

/// What the cursor moves over, and nothing else.
fn shown<'m>(ink: &Ink<'m>) -> Vec<(&'m Workload, Option<&'m Assessment>)> {
    let model = ink.model;
    let number = |number: usize| Some((model.config.workloads.get(number)?, model.picture.assessments.get(number)));
    shown_workloads(model).into_iter().filter_map(number).collect()
}

/// `✖ 1  ? 2  ▲ 3  ● 18   24`: what a fleet's owner looks for first.
fn tally(ink: &Ink<'_>, count: &str) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    for verdict in [Verdict::Critical, Verdict::Unknown, Verdict::Degraded, Verdict::Healthy] {
        let of = |index: usize| ink.model.picture.assessments.get(index).map_or(Verdict::Unknown, |assessment| assessment.verdict);
        let found = (0..ink.model.config.workloads.len()).filter(|index| of(*index) == verdict).count();
        if found > 0 {
            spans.extend([ink.mark(verdict), Span::styled(format!(" {found} {verdict}  "), ink.paint.word(verdict))]);
        }
    }
    spans.push(ink.quiet(count.to_owned()));
    spans
}

/// How wide every column is; zero where there is no room for it.
struct Columns {
    name: usize,
    regions: usize,
    whereabouts: usize,
    lag: usize,
    tasks: usize,
    ready: usize,
    forecast: usize,
    alarms: usize,
}

impl Columns {
    fn fitting(ink: &Ink<'_>, room: u16) -> Self {
        let longest = ink.model.config.workloads.iter().map(|workload| width(&ink.say(&workload.name))).max().unwrap_or(0);
        let several = |least: u16, columns: usize| if room >= least { columns } else { 0 };
        Self {
            name: longest.clamp(8, if room >= 110 { 24 } else { 14 }),
            regions: several(150, 31),
            whereabouts: 17,
            lag: several(90, 9),
            tasks: several(90, 7),
            ready: if room >= 90 { 19 } else { 13 },
            forecast: several(170, 9),
            alarms: several(90, 9),
        }
    }

    fn heading(&self, ink: &Ink<'_>) -> Line<'static> {
        let cells = [
            ("WORKLOAD", self.name + 2),
            ("FROM, TO", self.regions),
            ("ACTIVE, LANDING", self.whereabouts),
            ("LAG", self.lag),
            ("TASKS", self.tasks),
            ("ALARMS", self.alarms),
            ("READY", self.ready),
            ("TAKES", self.forecast),
            ("WHY", 3),
        ];
        let cells = cells.into_iter().filter(|(_, columns)| *columns > 0);
        Line::from(cells.map(|(text, columns)| ink.quiet(format!("{} ", padded(text, columns, ink.glyphs)))).collect::<Vec<_>>())
    }

    fn line(&self, ink: &Ink<'_>, workload: &Workload, assessment: Option<&Assessment>) -> Line<'static> {
        let verdict = assessment.map_or(Verdict::Unknown, |assessment| assessment.verdict);
        let cell =
            |text: &str, columns: usize| if columns == 0 { String::new() } else { format!("{} ", padded(text, columns, ink.glyphs)) };
        let name_style = if verdict == Verdict::Healthy { ink.paint.base } else { ink.paint.strong };
        let mut line = vec![ink.mark(verdict), Span::raw(" ")];
        line.push(Span::styled(cell(&ink.say(&workload.name), self.name), name_style));
        let arrow = if ink.glyphs.is_ascii() { "->" } else { "→" };
        line.push(ink.quiet(cell(&format!("{} {arrow} {}", workload.primary, workload.standby), self.regions)));
        let Some(assessment) = assessment else {
            line.push(Span::styled("nothing has been seen yet", ink.paint.word(Verdict::Unknown)));
            return Line::from(line);
        };
        line.extend(self.whereabouts(ink, assessment));
        line.push(lag(assessment).map_or_else(
            || ink.quiet(cell("-", self.lag)),
            |lag| {
                Span::styled(
                    cell(&ink.say(&lag.value), self.lag),
                    if lag.verdict == Verdict::Healthy { ink.paint.base } else { ink.paint.mark(lag.verdict) },
                )
            },
        ));
        let tasks = tasks(assessment).map_or_else(|| "-".to_owned(), |tasks| format!("{}/{}", tasks.have, tasks.want));
        let short = self::tasks(assessment).is_some_and(|tasks| tasks.have < tasks.want);
        line.push(Span::styled(cell(&tasks, self.tasks), if short { ink.paint.mark(Verdict::Degraded) } else { ink.paint.base }));
        let (told, verdict_of_them) = alarms(assessment);
        let style = if verdict_of_them == Verdict::Healthy { ink.paint.quiet } else { ink.paint.mark(verdict_of_them) };
        line.push(Span::styled(cell(&told, self.alarms), style));
        let mut ready = ready_word(ink, &assessment.readiness);
        if self.ready < 19 {
            // Why is worth more than how many of how many.
            ready.truncate(1);
        }
        let told: usize = ready.iter().map(Span::width).sum();
        line.extend(ready);
        line.push(Span::raw(" ".repeat((self.ready + 1).saturating_sub(told))));
        if self.forecast > 0 {
            let forecast = &assessment.readiness.forecast;
            let told = if forecast.legs.is_empty() { "-".to_owned() } else { format!("~{}", human_duration(forecast.p50)) };
            line.push(ink.plain(cell(&told, self.forecast)));
        }
        // What nobody looks into is looked at seldom: how far back the row reaches is part of what it says.
        if let Some(age) = assessment.slowest.map(|slowest| assessment.at.since(slowest)).filter(|age| *age > WORTH_SAYING) {
            line.push(ink.quiet(format!("as of {} ago  ", human_duration(age))));
        }
        let why = assessment.headline.as_ref().map(|headline| &headline.text).or(assessment.reasons.first());
        line.push(Span::styled(why.map(|why| ink.say(why)).unwrap_or_default(), ink.paint.word(verdict)));
        Line::from(line)
    }

    fn whereabouts(&self, ink: &Ink<'_>, assessment: &Assessment) -> Vec<Span<'static>> {
        let (active, landing) = (whereabouts(&assessment.active), whereabouts(&assessment.landing));
        let apart = assessment.active != assessment.landing;
        let style = if apart { ink.paint.mark(Verdict::Degraded) } else { ink.paint.base };
        vec![Span::styled(format!("{} ", padded(&format!("{active}, {landing}"), self.whereabouts, ink.glyphs)), style)]
    }
}

const fn whereabouts(at: &Whereabouts) -> &'static str {
    match at {
        Whereabouts::Primary => "primary",
        Whereabouts::Standby => "standby",
        Whereabouts::Both => "BOTH",
        Whereabouts::Neither(_) => "neither",
        Whereabouts::Unknown(_) => "?",
    }
}

fn lag(assessment: &Assessment) -> Option<&Component> {
    assessment.between.iter().find(|component| component.id == "replication/database")
}

/// Tasks where the users are, or else where the database writes.
pub(super) fn tasks(assessment: &Assessment) -> Option<Gauge> {
    let site = assessment.landing.site().or(assessment.active.site()).unwrap_or(Site::Primary);
    let services = assessment.sites.get(site).components.iter().filter(|component| component.id.contains("/service/"));
    services.filter_map(|service| service.gauge).reduce(|sum, next| Gauge { have: sum.have + next.have, want: sum.want + next.want })
}

/// How many ring of those of all places; where some cannot be seen, that is said.
fn alarms(assessment: &Assessment) -> (String, Verdict) {
    let rows: Vec<&Component> = assessment.components().filter(|component| component.id.ends_with("/alarms")).collect();
    let seen = rows.iter().filter_map(|row| row.gauge).reduce(|sum, next| Gauge { have: sum.have + next.have, want: sum.want + next.want });
    let all = rows.iter().all(|row| row.gauge.is_some());
    let told = match seen {
        _ if rows.is_empty() => return ("-".to_owned(), Verdict::Healthy),
        Some(Gauge { have, want }) => format!("{have} of {want}{}", if all { "" } else { "+?" }),
        None => "?".to_owned(),
    };
    (told, Verdict::worst(rows.iter().map(|row| row.verdict)))
}
