//! The loop that asks: flights as the cadence has them, answers into the snapshot, what is new to whoever listens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use drlab_core::asking::{self, Planned};
use drlab_core::config::Config;
use drlab_core::domain::{Cause, Kind, Observation, Question, Reading, Snapshot, Subject, Timestamp, Trouble};
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc;

use super::cadence::{Cadence, Step, Tally};
use super::eyes::Eyes;
use super::news::News;
use super::outcome::Outcome;
use crate::clock::WorldClock;

/// How long a flight may take with all its calls and pages, and what that must be on the wall at least.
const PATIENCE: Duration = Duration::from_secs(10);
const LEAST_PATIENCE: Duration = Duration::from_secs(3);

/// As many orders can wait for the watch before whoever gives them has to.
const MOST_ORDERS: usize = 64;

/// As many questions of no plan are asked at once. A run makes a database or two.
const MOST_GUESTS: usize = 32;

/// For how long what tells of an outage is looked at often, after users were last seen to fail.
const ALARMED: Duration = Duration::from_secs(30);

/// What the watch can be told.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Somebody looks at these workloads (indices), and at no others.
    Attend(Vec<usize>),
    /// Look at these again now: with a look that begins after this order.
    Refresh(Vec<Subject>),
    /// Look at these often until then: something is about to change, and somebody waits for it. What no workload's plan knows (a database that
    /// a run has made) is asked for until then and forgotten.
    Await {
        subjects: Vec<Subject>,
        until: Timestamp,
    },
    /// From now on what this names is looked at: the same workloads, with other databases.
    Plan(Arc<Config>),
    /// Tell these, too: all that is known, and then what is new; for as long as somebody keeps them.
    Listen(Arc<News>),
    /// What somebody beside the watch has looked at himself, such as how the credentials stand, is known and told like everything else.
    Learn(Vec<Reading>),
    Stop,
}

/// Asks for ever, and tells what is new.
#[derive(Debug)]
pub struct Watch {
    desk: Desk,
    eyes: Eyes,
    orders: mpsc::Receiver<Order>,
    news: Arc<News>,
}

/// What is held while asking: the plan, its pace and what has been learnt.
#[derive(Debug)]
struct Desk {
    config: Arc<Config>,
    cadence: Cadence,
    snapshot: Snapshot,
    /// What is asked beside the plan, and until when somebody waits for it.
    guests: BTreeMap<Question, Timestamp>,
    /// Something has been learnt that planning depends on.
    replan: bool,
}

struct Landed {
    question: Question,
    readings: Vec<Reading>,
}

impl Watch {
    /// Everything is attended until told otherwise. `seed` decides how those who back off are spread.
    #[must_use]
    pub fn new(eyes: Eyes, config: Arc<Config>, seed: u64) -> (Self, mpsc::Sender<Order>, Arc<News>) {
        let (give, orders) = mpsc::channel(MOST_ORDERS);
        let news = Arc::new(News::default());
        let desk = Desk::new(config, &eyes.clock, seed);
        (Self { desk, eyes, orders, news: Arc::clone(&news) }, give, news)
    }

    /// Until it is told to stop, or nobody is left to tell it anything. Gives back how much it has asked.
    pub async fn run(self) -> Tally {
        let Self { mut desk, eyes, mut orders, news } = self;
        let mut flights = FuturesUnordered::new();
        let mut listeners: Vec<Weak<News>> = Vec::new();
        loop {
            let now = eyes.clock.now();
            let Step { depart, wake } = desk.step(now);
            flights.extend(depart.into_iter().map(|question| fly(&eyes, question)));
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(Order::Attend(workloads)) => desk.attend(workloads, eyes.clock.now(), |observation| news.put(observation)),
                    Some(Order::Refresh(subjects)) => desk.cadence.refresh(&subjects, eyes.clock.now()),
                    Some(Order::Await { subjects, until }) => desk.wait_for(subjects, until, eyes.clock.now()),
                    Some(Order::Plan(config)) => (desk.config, desk.replan) = (config, true),
                    Some(Order::Listen(listener)) => {
                        desk.snapshot.iter().for_each(|known| listener.put(Arc::new(known.clone())));
                        listeners.retain(|other| other.strong_count() > 0);
                        listeners.push(Arc::downgrade(&listener));
                    }
                    Some(Order::Learn(readings)) => {
                        for observation in readings.into_iter().filter_map(|reading| desk.snapshot.take(reading)) {
                            tell(&listeners, &news, &observation);
                        }
                    }
                    Some(Order::Stop) | None => return desk.cadence.tally,
                },
                Some(landed) = flights.next() => {
                    let mut next = Some(landed);
                    // Whatever else is back already, so that one plan and one waking serve all of it.
                    while let Some(landed) = next {
                        desk.take(landed, eyes.clock.now(), |observation| tell(&listeners, &news, &observation));
                        next = flights.next().now_or_never().flatten();
                    }
                }
                () = sleep_until(&eyes.clock, wake) => {}
            }
        }
    }
}

/// Asks everything once (what depends on names that must be learnt, afterwards), for those who want to know and go, and goes on asking until
/// they have seen enough. What has not been answered when patience ends stays unknown.
pub async fn once(eyes: &Eyes, config: Arc<Config>, patience: Duration, enough: impl Fn(&Snapshot, Timestamp) -> bool) -> Snapshot {
    let mut desk = Desk::new(config, &eyes.clock, 0);
    let deadline = eyes.clock.now() + patience;
    let mut flights = FuturesUnordered::new();
    loop {
        let now = eyes.clock.now();
        if now >= deadline || (desk.is_complete() && enough(&desk.snapshot, now)) {
            return desk.snapshot;
        }
        let Step { depart, wake } = desk.step(now);
        flights.extend(depart.into_iter().map(|question| fly(eyes, question)));
        tokio::select! {
            biased;
            Some(landed) = flights.next() => desk.take(landed, eyes.clock.now(), drop),
            () = sleep_until(&eyes.clock, Some(wake.map_or(deadline, |wake| wake.min(deadline)))) => {}
        }
    }
}

/// Asks once more, for what is in no plan: each of these that nothing is known of. What has not been answered when patience ends stays unknown.
pub async fn beside(eyes: &Eyes, config: &Config, snapshot: &mut Snapshot, subjects: &[Subject], patience: Duration) {
    let unknown = subjects.iter().filter(|subject| snapshot.get(subject).is_none());
    let questions: BTreeSet<_> = unknown.filter_map(|subject| asking::question_for(subject, config)).collect();
    let mut flights: FuturesUnordered<_> = questions.into_iter().map(|question| fly(eyes, question)).collect();
    let deadline = eyes.clock.now() + patience;
    loop {
        tokio::select! {
            biased;
            landed = flights.next() => {
                let Some(landed) = landed else { return };
                for reading in landed.readings {
                    snapshot.take(reading);
                }
            }
            () = sleep_until(&eyes.clock, Some(deadline)) => return,
        }
    }
}

impl Desk {
    fn new(config: Arc<Config>, clock: &WorldClock, seed: u64) -> Self {
        Self { config, cadence: Cadence::new(clock.speed(), seed), snapshot: Snapshot::default(), guests: BTreeMap::new(), replan: true }
    }

    fn step(&mut self, now: Timestamp) -> Step {
        let before = self.guests.len();
        self.guests.retain(|_, until| *until > now);
        self.replan |= self.guests.len() != before;
        self.plan(now);
        self.cadence.step(now)
    }

    fn plan(&mut self, now: Timestamp) {
        if std::mem::take(&mut self.replan) {
            let mut plan = asking::plan(&self.config, &self.snapshot);
            let guests = self.guests.keys().filter(|guest| !plan.iter().any(|planned| planned.question == **guest));
            let guests: Vec<_> = guests
                .map(|question| Planned {
                    question: question.clone(),
                    every: question.kind().every(),
                    workloads: BTreeSet::new(),
                    counts: 1,
                })
                .collect();
            plan.extend(guests);
            self.cadence.plan(plan, now);
        }
    }

    fn wait_for(&mut self, subjects: Vec<Subject>, until: Timestamp, now: Timestamp) {
        self.plan(now);
        for subject in &subjects {
            // Whoever is asked for already, as a guest too, is not asked for twice.
            let guest = self.guests.iter_mut().find(|(question, _)| question.subjects().contains(subject));
            if let Some((_, end)) = guest {
                *end = until.max(*end);
            } else if !self.cadence.asks_for(subject)
                && self.guests.len() < MOST_GUESTS
                && let Some(question) = asking::question_for(subject, &self.config)
            {
                self.guests.insert(question, until);
                self.replan = true;
            }
        }
        self.plan(now);
        self.cadence.wait_for(subjects, until, now);
    }

    /// What somebody begins to look into is held to its kind's own limits at once, however seldom it was looked at before.
    fn attend(&mut self, workloads: Vec<usize>, now: Timestamp, tell: impl FnMut(Arc<Observation>)) {
        self.cadence.attend(workloads, now);
        let Self { cadence, snapshot, .. } = self;
        cadence.paces(now).filter_map(|(subject, pace)| snapshot.pace(subject, pace)).for_each(tell);
    }

    fn take(&mut self, landed: Landed, now: Timestamp, mut tell: impl FnMut(Arc<Observation>)) {
        let Landed { question, readings } = landed;
        self.cadence.land(&question, Outcome::of(&readings), now);
        let pace = self.cadence.pace(&question, now);
        for reading in readings {
            let subject = reading.subject.clone();
            let teaches = asking::teaches(reading.subject.kind);
            let before = teaches.then(|| self.snapshot.get(&reading.subject).and_then(Observation::fact).cloned());
            let taken = self.snapshot.take(reading);
            if let Some(observation) = &taken {
                self.alarm(observation, now);
                self.replan |= before.is_some_and(|before| before.as_ref() != observation.fact());
            }
            if let Some(observation) = self.snapshot.pace(&subject, pace).or(taken) {
                tell(observation);
            }
        }
    }

    /// Users fail: whether that is an outage is told by what the load balancers find, and somebody waits for it.
    fn alarm(&mut self, seen: &Observation, now: Timestamp) {
        if seen.subject.kind != Kind::Sight || seen.ailing.is_none() {
            return;
        }
        let config = Arc::clone(&self.config);
        for (nth, workload) in config.workloads.iter().enumerate() {
            if workload.record_sight() == seen.subject && self.cadence.looks_into(nth) {
                self.cadence.wait_for(asking::targets(workload), now + ALARMED, now);
            }
        }
    }

    fn is_complete(&self) -> bool {
        !self.replan && self.cadence.is_complete()
    }
}

fn tell(listeners: &[Weak<News>], news: &News, observation: &Arc<Observation>) {
    for listener in listeners.iter().filter_map(Weak::upgrade) {
        listener.put(Arc::clone(observation));
    }
    news.put(Arc::clone(observation));
}

/// One flight, which ends.
async fn fly(eyes: &Eyes, question: Question) -> Landed {
    let begun = eyes.clock.now();
    let patience = eyes.clock.on_the_wall(PATIENCE).max(LEAST_PATIENCE);
    let readings = match tokio::time::timeout(patience, eyes.ask(&question)).await {
        Ok(readings) => readings,
        Err(_) => {
            let trouble = Trouble::new(Cause::Silent, "no answer");
            let read = eyes.clock.now();
            let reading = |subject| Reading { subject, begun, read, outcome: Err(trouble.clone()) };
            question.subjects().into_iter().map(reading).collect()
        }
    };
    Landed { question, readings }
}

async fn sleep_until(clock: &WorldClock, wake: Option<Timestamp>) {
    match wake {
        Some(wake) => clock.sleep(wake.since(clock.now()).max(Duration::from_millis(1))).await,
        None => std::future::pending().await,
    }
}
