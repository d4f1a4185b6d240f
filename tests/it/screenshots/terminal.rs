//! The colours that a terminal gives to the names of colours.

use ratatui::style::Color;

pub(super) type Rgb = [u8; 3];

/// The colours that a terminal has of its own.
pub(super) struct Terminal {
    pub(super) background: Rgb,
    pub(super) foreground: Rgb,
    pub(super) sixteen: [Rgb; 16],
}

impl Terminal {
    pub(super) const DARK: Self = Self {
        background: [0x16, 0x18, 0x1d],
        foreground: [0xd6, 0xd9, 0xe0],
        sixteen: [
            [0x1d, 0x20, 0x27],
            [0xe0, 0x5c, 0x5c],
            [0x6c, 0xc0, 0x7a],
            [0xe0, 0xb0, 0x4f],
            [0x6a, 0x9f, 0xe8],
            [0xc0, 0x85, 0xdc],
            [0x56, 0xbd, 0xc4],
            [0xb9, 0xbe, 0xc9],
            [0x6b, 0x72, 0x80],
            [0xff, 0x7b, 0x7b],
            [0x8b, 0xdb, 0x98],
            [0xff, 0xcf, 0x70],
            [0x8f, 0xbb, 0xff],
            [0xd9, 0xa6, 0xf2],
            [0x7b, 0xd9, 0xe0],
            [0xf4, 0xf6, 0xfa],
        ],
    };

    pub(super) const LIGHT: Self = Self {
        background: [0xfb, 0xfb, 0xf9],
        foreground: [0x24, 0x29, 0x2f],
        sixteen: [
            [0x24, 0x29, 0x2f],
            [0xb4, 0x23, 0x18],
            [0x1a, 0x7f, 0x37],
            [0x9a, 0x67, 0x00],
            [0x09, 0x50, 0xae],
            [0x82, 0x50, 0xdf],
            [0x1b, 0x7c, 0x83],
            [0x6e, 0x77, 0x81],
            [0x57, 0x60, 0x6a],
            [0xd1, 0x24, 0x2f],
            [0x11, 0x63, 0x29],
            [0x7d, 0x4e, 0x00],
            [0x05, 0x43, 0x91],
            [0x63, 0x39, 0xba],
            [0x12, 0x5f, 0x66],
            [0x1f, 0x23, 0x28],
        ],
    };

    pub(super) fn rgb(&self, color: Color, otherwise: Rgb) -> Rgb {
        let index = match color {
            Color::Reset => return otherwise,
            Color::Rgb(r, g, b) => return [r, g, b],
            Color::Indexed(index @ 16..=255) => return indexed(index),
            Color::Indexed(index) => index,
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 8,
            Color::LightRed => 9,
            Color::LightGreen => 10,
            Color::LightYellow => 11,
            Color::LightBlue => 12,
            Color::LightMagenta => 13,
            Color::LightCyan => 14,
            Color::White => 15,
        };
        self.sixteen[usize::from(index)]
    }
}

/// xterm's cube and its greys.
fn indexed(index: u8) -> Rgb {
    if index >= 232 {
        return [8 + (index - 232) * 10; 3];
    }
    let step = |level: u8| if level == 0 { 0 } else { 55 + level * 40 };
    let cube = index - 16;
    [step(cube / 36), step(cube / 6 % 6), step(cube % 6)]
}
