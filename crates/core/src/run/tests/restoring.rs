//! What a restore loses: said before it is asked for, and measured at the end.

use std::time::Duration;

use super::world::{START, declared};
use super::{Stands, workload};
use crate::domain::change::Shape;
use crate::domain::{Change, Region, Snapshot, What};
use crate::run::ending::ending;
use crate::run::{Circumstances, Command, Desk, Ending, Record, Run, decide};
use crate::runbook::fake::planned;
use crate::runbook::{Action, Certainty, History, Kind, Standing};

fn run() -> Run {
    Run::declared(START, declared(), planned("db_restore", "tier2"))
}

/// Every stage of an action, done after so many seconds.
fn done(run: &mut Run, action: Action, after: u64, certainty: Certainty) {
    let stages: Vec<_> = run.plan.stages.iter().filter(|stage| stage.action == action).map(|stage| stage.id.clone()).collect();
    assert!(!stages.is_empty(), "{action}");
    for stage in stages {
        run.take(START + Duration::from_secs(after), Record::Done { stage, shows: "so".to_owned(), certainty }, None);
    }
}

#[test]
fn what_is_restored_says_what_it_loses_before_it_is_asked_for() {
    for (kind, says) in [(Kind::Restore, true), (Kind::Test, false)] {
        let mut run = run();
        run.plan.kind = kind;
        run.plan.stages.retain(|stage| stage.action == Action::DatabaseRestoreSnapshot);
        let stage = &mut run.plan.stages[0];
        stage.needs.clear();
        let id = stage.id.clone();
        run.take(START, Record::Ready { stage: id.clone() }, None);
        run.take(START, Record::Approved { stage: id, who: "ann".to_owned() }, None);
        let what = What::RestoreSnapshot { instance: "made".to_owned(), snapshot: "daily".to_owned(), shape: Shape::default() };
        let rules = Stands(Standing::needs([Change::new(&Region::new("us-west-2"), what)]));
        let (workload, snapshot, history) = (workload(), Snapshot::default(), History::default());
        let at = Circumstances { workload: &workload, snapshot: &snapshot, rules: &rules, history: &history, now: START };
        let commands = decide(&run, at, &mut Desk::default());
        let place = |is: fn(&Record) -> bool| commands.iter().position(|command| matches!(command, Command::Write(record) if is(record)));
        let asks = place(|record| matches!(record, Record::Intent { .. }));
        let stated = place(|record| matches!(record, Record::Stated { .. }));
        assert!(asks.is_some(), "{commands:#?}");
        assert_eq!(stated.is_some(), says, "{kind}: {commands:#?}");
        assert!(stated < asks);
    }
}

/// Whatever was written after it was said, until nobody wrote there any more, is lost as well.
#[test]
fn a_restore_loses_until_the_source_is_seen_to_stand_still() {
    let said = Record::Stated { loss_seconds: Some(3600.0), objects: None, told: "at most 1h00m".to_owned() };
    let lost = |fenced: Option<(u64, Certainty)>, served: Option<u64>| {
        let mut run = run();
        run.take(START + Duration::from_secs(100), said.clone(), None);
        if let Some((after, certainty)) = fenced {
            done(&mut run, Action::ServiceStop, after, certainty);
        }
        if let Some(after) = served {
            done(&mut run, Action::ProbeClientEye, after, Certainty::Proven);
        }
        ending(&run, &workload()).rpo.map(|rpo| rpo.as_secs())
    };
    assert_eq!(lost(Some((160, Certainty::Proven)), Some(400)), Some(3660));
    assert_eq!(lost(Some((40, Certainty::Proven)), Some(400)), Some(3600), "never less than was said");
    assert_eq!(lost(Some((160, Certainty::Inferred)), Some(400)), Some(3900), "somebody may have gone on writing");
    assert_eq!(lost(None, Some(400)), Some(3900));
    assert_eq!(lost(None, None), None);
    let mut unbounded = run();
    let told = "writes unbounded".to_owned();
    unbounded.take(START, Record::Stated { loss_seconds: None, objects: None, told }, None);
    done(&mut unbounded, Action::ProbeClientEye, 400, Certainty::Proven);
    assert_eq!(ending(&unbounded, &workload()).rpo, None);
}

/// A test shows what it has done: of what somebody had it leave out nobody knows anything afterwards. Who is told of it is no part of that.
#[test]
fn a_test_that_leaves_something_out_has_not_proven_it() {
    let mut run = Run::declared(START, declared(), planned("dr_test", "tier2"));
    let all: Vec<_> = run.plan.stages.iter().map(|stage| stage.id.clone()).collect();
    for stage in all {
        run.take(START, Record::Done { stage, shows: "so".to_owned(), certainty: Certainty::Proven }, None);
    }
    let mut without = |stage: &str| {
        run.take(START, Record::Skipped { stage: stage.to_owned(), reason: "no time".to_owned(), who: "ann".to_owned() }, None);
        let finished = ending(&run, &workload());
        (finished.verdict, finished.unproven)
    };
    assert_eq!(without("tell-begun"), (Ending::Proven, vec!["tell-begun".to_owned()]));
    assert_eq!(without("snapshot"), (Ending::Unproven, vec!["tell-begun".to_owned(), "snapshot".to_owned()]));
}
