use drlab_core::assess::{Assessment, Component, SiteView, Whereabouts};
use drlab_core::config::Site;
use drlab_core::domain::{Verdict, human_duration};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::ink::Ink;
use crate::ui::text::width;
use crate::ui::widgets::{Panel, Rows, put, rows};

/// One region: its name, whether it writes and whether users are there, and a row for each of its parts.
pub(super) fn site(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, assessment: &Assessment, which: Site) {
    let Some((workload, _)) = ink.looked_at() else { return };
    let view = assessment.sites.get(which);
    let name = which.word().to_uppercase();
    let region = ink.say(workload.region(which).as_str());
    let free = usize::from(area.width).saturating_sub(name.len() + 9);
    let room_of = |tags: &[Span<'_>]| tags.iter().map(Span::width).sum::<usize>() + name.len() + region.len() + 9;
    // Which region it is matters most when most is to be said of it: words give way to their marks first.
    let tags = |words| tags(ink, assessment, which, view, free, words);
    let fitting = [Words::All, Words::State, Words::None].into_iter().map(tags);
    let tags = fitting.reduce(|tags, shorter| if room_of(&tags) <= usize::from(area.width) { tags } else { shorter }).unwrap_or_default();
    let wide = room_of(&tags);
    // Where both do not fit, the region goes to the foot.
    let (title, foot) = if wide <= usize::from(area.width) {
        (Line::from(vec![ink.strong(name), Span::raw(" "), Span::styled(region, ink.paint.base)]), Line::default())
    } else {
        (Line::from(ink.strong(name)), Line::from(Span::styled(region, ink.paint.base)))
    };
    let loud = (view.verdict == Verdict::Critical || view.dark_since.is_some()).then(|| ink.paint.mark(Verdict::Critical));
    let panel = Panel { title, right: Line::from(tags), foot, loud };
    draw(ink, buffer, area, panel, &view.components.iter().collect::<Vec<_>>());
}

/// How many words there is room for beside the marks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    All,
    /// Of what is wrong alone.
    State,
    None,
}

/// Where it is active, where users land, how it is; of the last the mark alone where there is no room for the word.
fn tags(ink: &Ink<'_>, assessment: &Assessment, which: Site, view: &SiteView, room: usize, words: Words) -> Vec<Span<'static>> {
    let is_there = |whereabouts: &Whereabouts| *whereabouts == Whereabouts::Both || whereabouts.site() == Some(which);
    let word = |mark: &str, word: &str| if words == Words::All { format!("{mark} {word}") } else { mark.to_owned() };
    let mut tags = Vec::new();
    if is_there(&assessment.active) {
        tags.push(Span::styled(word(ink.glyphs.active, "ACTIVE"), ink.paint.accent));
    }
    if is_there(&assessment.landing) {
        tags.push(Span::styled(word(ink.glyphs.landing, "LANDING"), ink.paint.accent));
    }
    if let Some(since) = view.dark_since {
        let word = if words == Words::None { "" } else { "DARK " };
        let dark = format!("{} {word}{}", ink.glyphs.critical, human_duration(ink.now.since(since)));
        tags.push(Span::styled(dark, ink.paint.mark(Verdict::Critical)));
    } else if let Some(since) = view.silent_since {
        let word = if words == Words::None { "" } else { "API SILENT " };
        let silent = format!("{} {word}{}", ink.glyphs.unknown, human_duration(ink.now.since(since)));
        tags.push(Span::styled(silent, ink.paint.mark(Verdict::Unknown)));
    } else if view.verdict != Verdict::Healthy || tags.is_empty() {
        let told: usize = tags.iter().map(|tag| tag.width() + 1).sum();
        let mark = ink.glyphs.mark(view.verdict);
        let word = format!("{mark} {}", view.verdict.word());
        let word = if told + width(&word) <= room { word } else { mark.to_owned() };
        tags.push(Span::styled(word, ink.paint.mark(view.verdict)));
    }
    let mut spaced = Vec::new();
    for (index, tag) in tags.into_iter().enumerate() {
        if index > 0 {
            spaced.push(Span::raw(" "));
        }
        spaced.push(tag);
    }
    spaced
}

/// What carries data from one site to the other, and users to one of them; with the way it flows.
pub(super) fn between(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, assessment: &Assessment) {
    let way = match assessment.active.site() {
        Some(Site::Primary) => format!("{dash}{dash}{}", ink.glyphs.towards_standby, dash = ink.glyphs.dash),
        Some(Site::Standby) => format!("{}{dash}{dash}", ink.glyphs.towards_primary, dash = ink.glyphs.dash),
        None => String::new(),
    };
    let panel = Panel::titled(ink, "REPLICATION").right(Span::styled(way, ink.paint.accent));
    draw(ink, buffer, area, panel, &assessment.between.iter().collect::<Vec<_>>());
}

/// What belongs to neither.
pub(super) fn around(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, assessment: &Assessment) {
    let panel = Panel::titled(ink, "AROUND");
    draw(ink, buffer, area, panel, &assessment.around.iter().collect::<Vec<_>>());
}

fn draw(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, panel: Panel<'_>, components: &[&Component]) {
    let selected = ink.model.cursors.dashboard.as_deref();
    let chosen = components.iter().find(|component| Some(component.id.as_str()) == selected);
    // Where no line is left for the reason of what is selected, the frame has one.
    let crowded = usize::from(area.height) < components.len() + 3;
    let foot = chosen.and_then(|component| component.reason.as_ref()).filter(|_| crowded).map(|reason| ink.say(reason));
    let panel = match foot {
        Some(foot) => panel.foot(Span::styled(foot, ink.paint.strong)),
        None => panel,
    };
    let inner = panel.draw(ink, buffer, area);
    if components.is_empty() {
        put(ink, buffer, inner, Line::from(ink.quiet("nothing is configured here")));
        return;
    }
    let spark = usize::from(inner.width / 3).min(60);
    rows(ink, buffer, inner, &Rows { components, selected, spark });
}
