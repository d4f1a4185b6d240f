//! A screen as a picture: what a good terminal would show, cell by cell.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use super::shapes;
use super::terminal::{Rgb, Terminal};

pub(super) const CELL: (u32, u32) = (10, 21);
pub(super) const MARGIN: u32 = 14;
/// At this height a letter of the font is as wide as a cell.
const TEXT_HEIGHT: f32 = 19.33;

const REGULAR: &[u8] = include_bytes!("../../../screenshots/font/DejaVuSansMono.ttf");
const BOLD: &[u8] = include_bytes!("../../../screenshots/font/DejaVuSansMono-Bold.ttf");

/// The screen in pixels, in no more colours than a file of it holds.
pub(super) fn pixels(screen: &Buffer, terminal: &Terminal) -> Canvas {
    let fonts = [REGULAR, BOLD].map(|bytes| FontRef::try_from_slice(bytes).unwrap());
    let (columns, rows) = (u32::from(screen.area.width), u32::from(screen.area.height));
    // The margin is what a terminal's own is: the ground of what it shows.
    let ground = terminal.rgb(screen[(screen.area.right() - 1, screen.area.top())].bg, terminal.background);
    let mut canvas = Canvas::new(columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN, ground);
    for row in 0..screen.area.height {
        let mut taken_until = 0;
        for column in 0..screen.area.width {
            let cell = &screen[(column, row)];
            // The second half of a wide letter has nothing of its own to show.
            if column >= taken_until {
                let wide = u16::try_from(cell.symbol().width().max(1)).unwrap();
                taken_until = column + wide;
                let corner = (MARGIN + u32::from(column) * CELL.0, MARGIN + u32::from(row) * CELL.1);
                draw(&mut canvas, &fonts, corner, u32::from(wide), cell, terminal);
            }
        }
    }
    canvas.reduced()
}

fn draw(canvas: &mut Canvas, fonts: &[FontRef<'_>; 2], corner: (u32, u32), wide: u32, cell: &Cell, terminal: &Terminal) {
    let (front, back) = colors(cell, terminal);
    canvas.fill(corner, (wide * CELL.0, CELL.1), back);
    if cell.modifier.contains(Modifier::UNDERLINED) {
        canvas.fill((corner.0, corner.1 + CELL.1 - 3), (wide * CELL.0, 1), front);
    }
    let bold = cell.modifier.contains(Modifier::BOLD);
    for letter in cell.symbol().chars().filter(|letter| *letter != ' ') {
        if !shapes::draw(canvas, corner, letter, front) {
            glyph(canvas, fonts, bold, corner, letter, front);
        }
    }
}

fn colors(cell: &Cell, terminal: &Terminal) -> (Rgb, Rgb) {
    let reversed = cell.modifier.contains(Modifier::REVERSED);
    let (mut front, mut back) = (terminal.rgb(cell.fg, terminal.foreground), terminal.rgb(cell.bg, terminal.background));
    if reversed {
        std::mem::swap(&mut front, &mut back);
    }
    // Fainter is nearer to what lies behind it; a colour that was given is not the terminal's to make fainter than that.
    if cell.modifier.contains(Modifier::DIM) {
        let part = |i: usize| ((u16::from(front[i]) * 3 + u16::from(back[i]) * 2) / 5) as u8;
        front = if reversed && cell.fg == Color::Reset { front } else { std::array::from_fn(part) };
    }
    (front, back)
}

fn glyph(canvas: &mut Canvas, fonts: &[FontRef<'_>; 2], bold: bool, (x, y): (u32, u32), letter: char, color: Rgb) {
    let scale = PxScale::from(TEXT_HEIGHT);
    // What the bold font does not have, the other may.
    let has = |font: &FontRef<'_>| font.glyph_id(letter).0 != 0;
    let font = if bold && has(&fonts[1]) { &fonts[1] } else { &fonts[0] };
    assert!(has(font), "no font here has {letter:?}");
    let scaled = font.as_scaled(scale);
    let baseline = (y as f32 + (CELL.1 as f32 - scaled.height()) / 2.0 + scaled.ascent()).round();
    let glyph = font.glyph_id(letter).with_scale_and_position(scale, point(x as f32, baseline));
    if let Some(outline) = font.outline_glyph(glyph) {
        let bounds = outline.px_bounds();
        outline.draw(|dx, dy, cover| {
            let (x, y) = (bounds.min.x as i64 + i64::from(dx), bounds.min.y as i64 + i64::from(dy));
            if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) {
                canvas.blend(x, y, color, cover);
            }
        });
    }
}
