use super::message::Effect;
use super::model::{Deed, Detail, Model, Overlay, Palette, Screen, Theme};
use super::panels::{shown_events, shown_workloads};
use super::running::{Running, is_live};
use super::{arming, card, chooser, copy, entry, filter, freeze, moves, orders, palette, past, setting};
use crate::keymap::Action;

/// Does what a key or the palette says.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    if speaks_of_one(action) {
        look_under_cursor(model);
    }
    match action {
        Action::Quit => quit(model, effects),
        Action::Back => back(model),
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Help => open(model, Overlay::Help { scroll: 0 }),
        Action::Palette => open_palette(model),
        Action::Filter => find(model),
        Action::Freeze => freeze::toggle(model),
        Action::Present => model.present = !model.present,
        Action::NextTheme => model.look.theme = next_theme(model.look.theme),
        Action::Refresh => refresh(model, effects),
        Action::GoWorkloads => go(model, Screen::Workloads),
        Action::GoDashboard => go(model, Screen::Dashboard),
        Action::GoRun => go(model, Screen::Run),
        Action::GoReadiness => go(model, Screen::Readiness),
        Action::GoEvents => go(model, Screen::Events),
        Action::GoHistory => go(model, Screen::History),
        Action::NextWorkload => turn(model, true),
        Action::PreviousWorkload => turn(model, false),
        Action::Up | Action::Down | Action::Left | Action::Right | Action::PageUp | Action::PageDown | Action::First | Action::Last => {
            moves::go(model, action);
        }
        Action::Open => look_inside(model, effects),
        Action::Copy => copy::value(model, effects),
        Action::CopyCommand => copy::command(model, effects),
        Action::CopyQuery => copy::query(model, effects),
        Action::NextClass => {
            model.filters.class = filter::next_class(model.filters.class);
            model.cursors.events = 0;
        }
        Action::Submit => submit(model, effects),
        Action::Arm => arming::toggle(model, effects),
        Action::Runbooks => chooser::offer(model, effects),
        Action::OtherWay => chooser::turn(model),
        Action::NextChoice => setting::next_choice(model),
        Action::SayInstant => setting::ask_instant(model),
        Action::Confirm => confirm(model, effects),
        Action::Pause
        | Action::Resume
        | Action::Abort
        | Action::Approve
        | Action::Retry
        | Action::Skip
        | Action::Override
        | Action::Acknowledge
        | Action::Switch => orders::give(model, action, effects),
        // Only where there is text.
        Action::EraseBack | Action::EraseWord | Action::EraseAll => {}
    }
}

/// What shows, arms or runs one workload: from the list of all it is the one under the cursor that is meant.
const fn speaks_of_one(action: Action) -> bool {
    matches!(
        action,
        Action::Present
            | Action::GoDashboard
            | Action::GoRun
            | Action::GoReadiness
            | Action::GoEvents
            | Action::GoHistory
            | Action::Arm
            | Action::Runbooks
    )
}

fn look_under_cursor(model: &mut Model) {
    let row = if model.screen == Screen::Workloads { shown_workloads(model).get(model.cursors.workloads).copied() } else { None };
    if let Some(workload) = row {
        look_at(model, workload);
    }
}

fn quit(model: &mut Model, effects: &mut Vec<Effect>) {
    if !model.overlays.is_empty() {
        back(model);
    } else if is_live(model) || model.running.as_ref().is_some_and(Running::is_owed) {
        open(model, Overlay::Quit);
    } else {
        effects.push(Effect::Quit);
    }
}

/// One level, never two.
fn back(model: &mut Model) {
    if model.overlays.pop().is_some() {
        return;
    }
    if model.typing_filter {
        model.typing_filter = false;
        filter::clear(model);
        return;
    }
    if filter::clear(model) {
        return;
    }
    if model.present {
        model.present = false;
        return;
    }
    if model.screen == Screen::Run && model.cursors.run.take().is_some() {
        return;
    }
    model.screen = match model.screen {
        Screen::Dashboard if model.config.workloads.len() > 1 => Screen::Workloads,
        Screen::Run | Screen::Readiness | Screen::Events | Screen::History => Screen::Dashboard,
        at_the_top => at_the_top,
    };
}

/// Puts an overlay on top; the same kind is never there twice.
pub(super) fn open(model: &mut Model, overlay: Overlay) {
    model.overlays.retain(|other| std::mem::discriminant(other) != std::mem::discriminant(&overlay));
    model.overlays.push(overlay);
}

fn open_palette(model: &mut Model) {
    open(model, Overlay::Palette(Palette::default()));
    palette::search(model);
}

/// Where there is nothing to filter, one finds by name.
fn find(model: &mut Model) {
    if model.overlays.is_empty() && filter::of_screen(model).is_some() {
        if let Some(line) = filter::of_screen(model) {
            line.end();
        }
        model.typing_filter = true;
    } else {
        open_palette(model);
    }
}

/// To a screen, out of whatever lay over the last one.
pub(super) fn go(model: &mut Model, screen: Screen) {
    model.overlays.clear();
    model.typing_filter = false;
    model.screen = screen;
}

fn turn(model: &mut Model, forward: bool) {
    let all = model.config.workloads.len();
    if all > 1 {
        let step = if forward { 1 } else { all - 1 };
        look_at(model, (model.workload + step) % all);
    }
}

pub(super) fn look_at(model: &mut Model, workload: usize) {
    if workload != model.workload && workload < model.config.workloads.len() {
        model.workload = workload;
        model.cursors.dashboard = None;
        model.cursors.readiness = 0;
        model.overlays.retain(|overlay| !matches!(overlay, Overlay::Detail(_)));
    }
    if let Some(row) = shown_workloads(model).iter().position(|shown| *shown == workload) {
        model.cursors.workloads = row;
    }
}

fn look_inside(model: &mut Model, effects: &mut Vec<Effect>) {
    if matches!(model.overlays.last(), Some(Overlay::Chooser(_))) {
        return chooser::choose(model, effects);
    }
    if !model.overlays.is_empty() {
        return;
    }
    match model.screen {
        Screen::Workloads => {
            if !shown_workloads(model).is_empty() {
                look_under_cursor(model);
                go(model, Screen::Dashboard);
            }
        }
        Screen::Dashboard => {
            if let Some(component) = model.meant().map(|component| component.id.clone()) {
                open(model, Overlay::Detail(Detail { component, scroll: 0 }));
            }
        }
        Screen::Events => {
            let Some(event) = shown_events(model).nth(model.cursors.events).cloned() else { return };
            let at = event.workload.unwrap_or(model.workload);
            let concerned = |subject: &crate::domain::Subject| {
                let components = model.picture.assessments.get(at)?.components().find(|component| component.subjects.contains(subject))?;
                Some(components.id.clone())
            };
            if let Some(component) = event.subject.as_ref().and_then(concerned) {
                look_at(model, at);
                open(model, Overlay::Detail(Detail { component, scroll: 0 }));
            }
        }
        Screen::History => past::open(model, effects),
        // A check says all it knows in its own line, and a step beside the list.
        Screen::Readiness | Screen::Run => {}
    }
}

fn submit(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.overlays.last() {
        Some(Overlay::Quit) => effects.push(Effect::Quit),
        Some(Overlay::Palette(palette)) => {
            let deed = palette.offers.get(palette.selected).map(|offer| offer.deed.clone());
            if let Some(deed) = deed {
                model.overlays.pop();
                carry_out(model, deed, effects);
            }
        }
        Some(Overlay::Entry(_)) => entry::submit(model, effects),
        Some(Overlay::Help { .. } | Overlay::Detail(_) | Overlay::Chooser(_) | Overlay::Card(_) | Overlay::Report(_)) => {}
        None => model.typing_filter = false,
    }
}

/// What Enter does not do.
fn confirm(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.overlays.last() {
        Some(Overlay::Entry(_)) => entry::confirm(model, effects),
        Some(Overlay::Card(_)) => card::confirm(model, effects),
        _ => {}
    }
}

fn carry_out(model: &mut Model, deed: Deed, effects: &mut Vec<Effect>) {
    match deed {
        Deed::Do(action) => act(model, action, effects),
        Deed::Theme(theme) => model.look.theme = theme,
        Deed::Workload(workload) => {
            look_at(model, workload);
            go(model, Screen::Dashboard);
        }
        Deed::Component(component) => {
            go(model, Screen::Dashboard);
            model.cursors.dashboard = Some(component.clone());
            open(model, Overlay::Detail(Detail { component, scroll: 0 }));
        }
    }
}

fn refresh(model: &mut Model, effects: &mut Vec<Effect>) {
    let opened = match model.overlays.last() {
        Some(Overlay::Detail(detail)) => model.assessment().and_then(|assessment| assessment.component(&detail.component)),
        _ => None,
    };
    let mut subjects: Vec<_> = match opened {
        Some(component) => component.subjects.clone(),
        None => {
            let seen = model.attended().into_iter().filter_map(|number| model.picture.assessments.get(number));
            seen.flat_map(|assessment| assessment.components().flat_map(|component| component.subjects.iter().cloned())).collect()
        }
    };
    subjects.sort();
    subjects.dedup();
    effects.push(Effect::Refresh(subjects));
    model.say("asking again", false);
}

const fn next_theme(theme: Theme) -> Theme {
    match theme {
        Theme::Terminal => Theme::Dark,
        Theme::Dark => Theme::Light,
        Theme::Light => Theme::Contrast,
        Theme::Contrast => Theme::Mono,
        Theme::Mono => Theme::Terminal,
    }
}
