use drlab_core::app::{Offer, Palette};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::chrome::typed;
use crate::ui::ink::Ink;
use crate::ui::widgets::{Panel, beyond, popup, put, row, split};

/// Everything that can be done, found by a few of its letters.
pub(super) fn palette(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, palette: &Palette) {
    let count = ink.quiet(format!("{}", palette.offers.len()));
    let inner = popup(ink, buffer, area, (72, 18), Panel::titled(ink, "DO").right(count));
    let mut line = vec![Span::styled(": ", ink.paint.key)];
    line.extend(typed(ink, &palette.line));
    put(ink, buffer, row(inner, 0), Line::from(line));
    let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    if palette.offers.is_empty() {
        put(ink, buffer, row(body, 0), Line::from(ink.quiet("nothing matches")));
        return;
    }
    let height = usize::from(body.height);
    let selected = palette.selected.min(palette.offers.len() - 1);
    let first = selected.saturating_sub(height / 2).min(palette.offers.len().saturating_sub(height));
    for (index, offer) in (0..).zip(palette.offers.iter().skip(first).take(height)) {
        let line = row(body, index);
        let key = offer.key.as_ref().map(|key| Span::styled(ink.say(key), ink.paint.key)).unwrap_or_default();
        let mut right = beyond(ink, (usize::from(index), height), (first, palette.offers.len().saturating_sub(first + height)));
        if right.width() > 0 && key.width() > 0 {
            right.push_span("  ");
        }
        right.push_span(key);
        split(ink, buffer, line, letters(ink, offer), right);
        if first + usize::from(index) == selected {
            buffer.set_style(line, ink.paint.selected);
        }
    }
}

/// The offer's words, the letters that were found emphasised.
fn letters(ink: &Ink<'_>, offer: &Offer) -> Line<'static> {
    let spans = (0_u32..).zip(offer.says.chars()).map(|(index, letter)| {
        let text = ink.say(letter.encode_utf8(&mut [0; 4]));
        if offer.matched.contains(&index) { Span::styled(text, ink.paint.found) } else { ink.plain(text) }
    });
    Line::from(spans.collect::<Vec<_>>())
}
