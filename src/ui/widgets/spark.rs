use std::time::Duration;

use drlab_core::domain::fact::Series;
use drlab_core::domain::{Timestamp, Verdict, human_duration};
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
            // No length of time, but the word for one that is broken: less than nothing is not a little less than nothing.
            Some(value) if *value < 0.0 => ink.glyphs.critical,
            // A wobble of a few per cent is no mountain range.
            Some(value) => ink.glyphs.heights[step(*value, low, high.max(low * 2.0), ink.glyphs.heights.len())],
            None => " ",
        })
        .collect();
    Span::styled(text, style)
}

fn bounds(values: &[Option<f64>]) -> (f64, f64) {
    let known = values.iter().flatten().copied().filter(|value| *value >= 0.0);
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
    let floor = floor(low, high);
    let ceiling = if high > floor { high } else { floor + 1.0 };
    let steps = usize::from(plot.height) * 8;
    let label = |buffer: &mut Buffer, y: u16, text: &str| {
        let text = crate::ui::text::ranged_right(text, usize::from(SCALE) - 2, ink.glyphs);
        buffer.set_string(area.x, y, text, ink.paint.quiet);
    };
    label(buffer, plot.y, &quantity(ceiling, &series.unit).concat());
    label(buffer, plot.bottom() - 1, &quantity(floor, &series.unit).concat());
    for y in plot.top()..plot.bottom() {
        buffer.set_string(plot.x - 1, y, ink.glyphs.upright, ink.paint.border);
    }
    for (x, value) in (plot.x..).zip(&values) {
        let Some(value) = value else { continue };
        if *value < 0.0 {
            buffer.set_string(x, plot.bottom() - 1, ink.glyphs.critical, ink.paint.mark(Verdict::Critical));
            continue;
        }
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

/// Where a chart begins: at nothing, unless all that moves would be the rim of a wall.
fn floor(low: f64, high: f64) -> f64 {
    if low <= 0.0 || high >= low * 2.0 {
        return 0.0;
    }
    // What wobbles by a few per cent is not to look like a mountain range, either.
    let spread = (high - low).max(high * 0.1);
    (low - spread).max(0.0)
}

/// A figure and its unit, as one says it: minutes, where thousands of milliseconds are meant.
pub(in crate::ui) fn quantity(value: f64, unit: &str) -> [String; 2] {
    let scale = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        _ => return [figure(value), if unit.is_empty() { String::new() } else { format!(" {unit}") }],
    };
    match Duration::try_from_secs_f64(value * scale) {
        Ok(long) if long >= Duration::from_secs(1) && (unit == "ms" || long >= Duration::from_secs(100)) => {
            [human_duration(long), String::new()]
        }
        Ok(short) if unit == "s" && !short.is_zero() && short < Duration::from_secs(1) => [figure(value * 1000.0), " ms".to_owned()],
        _ => [figure(value), format!(" {unit}")],
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_of_milliseconds_are_seconds() {
        for (value, unit, told) in [
            (80_300.0, "ms", "1m20s"),
            (1_500.0, "ms", "1.5s"),
            (300.0, "ms", "300 ms"),
            (0.142, "s", "142 ms"),
            (12.5, "s", "12.5 s"),
            (400.0, "s", "6m40s"),
            (-1.0, "s", "-1 s"),
            (23.0, "%", "23 %"),
            (41.0, "", "41"),
        ] {
            assert_eq!(quantity(value, unit).concat(), told);
        }
    }

    #[test]
    fn a_chart_shows_what_moves() {
        assert_eq!(floor(0.0, 3.0), 0.0);
        assert_eq!(floor(1.0, 3.0), 0.0);
        assert!((0.10..0.142).contains(&floor(0.142, 0.160)), "{}", floor(0.142, 0.160));
        assert!(floor(100.0, 100.0) < 95.0, "what stands still is no mountain");
    }
}
