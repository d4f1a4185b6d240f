use drlab_core::app::{Asked, Overlay, Screen};

use super::fixture::on;
use super::pictures::{at_every_size, picture};
use super::running;

#[test]
fn arming() {
    at_every_size("arming", &running::arming());
}

#[test]
fn choosing_a_runbook() {
    at_every_size("run-chooser", &running::choosing());
}

#[test]
fn a_run_that_works() {
    at_every_size("run-working", &running::working());
}

#[test]
fn a_run_that_waits_for_a_decision() {
    at_every_size("run-waiting", &running::waiting());
    picture("run-held", &running::held(), (120, 40));
}

#[test]
fn a_run_that_has_failed() {
    at_every_size("run-failed", &running::failed());
}

#[test]
fn a_run_that_is_finished() {
    at_every_size("run-finished", &running::finished());
}

#[test]
fn the_point_of_no_return() {
    at_every_size("run-card", &running::card());
    let key = drlab_core::app::Card::new("fence", false);
    let mut model = running::waiting();
    model.overlays = vec![Overlay::Card(key)];
    picture("run-card-key", &model, (80, 24));
}

#[test]
fn reasons() {
    picture("run-abort", &running::asked(Asked::Abort), (80, 24));
    let guard = Asked::Override { stage: "promote".to_owned(), guard: "database.loss.bounded".to_owned() };
    let mut held = running::held();
    held.overlays = running::asked(guard).overlays;
    picture("run-override", &held, (80, 24));
    picture("run-skip", &running::asked(Asked::Skip { stage: "promote".to_owned() }), (80, 24));
}

#[test]
fn a_run_on_other_screens() {
    at_every_size("run-strip", &on(running::waiting(), Screen::Dashboard));
    let mut model = running::working();
    model.present = true;
    at_every_size("run-present", &model);
}

#[test]
fn no_run() {
    at_every_size("run-none", &running::armed());
}

#[test]
fn the_runs_there_have_been() {
    at_every_size("history", &running::history());
    picture("history-none", &on(running::armed(), Screen::History), (80, 24));
}

#[test]
fn what_happened_in_a_run() {
    at_every_size("report", &running::reading());
}

#[test]
fn a_filter_finds_a_run_by_anything_that_is_said_of_it() {
    let mut model = running::history();
    for (text, found) in
        [("grace", 3), ("quarterly", 3), ("planned_failover", 4), ("unplanned", 3), ("aborted", 1), ("20260401", 1), ("nobody", 0)]
    {
        model.filters.history = drlab_core::app::Line::default();
        model.filters.history.insert(text);
        assert_eq!(drlab_core::app::shown_past(&model).count(), found, "{text}");
    }
}
