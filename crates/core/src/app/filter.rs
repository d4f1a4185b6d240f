use super::line::Line;
use super::model::{Model, Screen};
use super::timeline::Class;

/// The filter of the screen one is on, where it has one.
pub(super) const fn of_screen(model: &mut Model) -> Option<&mut Line> {
    match model.screen {
        Screen::Workloads => Some(&mut model.filters.workloads),
        Screen::Readiness => Some(&mut model.filters.readiness),
        Screen::Events => Some(&mut model.filters.events),
        Screen::History => Some(&mut model.filters.history),
        Screen::Dashboard | Screen::Run => None,
    }
}

/// The best match is at the top.
pub(super) const fn retyped(model: &mut Model) {
    match model.screen {
        Screen::Workloads => model.cursors.workloads = 0,
        Screen::Readiness => model.cursors.readiness = 0,
        Screen::Events => model.cursors.events = 0,
        Screen::History => model.cursors.history = 0,
        Screen::Dashboard | Screen::Run => {}
    }
}

/// Takes away what hides part of the screen; `false` if nothing did.
pub(super) fn clear(model: &mut Model) -> bool {
    let class = model.screen == Screen::Events && model.filters.class.take().is_some();
    let text = of_screen(model).is_some_and(|line| {
        let some = !line.is_empty();
        line.clear();
        some
    });
    if class || text {
        retyped(model);
    }
    class || text
}

/// All, and then one class after another.
pub(super) const fn next_class(class: Option<Class>) -> Option<Class> {
    match class {
        None => Some(Class::Health),
        Some(Class::Health) => Some(Class::Alarm),
        Some(Class::Alarm) => Some(Class::Change),
        Some(Class::Change) => Some(Class::Error),
        Some(Class::Error) => Some(Class::Figure),
        Some(Class::Figure) => None,
    }
}
