use drlab_core::assess::Assessment;
use drlab_core::domain::{Verdict, human_duration};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::ink::{Ink, utc};
use crate::ui::text::{padded, width, wrapped};
use crate::ui::widgets::{Panel, put, row};

fn question(assessment: &Assessment) -> String {
    assessment.impairment.site.map_or_else(|| "IS IT IMPAIRED?".to_owned(), |site| format!("IS {} IMPAIRED?", site.word().to_uppercase()))
}

const fn word(assessment: &Assessment) -> (&'static str, Verdict) {
    match assessment.impairment.impaired {
        Some(true) => ("YES", Verdict::Critical),
        Some(false) => ("NO", Verdict::Healthy),
        None => ("CANNOT TELL", Verdict::Unknown),
    }
}

/// Question and answer alone, for where nothing else has room.
pub(super) fn answer(ink: &Ink<'_>, assessment: &Assessment) -> Vec<Span<'static>> {
    let (word, verdict) = word(assessment);
    let style = ink.paint.mark(verdict);
    vec![ink.strong(question(assessment)), Span::raw(" "), ink.mark(verdict), Span::raw(" "), Span::styled(word, style)]
}

/// Who says that the active site is impaired, and how often in a row.
pub(super) fn evidence(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, assessment: &Assessment) {
    let impairment = &assessment.impairment;
    let (word, verdict) = word(assessment);
    let right = vec![ink.mark(verdict), Span::raw(" "), Span::styled(word, ink.paint.mark(verdict))];
    let inner = Panel::titled(ink, &question(assessment)).right(right).draw(ink, buffer, area);
    let names = impairment.evidence.iter().map(|evidence| width(evidence.source)).max().unwrap_or(0);
    let mut lines = Vec::new();
    for evidence in &impairment.evidence {
        let enough = evidence.failures >= evidence.needed;
        // A source that has not failed may also not have been asked: no failure is no proof of health, and gets no mark of it.
        let verdict = if enough { Verdict::Critical } else { Verdict::Degraded };
        let (mark, style) = match evidence.failures {
            0 => (ink.quiet(ink.glyphs.rest), ink.paint.quiet),
            _ => (ink.mark(verdict), ink.paint.mark(verdict)),
        };
        let failed = usize::try_from(evidence.failures.min(evidence.needed)).unwrap_or(0);
        let needed = usize::try_from(evidence.needed.min(9)).unwrap_or(0);
        let counted = format!("{}{}", ink.glyphs.have.repeat(failed.min(9)), ink.glyphs.want.repeat(needed.saturating_sub(failed)));
        lines.push(Line::from(vec![
            mark,
            Span::raw(" "),
            ink.plain(padded(evidence.source, names, ink.glyphs)),
            Span::raw("  "),
            Span::styled(counted, style),
            Span::raw("  "),
            if enough { ink.plain(ink.say(&evidence.says)) } else { ink.quiet(ink.say(&evidence.says)) },
        ]));
    }
    if let Some(since) = impairment.since {
        let text = format!("failing since {}Z, for {}", utc(since), human_duration(ink.now.since(since)));
        lines.push(Line::from(Span::styled(text, ink.paint.word(verdict))));
    }
    let left = usize::from(inner.height).saturating_sub(lines.len()).min(3);
    let why = wrapped(&ink.say(&impairment.why), usize::from(inner.width), left, ink.glyphs);
    lines.extend(why.into_iter().map(|line| Line::from(Span::styled(line, ink.paint.word(verdict)))));
    for (index, line) in (0..).zip(lines) {
        put(ink, buffer, row(inner, index), line);
    }
}
