use super::detail::detail;
use super::model::{Model, Overlay, Screen};
use super::panels::{panels, shown_checks, shown_events, shown_workloads};
use super::past::shown_past;
use crate::keymap::Action;

/// Rows that the wheel moves text by.
const WHEEL: usize = 3;

/// Moves whatever is on top.
pub(super) fn go(model: &mut Model, action: Action) {
    let page = usize::from(model.size.1).saturating_sub(6).max(1);
    if let (Some(Overlay::Chooser(chooser)), Action::PageUp | Action::PageDown) = (model.overlays.last_mut(), action) {
        chooser.scroll = stepped(chooser.scroll, action, page / 2 + 1, 1);
    } else if !model.overlays.is_empty() {
        scroll(model, |at| stepped(at, action, page, 1));
    } else if model.screen == Screen::Run {
        over_steps(model, action, page);
    } else if model.screen == Screen::Dashboard {
        over_panels(model, action);
    } else {
        let row = row(model);
        *row = stepped(*row, action, page, 1);
    }
}

pub(super) fn wheel(model: &mut Model, down: bool) {
    let action = if down { Action::Down } else { Action::Up };
    if model.overlays.is_empty() {
        go(model, action);
    } else {
        scroll(model, |at| stepped(at, action, WHEEL, WHEEL));
    }
}

/// The end is found by `keep_in_bounds`.
const fn stepped(at: usize, action: Action, page: usize, step: usize) -> usize {
    match action {
        Action::Up => at.saturating_sub(step),
        Action::Down => at.saturating_add(step),
        Action::PageUp => at.saturating_sub(page),
        Action::PageDown => at.saturating_add(page),
        Action::First => 0,
        Action::Last => usize::MAX,
        _ => at,
    }
}

fn scroll(model: &mut Model, moved: impl Fn(usize) -> usize) {
    match model.overlays.last_mut() {
        Some(Overlay::Help { scroll }) => *scroll = moved(*scroll),
        Some(Overlay::Detail(detail)) => detail.scroll = moved(detail.scroll),
        Some(Overlay::Palette(palette)) => palette.selected = moved(palette.selected),
        Some(Overlay::Chooser(chooser)) => chooser.select(moved(chooser.selected)),
        Some(Overlay::Report(reading)) => reading.selected = moved(reading.selected),
        Some(Overlay::Quit | Overlay::Entry(_) | Overlay::Card(_)) | None => {}
    }
}

const fn row(model: &mut Model) -> &mut usize {
    match model.screen {
        Screen::Readiness => &mut model.cursors.readiness,
        Screen::Events => &mut model.cursors.events,
        Screen::History => &mut model.cursors.history,
        Screen::Workloads | Screen::Dashboard | Screen::Run => &mut model.cursors.workloads,
    }
}

/// Up and down within a column, left and right between columns at the same height.
fn over_panels(model: &mut Model, action: Action) {
    let columns: Vec<Vec<String>> = panels(model)
        .into_iter()
        .map(|(_, rows)| rows.into_iter().map(|component| component.id.clone()).collect::<Vec<_>>())
        .filter(|rows| !rows.is_empty())
        .collect();
    let Some(last_column) = columns.len().checked_sub(1) else { return };
    let here = model.cursors.dashboard.as_ref().and_then(|id| {
        columns.iter().enumerate().find_map(|(column, rows)| rows.iter().position(|row| row == id).map(|row| (column, row)))
    });
    let Some((mut column, mut row)) = here else {
        model.cursors.dashboard = columns.first().and_then(|rows| rows.first()).cloned();
        return;
    };
    match action {
        Action::Left => column = column.saturating_sub(1),
        Action::Right => column = (column + 1).min(last_column),
        other => row = stepped(row, other, 5, 1),
    }
    let rows = &columns[column];
    model.cursors.dashboard = rows.get(row.min(rows.len() - 1)).cloned();
}

/// Over the steps of the run, beginning at the one that matters.
fn over_steps(model: &mut Model, action: Action, page: usize) {
    let Some(running) = &model.running else { return };
    let stages = &running.run.plan.stages;
    let here = model.pointed_step().and_then(|id| stages.iter().position(|stage| stage.id == id)).unwrap_or(0);
    let there = stepped(here, action, page, 1).min(stages.len().saturating_sub(1));
    model.cursors.run = stages.get(there).map(|stage| stage.id.clone());
}

/// Rows come and go; a cursor points at one that is there.
pub(super) fn keep_in_bounds(model: &mut Model) {
    let last = |length: usize| length.saturating_sub(1);
    model.cursors.workloads = model.cursors.workloads.min(last(shown_workloads(model).len()));
    model.cursors.history = model.cursors.history.min(last(shown_past(model).count()));
    model.cursors.readiness = model.cursors.readiness.min(last(shown_checks(model).len()));
    if model.cursors.events > 0 {
        let shown = shown_events(model).take(model.cursors.events.saturating_add(1)).count();
        model.cursors.events = model.cursors.events.min(last(shown));
    }
    if model.cursors.dashboard.is_some() && model.under_cursor().is_none() {
        model.cursors.dashboard = None;
    }
    let lines = match model.overlays.last() {
        Some(Overlay::Help { .. }) => model.keymap.help().iter().map(|(_, rows)| rows.len() + 1).sum(),
        Some(Overlay::Palette(palette)) => palette.offers.len(),
        Some(Overlay::Chooser(_)) => super::chooser::applicable(model).len(),
        Some(Overlay::Report(reading)) => reading.report.timeline.len(),
        Some(Overlay::Detail(open)) if open.scroll > 0 => detail(model).map_or(0, |page| page.length()),
        _ => 0,
    };
    scroll(model, |at| at.min(last(lines)));
}
