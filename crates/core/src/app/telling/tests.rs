use std::sync::Arc;

use super::*;
use crate::domain::fact::{Alarm, Instance, Point, Resolution, Series, Service, ServiceEvent, Sight, Target, Targets};
use crate::domain::{Cause, Kind, Reading, Region, Subject, Trouble};

fn subject(kind: Kind) -> Subject {
    Subject::new(kind, &Region::new("us-west-2"), "thing")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_secs(second)
}

fn look(second: i64, kind: Kind, outcome: Result<Fact, Cause>) -> Reading {
    let outcome = outcome
        .map(|fact| Value::Found { fact: Arc::new(fact), at: None })
        .map_err(|cause| Trouble::new(cause, "account 123456789012 \u{1b}[2J"));
    Reading { subject: subject(kind), begun: at(second), read: at(second), outcome }
}

/// What a story of looks, one each ten seconds, makes happen.
fn story(kind: Kind, looks: impl IntoIterator<Item = Result<Fact, Cause>>) -> Vec<Told> {
    let mut known: Option<Observation> = None;
    let mut told = Vec::new();
    for (n, outcome) in looks.into_iter().enumerate() {
        let reading = look(10 * i64::try_from(n).unwrap(), kind, outcome);
        let next = known.clone().unwrap_or_else(|| Observation::blank(subject(kind))).after(reading);
        told.extend(tell(known.as_ref(), &next, false));
        known = Some(next);
    }
    told
}

fn texts(told: &[Told]) -> Vec<&str> {
    told.iter().map(|told| told.text.as_str()).collect()
}

fn instance(status: &str, multi_az: bool) -> Result<Fact, Cause> {
    Ok(Instance { status: status.to_owned(), multi_az, ..Instance::default() }.into())
}

#[test]
fn a_change_is_told_in_one_line_and_the_first_look_is_none() {
    let told = story(Kind::Instance, [instance("available", false), instance("modifying", true), instance("modifying", true)]);
    assert_eq!(texts(&told), ["status available → modifying · multi_az no → yes"]);
    assert_eq!((told[0].class, told[0].verdict, told[0].at), (Class::Change, Verdict::Degraded, at(10)));
    let told = story(Kind::Instance, [instance("failed", false)]);
    assert_eq!((texts(&told), told[0].verdict), (vec!["failed"], Verdict::Critical));
}

#[test]
fn an_alarm_is_told_at_its_own_time() {
    let alarm = |state: &str| {
        Ok(Alarm { state: state.to_owned(), reason: "Threshold crossed".to_owned(), since: Some(at(7)), ..Alarm::default() }.into())
    };
    let told = story(Kind::Alarm, [alarm("OK"), alarm("ALARM")]);
    assert_eq!((texts(&told), told[0].at, told[0].class), (vec!["OK → ALARM: Threshold crossed"], at(7), Class::Alarm));
    assert_eq!(story(Kind::Alarm, [alarm("ALARM")]).len(), 1);
    assert_eq!(story(Kind::Alarm, [alarm("OK")]).len(), 0);
}

#[test]
fn figures_are_figures() {
    let lag = |value| Ok(Series { unit: "s".to_owned(), points: vec![Point { at: at(0), value }] }.into());
    let told = story(Kind::Metric, [lag(0.9), lag(1.25)]);
    assert_eq!((texts(&told), told[0].class), (vec!["thing 900ms → 1.2s"], Class::Figure));
    let sight = |millis, status| Ok(Sight { status, millis, ..Sight::default() }.into());
    let told = story(Kind::Sight, [sight(80, Some(200)), sight(90, Some(200)), sight(90, Some(503)), sight(0, None)]);
    assert_eq!(texts(&told), ["80 → 90ms", "HTTP 200 → HTTP 503", "HTTP 503 → no answer"]);
    assert_eq!((told[0].class, told[1].class, told[1].verdict), (Class::Figure, Class::Change, Verdict::Critical));
}

#[test]
fn a_service_speaks_for_itself() {
    let service = |running, events: &[&str]| {
        let events = events.iter().map(|text| ServiceEvent { at: at(5), text: (*text).to_owned() }).collect();
        Ok(Service { name: "app".to_owned(), status: "ACTIVE".to_owned(), desired: 2, running, events, ..Service::default() }.into())
    };
    let told = story(Kind::Service, [service(1, &["old"]), service(2, &["(service app) has reached a steady state.", "old"])]);
    assert_eq!(texts(&told), ["running 1 → 2", "has reached a steady state."]);
    assert_eq!(told[1].at, at(5));
}

#[test]
fn targets_are_told_by_name() {
    let target = |id: &str, state: &str| Target { id: id.to_owned(), state: state.to_owned(), ..Target::default() };
    let targets = |targets: Vec<Target>| Ok(Targets { targets }.into());
    let told = story(
        Kind::Targets,
        [targets(vec![target("a", "healthy"), target("b", "healthy")]), targets(vec![target("b", "unhealthy"), target("c", "initial")])],
    );
    assert_eq!(texts(&told), ["2/2 healthy → 0/2 healthy · b healthy → unhealthy · c initial · a gone"]);
}

#[test]
fn what_is_told_is_harmless_masked_and_short() {
    let hostile = Alarm { state: "ALARM".to_owned(), reason: "123456789012 \u{1b}[31m ".repeat(1000), ..Alarm::default() };
    let told = story(Kind::Alarm, [Ok(hostile.into())]);
    assert!(!told[0].text.contains('\u{1b}') && !told[0].text.contains("123456789012"), "{told:?}");
    assert!(told[0].text.chars().count() <= WIDEST);
    for before in 0..2 * WIDEST {
        let text = format!("{} 123456789012/{}", "x".repeat(before), "y".repeat(WIDEST));
        for told in changed_to(&text) {
            assert!(!told.text.contains("1234") && told.text.chars().count() <= WIDEST, "{before}: {told:?}");
        }
    }
}

/// What is told of a foreign text that turns up in facts of several kinds.
fn changed_to(text: &str) -> Vec<Told> {
    let alarm = |reason: &str| Ok(Alarm { state: reason.to_owned(), reason: reason.to_owned(), ..Alarm::default() }.into());
    let service = |status: &str| Ok(Service { status: status.to_owned(), ..Service::default() }.into());
    let page = |body: &str| Ok(Sight { url: body.to_owned(), body: body.to_owned(), ..Sight::default() }.into());
    let answer = |address: &str| Ok(Resolution { addresses: vec![address.to_owned()], ..Resolution::default() }.into());
    let told = [
        story(Kind::Alarm, [alarm("OK"), alarm(text)]),
        story(Kind::Instance, [instance("available", false), instance(text, false)]),
        story(Kind::Service, [service("ACTIVE"), service(text)]),
        story(Kind::Sight, [page("before"), page(text)]),
        story(Kind::Resolution, [answer("192.0.2.1"), answer(text)]),
    ];
    told.concat()
}

/// A page that counts, or tells the time, is another page at every look.
#[test]
fn what_moves_on_a_page_is_a_figure_and_what_it_says_is_a_change() {
    let page = |body: &str| Ok(Sight { status: Some(200), body: body.to_owned(), ..Sight::default() }.into());
    let told = story(Kind::Sight, [page("row 7 of a"), page("row 8 of a"), page("row 8 of b")]);
    assert_eq!(told.iter().map(|told| told.class).collect::<Vec<_>>(), [Class::Figure, Class::Change]);
    assert_eq!(texts(&told), ["answers “row 8 of a”", "answers “row 8 of b”"]);
}
