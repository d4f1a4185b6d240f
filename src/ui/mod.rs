//! The screen: `view(&Model)` and nothing else. It decides nothing and remembers nothing; what comes from outside is cleaned on its way in.

mod chrome;
mod glyphs;
mod ink;
mod overlays;
mod screens;
mod text;
mod theme;
mod widgets;

use drlab_core::app::{Model, Screen};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use ink::Ink;

/// Columns and rows below which nothing useful can be said.
const LEAST: (u16, u16) = (60, 16);

/// Draws the model.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let ink = Ink::new(model);
    let area = frame.area();
    let buffer = frame.buffer_mut();
    buffer.set_style(area, ink.paint.base);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(&ink, buffer, area);
    } else if model.present {
        screens::present(&ink, buffer, area);
    } else {
        console(&ink, buffer, area);
    }
}

fn console(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let model = ink.model;
    let of_one = model.screen != Screen::Workloads;
    let strip = model.running.is_some() && !(model.screen == Screen::Run && model.run_here().is_some());
    let [head, armed, frozen, status, run, body, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::from(model.armed().is_some())),
        Constraint::Length(u16::from(model.frozen.is_some())),
        Constraint::Length(u16::from(of_one)),
        Constraint::Length(u16::from(strip)),
        Constraint::Min(0),
        Constraint::Length(chrome::footer_height(ink, area.width)),
    ])
    .areas(area);
    chrome::header(ink, buffer, head);
    chrome::armed(ink, buffer, armed);
    chrome::banner(ink, buffer, frozen);
    if strip {
        screens::strip(ink, buffer, run);
    }
    if of_one {
        chrome::status(ink, buffer, status);
    }
    match model.screen {
        Screen::Workloads => screens::workloads(ink, buffer, body),
        Screen::Dashboard => screens::dashboard(ink, buffer, body),
        Screen::Run => screens::run(ink, buffer, body),
        Screen::Readiness => screens::readiness(ink, buffer, body),
        Screen::Events => screens::events(ink, buffer, body),
        Screen::History => screens::history(ink, buffer, body),
    }
    for overlay in &model.overlays {
        overlays::draw(ink, buffer, body, overlay);
    }
    chrome::footer(ink, buffer, foot);
}

fn too_small(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let times = ink.glyphs.times;
    let text = format!("terminal too small: need {}{times}{}, have {}{times}{}", LEAST.0, LEAST.1, area.width, area.height);
    let lines = text::wrapped(&text, usize::from(area.width), usize::from(area.height), ink.glyphs);
    let top = area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(0)) / 2;
    for (y, line) in (area.y + top..).zip(lines) {
        buffer.set_stringn(area.x, y, line, usize::from(area.width), ink.paint.strong);
    }
}
