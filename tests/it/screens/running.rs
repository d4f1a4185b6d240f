//! Runs made by hand, as they look on the way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use drlab_core::app::{Arming, Asked, Card, Entry, Message, Model, Overlay, PastRun, Press, Screen, Unfinished, update};
use drlab_core::config::Site;
use drlab_core::domain::{Change, Receipt, Region, Timestamp, What};
use drlab_core::keymap::Chord;
use drlab_core::run::report::{Figure, Report};
use drlab_core::run::{Declared, Desk, Ending, Finished, Guarded, Record, Run, Stance};
use drlab_core::runbook::{Action, Certainty, Instant, Runbook, shelf, unfold};

use super::fixture::{self, now};

fn books() -> Vec<Runbook> {
    shelf(&[], &|action| action.deed()).0
}

fn ago(seconds: u64) -> Timestamp {
    now() - Duration::from_secs(seconds)
}

/// Somebody who may change things, while the primary is down.
pub(super) fn armed() -> Model {
    let mut model = fixture::on(fixture::region_dark(), Screen::Run);
    model.arming = Arming::Armed { workload: 0, since: ago(500) };
    model.runbooks = Arc::new(books());
    model
}

pub(super) fn arming() -> Model {
    let mut model = fixture::on(fixture::region_dark(), Screen::Dashboard);
    press(&mut model, "A t i e r");
    model
}

pub(super) fn choosing() -> Model {
    let mut model = armed();
    let left = Unfinished {
        run: "20261120t231500-tier2".to_owned(),
        workload: "tier2".to_owned(),
        runbook: "planned_failover".to_owned(),
        began: ago(42_451),
        held_by: None,
        doubt: None,
    };
    update(&mut model, Message::Unfinished(vec![left]));
    press(&mut model, "r j");
    model.notice = None;
    model
}

pub(super) fn asked(asked: Asked) -> Model {
    let mut model = waiting();
    let mut entry = Entry { asked, line: drlab_core::app::Line::default() };
    entry.line.insert("agreed with the business");
    model.overlays = vec![Overlay::Entry(entry)];
    model
}

pub(super) fn press(model: &mut Model, keys: &str) {
    for (nth, key) in (0..).zip(keys.split(' ')) {
        let at = Duration::from_secs(nth);
        update(model, Message::Key(Press { chord: Chord::parse(key).unwrap(), at, repeat: false }));
    }
}

fn declared(model: &Model, reason: &str) -> Run {
    declared_by("unplanned_failover", model, reason)
}

fn declared_by(runbook: &str, model: &Model, reason: &str) -> Run {
    let book = books().into_iter().find(|book| book.name == runbook).unwrap();
    let workload = &model.config.workloads[0];
    let declared = Declared {
        run: "20261121t105549-tier2".to_owned(),
        version: "0.1.0".to_owned(),
        workload: workload.name.clone(),
        account: workload.account.clone(),
        runbook: book.name.clone(),
        runbook_text: book.text.clone(),
        config_text: model.config.for_console(model.config.endpoints.clone()).to_toml().unwrap(),
        source: Site::Primary,
        outage_at: Some(ago(480)),
        reason: reason.to_owned(),
        who: "ada".to_owned(),
        lab: true,
    };
    Run::declared(ago(402), declared, unfold(&book, workload, Site::Primary, &|action| action.deed()))
}

fn done(stage: &str, shows: &str) -> Record {
    as_sure(stage, shows, Certainty::Proven)
}

fn as_sure(stage: &str, shows: &str, certainty: Certainty) -> Record {
    Record::Done { stage: stage.to_owned(), shows: shows.to_owned(), certainty }
}

fn ready(stage: &str) -> Record {
    Record::Ready { stage: stage.to_owned() }
}

/// A run to which this has happened, and whose steps stand like this.
fn running(model: &mut Model, reason: &str, told: Vec<(Timestamp, Record)>, stances: &[(&str, Stance)]) {
    carried_out(model, declared(model, reason), told, stances);
}

fn carried_out(model: &mut Model, mut run: Run, told: Vec<(Timestamp, Record)>, stances: &[(&str, Stance)]) {
    let mut news = vec![(ago(402), Record::Declared(Box::new(run.declared.clone())))];
    for (at, record) in told {
        run.take(at, record.clone(), None);
        news.push((at, record));
    }
    let mut desk = Desk::default();
    desk.stances.extend(stances.iter().map(|(stage, stance)| ((*stage).to_owned(), stance.clone())));
    update(model, Message::Run { run: Arc::new(run), desk, news });
    model.notice = None;
}

/// Up to the point of no return.
fn beginning() -> Vec<(Timestamp, Record)> {
    let owed = Record::Owed { stage: "fence".to_owned(), why: "ap-southeast-2 does not answer".to_owned() };
    let seen = Record::Acknowledged { stage: "fence".to_owned(), note: "the region is dark".to_owned(), who: "ada".to_owned() };
    vec![
        (ago(402), ready("identity")),
        (ago(400), done("identity", "account 123456789012")),
        (ago(400), ready("impaired")),
        (ago(381), done("impaired", "the primary is dark; the standby answers this machine")),
        (ago(381), ready("tell-begun")),
        (ago(381), ready("hold")),
        (ago(378), as_sure("tell-begun", "SNS in us-west-2 took the message", Certainty::Told)),
        (ago(372), done("hold", "tier2-failover: no execution runs")),
        (ago(372), ready("fence")),
        (ago(372), ready("scale")),
        (ago(372), ready("await-backup")),
        (ago(369), done("await-backup", "available")),
        (ago(350), owed),
        (ago(322), seen),
        (ago(322), ready("promote")),
    ]
}

fn scaling() -> (&'static str, Stance) {
    ("scale", Stance::Working { says: "2 of 2 tasks run · 1 healthy".to_owned(), share: Some(0.5) })
}

pub(super) fn working() -> Model {
    let mut model = armed();
    let mut told = beginning();
    told.push((ago(300), Record::Approved { stage: "promote".to_owned(), who: "ada".to_owned() }));
    let rebooting = Stance::Working { says: "tier2-db-replica is rebooting on its way to be its own".to_owned(), share: None };
    running(&mut model, "the region is dark", told, &[scaling(), ("promote", rebooting)]);
    model
}

pub(super) fn waiting() -> Model {
    let mut model = armed();
    running(&mut model, "the region is dark", beginning(), &[scaling(), ("promote", Stance::Confirming)]);
    model
}

pub(super) fn held() -> Model {
    let mut model = armed();
    let guard = Guarded {
        guard: "database.loss.bounded".to_owned(),
        holds: Some(false),
        why: "at most 7m27s of writes until the fence; 5m may be lost".to_owned(),
    };
    running(&mut model, "the region is dark", beginning(), &[scaling(), ("promote", Stance::Held { guards: vec![guard] })]);
    model
}

pub(super) fn card() -> Model {
    let mut model = waiting();
    model.overlays = vec![Overlay::Card(Card::new("promote", true))];
    model
}

/// A restore may be undone, and costs what nobody gets back.
pub(super) fn restoring() -> Model {
    let mut model = fixture::with_a_backup(armed());
    let run = declared_by("db_restore", &model, "a bad migration");
    let told = vec![(ago(402), ready("identity")), (ago(400), done("identity", "account 123456789012")), (ago(380), ready("snapshot"))];
    carried_out(&mut model, run, told, &[("snapshot", Stance::Confirming)]);
    model.overlays = vec![Overlay::Card(Card::new("snapshot", true))];
    model
}

/// A guard turned while somebody was typing.
pub(super) fn withdrawn() -> Model {
    let mut model = card();
    let guard = Guarded { guard: "source.fenced".to_owned(), holds: Some(false), why: "app: 1 of 2 tasks runs".to_owned() };
    model.running.as_mut().unwrap().stances.insert("promote".to_owned(), Stance::Held { guards: vec![guard] });
    let mut card = Card::new("promote", true);
    card.asked = false;
    model.overlays = vec![Overlay::Card(card)];
    model
}

pub(super) fn failed() -> Model {
    let mut model = armed();
    let mut told = beginning();
    let why = "not so within 20m: tier2-db-replica is rebooting".to_owned();
    let ways = vec!["restore the newest snapshot in us-west-2 (db_restore)".to_owned(), "wait, and try again".to_owned()];
    told.push((ago(20), Record::Failed { stage: "promote".to_owned(), why: why.clone(), ways }));
    told.push((ago(20), Record::Paused { why: format!("promote failed: {why}"), who: None }));
    running(&mut model, "the region is dark", told, &[]);
    model
}

pub(super) fn finished() -> Model {
    let mut model = armed();
    let mut told = beginning();
    let rest: Vec<_> = declared(&model, "").plan.stages.into_iter().map(|stage| stage.id).collect();
    for stage in rest.iter().skip_while(|stage| *stage != "promote") {
        told.push((ago(120), ready(stage)));
        told.push((ago(60), done(stage, "so it is")));
    }
    let few = "2 of 2 tasks run · 2 healthy · its minimum is unknown, so it may be scaled in: throttled";
    told.push((ago(60), as_sure("scale", few, Certainty::Inferred)));
    let finished = Finished {
        verdict: Ending::Proven,
        rto: Some(Duration::from_secs(420)),
        rpo: Some(Duration::from_secs(188)),
        met: Some(true),
        owed: vec!["fence".to_owned()],
        unproven: vec!["tell-begun".to_owned(), "scale".to_owned()],
    };
    told.push((ago(60), Record::Finished(Box::new(finished))));
    running(&mut model, "the region is dark", told, &[]);
    model
}

/// Proven a minute ago, and watched on.
pub(super) fn soaking() -> Model {
    let mut model = armed();
    let mut told = beginning();
    told.extend(eyes(&model).into_iter().map(|eye| (ago(60), done(&eye, "every resolver leads there"))));
    running(&mut model, "the region is dark", told, &[]);
    model
}

/// The steps that see users served.
fn eyes(model: &Model) -> Vec<String> {
    let stages = declared(model, "").plan.stages.into_iter();
    stages.filter(|stage| stage.action == Action::ProbeClientEye).map(|stage| stage.id).collect()
}

/// Given up, before or after users were seen to be served.
pub(super) fn aborted(proven: bool) -> Model {
    let mut model = armed();
    let mut told = beginning();
    if proven {
        told.extend(eyes(&model).into_iter().map(|eye| (ago(60), done(&eye, "every resolver leads there"))));
    }
    let change = Change::new(&Region::new("us-west-2"), What::SetRule { rule: "dr-schedule".to_owned(), enabled: false });
    told.push((ago(360), Record::Intent { stage: "hold".to_owned(), nth: 1, change, keep: BTreeMap::new() }));
    told.push((ago(359), Record::Answered { nth: 1, receipt: Receipt::Accepted { told: BTreeMap::new() } }));
    told.push((ago(30), Record::Aborted { reason: "the primary is back".to_owned(), who: "ada".to_owned() }));
    running(&mut model, "the region is dark", told, &[]);
    model
}

/// What the morning after reads.
pub(super) fn report() -> Report {
    let model = finished();
    let running = model.running.as_ref().unwrap();
    let records: Vec<_> = running.records.iter().cloned().collect();
    Report::of(&running.run, &model.config.workloads[0], &records, "71976274350f", None)
}

/// Runs of all kinds, the newest first.
pub(super) fn history() -> Model {
    let newest = PastRun::of(&report());
    let figure = |seconds: Option<f64>, target_s: f64| Some(Figure { seconds, target_s, met: seconds.map(|seconds| seconds <= target_s) });
    let planned = PastRun {
        run: "20261014t090211-tier2".to_owned(),
        runbook: "planned_failover".to_owned(),
        who: "grace".to_owned(),
        reason: "the quarterly drill, announced a week before".to_owned(),
        began: Some(ago(3_283_200)),
        rto: figure(Some(911.0), 1_800.0),
        rpo: figure(Some(0.0), 300.0),
        owed: 0,
        ..newest.clone()
    };
    let late = PastRun {
        run: "20260702t021500-tier2".to_owned(),
        runbook: "unplanned_failover".to_owned(),
        began: Some(ago(12_283_200)),
        rto: figure(Some(2_411.0), 1_800.0),
        rpo: figure(Some(402.0), 300.0),
        met: Some(false),
        ..planned.clone()
    };
    let aborted = PastRun {
        run: "20260701t101500-tier2".to_owned(),
        state: "aborted",
        rto: figure(None, 1_800.0),
        rpo: figure(None, 300.0),
        met: None,
        ..late.clone()
    };
    let damaged = PastRun::unreadable("20260401t000000-tier2", "line 14 does not follow from line 13: its hash is another");
    let mut model = armed();
    update(&mut model, Message::Past { runs: vec![newest, planned, late, aborted, damaged], histories: BTreeMap::new() });
    model.screen = Screen::History;
    model
}

pub(super) fn reading() -> Model {
    let mut model = history();
    update(&mut model, Message::Report(Ok(Box::new(report()))));
    press(&mut model, "down down down down");
    model
}

/// What an unfriendly source could send in the middle of a run.
pub(super) fn hostile() -> Model {
    let mut model = armed();
    let nasty = format!("\u{1b}[2J\u{202e}東京 account 123456789012 {}", "endless ".repeat(300));
    let mut told = beginning();
    told.push((ago(30), Record::Failed { stage: "promote".to_owned(), why: nasty.clone(), ways: vec![nasty.clone()] }));
    told.push((ago(30), Record::Paused { why: nasty.clone(), who: None }));
    running(&mut model, &nasty, told, &[("scale", Stance::Working { says: nasty.clone(), share: None })]);
    update(&mut model, Message::Stopped(nasty));
    model
}

pub(super) fn all() -> Vec<Model> {
    let models = [
        armed(),
        arming(),
        choosing(),
        working(),
        waiting(),
        held(),
        card(),
        restoring(),
        failed(),
        soaking(),
        finished(),
        aborted(false),
        aborted(true),
        hostile(),
        history(),
        reading(),
    ];
    let asked = [
        Asked::Arm { workload: 0 },
        Asked::Declare { runbook: Box::new(books().remove(0)), source: Site::Primary },
        Asked::Abort,
        Asked::Skip { stage: "promote".to_owned() },
        Asked::Override { stage: "promote".to_owned(), guard: "source.impaired".to_owned() },
        Asked::Acknowledge { stage: "fence".to_owned() },
        Asked::Switch,
        Asked::Instant {
            steps: vec!["undelete".to_owned(), "versions".to_owned()],
            instant: Instant { parameter: "since", or: None },
            means: "since when the objects are to be restored, such as 2026-11-20T11:02:31Z",
        },
    ]
    .map(self::asked);
    models.into_iter().chain(asked).collect()
}
