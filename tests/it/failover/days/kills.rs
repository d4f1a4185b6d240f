//! Kill −9, wherever it hurts: whoever starts again has nothing but the journal.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use drlab_core::domain::What;
use drlab_core::run::{Record, Run};
use drlab_core::runbook::Stage;

use super::{Day, Habits, Interrupt, LOSS, Outcome, is_ready, quietly};

/// A request is on its way for less than this, and its answer has not come back before twice that.
const ON_THE_WAY: Duration = Duration::from_millis(100);
/// More kills than any run has records.
const MOST: usize = 600;

/// What a record is about: it is killed after each once, or it would never get on.
fn key(run: &Run, record: &Record) -> String {
    match record {
        Record::Answered { nth, .. } => {
            let past = &run.memory.past[*nth as usize];
            format!("answered {} {}", past.stage, past.change)
        }
        Record::Intent { stage, change, .. } => format!("intent {stage} {change}"),
        Record::Ready { stage }
        | Record::Guarded { stage, .. }
        | Record::Approved { stage, .. }
        | Record::Overridden { stage, .. }
        | Record::Acknowledged { stage, .. }
        | Record::Done { stage, .. }
        | Record::Failed { stage, .. }
        | Record::Retried { stage, .. }
        | Record::Skipped { stage, .. }
        | Record::Owed { stage, .. } => format!("{} {stage}", record.word()),
        other => other.word().to_owned(),
    }
}

/// The journal ends with the record after which it was killed. What was decided in the same breath has not been done: requests leave after it.
fn killed_after(which: impl Fn(&str) -> bool) {
    Day::of("tier2", "primary-outage", async |day| {
        let mut killed: BTreeSet<String> = BTreeSet::new();
        let mut begun = day.declared();
        let habits = Habits { asks_again: true, ..LOSS };
        for _ in 0..MOST {
            let (lines, lost) = (day.lines().len(), begun.run.lost().len());
            let next = |outcome: &Outcome| {
                let keys = outcome.records.iter().skip(lost).map(|(_, record)| key(&outcome.run, record));
                keys.enumerate().find(|(_, key)| which(key) && !killed.contains(key))
            };
            let kill = |outcome: &Outcome| next(outcome).map(|_| Interrupt::Kill(Duration::ZERO));
            let outcome = day.sit(begun, habits, &kill).await;
            let Some((at, key)) = next(&outcome) else {
                day.proven(&outcome);
                assert!(killed.len() > 20, "only {} kills", killed.len());
                return;
            };
            killed.insert(key);
            day.write(&day.lines()[..lines + lost + at + 1].concat());
            begun = day.left("tests");
        }
        panic!("it never ends");
    });
}

/// Every record is in one of three parts, drawn by its name.
fn part(key: &str) -> u32 {
    key.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 3
}

#[test]
fn killed_after_every_third_record() {
    killed_after(|key| part(key) == 0);
}

#[test]
fn killed_after_every_other_third_record() {
    killed_after(|key| part(key) == 1);
}

#[test]
fn killed_after_every_last_third_record() {
    killed_after(|key| part(key) == 2);
}

#[test]
fn killed_between_every_call_and_its_outcome() {
    Day::of("tier2", "primary-outage", async |day| {
        let killed: RefCell<BTreeSet<String>> = RefCell::default();
        let mut begun = day.declared();
        for _ in 0..MOST {
            let kill = |outcome: &Outcome| {
                let asked = outcome.run.memory.past.iter().filter(|past| past.answer.is_none() && !past.change.is_its_own_proof());
                let new: Vec<_> = asked.map(|past| format!("{} {}", past.stage, past.change)).collect();
                // All of them are noted, the first of them new or not.
                let known = killed.borrow().len();
                killed.borrow_mut().extend(new);
                let fresh = killed.borrow().len() > known;
                fresh.then_some(Interrupt::Kill(ON_THE_WAY))
            };
            let outcome = day.sit(begun, LOSS, &kill).await;
            if outcome.run.finished.is_some() {
                day.proven(&outcome);
                let redeployed = outcome.run.memory.past.iter().filter(|past| matches!(past.change.what, What::Redeploy { .. }));
                assert!(redeployed.count() <= 1, "what had arrived was seen");
                assert_eq!(day.taken("PromoteReadReplica"), 1, "what had arrived was seen");
                assert!(killed.borrow().len() >= 6, "{:?}", killed.borrow());
                return;
            }
            begun = day.left("tests");
        }
        panic!("it never ends");
    });
}

/// Steps that take a while.
const LAST: &[&str] = &["impaired", "fence", "scale", "promote", "client-eye", "protect", "soak"];

/// Each of them twice, where it lasts: as it begins, and some way into it.
#[test]
fn killed_during_every_step() {
    Day::of("tier2", "primary-outage", async |day| {
        let killed: RefCell<BTreeMap<String, u64>> = RefCell::default();
        let mut begun = day.declared();
        for _ in 0..MOST {
            let kill = |outcome: &Outcome| {
                let times = |stage: &Stage| killed.borrow().get(&stage.id).copied().unwrap_or(0);
                let ready = outcome.run.plan.stages.iter().filter(|stage| is_ready(outcome, &stage.id) && times(stage) < 2);
                let stage = ready.min_by_key(|stage| times(stage))?;
                let before = times(stage);
                let nth = killed.borrow().len() as u64;
                *killed.borrow_mut().entry(stage.id.clone()).or_default() += 1;
                // What else begins in the same breath must not be over before its own turn comes.
                let after = if before == 0 { nth * 37 % 120 } else { nth * 613 % 20_000 };
                Some(Interrupt::Kill(Duration::from_millis(after)))
            };
            let outcome = day.sit(begun, LOSS, &kill).await;
            if outcome.run.finished.is_some() {
                day.proven(&outcome);
                // What is true the moment that somebody looks has no middle; what is not has been killed in it.
                let missed: Vec<_> = LAST.iter().filter(|stage| !killed.borrow().contains_key(**stage)).collect();
                assert!(missed.is_empty(), "{missed:?}");
                return;
            }
            begun = day.left("tests");
        }
        panic!("it never ends");
    });
}

/// The sittings above are no different from one that nothing happens to.
#[test]
fn a_run_that_is_taken_up_with_nothing_done_ends_like_any_other() {
    Day::of("tier2", "primary-outage", async |day| {
        drop(day.declared());
        let begun = day.left("somebody else");
        let outcome = day.sit(begun, LOSS, &quietly).await;
        day.proven(&outcome);
    });
}
