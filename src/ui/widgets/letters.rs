use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;
use tui_big_text::{BigText, PixelSize};

use crate::ui::ink::Ink;

/// Letters of one size.
#[derive(Clone, Copy)]
pub(in crate::ui) enum Letters {
    Big(PixelSize),
    /// Figures five lines high, for terminals that have neither blocks nor room; it knows no words.
    Small,
    Plain,
}

/// The biggest letters in which each of `texts` fits the room and can be written.
pub(in crate::ui) fn letters(ink: &Ink<'_>, texts: &[&str], (width, height): (u16, u16)) -> Letters {
    let count = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let knows =
        |size: &Letters| !matches!(size, Letters::Small) || texts.iter().all(|text| text.chars().all(|letter| shape(letter).is_some()));
    let sizes: &[Letters] = if ink.glyphs.is_ascii() {
        // Halves and quarters of a cell have no likeness in ASCII.
        &[Letters::Big(PixelSize::Full), Letters::Small]
    } else {
        &[Letters::Big(PixelSize::Full), Letters::Big(PixelSize::HalfHeight), Letters::Big(PixelSize::Quadrant)]
    };
    let fits = |size: &&Letters| knows(size) && count * usize::from(size.width()) <= usize::from(width) && size.height() <= height;
    sizes.iter().find(fits).copied().unwrap_or(Letters::Plain)
}

impl Letters {
    /// Columns that a text takes.
    pub(in crate::ui) fn of(self, text: &str) -> u16 {
        u16::try_from(text.chars().count()).unwrap_or(u16::MAX).saturating_mul(self.width())
    }

    const fn width(self) -> u16 {
        match self {
            Self::Big(PixelSize::Quadrant) | Self::Small => 4,
            Self::Big(_) => 8,
            Self::Plain => 1,
        }
    }

    pub(in crate::ui) const fn height(self) -> u16 {
        match self {
            Self::Big(PixelSize::Full) => 8,
            Self::Big(_) => 4,
            Self::Small => 5,
            Self::Plain => 1,
        }
    }

    /// Writes a text in the middle of the area's first lines.
    pub(in crate::ui) fn write(self, ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, text: &str, style: Style) {
        let width = self.of(text).min(area.width);
        let place = Rect { x: area.x + (area.width - width) / 2, width, ..area };
        match self {
            Self::Plain => {
                buffer.set_stringn(place.x, place.y, text, usize::from(place.width), style);
            }
            Self::Small => small(buffer, place, text, style),
            Self::Big(size) => {
                BigText::builder().pixel_size(size).style(style).lines(vec![Line::from(text.to_owned())]).build().render(place, buffer);
                if ink.glyphs.is_ascii() {
                    in_ascii(buffer, place);
                }
            }
        }
    }
}

fn in_ascii(buffer: &mut Buffer, area: Rect) {
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position).filter(|cell| cell.symbol() == "█") {
            cell.set_symbol("#");
        }
    }
}

fn small(buffer: &mut Buffer, area: Rect, text: &str, style: Style) {
    for (x, letter) in (area.x..area.right()).step_by(4).zip(text.chars()) {
        for (y, line) in (area.y..area.bottom()).zip(shape(letter).unwrap_or_default()) {
            buffer.set_stringn(x, y, line, usize::from(area.right() - x), style);
        }
    }
}

/// What durations and counts are written in, three by five.
const fn shape(letter: char) -> Option<[&'static str; 5]> {
    Some(match letter {
        '0' => ["###", "# #", "# #", "# #", "###"],
        '1' => [" # ", "## ", " # ", " # ", "###"],
        '2' => ["###", "  #", "###", "#  ", "###"],
        '3' => ["###", "  #", "###", "  #", "###"],
        '4' => ["# #", "# #", "###", "  #", "  #"],
        '5' => ["###", "#  ", "###", "  #", "###"],
        '6' => ["###", "#  ", "###", "# #", "###"],
        '7' => ["###", "  #", "  #", " # ", " # "],
        '8' => ["###", "# #", "###", "# #", "###"],
        '9' => ["###", "# #", "###", "  #", "###"],
        '-' => ["   ", "   ", "###", "   ", "   "],
        '~' => ["   ", " ##", "## ", "   ", "   "],
        'd' => ["  #", "  #", "###", "# #", "###"],
        'h' => ["#  ", "#  ", "###", "# #", "# #"],
        'm' => ["   ", "   ", "###", "###", "# #"],
        's' => ["   ", " ##", " # ", "## ", "   "],
        '/' => ["  #", "  #", " # ", "#  ", "#  "],
        '.' => ["   ", "   ", "   ", "   ", " # "],
        '?' => ["## ", "  #", " # ", "   ", " # "],
        _ => return None,
    })
}
