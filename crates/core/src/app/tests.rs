use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::config::{Config, EXAMPLE, Site};
use crate::domain::fact::{Instance, Sight};
use crate::domain::{Cause, Kind, Observation, Reading, Subject, Timestamp, Trouble, Value, Verdict};
use crate::keymap::{Chord, Context, Key, Keymap};

const LOOK: Look = Look { theme: Theme::Terminal, ascii: false };

/// The example's workload, and as many like it as are wanted.
pub(super) fn model(workloads: usize) -> Model {
    let mut config = Config::parse("drlab.toml", EXAMPLE, &[]).unwrap();
    let first = config.workloads[0].clone();
    config.workloads = (0..workloads).map(|n| crate::config::Workload { name: format!("shop{n}"), ..first.clone() }).collect();
    Model::new(Arc::new(config), Arc::new(Keymap::default()), LOOK, (120, 40), Timestamp::from_secs(1_000))
}

pub(super) fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    keys.split(' ').flat_map(|key| update(model, Message::Key(pressed(Chord::parse(key).unwrap())))).collect()
}

/// Nobody is in a hurry.
fn pressed(chord: Chord) -> Press {
    Press { chord, at: std::time::Duration::ZERO, repeat: false }
}

fn database(model: &Model, site: Site) -> Subject {
    let workload = &model.config.workloads[0];
    workload.database_subject(workload.database.as_ref().unwrap(), site)
}

pub(super) fn tick(model: &mut Model, second: i64) {
    update(model, Message::Tick(Timestamp::from_secs(second)));
}

/// The database of the primary site is seen to be like this.
fn see(model: &mut Model, second: i64, status: &str) {
    let subject = database(model, Site::Primary);
    let fact = Arc::new(Instance { status: status.to_owned(), ..Instance::default() }.into());
    let at = Timestamp::from_secs(second);
    let reading = Reading { subject: subject.clone(), begun: at, read: at, outcome: Ok(Value::Found { fact, at: None }) };
    let observation = Observation::blank(subject).after(reading);
    update(model, Message::Observed(vec![Arc::new(observation)]));
}

#[test]
fn the_first_picture_names_everything() {
    let one = model(1);
    assert_eq!((one.screen, one.picture.assessments.len()), (Screen::Dashboard, 1));
    assert_eq!(model(3).screen, Screen::Workloads);
    assert!(panels(&one).iter().any(|(_, rows)| !rows.is_empty()));
}

#[test]
fn quit_quits_at_once_and_goes_back_from_overlays() {
    let mut model = model(1);
    assert_eq!(press(&mut model, "?"), []);
    assert_eq!((press(&mut model, "q"), model.overlays.len()), (vec![], 0));
    assert_eq!(press(&mut model, "q"), [Effect::Quit]);
    assert_eq!(press(&mut model, "ctrl-z"), [Effect::Suspend]);
}

#[test]
fn back_goes_one_level_at_a_time() {
    let mut model = model(2);
    press(&mut model, "enter 4 / x enter e");
    assert_eq!((model.screen, model.filters.events.text(), model.filters.class), (Screen::Events, "x", Some(Class::Health)));
    press(&mut model, "esc");
    assert_eq!((model.screen, model.filters.events.text(), model.filters.class), (Screen::Events, "", None));
    press(&mut model, "esc");
    assert_eq!(model.screen, Screen::Dashboard);
    press(&mut model, "enter ?");
    assert_eq!(model.overlays.len(), 2);
    press(&mut model, "esc esc esc");
    assert_eq!((model.overlays.len(), model.screen), (0, Screen::Workloads));
    press(&mut model, "esc");
    assert_eq!(model.screen, Screen::Workloads);
}

#[test]
fn what_is_typed_is_text_and_nothing_else() {
    let mut model = model(3);
    let effects = press(&mut model, "/ q f P t 1 ? :");
    assert!(effects.iter().all(|effect| matches!(effect, Effect::Attend(_))), "{effects:?}");
    assert_eq!((model.filters.workloads.text(), model.frozen.is_some(), model.present), ("qfPt1?:", false, false));
    assert_eq!(press(&mut model, "ctrl-c"), [Effect::Attend(vec![0, 1, 2])]);
    assert!(!model.typing_filter && model.filters.workloads.is_empty());
    press(&mut model, "/ s h o p 2 enter");
    assert_eq!(shown_workloads(&model), [2]);
    press(&mut model, "enter");
    assert_eq!((model.workload, model.screen), (2, Screen::Dashboard));
}

#[test]
fn the_palette_finds_and_does() {
    let mut model = model(3);
    press(&mut model, ": f r z");
    let Some(Overlay::Palette(palette)) = model.overlays.last() else { panic!("no palette") };
    let best = &palette.offers[0];
    assert_eq!((best.says.as_str(), best.key.as_deref(), best.matched.len()), ("freeze", Some("f"), 3));
    press(&mut model, "enter");
    assert!(model.frozen.is_some() && model.overlays.is_empty());
    press(&mut model, ": d a r k enter");
    assert_eq!(model.look.theme, Theme::Dark);
    press(&mut model, ": s h o p 1 enter");
    assert_eq!((model.workload, model.screen), (1, Screen::Dashboard));
    press(&mut model, ": s t a n d b y space d b enter");
    assert!(matches!(model.overlays.last(), Some(Overlay::Detail(detail)) if detail.component == "standby/database"));
    assert!(detail(&model).unwrap().sections.len() >= 2);
}

#[test]
fn news_becomes_an_event_and_the_cursor_stays_on_its_own() {
    let mut model = model(1);
    see(&mut model, 1_000, "available");
    assert!(model.events.events.is_empty(), "a first look is no event");
    see(&mut model, 1_005, "modifying");
    let event = model.events.events[0].clone();
    assert_eq!((event.what.as_str(), event.text.as_str(), event.workload), ("db", "status available → modifying", Some(0)));
    see(&mut model, 1_010, "rebooting");
    press(&mut model, "4 down");
    assert_eq!(shown_events(&model).nth(model.cursors.events), Some(&event));
    see(&mut model, 1_015, "available");
    assert_eq!(shown_events(&model).nth(model.cursors.events), Some(&event));
    assert!(model.picture.dirty.contains(&0));
    tick(&mut model, 1_016);
    assert!(model.picture.dirty.is_empty());
    assert_eq!(model.picture.assessments[0].at, Timestamp::from_secs(1_016));
}

#[test]
fn a_frozen_picture_stands_and_nothing_is_lost() {
    let mut model = model(1);
    see(&mut model, 1_000, "available");
    tick(&mut model, 1_001);
    press(&mut model, "f");
    let (snapshot, assessments) = (model.picture.snapshot.clone(), model.picture.assessments.clone());
    see(&mut model, 1_005, "modifying");
    see(&mut model, 1_010, "available");
    tick(&mut model, 1_011);
    assert_eq!((&model.picture.snapshot, &model.picture.assessments), (&snapshot, &assessments));
    assert_eq!((model.events.events.len(), model.frozen.as_ref().unwrap().missed), (0, 2));
    assert_eq!(model.shown_at(), Timestamp::from_secs(1_001));
    press(&mut model, "f");
    assert_eq!(model.events.events.iter().map(|event| event.at.secs()).collect::<Vec<_>>(), [1_010, 1_005]);
    assert_eq!(model.picture.assessments[0].at, Timestamp::from_secs(1_011));
}

#[test]
fn what_is_concluded_between_two_ticks_moves_the_clock_beside_it() {
    let mut model = model(1);
    tick(&mut model, 1_001);
    see(&mut model, 1_019, "available");
    update(&mut model, Message::Settle(Timestamp::from_secs(1_020)));
    assert_eq!((model.clock.now, model.assessment().unwrap().at), (Timestamp::from_secs(1_020), Timestamp::from_secs(1_020)));
}

#[test]
fn every_component_has_an_hour_behind_it_whether_or_not_it_has_a_metric() {
    let mut model = model(1);
    tick(&mut model, 1_001);
    let bare = panels(&model).into_iter().flat_map(|(_, rows)| rows).find(|row| row.id == "primary/database").unwrap().clone();
    assert_eq!(model.trail(&bare.id), None, "nobody has looked yet");
    // The 17th minute, and the one after the next: what it was like in between nobody has seen.
    see(&mut model, 1_025, "available");
    tick(&mut model, 1_026);
    see(&mut model, 1_030, "failed");
    tick(&mut model, 1_031);
    see(&mut model, 1_035, "available");
    tick(&mut model, 1_141);
    let known = |model: &Model| model.trail(&bare.id).unwrap().hour(Timestamp::from_secs(1_150))[56..].to_vec();
    let now = model.assessment().unwrap().component(&bare.id).unwrap().verdict;
    let seen = [None, Some(Verdict::Critical), None, Some(now)];
    assert_eq!(known(&model), seen);
    // Behind a frozen picture it goes on.
    press(&mut model, "f");
    see(&mut model, 1_145, "failed");
    tick(&mut model, 1_146);
    assert_eq!(known(&model), seen);
    press(&mut model, "f");
    assert_eq!(known(&model)[3], Some(Verdict::Critical));
}

#[test]
fn trouble_of_one_region_is_one_line() {
    let mut model = model(1);
    let workload = model.config.workloads[0].clone();
    let subjects = [database(&model, Site::Primary), workload.service_subject(Kind::Service, &workload.services[0], Site::Primary)];
    for (second, subject) in subjects.into_iter().enumerate() {
        let at = Timestamp::from_secs(1_000 + i64::try_from(second).unwrap());
        let outcome = Err(Trouble::new(Cause::Silent, "no answer within 5 s"));
        let observation = Observation::blank(subject.clone()).after(Reading { subject, begun: at, read: at, outcome });
        update(&mut model, Message::Observed(vec![Arc::new(observation)]));
    }
    let told: Vec<_> = model.events.events.iter().map(|event| event.text.as_str()).collect();
    assert_eq!(told, ["no answer (database instance, service)"]);
    assert_eq!(model.events.events[0].what, "ap-southeast-2");
}

#[test]
fn figures_never_push_out_what_has_happened() {
    let event = |second: i64, class| Event {
        at: Timestamp::from_secs(second),
        workload: None,
        also: Vec::new(),
        place: None,
        class,
        verdict: crate::domain::Verdict::Healthy,
        what: "x".to_owned(),
        text: second.to_string(),
        subject: None,
        kin: None,
    };
    let mut timeline = Timeline::default();
    timeline.note(event(0, Class::Change));
    for second in 1..3_000 {
        timeline.note(event(second, Class::Figure));
    }
    assert_eq!((timeline.events.len(), timeline.figures_dropped, timeline.dropped), (Timeline::KEPT, 1_000, 0));
    assert_eq!(timeline.events.back().unwrap().class, Class::Change);
}

#[test]
fn copying_is_asked_for_and_said_only_when_done() {
    let mut model = model(1);
    let effects = press(&mut model, "y");
    assert!(matches!(effects.as_slice(), [Effect::Copy(text)] if text.starts_with("primary ")), "{effects:?}");
    assert_eq!(model.notice, None);
    update(&mut model, Message::Copied(Err("no clipboard".to_owned())));
    assert!(model.notice.as_ref().unwrap().bad);
    tick(&mut model, 1_006);
    assert_eq!(model.notice, None);
    let effects = press(&mut model, "L");
    let [Effect::Copy(text)] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(text.starts_with("# /ecs/shop/web in ap-southeast-2\nfields @timestamp"), "{text}");
    assert!(text.contains("aws logs start-query --log-group-name /ecs/shop/web --start-time -2594 --end-time 1006"), "{text}");
}

#[test]
fn without_a_log_group_there_is_nothing_to_copy() {
    let mut model = model(1);
    Arc::make_mut(&mut model.config).workloads[0].log_groups.clear();
    assert_eq!(press(&mut model, "L"), []);
    assert!(model.notice.is_some());
}

#[test]
fn movement_goes_over_the_panels() {
    let mut model = model(1);
    let at = |model: &Model| model.cursors.dashboard.clone().unwrap();
    tick(&mut model, 1_001);
    // Until somebody moves, nothing lies between them and what is worst.
    assert_eq!(model.cursors.dashboard, None);
    press(&mut model, "j");
    assert_eq!(at(&model), panels(&model)[0].1[0].id);
    press(&mut model, "G");
    assert_eq!(at(&model), panels(&model)[0].1.last().unwrap().id);
    press(&mut model, "l l G");
    assert_eq!(at(&model), panels(&model)[2].1.last().unwrap().id);
    press(&mut model, "g h h h");
    assert_eq!(at(&model), panels(&model)[0].1[0].id);
}

#[test]
fn attention_follows_the_eye() {
    let mut model = model(3);
    assert_eq!(press(&mut model, "enter"), [Effect::Attend(vec![0])]);
    assert_eq!(press(&mut model, "tab"), [Effect::Attend(vec![1])]);
    assert_eq!(press(&mut model, "shift-tab shift-tab"), [Effect::Attend(vec![0]), Effect::Attend(vec![2])]);
    assert!(matches!(press(&mut model, "R").as_slice(), [Effect::Refresh(subjects)] if !subjects.is_empty()));
}

#[test]
fn a_hint_goes_at_the_first_deed() {
    let mut model = model(1);
    model.session.hint = Some("try f".to_owned());
    press(&mut model, "6");
    assert!(model.session.hint.is_some());
    press(&mut model, "j");
    assert_eq!(model.session.hint, None);
}

fn any_key() -> impl Strategy<Value = Chord> {
    let bound: Vec<Chord> = Keymap::default()
        .bindings
        .iter()
        .flat_map(|binding| binding.on.clone())
        .filter(|chord| *chord != Chord::ctrl(Key::Char('z')))
        .collect();
    prop_oneof![6 => prop::sample::select(bound), 1 => any::<char>().prop_map(|c| Chord::plain(Key::Char(c)))]
}

fn any_message() -> impl Strategy<Value = Message> {
    let observed =
        (0usize..4, 0i64..60, prop::sample::select(vec!["available", "modifying", "failed", ""])).prop_map(|(which, late, status)| {
            let mut config = Config::parse("drlab.toml", EXAMPLE, &[]).unwrap();
            let workload = config.workloads.remove(0);
            let database = workload.database.clone().unwrap();
            let at = Timestamp::from_secs(1_000 + late);
            let (subject, fact) = match which {
                0 => (
                    workload.database_subject(&database, Site::Primary),
                    Instance { status: status.to_owned(), ..Instance::default() }.into(),
                ),
                1 => (
                    workload.database_subject(&database, Site::Standby),
                    Instance { status: status.to_owned(), ..Instance::default() }.into(),
                ),
                2 => (workload.record_sight(), Sight { body: status.to_owned(), millis: 9, ..Sight::default() }.into()),
                _ => (Subject::credentials(), crate::domain::fact::Credentials::default().into()),
            };
            let outcome =
                if status.is_empty() { Err(Trouble::new(Cause::Silent, "x")) } else { Ok(Value::Found { fact: Arc::new(fact), at: None }) };
            let reading = Reading { subject: subject.clone(), begun: at, read: at, outcome };
            Message::Observed(vec![Arc::new(Observation::blank(subject).after(reading))])
        });
    prop_oneof![
        8 => any_key().prop_map(|chord| Message::Key(pressed(chord))),
        3 => observed,
        2 => (900i64..1_200).prop_map(|second| Message::Tick(Timestamp::from_secs(second))),
        1 => "\\PC{0,200}|[\u{1b}\n\r\u{202e}]{0,9}".prop_map(Message::Paste),
        1 => any::<(u16, u16)>().prop_map(|(columns, rows)| Message::Resize(columns, rows)),
        1 => any::<bool>().prop_map(|down| Message::Wheel { down }),
        1 => any::<f64>().prop_map(|speed| Message::Session(SessionKind::Lab { speed })),
        1 => "\\PC{0,300}".prop_map(|text| Message::Copied(Err(text))),
    ]
}

/// What must hold whatever has happened.
fn hold(model: &Model) -> Result<(), TestCaseError> {
    let within = |at: usize, length: usize| at == 0 || at < length;
    prop_assert!(within(model.cursors.workloads, shown_workloads(model).len()));
    prop_assert!(within(model.cursors.readiness, shown_checks(model).len()));
    prop_assert!(within(model.cursors.events, shown_events(model).count()));
    prop_assert!(model.cursors.dashboard.is_none() || model.under_cursor().is_some());
    prop_assert!(model.workload < model.config.workloads.len());
    prop_assert!(model.overlays.len() <= 4 && model.events.events.len() <= Timeline::KEPT);
    prop_assert!(model.events.events.iter().is_sorted_by(|newer, older| newer.at >= older.at));
    prop_assert!(!contexts(model).is_empty());
    if let Some(Overlay::Palette(palette)) = model.overlays.last() {
        prop_assert!(within(palette.selected, palette.offers.len()));
    }
    if let Some(page) = detail(model) {
        prop_assert!(!page.sections.is_empty());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_happens_the_model_holds(workloads in 1usize..4, messages in proptest::collection::vec(any_message(), 0..120)) {
        let mut model = model(workloads);
        for message in messages {
            let typing = matches!(contexts(&model)[0], Context::Palette | Context::Filter);
            let letter = matches!(&message, Message::Key(press) if press.chord.types().is_some()) || matches!(&message, Message::Paste(_));
            let frozen = model.frozen.is_some().then(|| (model.picture.snapshot.clone(), model.picture.assessments.clone(), model.events.clone()));
            let standing = matches!(&message, Message::Observed(_) | Message::Tick(_));
            let before = (model.screen, model.overlays.len(), model.present, model.look, model.workload);
            let told = format!("{message:?}");
            let effects = update(&mut model, message);
            if typing && letter {
                let after = (model.screen, model.overlays.len(), model.present, model.look, model.workload);
                prop_assert_eq!(before, after, "{}", told);
                prop_assert!(effects.iter().all(|effect| matches!(effect, Effect::Attend(_))), "{} did {:?}", told, effects);
            }
            if let (Some((snapshot, assessments, events)), true) = (frozen, standing) {
                prop_assert!(model.picture.snapshot == snapshot && model.picture.assessments == assessments && model.events == events);
            }
            hold(&model)?;
        }
    }
}
