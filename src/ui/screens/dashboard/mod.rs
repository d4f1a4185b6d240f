//! Both regions, what lies between them, and what a failover now would mean: one picture, laid out for the room there is.

mod evidence;
mod hour;
mod panels;
mod strip;

use std::collections::BTreeSet;

use drlab_core::app::advice;
use drlab_core::assess::{Assessment, Component};
use drlab_core::config::Site;
use drlab_core::domain::Verdict;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::events::latest;
use super::forecast::{check_lines, failing, ready_word, summary};
use super::readiness::legs;
use crate::ui::ink::Ink;
use crate::ui::widgets::{Panel, complaint, put, row};
use panels::{around, between, site};

/// Three columns from here on; below, two above two.
const WIDE: u16 = 116;
/// Rows that what belongs to neither site is given without asking for more.
const AROUND: usize = 7;
/// Room for the workloads and the evidence beside everything else.
const TALL: u16 = 44;

pub(in crate::ui) fn dashboard(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect) {
    let Some((_, Some(assessment))) = ink.looked_at() else {
        let inner = Panel::titled(ink, "WATCH").draw(ink, buffer, area);
        put(ink, buffer, inner, Line::from(ink.quiet("nothing has been seen yet")));
        return;
    };
    let several = ink.model.config.workloads.len() > 1;
    let strip_rows = if several && area.height >= TALL { strip::height(ink, area.width) } else { 0 };
    let [strip, area] = Layout::vertical([Constraint::Length(strip_rows), Constraint::Min(0)]).areas(area);
    if strip_rows > 0 {
        strip::draw(ink, buffer, strip);
    }
    if area.width >= WIDE { wide(ink, buffer, area, assessment) } else { narrow(ink, buffer, area, assessment) }
}

fn wide(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, assessment: &Assessment) {
    let columns = [&assessment.sites.primary.components, &assessment.sites.standby.components];
    let rows = columns.iter().map(|components| with_reasons(components)).max().unwrap_or(0);
    // What belongs to neither site must not push out what a failover would mean; what is well of it gives way.
    let around_rows = assessment.around.len().min(AROUND);
    let middle = with_reasons(&assessment.between) + around_rows + 2;
    let lower = if area.height >= TALL { 18 } else { 11 };
    let upper = tall(rows.max(middle)).min(area.height.saturating_sub(lower)).max(6);
    let [upper, lower] = Layout::vertical([Constraint::Length(upper), Constraint::Min(0)]).areas(area);
    let shares = [Constraint::Fill(11), Constraint::Fill(9), Constraint::Fill(11)];
    let [left, centre, right] = Layout::horizontal(shares).areas(upper);
    site(ink, buffer, left, assessment, Site::Primary);
    site(ink, buffer, right, assessment, Site::Standby);
    let above = tall(with_reasons(&assessment.between));
    let below = tall(around_rows);
    let [data, rest] = if above + below <= centre.height {
        Layout::vertical([Constraint::Min(0), Constraint::Length(below.max(centre.height - above))]).areas(centre)
    } else {
        Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(centre)
    };
    between(ink, buffer, data, assessment);
    around(ink, buffer, rest, assessment);

    if lower.height >= 16 && lower.width >= 150 {
        let shares = [Constraint::Fill(11), Constraint::Fill(9), Constraint::Fill(11)];
        let [left, centre, right] = Layout::horizontal(shares).areas(lower);
        let legs_rows = tall(assessment.readiness.forecast.legs.len());
        let sources = tall(assessment.impairment.evidence.len() + 3);
        let below = |top: u16, area: Rect| Layout::vertical([Constraint::Length(top), Constraint::Min(0)]).areas::<2>(area);
        if lower.height >= 22 + legs_rows {
            let [top, bottom] = below(lower.height - legs_rows, left);
            outlook(ink, buffer, top, assessment, true);
            legs(ink, buffer, bottom, assessment);
            let [top, bottom] = below(sources, centre);
            evidence::evidence(ink, buffer, top, assessment);
            hour::hours(ink, buffer, bottom, assessment);
        } else {
            outlook(ink, buffer, left, assessment, true);
            evidence::evidence(ink, buffer, centre, assessment);
        }
        latest(ink, buffer, right);
    } else {
        let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(lower);
        let sources = tall(assessment.impairment.evidence.len() + 1);
        if left.height >= 10 + sources {
            let [top, bottom] = Layout::vertical([Constraint::Min(0), Constraint::Length(sources)]).areas(left);
            outlook(ink, buffer, top, assessment, true);
            evidence::evidence(ink, buffer, bottom, assessment);
        } else {
            outlook(ink, buffer, left, assessment, false);
        }
        let [log, hour] = Layout::vertical([Constraint::Min(0), Constraint::Length(if right.height >= 20 { 9 } else { 0 })]).areas(right);
        latest(ink, buffer, log);
        if !hour.is_empty() {
            hour::hours(ink, buffer, hour, assessment);
        }
    }
}

fn narrow(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, assessment: &Assessment) {
    let sites = [&assessment.sites.primary.components, &assessment.sites.standby.components];
    let wanted = tall(sites.iter().map(|components| with_reasons(components)).max().unwrap_or(0));
    let middle = tall(assessment.between.len().max(assessment.around.len())).clamp(3, 6);
    let now = (2 + 3 + u16::try_from(failing(&assessment.readiness).len()).unwrap_or(9)).min(if area.height < 30 { 6 } else { 10 });
    let events = 3;
    let upper = wanted.min(area.height.saturating_sub(middle + now + events)).max(4);
    let [top, centre, outlook_area, log] =
        Layout::vertical([Constraint::Length(upper), Constraint::Length(middle), Constraint::Length(now), Constraint::Min(0)]).areas(area);
    let halves = [Constraint::Fill(1), Constraint::Fill(1)];
    let [left, right] = Layout::horizontal(halves).areas(top);
    site(ink, buffer, left, assessment, Site::Primary);
    site(ink, buffer, right, assessment, Site::Standby);
    let [left, right] = Layout::horizontal(halves).areas(centre);
    between(ink, buffer, left, assessment);
    around(ink, buffer, right, assessment);
    outlook(ink, buffer, outlook_area, assessment, false);
    latest(ink, buffer, log);
}

/// Rows and their frame.
fn tall(rows: usize) -> u16 {
    u16::try_from(rows + 2).unwrap_or(u16::MAX)
}

/// Rows, and two lines for each different thing that is said against them.
fn with_reasons(components: &[Component]) -> usize {
    let ailing = components.iter().filter(|component| component.verdict != Verdict::Healthy);
    let reasons: BTreeSet<&str> = ailing.filter_map(|component| component.reason.as_deref()).map(complaint).collect();
    components.len() + (reasons.len() * 2).max(2)
}

/// The keys that lead on from what is wrong, as the keymap has them.
fn next(ink: &Ink<'_>) -> Vec<Span<'static>> {
    let bindings = &ink.model.keymap.bindings;
    let found = advice(ink.model).into_iter().filter_map(|way| bindings.iter().find(|binding| binding.action == way));
    let keys = found.filter_map(|binding| {
        let key = binding.on.first()?.to_string();
        Some(vec![Span::styled(ink.say(&key), ink.paint.key), ink.strong(format!(" {}", ink.say(&binding.says)))])
    });
    keys.collect::<Vec<_>>().join(&Span::raw("  "))
}

/// The question of the night: would it succeed now, what would it cost, what is in the way.
fn outlook(ink: &Ink<'_>, buffer: &mut Buffer, area: Rect, assessment: &Assessment, evidence: bool) {
    let readiness = &assessment.readiness;
    let title = match readiness.target.and_then(|target| Some((target, ink.looked_at()?.0.region(target)))) {
        Some((_, region)) if area.width >= 70 => format!("IF YOU FAILED OVER TO {} NOW", ink.say(region.as_str())),
        _ => "IF YOU FAILED OVER NOW".to_owned(),
    };
    let failing = failing(readiness);
    let lines_in = usize::from(area.height.saturating_sub(2));
    let room = usize::from(area.width.saturating_sub(4));
    let mut lines = summary(ink, assessment, room);
    let shown = failing.len().min(lines_in.saturating_sub(lines.len()));
    let hidden = failing.len() - shown;
    // Where there is no room for the evidence, its answer is here.
    let mut parts = vec![if evidence { Vec::new() } else { evidence::answer(ink, assessment) }, next(ink)];
    parts.extend((hidden > 0).then(|| vec![ink.quiet(format!("and {hidden} more"))]));
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let panel = Panel::titled(ink, &title).right(ready_word(ink, readiness)).foot(parts.join(&ink.quiet(ink.glyphs.dot)));
    let inner = panel.draw(ink, buffer, area);
    // Why something is in the way is worth more than what is not.
    let mut spare = lines_in.saturating_sub(lines.len() + shown);
    for check in failing.iter().take(shown) {
        let told = check_lines(ink, check, room, spare.min(2));
        spare -= told.len() - 1;
        lines.extend(told);
    }
    if failing.is_empty() && !readiness.checks.is_empty() {
        let all = format!("all {} checks hold", readiness.checks.len());
        lines.push(Line::from(vec![ink.check(Some(true), true), Span::raw(" "), ink.quiet(all)]));
    }
    let spare = usize::from(inner.height).saturating_sub(lines.len());
    if spare > 2 {
        let passed: Vec<_> = readiness.checks.iter().filter(|check| check.ok == Some(true)).collect();
        lines.push(Line::default());
        lines.extend(passed.into_iter().take(spare - 1).flat_map(|check| check_lines(ink, check, room, 0)));
    }
    for (index, line) in (0..).zip(lines) {
        put(ink, buffer, row(inner, index), line);
    }
}
