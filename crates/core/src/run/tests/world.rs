//! A world with nothing in it but stages: each is true some time after its change arrived. What AWS answers, loses and refuses is drawn by lot,
//! and so is when the console dies.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::{Site, Workload};
use crate::domain::change::{Again, SHOWS_BY};
use crate::domain::{Change, Receipt, Region, Snapshot, Subject, Timestamp, What};
use crate::run::{Circumstances, Command, Declared, Desk, Guarded, Loss, Mode, Order, Record, Rules, Run, decide};
use crate::runbook::{Action, Certainty, Confirm, Guard, History, Kind, OnFail, Part, Past, Plan, Scene, Stage, Standing};

pub(super) const START: Timestamp = Timestamp::from_secs(1_795_165_200);

/// Numbers that look like luck.
#[derive(Clone, Debug)]
pub(super) struct Luck(pub(super) u64);

impl Luck {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        // A linear congruential generator by Knuth; the high bits are the better ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }

    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// What is really so.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) now: Timestamp,
    /// When each stage became or becomes true.
    pub(super) becomes: BTreeMap<String, Timestamp>,
    /// When what is becoming so is to be seen at all.
    shows: BTreeMap<String, Timestamp>,
    /// How often each stage's change took effect.
    pub(super) effects: BTreeMap<String, u32>,
    /// Guards that hold from then on.
    guards_from: Timestamp,
}

/// The world as rules that look at it.
#[derive(Debug)]
pub(super) struct Eyes<'w>(pub(super) &'w RefCell<World>);

impl Rules for Eyes<'_> {
    fn subjects(&self, _scene: &Scene<'_>) -> Vec<Subject> {
        vec![Subject::credentials()]
    }

    fn guarded(&self, _scene: &Scene<'_>) -> Vec<Subject> {
        Vec::new()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        let world = self.0.borrow();
        let id = scene.stage.id.as_str();
        if scene.stage.action == Action::NotifyTopic {
            // Nobody can look whether a message was sent: there is only what was answered, and what people say.
            let accepted = |past: &Past| matches!(past.answer, Some((_, Receipt::Accepted { .. })));
            return match scene.memory.said.get(id) {
                Some(note) => Standing::Done { shows: note.clone(), certainty: Certainty::Told },
                None if scene.past().any(accepted) => Standing::proven("accepted"),
                None => Standing::needs([change(id, scene.stage.action)]),
            };
        }
        let shows = |_: &&Timestamp| world.shows.get(id).is_none_or(|at| *at <= scene.now);
        match world.becomes.get(id).filter(shows) {
            Some(at) if *at <= scene.now => match scene.stage.action {
                Action::ProbeClientEye => {
                    Standing::Holding { shows: "seen".to_owned(), as_of: scene.now, times: 3, apart: Duration::from_secs(5) }
                }
                _ => Standing::proven("it is so"),
            },
            Some(_) => Standing::working("it is becoming so"),
            None => Standing::needs([change(id, scene.stage.action)]),
        }
    }

    fn guard(&self, guard: Guard, scene: &Scene<'_>) -> Guarded {
        let holds = self.0.borrow().guards_from <= scene.now;
        Guarded { guard: guard.word().to_owned(), holds: Some(holds), why: "by lot".to_owned() }
    }

    fn loss(&self, scene: &Scene<'_>) -> Loss {
        Loss { at: scene.now, seconds: Some(1.5), objects: Some(0), told: "~1.5s".to_owned() }
    }
}

/// One of each kind: harmless again, refused again, twice if again, and twice but for all to see.
pub(super) fn change(id: &str, action: Action) -> Change {
    let region = Region::new("us-west-2");
    let name = id.to_owned();
    let what = match action {
        Action::DatabasePromote => What::PromoteReplica { instance: name },
        Action::ServiceRedeploy => What::Redeploy { cluster: String::new(), service: name },
        Action::NotifyTopic => What::Publish { topic: name, subject: String::new(), message: String::new() },
        _ => What::ScaleService { cluster: String::new(), service: name, desired: 2 },
    };
    Change::new(&region, what)
}

/// A plan drawn by lot: earlier stages are needed by later ones.
pub(super) fn plan(luck: &mut Luck) -> Plan {
    let count = 2 + luck.below(6);
    let mut stages: Vec<Stage> = Vec::new();
    for nth in 0..count {
        let actions = [Action::ServiceScale, Action::DatabasePromote, Action::NotifyTopic, Action::ProbeClientEye, Action::ServiceRedeploy];
        let action = actions[usize::try_from(luck.below(5)).unwrap()];
        let needs = stages.iter().filter(|_| luck.one_in(2)).map(|stage| stage.id.clone()).collect();
        let confirm = [Confirm::None, Confirm::Key, Confirm::Type][usize::try_from(luck.below(3)).unwrap()];
        let on_fail = [OnFail::Pause, OnFail::Retry(2), OnFail::Continue][usize::try_from(luck.below(3)).unwrap()];
        stages.push(Stage {
            id: format!("stage-{nth}"),
            step: format!("stage-{nth}"),
            title: String::new(),
            action,
            site: Site::Standby,
            part: Part::Whole,
            needs,
            guards: if luck.one_in(2) { vec![Guard::AutomationQuiet] } else { Vec::new() },
            confirm,
            expect: Duration::from_secs(60),
            timeout: Duration::from_secs(600),
            on_fail,
            note: None,
            with: BTreeMap::new(),
        });
    }
    let (runbook, title, workload) = ("drawn".to_owned(), String::new(), "tier2".to_owned());
    Plan { runbook, title, workload, kind: Kind::Unplanned, source: Site::Primary, stages, omitted: Vec::new(), refused: None }
}

/// A run in this world, with its journal.
pub(super) struct Story {
    pub(super) world: RefCell<World>,
    pub(super) journal: Vec<(Timestamp, Record)>,
    pub(super) run: Run,
    pub(super) desk: Desk,
    pub(super) workload: Workload,
    snapshot: Snapshot,
    history: History,
    plan: Plan,
    /// Calls whose answers are on their way: when, and what.
    flying: Vec<(Timestamp, u32, Receipt)>,
    /// Whether AWS is good today.
    faults: bool,
}

impl Story {
    pub(super) fn new(plan: Plan, workload: Workload, faults: bool, luck: &mut Luck) -> Self {
        let world = World { now: START, guards_from: START + Duration::from_secs(luck.below(60)), ..World::default() };
        let declared = declared();
        let run = Run::declared(START, declared.clone(), plan.clone());
        let journal = vec![(START, Record::Declared(Box::new(declared)))];
        let (desk, snapshot, history) = (Desk::default(), Snapshot::default(), History::default());
        Self { world: RefCell::new(world), journal, run, desk, workload, snapshot, history, plan, flying: Vec::new(), faults }
    }

    /// A second of life: answers arrive, the engine decides, the world is called.
    pub(super) fn second(&mut self, luck: &mut Luck) {
        let now = START + Duration::from_secs(1) + self.world.borrow().now.since(START);
        self.world.borrow_mut().now = now;
        let (here, coming) = std::mem::take(&mut self.flying).into_iter().partition(|(at, ..)| *at <= now);
        self.flying = coming;
        for (_, nth, receipt) in here as Vec<(Timestamp, u32, Receipt)> {
            self.write(Record::Answered { nth, receipt });
        }
        for _ in 0..1_000 {
            let commands = self.decided();
            let mut wrote = false;
            for command in commands {
                match command {
                    Command::Write(record) => {
                        wrote = true;
                        self.write(record);
                    }
                    Command::Call { nth, change } => self.call(nth, &change, luck),
                    Command::Watch { .. } => {}
                }
            }
            if !wrote {
                return;
            }
        }
        panic!("it never comes to rest: {:#?}", self.journal.last());
    }

    pub(super) fn decided(&mut self) -> Vec<Command> {
        let rules = Eyes(&self.world);
        let now = self.world.borrow().now;
        decide(
            &self.run,
            Circumstances { workload: &self.workload, snapshot: &self.snapshot, rules: &rules, history: &self.history, now },
            &mut self.desk,
        )
    }

    pub(super) fn write(&mut self, record: Record) {
        let now = self.world.borrow().now;
        self.journal.push((now, record.clone()));
        self.run.take(now, record, None);
    }

    fn call(&mut self, nth: u32, change: &Change, luck: &mut Luck) {
        let last = self.journal.iter().rev().find_map(|(_, record)| match record {
            Record::Intent { nth, change, stage, .. } => Some((*nth, change.clone(), stage.clone())),
            _ => None,
        });
        let (_, _, stage) = last.filter(|(known, said, _)| *known == nth && said == change).expect("every call follows its intent");
        let mut world = self.world.borrow_mut();
        let now = world.now;
        let fate = if self.faults { luck.below(6) } else { 5 };
        let refused = |code: &str| Receipt::Refused { code: code.to_owned(), text: code.to_owned() };
        let receipt = match fate {
            0 => refused("Throttling"),
            1 => refused("InvalidDBInstanceState"),
            // Lost on the way there, or on the way back.
            2 => Receipt::Unknown { text: "no answer".to_owned() },
            _ => {
                let already = change.again() == Again::Refused && world.effects.contains_key(&stage);
                if !already {
                    *world.effects.entry(stage.clone()).or_default() += 1;
                    // Some take their time to be listed.
                    if change.again() == Again::Shows {
                        world.shows.entry(stage.clone()).or_insert(now + Duration::from_secs(luck.below(SHOWS_BY.as_secs())));
                    }
                    world.becomes.entry(stage).or_insert(now + Duration::from_secs(5 + luck.below(90)));
                }
                if fate == 3 { Receipt::Unknown { text: "no answer".to_owned() } } else { Receipt::Accepted { told: BTreeMap::new() } }
            }
        };
        self.flying.push((now + Duration::from_secs(luck.below(4)), nth, receipt));
    }

    /// Kill −9: all that is left is the journal. Then somebody starts it again.
    pub(super) fn crash(&mut self) {
        self.flying.clear();
        self.desk = Desk::default();
        let mut journal = self.journal.iter();
        let Some((at, Record::Declared(declared))) = journal.next() else { panic!("a journal begins with its declaration") };
        let mut run = Run::declared(*at, (**declared).clone(), self.plan.clone());
        for (at, record) in journal {
            run.take(*at, record.clone(), None);
        }
        assert_eq!(run, self.run, "the journal is the state");
        self.run = run;
        for record in self.run.lost() {
            self.write(record);
        }
    }

    /// Somebody who agrees to everything and tries everything again.
    pub(super) fn agree(&mut self) {
        let stages: Vec<_> = self.run.plan.stages.iter().map(|stage| stage.id.clone()).collect();
        for stage in stages {
            let stage = || stage.clone();
            let orders = [
                Order::Approve { stage: stage(), typed: Some("tier2".to_owned()) },
                // A person has looked, and it has not been done.
                Order::Retry { stage: stage() },
                Order::Acknowledge { stage: stage(), note: "seen".to_owned() },
            ];
            for order in orders {
                if let Ok(record) = order.heard(&self.run, &self.desk, "tests") {
                    self.write(record);
                }
            }
        }
        if matches!(self.run.mode, Mode::Paused { .. }) {
            let record = Order::Resume.heard(&self.run, &self.desk, "tests").unwrap();
            self.write(record);
        }
    }
}

pub(super) fn declared() -> Declared {
    Declared {
        run: "2026-11-20-tier2".to_owned(),
        version: "0".to_owned(),
        workload: "tier2".to_owned(),
        account: "123456789012".to_owned(),
        runbook: "drawn".to_owned(),
        runbook_text: String::new(),
        config_text: String::new(),
        source: Site::Primary,
        outage_at: None,
        reason: "a test".to_owned(),
        who: "tests".to_owned(),
        lab: true,
    }
}
