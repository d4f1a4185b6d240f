//! The console as a function of what happens to it: streams of everything that can happen, in any order, at any size. No lab, no clock: the real
//! `update` and the real `view`, fed with what a lab once answered, with a run that once was, and with what nobody sends.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use allocation_counter::measure;
use drlab_core::app::{Effect, Look, Message, Meter, Model, PastRun, Press, SessionKind, Theme, Unfinished, update};
use drlab_core::asking;
use drlab_core::domain::{Observation, Snapshot, Timestamp, Topic};
use drlab_core::keymap::{Chord, Key, Keymap};
use drlab_core::run::report::Report;
use drlab_core::run::{Desk, Guarded, Record, Run, Stance, replay};
use drlab_core::runbook::{Confirm, Runbook, Stage, shelf};
use drlab_tui::aws::observe;
use drlab_tui::clock::WorldClock;
use drlab_tui::probe::{Wire, look};
use drlab_tui::store::Reading;
use tokio::time::sleep;

use super::laws;
use super::leave::{Leave, Tried};
use super::monkey::{NASTY, SIZES, bound};
use crate::lab::rig::{Rig, START, config, paused};
use crate::luck::{Luck, told};
use crate::screens::styled;

/// How many streams there are unless `DRLAB_SEEDS` says otherwise, and how long each is.
const SEEDS: u64 = 12;
const LONG: u64 = 450;
/// So long nobody carries a run out yet.
const QUIET: u64 = 120;

/// What somebody types who knows what they want.
const HABITS: &[&str] = &[
    "A t i e r 2 enter",
    "A t i e r enter",
    "r enter d r i l l ctrl-y",
    "r right enter w h y enter",
    "a",
    "a ctrl-y",
    "a t i e r 2 ctrl-y",
    "a t i e r ctrl-y",
    "2 a",
    "ctrl-y",
    "n s e e n enter",
    "o g o n e ctrl-y",
    "s s k i p ctrl-y",
    "T",
    "c",
    "p",
    "x s t o p ctrl-y",
    "f",
    ": l a g enter",
    "4 / d b enter j j G k",
    "5 enter esc",
];

/// The same, where they are asked for consent; rightly, too soon, or with another name.
const CONSENTS: &[&str] = &["a ctrl-y", "a t i e r 2 ctrl-y", "a t i e r ctrl-y", "a enter", "a y"];

/// A run as it was, and what had just been written down.
type Step = (Run, Vec<(Timestamp, Record)>);

/// What there is to happen.
struct Material {
    /// What was learnt of each topology, in one go, at one time of one day.
    observed: Vec<(&'static str, Vec<Arc<Observation>>)>,
    /// A run of tier2, record by record.
    run: Vec<Step>,
    report: Report,
    shelf: Arc<Vec<Runbook>>,
}

fn material() -> &'static Material {
    static MATERIAL: OnceLock<Material> = OnceLock::new();
    MATERIAL.get_or_init(|| {
        let days = [None, Some("dark-region"), Some("brownout"), Some("liar-stale")];
        let observed = TOPOLOGIES.iter().flat_map(|topology| days.map(|day| (*topology, learnt(topology, day)))).collect();
        let (run, report) = carried_out();
        Material { observed, run, report, shelf: Arc::new(shelf(&[], &|action| action.deed()).0) }
    })
}

const TOPOLOGIES: &[&str] = &["tier2", "payments", "fleet"];

/// Everything that the console would ask, asked four minutes into a day.
fn learnt(topology: &str, day: Option<&str>) -> Vec<Arc<Observation>> {
    paused(async {
        let rig = Rig::playing(topology, day);
        sleep(Duration::from_secs(240)).await;
        let clock = WorldClock::new(START + Duration::from_secs(240), 1.0);
        let wire = Wire::lab(rig.way.clone(), &rig.stage.config);
        let (mut known, mut news) = (Snapshot::default(), Vec::new());
        for question in asking::questions(&rig.stage.config, &known).into_iter().take(120) {
            let readings = match &question.topic {
                Topic::Resolve { .. } | Topic::Look(_) => look(&wire, &question, &clock).await,
                _ => observe(&rig.aws, &question, &clock).await,
            };
            news.extend(readings.into_iter().filter_map(|reading| known.take(reading)));
        }
        assert!(news.len() > 20, "{topology}: only {} things were learnt", news.len());
        news
    })
}

/// The run of the committed journal as it was after each of its records.
fn carried_out() -> (Vec<Step>, Report) {
    let reading = Reading::of(include_bytes!("../../corpus/journal/unplanned.jsonl"));
    let records: Vec<_> = reading.lines.iter().map(|line| (line.at, line.record.clone())).collect();
    let (mut run, config) = replay(records.iter().take(1).map(|(at, record)| (*at, record)), &|action| action.deed()).unwrap();
    let mut all = vec![(run.clone(), records[..1].to_vec())];
    for (at, record) in &records[1..] {
        run.take(*at, record.clone(), None);
        all.push((run.clone(), vec![(*at, record.clone())]));
    }
    let workload = config.workload(&run.declared.workload).unwrap();
    let report = Report::of(&run, workload, &records, &reading.hash, None);
    (all, report)
}

struct Stream {
    luck: Luck,
    bound: Vec<Chord>,
    /// On the operator's wall.
    at: Duration,
    now: Timestamp,
    /// The record of the run that was told last.
    told: usize,
    /// Keys that are still to be pressed, and how long there is between them.
    typing: (Vec<Chord>, Duration),
}

impl Stream {
    fn next(&mut self, model: &Model, nth: u64) -> Message {
        if let Some(chord) = self.typing.0.pop() {
            // Something may come between.
            if !self.luck.once_in(20) {
                self.at += self.typing.1;
                return self.pressed(chord);
            }
            self.typing.0.push(chord);
        }
        match self.luck.below(100) {
            0..26 => self.habit(model),
            26..44 => {
                let chord = self.luck.of(&self.bound);
                self.hand(chord)
            }
            44..48 => {
                let letters: Vec<char> = (' '..='~').chain("äß東\u{301}".chars()).collect();
                let chord = Chord::plain(Key::Char(self.luck.of(&letters)));
                self.hand(chord)
            }
            48..52 => Message::Paste(self.luck.of(NASTY).repeat(1 + usize::from(self.luck.once_in(20)) * 500)),
            52..55 => Message::Wheel { down: self.luck.once_in(2) },
            55..62 => self.resize(),
            62..70 => self.tick(),
            70..76 => self.observed(),
            76..84 if nth >= QUIET => self.run(model),
            76..90 => self.habit(model),
            90 => Message::Metered(Meter {
                calls: self.luck.below(u64::MAX),
                calls_per_minute: f64::NAN,
                dollars_per_hour: f64::INFINITY,
                failed: u64::MAX,
            }),
            91 => Message::Session(self.luck.of(&[
                SessionKind::Asking,
                SessionKind::Live,
                SessionKind::Lab { speed: 20.0 },
                SessionKind::Lab { speed: f64::NAN },
                SessionKind::Elsewhere,
            ])),
            92 => Message::Copied(if self.luck.once_in(2) { Ok(self.nasty()) } else { Err(self.nasty()) }),
            93 => Message::Broken(self.nasty()),
            94 => Message::Shelf(Arc::clone(&material().shelf)),
            95 => self.luck.of(&[Message::Armed(Ok(())), Message::Armed(Err(NASTY[0].to_owned()))]),
            96 => self.luck.of(&[Message::Stopped(NASTY[1].to_owned()), Message::Refused(NASTY[5].to_owned())]),
            97 => self.left(),
            98 => Message::Past { runs: self.past(), histories: Default::default() },
            _ => Message::Report(if self.luck.once_in(3) { Err(self.nasty()) } else { Ok(Box::new(material().report.clone())) }),
        }
    }

    fn nasty(&mut self) -> String {
        let longer = self.luck.index(200);
        self.luck.of(NASTY).repeat(1 + longer)
    }

    fn pressed(&mut self, chord: Chord) -> Message {
        Message::Key(Press { chord, at: self.at, repeat: self.luck.once_in(25) })
    }

    /// After a while, or as fast as keys come out of a queue.
    fn hand(&mut self, chord: Chord) -> Message {
        self.at += Duration::from_millis(self.luck.of(&[0, 0, 20, 60, 210, 450, 2_000]));
        self.pressed(chord)
    }

    fn habit(&mut self, model: &Model) -> Message {
        let pause = Duration::from_millis(self.luck.of(&[0, 30, 210, 450, 600, 600, 600]));
        // Who is not armed wants to be, as a rule.
        let asked =
            model.running.as_ref().is_some_and(|running| running.stances.values().any(|stance| matches!(stance, Stance::Confirming)));
        let habit = match model.armed() {
            None if self.luck.once_in(2) => HABITS[0],
            Some(_) if asked && !self.luck.once_in(3) => self.luck.of(CONSENTS),
            _ => self.luck.of(HABITS),
        };
        let mut keys: Vec<_> = habit.split(' ').map(|key| Chord::parse(key).unwrap()).collect();
        keys.reverse();
        let first = keys.pop().unwrap();
        self.typing = (keys, pause);
        self.at += Duration::from_secs(1);
        self.pressed(first)
    }

    fn resize(&mut self) -> Message {
        let (columns, rows) = if self.luck.once_in(2) { self.luck.of(SIZES) } else { (1 + self.luck.small(300), 1 + self.luck.small(100)) };
        Message::Resize(columns, rows)
    }

    /// Time goes on; now and then somebody has set the clock.
    fn tick(&mut self) -> Message {
        let later =
            Duration::from_millis(self.luck.of(&[0, 300, 1_000, 1_000, 1_000, 1_000, 5_000, 5_000, 5_000, 60_000, 60_000, 700_000]));
        self.now = if self.luck.once_in(30) { self.now - later } else { self.now + later };
        if self.luck.once_in(2) { Message::Tick(self.now) } else { Message::Settle(self.now) }
    }

    /// What was learnt on some day, of this topology or of another; some of it, or all.
    fn observed(&mut self) -> Message {
        let (_, news) = &material().observed[self.luck.index(material().observed.len())];
        let from = self.luck.index(news.len());
        let many = if self.luck.once_in(3) { news.len() } else { 5 };
        Message::Observed(news[from..].iter().take(many).cloned().collect())
    }

    /// The run goes on a little, or stands at any of its records; and what is seen of its steps is anything.
    fn run(&mut self, model: &Model) -> Message {
        let all = &material().run;
        self.told = if self.luck.once_in(12) || model.running.is_none() { self.luck.index(all.len()) } else { (self.told + 1) % all.len() };
        let (run, news) = all[self.told].clone();
        let mut desk = Desk::default();
        for stage in &run.plan.stages {
            if !run.is_settled(&stage.id) && self.luck.once_in(6) {
                let stance = self.stance();
                desk.stances.insert(stage.id.clone(), stance);
            }
        }
        let consents = |stage: &&Stage| stage.confirm != Confirm::None && !run.is_settled(&stage.id);
        let waiting: Vec<_> = run.plan.stages.iter().filter(consents).map(|stage| stage.id.clone()).collect();
        if !waiting.is_empty() && !self.luck.once_in(3) {
            desk.stances.insert(self.luck.of(&waiting), Stance::Confirming);
        }
        Message::Run { run: Arc::new(run), desk, news }
    }

    fn stance(&mut self) -> Stance {
        let says = || NASTY[0].to_owned();
        let guard = Guarded { guard: "source.impaired".to_owned(), holds: None, why: NASTY[2].repeat(60) };
        self.luck.of(&[
            Stance::Confirming,
            Stance::Confirming,
            Stance::Confirming,
            Stance::Looking { what: says() },
            Stance::Blind { why: says() },
            Stance::Held { guards: vec![guard] },
            Stance::Asking { whom: says() },
            Stance::InTheAir { what: says() },
            Stance::Working { says: says(), share: Some(f64::NAN) },
            Stance::Working { says: says(), share: Some(1e300) },
            Stance::Holding { shows: says(), times: u32::MAX, of: 0 },
            Stance::BackingOff { why: says(), until: Timestamp::from_millis(i64::MAX) },
            Stance::Idle,
        ])
    }

    fn left(&mut self) -> Message {
        let (run, runbook) = (self.nasty(), self.nasty());
        let many = self.luck.index(4);
        let held_by = many.is_multiple_of(2).then(|| runbook.clone());
        let doubt = many.is_multiple_of(3).then(|| self.nasty());
        let left = Unfinished { run, workload: "tier2".to_owned(), runbook, began: Timestamp::from_millis(i64::MIN), held_by, doubt };
        Message::Unfinished(vec![left; many])
    }

    fn past(&mut self) -> Vec<PastRun> {
        let mut runs = vec![PastRun::of(&material().report), PastRun::unreadable(&self.nasty(), &self.nasty())];
        runs.truncate(self.luck.index(3));
        runs
    }
}

/// What was seen of a stream.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    tried: Tried,
    /// The most that any one message or picture asked for: allocations, and those for each of its cells or observations.
    update: u64,
    picture: u64,
}

/// Allocations that a message and a picture may need: so many, and so many for each observation, for each cell.
const MESSAGE: (u64, u64) = (250_000, 4_000);
const PICTURE: (u64, u64) = (40_000, 4);

fn play(seed: u64) -> Seen {
    let luck = Luck::new(seed);
    let topology = TOPOLOGIES[usize::try_from(seed % 6).unwrap().saturating_sub(3)];
    let theme = Theme::ALL[usize::try_from(seed).unwrap() % Theme::ALL.len()];
    let look = Look { theme, ascii: seed % 3 == 1 };
    let mut model = Model::new(Arc::new(config(topology)), Arc::new(Keymap::default()), look, (120, 40), START);
    let mut stream = Stream { luck, bound: bound(), at: Duration::ZERO, now: START, told: 0, typing: (Vec::new(), Duration::ZERO) };
    let (mut leave, mut seen) = (Leave::default(), Seen::default());
    update(&mut model, Message::Shelf(Arc::clone(&material().shelf)));
    if seed.is_multiple_of(2) {
        // All is well, and everything is known.
        let (_, known) = material().observed.iter().find(|(of, _)| *of == topology).unwrap();
        for message in [
            Message::Observed(known.clone()),
            Message::Tick(START + Duration::from_secs(241)),
            Message::Settle(START + Duration::from_secs(241)),
        ] {
            happen(&mut model, message, &mut leave, &mut seen);
        }
        stream.now = START + Duration::from_secs(241);
    }
    for nth in 0..LONG {
        let message = stream.next(&model, nth);
        let arms = happen(&mut model, message, &mut leave, &mut seen);
        if arms && !stream.luck.once_in(4) {
            happen(&mut model, Message::Armed(Ok(())), &mut leave, &mut seen);
        }
        if stream.luck.once_in(4) {
            draw(&model, &mut seen);
        }
        if !model.overlays.is_empty() && stream.luck.once_in(5) {
            laws::every_overlay_has_a_way_out(&model, stream.at);
        }
    }
    Seen { tried: leave.tried, ..seen }
}

/// One message, and everything that holds of it. Whether leave to change things is asked for.
fn happen(model: &mut Model, message: Message, leave: &mut Leave, seen: &mut Seen) -> bool {
    let (before, frozen, told) = (model.clone(), laws::frozen(model), message.clone());
    let news = if let Message::Observed(news) = &message { news.len() as u64 } else { 0 };
    let mut effects = Vec::new();
    let used = measure(|| effects = update(model, message));
    let most = MESSAGE.0 + MESSAGE.1 * news;
    assert!(used.count_total <= most, "{} allocations, and {most} are allowed, for {told:?}", used.count_total);
    seen.update = seen.update.max(used.count_total * 100 / most);
    laws::of_model(model);
    laws::keeps_to_its_bounds(model);
    laws::a_frozen_picture_stands_still(frozen, model);
    leave.check(&before, &told, &effects, model);
    effects.iter().any(|effect| matches!(effect, Effect::Arm(_)))
}

fn draw(model: &Model, seen: &mut Seen) {
    let mut drawn = None;
    let used = measure(|| drawn = Some(styled::drawn(model, model.size)));
    let most = PICTURE.0 + PICTURE.1 * u64::from(model.size.0) * u64::from(model.size.1);
    assert!(used.count_total <= most, "{} allocations for a picture of {:?}, and {most} are allowed", used.count_total, model.size);
    seen.picture = seen.picture.max(used.count_total * 100 / most);
    let drawn = drawn.unwrap();
    laws::of_picture(model, &drawn);
    laws::says_whether_it_may_change_anything(model, &drawn);
}

#[test]
fn whatever_happens_in_whatever_order_the_console_keeps_its_laws() {
    let (first, seeds) = (told("DRLAB_SEED", 0), told("DRLAB_SEEDS", SEEDS));
    let lane = |lane: u64| {
        let mut all = Seen::default();
        for seed in (first..first + seeds).filter(|seed| seed % 2 == lane) {
            let Ok(seen) = std::panic::catch_unwind(|| play(seed)) else {
                panic!("the same again: DRLAB_SEED={seed} DRLAB_SEEDS=1 cargo test --test it sitting::stream");
            };
            all.update = all.update.max(seen.update);
            all.picture = all.picture.max(seen.picture);
            let (sum, more) = (&mut all.tried, seen.tried);
            sum.armed += more.armed;
            sum.declared += more.declared;
            sum.approved += more.approved;
            sum.typed += more.typed;
            sum.ordered += more.ordered;
        }
        all
    };
    let [even, odd] = std::thread::scope(|scope| [0, 1].map(|number| scope.spawn(move || lane(number))).map(|lane| lane.join().unwrap()));
    println!("{even:?}\n{odd:?}");
    if seeds >= SEEDS {
        let tried = |of: fn(Tried) -> u64| of(even.tried) + of(odd.tried);
        let counts = [
            tried(|tried| tried.armed),
            tried(|tried| tried.declared),
            tried(|tried| tried.approved),
            tried(|tried| tried.typed),
            tried(|tried| tried.ordered),
        ];
        assert!(counts.iter().all(|count| *count > 0), "a law that was never tried: {counts:?}");
    }
}
