//! What is drawn and not written, so that it meets its neighbours: boxes, blocks, and their quarters.

use super::canvas::Canvas;
use super::raster::CELL;
use super::terminal::Rgb;

/// Draws a character of which the cell's edges are part; says if it was one.
pub(super) fn draw(canvas: &mut Canvas, corner: (u32, u32), letter: char, color: Rgb) -> bool {
    line(canvas, corner, letter, color) || block(canvas, corner, letter, color) || quarters(canvas, corner, letter, color)
}

fn line(canvas: &mut Canvas, (x, y): (u32, u32), letter: char, color: Rgb) -> bool {
    // Which of the four arms a character has: up, right, down, left.
    let [up, right, down, left] = match letter {
        '─' => [false, true, false, true],
        '│' => [true, false, true, false],
        '┌' => [false, true, true, false],
        '┐' => [false, false, true, true],
        '└' => [true, true, false, false],
        '┘' => [true, false, false, true],
        '├' => [true, true, true, false],
        '┤' => [true, false, true, true],
        '┬' => [false, true, true, true],
        '┴' => [true, true, false, true],
        '┼' => [true, true, true, true],
        _ => return false,
    };
    let (middle, centre) = (CELL.0 / 2, CELL.1 / 2);
    if up {
        canvas.fill((x + middle, y), (1, centre + 1), color);
    }
    if down {
        canvas.fill((x + middle, y + centre), (1, CELL.1 - centre), color);
    }
    if right {
        canvas.fill((x + middle, y + centre), (CELL.0 - middle, 1), color);
    }
    if left {
        canvas.fill((x, y + centre), (middle + 1, 1), color);
    }
    true
}

fn block(canvas: &mut Canvas, (x, y): (u32, u32), letter: char, color: Rgb) -> bool {
    let (width, height) = CELL;
    let code = u32::from(letter);
    match code {
        // Upper half; eighths from below, the last of which is the full block.
        0x2580 => canvas.fill((x, y), (width, height / 2), color),
        0x2581..=0x2588 => {
            let filled = (height * (code - 0x2580)).div_ceil(8);
            canvas.fill((x, y + height - filled), (width, filled), color);
        }
        // Eighths from the left; the right half.
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

fn quarters(canvas: &mut Canvas, (x, y): (u32, u32), letter: char, color: Rgb) -> bool {
    // Upper left, upper right, lower left, lower right.
    let quarters = match letter {
        '▖' => [false, false, true, false],
        '▗' => [false, false, false, true],
        '▘' => [true, false, false, false],
        '▙' => [true, false, true, true],
        '▚' => [true, false, false, true],
        '▛' => [true, true, true, false],
        '▜' => [true, true, false, true],
        '▝' => [false, true, false, false],
        '▞' => [false, true, true, false],
        '▟' => [false, true, true, true],
        _ => return false,
    };
    let (half, middle) = (CELL.0 / 2, CELL.1 / 2);
    let places = [
        ((x, y), (half, middle)),
        ((x + half, y), (CELL.0 - half, middle)),
        ((x, y + middle), (half, CELL.1 - middle)),
        ((x + half, y + middle), (CELL.0 - half, CELL.1 - middle)),
    ];
    for (place, size) in places.into_iter().zip(quarters).filter_map(|(place, filled)| filled.then_some(place)) {
        canvas.fill(place, size, color);
    }
    true
}
