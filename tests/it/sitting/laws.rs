//! What holds of the console at every moment, whatever has happened to it.

use std::collections::BTreeSet;
use std::time::Duration;

use drlab_core::app::{
    Arming, Effect, Message, Model, Overlay, Press, Screen, Theme, Timeline, applicable, contexts, detail, shown_checks, shown_events,
    shown_past, shown_workloads, update,
};
use drlab_core::assess::assess;
use drlab_core::domain::{Timestamp, sanitise};
use drlab_core::keymap::Chord;
use ratatui::buffer::Buffer;
use ratatui::style::Color;

use crate::screens::styled::lines;

/// More than anybody types.
const LONGEST_LINE: usize = 120;

/// The model is in order.
pub(super) fn of_model(model: &Model) {
    let within = |at: usize, length: usize| at == 0 || at < length;
    let (workloads, checks, events) = (shown_workloads(model), shown_checks(model).len(), shown_events(model).count());
    assert!(within(model.cursors.workloads, workloads.len()), "a cursor at {} of {workloads:?}", model.cursors.workloads);
    assert!(within(model.cursors.readiness, checks), "a cursor at {} of {checks} checks", model.cursors.readiness);
    assert!(within(model.cursors.events, events), "a cursor at {} of {events} events", model.cursors.events);
    assert!(within(model.cursors.history, shown_past(model).count()), "a cursor at {} of the runs", model.cursors.history);
    assert!(model.cursors.dashboard.is_none() || model.under_cursor().is_some(), "a cursor on nothing: {:?}", model.cursors.dashboard);
    let all = model.config.workloads.len();
    assert!(model.workload < all && model.picture.assessments.len() == all && workloads.iter().all(|shown| *shown < all));
    assert!(model.attended().iter().all(|attended| *attended < all));
    let (one, now) = (model.workload, model.clock.now);
    let judged_by = |known| assess(&model.config.workloads[one], known, now);
    assert_eq!(
        judged_by(&model.picture.of_each[one]),
        judged_by(&model.picture.snapshot),
        "what concerns a workload is not all it is judged by"
    );
    assert!(!contexts(model).is_empty());
    assert!(model.screen != Screen::Dashboard || !model.typing_filter, "a filter is typed where there is none");
    for timeline in [Some(&model.events), model.frozen.as_ref().map(|frozen| &frozen.held)].into_iter().flatten() {
        assert!(timeline.events.len() <= Timeline::KEPT);
        assert!(timeline.events.iter().is_sorted_by(|newer, older| newer.at >= older.at), "events out of order");
    }
    for line in [&model.filters.workloads, &model.filters.readiness, &model.filters.events, &model.filters.history] {
        of_line(line.text(), line.cursor());
    }
    overlays(model);
}

fn overlays(model: &Model) {
    let kinds: BTreeSet<_> = model
        .overlays
        .iter()
        .map(|overlay| match overlay {
            Overlay::Help { .. } => "help",
            Overlay::Palette(_) => "palette",
            Overlay::Detail(_) => "detail",
            Overlay::Quit => "quit",
            Overlay::Chooser(_) => "chooser",
            Overlay::Entry(_) => "entry",
            Overlay::Card(_) => "card",
            Overlay::Report(_) => "report",
        })
        .collect();
    assert_eq!(kinds.len(), model.overlays.len(), "the same overlay twice: {:?}", model.overlays);
    if let Some(Overlay::Palette(palette)) = model.overlays.last() {
        assert!(palette.selected == 0 || palette.selected < palette.offers.len(), "{} of {}", palette.selected, palette.offers.len());
        of_line(palette.line.text(), palette.line.cursor());
    }
    if let Some(Overlay::Chooser(chooser)) = model.overlays.last() {
        let choices = applicable(model).len();
        assert!(chooser.selected == 0 || chooser.selected < choices, "{} of {choices} runbooks", chooser.selected);
    }
    if let Some(page) = detail(model) {
        assert!(!page.sections.is_empty());
    }
}

/// What stands still while the picture is frozen: since when it is, how many events there are, and as of when each workload is told.
pub(super) fn frozen(model: &Model) -> Option<(Timestamp, u64, Vec<Timestamp>)> {
    let frozen = model.frozen.as_ref()?;
    let assessed = model.picture.assessments.iter().map(|assessment| assessment.at).collect();
    Some((frozen.since, model.events.told(), assessed))
}

/// Whatever happens behind it.
pub(super) fn a_frozen_picture_stands_still(before: Option<(Timestamp, u64, Vec<Timestamp>)>, model: &Model) {
    if let (Some(before), Some(after)) = (before, frozen(model))
        && before.0 == after.0
    {
        assert_eq!(before, after, "a frozen picture moves");
        assert_eq!(model.shown_at(), before.0, "a frozen picture grows older");
    }
}

/// As many times Esc as there are overlays, one level at a time, and there is none.
pub(super) fn every_overlay_has_a_way_out(model: &Model, mut at: Duration) {
    let mut model = model.clone();
    while let Some(top) = model.overlays.last().map(|top| format!("{top:?}")) {
        let there = model.overlays.len();
        at += Duration::from_secs(1);
        let effects = update(&mut model, Message::Key(Press { chord: Chord::parse("esc").unwrap(), at, repeat: false }));
        assert_eq!(model.overlays.len(), there - 1, "Esc does not lead out of {top}");
        assert!(effects.iter().all(|effect| matches!(effect, Effect::Attend(_))), "Esc does more than lead out: {effects:?}");
    }
}

/// However long it goes on, no more is kept than can be looked at.
pub(super) fn keeps_to_its_bounds(model: &Model) {
    const RECORDS: usize = 2_000;
    const OFFERS: usize = 200;
    const NOTICE: usize = 400;
    assert!(model.running.as_ref().is_none_or(|running| running.records.len() <= RECORDS));
    let said = model.notice.as_ref().map_or(0, |notice| notice.text.chars().count());
    assert!(said <= NOTICE, "{said} letters in one line");
    for overlay in &model.overlays {
        if let Overlay::Palette(palette) = overlay {
            assert!(palette.offers.len() <= OFFERS);
        }
    }
    assert!(model.events.events.iter().all(|event| event.text.chars().count() <= 2_200), "an event without end");
}

/// Armed or watching, it is said where everybody looks, as long as there is room to say anything.
pub(super) fn says_whether_it_may_change_anything(model: &Model, drawn: &Buffer) {
    let (width, height) = model.size;
    if width < 60 || height < 16 || model.present {
        return;
    }
    let head = lines(drawn).into_iter().next().unwrap();
    assert_eq!(head.contains("ARMED"), model.armed().is_some(), "{head}");
    assert_eq!(head.contains("WATCH"), matches!(model.arming, Arming::Watching), "{head}");
}

fn of_line(text: &str, cursor: usize) {
    let length = text.chars().count();
    assert!(cursor <= length && length <= LONGEST_LINE, "a cursor at {cursor} of {length} letters");
    assert_eq!(sanitise(text), text);
}

/// What is drawn harms no terminal, tells no account, and keeps to its look.
pub(super) fn of_picture(model: &Model, drawn: &Buffer) {
    assert_eq!((drawn.area.width, drawn.area.height), model.size);
    for cell in drawn.content() {
        let symbol = cell.symbol();
        assert_eq!(sanitise(symbol), symbol, "a cell that steers the terminal");
        assert!(!model.look.ascii || symbol.is_ascii(), "“{symbol}” is not ASCII");
        assert!(model.look.theme != Theme::Mono || (cell.fg, cell.bg) == (Color::Reset, Color::Reset), "a colour: {cell:?}");
    }
    let text = lines(drawn).join("\n");
    for workload in &model.config.workloads {
        assert!(!text.contains(&workload.account), "an account on the screen:\n{text}");
        let webhook = workload.notify.webhook.as_deref().and_then(|url| url.split_once("://"));
        assert!(webhook.is_none_or(|(_, place)| !text.contains(place)), "a webhook on the screen:\n{text}");
    }
}

/// Whatever is written into a panel, its borders stand one under the other: its right one on every row between its corners.
pub(super) fn of_panels(drawn: &Buffer) {
    let area = drawn.area;
    let at = |x: u16, y: u16| drawn[(x, y)].symbol();
    let mut panels = 0;
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if !matches!(at(x, y), "┌" | "╭" | "┏" | "╔") {
                continue;
            }
            panels += 1;
            let picture = || lines(drawn).join("\n");
            let right = (x + 1..area.right()).find(|right| matches!(at(*right, y), "┐" | "╮" | "┓" | "╗"));
            let right = right.unwrap_or_else(|| panic!("no upper right corner of the panel at {x},{y}:\n{}", picture()));
            let bottom = (y + 1..area.bottom()).find(|bottom| matches!(at(x, *bottom), "└" | "╰" | "┗" | "╚"));
            let bottom = bottom.unwrap_or_else(|| panic!("no lower left corner of the panel at {x},{y}:\n{}", picture()));
            assert!(matches!(at(right, bottom), "┘" | "╯" | "┛" | "╝"), "no corner at {right},{bottom}:\n{}", picture());
            for row in y + 1..bottom {
                for column in [x, right] {
                    assert!(matches!(at(column, row), "│" | "┃" | "║"), "no border at {column},{row}:\n{}", picture());
                }
            }
        }
    }
    assert!(panels > 0, "no panel at all:\n{}", lines(drawn).join("\n"));
}
