use drlab_core::keymap::Binding;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::ink::Ink;
use crate::ui::text::{padded, width};
use crate::ui::widgets::{Panel, popup, put, row};

/// All keys, by where they hold, and what the marks of steps mean, in as many columns as there is room for.
pub(super) fn help(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, scroll: usize) {
    const COLUMN: u16 = 38;
    let columns = (area.width.saturating_sub(4) / COLUMN).clamp(1, 3);
    let lines = lines(ink, usize::from(COLUMN) - 2);
    let per_column = lines.len().div_ceil(usize::from(columns));
    let tall = u16::try_from(per_column + 2).unwrap_or(u16::MAX).min(area.height);
    let wide = (columns * COLUMN + 4).min(area.width);
    let height = usize::from(tall.saturating_sub(2));
    let first = scroll.min(per_column.saturating_sub(height));
    let foot = if per_column > height { format!("{} to {} of {per_column}", first + 1, first + height) } else { String::new() };
    let inner = popup(ink, buffer, area, (wide, tall), Panel::titled(ink, "KEYS").foot(ink.quiet(foot)));
    for (index, column) in (0..).zip(lines.chunks(per_column.max(1))) {
        let place = Rect { x: inner.x + index * COLUMN, width: COLUMN.min(inner.width), ..inner }.intersection(inner);
        for (at, line) in (0..).zip(column.iter().skip(first).take(height)) {
            put(ink, buffer, row(place, at), line.clone());
        }
    }
}

fn lines(ink: &Ink<'_>, room: usize) -> Vec<Line<'static>> {
    let keys = |binding: &Binding| ink.say(&binding.on.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    let longest = ink.model.keymap.bindings.iter().map(|binding| width(&keys(binding))).max().unwrap_or(0).min(room / 2);
    let mut lines = Vec::new();
    for (context, bindings) in ink.model.keymap.help() {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::from(ink.strong(context.title().to_uppercase())));
        lines.extend(bindings.into_iter().map(|binding| {
            let key = padded(&keys(binding), longest, ink.glyphs);
            Line::from(vec![Span::styled(key, ink.paint.key), Span::raw("  "), ink.plain(ink.say(&binding.says))])
        }));
    }
    lines.push(Line::default());
    lines.push(Line::from(ink.strong("A STEP OF A RUN")));
    let glyphs = ink.glyphs;
    let marks = [
        (glyphs.pass, "done, and seen to be so"),
        (glyphs.inferred, "done, as figures let infer"),
        (glyphs.told, "done, as somebody says"),
        (glyphs.towards_standby, "under way; accepted is not done"),
        (glyphs.degraded, "waits for you, or owed"),
        (glyphs.fail, "failed"),
        (glyphs.dash, "left out by somebody"),
        (glyphs.rest, "not begun"),
    ];
    lines.extend(
        marks.map(|(mark, says)| Line::from(vec![Span::styled(padded(mark, 3, glyphs), ink.paint.key), ink.plain(format!("  {says}"))])),
    );
    lines
}
