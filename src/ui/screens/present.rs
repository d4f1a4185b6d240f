use drlab_core::app::{Running, decision};
use drlab_core::assess::{Assessment, Whereabouts};
use drlab_core::domain::{Verdict, format_duration, human_duration};
use drlab_core::keymap::Action;
use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Constraint, Flex, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::run;
use super::workloads::tasks;
use crate::ui::chrome;
use crate::ui::ink::{Ink, utc};
use crate::ui::text::{fit_line, width};
use crate::ui::widgets::{letters, split};

/// For a room: how it is, and three figures, as big as they can be. No account, no identifiers.
pub(in crate::ui) fn present(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let [top, frozen, state, why, figures, bottom] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::from(ink.model.frozen.is_some())),
        Constraint::Fill(5),
        Constraint::Length(2),
        Constraint::Fill(6),
        Constraint::Length(1),
    ])
    .areas(area);
    crown(ink, buffer, top);
    chrome::banner(ink, buffer, frozen);
    let leaves = ink.key_of(Action::Present).map(|key| format!(" {key} back ")).unwrap_or_default();
    split(ink, buffer, bottom, Line::default(), Line::from(ink.quiet(leaves)));
    let assessment = ink.looked_at().and_then(|(_, assessment)| assessment);
    let verdict = assessment.map_or(Verdict::Unknown, |assessment| assessment.verdict);
    let running = ink.model.run_here();
    let word = running.map_or_else(|| verdict.word().to_uppercase(), |running| run::word(ink, running).content.trim().to_owned());
    let letters_of_state = letters(ink, &[&word], (state.width, state.height));
    let middle =
        Rect { y: state.y + (state.height.saturating_sub(letters_of_state.height())) / 2, height: letters_of_state.height(), ..state };
    letters_of_state.write(ink, buffer, middle.intersection(state), &word, ink.paint.mark(verdict));
    let Some(assessment) = assessment else { return };
    match running {
        Some(running) => step(ink, buffer, why, running),
        None => because(ink, buffer, why, assessment, verdict),
    }
    let shown = running.map_or_else(|| figures_of(ink, assessment), |running| figures_of_run(ink, running, assessment));
    // All three in the same size, so that none looks more important, and as wide as its number needs, so that the size is the greatest.
    let numbers = shown.each_ref().map(|figure| figure.number.as_str()).concat();
    let margins = (2 * (shown.len() + 1)) as u16;
    let letters = letters(ink, &[&numbers], (figures.width.saturating_sub(margins), figures.height.saturating_sub(4)));
    let widths = shown
        .each_ref()
        .map(|figure| Constraint::Length(letters.of(&figure.number).max(LEAST).max(u16::try_from(width(&figure.bound)).unwrap_or(0))));
    let places = Layout::horizontal(widths).flex(Flex::SpaceEvenly).areas::<3>(figures);
    for (area, figure) in places.into_iter().zip(shown) {
        let high = letters.height();
        let top = area.y + area.height.saturating_sub(high + 4) / 2;
        let line = |y: u16| Rect { y, height: 1, ..area }.intersection(area);
        centred(ink, buffer, line(top), Line::from(ink.strong(figure.title)));
        letters.write(ink, buffer, Rect { y: top + 2, height: high, ..area }.intersection(area), &figure.number, figure.style);
        centred(ink, buffer, line(top + 2 + high), Line::from(ink.quiet(figure.of)));
        centred(ink, buffer, line(top + 3 + high), Line::from(ink.quiet(figure.bound)));
    }
}

fn crown(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let mut left = vec![Span::raw(" ")];
    if let Some((workload, _)) = ink.looked_at() {
        left.push(ink.strong(ink.say(&workload.name)));
    }
    left.extend([Span::raw("  "), chrome::mode(ink), Span::raw(" "), chrome::session(ink)]);
    split(ink, buffer, area, Line::from(left), Line::from(vec![ink.strong(format!("{}Z", utc(ink.model.clock.now))), Span::raw(" ")]));
}

/// What is being done, or who is waited for.
fn step(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, running: &Running) {
    let [first, _] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let current = running.current().and_then(|id| running.run.plan.stages.iter().find(|stage| stage.id == id));
    let text = decision(ink.model).map_or_else(
        || current.map(|stage| stage.title.clone()).unwrap_or_default(),
        // Nothing but what the runbook says: reasons may name what a room must not read.
        |decision| {
            let title =
                decision.stage.and_then(|id| running.run.plan.stages.iter().find(|stage| stage.id == id)).map(|stage| stage.title.as_str());
            format!("{}: a decision is being made", title.unwrap_or("The run stands"))
        },
    );
    centred(ink, buffer, first, Line::from(ink.strong(ink.say(&text))));
}

fn figures_of_run(ink: &Ink<'_>, running: &Running, assessment: &Assessment) -> [Figure; 3] {
    let readiness = &assessment.readiness;
    let elapsed = run::elapsed(ink, running);
    let rto = running.workload.as_ref().map_or(readiness.rto, |workload| workload.objectives.rto);
    let style = |late| if late { ink.paint.mark(Verdict::Critical) } else { ink.paint.strong };
    let over = running.run.plan.stages.iter().filter(|stage| running.run.is_settled(&stage.id)).count();
    let left = if running.is_live() { running.outlook.proven.p50.since(ink.model.clock.now) } else { std::time::Duration::ZERO };
    [
        Figure {
            title: "ELAPSED",
            number: short(elapsed),
            of: format!("of {} allowed", format_duration(rto)),
            bound: String::new(),
            style: style(elapsed > rto),
        },
        Figure {
            title: "STEPS DONE",
            number: format!("{over}/{}", running.run.plan.stages.len()),
            of: String::new(),
            bound: String::new(),
            style: ink.paint.strong,
        },
        Figure {
            title: "STILL TAKES",
            number: short(left),
            of: "until it is proven".to_owned(),
            bound: String::new(),
            style: style(elapsed + left > rto),
        },
    ]
}

fn because(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, assessment: &Assessment, verdict: Verdict) {
    let [first, _] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    if let Some(headline) = &assessment.headline {
        let style = ink.paint.banner(headline.verdict);
        buffer.set_style(first, style);
        centred(ink, buffer, first, Line::from(Span::styled(ink.say(&headline.text), style)));
    } else if let Some(reason) = assessment.reasons.first() {
        centred(ink, buffer, first, Line::from(Span::styled(ink.say(reason), ink.paint.word(verdict))));
    }
}

/// Columns that what stands above and below a figure takes.
const LEAST: u16 = 18;

struct Figure {
    title: &'static str,
    number: String,
    of: String,
    /// What stands beneath, where the figure is but the best there is to say.
    bound: String,
    style: Style,
}

fn figures_of(ink: &Ink<'_>, assessment: &Assessment) -> [Figure; 3] {
    let readiness = &assessment.readiness;
    let unknown = || ("?".to_owned(), ink.paint.mark(Verdict::Unknown));
    let calm = |verdict: Verdict| if verdict == Verdict::Healthy { ink.paint.strong } else { ink.paint.mark(verdict) };
    let loss = &readiness.loss;
    let (lost, lost_style) = loss.about.map_or_else(unknown, |lost| (format!("~{}", human_duration(lost)), calm(loss.verdict)));
    // What makes a bound worse than the figure it stands beneath is the figure's age.
    let late = loss.measured.filter(|_| loss.verdict != Verdict::Healthy);
    let late = late.map(|at| format!(" as of {} ago", human_duration(ink.now.since(at)))).unwrap_or_default();
    let most = loss.database.map(|most| format!("at most {}{late}", human_duration(most)));
    let (running, running_style) = tasks(assessment).map_or_else(unknown, |tasks| {
        let verdict = if tasks.have == 0 {
            Verdict::Critical
        } else if tasks.have < tasks.want {
            Verdict::Degraded
        } else {
            Verdict::Healthy
        };
        (format!("{}/{}", tasks.have, tasks.want), calm(verdict))
    });
    let forecast = &readiness.forecast;
    let late = if forecast.p90 > readiness.rto { Verdict::Critical } else { Verdict::Healthy };
    let (takes, takes_style) = if forecast.legs.is_empty() { unknown() } else { (short(forecast.p50), calm(late)) };
    // What cannot be done now takes no time now.
    let (takes, takes_style, once) = match (&assessment.active, readiness.ready()) {
        (Whereabouts::Both, _) => ("-".to_owned(), ink.paint.mark(Verdict::Critical), "not while both write"),
        (_, Some(false)) => (takes, takes_style, "once it is READY"),
        _ => (takes, takes_style, ""),
    };
    [
        Figure {
            title: "WOULD LOSE",
            number: lost,
            of: format!("of {} allowed", format_duration(readiness.rpo)),
            bound: most.unwrap_or_else(|| "no bound is known".to_owned()),
            style: lost_style,
        },
        Figure { title: "TASKS RUNNING", number: running, of: "where users land".to_owned(), bound: String::new(), style: running_style },
        Figure {
            title: "FAILOVER TAKES",
            number: takes,
            of: format!("of {} allowed", format_duration(readiness.rto)),
            bound: once.to_owned(),
            style: takes_style,
        },
    ]
}

/// In as few letters as can be: `9m40s`, but `12m` and not `12m05s`.
fn short(duration: std::time::Duration) -> String {
    let told = human_duration(duration);
    if told.len() <= 5 { told } else { format!("{}m", duration.as_secs().div_ceil(60)) }
}

fn centred(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, line: Line<'_>) {
    if !area.is_empty() {
        fit_line(line, usize::from(area.width), ink.glyphs).alignment(Alignment::Center).render(area, buffer);
    }
}
