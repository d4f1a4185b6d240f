//! What a run teaches of how long things take.

use std::time::Duration;

use super::lines::{asks, done, ready};
use super::world::{START, declared};
use crate::run::{Record, Run, durations};
use crate::runbook::Action;
use crate::runbook::fake::planned;

fn taught(told: &[(u64, Record)]) -> Vec<(Action, Duration)> {
    let mut run = Run::declared(START, declared(), planned("unplanned_failover", "tier2"));
    let lines: Vec<_> = told.iter().map(|(second, record)| (START + Duration::from_secs(*second), record)).collect();
    for (at, record) in &lines {
        run.take(*at, (*record).clone(), None);
    }
    durations(&run, lines)
}

#[test]
fn a_database_that_somebody_else_has_turned_teaches_nothing() {
    assert_eq!(taught(&[(0, ready("promote")), (1, done("promote"))]), []);
    let took = Duration::from_secs(350);
    assert_eq!(taught(&[(0, ready("promote")), (1, asks("promote")), (350, done("promote"))]), [(Action::DatabasePromote, took)]);
    for (stage, action) in [("health", Action::ProbeHealth), ("redeploy", Action::ServiceRedeploy)] {
        assert_eq!(taught(&[(0, ready(stage)), (350, done(stage))]), [(action, took)], "what is so every time is to be expected");
    }
}

/// How much of it was over by then is nowhere written down.
#[test]
fn what_was_under_way_before_it_was_tried_again_teaches_nothing() {
    let again = Record::Retried { stage: "promote".to_owned(), who: "ann".to_owned() };
    assert_eq!(taught(&[(0, ready("promote")), (1, asks("promote")), (900, again), (901, done("promote"))]), []);
    let goes_on = Record::Resumed { who: "ann".to_owned() };
    let taken_up = Record::TakenOver { who: "ann".to_owned(), from: None, lease: 2 };
    for back in [goes_on, taken_up] {
        assert_eq!(taught(&[(0, ready("promote")), (1, asks("promote")), (3600, back), (3601, done("promote"))]), []);
    }
}
