//! The pictures of the README, made by the program's own screen from sittings before a lab.
//!
//! `DRLAB_UPDATE=1 cargo test screenshots` makes them anew; without it, a picture that the program would not make any more fails.

mod canvas;
mod raster;
mod shapes;
mod terminal;

use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

use drlab_core::app::{Awaits, Look, Theme, decision};
use drlab_core::run::Mode;
use ratatui::buffer::Buffer;

use crate::sitting::hands as by_keys;
use crate::sitting::seat::Seat;
use canvas::Canvas;
use raster::{CELL, MARGIN};
use terminal::Terminal;

/// More of them than this, and a README loads slowly.
const LARGEST: usize = 100 * 1024;

const MINUTE: Duration = Duration::from_secs(60);

/// What is photographed.
struct Shot {
    name: &'static str,
    size: (u16, u16),
    look: Look,
    terminal: Terminal,
}

impl Shot {
    const fn of(name: &'static str, size: (u16, u16)) -> Self {
        Self { name, size, look: Look { theme: Theme::Terminal, ascii: false }, terminal: Terminal::DARK }
    }

    fn take(&self, seat: &mut Seat) {
        seat.model.look = self.look;
        seat.resize(self.size);
        self.develop(&seat.drawn());
    }

    fn develop(&self, screen: &Buffer) {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("screenshots/{}.png", self.name));
        let made = raster::pixels(screen, &self.terminal);
        if env::var_os("DRLAB_UPDATE").is_some() {
            let file = made.png();
            assert!(file.len() <= LARGEST, "{}: {} bytes", self.name, file.len());
            fs::write(path, file).unwrap();
            return;
        }
        let kept = Canvas::read(&fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; DRLAB_UPDATE=1 makes it", path.display())));
        if let Some(told) = difference(&kept, &made, screen) {
            panic!("screenshots/{}.png is not what the program shows: {told}; DRLAB_UPDATE=1 makes it anew", self.name);
        }
    }
}

/// Where two pictures begin to differ, in the words of the screen.
fn difference(kept: &Canvas, made: &Canvas, screen: &Buffer) -> Option<String> {
    if (kept.width, kept.height) != (made.width, made.height) {
        return Some(format!("it is {}×{} pixels and would be {}×{}", kept.width, kept.height, made.width, made.height));
    }
    let pixels = (0..made.height).flat_map(|y| (0..made.width).map(move |x| (x, y)));
    let differing: Vec<_> = pixels.filter(|(x, y)| kept.at(*x, *y) != made.at(*x, *y)).collect();
    let (x, y) = *differing.first()?;
    let cell = |at: u32, size: u32, count: u16| u16::try_from(at.saturating_sub(MARGIN) / size).unwrap().min(count - 1);
    let (column, row) = (cell(x, CELL.0, screen.area.width), cell(y, CELL.1, screen.area.height));
    let line: String = (0..screen.area.width).map(|column| screen[(column, row)].symbol()).collect();
    Some(format!("{} pixels differ, the first in column {column} of line {row}, which now reads {:?}", differing.len(), line.trim_end()))
}

#[test]
fn steady() {
    Seat::at("tier2", None, async |seat| {
        seat.wait(12 * MINUTE).await;
        Shot::of("steady", (120, 40)).take(seat);
        Shot { look: Look { theme: Theme::Light, ascii: false }, terminal: Terminal::LIGHT, ..Shot::of("light", (120, 40)) }.take(seat);
        Shot { look: Look { theme: Theme::Mono, ascii: true }, ..Shot::of("ascii-80x24", (80, 24)) }.take(seat);
    });
}

#[test]
fn dark_region() {
    Seat::at("tier2", None, async |seat| {
        seat.wait(12 * MINUTE).await;
        seat.rig.inject("region-dark:primary", None, None);
        seat.wait(2 * MINUTE).await;
        Shot::of("dark-region", (120, 40)).take(seat);
        seat.press("P");
        Shot::of("present", (120, 40)).take(seat);
    });
}

/// The point of no return, the run behind it and its finish, as somebody meets them who fails over by keys.
#[test]
fn failover() {
    Seat::at("tier2", Some("primary-outage"), async |seat| {
        seat.wait(3 * MINUTE).await;
        by_keys::arm(seat).await;
        by_keys::begin(seat).await;
        let mut asked = false;
        for _ in 0..700 {
            seat.wait(Duration::from_secs(5)).await;
            let typed = matches!(decision(&seat.model).map(|decision| decision.awaits), Some(Awaits::Consent { typed: true }));
            if typed && !asked {
                Shot::of("run", (120, 40)).take(seat);
                seat.press("a");
                seat.wait(Duration::from_secs(2)).await;
                Shot::of("card", (120, 40)).take(seat);
                seat.press("esc");
                asked = true;
            }
            if seat.model.running.as_ref().unwrap().run.mode == Mode::Finished {
                break;
            }
            by_keys::decide(seat).await;
        }
        assert!(asked, "{}", seat.text());
        assert!(seat.text().contains("PROVEN"), "{}", seat.text());
        Shot::of("finish", (120, 40)).take(seat);
    });
}

#[test]
fn a_picture_that_differs_in_one_pixel_is_noticed() {
    let screen = Buffer::with_lines(["one", "two"]);
    let made = raster::pixels(&screen, &Terminal::DARK);
    let mut other = Canvas::read(&made.png());
    assert_eq!(difference(&other, &made, &screen), None);
    other.fill((MARGIN + CELL.0, MARGIN + CELL.1), (1, 1), [1, 2, 3]);
    let told = difference(&other, &made, &screen).unwrap();
    assert!(told.starts_with("1 pixels differ, the first in column 1 of line 1") && told.contains("two"), "{told}");
}
