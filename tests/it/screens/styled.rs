use std::fmt::Write as _;

use drlab_core::app::Model;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// What a terminal of this size shows of a model.
pub(crate) fn drawn(model: &Model, (width, height): (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| drlab_tui::ui::view(model, frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// The text of every line.
pub(crate) fn lines(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    (area.top()..area.bottom()).map(|y| line(buffer, y)).collect()
}

fn line(buffer: &Buffer, y: u16) -> String {
    let mut text = String::new();
    let mut skip = 0;
    for x in buffer.area.left()..buffer.area.right() {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let symbol = buffer[(x, y)].symbol();
        text.push_str(symbol);
        skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
    }
    text.trim_end().to_owned()
}

/// The lines, and under them which columns of which line are drawn otherwise than most of the screen.
pub(crate) fn told(buffer: &Buffer) -> String {
    let mut text = lines(buffer).join("\n");
    text.push_str("\n\n");
    let base = style(&buffer[(buffer.area.right() - 1, buffer.area.top())]);
    let _ = writeln!(text, "base {base}");
    for y in buffer.area.top()..buffer.area.bottom() {
        let runs = runs(buffer, y, &base);
        if !runs.is_empty() {
            let _ = writeln!(text, "{y:>2} {}", runs.join(" · "));
        }
    }
    text
}

fn runs(buffer: &Buffer, y: u16, base: &str) -> Vec<String> {
    let mut runs: Vec<(u16, u16, String)> = Vec::new();
    for x in buffer.area.left()..buffer.area.right() {
        let cell = &buffer[(x, y)];
        let style = style(cell);
        // A blank shows its ground only.
        if style == base || (cell.symbol() == " " && !style.contains("on ") && !style.contains("rev") && !style.contains("under")) {
            continue;
        }
        match runs.last_mut() {
            Some((_, end, same)) if *end + 1 >= x && *same == style => *end = x,
            _ => runs.push((x, x, style)),
        }
    }
    runs.into_iter().map(|(start, end, style)| format!("{start}-{end} {style}")).collect()
}

pub(super) fn style(cell: &Cell) -> String {
    let mut words = vec![colour(cell.fg)];
    if cell.bg != Color::Reset {
        words.push(format!("on {}", colour(cell.bg)));
    }
    for (modifier, word) in [(Modifier::BOLD, "bold"), (Modifier::DIM, "dim"), (Modifier::UNDERLINED, "under"), (Modifier::REVERSED, "rev")]
    {
        if cell.modifier.contains(modifier) {
            words.push(word.to_owned());
        }
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

fn colour(colour: Color) -> String {
    match colour {
        Color::Reset => String::new(),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        named => named.to_string().to_lowercase(),
    }
}
