use drlab_core::app::{Line as Typed, Overlay, Screen};
use drlab_core::domain::Verdict;
use drlab_core::keymap::{Action, Binding, Context};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::ink::Ink;
use crate::ui::text::width;
use crate::ui::widgets::split;

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
    } else if let (Some(hint), true) = (&model.session.hint, model.overlays.is_empty()) {
        vec![Span::raw(" "), Span::styled(ink.say(hint), ink.paint.accent)]
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
        Screen::Dashboard | Screen::Events => &filters.events,
        Screen::Readiness => &filters.readiness,
    }
}

/// Where keys go now: to the topmost overlay, else to the screen.
fn context(ink: &Ink<'_>) -> Context {
    match ink.model.overlays.last() {
        Some(Overlay::Help { .. }) => Context::Help,
        Some(Overlay::Palette(_)) => Context::Palette,
        Some(Overlay::Detail(_)) => Context::Detail,
        Some(Overlay::Quit) => Context::Question,
        None => screen_context(ink.model.screen),
    }
}

const fn screen_context(screen: Screen) -> Context {
    match screen {
        Screen::Workloads => Context::Workloads,
        Screen::Dashboard => Context::Dashboard,
        Screen::Readiness => Context::Readiness,
        Screen::Events => Context::Events,
    }
}

/// Keys and what they do, in the keymap's order; the least useful go where there is no room for all.
fn hints<'t>(ink: &Ink<'_>, context: Context, room: usize) -> Vec<Span<'t>> {
    let is_field = matches!(context, Context::Filter | Context::Palette | Context::Question);
    let mut offers: Vec<(usize, &Binding, String)> = Vec::new();
    for (order, binding) in ink.model.keymap.bindings.iter().enumerate() {
        let here = binding.context == context || (binding.context == Context::Global && !is_field);
        if let (true, Some(_), Some(key)) = (here, binding.footer, binding.on.first()) {
            offers.push((order, binding, key.to_string()));
        }
    }
    let cost = |(_, binding, key): &(usize, &Binding, String)| width(key) + width(&binding.says) + 3;
    offers.sort_by_key(|(order, binding, _)| (std::cmp::Reverse(binding.footer), *order));
    let mut left = room.saturating_sub(1);
    offers.retain(|offer| {
        let fits = cost(offer) <= left;
        left -= if fits { cost(offer) } else { 0 };
        fits
    });
    offers.sort_by_key(|(order, ..)| *order);
    let mut spans = vec![Span::raw(" ")];
    for (_, binding, key) in offers {
        let here = is_here(ink, binding.action);
        spans.push(Span::styled(key, ink.paint.key));
        spans.push(Span::raw(" "));
        spans.push(Span::styled(binding.says.clone(), if here { ink.paint.found } else { ink.paint.quiet }));
        spans.push(Span::raw("  "));
    }
    spans
}

/// The key leads to where one is.
fn is_here(ink: &Ink<'_>, action: Action) -> bool {
    let leads = match action {
        Action::GoWorkloads => Screen::Workloads,
        Action::GoDashboard => Screen::Dashboard,
        Action::GoReadiness => Screen::Readiness,
        Action::GoEvents => Screen::Events,
        _ => return false,
    };
    ink.model.screen == leads && ink.model.overlays.is_empty()
}
