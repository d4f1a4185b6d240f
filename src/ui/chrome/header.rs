use drlab_core::app::{Arming, Screen, SessionKind};
use drlab_core::domain::{Verdict, format_duration, human_duration};
use drlab_core::keymap::Action;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::ink::{Ink, local, utc};
use crate::ui::text::{fit, width};
use crate::ui::widgets::split;

/// Columns between two things of the first line.
const APART: usize = 3;

/// Whose workload, in which mode, on which AWS; the objectives; what watching costs; the time.
pub(in crate::ui) fn header(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let room = usize::from(area.width);
    let dot = ink.glyphs.dot;
    let gap = || Span::raw("  ");
    let mut left = vec![Span::raw(" ")];
    let mut objectives = None;
    if ink.model.screen == Screen::Workloads {
        left.push(ink.strong(match ink.model.config.workloads.len() {
            1 => "1 workload".to_owned(),
            many => format!("{many} workloads"),
        }));
    } else if let Some((workload, _)) = ink.looked_at() {
        let name = ink.say(&workload.name);
        left.push(ink.strong(fit(&name, (room / 4).max(12), ink.glyphs).into_owned()));
        left.push(ink.quiet(format!("{dot}{}", ink.say(&workload.account))));
        let goals = &workload.objectives;
        objectives = Some(format!("RTO {}  RPO {}", format_duration(goals.rto), format_duration(goals.rpo)));
    }
    left.extend([gap(), mode(ink), Span::raw(" ")]);
    left.push(session(ink));

    // The clock always. Of the rest what there is room for, the bill first: it runs whether anybody looks or not, while the objectives stand
    // below as well, and who is here knows the hour.
    let (clock, meter) = (&ink.model.clock, ink.model.meter);
    let time = format!("{}Z", utc(clock.now));
    let taken: usize = left.iter().map(Span::width).sum();
    let mut free = room.saturating_sub(taken + width(&time) + 2);
    let mut fits = |text: String| {
        free = free.checked_sub(width(&text) + APART)?;
        Some(text)
    };
    // A sum of nothing may be a negative zero.
    let bill = fits(format!("${:.2}/h", meter.dollars_per_hour + 0.0));
    let failed = (meter.failed > 0).then(|| format!("{} failed", meter.failed)).and_then(&mut fits);
    let objectives = objectives.and_then(&mut fits);
    let local = fits(ink.say(&local(clock)));
    let calls = fits(format!("{:.0} calls/min", meter.calls_per_minute));

    left.extend(objectives.into_iter().flat_map(|objectives| [gap(), ink.quiet(objectives)]));
    let costs = bill.into_iter().chain(calls).map(|cost| ink.quiet(cost));
    let failed = failed.map(|failed| Span::styled(failed, ink.paint.word(Verdict::Degraded)));
    let mut right = Vec::new();
    for told in costs.chain(failed) {
        right.extend([told, ink.quiet(dot)]);
    }
    if right.pop().is_some() {
        right.push(Span::raw("   "));
    }
    right.push(ink.strong(time));
    right.extend(local.map(|local| ink.quiet(format!("{dot}{local}"))));
    right.push(Span::raw(" "));
    split(ink, buffer, area, Line::from(left), Line::from(right));
}

/// Whether this console can change anything.
pub(in crate::ui) fn mode(ink: &Ink<'_>) -> Span<'static> {
    match ink.model.arming {
        Arming::Watching => Span::styled(" WATCH ", ink.paint.watch),
        Arming::Asked { .. } => Span::styled(" ARMING ", ink.paint.watch),
        Arming::Armed { .. } => Span::styled(" ARMED ", ink.paint.banner(Verdict::Critical)),
    }
}

/// That this console can change things, across the whole screen.
pub(in crate::ui) fn armed(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let Some(workload) = ink.model.armed().and_then(|number| ink.model.config.workloads.get(number)) else { return };
    let style = ink.paint.banner(Verdict::Critical);
    let key = ink.key_of(Action::Arm).map(|key| format!("{}{key} disarms ", ink.glyphs.dot)).unwrap_or_default();
    buffer.set_style(area, style);
    let text = format!(" ARMED{}what is confirmed here changes {}{key}", ink.glyphs.dot, ink.say(&workload.name));
    split(ink, buffer, area, Line::from(Span::styled(text, style)), Line::default());
}

/// Which AWS this is, as a block that is seen from across a room.
pub(in crate::ui) fn session(ink: &Ink<'_>) -> Span<'static> {
    let kind = ink.model.session.kind;
    let word = match kind {
        SessionKind::Asking => "ASKING WHICH AWS".to_owned(),
        SessionKind::Live => "LIVE".to_owned(),
        SessionKind::Lab { speed } => format!("LAB {}{speed}", ink.glyphs.times),
        SessionKind::Elsewhere => "ELSEWHERE".to_owned(),
    };
    Span::styled(format!(" {word} "), ink.paint.session(kind))
}

/// The line that must be understood in five seconds: how it is, and why. With a headline it is a block across the whole screen.
pub(in crate::ui) fn status(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let Some((_, assessment)) = ink.looked_at() else { return };
    let Some(assessment) = assessment else {
        let style = ink.paint.word(Verdict::Unknown);
        let line = vec![Span::raw(" "), ink.mark(Verdict::Unknown), Span::styled(" UNKNOWN  nothing has been seen yet", style)];
        split(ink, buffer, area, Line::from(line), Line::default());
        return;
    };
    if let Some(late) = ink.model.late {
        // Ages and silence that come of one's own lateness are no outage; what is said all the same stands behind it.
        let style = ink.paint.banner(Verdict::Unknown);
        buffer.set_style(area, style);
        let by = human_duration(late);
        let seen = assessment.headline.as_ref().map(|headline| format!("   {}", ink.say(&headline.text))).unwrap_or_default();
        let text = format!(" {} THIS MACHINE IS LATE BY {by}: AGES AND SILENCE MAY BE ITS FAULT", ink.glyphs.mark(Verdict::Unknown));
        let seen = Span::styled(seen, style.remove_modifier(ratatui::style::Modifier::BOLD));
        split(ink, buffer, area, Line::from(vec![Span::styled(text, style), seen]), Line::default());
        return;
    }
    // What the headline says is not said again beside it.
    let headline = assessment.headline.as_ref().map(|headline| headline.text.as_str());
    let reasons = assessment.reasons.iter().filter(|reason| Some(reason.as_str()) != headline);
    let reasons = reasons.map(|reason| ink.say(reason)).collect::<Vec<_>>().join(ink.glyphs.dot);
    if let Some(headline) = &assessment.headline {
        let style = ink.paint.banner(headline.verdict);
        buffer.set_style(area, style);
        let mut left = vec![Span::styled(format!(" {} {}", ink.glyphs.mark(headline.verdict), ink.say(&headline.text)), style)];
        if !reasons.is_empty() {
            left.push(Span::styled(format!("   {reasons} "), style.remove_modifier(ratatui::style::Modifier::BOLD)));
        }
        split(ink, buffer, area, Line::from(left), Line::default());
        return;
    }
    let verdict = assessment.verdict;
    let word = verdict.word().to_uppercase();
    let mut left = vec![Span::raw(" "), ink.mark(verdict), Span::styled(format!(" {word}"), ink.paint.mark(verdict))];
    left.push(Span::raw("  "));
    left.push(Span::styled(if reasons.is_empty() { calm(assessment) } else { reasons }, ink.paint.word(verdict)));
    split(ink, buffer, area, Line::from(left), Line::default());
}

/// What there is to say when nothing is wrong.
fn calm(assessment: &drlab_core::assess::Assessment) -> String {
    let active = assessment.active.site().map(|site| format!("{site} active"));
    let landing = assessment.landing.site().map(|site| format!("users land on {site}"));
    active.into_iter().chain(landing).collect::<Vec<_>>().join(", ")
}

/// That what is seen is not the present.
pub(in crate::ui) fn banner(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let Some(frozen) = &ink.model.frozen else { return };
    let dot = ink.glyphs.dot;
    let since = human_duration(ink.model.clock.now.since(frozen.since));
    let resumes = ink.key_of(Action::Freeze).map(|key| format!("{dot}{key} resumes")).unwrap_or_default();
    let text = format!(" FROZEN {since}{dot}{} events behind{resumes} ", frozen.missed);
    buffer.set_style(area, ink.paint.frozen);
    split(ink, buffer, area, Line::from(Span::styled(text, ink.paint.frozen)), Line::default());
}
