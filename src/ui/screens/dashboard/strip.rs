use drlab_core::domain::Verdict;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::ink::Ink;
use crate::ui::text::width;
use crate::ui::widgets::{put, row};

/// Lines the workloads' names take, two at most.
pub(super) fn height(ink: &Ink<'_>, columns: u16) -> u16 {
    u16::try_from(lines(ink, columns).len()).unwrap_or(0)
}

/// Every workload with its mark, the one looked at underlined.
pub(super) fn draw(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    for (index, line) in (0..).zip(lines(ink, area.width)) {
        put(ink, buffer, row(area, index), line);
    }
}

fn lines(ink: &Ink<'_>, columns: u16) -> Vec<Line<'static>> {
    const MOST: usize = 2;
    let mut lines: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    let mut taken = 1;
    for (index, workload) in ink.model.config.workloads.iter().enumerate() {
        let verdict = ink.model.picture.assessments.get(index).map_or(Verdict::Unknown, |assessment| assessment.verdict);
        let name = ink.say(&workload.name);
        let wide = width(&name) + 4;
        if taken + wide > usize::from(columns) {
            if lines.len() == MOST {
                break;
            }
            lines.push(Vec::new());
            taken = 1;
        }
        taken += wide;
        let Some(line) = lines.last_mut() else { break };
        let style = if index == ink.model.workload { ink.paint.found } else { ink.paint.word(verdict) };
        line.extend([Span::raw(" "), ink.mark(verdict), Span::raw(" "), Span::styled(name, style), Span::raw(" ")]);
    }
    lines.into_iter().map(Line::from).collect()
}
