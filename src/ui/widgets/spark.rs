use drlab_core::domain::fact::Series;
use drlab_core::domain::{Timestamp, Verdict, quantity};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::hour::{HOUR, MARGIN, across, minutes_of};
use crate::ui::ink::Ink;

/// The last hour of a series, whatever the room: a value a column, the newest at the right; `None` where there is no point.
fn hour(series: &Series, now: Timestamp, columns: usize) -> Vec<Option<f64>> {
    let minutes = minutes(series, now);
    (0..columns).map(|column| minutes[minutes_of(column, columns)].iter().flatten().copied().reduce(worse)).collect()
}

/// Of the minutes that share a column the highest is shown: what lasted for a minute must not be averaged away. Less than nothing is the word
/// for what is broken, and goes before any figure.
fn worse(one: f64, other: f64) -> f64 {
    if one < 0.0 || (other >= 0.0 && one > other) { one } else { other }
}

/// The last hour of a series by the minute, this one last: what has not been told yet is a gap, and so is what has ended.
fn minutes(series: &Series, now: Timestamp) -> [Option<f64>; HOUR] {
    let mut values = [None; HOUR];
    for point in &series.points {
        let back = usize::try_from(now.minute().since(point.at.minute()).as_secs() / 60).unwrap_or(usize::MAX);
        if point.at <= now
            && point.value.is_finite()
            && let Some(minute) = HOUR.checked_sub(back.saturating_add(1))
        {
            values[minute] = Some(point.value);
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

/// The hour of a series in one line, with a column a minute at most. A flat one is a low line: what does not move is calm, whatever its height.
pub(in crate::ui) fn sparkline(ink: &Ink<'_>, series: &Series, columns: usize, style: Style) -> Span<'static> {
    let values = hour(series, ink.now, columns.min(HOUR));
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

/// The hour of a series as columns on an axis, with the scale at the left and the time below.
pub(in crate::ui) fn chart(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, series: &Series) {
    if area.width < MARGIN + 12 || area.height < 3 {
        return;
    }
    let plot = Rect { x: area.x + MARGIN, width: across(area.width), height: area.height - 1, ..area };
    let values = hour(series, ink.now, usize::from(plot.width));
    let (low, high) = bounds(&values);
    let floor = floor(low, high);
    let ceiling = if high > floor { high } else { floor + 1.0 };
    let steps = usize::from(plot.height) * 8;
    let label = |buffer: &mut Buffer, y: u16, text: &str| {
        let text = crate::ui::text::ranged_right(text, usize::from(MARGIN) - 2, ink.glyphs);
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
    buffer.set_string(plot.x, plot.bottom(), format!("-{HOUR}m"), ink.paint.quiet);
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use drlab_core::domain::fact::Point;

    use super::*;

    /// A point a minute, told by how many minutes it lies back.
    fn series(now: Timestamp, value: impl Fn(u64) -> f64) -> Series {
        let point = |back: u64| Point { at: now - Duration::from_secs(back * 60), value: value(back) };
        Series { unit: String::new(), points: (0..62).rev().map(point).collect() }
    }

    #[test]
    fn a_picture_is_of_an_hour_however_wide_it_is() {
        let now = Timestamp::from_secs(1_000_000);
        let peak = series(now, |back| if back == 59 { 9.0 } else { 1.0 });
        for columns in [1, 7, 12, 47, 60, 61, 120, 187] {
            let shown = hour(&peak, now, columns);
            assert_eq!((shown.len(), shown[0]), (columns, Some(9.0)), "{columns}");
            assert!(shown.iter().skip(columns.div_ceil(HOUR)).all(|value| *value == Some(1.0)), "{columns}: {shown:?}");
        }
        assert!(hour(&peak, now, 0).is_empty());
        let counted = series(now, |back| 100.0 - f64::from(u32::try_from(back).unwrap()));
        assert_eq!(hour(&counted, now, 3), [Some(60.0), Some(80.0), Some(100.0)]);
        let broken = series(now, |back| if back == 5 { -1.0 } else { 40.0 });
        assert_eq!(hour(&broken, now, 4), [Some(40.0), Some(40.0), Some(40.0), Some(-1.0)]);
    }

    #[test]
    fn a_series_that_has_ended_leaves_a_gap() {
        let now = Timestamp::from_secs(1_000_000);
        let shown = hour(&series(now, |_| 1.0), now + Duration::from_secs(1_800), 6);
        assert_eq!(shown, [Some(1.0), Some(1.0), Some(1.0), None, None, None]);
    }

    #[test]
    fn a_chart_shows_what_moves() {
        assert_eq!(floor(0.0, 3.0), 0.0);
        assert_eq!(floor(1.0, 3.0), 0.0);
        assert!((0.10..0.142).contains(&floor(0.142, 0.160)), "{}", floor(0.142, 0.160));
        assert!(floor(100.0, 100.0) < 95.0, "what stands still is no mountain");
    }
}
