use drlab_core::assess::{Assessment, Component};
use drlab_core::domain::fact::{Fact, Series};
use drlab_core::domain::{Subject, quantity};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use crate::ui::ink::Ink;
use crate::ui::widgets::{Panel, chart, put, row, split};

/// The hour behind what lies between the sites, and behind the parts of the sites, as many as there is room for.
pub(super) fn hours(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, assessment: &Assessment) {
    const LEAST: u16 = 7;
    let inner = Panel::titled(ink, "THE LAST HOUR").draw(ink, buffer, area);
    let mut drawn = Vec::new();
    for component in assessment.between.iter().chain(assessment.components()) {
        let Some(subject) = &component.series else { continue };
        let fact = ink.model.picture.snapshot.get(subject).and_then(|seen| seen.fact());
        // What two rows share is drawn once.
        if let (Some(Fact::Series(series)), false) = (fact, drawn.iter().any(|(_, known, _)| *known == subject)) {
            drawn.push((component, subject, series));
        }
    }
    drawn.truncate(usize::from(inner.height / LEAST));
    if drawn.is_empty() {
        put(ink, buffer, inner, Line::from(ink.quiet("no series has been seen")));
        return;
    }
    let places = Layout::vertical(drawn.iter().map(|_| Constraint::Max(12))).split(inner);
    for (place, (component, subject, series)) in places.iter().zip(drawn) {
        split(ink, buffer, row(*place, 0), title(ink, component, subject), last(ink, series));
        let plot = Rect { y: place.y + 1, height: place.height.saturating_sub(2), ..*place };
        chart(ink, buffer, plot, series);
    }
}

/// The component as its row calls it, and what is measured: `primary edge  TargetResponseTime`.
fn title(ink: &Ink<'_>, component: &Component, subject: &Subject) -> Line<'static> {
    let place = component.place.map(|place| format!("{place} ")).unwrap_or_default();
    let measure = subject.name.rsplit(' ').next().unwrap_or_default();
    Line::from(vec![ink.strong(format!("{place}{}", ink.say(&component.label))), ink.quiet(format!("  {}", ink.say(measure)))])
}

fn last(ink: &Ink<'_>, series: &Series) -> Line<'static> {
    let Some(point) = series.last() else { return Line::default() };
    let [figure, unit] = quantity(point.value, &series.unit);
    Line::from(vec![ink.strong(figure), ink.quiet(ink.say(&unit))])
}
