use std::sync::Arc;
use std::time::Duration;

use drlab_core::config::Workload;
use drlab_core::domain::{Change, Observation, Receipt, Snapshot, Timestamp};
use drlab_core::run::{Circumstances, Command, Desk, Mode, Order, Record, Rules, Run, Switched, decide};
use drlab_core::runbook::{History, Plan, Runbook, unfold};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{mpsc, oneshot};

use super::attention::Attention;
use super::hands::Hands;
use super::telling::Board;
use crate::clock::WorldClock;
use crate::store::{Journal, Lease};
use crate::watch;

/// Time alone can change a decision: what is settled, backed off from or timed out.
const PULSE: Duration = Duration::from_millis(250);
/// How often it is looked whether somebody else has taken the run over, while there is nothing to be written.
const LEASE_LOOKS: Duration = Duration::from_secs(2);
/// Decisions in a row without a rest. More would be two rules that contradict each other, and nothing must come of that.
const MOST_TURNS: usize = 1_000;

/// One run, being carried out.
#[derive(Debug)]
pub struct Executor {
    pub workload: Workload,
    pub run: Run,
    pub journal: Journal,
    pub lease: Lease,
    pub hands: Hands,
    pub rules: Box<dyn Rules + Send>,
    /// How long things took in earlier runs.
    pub history: History,
    pub clock: WorldClock,
    pub watch: mpsc::Sender<watch::Order>,
    pub news: Arc<watch::News>,
    pub snapshot: Snapshot,
    pub orders: mpsc::Receiver<Spoken>,
    pub board: Arc<Board>,
    /// What was written down before, as far as whoever looks at the board has still to hear of it.
    pub told: Told,
    /// Whether it stays after the end of the run for what is owed.
    pub persists: bool,
}

/// An order, who gives it, and where the answer to it goes.
pub type Spoken = (Order, String, oneshot::Sender<Result<(), String>>);

/// What was written down, and when.
pub type Told = Vec<(Timestamp, Record)>;

/// Why an executor has ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    #[error("the run is finished")]
    Finished,
    #[error("the run is aborted")]
    Aborted,
    /// What cannot be written down is not done.
    #[error("the journal cannot be written, so nothing more is done: {0}")]
    Journal(String),
    #[error("{0} has taken the run over")]
    TakenOver(String),
    #[error("the rules contradict each other; nothing was done about it")]
    Restless,
}

struct Answer {
    nth: u32,
    receipt: Receipt,
}

impl Executor {
    /// Goes on until it is over, somebody else goes on with it, or it cannot be written down any more. What is in the air at
    /// the end is waited for; whoever has taken the run over finds it in the journal without an answer.
    pub async fn run(mut self) -> Stopped {
        let hands = self.hands.clone();
        let mut flights = FuturesUnordered::new();
        let mut desk = Desk::default();
        let mut attention = Attention::default();
        let mut told = std::mem::take(&mut self.told);
        let mut shown = Arc::new(self.run.clone());
        let mut looked = self.clock.now();
        for record in self.run.lost() {
            if let Err(stopped) = self.write(record, &mut told) {
                return stopped;
            }
        }
        loop {
            match self.settle(&mut desk, &mut attention, &mut told) {
                Ok(calls) => flights.extend(calls.into_iter().map(|(nth, change)| {
                    let hands = hands.clone();
                    async move { Answer { nth, receipt: hands.carry_out(&change).await } }
                })),
                Err(stopped) => return stopped,
            }
            // Most turns write nothing, and a run with all its texts is big.
            if !told.is_empty() {
                shown = Arc::new(self.run.clone());
            }
            self.board.post(Arc::clone(&shown), desk.clone(), std::mem::take(&mut told));
            if flights.is_empty() {
                match self.run.mode {
                    Mode::Finished if !self.persists || self.run.owed().next().is_none() => return Stopped::Finished,
                    Mode::Aborted { .. } => return Stopped::Aborted,
                    Mode::Going | Mode::Paused { .. } | Mode::Finished => {}
                }
            }
            let record = tokio::select! {
                biased;
                Some(Answer { nth, receipt }) = flights.next() => Some(Record::Answered { nth, receipt }),
                Some((order, who, heard)) = self.orders.recv() => {
                    let taken = self.hear(order, &who, &desk);
                    // Whoever gave the order may not wait for the word.
                    drop(heard.send(taken.as_ref().map(|_| ()).map_err(Clone::clone)));
                    taken.ok()
                }
                observed = self.news.next() => {
                    self.learn(observed);
                    None
                }
                () = self.clock.sleep(PULSE) => None,
            };
            let now = self.clock.now();
            let written = match record {
                Some(record) => self.write(record, &mut told),
                None if now.since(looked) < LEASE_LOOKS => continue,
                // Whoever waits for an answer must not wait at a screen of what is not theirs any more. That the lease cannot be read just now
                // hinders nobody who writes nothing.
                None => self.still_ours().or_else(|stopped| if matches!(stopped, Stopped::TakenOver(_)) { Err(stopped) } else { Ok(()) }),
            };
            match written {
                Ok(()) => looked = now,
                Err(stopped) => return stopped,
            }
        }
    }

    fn learn(&mut self, observed: Vec<Arc<Observation>>) {
        for observation in observed {
            self.snapshot.put(observation);
        }
    }

    /// What is written down because of an order. A runbook that cannot take over is refused before anything is written: a journal that names
    /// one would be no journal of a run any more.
    fn hear(&self, order: Order, who: &str, desk: &Desk) -> Result<Record, String> {
        let record = order.heard(&self.run, desk, who)?;
        let Record::Switched(mut switched) = record else { return Ok(record) };
        let plan = self.unfolded(&switched)?;
        self.run.may_switch(&plan)?;
        switched.told = self.run.consequences(&plan).join("; ");
        Ok(Record::Switched(switched))
    }

    /// Decides until there is nothing more to decide, and gives what is to be called: every one of them is written down already.
    fn settle(&mut self, desk: &mut Desk, attention: &mut Attention, told: &mut Told) -> Result<Vec<(u32, Change)>, Stopped> {
        let mut calls = Vec::new();
        for _ in 0..MOST_TURNS {
            let now = self.clock.now();
            let at = Circumstances { workload: &self.workload, snapshot: &self.snapshot, rules: &*self.rules, history: &self.history, now };
            let commands = decide(&self.run, at, desk);
            let mut wrote = false;
            let mut wanted = Vec::new();
            for command in commands {
                match command {
                    Command::Write(record) => {
                        self.write(record, told)?;
                        wrote = true;
                    }
                    Command::Call { nth, change } => calls.push((nth, change)),
                    Command::Watch { subjects, since } => wanted.extend(subjects.into_iter().map(|subject| (subject, since))),
                }
            }
            if !wrote {
                // Whatever its steps ask about now: who writes is told by the databases that it has made.
                let made = if self.run.is_over() { Vec::new() } else { self.run.memory.made(self.run.plan.kind, &self.workload) };
                wanted.extend(made.into_iter().map(|subject| (subject, Timestamp::default())));
                attention.turn_to(wanted, now, &self.watch);
                return Ok(calls);
            }
        }
        Err(Stopped::Restless)
    }

    fn still_ours(&self) -> Result<(), Stopped> {
        match self.lease.lost_to() {
            Ok(None) => Ok(()),
            Ok(Some(holder)) => Err(Stopped::TakenOver(holder.who)),
            Err(error) => Err(Stopped::Journal(format!("the lease cannot be read: {error}"))),
        }
    }

    /// What another runbook unfolds to in the middle of a run.
    fn unfolded(&self, switched: &Switched) -> Result<Plan, String> {
        let (name, text) = (&switched.runbook, &switched.runbook_text);
        let runbook = Runbook::parse(name, name, text, &|action| action.deed()).map_err(|error| error.to_string())?;
        Ok(unfold(&runbook, &self.workload, self.run.declared.source, &|action| action.deed()))
    }

    fn write(&mut self, record: Record, told: &mut Told) -> Result<(), Stopped> {
        // Whoever has taken it over writes into the same journal: nothing comes between.
        self.still_ours()?;
        let now = self.clock.now();
        let plan = match &record {
            Record::Switched(switched) => Some(self.unfolded(switched).map_err(Stopped::Journal)?),
            _ => None,
        };
        self.journal.append(now, &record).map_err(|error| Stopped::Journal(error.to_string()))?;
        told.push((now, record.clone()));
        self.run.take(now, record, plan);
        Ok(())
    }
}
