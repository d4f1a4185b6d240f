//! When to ask what: pure, so that it can be tested for hours of the world in a moment. It knows of questions, outcomes and time, of nothing
//! else.

mod background;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use drlab_core::asking::Planned;
use drlab_core::domain::{Kind, Question, Subject, Timestamp};

use super::barrier::{self, Bar, Barriers};
use super::limits::{self, Host, Limits, Meter, Service};
use super::outcome::Outcome;

/// How often one looks while somebody waits for it.
const HURRY: Duration = Duration::from_secs(1);
/// What failed once is looked at again this soon: most single failures are nothing. So is what tells of an outage, until it has failed as often
/// as it takes: everybody waits for it.
const AGAIN: Duration = Duration::from_secs(1);
/// Between the answer to a flight and the next one of the same question, whatever happens. Where nobody has answered there is nobody to spare.
const BREATH: Duration = Duration::from_millis(200);
/// So many flights of a host in a row without any answer, and it is dark.
const DARK_AFTER: u32 = 3;
/// Whoever looks at more workloads than this at once looks at a list, whose rows need not be as fresh as a picture: first in turn, at the
/// pace of the background.
const FEW: usize = 4;

#[derive(Clone, Debug)]
pub struct Cadence {
    entries: BTreeMap<Arc<Question>, Entry>,
    /// What is not in the air, by when it is due: a fleet has thousands of questions, and at any moment few of them matter.
    queue: BTreeSet<(Timestamp, Arc<Question>)>,
    /// Indices of workloads; `None`: all of them.
    attended: Option<BTreeSet<usize>>,
    /// Somebody waits for these, until then.
    awaited: BTreeMap<Subject, Timestamp>,
    limits: Limits,
    /// How much more seldom what nobody looks into is asked for than it would be if it were alone, by what limits it.
    stretch: BTreeMap<Meter, f64>,
    barriers: Barriers,
    /// Flights in a row that brought no answer.
    silent: BTreeMap<Host, u32>,
    chance: u64,
    pub tally: Tally,
}

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub flights: u64,
    pub failures: u64,
}

/// What to do now, and when to come back if nothing lands before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub depart: Vec<Question>,
    pub wake: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Entry {
    subjects: Vec<Subject>,
    way: Way,
    workloads: BTreeSet<usize>,
    /// How often it must fail until that counts.
    counts: u32,
    every: Duration,
    due: Timestamp,
    /// When the newest flight began.
    begun: Option<Timestamp>,
    landed: bool,
    /// In the air, scouting behind these bars.
    flight: Option<Vec<Bar>>,
    /// Asked for while in the air: what is in the air began too early.
    again: bool,
    /// Somebody has asked for this one look.
    asked: bool,
    failures: u32,
}

/// Whose turn comes first where tokens are few. Half of them are kept for the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    First,
    /// What somebody waits for is looked at again and again: that must not use up what the next thing to be known needs. A look that would
    /// be due even if nobody waited is not one of these.
    Again,
    /// Nobody looks at it.
    Last,
}

impl Turn {
    const ALL: [Self; 3] = [Self::First, Self::Again, Self::Last];
}

/// What a question meets, worked out once.
#[derive(Clone, Debug)]
struct Way {
    host: Host,
    service: Service,
    meters: Vec<Meter>,
    calls: u32,
}

impl Cadence {
    /// `speed`: how much faster the world is than the wall. `seed` decides how those who back off are spread.
    #[must_use]
    pub fn new(speed: f64, seed: u64) -> Self {
        Self {
            entries: BTreeMap::new(),
            queue: BTreeSet::new(),
            attended: None,
            awaited: BTreeMap::new(),
            limits: Limits::new(speed),
            stretch: BTreeMap::new(),
            barriers: Barriers::default(),
            silent: BTreeMap::new(),
            chance: seed,
            tally: Tally::default(),
        }
    }

    /// Takes over a plan. What is new is due at once; what is no longer in it is forgotten when it has landed.
    pub fn plan(&mut self, plan: Vec<Planned>, now: Timestamp) {
        let mut before = std::mem::take(&mut self.entries);
        self.queue.clear();
        for planned in plan {
            let (question, entry) = match before.remove_entry(&planned.question) {
                Some((question, known)) => {
                    let Planned { every, workloads, counts, .. } = planned;
                    (question, Entry { every, workloads, counts, ..known })
                }
                None => (Arc::new(planned.question.clone()), self.new_entry(planned, now)),
            };
            if entry.flight.is_none() {
                self.queue.insert((entry.due, Arc::clone(&question)));
            }
            self.entries.insert(question, entry);
        }
        self.share_out();
        // A scout that nobody will hear of must not keep the way shut.
        for bar in before.into_values().filter_map(|gone| gone.flight).flatten() {
            self.barriers.back(&bar);
        }
    }

    fn new_entry(&self, planned: Planned, due: Timestamp) -> Entry {
        let Planned { question, every, workloads, counts } = planned;
        Entry {
            subjects: question.subjects(),
            way: Way {
                host: limits::host(&question),
                service: limits::service(question.kind()),
                meters: self.limits.meters(&question),
                calls: limits::calls(&question),
            },
            workloads,
            counts,
            every,
            due,
            begun: None,
            landed: false,
            flight: None,
            again: false,
            asked: false,
            failures: 0,
        }
    }

    /// Somebody looks at these workloads, and at no others.
    pub fn attend(&mut self, workloads: impl IntoIterator<Item = usize>, now: Timestamp) {
        self.attended = Some(workloads.into_iter().collect());
        self.share_out();
        for question in self.entries.keys().cloned().collect::<Vec<_>>() {
            let period = self.period(&question, now);
            self.hasten(&question, period, now);
        }
    }

    /// Looks at these again now.
    pub fn refresh(&mut self, subjects: &[Subject], now: Timestamp) {
        for question in self.about(subjects) {
            if let Some(entry) = self.entries.get_mut(&question) {
                entry.again = entry.flight.is_some();
                entry.asked = true;
                // A key that is held down is no reason to hammer.
                let due = entry.begun.map_or(now, |begun| now.max(begun + BREATH));
                entry.put(&mut self.queue, &question, due);
            }
        }
    }

    /// Looks at these often until then: somebody waits for them to change.
    pub fn wait_for(&mut self, subjects: Vec<Subject>, until: Timestamp, now: Timestamp) {
        let questions = self.about(&subjects);
        self.awaited.extend(subjects.into_iter().map(|subject| (subject, until)));
        for question in questions {
            let period = self.period(&question, now);
            self.hasten(&question, period, now);
        }
    }

    /// Which flights start now. Whoever has been due for longest goes first.
    pub fn step(&mut self, now: Timestamp) -> Step {
        self.awaited.retain(|_, until| *until > now);
        let mut step = Step::default();
        let mut wake = |at: Timestamp| step.wake = Some(step.wake.map_or(at, |wake| wake.min(at)));
        let mut due = Vec::new();
        for (at, question) in &self.queue {
            if *at > now {
                wake(*at);
                break;
            }
            if let Some(entry) = self.entries.get(question) {
                due.push((*at, !self.is_attended(entry), entry.every, Arc::clone(question)));
            }
        }
        due.sort();
        // Where one had to wait for tokens, those behind it wait as well, lest what needs three never gets them.
        let mut queues: BTreeSet<(Meter, Turn)> = BTreeSet::new();
        for (at, unattended, _, question) in due {
            let Some(entry) = self.entries.get(&question) else { continue };
            let scouting = match self.way(&question, entry, now) {
                barrier::Way::Open(scouting) => scouting,
                barrier::Way::Shut(until) => {
                    until.into_iter().for_each(&mut wake);
                    continue;
                }
            };
            let turn = self.turn(entry, unattended, now);
            let Way { meters, calls, .. } = &entry.way;
            if meters.iter().any(|meter| queues.contains(&(meter.clone(), turn))) {
                continue;
            }
            let price = calls * self.price(entry);
            let late: Vec<_> = meters
                .iter()
                .map(|meter| (meter, self.limits.ready(meter, price, turn == Turn::First)))
                .filter(|(_, ready)| *ready > now)
                .collect();
            if let Some(ready) = late.iter().map(|(_, ready)| *ready).max() {
                wake(ready);
                for (meter, _) in late {
                    queues.extend(Turn::ALL.into_iter().filter(|other| *other >= turn).map(|other| (meter.clone(), other)));
                }
                continue;
            }
            for meter in meters {
                self.limits.take(meter.clone(), price, now);
            }
            for bar in &scouting {
                self.barriers.scout(bar);
            }
            if let Some(entry) = self.entries.get_mut(&question) {
                entry.flight = Some(scouting);
                entry.begun = Some(now);
                (entry.again, entry.asked) = (false, false);
            }
            self.tally.flights += 1;
            step.depart.push(Question::clone(&question));
            self.queue.remove(&(at, question));
        }
        step
    }

    /// A flight is back.
    pub fn land(&mut self, question: &Question, outcome: Outcome, now: Timestamp) {
        self.tally.failures += u64::from(outcome != Outcome::Answered);
        let Some((question, _)) = self.entries.get_key_value(question) else { return };
        let question = &Arc::clone(question);
        let Some(entry) = self.entries.get_mut(question) else { return };
        let begun = entry.begun.unwrap_or(now);
        for bar in entry.flight.take().into_iter().flatten() {
            self.barriers.back(&bar);
        }
        entry.landed = true;
        entry.failures = if outcome == Outcome::Answered { 0 } else { entry.failures.saturating_add(1) };
        let (failures, counts, again) = (entry.failures, entry.counts, std::mem::take(&mut entry.again));
        self.queue.insert((entry.due, Arc::clone(question)));
        self.learn(question, outcome, begun, now);
        let period = self.period(question, now);
        let host = limits::host(question);
        let next = match outcome {
            Outcome::Answered => begun + period,
            Outcome::Refused => begun + period.max(Duration::from_secs(30)),
            Outcome::Silent | Outcome::Broken if failures < counts && self.is_evidence(question) => begun + AGAIN,
            // The barrier paces them, and evidence keeps its own pace.
            Outcome::Silent if self.barriers.holds(&Bar::Dark(host)) && !self.is_evidence(question) => now + AGAIN,
            Outcome::Locked | Outcome::Throttled => now + AGAIN,
            Outcome::Silent | Outcome::Broken if failures == 1 => now + AGAIN.min(period),
            Outcome::Silent | Outcome::Broken => begun + period.min(Duration::from_secs(5 << failures.min(8).saturating_sub(2))),
        };
        let rested = if outcome == Outcome::Silent { now } else { now + BREATH };
        if let Some(entry) = self.entries.get_mut(question) {
            entry.put(&mut self.queue, question, if again { now } else { next.max(rested) });
        }
    }

    /// What an outcome says of whom else may be asked.
    fn learn(&mut self, question: &Question, outcome: Outcome, begun: Timestamp, now: Timestamp) {
        let (host, service) = (limits::host(question), limits::service(question.kind()));
        if host == Host::Wire {
            return;
        }
        let (dark, locked) = (Bar::Dark(host.clone()), Bar::Locked(host.clone()));
        let throttled = Bar::Throttled(host.clone(), service);
        let share = self.share();
        if outcome == Outcome::Silent {
            let silent = self.silent.entry(host.clone()).or_default();
            *silent = silent.saturating_add(1);
            if *silent >= DARK_AFTER && self.barriers.raise(dark, begun, now, share) {
                self.send_scouts(&host, now);
            }
            return;
        }
        self.silent.remove(&host);
        self.barriers.clear(&dark);
        match outcome {
            Outcome::Locked => {
                if self.barriers.raise(locked, begun, now, share) {
                    self.send_scouts(&host, now);
                }
            }
            Outcome::Throttled => {
                self.barriers.raise(throttled, begun, now, share);
            }
            Outcome::Answered => {
                self.barriers.clear(&locked);
                self.barriers.ease(&throttled, begun, now);
            }
            Outcome::Silent | Outcome::Broken | Outcome::Refused => {}
        }
    }

    /// Whatever was known of a host must be seen again when it is back, and something cheap has to see when that is.
    fn send_scouts(&mut self, host: &Host, now: Timestamp) {
        for (question, entry) in self.entries.iter_mut().filter(|(_, entry)| entry.way.host == *host) {
            let due = entry.due.min(now + AGAIN);
            entry.put(&mut self.queue, question, due);
        }
    }

    fn way(&self, question: &Question, entry: &Entry, now: Timestamp) -> barrier::Way {
        let Way { host, service, calls, .. } = &entry.way;
        let (dark, locked) = (Bar::Dark(host.clone()), Bar::Locked(host.clone()));
        let throttled = Bar::Throttled(host.clone(), service);
        let dark = (!self.is_evidence(question)).then_some(dark);
        match self.barriers.way(dark.into_iter().chain([locked, throttled]), now) {
            // A scout must be back soon, and each of its calls may take all our patience.
            barrier::Way::Open(scouting) if *calls > 1 && scouting.iter().any(|bar| !matches!(bar, Bar::Throttled(..))) => {
                barrier::Way::Shut(None)
            }
            way => way,
        }
    }

    /// What tells an impairment from a hiccup is looked at in the dark as in the light: it is counted. So is what somebody waits for, who must
    /// learn that it cannot be had.
    fn is_evidence(&self, question: &Question) -> bool {
        let Some(entry) = self.entries.get(question) else { return false };
        let counted = match question.kind() {
            Kind::Instance | Kind::Cluster => self.is_attended(entry),
            Kind::Targets | Kind::Checkers => self.is_looked_into(entry),
            // Whether it can be stopped: that nobody answers for it is counted too, and then known.
            Kind::Service => self.is_looked_into(entry) && entry.failures < entry.counts,
            // One call that speaks for every row of a list: whether a region answers at all.
            Kind::Identity => self.is_attended(entry) && !self.is_looked_into(entry),
            _ => false,
        };
        counted || self.is_awaited(entry)
    }

    fn is_attended(&self, entry: &Entry) -> bool {
        self.attended.as_ref().is_none_or(|attended| !attended.is_disjoint(&entry.workloads)) || self.is_awaited(entry)
    }

    fn is_looked_into(&self, entry: &Entry) -> bool {
        self.attended.as_ref().is_none_or(|attended| attended.len() <= FEW) && self.is_attended(entry)
    }

    fn turn(&self, entry: &Entry, unattended: bool, now: Timestamp) -> Turn {
        let early = entry.begun.is_some_and(|begun| now < begun + entry.every);
        match (unattended, entry.asked) {
            (true, _) => Turn::Last,
            (false, false) if early && self.is_awaited(entry) => Turn::Again,
            (false, _) => Turn::First,
        }
    }

    fn hasten(&mut self, question: &Arc<Question>, period: Duration, now: Timestamp) {
        if let Some(entry) = self.entries.get_mut(question)
            && let (Some(begun), 0) = (entry.begun, entry.failures)
        {
            let due = entry.due.min(now.max(begun + period));
            entry.put(&mut self.queue, question, due);
        }
    }

    /// Whether any question tells of it.
    #[must_use]
    pub fn asks_for(&self, subject: &Subject) -> bool {
        self.entries.values().any(|entry| entry.subjects.contains(subject))
    }

    fn about(&self, subjects: &[Subject]) -> Vec<Arc<Question>> {
        let asked = |entry: &Entry| entry.subjects.iter().any(|subject| subjects.contains(subject));
        self.entries.iter().filter(|(_, entry)| asked(entry)).map(|(question, _)| Arc::clone(question)).collect()
    }

    /// Between 0 and 1, the same for the same seed (`SplitMix64`).
    fn share(&mut self) -> f64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }

    /// Whether every question has been asked and come back, with an answer or without.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.entries.values().all(|entry| entry.landed)
    }
}

impl Entry {
    /// Makes it due then; what is in the air is put into the queue when it lands.
    fn put(&mut self, queue: &mut BTreeSet<(Timestamp, Arc<Question>)>, question: &Arc<Question>, due: Timestamp) {
        if self.flight.is_none() && self.due != due {
            queue.remove(&(self.due, Arc::clone(question)));
            queue.insert((due, Arc::clone(question)));
        }
        self.due = due;
    }
}

#[cfg(test)]
mod tests;
