//! A drill, carried out: the lab in this process, the console's own watch, engine, clients and journal, whoever sits before it, and whatever
//! befalls them. The world goes on while nobody is there.

use std::cell::Cell;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use drlab_core::assess::assess;
use drlab_core::config::{Site, Stretch};
use drlab_core::domain::Timestamp;
use drlab_core::run::{Desk, Record, Run, replay};
use drlab_lab::control::Stage;
use drlab_lab::scenarios::BuiltIn;
use drlab_tui::aws::act::Armed;
use drlab_tui::engine::Stopped;
use drlab_tui::store::Reading;
use tokio::time::{sleep, timeout};

use super::draw::BRISK;
use super::drill::{Declared, Drill, Sort, Trouble};
use super::mischief::Meddler;
use super::operator::{Gone, Operator};
use super::sentinel::{Seen, Sentinel};
use crate::failover::bridge::{self, Begun, Called, Habits, Looking, Outcome, Sitting, journal_in};
use crate::failover::witness::Witness;
use crate::lab::rig::{Rig, START, config};

/// Whoever watches for the outage gives up after this much of it: then they declare what they were told on the telephone.
const TOLD: Duration = Duration::from_secs(300);
/// When the scenario that destroys objects begins to.
const DESTROYED_FROM: Duration = Duration::from_secs(119);
/// How often somebody who watches looks up.
const LOOKS: Duration = Duration::from_secs(1);

/// What has come of a drill.
pub(super) struct Told {
    pub(super) rig: Rig,
    pub(super) drill: Drill,
    /// The journal, as it is on the disk at the end.
    pub(super) lines: Vec<(Timestamp, Record)>,
    /// What it says; `None` where nobody has armed anything.
    pub(super) run: Option<Run>,
    pub(super) desk: Desk,
    pub(super) end: End,
    pub(super) witness: Witness,
    pub(super) seen: Seen,
    /// What befell whom.
    pub(super) befallen: Vec<(Timestamp, String)>,
    /// What the console said just before the outage.
    pub(super) ready: Option<bool>,
    /// Since when the console said that the primary is impaired, where it was asked.
    pub(super) noticed: Option<Timestamp>,
    /// From each abort until it was taken up again, with how many records there were.
    pub(super) aborts: Vec<(Timestamp, Timestamp, usize)>,
    /// When it was cut off or ended.
    pub(super) over: Timestamp,
    /// Since when the last sitting lasts, and until when it lasted.
    pub(super) sitting_since: Timestamp,
    pub(super) left: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nobody has armed anything.
    Watched,
    Stopped(Stopped),
    /// The stage that they wanted to see was done.
    Satisfied,
    /// Time was up.
    CutOff,
}

/// What is gathered on the way.
#[derive(Default)]
struct Notes {
    desk: Desk,
    ready: Option<bool>,
    noticed: Option<Timestamp>,
    aborts: Vec<(Timestamp, Timestamp, usize)>,
    sitting_since: Timestamp,
    left: Timestamp,
}

pub(super) async fn carried_out(drill: &Drill) -> Told {
    let mut config = config(drill.topology);
    config.lab.seed = drill.seed;
    for (name, least, most) in BRISK.iter().filter(|_| drill.brisk) {
        let stretch = Stretch { least: Duration::from_secs(*least), most: Duration::from_secs(*most) };
        config.lab.timings.insert((*name).to_owned(), stretch);
    }
    let mut meddler = None;
    let destroys = || BuiltIn::named("s3-ransomware").unwrap().script().unwrap().cast(&config, None).unwrap();
    let scenario = drill.destroyed.then(destroys);
    let rig = Rig::watched_past(Stage { config, scenario }, |way| {
        let on = Meddler::on(way, drill.mischief.clone());
        SharedHttpClient::new(meddler.insert(on).clone())
    });
    let meddler = meddler.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let armed = bridge::armed(&rig).await;
    let (mut witness, seen, mut notes) = (Witness::default(), Arc::new(Mutex::new(Seen::default())), Notes::default());
    let mut scene = Scene { rig: &rig, drill, armed, folder: folder.path(), meddler: &meddler, seen: &seen, notes: &mut notes };
    let end = tokio::select! {
        biased;
        () = goes_on(&rig, drill) => unreachable!(),
        end = Box::pin(scene.play()) => end,
        () = witness.look_on(&rig) => unreachable!(),
    };
    witness.look(&rig);
    let bytes = std::fs::read(journal_in(folder.path())).unwrap_or_default();
    let read = Reading::of(&bytes);
    assert!(read.broken.is_none(), "the journal does not hold together: {:?}", read.broken);
    let lines: Vec<_> = read.lines.into_iter().map(|line| (line.at, line.record)).collect();
    let run = (!lines.is_empty()).then(|| replay(lines.iter().map(|(at, record)| (*at, record)), &|action| action.deed()).unwrap().0);
    let seen = seen.lock().unwrap().clone();
    let over = now(&rig);
    Told {
        drill: drill.clone(),
        lines,
        run,
        desk: notes.desk,
        end,
        witness,
        seen,
        befallen: meddler.befallen(),
        ready: notes.ready,
        noticed: notes.noticed,
        aborts: notes.aborts,
        over,
        sitting_since: notes.sitting_since,
        left: notes.left,
        rig,
    }
}

impl Told {
    /// Nothing that was asked for before is this run's.
    pub(super) fn run_began(&self) -> Timestamp {
        self.run.as_ref().map_or(START, |run| run.memory.declared_at)
    }
}

fn now(rig: &Rig) -> Timestamp {
    rig.way.lab().clock().now()
}

/// Everything that goes wrong with the world, each at its time.
async fn goes_on(rig: &Rig, drill: &Drill) {
    let outage = drill.outage.faults().iter().map(|fault| {
        let lasting = drill.outage_for.unwrap_or(Duration::from_secs(24 * 3600));
        Trouble { fault: (*fault).to_owned(), level: None, from: drill.outage_at, lasting }
    });
    let mut all: Vec<_> = outage.chain(drill.troubles.iter().cloned()).collect();
    all.sort_by_key(|trouble| trouble.from);
    if drill.stoppable {
        rig.inject("direct-off", None, None);
    }
    for trouble in all {
        sleep((START + trouble.from).since(now(rig))).await;
        rig.inject(&trouble.fault, trouble.level, Some(&format!("{}s", trouble.lasting.as_secs().max(1))));
    }
    std::future::pending().await
}

struct Scene<'s> {
    rig: &'s Rig,
    drill: &'s Drill,
    armed: Armed,
    folder: &'s Path,
    meddler: &'s Meddler,
    seen: &'s Arc<Mutex<Seen>>,
    notes: &'s mut Notes,
}

impl Scene<'_> {
    async fn play(&mut self) -> End {
        if self.drill.sort == Sort::Watching {
            self.meddler.wake();
            let looking = async { Looking::at(self.rig).until(self.rig, |_, _| None::<()>).await };
            drop(timeout(self.drill.patience, looking).await);
            return End::Watched;
        }
        if self.drill.runbook == "failback" {
            Box::pin(self.moved_before()).await;
        }
        let (begun, looking, outage) = Box::pin(self.declared()).await;
        self.meddler.wake();
        let declared = now(self.rig);
        let operator = Operator::of(self.drill, declared, outage);
        Box::pin(self.sat_through(begun, looking, &operator, declared)).await
    }

    /// Where a failback comes from: a planned move on a good day.
    async fn moved_before(&mut self) {
        let before = tempfile::tempdir().unwrap();
        let called = Called { until: Some("client-eye"), set: &[("soak.for", "1m")], ..Called::plain("planned_failover") };
        let begun = Begun::declared(self.rig, called, before.path());
        let leave = |outcome: &Outcome| outcome.run.memory.done.contains_key("settled").then_some(bridge::Interrupt::Kill(Duration::ZERO));
        let rules = Box::new(drlab_core::run::Catalogue);
        let sitting = Sitting { patience: TOLD * 10, habits: Habits::STEADY, interrupts: &leave, happens: &mut |_| Vec::new(), rules };
        begun.sit(self.rig, self.armed.clone(), Looking::at(self.rig), None, sitting).await;
    }

    /// Until somebody declares; what the console says meanwhile is noted.
    async fn declared(&mut self) -> (Begun, Looking, Option<Timestamp>) {
        let (rig, drill) = (self.rig, self.drill);
        let workload = &rig.stage.config.workloads[0];
        let outage = START + drill.outage_at;
        let mut looking = Looking::at(rig);
        let noticed = match drill.declared {
            Declared::After(long) => {
                let at = START + long;
                sleep(at.since(now(rig))).await;
                None
            }
            Declared::Watched => {
                let (mut looked, ready) = (START, &mut self.notes.ready);
                let sees = |snapshot: &drlab_core::domain::Snapshot, now: Timestamp| {
                    if now.since(looked) < LOOKS {
                        return None;
                    }
                    looked = now;
                    let found = assess(workload, snapshot, now);
                    if now < outage {
                        *ready = found.readiness.ready();
                    }
                    found.impairment.outage()
                };
                let patience = outage.since(now(rig)) + TOLD;
                timeout(patience, looking.until(rig, sees)).await.ok()
            }
        };
        self.notes.noticed = noticed;
        let known = noticed.or_else(|| (!drill.outage.faults().is_empty() && outage <= now(rig)).then_some(outage));
        let soaks = matches!(drill.runbook, "unplanned_failover" | "planned_failover" | "failback");
        let source = if drill.runbook == "failback" { Site::Standby } else { Site::Primary };
        let outage_at = known.filter(|_| drill.runbook == "unplanned_failover");
        let since = if drill.destroyed { START + DESTROYED_FROM } else { START };
        let since = since.to_string();
        let set: &[(&str, &str)] = match drill.runbook {
            _ if soaks => &[("soak.for", "1m")],
            "db_restore" if drill.seed.is_multiple_of(2) => &[("restore", "instant"), ("instant.at", "latest"), ("soak.for", "1m")],
            "db_restore" => &[("soak.for", "1m")],
            "s3_undelete" => &[("undelete.since", &since), ("versions.since", &since)],
            _ => &[],
        };
        let called = Called { source, outage_at, set, own: drill.own, ..Called::plain(drill.runbook) };
        (Begun::declared(rig, called, self.folder), looking, (!drill.outage.faults().is_empty()).then_some(outage))
    }

    /// Sitting by sitting, until it is over.
    async fn sat_through(&mut self, begun: Begun, looking: Looking, operator: &Operator<'_>, declared: Timestamp) -> End {
        let (mut begun, mut looking) = (begun, looking);
        let mut rival = self.drill.taken_over;
        loop {
            self.notes.sitting_since = now(self.rig);
            let outcome = Box::pin(self.sat(begun, looking, operator, declared, &mut rival)).await;
            (self.notes.desk, self.notes.left) = (outcome.desk, now(self.rig));
            match (outcome.stopped, operator.gone()) {
                (Some(Stopped::Aborted), _) => {
                    let (from, records) = (now(self.rig), self.lines());
                    sleep(operator.aborted_for()).await;
                    self.notes.aborts.push((from, now(self.rig), records));
                }
                (Some(stopped), _) => return End::Stopped(stopped),
                (None, Some(Gone::Crashed(crash))) => {
                    if crash.torn {
                        self.tear();
                    }
                    sleep(crash.away).await;
                }
                (None, Some(Gone::Satisfied)) => return End::Satisfied,
                (None, None) => return End::CutOff,
            }
            if now(self.rig).since(declared) >= self.drill.patience {
                return End::CutOff;
            }
            begun = Begun::left(self.rig, self.folder, "tests");
            looking = Looking::at(self.rig);
        }
    }

    /// One sitting; where somebody else takes over in it, theirs comes after it, and both are there for a moment.
    async fn sat(
        &self,
        begun: Begun,
        looking: Looking,
        operator: &Operator<'_>,
        declared: Timestamp,
        rival: &mut Option<Duration>,
    ) -> Outcome {
        let first = Box::pin(self.one(begun, looking, operator, declared));
        let Some(moment) = rival.filter(|moment| now(self.rig).since(declared) < *moment) else { return first.await };
        let alone = Cell::new(false);
        let first = async {
            let outcome = first.await;
            alone.set(true);
            outcome
        };
        let second = async {
            while now(self.rig).since(declared) < moment {
                if alone.get() {
                    return None;
                }
                sleep(Duration::from_secs(1)).await;
            }
            if alone.get() {
                return None;
            }
            let begun = Begun::left(self.rig, self.folder, "bob");
            Some(Box::pin(self.one(begun, Looking::at(self.rig), operator, declared)).await)
        };
        let (first, second) = tokio::join!(first, second);
        match second {
            Some(second) => {
                *rival = None;
                assert!(
                    matches!(first.stopped, Some(Stopped::TakenOver(_))) || first.stopped.is_none(),
                    "somebody else has taken it over, and the first ended so: {:?}",
                    first.stopped
                );
                second
            }
            None => first,
        }
    }

    async fn one(&self, begun: Begun, looking: Looking, operator: &Operator<'_>, declared: Timestamp) -> Outcome {
        let people = &self.drill.people;
        let habits = Habits { overrides: people.overrides, asks_again: people.asks_again, ..Habits::STEADY };
        let habits = Habits { waits_for_the_owed: people.waits_for_the_owed, ..habits };
        let sitting = Sitting {
            patience: (declared + self.drill.patience).since(now(self.rig)),
            habits,
            interrupts: &|outcome| operator.sees(outcome, now(self.rig)),
            happens: &mut |_| Vec::new(),
            rules: Box::new(Sentinel { rig: self.rig.clone(), seen: Arc::clone(self.seen) }),
        };
        Box::pin(begun.sit(self.rig, self.armed.clone(), looking, None, sitting)).await
    }

    fn lines(&self) -> usize {
        std::fs::read(journal_in(self.folder)).unwrap().iter().filter(|byte| **byte == b'\n').count()
    }

    /// The beginning of a record that was never finished: nothing was done because of it.
    fn tear(&self) {
        let path = journal_in(self.folder);
        let mut bytes = std::fs::read(&path).unwrap();
        let last = bytes[..bytes.len() - 1].rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let half = last[..last.len() / 2].to_vec();
        bytes.extend(half);
        std::fs::write(&path, bytes).unwrap();
    }
}
