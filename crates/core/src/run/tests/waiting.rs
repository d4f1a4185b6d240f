//! For whom a run is said to have waited.

use std::collections::BTreeMap;
use std::time::Duration;

use super::lines::{asks, done, ready};
use super::world::{START, declared};
use crate::run::report::waiting;
use crate::run::{Guarded, Record, Run, Stance, Switched};
use crate::runbook::fake::planned;

/// Seconds for people, for AWS, and with nobody there.
fn waited(told: &[(u64, Record)], stances: &[(&str, Stance)], end: u64) -> (f64, f64, f64) {
    let at = |second: u64| START + Duration::from_secs(second);
    let mut run = Run::declared(START, declared(), planned("failback", "tier2"));
    for (second, record) in told {
        let plan = matches!(record, Record::Switched(_)).then(|| planned("unplanned_failover", "tier2"));
        run.take(at(*second), record.clone(), plan);
    }
    let stances: BTreeMap<_, _> = stances.iter().map(|(stage, stance)| ((*stage).to_owned(), stance.clone())).collect();
    let waiting = waiting(&run, told.iter().map(|(second, record)| (at(*second), record)), &stances, at(end));
    (waiting.people_s, waiting.aws_s, waiting.nobody_s)
}

fn approved(stage: &str) -> Record {
    Record::Approved { stage: stage.to_owned(), who: "ann".to_owned() }
}

fn guarded(stage: &str, holds: Option<bool>) -> Record {
    let guard = Guarded { guard: "source.well".to_owned(), holds, why: String::new() };
    Record::Guarded { stage: stage.to_owned(), guards: vec![guard] }
}

/// Connections that go away by themselves are nobody's to answer for.
#[test]
fn who_was_asked_nothing_kept_nobody_waiting() {
    assert_eq!(waited(&[(0, ready("clear")), (268, done("clear"))], &[], 268), (0.0, 0.0, 0.0));
    let consented = [(0, ready("clear")), (60, approved("clear")), (60, asks("clear")), (160, done("clear"))];
    assert_eq!(waited(&consented, &[], 160), (60.0, 100.0, 0.0));
    let deed = Record::Acknowledged { stage: "hold".to_owned(), note: "it is done".to_owned(), who: "ann".to_owned() };
    assert_eq!(waited(&[(0, ready("hold")), (60, deed)], &[], 90), (60.0, 0.0, 0.0));
}

#[test]
fn what_is_asked_just_now_is_known_to_whoever_looks() {
    let told = [(0, ready("clear"))];
    assert_eq!(waited(&told, &[("clear", Stance::Confirming)], 60), (60.0, 0.0, 0.0));
    assert_eq!(waited(&told, &[("clear", Stance::Working { says: "12 connections".to_owned(), share: None })], 60), (0.0, 0.0, 0.0));
    assert_eq!(waited(&told, &[], 60), (0.0, 0.0, 0.0));
}

#[test]
fn a_guard_that_says_no_asks_and_one_that_cannot_say_yet_does_not() {
    let held = |holds| [(0, ready("hold")), (5, guarded("hold", holds)), (35, guarded("hold", Some(true))), (35, asks("hold"))];
    assert_eq!(waited(&held(Some(false)), &[], 35), (30.0, 0.0, 0.0));
    assert_eq!(waited(&held(None), &[], 35), (0.0, 0.0, 0.0));
    let past =
        Record::Overridden { stage: "hold".to_owned(), guard: "source.well".to_owned(), reason: "it is".to_owned(), who: "ann".to_owned() };
    let passed = [(0, ready("hold")), (5, guarded("hold", None)), (35, past), (35, asks("hold"))];
    assert_eq!(waited(&passed, &[], 35), (30.0, 0.0, 0.0));
}

#[test]
fn while_nobody_was_there_nobody_waited() {
    let taken_up = Record::TakenOver { who: "ann".to_owned(), from: None, lease: 2 };
    let begun = [(0, ready("clear")), (10, approved("clear")), (10, asks("clear"))];
    let came_back = begun.into_iter().chain([(3310, taken_up.clone()), (3320, done("clear"))]).collect::<Vec<_>>();
    assert_eq!(waited(&came_back, &[], 3320), (10.0, 10.0, 3300.0));
    let failed = Record::Failed { stage: "hold".to_owned(), why: "no".to_owned(), ways: Vec::new() };
    assert_eq!(waited(&[(0, ready("hold")), (10, failed), (3310, taken_up), (3320, done("hold"))], &[], 3320), (10.0, 0.0, 3300.0));
}

/// Nobody has to answer for what was left behind.
#[test]
fn what_the_plan_in_force_does_not_have_is_not_waited_for() {
    let failed = Record::Failed { stage: "caught-up".to_owned(), why: "the source died".to_owned(), ways: Vec::new() };
    let paused = Record::Paused { why: "caught-up failed".to_owned(), who: None };
    let switched = Switched {
        runbook: "unplanned_failover".to_owned(),
        runbook_text: String::new(),
        reason: "it died".to_owned(),
        who: "ann".to_owned(),
        outage_at: None,
        told: String::new(),
    };
    let told = [
        (0, ready("caught-up")),
        (0, asks("caught-up")),
        (100, failed),
        (100, paused),
        (130, Record::Switched(Box::new(switched))),
        (200, ready("promote")),
    ];
    assert_eq!(waited(&told, &[], 300), (30.0, 100.0, 0.0));
}
