//! One plan takes another's place in the middle of a run.

use std::time::Duration;

use super::world::START;
use crate::domain::{Change, Receipt, Region, What};
use crate::run::{Declared, Mode, Phase, Record, Run, Switched, begins};
use crate::runbook::Certainty;
use crate::runbook::fake::{planned, workload};

fn run() -> Run {
    let declared = Declared {
        run: "r".to_owned(),
        version: String::new(),
        workload: "tier2".to_owned(),
        account: String::new(),
        runbook: "planned_failover".to_owned(),
        runbook_text: String::new(),
        config_text: String::new(),
        source: crate::config::Site::Primary,
        outage_at: None,
        reason: String::new(),
        who: String::new(),
        lab: true,
    };
    Run::declared(START, declared, planned("planned_failover", "tier2"))
}

fn switched(run: &mut Run, after: u64) {
    let record = Switched {
        runbook: "unplanned_failover".to_owned(),
        runbook_text: String::new(),
        reason: "it died".to_owned(),
        who: "somebody".to_owned(),
        outage_at: None,
        told: String::new(),
    };
    let plan = planned("unplanned_failover", "tier2");
    run.take(START + Duration::from_secs(after), Record::Switched(Box::new(record)), Some(plan));
}

fn done(run: &mut Run, stage: &str) {
    let record = Record::Done { stage: stage.to_owned(), shows: "so".to_owned(), certainty: Certainty::Proven };
    run.take(START, record, None);
}

fn asked(run: &mut Run, stage: &str, after: u64, what: What) {
    let at = START + Duration::from_secs(after);
    run.take(at, Record::Ready { stage: stage.to_owned() }, None);
    run.take(at, Record::Approved { stage: stage.to_owned(), who: "somebody".to_owned() }, None);
    let nth = u32::try_from(run.memory.past.len()).unwrap();
    let change = Change::new(&Region::new("ap-southeast-2"), what);
    run.take(at, Record::Intent { stage: stage.to_owned(), nth, change, keep: Default::default() }, None);
    run.take(at, Record::Answered { nth, receipt: Receipt::Accepted { told: Default::default() } }, None);
}

fn stop() -> What {
    What::ScaleService { cluster: "tier2-primary".to_owned(), service: "app".to_owned(), desired: 0 }
}

#[test]
fn what_is_done_stays_done_and_consent_is_asked_for_anew() {
    let mut run = run();
    done(&mut run, "identity");
    done(&mut run, "scale");
    asked(&mut run, "promote", 30, What::PromoteReplica { instance: "tier2-db-replica".to_owned() });
    let plan = planned("unplanned_failover", "tier2");
    run.may_switch(&plan).unwrap();
    let told = run.consequences(&plan).join("; ");
    assert!(told.contains("2 steps stay done") && told.contains("told to take over already"), "{told}");
    assert!(told.contains("caught-up") && told.contains("pin-source"), "what is left out is named: {told}");
    run.take(START, Record::Paused { why: "caught-up failed".to_owned(), who: None }, None);
    switched(&mut run, 60);
    assert!(matches!(run.stages["scale"].phase, Phase::Done { .. }));
    let promote = &run.stages["promote"];
    assert_eq!((&promote.phase, &promote.approved_by), (&Phase::Waiting, &None), "who agreed to losing nothing has not agreed to this");
    assert_eq!(promote.ready_at, Some(START + Duration::from_secs(30)), "what it has asked for counts on");
    assert!(!run.stages.contains_key("caught-up") && run.mode == Mode::Going);
    assert!(run.may_switch(&planned("planned_failover", "tier2")).is_err(), "and there is no way back");
}

#[test]
fn only_an_unplanned_runbook_takes_over_and_only_from_a_planned_one() {
    let mut run = run();
    assert!(run.may_switch(&planned("failback", "tier2")).is_err());
    run.take(START, Record::Aborted { reason: "enough".to_owned(), who: "somebody".to_owned() }, None);
    assert!(run.may_switch(&planned("unplanned_failover", "tier2")).unwrap_err().contains("aborted"));
}

/// Users of a planned move are served until the fence; of one that was switched, until the fence or the outage, whichever came first.
#[test]
fn the_clock_begins_when_users_begin_to_wait() {
    let workload = workload("tier2");
    let mut planned = run();
    assert_eq!(begins(&planned, &workload), None);
    asked(&mut planned, "fence", 200, stop());
    assert_eq!(begins(&planned, &workload), Some(START + Duration::from_secs(200)));
    switched(&mut planned, 300);
    assert_eq!(begins(&planned, &workload), Some(START + Duration::from_secs(200)));
    let mut unfenced = run();
    switched(&mut unfenced, 300);
    assert_eq!(begins(&unfenced, &workload), Some(START + Duration::from_secs(300)), "no earlier evidence: when it was said");
}
