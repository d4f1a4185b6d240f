//! A run in front of somebody: arming, consent, and what two quick keys cannot do.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::assess::Check;
use crate::config::{Config, EXAMPLE, Site, Workload};
use crate::domain::Timestamp;
use crate::keymap::{Chord, Keymap};
use crate::run::{Declared, Desk, Guarded, Mode, Order, Record, Run, Stance};
use crate::runbook::{Runbook, shelf, unfold};

const LOOK: Look = Look { theme: Theme::Terminal, ascii: false };
const NOW: Timestamp = Timestamp::from_secs(1_000);

fn workload(config: &Config) -> Workload {
    Workload { name: "shop".to_owned(), ..config.workloads[0].clone() }
}

fn books() -> Vec<Runbook> {
    shelf(&[], &|action| action.deed()).0
}

/// A console that watches one workload.
fn watching() -> Model {
    let mut config = Config::parse("drlab.toml", EXAMPLE, &[]).unwrap();
    config.workloads = vec![workload(&config)];
    let mut model = Model::new(Arc::new(config), Arc::new(Keymap::default()), LOOK, (120, 40), NOW);
    update(&mut model, Message::Shelf(Arc::new(books())));
    model
}

fn run(model: &Model) -> Run {
    let workload = &model.config.workloads[0];
    let book = books().into_iter().find(|book| book.name == "unplanned_failover").unwrap();
    let declared = Declared {
        run: "20261121t110231-shop".to_owned(),
        version: "1".to_owned(),
        workload: workload.name.clone(),
        account: workload.account.clone(),
        runbook: book.name.clone(),
        runbook_text: book.text.clone(),
        config_text: model.config.for_console(model.config.endpoints.clone()).to_toml().unwrap(),
        source: Site::Primary,
        outage_at: None,
        reason: "an outage".to_owned(),
        who: "somebody".to_owned(),
        lab: true,
    };
    Run::declared(NOW, declared, unfold(&book, workload, Site::Primary, &|action| action.deed()))
}

/// The first stage of a step.
fn stage_of(run: &Run, step: &str) -> String {
    run.plan.stages.iter().find(|stage| stage.step == step).unwrap().id.clone()
}

fn key(model: &mut Model, key: &str, at: u64) -> Vec<Effect> {
    let press = Press { chord: Chord::parse(key).unwrap(), at: Duration::from_millis(at), repeat: false };
    update(model, Message::Key(press))
}

/// Keys as somebody presses them who takes their time, from this millisecond on.
fn keys(model: &mut Model, keys: &str, mut at: u64) -> Vec<Effect> {
    let mut effects = Vec::new();
    for chord in keys.split(' ') {
        effects.extend(key(model, chord, at));
        at += 500;
    }
    effects
}

fn armed() -> Model {
    let mut model = watching();
    assert_eq!(keys(&mut model, "A s h o p enter", 0), [Effect::Arm(0)]);
    update(&mut model, Message::Armed(Ok(())));
    assert_eq!(model.armed(), Some(0));
    model
}

fn stance(model: &mut Model, run: &Run, stage: &str, stance: Stance, news: Vec<Record>) {
    let mut run = run.clone();
    run.take(NOW, Record::Ready { stage: stage.to_owned() }, None);
    let mut desk = Desk::default();
    desk.stances.insert(stage.to_owned(), stance);
    let news = news.into_iter().map(|record| (NOW, record)).collect();
    update(model, Message::Run { run: Arc::new(run), desk, news });
}

/// Armed, and the point of no return waits.
fn at_the_point() -> Model {
    let mut model = armed();
    let run = run(&model);
    stance(&mut model, &run, "promote", Stance::Confirming, Vec::new());
    model.screen = Screen::Run;
    model
}

#[test]
fn nobody_is_armed_by_another_name_or_with_other_credentials() {
    let mut model = watching();
    assert_eq!(keys(&mut model, "A s h o enter", 0), []);
    assert!(matches!(model.overlays.last(), Some(Overlay::Entry(_))));
    assert_eq!(keys(&mut model, "p enter", 9_000), [Effect::Arm(0)]);
    assert_eq!(model.armed(), None, "not before the credentials have been seen");
    update(&mut model, Message::Armed(Err("the credentials belong to account 210987654321".to_owned())));
    assert_eq!(model.armed(), None);
    assert!(!model.notice.as_ref().unwrap().text.contains("210987654321"));
}

#[test]
fn a_name_that_is_pasted_arms_nobody() {
    let mut model = watching();
    keys(&mut model, "A", 0);
    update(&mut model, Message::Paste("shop".to_owned()));
    assert_eq!(keys(&mut model, "enter", 1_000), []);
}

#[test]
fn who_is_away_is_disarmed_unless_a_decision_waits() {
    let mut model = armed();
    update(&mut model, Message::Tick(NOW + Duration::from_secs(599)));
    assert!(model.armed().is_some());
    assert!(update(&mut model, Message::Tick(NOW + Duration::from_secs(600))).contains(&Effect::Disarm));
    assert_eq!(model.armed(), None);

    let mut model = at_the_point();
    update(&mut model, Message::Tick(NOW + Duration::from_secs(6_000)));
    assert!(model.armed().is_some());
}

#[test]
fn a_run_is_declared_with_a_reason_and_only_by_who_is_armed() {
    let mut model = watching();
    keys(&mut model, "r enter", 0);
    assert!(matches!(model.overlays.last(), Some(Overlay::Chooser(_))), "nobody is asked for a reason who only watches");

    let mut model = armed();
    model.picture.assessments[0].active = crate::assess::Whereabouts::Primary;
    keys(&mut model, "r enter w h y enter", 9_000);
    assert!(matches!(model.overlays.last(), Some(Overlay::Entry(_))), "Enter does not begin a run");
    let effects = keys(&mut model, "ctrl-y", 20_000);
    let [Effect::Declare(beginning)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((beginning.reason.as_str(), beginning.source), ("why", Site::Primary));
    assert_eq!(beginning.runbook.name, "unplanned_failover");
}

#[test]
fn the_point_of_no_return_takes_the_name_and_never_enter() {
    let mut model = at_the_point();
    assert_eq!(keys(&mut model, "a s h o p enter", 10_000), []);
    assert!(model.overlays.is_empty(), "Enter is Cancel");
    assert_eq!(keys(&mut model, "a s h o ctrl-y", 20_000), [], "the name is not whole");
    let approve = Order::Approve { stage: "promote".to_owned(), typed: Some("shop".to_owned()) };
    assert_eq!(keys(&mut model, "p ctrl-y", 30_000), [Effect::Order(approve)]);
    assert_eq!(update(&mut model, Message::Paste("shop".to_owned())), []);
}

#[test]
fn a_question_stands_still_while_it_is_checked_and_goes_when_it_is_answered() {
    let mut model = at_the_point();
    let run = run(&model);
    keys(&mut model, "a s h o", 10_000);
    let looking = || Stance::Looking { what: "the replica".to_owned() };
    stance(&mut model, &run, "promote", looking(), Vec::new());
    assert!(decision(&model).is_some());
    assert!(matches!(model.overlays.last(), Some(Overlay::Card(card)) if card.name.text() == "sho"));
    let approved = Record::Approved { stage: "promote".to_owned(), who: "another".to_owned() };
    stance(&mut model, &run, "promote", looking(), vec![approved]);
    assert_eq!(decision(&model), None);
    assert!(matches!(model.overlays.last(), Some(Overlay::Card(card)) if !card.asked));
}

/// Each letter of a workload's name is a key of the screen below: whoever is typing it must not find himself there.
#[test]
fn a_card_that_is_not_asked_any_more_stays_and_takes_no_yes() {
    let mut model = at_the_point();
    let run = run(&model);
    keys(&mut model, "a s h", 10_000);
    let guard = Guarded { guard: "source.fenced".to_owned(), holds: None, why: "nobody has looked yet".to_owned() };
    stance(&mut model, &run, "promote", Stance::Held { guards: vec![guard] }, Vec::new());
    assert_eq!(model.notice.as_ref().map(|notice| notice.text.as_str()), Some(super::card::NOT_ASKED));
    assert_eq!(keys(&mut model, "o p ctrl-y", 12_000), []);
    assert!(matches!(model.overlays.as_slice(), [Overlay::Card(card)] if !card.asked));
    // It is asked again.
    stance(&mut model, &run, "promote", Stance::Confirming, Vec::new());
    let approve = Order::Approve { stage: "promote".to_owned(), typed: Some("shop".to_owned()) };
    assert_eq!(keys(&mut model, "ctrl-y", 20_000), [Effect::Order(approve)]);

    let mut model = at_the_point();
    keys(&mut model, "a", 10_000);
    stance(
        &mut model,
        &run,
        "promote",
        Stance::Looking { what: "it".to_owned() },
        vec![Record::Paused { why: "so".to_owned(), who: None }],
    );
    keys(&mut model, "esc", 20_000);
    assert!(model.overlays.is_empty(), "it goes when it is sent away");

    let mut model = at_the_point();
    keys(&mut model, "a", 10_000);
    let mut other = run.clone();
    other.plan.stages.retain(|stage| stage.id != "promote");
    update(&mut model, Message::Run { run: Arc::new(other), desk: Desk::default(), news: Vec::new() });
    assert!(model.overlays.is_empty(), "nothing would be shown of it, and it would take every key");
}

#[test]
fn a_guard_that_says_no_asks_at_once_and_one_that_cannot_tell_yet_asks_nobody() {
    let guard = |holds| Guarded { guard: "source.fenced".to_owned(), holds, why: "nobody has looked yet".to_owned() };
    let mut model = armed();
    let run = run(&model);
    stance(&mut model, &run, "promote", Stance::Held { guards: vec![guard(None)] }, Vec::new());
    assert_eq!(decision(&model), None);
    update(&mut model, Message::Tick(NOW + Duration::from_secs(29)));
    // Looked at once more, and held still.
    stance(&mut model, &run, "promote", Stance::Held { guards: vec![guard(None)] }, Vec::new());
    assert_eq!(decision(&model), None);
    update(&mut model, Message::Tick(NOW + Duration::from_secs(30)));
    assert!(decision(&model).is_some());

    let mut model = armed();
    stance(&mut model, &run, "promote", Stance::Held { guards: vec![guard(None), guard(Some(false))] }, Vec::new());
    assert!(decision(&model).is_some());
}

#[test]
fn runs_that_have_been_make_the_next_forecast() {
    let mut model = armed();
    let run = run(&model);
    stance(&mut model, &run, "promote", Stance::Confirming, Vec::new());
    let before = model.running.as_ref().unwrap().outlook.proven.p50;
    let slow = (crate::runbook::Action::DatabasePromote, vec![Duration::from_secs(3_600)]);
    let histories = [("shop".to_owned(), [slow].into_iter().collect())].into_iter().collect();
    update(&mut model, Message::Past { runs: Vec::new(), histories });
    update(&mut model, Message::Tick(NOW + Duration::from_secs(1)));
    let running = model.running.as_ref().unwrap();
    assert!(running.outlook.proven.p50 > before + Duration::from_secs(2_400), "{before} {}", running.outlook.proven.p50);
    assert!(running.outlook.stages.iter().any(|stage| stage.runs == 1));
}

#[test]
fn a_runbook_leads_where_somebody_says_where_it_cannot_be_seen() {
    let mut model = armed();
    model.picture.assessments[0].active = crate::assess::Whereabouts::Both;
    keys(&mut model, "r", 10_000);
    assert_eq!((way(&model), applicable(&model).len()), (Way::Unknown, books().len() - 1), "there is no way back from nowhere");
    keys(&mut model, "enter", 11_000);
    assert!(matches!(model.overlays.last(), Some(Overlay::Chooser(_))), "nothing begins without it");
    keys(&mut model, "right", 12_000);
    assert_eq!(way(&model), Way::Said(Site::Primary));
    keys(&mut model, "left", 13_000);
    assert_eq!((way(&model), applicable(&model).len()), (Way::Said(Site::Standby), books().len()));
    keys(&mut model, "enter h o m e", 14_000);
    let effects = keys(&mut model, "ctrl-y", 20_000);
    let [Effect::Declare(beginning)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((beginning.source, beginning.runbook.name.as_str()), (Site::Standby, "failback"));
}

#[test]
fn orders_are_given_only_armed_but_anybody_may_stop() {
    let mut model = at_the_point();
    keys(&mut model, "A", 10_000);
    assert_eq!(model.armed(), None);
    model.screen = Screen::Run;
    for refused in ["a", "c", "T", "s", "o", "n", "u"] {
        assert_eq!((keys(&mut model, refused, 20_000), model.overlays.len()), (Vec::new(), 0), "{refused}");
    }
    assert!(matches!(keys(&mut model, "p", 30_000).as_slice(), [Effect::Order(Order::Pause { .. })]));
    keys(&mut model, "x", 40_000);
    assert!(matches!(keys(&mut model, "n o ctrl-y", 50_000).as_slice(), [Effect::Order(Order::Abort { .. })]));
}

#[test]
fn leaving_a_live_run_is_asked_about_and_leaving_a_finished_one_is_not() {
    let mut model = at_the_point();
    assert_eq!(keys(&mut model, "q", 0), []);
    assert_eq!(keys(&mut model, "enter", 1_000), [], "Enter stays");
    assert_eq!(keys(&mut model, "q y", 2_000), [Effect::Quit]);
    let mut run = run(&model);
    run.mode = Mode::Finished;
    model.overlays.clear();
    update(&mut model, Message::Run { run: Arc::new(run), desk: Desk::default(), news: Vec::new() });
    assert_eq!(keys(&mut model, "q", 9_000), [Effect::Quit]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever is pressed right after the card has appeared, or held down, consents to nothing.
    #[test]
    fn no_quick_keys_get_past_a_card(quick in proptest::collection::vec((prop::sample::select(vec!["a", "s", "h", "o", "p", "ctrl-y", "enter", "y"]), 0u64..400), 0..60), typed in any::<bool>()) {
        let mut model = armed();
        let run = run(&model);
        let stage = stage_of(&run, if typed { "promote" } else { "fence" });
        stance(&mut model, &run, &stage, Stance::Confirming, Vec::new());
        model.screen = Screen::Run;
        key(&mut model, "a", 10_000);
        prop_assert!(matches!(model.overlays.last(), Some(Overlay::Card(_))));
        let mut quick = quick;
        quick.sort_by_key(|(_, at)| *at);
        for (chord, at) in quick {
            prop_assert_eq!(key(&mut model, chord, 10_000 + at), []);
        }
        prop_assert!(matches!(model.overlays.last(), Some(Overlay::Card(card)) if card.name.is_empty()));
    }

    /// A key that is held down is one key, and the first of it came too early.
    #[test]
    fn no_held_key_gets_past_a_card(every in 1u64..50, times in 1u64..200) {
        let mut model = armed();
        let run = run(&model);
        stance(&mut model, &run, &stage_of(&run, "fence"), Stance::Confirming, Vec::new());
        model.screen = Screen::Run;
        key(&mut model, "a", 10_000);
        prop_assert!(matches!(model.overlays.last(), Some(Overlay::Card(_))));
        for nth in 1..=times {
            prop_assert_eq!(key(&mut model, "ctrl-y", 10_000 + nth * every), []);
        }
    }

    /// Whatever is pressed, however quickly: consent is given only by the key for it, pressed by itself, once the card has been there long
    /// enough to be read, and with the name in its field where the name is asked for.
    #[test]
    fn only_who_means_it_gets_past_a_card(
        pressed in proptest::collection::vec(
            (prop::sample::select(vec!["a", "s", "h", "o", "p", "ctrl-y", "ctrl-y", "enter", "esc", "backspace", "y"]), 0u64..900, any::<bool>()), 1..60),
        named in any::<bool>(),
        typed in any::<bool>(),
    ) {
        let mut model = armed();
        let run = run(&model);
        let stage = stage_of(&run, if typed { "promote" } else { "fence" });
        stance(&mut model, &run, &stage, Stance::Confirming, Vec::new());
        model.screen = Screen::Run;
        key(&mut model, "a", 10_000);
        let mut at = 10_000;
        if named {
            // As far as somebody comes who takes their time.
            keys(&mut model, "s h o p", 11_000);
            at = 12_500;
        }
        let (mut appeared, mut last) = (10_000, at);
        for (chord, after, repeat) in pressed {
            at += after;
            let before = model.overlays.last().cloned();
            let press = Press { chord: Chord::parse(chord).unwrap(), at: Duration::from_millis(at), repeat };
            let effects = update(&mut model, Message::Key(press));
            if let [Effect::Order(Order::Approve { typed: name, .. })] = effects.as_slice() {
                let Some(Overlay::Card(card)) = before else { panic!("there was no card") };
                prop_assert!(chord == "ctrl-y" && !repeat, "{chord}");
                prop_assert!(at >= appeared + 400, "it had been there for {} ms", at - appeared);
                prop_assert!(at >= last + 200, "{} ms after another key", at - last);
                prop_assert!(!typed || card.name.text() == "shop");
                prop_assert_eq!(name.as_deref(), typed.then_some("shop"));
                break;
            }
            prop_assert!(!effects.iter().any(|effect| matches!(effect, Effect::Order(Order::Approve { .. }))), "{effects:?}");
            match (&before, model.overlays.last()) {
                (Some(Overlay::Card(_)), Some(Overlay::Card(_))) => {}
                // It came with this key.
                (_, Some(Overlay::Card(_))) => appeared = at,
                _ => {}
            }
            last = at;
        }
    }

    /// Any two keys within the time that hands need for two: the card stays, and nothing is consented to.
    #[test]
    fn no_two_fast_keys_get_past_a_card(first in any_key(), second in any_key(), at in 0u64..5_000, apart in 0u64..200, typed in any::<bool>()) {
        let mut model = armed();
        let run = run(&model);
        let stage = stage_of(&run, if typed { "promote" } else { "fence" });
        stance(&mut model, &run, &stage, Stance::Confirming, Vec::new());
        model.screen = Screen::Run;
        key(&mut model, "a", 10_000);
        let mut effects = Vec::new();
        for (chord, at) in [(first, 10_000 + at), (second, 10_000 + at + apart)] {
            if model.overlays.is_empty() {
                break;
            }
            effects.extend(update(&mut model, Message::Key(Press { chord, at: Duration::from_millis(at), repeat: false })));
        }
        // One key that is meant, by itself, is what a step with a mere key asks for; the second key adds nothing to it.
        let meant = first == Chord::parse("ctrl-y").unwrap() && at >= 400 && !typed;
        let approved = effects.iter().any(|effect| matches!(effect, Effect::Order(Order::Approve { .. })));
        prop_assert_eq!(approved, meant);
    }

    /// A key that is held down, whatever it is, however quickly it repeats and whether or not the terminal says so: a name is never typed by
    /// one key, and the key that consents has to be let go.
    #[test]
    fn no_key_repeat_gets_past_the_point_of_no_return(held in any_key(), every in 1u64..60, times in 1u64..120, told in any::<bool>()) {
        let mut model = at_the_point();
        key(&mut model, "a", 10_000);
        for nth in 0..times {
            if model.overlays.is_empty() {
                break;
            }
            let at = Duration::from_millis(10_000 + nth * every);
            let effects = update(&mut model, Message::Key(Press { chord: held, at, repeat: told && nth > 0 }));
            prop_assert!(!effects.iter().any(|effect| matches!(effect, Effect::Order(Order::Approve { .. }))), "{effects:?}");
        }
    }
}

fn any_key() -> impl Strategy<Value = Chord> {
    let bound: Vec<Chord> = Keymap::default().bindings.iter().flat_map(|binding| binding.on.clone()).collect();
    prop::sample::select(bound)
}

/// After a failover the database that was left takes writes too, as far as RDS knows; the console that led there knows the way back.
#[test]
fn the_way_back_is_offered_where_the_last_run_has_led() {
    let mut model = armed();
    model.picture.assessments[0].active = crate::assess::Whereabouts::Both;
    let past = PastRun { workload: "shop".to_owned(), left_at: Some(Site::Standby), ..PastRun::unreadable("r", "") };
    update(&mut model, Message::Past { runs: vec![past], histories: std::collections::BTreeMap::new() });
    keys(&mut model, "r", 10_000);
    assert_eq!(way(&model), Way::Left(Site::Standby));
    let Some(Overlay::Chooser(chooser)) = model.overlays.last() else { panic!() };
    let Choice::Begin(selected) = applicable(&model)[chooser.selected] else { panic!() };
    assert_eq!(selected.name, "failback");
}

/// Of an outage, by what there is to go to.
#[test]
fn what_suits_an_outage_is_pointed_at() {
    let pointed_at = |exists: bool| {
        let mut model = armed();
        let assessment = &mut model.picture.assessments[0];
        assessment.impairment.impaired = Some(true);
        let (id, title) = ("database.target.exists".into(), "The target database exists".into());
        assessment.readiness.checks = vec![Check { id, title, ok: Some(exists), why: String::new(), required: true }];
        keys(&mut model, "r", 10_000);
        let Some(Overlay::Chooser(chooser)) = model.overlays.last() else { panic!() };
        let Choice::Begin(selected) = applicable(&model)[chooser.selected] else { panic!() };
        selected.name.clone()
    };
    assert_eq!((pointed_at(true).as_str(), pointed_at(false).as_str()), ("unplanned_failover", "db_restore"));
}

/// Going on with it is one key away where the chooser points: that must be what somebody most probably wants.
#[test]
fn nobody_is_led_to_a_run_that_was_aborted_or_overtaken() {
    let offered = |doubt: Option<&str>| {
        let mut model = watching();
        let left = Unfinished {
            run: "20261121t100000-shop".to_owned(),
            workload: "shop".to_owned(),
            runbook: "planned_failover".to_owned(),
            began: NOW,
            held_by: None,
            doubt: doubt.map(str::to_owned),
        };
        update(&mut model, Message::Unfinished(vec![left]));
        key(&mut model, "r", 0);
        let Some(Overlay::Chooser(chooser)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
        let taken_up: Vec<_> = applicable(&model).iter().map(|choice| matches!(choice, Choice::TakeUp(_))).collect();
        (taken_up[chooser.selected], taken_up.iter().filter(|offered| **offered).count(), model.notice.is_some())
    };
    assert_eq!(offered(None), (true, 1, true));
    assert_eq!(offered(Some("it was aborted (no)")), (false, 1, false));
}
