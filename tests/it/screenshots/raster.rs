//! A screen as a picture: what a good terminal would show, cell by cell.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

const CELL: (u32, u32) = (10, 21);
const TEXT_HEIGHT: f32 = 17.0;
const MARGIN: u32 = 12;

const REGULAR: &[u8] = include_bytes!("../../../screenshots/font/DejaVuSansMono.ttf");
const BOLD: &[u8] = include_bytes!("../../../screenshots/font/DejaVuSansMono-Bold.ttf");

type Rgb = [u8; 3];

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

    fn rgb(&self, color: Color, otherwise: Rgb) -> Rgb {
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

struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: u32, height: u32, color: Rgb) -> Self {
        Self { width, height, pixels: color.repeat((width * height) as usize) }
    }

    fn fill(&mut self, (x, y): (u32, u32), (width, height): (u32, u32), color: Rgb) {
        for row in y..(y + height).min(self.height) {
            for column in x..(x + width).min(self.width) {
                self.blend(column, row, color, 1.0);
            }
        }
    }

    fn blend(&mut self, x: u32, y: u32, color: Rgb, cover: f32) {
        if x >= self.width || y >= self.height {
            return;
        }
        let at = ((y * self.width + x) * 3) as usize;
        for (under, over) in self.pixels[at..at + 3].iter_mut().zip(color) {
            *under = (f32::from(*under) * (1.0 - cover) + f32::from(over) * cover).round() as u8;
        }
    }

    fn png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        encoder.write_header().unwrap().write_image_data(&self.pixels).unwrap();
        bytes
    }
}

/// The screen as a PNG.
pub(super) fn png(screen: &Buffer, terminal: &Terminal) -> Vec<u8> {
    let fonts = [REGULAR, BOLD].map(|bytes| FontRef::try_from_slice(bytes).unwrap());
    let (columns, rows) = (u32::from(screen.area.width), u32::from(screen.area.height));
    let mut canvas = Canvas::new(columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN, terminal.background);
    for row in 0..screen.area.height {
        for column in 0..screen.area.width {
            let corner = (MARGIN + u32::from(column) * CELL.0, MARGIN + u32::from(row) * CELL.1);
            draw(&mut canvas, &fonts, corner, &screen[(column, row)], terminal);
        }
    }
    canvas.png()
}

fn draw(canvas: &mut Canvas, fonts: &[FontRef<'_>; 2], corner: (u32, u32), cell: &Cell, terminal: &Terminal) {
    let mut front = terminal.rgb(cell.fg, terminal.foreground);
    let mut back = terminal.rgb(cell.bg, terminal.background);
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut front, &mut back);
    }
    if cell.modifier.contains(Modifier::DIM) {
        front = std::array::from_fn(|i| ((u16::from(front[i]) * 3 + u16::from(back[i]) * 2) / 5) as u8);
    }
    let width = (cell.symbol().width().max(1) as u32) * CELL.0;
    canvas.fill(corner, (width, CELL.1), back);
    if cell.modifier.contains(Modifier::UNDERLINED) {
        canvas.fill((corner.0, corner.1 + CELL.1 - 3), (width, 1), front);
    }
    let font = &fonts[usize::from(cell.modifier.contains(Modifier::BOLD))];
    for letter in cell.symbol().chars() {
        if !lines(canvas, corner, letter, front) && !blocks(canvas, corner, letter, front) {
            glyph(canvas, font, corner, letter, front);
        }
    }
}

/// Boxes are drawn and not written, so that they meet.
fn lines(canvas: &mut Canvas, (x, y): (u32, u32), letter: char, color: Rgb) -> bool {
    // Which of the four arms a character has: up, right, down, left; and how thick.
    let (arms, thick) = match letter {
        '─' => ([false, true, false, true], 1),
        '│' => ([true, false, true, false], 1),
        '┌' | '╭' => ([false, true, true, false], 1),
        '┐' | '╮' => ([false, false, true, true], 1),
        '└' | '╰' => ([true, true, false, false], 1),
        '┘' | '╯' => ([true, false, false, true], 1),
        '├' => ([true, true, true, false], 1),
        '┤' => ([true, false, true, true], 1),
        '┬' => ([false, true, true, true], 1),
        '┴' => ([true, true, false, true], 1),
        '┼' => ([true, true, true, true], 1),
        '━' => ([false, true, false, true], 3),
        '┃' => ([true, false, true, false], 3),
        _ => return false,
    };
    let (middle, centre) = (x + CELL.0 / 2, y + CELL.1 / 2);
    let (left, top) = (middle - thick / 2, centre - thick / 2);
    let [up, right, down, to_left] = arms;
    if up {
        canvas.fill((left, y), (thick, centre - y + thick - thick / 2), color);
    }
    if down {
        canvas.fill((left, top), (thick, y + CELL.1 - top), color);
    }
    if right {
        canvas.fill((left, top), (x + CELL.0 - left, thick), color);
    }
    if to_left {
        canvas.fill((x, top), (middle - x + thick - thick / 2, thick), color);
    }
    true
}

fn blocks(canvas: &mut Canvas, (x, y): (u32, u32), letter: char, color: Rgb) -> bool {
    let (width, height) = CELL;
    let code = letter as u32;
    match code {
        // Upper half; eighths from below; full.
        0x2580 => canvas.fill((x, y), (width, height / 2), color),
        0x2581..=0x2588 => {
            let filled = (height * (code - 0x2580)).div_ceil(8);
            canvas.fill((x, y + height - filled), (width, filled), color);
        }
        // Eighths from the left.
        0x2589..=0x258f => canvas.fill((x, y), ((width * (0x2590 - code)).div_ceil(8), height), color),
        0x2590 => canvas.fill((x + width / 2, y), (width - width / 2, height), color),
        // Shades.
        0x2591..=0x2593 => {
            for row in y..y + height {
                for column in x..x + width {
                    canvas.blend(column, row, color, (code - 0x2590) as f32 / 4.0);
                }
            }
        }
        _ => return false,
    }
    true
}

fn glyph(canvas: &mut Canvas, font: &FontRef<'_>, (x, y): (u32, u32), letter: char, color: Rgb) {
    let scale = PxScale::from(TEXT_HEIGHT);
    let scaled = font.as_scaled(scale);
    let baseline = y as f32 + (CELL.1 as f32 - scaled.height()) / 2.0 + scaled.ascent();
    let glyph = font.glyph_id(letter).with_scale_and_position(scale, point(x as f32, baseline));
    if let Some(outline) = font.outline_glyph(glyph) {
        let bounds = outline.px_bounds();
        outline.draw(|dx, dy, cover| {
            canvas.blend((bounds.min.x as i64 + i64::from(dx)) as u32, (bounds.min.y as i64 + i64::from(dy)) as u32, color, cover);
        });
    }
}
