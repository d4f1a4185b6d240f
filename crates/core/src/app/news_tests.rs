//! What is told of a workload as a whole, and of whoever does not answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::standing::Standing;
use super::tests::{model, press, tick};
use super::{Class, Event, Message, Model, update};
use crate::assess::{Assessment, Check, Whereabouts};
use crate::config::{Config, EXAMPLE, Site, Workload};
use crate::domain::fact::{Fact, Instance, Point, Resolution, Series, Sight};
use crate::domain::{Cause, Kind, Measure, Observation, Reading, Subject, Timestamp, Trouble, Value, Verdict};

fn at(second: i64) -> Timestamp {
    Timestamp::from_secs(second)
}

/// For so many seconds, from this change on.
type Step<'s> = (i64, &'s dyn Fn(&mut Assessment));

/// A workload that was well from the beginning, and what is told once `then` has come over it; an assessment a second, `for_` each.
fn story(steps: &[Step<'_>]) -> Vec<Event> {
    let workload = Config::parse("drlab.toml", EXAMPLE, &[]).unwrap().workloads.remove(0);
    let mut seen = well(&workload);
    let (mut standing, mut now, mut told) = (Standing::default(), 1_000, Vec::new());
    for (lasting, then) in steps {
        then(&mut seen);
        for _ in 0..*lasting {
            seen.at = at(now);
            told.extend(standing.tell(0, &workload, &seen));
            now += 1;
        }
    }
    told
}

fn well(workload: &Workload) -> Assessment {
    let mut seen = crate::assess::assess(workload, &crate::domain::Snapshot::default(), at(1_000));
    seen.verdict = Verdict::Healthy;
    (seen.active, seen.landing) = (Whereabouts::Primary, Whereabouts::Primary);
    seen.impairment.impaired = Some(false);
    seen.headline = None;
    let check = |id: &'static str| Check { id: id.into(), title: id.into(), ok: Some(true), why: "as seen".to_owned(), required: true };
    seen.readiness.checks = vec![check("promotable"), check("images")];
    seen
}

fn lines(told: &[Event]) -> Vec<String> {
    told.iter().map(|event| format!("{} {}: {}", event.at.secs(), event.what, event.text)).collect()
}

fn nothing(_: &mut Assessment) {}

#[test]
fn a_change_of_health_is_told_once_and_since_when_it_is() {
    let worse = |seen: &mut Assessment| (seen.verdict, seen.reasons) = (Verdict::Degraded, vec!["db: lag 812 s".to_owned()]);
    let better = |seen: &mut Assessment| seen.verdict = Verdict::Healthy;
    let told = story(&[(60, &nothing), (600, &worse), (60, &better)]);
    assert_eq!(lines(&told), ["1060 health: healthy → degraded: db: lag 812 s", "1660 health: degraded → healthy"]);
    assert_eq!((told[0].class, told[0].verdict, told[0].workload), (Class::Health, Verdict::Degraded, Some(0)));
}

#[test]
fn what_comes_and_goes_between_two_looks_is_no_change() {
    let ill = |seen: &mut Assessment| seen.verdict = Verdict::Critical;
    let well = |seen: &mut Assessment| seen.verdict = Verdict::Healthy;
    let blind = |seen: &mut Assessment| seen.verdict = Verdict::Unknown;
    assert_eq!(lines(&story(&[(60, &nothing), (9, &ill), (9, &well), (9, &ill), (60, &well), (29, &blind), (60, &well)])), [""; 0]);
}

#[test]
fn the_first_that_is_known_is_told_only_if_it_is_bad() {
    let blind = |seen: &mut Assessment| {
        seen.verdict = Verdict::Unknown;
        (seen.active, seen.landing) = (Whereabouts::Unknown(String::new()), Whereabouts::Unknown(String::new()));
        seen.impairment.impaired = None;
        seen.readiness.checks[0].ok = None;
    };
    let ill = |seen: &mut Assessment| {
        (seen.verdict, seen.active) = (Verdict::Critical, Whereabouts::Primary);
        seen.readiness.checks[1].ok = Some(false);
    };
    assert_eq!(lines(&story(&[(600, &blind)])), [""; 0]);
    let told = lines(&story(&[(60, &blind), (60, &ill)]));
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0] == "1060 failover: not ready: images: as seen" && told[1].starts_with("1060 health: critical"), "{told:#?}");
}

#[test]
fn where_it_is_and_what_is_dark_are_told() {
    let dark = |seen: &mut Assessment| {
        seen.sites.primary.dark_since = Some(at(1_050));
        (seen.impairment.impaired, seen.impairment.since) = (Some(true), Some(at(1_055)));
        seen.impairment.why = "the primary fails by client, database".to_owned();
    };
    let over = |seen: &mut Assessment| {
        seen.sites.primary.dark_since = None;
        (seen.impairment.impaired, seen.landing) = (Some(false), Whereabouts::Standby);
    };
    let split = |seen: &mut Assessment| seen.active = Whereabouts::Both;
    let told = story(&[(60, &nothing), (60, &dark), (60, &over), (60, &split)]);
    let region = &Config::parse("drlab.toml", EXAMPLE, &[]).unwrap().workloads[0].primary.clone();
    assert_eq!(
        lines(&told),
        [
            format!("1050 {region}: dark: nothing there answers"),
            "1055 active site: impaired: the primary fails by client, database".to_owned(),
            "1120 users land: primary → standby".to_owned(),
            format!("1120 {region}: not dark any more, after 1m10s"),
            "1120 active site: not impaired any more, after 1m05s".to_owned(),
            "1180 active site: primary → both sites: SPLIT".to_owned(),
        ]
    );
    assert_eq!(told[5].verdict, Verdict::Critical);
}

fn hear(model: &mut Model, second: i64, subject: &Subject, outcome: Result<Fact, Cause>) {
    let before = model.picture.snapshot.get(subject).cloned().unwrap_or_else(|| Observation::blank(subject.clone()));
    let outcome = outcome.map(|fact| Value::Found { fact: Arc::new(fact), at: None }).map_err(|cause| Trouble::new(cause, "no answer"));
    let reading = Reading { subject: subject.clone(), begun: at(second), read: at(second), outcome };
    update(model, Message::Observed(vec![Arc::new(before.after(reading))]));
}

fn told(model: &Model, class: Class) -> Vec<String> {
    let events = model.events.events.iter().rev().filter(|event| event.class == class);
    events.map(|event| format!("{} {}: {}", event.at.secs(), event.what, event.text)).collect()
}

#[test]
fn a_dark_region_is_one_line_however_long_it_takes_to_find_out() {
    let mut model = model(1);
    let workload = model.config.workloads[0].clone();
    let database = workload.database_subject(workload.database.as_ref().unwrap(), Site::Primary);
    let service = workload.service_subject(Kind::Service, &workload.services[0], Site::Primary);
    let key = Subject::new(Kind::Key, &workload.primary, "key");
    let well = || Ok(Instance { status: "available".to_owned(), ..Instance::default() }.into());
    for subject in [&database, &service, &key] {
        hear(&mut model, 1_000, subject, well());
    }
    for (second, subject) in [(1_005, &database), (1_090, &service), (1_300, &key)] {
        hear(&mut model, second, subject, Err(Cause::Silent));
    }
    // A link that comes back for one of them, or for a moment, has not come back.
    hear(&mut model, 1_310, &database, well());
    hear(&mut model, 1_320, &database, Err(Cause::Unreachable));
    tick(&mut model, 1_400);
    let region = workload.primary.as_str();
    assert_eq!(told(&model, Class::Error), [format!("1005 {region}: no answer (database instance, service, key)")]);
    for (second, subject) in [(1_500, &database), (1_510, &service), (1_520, &key)] {
        hear(&mut model, second, subject, well());
    }
    tick(&mut model, 1_530);
    assert_eq!(told(&model, Class::Error).len(), 1);
    tick(&mut model, 1_540);
    assert_eq!(told(&model, Class::Error)[1..], [format!("1520 {region}: answers again after 8m35s")]);
    hear(&mut model, 1_600, &database, Err(Cause::Silent));
    assert_eq!(told(&model, Class::Error).len(), 3, "once more is once more");
}

#[test]
fn a_slow_resolver_is_one_line_for_a_whole_fleet() {
    let mut model = model(3);
    let resolver = model.config.workloads[0].dns.as_ref().unwrap().resolvers[0].to_string();
    let records: BTreeSet<Subject> =
        model.config.workloads.iter().map(|workload| Subject::resolution(&resolver, &workload.dns.as_ref().unwrap().record)).collect();
    for (second, subject) in (1_000..).zip(records.iter().cycle().take(60)) {
        let slow = second % 7 > 0;
        hear(&mut model, second, subject, if slow { Err(Cause::Silent) } else { Ok(Resolution::default().into()) });
    }
    let events: Vec<_> = model.events.events.iter().filter(|event| event.class == Class::Error).collect();
    assert_eq!(events.len(), 1, "{events:#?}");
    assert!((0..3).all(|workload| events[0].concerns(workload)), "{events:#?}");
}

#[test]
fn what_happens_to_a_fleet_at_once_is_one_line() {
    let mut timeline = super::Timeline::default();
    for workload in 0..20 {
        let now = 1_000 + i64::try_from(workload).unwrap() / 2;
        let event = Event {
            at: at(now),
            workload: Some(workload),
            also: Vec::new(),
            place: None,
            class: Class::Health,
            verdict: Verdict::Critical,
            what: "health".to_owned(),
            text: format!("healthy → critical: reason {workload}"),
            subject: None,
            kin: None,
        };
        timeline.note(event);
    }
    let [event] = timeline.events.iter().collect::<Vec<_>>()[..] else { panic!("{timeline:#?}") };
    assert_eq!((event.workloads().count(), event.text.as_str()), (20, "healthy → critical"));
}

#[test]
fn a_figure_that_stays_the_same_is_no_event_and_says_what_it_measures() {
    let mut model = model(1);
    let workload = model.config.workloads[0].clone();
    let subject = workload.database_metric(workload.database.as_ref().unwrap(), Site::Standby, Measure::ReplicaLag);
    for (second, value) in [(1_000, 1.0), (1_060, 1.0), (1_120, 1.001), (1_180, 2.5)] {
        let series = Series { unit: "s".to_owned(), points: vec![Point { at: at(second), value }] };
        hear(&mut model, second, &subject, Ok(series.into()));
    }
    assert_eq!(told(&model, Class::Figure), ["1180 db: ReplicaLag 1s → 2.5s"]);
}

#[test]
fn a_frozen_picture_is_behind_by_what_has_happened_and_not_by_figures() {
    let mut model = model(1);
    let subject = model.config.workloads[0].site_sight(Site::Primary);
    let sight = |status, millis| Sight { status: Some(status), millis, ..Sight::default() };
    hear(&mut model, 1_000, &subject, Ok(sight(200, 84).into()));
    press(&mut model, "f");
    for (second, status, millis, missed) in [(1_010, 200, 91, 0), (1_020, 503, 91, 1), (1_030, 503, 77, 1)] {
        hear(&mut model, second, &subject, Ok(sight(status, millis).into()));
        assert_eq!(model.frozen.as_ref().unwrap().missed, missed, "{second}");
    }
    press(&mut model, "f");
    assert_eq!((told(&model, Class::Figure).len(), told(&model, Class::Change).len()), (2, 1));
}

#[test]
fn a_pilot_light_that_does_not_burn_is_no_event() {
    for (tasks, events) in [(1, 1), (0, 0)] {
        let mut model = model(1);
        let config = Arc::make_mut(&mut model.config);
        config.workloads[0].services.iter_mut().for_each(|service| service.sites.standby.tasks = tasks);
        let mut model = Model::new(Arc::clone(&model.config), model.keymap, model.look, model.size, at(1_000));
        let subject = model.config.workloads[0].site_sight(Site::Standby);
        hear(&mut model, 1_000, &subject, Ok(Sight { status: Some(503), ..Sight::default() }.into()));
        assert_eq!(told(&model, Class::Change).len(), events, "{tasks} tasks");
    }
}
