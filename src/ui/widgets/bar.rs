use drlab_core::assess::Gauge;
use ratatui::text::Span;

use crate::ui::ink::Ink;

/// A bar of `room` columns: `sure` and `perhaps` are shares of the whole, `perhaps` the greater.
pub(in crate::ui) fn bar(ink: &Ink<'_>, sure: f64, perhaps: f64, room: usize, style: ratatui::style::Style) -> Vec<Span<'static>> {
    let columns = |share: f64| {
        #[expect(clippy::cast_precision_loss, reason = "a screen is not 2^52 columns wide")]
        let exact = share.clamp(0.0, 1.0) * room as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the room")]
        let whole = exact.round() as usize;
        // What is there at all is seen.
        if share > 0.0 { whole.max(1).min(room) } else { 0 }
    };
    let full = columns(sure);
    let maybe = columns(perhaps).max(full) - full;
    vec![
        Span::styled(ink.glyphs.full.repeat(full), style),
        Span::styled(ink.glyphs.maybe.repeat(maybe), style),
        Span::styled(ink.glyphs.rest.repeat(room - full - maybe), ink.paint.quiet),
    ]
}

/// A block for each that runs and a hollow one for each that is wanted, where they can be counted at a glance.
pub(in crate::ui) fn blocks(ink: &Ink<'_>, gauge: Gauge, style: ratatui::style::Style) -> Vec<Span<'static>> {
    const COUNTABLE: u32 = 6;
    let Gauge { have, want } = gauge;
    if have.max(want) == 0 || have.max(want) > COUNTABLE {
        return Vec::new();
    }
    let times = |count: u32| usize::try_from(count).unwrap_or(0);
    vec![
        Span::styled(ink.glyphs.have.repeat(times(have)), style),
        Span::styled(ink.glyphs.want.repeat(times(want.saturating_sub(have))), style),
        Span::raw(" "),
    ]
}
