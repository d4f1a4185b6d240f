use std::sync::Arc;
use std::time::Duration;

use drlab_core::domain::Timestamp;
use drlab_core::run::{self, Desk, Finished, Mode, Record, Run, Stance};
use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};

use super::consent::Consent;
use super::halt::{Halt, Quiet};
use crate::aws::Keeper;
use crate::engine::{Board, Executor, Spoken, Stopped, View};
use crate::store::Lease;
use crate::term::{Signal, Signals};
use crate::watch::{Order, Watch};

/// Why a run is paused that was interrupted: whoever takes it up again need not be asked about it.
pub(super) const INTERRUPTED: &str = "the console was asked to end";
/// How long what is in the air is waited for once somebody wants us gone. On the wall.
const LEAVING: Duration = Duration::from_secs(3);

/// How long what a finished run owes is tried for, before whoever asked for it is told that it is still owed. World time.
const OWED: Duration = Duration::from_secs(300);

/// Something that was written down, for whoever listens.
#[derive(Debug)]
pub struct Told<'t> {
    /// Its number in the journal.
    pub seq: u64,
    pub at: Timestamp,
    pub record: &'t Record,
    pub run: &'t Run,
}

/// What has come of carrying it out.
#[derive(Debug)]
pub struct Carried {
    pub run: Arc<Run>,
    pub end: End,
    pub at: Timestamp,
    /// The number that the next record would have.
    pub seq: u64,
}

/// Why it is not being carried out any more.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Finished(Box<Finished>),
    Aborted,
    Halted(Halt),
    /// By this signal. It can be taken up again.
    Interrupted(&'static str),
    TakenOver(String),
    /// What cannot be written down is not done.
    Broken(String),
}

/// A run that is about to be carried out.
#[derive(Debug)]
pub(super) struct Carrying {
    pub(super) executor: Executor,
    pub(super) watch: Watch,
    pub(super) keeper: Keeper,
    pub(super) give: mpsc::Sender<Spoken>,
    pub(super) who: String,
    pub(super) lease: Lease,
    pub(super) signals: Signals,
    pub(super) seq: u64,
}

/// What was seen of the run last.
struct Seen {
    run: Arc<Run>,
    desk: Desk,
    seq: u64,
}

impl Seen {
    fn take(&mut self, view: View, tell: &mut dyn FnMut(Told<'_>)) {
        for (at, record) in &view.news {
            tell(Told { seq: self.seq, at: *at, record, run: &view.run });
            self.seq += 1;
        }
        (self.run, self.desk) = (view.run, view.desk);
    }
}

impl Carrying {
    pub(super) async fn carry(self, consent: &Consent, tell: &mut dyn FnMut(Told<'_>)) -> Carried {
        let Self { executor, watch, keeper, give, who, lease, mut signals, seq } = self;
        let clock = executor.clock;
        let board: Arc<Board> = Arc::clone(&executor.board);
        let mut seen = Seen { run: Arc::new(executor.run.clone()), desk: Desk::default(), seq };
        let mut quiet = Quiet::default();
        let mut leaving: Option<&'static str> = None;
        let begun = clock.now();
        let deadline = tokio::time::sleep(Duration::MAX);
        let keeping = keep(keeper, executor.watch.clone());
        let (executing, watching) = (executor.run(), watch.run());
        tokio::pin!(executing, watching, keeping, deadline);
        let end = loop {
            tokio::select! {
                biased;
                stopped = &mut executing => {
                    if let Some(view) = board.next().now_or_never() {
                        seen.take(view, tell);
                    }
                    break ended(stopped, &seen.run);
                }
                signal = signals.next() => {
                    let Signal::End { name, .. } = signal else { continue };
                    if leaving.replace(name).is_some() {
                        break End::Interrupted(name);
                    }
                    deadline.as_mut().reset(tokio::time::Instant::now() + LEAVING);
                    say(&give, &who, [run::Order::Pause { reason: INTERRUPTED.to_owned() }]);
                }
                view = board.next() => {
                    seen.take(view, tell);
                    let in_the_air = seen.desk.stances.values().any(|stance| matches!(stance, Stance::InTheAir { .. }));
                    if let Some(name) = leaving {
                        if !in_the_air && !matches!(seen.run.mode, Mode::Going) {
                            break End::Interrupted(name);
                        }
                        continue;
                    }
                    if let Some(finished) = seen.run.finished.as_ref().filter(|_| !in_the_air && clock.now().since(begun) >= OWED) {
                        break End::Finished(Box::new(finished.clone()));
                    }
                    say(&give, &who, consent.orders(&seen.run, &seen.desk));
                    if let Some(halt) = quiet.look(&seen.run, &seen.desk, consent, clock.now()) {
                        break End::Halted(halt);
                    }
                }
                () = &mut deadline => break End::Interrupted(leaving.unwrap_or("a signal")),
                _ = &mut watching => break End::Broken("the watch has ended".to_owned()),
                () = &mut keeping => {}
            }
        };
        // A lease that cannot be given back is one of a process that is gone: whoever comes next sees that.
        drop(lease.give_back());
        Carried { run: seen.run, end, at: clock.now(), seq: seen.seq }
    }
}

/// A full queue means that the executor has not heard the last words yet; they are said again if they still hold.
fn say(give: &mpsc::Sender<Spoken>, who: &str, orders: impl IntoIterator<Item = run::Order>) {
    for order in orders {
        let (heard, _) = oneshot::channel();
        drop(give.try_send((order, who.to_owned(), heard)));
    }
}

/// Credentials are looked after beside everything else, and what becomes of them is news.
async fn keep(mut keeper: Keeper, watch: mpsc::Sender<Order>) {
    while watch.send(Order::Learn(keeper.next().await)).await.is_ok() {}
}

fn ended(stopped: Stopped, run: &Run) -> End {
    match stopped {
        Stopped::Finished => {
            run.finished.clone().map_or(End::Broken("finished without saying how".to_owned()), |how| End::Finished(Box::new(how)))
        }
        Stopped::Aborted => End::Aborted,
        Stopped::TakenOver(who) => End::TakenOver(who),
        Stopped::Journal(_) | Stopped::Restless => End::Broken(stopped.to_string()),
    }
}
