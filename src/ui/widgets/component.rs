use drlab_core::app::own_name;
use drlab_core::assess::Component;
use drlab_core::domain::Verdict;
use drlab_core::domain::fact::Series;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{blocks, row, sparkline, split};
use crate::ui::ink::{Ink, age};
use crate::ui::text::{fit_parts, padded, width, wrapped};

/// Rows of components in an area.
pub(in crate::ui) struct Rows<'r, 'm> {
    pub components: &'r [&'m Component],
    pub selected: Option<&'r str>,
    /// Columns that may be given to the hour behind a figure.
    pub spark: usize,
}

/// A line of the area: a component, a line of a reason, or how many are not shown.
enum Told<'m> {
    Component(&'m Component),
    Reason(String, Verdict),
    /// How many are not shown, and how the worst of them is.
    More(usize, Verdict),
}

/// Draws a row for each component and, where there is room, the reasons beneath those that are not well. What does not fit is counted;
/// what is well gives way first.
pub(in crate::ui) fn rows(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, rows: &Rows<'_, '_>) {
    let label_room = rows
        .components
        .iter()
        .map(|component| width(&label(ink, component)))
        .max()
        .unwrap_or(0)
        .clamp(3, usize::from(area.width / 3).clamp(3, 16));
    for (index, told) in (0..).zip(arrange(ink, area, rows)) {
        let line = row(area, index);
        match told {
            Told::Component(component) => {
                let selected = rows.selected == Some(component.id.as_str());
                component_row(ink, buffer, line, component, label_room, rows.spark);
                if selected {
                    buffer.set_style(line, ink.paint.selected);
                }
            }
            Told::Reason(text, verdict) => {
                let style = if verdict == Verdict::Healthy { ink.paint.quiet } else { ink.paint.word(verdict) };
                split(ink, buffer, line, Line::from(Span::styled(format!("  {text}"), style)), Line::default());
            }
            Told::More(count, worst) => {
                let text = if worst == Verdict::Healthy { format!("{count} more, all healthy") } else { format!("{count} more, {worst}") };
                let line_style = if worst == Verdict::Healthy { ink.paint.quiet } else { ink.paint.word(worst) };
                split(ink, buffer, line, Line::from(Span::styled(format!("  {text}"), line_style)), Line::default());
            }
        }
    }
}

fn arrange<'m>(ink: &Ink<'_>, area: Rect, rows: &Rows<'_, 'm>) -> Vec<Told<'m>> {
    let height = usize::from(area.height);
    let total = rows.components.len();
    let mut shown: Vec<bool> = vec![true; total];
    let mut hidden = 0;
    // One line is needed to say that there is more.
    while total - hidden + usize::from(hidden > 0) > height && hidden < total {
        let is_selected = |component: &Component| rows.selected == Some(component.id.as_str());
        let least = (0..total)
            .rev()
            .filter(|index| shown[*index])
            .min_by_key(|index| (is_selected(rows.components[*index]), rows.components[*index].verdict.weight()));
        let Some(least) = least else { break };
        shown[least] = false;
        hidden += 1;
    }
    let mut spare = height.saturating_sub(total - hidden + usize::from(hidden > 0));
    let mut reasons: Vec<Vec<String>> = vec![Vec::new(); total];
    let mut urgent: Vec<usize> = (0..total).filter(|index| shown[*index] && rows.components[*index].reason.is_some()).collect();
    urgent.sort_by_key(|index| {
        let component = rows.components[*index];
        (rows.selected != Some(component.id.as_str()), std::cmp::Reverse(component.verdict.weight()))
    });
    let mut said: Vec<&str> = Vec::new();
    for index in urgent {
        let component = rows.components[index];
        let selected = rows.selected == Some(component.id.as_str());
        // What is well and has a word to say says it when it is asked; what is said once for a whole region is not said again.
        let reason = component.reason.as_deref().unwrap_or_default();
        let is_said = said.contains(&complaint(reason));
        if spare == 0 || is_said || (component.verdict == Verdict::Healthy && !selected) {
            continue;
        }
        said.push(complaint(reason));
        let text = ink.say(reason);
        let most = spare.min(if selected { 3 } else { 2 });
        let lines = wrapped(&text, usize::from(area.width).saturating_sub(2), most, ink.glyphs);
        spare -= lines.len();
        reasons[index] = lines;
    }
    let mut told = Vec::with_capacity(height);
    for (index, lines) in reasons.into_iter().enumerate().filter(|(index, _)| shown[*index]) {
        let component = rows.components[index];
        told.push(Told::Component(component));
        told.extend(lines.into_iter().map(|line| Told::Reason(line, component.verdict)));
    }
    if hidden > 0 && height > 0 {
        let worst = Verdict::worst((0..total).filter(|index| !shown[*index]).map(|index| rows.components[index].verdict));
        told.push(Told::More(hidden, worst));
    }
    told
}

/// What a reason complains of, without when it was last otherwise and without what follows from it.
pub(in crate::ui) fn complaint(reason: &str) -> &str {
    let end = [", last seen", " · "].iter().filter_map(|end| reason.find(end)).min();
    end.and_then(|end| reason.get(..end)).unwrap_or(reason)
}

/// What it is called; where several are called the same, by a name of its own.
fn label(ink: &Ink<'_>, component: &Component) -> String {
    let own = ink.looked_at().and_then(|(_, assessment)| own_name(assessment?, component));
    ink.say(own.as_deref().unwrap_or(&component.label))
}

fn component_row(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, component: &Component, label_room: usize, spark: usize) {
    let paint = &ink.paint;
    let mut left = vec![ink.mark(component.verdict), Span::raw(" ")];
    left.push(Span::styled(padded(&label(ink, component), label_room, ink.glyphs), if component.stale { paint.quiet } else { paint.base }));
    left.push(Span::raw("  "));
    let value = ink.say(&component.value);
    // Of tasks every one is wanted; alarms are best when none of the boxes is full.
    if let Some(gauge) = component.gauge.filter(|_| !component.id.ends_with("/alarms")) {
        left.extend(blocks(ink, gauge, if component.stale { paint.quiet } else { paint.mark(component.verdict) }));
    }
    let style = match component.verdict {
        _ if component.stale => paint.quiet,
        Verdict::Healthy => paint.base,
        verdict => paint.word(verdict),
    };
    let told_age = component.source_at.map_or_else(|| "-".to_owned(), |at| age(ink.now_for_ages().since(at)));
    let told_age = format!("{told_age:>3}");
    let before: usize = left.iter().map(Span::width).sum();
    // The age, its mark, and a blank before them.
    let room = usize::from(area.width).saturating_sub(before + width(&told_age) + 2);
    left.push(Span::styled(fit_parts(&value, room, ink.glyphs).into_owned(), style));
    let mut right = Vec::new();
    let told: usize = left.iter().map(Span::width).sum();
    let series = component.series.as_ref().and_then(|subject| ink.model.picture.snapshot.get(subject)).and_then(|seen| match seen.fact() {
        Some(drlab_core::domain::fact::Fact::Series(series)) => Some(series),
        _ => None,
    });
    if let Some(series) = series.filter(|series: &&Series| series.points.len() > 1) {
        // The figure first; the picture takes what is left of the room, or goes.
        let left_over = usize::from(area.width).saturating_sub(told + 8);
        let columns = spark.min(left_over);
        if columns >= 6 {
            right.push(sparkline(ink, series, columns, if component.stale { paint.quiet } else { paint.accent }));
            right.push(Span::raw(" "));
        }
    }
    let (mark, style) = if component.stale { ("?", paint.mark(Verdict::Unknown)) } else { (" ", paint.quiet) };
    right.push(Span::styled(told_age, if component.stale { style } else { paint.quiet }));
    right.push(Span::styled(mark, style));
    split(ink, buffer, area, Line::from(left), Line::from(right));
}
