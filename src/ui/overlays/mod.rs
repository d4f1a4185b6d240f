//! What lies over a screen.

mod detail;
mod help;
mod palette;
mod quit;

use drlab_core::app::Overlay;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ink::Ink;

pub(super) fn draw(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, overlay: &Overlay) {
    match overlay {
        Overlay::Help { scroll } => help::help(ink, buffer, area, *scroll),
        Overlay::Palette(palette) => palette::palette(ink, buffer, area, palette),
        Overlay::Detail(detail) => detail::detail(ink, buffer, area, detail),
        Overlay::Quit => quit::quit(ink, buffer, area),
    }
}
