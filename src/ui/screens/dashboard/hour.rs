use drlab_core::assess::Assessment;
use drlab_core::domain::fact::Fact;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use crate::ui::ink::Ink;
use crate::ui::widgets::{Panel, chart, put, row};

/// The hour behind what lies between the sites, and behind the parts of the sites, as many as there is room for.
pub(super) fn hours(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, assessment: &Assessment) {
    const LEAST: u16 = 7;
    let inner = Panel::titled(ink, "THE LAST HOUR").draw(ink, buffer, area);
    let mut drawn = Vec::new();
    for component in assessment.between.iter().chain(assessment.components()) {
        let Some(subject) = &component.series else { continue };
        let fact = ink.model.picture.snapshot.get(subject).and_then(|seen| seen.fact());
        // What two rows share is drawn once.
        if let (Some(Fact::Series(series)), false) = (fact, drawn.iter().any(|(known, _)| *known == subject)) {
            drawn.push((subject, series));
        }
    }
    drawn.truncate(usize::from(inner.height / LEAST));
    if drawn.is_empty() {
        put(ink, buffer, inner, Line::from(ink.quiet("no series has been seen")));
        return;
    }
    let places = Layout::vertical(drawn.iter().map(|_| Constraint::Max(12))).split(inner);
    for (place, (subject, series)) in places.iter().zip(drawn) {
        put(ink, buffer, row(*place, 0), Line::from(ink.strong(ink.say(&subject.name))));
        let plot = Rect { y: place.y + 1, height: place.height.saturating_sub(2), ..*place };
        chart(ink, buffer, plot, series);
    }
}
