use drlab_core::domain::Timestamp;
use drlab_core::domain::fact::Series;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use crate::ui::ink::Ink;

/// The minutes shown of a series: one value a column, the newest at the right; `None` where there is no point.
fn minutes(series: &Series, now: Timestamp, columns: usize) -> Vec<Option<f64>> {
    let mut values = vec![None; columns];
    // The newest point stands at the right edge, unless the series has ended: then the gap is part of the picture.
    let newest = series.last().map_or(now, |point| if now.since(point.at).as_secs() > 300 { now } else { point.at });
    for point in &series.points {
        let back = usize::try_from(newest.since(point.at).as_secs() / 60).unwrap_or(usize::MAX);
        if point.at <= newest
            && point.value.is_finite()
            && let Some(column) = columns.checked_sub(back + 1)
        {
            values[column] = Some(point.value);
        }
    }
    values
}

/// Which of `steps` a value reaches between `low` and `high`, from 0.
fn step(value: f64, low: f64, high: f64, steps: usize) -> usize {
    if high <= low {
        return 0;
    }
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a few hundred")]
    let reached = ((value - low) / (high - low) * (steps - 1) as f64).round().max(0.0) as usize;
    reached.min(steps - 1)
}

/// A series in one line. A flat one is a low line: what does not move is calm, whatever its height.
pub(in crate::ui) fn sparkline(ink: &Ink<'_>, series: &Series, columns: usize, style: Style) -> Span<'static> {
    let values = minutes(series, ink.now, columns);
    let (low, high) = bounds(&values);
    let text: String = values
        .iter()
        .map(|value| match value {
            // A wobble of a few per cent is no mountain range.
            Some(value) => ink.glyphs.heights[step(*value, low, high.max(low * 2.0), ink.glyphs.heights.len())],
            None => " ",
        })
        .collect();
    Span::styled(text, style)
}

fn bounds(values: &[Option<f64>]) -> (f64, f64) {
    let known = values.iter().flatten().copied();
    let low = known.clone().fold(f64::INFINITY, f64::min);
    let high = known.fold(f64::NEG_INFINITY, f64::max);
    if low.is_finite() { (low, high) } else { (0.0, 0.0) }
}

/// A series as columns on an axis, with the scale at the left and the hour below.
pub(in crate::ui) fn chart(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, series: &Series) {
    const SCALE: u16 = 9;
    if area.width < SCALE + 12 || area.height < 3 {
        return;
    }
    let plot = Rect { x: area.x + SCALE, width: (area.width - SCALE).min(60), height: area.height - 1, ..area };
    let values = minutes(series, ink.now, usize::from(plot.width));
    let (low, high) = bounds(&values);
    let floor = low.min(0.0);
    let ceiling = if high > floor { high } else { floor + 1.0 };
    let steps = usize::from(plot.height) * 8;
    let label = |buffer: &mut Buffer, y: u16, text: &str| {
        let text = crate::ui::text::ranged_right(text, usize::from(SCALE) - 2, ink.glyphs);
        buffer.set_string(area.x, y, text, ink.paint.quiet);
    };
    label(buffer, plot.y, &figure(ceiling));
    label(buffer, plot.bottom() - 1, &figure(floor));
    for y in plot.top()..plot.bottom() {
        buffer.set_string(plot.x - 1, y, ink.glyphs.upright, ink.paint.border);
    }
    for (x, value) in (plot.x..).zip(&values) {
        let Some(value) = value else { continue };
        let reached = step(*value, floor, ceiling, steps) + 1;
        for (level, y) in (plot.top()..plot.bottom()).rev().enumerate() {
            let Some(height) = reached.checked_sub(level * 8).filter(|height| *height > 0) else { break };
            let glyph = ink.glyphs.heights[height.min(8) - 1];
            // The edge is what is read; what lies below it only carries it.
            buffer.set_string(x, y, glyph, if height > 8 { ink.paint.body } else { ink.paint.accent });
        }
    }
    let axis = format!("-{}m", plot.width);
    buffer.set_string(plot.x, plot.bottom(), &axis, ink.paint.quiet);
    buffer.set_string(plot.right() - 3, plot.bottom(), "now", ink.paint.quiet);
}

/// A figure in at most six columns.
pub(in crate::ui) fn figure(value: f64) -> String {
    let size = value.abs();
    match () {
        () if size >= 1e9 => format!("{:.1}G", value / 1e9),
        () if size >= 1e6 => format!("{:.1}M", value / 1e6),
        () if size >= 1e4 => format!("{:.1}k", value / 1e3),
        () if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        () if size >= 1.0 => format!("{value:.1}"),
        () => format!("{value:.3}"),
    }
}
