use drlab_core::app::{Line as Typed, Model, Overlay, Running, Screen, advice, decision};
use drlab_core::domain::Verdict;
use drlab_core::keymap::{Action, Context};
use drlab_core::run::Mode;
use drlab_core::runbook::Kind;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::ink::Ink;
use crate::ui::overlays;
use crate::ui::text::{width, wrapped};
use crate::ui::widgets::{put, row, split};

/// Lines of the foot: a hint is a command to be typed elsewhere, and of no use unless it is whole.
pub(in crate::ui) fn height(ink: &Ink<'_>, columns: u16) -> u16 {
    hint(ink).map_or(1, |hint| if width(&ink.say(hint)) + 1 > usize::from(columns) { 2 } else { 1 })
}

/// What to try first, while nothing else is to be said.
fn hint<'m>(ink: &Ink<'m>) -> Option<&'m str> {
    let model = ink.model;
    let noticed = model.notice.as_ref().is_some_and(|notice| notice.until > model.clock.now);
    model.session.hint.as_deref().filter(|_| !model.typing_filter && !noticed && model.overlays.is_empty())
}

/// The last line: what is being typed, else what has just happened, else the keys that lead on.
pub(in crate::ui) fn footer(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let model = ink.model;
    let line = if model.typing_filter {
        let mut line = vec![Span::styled(" filter ", ink.paint.watch), Span::raw(" ")];
        line.extend(typed(ink, filter_of(ink)));
        let keys = hints(ink, Context::Filter, usize::from(area.width).saturating_sub(40));
        split(ink, buffer, area, Line::from(line), Line::from(keys));
        return;
    } else if let Some(notice) = model.notice.as_ref().filter(|notice| notice.until > model.clock.now) {
        let verdict = if notice.bad { Verdict::Critical } else { Verdict::Healthy };
        vec![Span::raw(" "), ink.mark(verdict), Span::raw(" "), Span::styled(ink.say(&notice.text), ink.paint.word(verdict))]
    } else if let Some(hint) = hint(ink) {
        let lines = wrapped(&ink.say(hint), usize::from(area.width).saturating_sub(1), usize::from(area.height), ink.glyphs);
        for (index, line) in (0..).zip(lines) {
            put(ink, buffer, row(area, index), Line::from(vec![Span::raw(" "), Span::styled(line, ink.paint.accent)]));
        }
        return;
    } else {
        hints(ink, context(ink), usize::from(area.width))
    };
    split(ink, buffer, area, Line::from(line), Line::default());
}

/// The text of a field, with the cursor as an inverted cell.
pub(in crate::ui) fn typed<'t>(ink: &Ink<'_>, line: &Typed) -> Vec<Span<'t>> {
    let letters: Vec<char> = line.text().chars().collect();
    let at = line.cursor().min(letters.len());
    let before: String = letters[..at].iter().collect();
    let under = letters.get(at).map_or_else(|| " ".to_owned(), |letter| ink.say(&letter.to_string()));
    let after: String = letters.get(at + 1..).unwrap_or_default().iter().collect();
    vec![ink.plain(ink.say(&before)), Span::styled(under, ink.paint.watch), ink.plain(ink.say(&after))]
}

fn filter_of<'m>(ink: &Ink<'m>) -> &'m Typed {
    let filters = &ink.model.filters;
    match ink.model.screen {
        Screen::Workloads => &filters.workloads,
        Screen::Dashboard | Screen::Run | Screen::Events => &filters.events,
        Screen::Readiness => &filters.readiness,
        Screen::History => &filters.history,
    }
}

/// Where keys go now: to the topmost overlay, else to the screen.
fn context(ink: &Ink<'_>) -> Context {
    match ink.model.overlays.last() {
        Some(Overlay::Help { .. }) => Context::Help,
        Some(Overlay::Palette(_)) => Context::Palette,
        Some(Overlay::Detail(_) | Overlay::Report(_)) => Context::Detail,
        Some(Overlay::Quit) => Context::Question,
        Some(Overlay::Chooser(_)) => Context::Chooser,
        Some(Overlay::Entry(_)) => Context::Entry,
        Some(Overlay::Card(_)) => Context::Card,
        None => screen_context(ink.model.screen),
    }
}

const fn screen_context(screen: Screen) -> Context {
    match screen {
        Screen::Workloads => Context::Workloads,
        Screen::Dashboard => Context::Dashboard,
        Screen::Run => Context::Run,
        Screen::Readiness => Context::Readiness,
        Screen::Events => Context::Events,
        Screen::History => Context::History,
    }
}

/// Keys and what they do, the most useful first; the least useful go where there is no room for all.
fn hints<'t>(ink: &Ink<'_>, context: Context, room: usize) -> Vec<Span<'t>> {
    let is_field = context.takes_text() || context == Context::Question;
    let contexts: &[Context] = if is_field { &[context] } else { &[context, Context::Global] };
    let mut left = room.saturating_sub(1);
    let mut spans = vec![Span::raw(" ")];
    let mut useful: Vec<_> = ink.model.keymap.footer(contexts).into_iter().filter(|hint| is_of_use(ink.model, hint.action)).collect();
    // What the run waits for is what somebody looks for first.
    let ways = decision(ink.model).filter(|_| context == Context::Run).map(|decision| decision.ways).unwrap_or_default();
    useful.sort_by_key(|hint| ways.iter().position(|way| *way == hint.action).unwrap_or(ways.len()));
    // And what leads on from what is wrong, before what leads elsewhere.
    let next = if ink.model.overlays.is_empty() && ways.is_empty() { advice(ink.model) } else { Vec::new() };
    useful.sort_by_key(|hint| next.iter().position(|way| *way == hint.action).unwrap_or(next.len()));
    for hint in useful {
        let (key, says) = (ink.say(&hint.key), ink.say(&hint.says));
        let cost = width(&key) + width(&says) + 3;
        if cost > left {
            break;
        }
        left -= cost;
        let here = is_here(ink, hint.action);
        spans.push(Span::styled(key, ink.paint.key));
        spans.push(Span::raw(" "));
        spans.push(Span::styled(says, if here { ink.paint.found } else { ink.paint.quiet }));
        spans.push(Span::raw("  "));
    }
    spans
}

/// Whether a key would do anything just now; a footer has no room for others.
fn is_of_use(model: &Model, action: Action) -> bool {
    let running = model.run_here().filter(|running| running.is_live());
    let planned = |running: &Running| running.run.plan.kind == Kind::Planned;
    let paused = |running: &Running| matches!(running.run.mode, Mode::Paused { .. });
    match action {
        Action::Abort => running.is_some(),
        Action::Pause => running.is_some_and(|running| !paused(running)),
        Action::Resume => running.is_some_and(paused),
        Action::Switch => running.is_some_and(planned),
        Action::Approve | Action::Retry | Action::Skip | Action::Override | Action::Acknowledge => {
            running.is_some() && decision(model).is_some_and(|decision| decision.ways.contains(&action))
        }
        other => overlays::is_of_use(model, other),
    }
}

/// The key leads to where one is.
fn is_here(ink: &Ink<'_>, action: Action) -> bool {
    let leads = match action {
        Action::GoWorkloads => Screen::Workloads,
        Action::GoDashboard => Screen::Dashboard,
        Action::GoRun => Screen::Run,
        Action::GoReadiness => Screen::Readiness,
        Action::GoEvents => Screen::Events,
        Action::GoHistory => Screen::History,
        _ => return false,
    };
    ink.model.screen == leads && ink.model.overlays.is_empty()
}
