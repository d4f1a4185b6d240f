//! The primary dies while a planned failover runs, and the run becomes an unplanned one: what is done stays done, what may be lost now is said,
//! and nobody's consent to losing nothing is taken for consent to losing something.

use std::time::Duration;

use drlab_core::domain::{Timestamp, What};
use drlab_core::run::{Ending, Order, Phase, Record, Stance, Switched};
use drlab_core::runbook::{Certainty, Kind, Past, shelf};

use super::{Called, acknowledged_and_missing, quiet, told, warm};
use crate::failover::bridge::{Habits, Outcome, carry_out_while};
use crate::failover::unplanned::lost;
use crate::lab::rig::{Rig, paused};

const PATIENCE: Duration = Duration::from_secs(2400);

/// What a console would send, from the shelf.
pub(crate) fn to_unplanned(outage_at: Option<Timestamp>) -> Order {
    let (books, _) = shelf(&[], &|action| action.deed());
    let book = books.into_iter().find(|book| book.name == "unplanned_failover").unwrap();
    let book = book.with_set(&[("soak.for".to_owned(), "1m".to_owned())].into(), &|action| action.deed()).unwrap();
    switch(&book.name, &book.text, outage_at)
}

fn switch(runbook: &str, text: &str, outage_at: Option<Timestamp>) -> Order {
    Order::Switch(Box::new(Switched {
        runbook: runbook.to_owned(),
        runbook_text: text.to_owned(),
        reason: "the primary has failed".to_owned(),
        who: String::new(),
        outage_at,
        told: String::new(),
    }))
}

fn is_done(outcome: &Outcome, stage: &str) -> bool {
    matches!(outcome.run.stages.get(stage).map(|state| &state.phase), Some(Phase::Done { .. }))
}

/// A planned failover, the primary that dies once `dies` says so, and somebody who switches once `gives_up` says so.
async fn torn(rig: &Rig, dies: impl Fn(&Outcome) -> bool, gives_up: impl Fn(&Outcome, Timestamp) -> bool) -> (Outcome, Timestamp) {
    let (mut outage, mut asked) = (None, 0);
    let habits = Habits { overrides: &["database.loss.bounded"], ..Habits::STEADY };
    let called = Called { habits, ..Called::plain("planned_failover") };
    let outcome = carry_out_while(rig, called, PATIENCE, |outcome| {
        let now = rig.way.lab().clock().now();
        let Some(since) = outage else {
            if dies(outcome) {
                for fault in ["app-down:primary", "database-down:primary"] {
                    rig.inject(fault, None, None);
                }
                outage = Some(now);
            }
            return Vec::new();
        };
        if outcome.run.plan.kind != Kind::Planned || !gives_up(outcome, since) || now.since(since) < Duration::from_secs(60) {
            return Vec::new();
        }
        asked += 1;
        // What cannot be read, and what is for something else, is refused; the run goes on as if nobody had said it.
        match asked {
            1 => vec![switch("unplanned_failover", "title = ", outage)],
            2 => vec![switch("planned_failover", include_str!("../../../../runbooks/planned_failover.toml"), outage)],
            _ => vec![to_unplanned(outage)],
        }
    })
    .await;
    (outcome, outage.unwrap())
}

/// What holds wherever it was switched. Gives the words that were said of it.
fn holds(rig: &Rig, outcome: &Outcome) -> String {
    println!("{}", outcome.story(outcome.run.memory.declared_at));
    let finished = outcome.run.finished.as_ref().unwrap_or_else(|| panic!("{}", told(outcome)));
    assert_eq!((finished.verdict, outcome.run.plan.kind), (Ending::Proven, Kind::Unplanned), "{}", told(outcome));
    let switched: Vec<_> =
        outcome.records.iter().filter_map(|(_, record)| if let Record::Switched(it) = record { Some(it) } else { None }).collect();
    assert_eq!(switched.len(), 1, "what is refused is not written down");
    assert_eq!((switched[0].who.as_str(), switched[0].reason.as_str()), ("tests", "the primary has failed"));
    outcome.witness.assert_honest(&outcome.run);
    outcome.witness.assert_all_intended(&outcome.run);
    let workload = rig.workload();
    assert_eq!(workload["landing"], "standby");
    let lost = lost(&workload);
    assert!(finished.rpo.is_some_and(|rpo| rpo >= lost), "said {:?}, lost {lost:?}", finished.rpo);
    switched[0].told.clone()
}

fn stops(outcome: &Outcome) -> impl Iterator<Item = &Past> {
    outcome.run.memory.past.iter().filter(|past| past.stage == "fence" && matches!(past.change.what, What::ScaleService { .. }))
}

#[test]
fn a_primary_that_dies_before_the_fence() {
    paused(async {
        let rig = quiet("tier2");
        warm().await;
        let held = |outcome: &Outcome, _| {
            let by = |stance: &Stance| matches!(stance, Stance::Held { guards } if guards.iter().any(|held| held.guard == "source.well"));
            outcome.desk.stances.values().any(by)
        };
        let (outcome, outage) = torn(&rig, |outcome| is_done(outcome, "scale"), held).await;
        let said = holds(&rig, &outcome);
        assert!(said.contains("primary has not been stopped") && said.contains("may be lost"), "{said}");
        assert!(said.contains("stays pinned to the primary"), "{said}");
        // The clock began with the outage, not with the declaration of a planned move.
        let finished = outcome.run.finished.as_ref().unwrap();
        assert_eq!(finished.rto, Some(outcome.run.memory.done["client-eye"].since(outage)));
        // What was done before was not done again.
        let scaled = outcome.run.memory.past.iter().filter(|past| past.stage == "scale").count();
        assert_eq!(scaled, 1, "{}", told(&outcome));
    });
}

#[test]
fn a_primary_that_dies_between_the_fence_and_the_promotion() {
    paused(async {
        let rig = quiet("tier2");
        warm().await;
        let fenced = |outcome: &Outcome| stops(outcome).any(|stop| stop.answer.is_some());
        let waits = |outcome: &Outcome, _| !is_done(outcome, "caught-up");
        let (outcome, outage) = torn(&rig, fenced, waits).await;
        let said = holds(&rig, &outcome);
        assert!(said.contains("stays stopped: users have waited since"), "{said}");
        assert!(said.contains("left out: caught-up, objects"), "{said}");
        // Users have waited since the fence, and that was before the outage.
        let finished = outcome.run.finished.as_ref().unwrap();
        let stopped = stops(&outcome).next().unwrap().asked_at;
        assert!(stopped <= outage);
        assert_eq!(finished.rto, Some(outcome.run.memory.done["client-eye"].since(stopped)));
        assert_eq!(stops(&outcome).count(), 1, "it is not fenced twice");
        // The promotion was consented to by somebody who knew.
        let (at, _) = outcome.records.iter().find(|(_, record)| matches!(record, Record::Switched(_))).unwrap();
        let approved = outcome.records.iter().find(|(_, record)| matches!(record, Record::Approved { stage, .. } if stage == "promote"));
        assert!(approved.is_some_and(|(when, _)| when >= at));
        assert!(matches!(&outcome.run.stages["promote"].phase, Phase::Done { certainty: Certainty::Proven, .. }));
        let database = rig.stage.config.workloads[0].database.as_ref().unwrap().sites.standby.clone();
        let (acknowledged, missing) = acknowledged_and_missing(&rig, "standby", &database);
        assert!(acknowledged > 1_000);
        println!("{missing} of {acknowledged} rows are missing");
    });
}
