use std::sync::Arc;
use std::time::Duration;

use drlab_core::app::{Asked, Message, Model, Overlay, Screen, Unfinished, update};
use drlab_core::config::RtoFrom;
use drlab_core::runbook::{Action, Confirm, Stage};

use super::fixture::{now, on};
use super::pictures::{at_every_size, picture};
use super::running;
use super::styled::{drawn, lines};

fn text(model: &Model, size: (u16, u16)) -> String {
    lines(&drawn(model, size)).join("\n")
}

#[test]
fn arming() {
    at_every_size("arming", &running::arming());
}

#[test]
fn choosing_a_runbook() {
    at_every_size("run-chooser", &running::choosing());
}

/// Two consoles: whoever comes second sees who is at it, and what taking it up means.
#[test]
fn a_run_that_somebody_else_is_at() {
    let mut model = running::choosing();
    let theirs = Unfinished { held_by: Some("alice@ops".to_owned()), ..model.unfinished[0].clone() };
    update(&mut model, Message::Unfinished(vec![theirs]));
    assert!(model.notice.as_ref().unwrap().text.starts_with("alice@ops is at 20261120t231500-tier2"), "{:?}", model.notice);
    running::press(&mut model, "g");
    let told = text(&model, (120, 40));
    assert!(told.contains("SOMEBODY IS AT IT") && told.contains("alice@ops is at it at this moment"), "{told}");
    model.overlays.clear();
    model.running = None;
    let told = text(&on(model, Screen::Run), (120, 40));
    assert!(told.contains("alice@ops is at it: 20261120t231500-tier2"), "{told}");
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
    picture("run-card-withdrawn", &running::withdrawn(), (80, 24));
    at_every_size("run-card-restore", &running::restoring());
    let key = drlab_core::app::Card::new("fence", false);
    let mut model = running::waiting();
    model.overlays = vec![Overlay::Card(key)];
    picture("run-card-key", &model, (80, 24));
}

/// Whoever types the name there is told of everything that will not ask again.
#[test]
fn the_card_says_what_goes_without_a_question_behind_it() {
    const SAID: &str = "Right behind it, without another question:";
    let promote = running::card();
    assert!(!text(&promote, (120, 40)).contains(SAID));
    let secret = |confirm| {
        let mut model = promote.clone();
        let plan = &mut Arc::make_mut(&mut model.running.as_mut().unwrap().run).plan;
        let before = plan.stages.iter().find(|stage| stage.id == "promote").unwrap().clone();
        let title = "the secret becomes one of its own".to_owned();
        let needs = vec!["promote".to_owned()];
        plan.stages.push(Stage { id: "own".to_owned(), action: Action::SecretPromote, title, needs, confirm, ..before });
        text(&model, (120, 40))
    };
    let told = secret(Confirm::None);
    assert!(told.contains(&format!("{SAID} the secret becomes one of its own.")), "{told}");
    assert!(told.contains("BE UNDONE: it is replicated no longer"), "{told}");
    assert!(told.contains("Type tier2 to go past it:"), "{told}");
    assert!(!secret(Confirm::Type).contains(SAID), "that one asks itself");
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
fn who_leaves_a_run_is_told_what_goes_on_with_it() {
    let mut model = running::waiting();
    model.overlays = vec![Overlay::Quit];
    model.session.state_dir = Some("/var/lib/runs of ours".to_owned());
    let command = "drlab-tui resume 20261121t105549-tier2 --confirm tier2 --state-dir '/var/lib/runs of ours'";
    assert!(text(&model, (120, 40)).contains(command), "{}", text(&model, (120, 40)));
    // Where a line has no room for it, it is told on two, and the answers are there all the same.
    let narrow = text(&model, (80, 24));
    assert!(narrow.contains("--confirm tier2 --state-dir") && narrow.contains("of ours'") && narrow.contains("n no"), "{narrow}");
    model.session.lab_within = true;
    let demo = text(&model, (80, 24));
    assert!(!demo.contains("drlab-tui resume") && !demo.contains("until it is taken up"), "{demo}");
    assert!(demo.contains("The lab ends with this console"), "{demo}");
}

#[test]
fn once_it_is_proven_the_strip_says_when_it_was() {
    let mut model = on(running::soaking(), Screen::Dashboard);
    for later in [0, 120] {
        update(&mut model, Message::Tick(now() + Duration::from_secs(later)));
        let text = text(&model, (120, 40));
        assert!(text.contains("proven at 11:01:31Z") && text.contains("7m00s of 30m") && !text.contains("proven ~"), "{text}");
    }
    assert!(text(&on(running::working(), Screen::Dashboard), (120, 40)).contains("proven ~11:0"));
}

#[test]
fn both_beginnings_are_told_and_which_of_them_counts() {
    let mut model = running::working();
    for size in [(80, 24), (120, 40), (200, 60)] {
        let text = text(&model, size);
        assert!(text.contains("outage 10:54:31Z · declared 10:55:49Z · the outage counts"), "{text}");
    }
    let declared_with = model.running.as_mut().and_then(|running| running.workload.as_mut()).unwrap();
    Arc::make_mut(declared_with).rto_from = RtoFrom::Declared;
    assert!(text(&model, (120, 40)).contains("the declaration counts"));
}

#[test]
fn a_run_that_is_under_way_is_named_among_those_that_are_over() {
    let under_way = "20261121t105549-tier2 is under way: 2 shows it";
    let alone = text(&on(running::waiting(), Screen::History), (80, 24));
    assert!(alone.contains(under_way) && !alone.contains("nothing has been run"), "{alone}");
    let beside = Model { running: running::waiting().running, ..running::history() };
    assert!(text(&beside, (80, 24)).contains(under_way));
    let over = Model { running: running::finished().running, ..running::armed() };
    assert!(text(&on(over, Screen::History), (80, 24)).contains("is still at what it owes: 2 shows it"));
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
