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
    let tags = tags(ink, assessment, which, view, usize::from(area.width).saturating_sub(name.len() + 9));
    let wide: usize = tags.iter().map(Span::width).sum::<usize>() + name.len() + region.len() + 12;
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

/// Where it is active, where users land, how it is; of the last the mark alone where there is no room for the word.
fn tags(ink: &Ink<'_>, assessment: &Assessment, which: Site, view: &SiteView, room: usize) -> Vec<Span<'static>> {
    let is_there = |whereabouts: &Whereabouts| *whereabouts == Whereabouts::Both || whereabouts.site() == Some(which);
    let mut tags = Vec::new();
    if is_there(&assessment.active) {
        tags.push(Span::styled(format!("{} ACTIVE", ink.glyphs.active), ink.paint.accent));
    }
    if is_there(&assessment.landing) {
        tags.push(Span::styled(format!("{} LANDING", ink.glyphs.landing), ink.paint.accent));
    }
    if let Some(since) = view.dark_since {
        let dark = format!("{} DARK {}", ink.glyphs.critical, human_duration(ink.now.since(since)));
        tags.push(Span::styled(dark, ink.paint.mark(Verdict::Critical)));
    } else if let Some(since) = view.silent_since {
        let silent = format!("{} API SILENT {}", ink.glyphs.unknown, human_duration(ink.now.since(since)));
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
