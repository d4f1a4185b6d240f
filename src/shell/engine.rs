//! What the console's screen asks of the engine, and what it hears from it. A run is carried out beside the watch, whoever looks.

use std::collections::VecDeque;
use std::future::{Future, pending};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use drlab_core::app::{Beginning, Message};
use drlab_core::config::{Config, Workload};
use drlab_core::domain::{Snapshot, Timestamp, excerpt};
use drlab_core::run::report::Report;
use drlab_core::run::{Catalogue, Desk, Mode, Order, Record, Run, replay};
use drlab_core::runbook::Runbook;
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{mpsc, oneshot};

use super::headless::{overtaken_by, read, restored, withheld};
use super::past::{self, Ours};
use crate::aws::act::{Armed, NotArmed};
use crate::aws::{self, Place};
use crate::clock::WorldClock;
use crate::engine::{Board, Declaration, Executor, Hands, Spoken, Stopped, Told, View};
use crate::probe::Wire;
use crate::store::{self, Holder, Journal, Lease};
use crate::watch;

/// Orders that may wait for the executor.
const MOST_ORDERS: usize = 64;
/// How often somebody else's run is looked for, on the wall: the folder's names, and nothing more while there is none.
const LOOKS: Duration = Duration::from_secs(5);

/// What the screen asks for.
#[derive(Debug)]
pub enum Request {
    Arm(usize),
    Disarm,
    Declare(Box<Beginning>),
    Order(Order),
    /// Act on what this names from now on.
    Plan(Arc<Config>),
    TakeUp(String),
    Read(String),
}

/// All that a run stands on.
#[derive(Debug)]
pub struct Engine {
    pub config: Arc<Config>,
    pub clock: WorldClock,
    pub wire: Wire,
    pub credentials: SharedCredentialsProvider,
    /// Another way to AWS than the network: a lab in this process.
    pub http: Option<SharedHttpClient>,
    pub watch: mpsc::Sender<watch::Order>,
    /// Where runs are kept; `None`: nowhere, and then nothing is begun.
    pub place: Option<store::Place>,
    pub runbooks: Arc<Vec<Runbook>>,
    pub who: String,
    pub lab: bool,
}

type Answer = Result<(), String>;
type Executing = Pin<Box<dyn Future<Output = Stopped>>>;
type Arming = Pin<Box<dyn Future<Output = (usize, Result<Armed, NotArmed>)>>>;

/// A run that is being carried out.
struct Current {
    executing: Executing,
    board: Arc<Board>,
    give: mpsc::Sender<Spoken>,
    lease: Lease,
    /// It is finished, and what is left of it is to do what it owes.
    finished: bool,
}

/// What has happened beside the screen.
enum Heard {
    Request(Request),
    View(View),
    Stopped(Stopped),
    Armed(usize, Result<Armed, NotArmed>),
    Answered(Answer),
    /// There are other runs than before: these.
    Others(Vec<String>),
    Told,
    Alone,
}

impl Engine {
    /// Serves one screen until it has gone. What is told is never dropped: it waits until there is room.
    pub async fn serve(mut self, mut requests: mpsc::Receiver<Request>, tell: mpsc::Sender<Message>) {
        let mut armed: Option<(usize, Armed)> = None;
        let mut arming: Option<Arming> = None;
        let mut current: Option<Current> = None;
        let mut answers = FuturesUnordered::new();
        let mut outbox = VecDeque::from(self.greeting());
        let mut known = self.names();
        loop {
            let heard = tokio::select! {
                biased;
                request = requests.recv() => request.map_or(Heard::Alone, Heard::Request),
                room = tell.reserve(), if !outbox.is_empty() => match (room, outbox.pop_front()) {
                    (Ok(room), Some(message)) => {
                        room.send(message);
                        Heard::Told
                    }
                    _ => Heard::Alone,
                },
                (workload, outcome) = waited(&mut arming) => Heard::Armed(workload, outcome),
                Some(answer) = answers.next() => Heard::Answered(answer),
                heard = followed(&mut current, outbox.is_empty()) => heard,
                names = self.others(&known) => Heard::Others(names),
            };
            match heard {
                Heard::Request(Request::Arm(workload)) => arming = Some(self.arm(workload)),
                // What is under way keeps the hands that it was given.
                Heard::Request(Request::Disarm) => (armed, arming) = (None, None),
                Heard::Request(Request::Declare(beginning)) => {
                    let begun = self
                        .hands_of(armed.as_ref(), beginning.workload, current.as_ref())
                        .and_then(|hands| self.declare(*beginning, hands));
                    // Whatever is in the way is to be seen.
                    let past = if begun.is_err() { self.past() } else { Vec::new() };
                    outbox.extend(taken(begun, &mut current).into_iter().chain(past));
                }
                Heard::Request(Request::TakeUp(run)) => {
                    let number = armed.as_ref().map_or(usize::MAX, |(number, _)| *number);
                    let begun = self.hands_of(armed.as_ref(), number, current.as_ref()).and_then(|hands| self.take_up(&run, number, hands));
                    outbox.extend(taken(begun, &mut current));
                }
                Heard::Request(Request::Plan(config)) => self.config = config,
                Heard::Request(Request::Read(run)) => outbox.push_back(Message::Report(self.report(&run))),
                Heard::Request(Request::Order(order)) => match self.pass_on(order, current.as_ref()) {
                    Ok(answer) => answers.push(answer),
                    Err(why) => outbox.push_back(Message::Refused(why)),
                },
                Heard::Armed(workload, outcome) => {
                    arming = None;
                    outbox.push_back(Message::Armed(outcome.as_ref().map(|_| ()).map_err(ToString::to_string)));
                    // Somebody else may have begun something since this console was opened.
                    outbox.extend(self.past());
                    armed = outcome.ok().map(|armed| (workload, armed));
                }
                Heard::Answered(answer) => outbox.extend(answer.err().map(Message::Refused)),
                Heard::View(view) => {
                    let finished = matches!(view.run.mode, Mode::Finished);
                    outbox.push_back(shown(view));
                    if let Some(current) = &mut current
                        && finished != std::mem::replace(&mut current.finished, finished)
                    {
                        // It may owe something for hours, and is one of those that are over all the same.
                        outbox.extend(self.past());
                    }
                }
                Heard::Stopped(stopped) => {
                    if let Some(current) = current.take() {
                        outbox.extend(current.board.next().now_or_never().map(shown));
                        // Whoever wants to go on with it need not take it from anybody. Where it cannot be given back, they have to.
                        drop(current.lease.give_back());
                    }
                    if !matches!(stopped, Stopped::Finished | Stopped::Aborted) {
                        outbox.push_back(Message::Stopped(stopped.to_string()));
                    }
                    outbox.extend(self.past());
                }
                Heard::Others(names) => {
                    known = names;
                    outbox.extend(self.past());
                }
                Heard::Told => {}
                Heard::Alone => return,
            }
        }
    }

    /// Which runs there are by now, once there are others than are known: somebody else may have begun one.
    async fn others(&self, known: &[String]) -> Vec<String> {
        loop {
            tokio::time::sleep(LOOKS).await;
            let names = self.names();
            if names != known {
                return names;
            }
        }
    }

    fn names(&self) -> Vec<String> {
        self.place.as_ref().and_then(|place| place.runs().ok()).unwrap_or_default()
    }

    /// What can be run, and what has been.
    fn greeting(&self) -> Vec<Message> {
        std::iter::once(Message::Shelf(Arc::clone(&self.runbooks))).chain(self.past()).collect()
    }

    /// What has been run here, and what of it was left.
    fn past(&self) -> Vec<Message> {
        self.place.as_ref().map(|place| past::told(place, self.ours())).unwrap_or_default()
    }

    fn ours(&self) -> Ours<'_> {
        Ours { config: &self.config, lab: self.lab }
    }

    fn report(&self, run: &str) -> Result<Box<Report>, String> {
        let place = self.place.as_ref().ok_or("there is no directory with runs")?;
        past::report(place, run).map(Box::new).map_err(|error| error.to_string())
    }

    fn arm(&self, number: usize) -> Arming {
        let Some(workload) = self.config.workloads.get(number) else { return Box::pin(pending()) };
        let endpoints = aws::Endpoints { regions: self.config.endpoints.regions.clone(), route53: self.config.endpoints.route53.clone() };
        let (regions, timeouts, clock) = (self.config.regions(), self.config.timeouts.into(), self.clock);
        let (http, credentials, account) = (self.http.clone(), self.credentials.clone(), workload.account.clone());
        Box::pin(async move {
            let place = Place { regions: &regions, endpoints: &endpoints, timeouts, clock, http };
            (number, aws::arm(&place, credentials, &account).await)
        })
    }

    /// Leave for this workload, while nothing else is under way.
    fn hands_of(&self, armed: Option<&(usize, Armed)>, workload: usize, current: Option<&Current>) -> Result<Hands, String> {
        // What a finished run still owes gives way: whoever declares the next one decides anew what is to be stopped.
        if current.is_some_and(|current| !current.finished) {
            return Err("one run at a time: this one is not over".to_owned());
        }
        let armed = armed.filter(|(number, _)| *number == workload).ok_or("nobody is armed for this workload")?;
        Ok(Hands { aws: armed.1.clone(), wire: self.wire.clone(), config: Arc::clone(&self.config), clock: self.clock })
    }

    fn declare(&self, beginning: Beginning, hands: Hands) -> Result<Current, String> {
        let Beginning { workload, runbook, source, outage_at, reason } = beginning;
        let workload = self.config.workloads.get(workload).ok_or("there is no such workload")?;
        let theirs = self.place.as_ref().and_then(|place| past::somebody_at(place, &workload.name, self.lab));
        if let Some((run, holder)) = theirs {
            let (who, process) = (excerpt(&holder.who, 60), holder.process);
            return Err(format!("{who} (process {process}) is at {run} of {}: take it over among the runbooks", workload.name));
        }
        let config_text = withheld(&self.config).to_toml().map_err(|error| error.to_string())?;
        let (now, who, lab) = (self.clock.now(), self.who.clone(), self.lab);
        let run = Declaration { workload, runbook: &runbook, source, outage_at, reason, who, lab, config_text }.begin(now)?;
        let (journal, lease) = self.written(&run).map_err(|error| format!("nothing is done that cannot be written down: {error}"))?;
        let told = vec![(run.memory.declared_at, Record::Declared(Box::new(run.declared.clone())))];
        Ok(self.carry(workload, run, (journal, lease), hands, told))
    }

    fn written(&self, run: &Run) -> io::Result<(Journal, Lease)> {
        let place = self.place.as_ref().ok_or_else(|| io::Error::other("there is no directory for it; name one with --state-dir"))?;
        let folder = place.make(&run.declared.run)?;
        let now = self.clock.now();
        let (lease, _) = Lease::take(&folder.lease(), &self.who, now)?;
        let mut journal = Journal::create(&folder.journal())?;
        journal.append(run.memory.declared_at, &Record::Declared(Box::new(run.declared.clone())))?;
        Ok((journal, lease))
    }

    /// Goes on with what was left, by nothing but its journal.
    fn take_up(&self, name: &str, number: usize, hands: Hands) -> Result<Current, String> {
        let workload = self.config.workloads.get(number).ok_or("there is no such workload")?;
        let place = self.place.as_ref().ok_or("there is no directory with runs")?;
        let folder = place.folder(name).map_err(|error| error.to_string())?;
        let now = self.clock.now();
        let kept = read(&folder.journal()).map_err(|error| error.to_string())?;
        kept.not_from_the_future(now)?;
        if let Some(later) = overtaken_by(place, &kept.run).filter(|_| matches!(kept.run.mode, Mode::Finished)) {
            return Err(format!("{later} was declared after it: what it owes is not tried any more"));
        }
        if let Some(broken) = kept.broken {
            return Err(format!("{broken}: a person must look at it"));
        }
        if kept.run.declared.workload != workload.name {
            return Err(format!("that is a run of {}; arm the console for it", kept.run.declared.workload));
        }
        // Names that have changed since, on the disk or by another run, are not those that it began with.
        let config = Arc::new(restored(kept.config, Some(&self.config)));
        let hands = Hands { config: Arc::clone(&config), ..hands };
        let workload = config.workload(&kept.run.declared.workload).ok_or("its journal holds no workload")?;
        let (lease, from) = Lease::take(&folder.lease(), &self.who, now).map_err(|error| error.to_string())?;
        let held_before = from.clone().filter(Holder::is_alive);
        match self.taken_over(&folder.journal(), &lease, from, now) {
            Ok((run, journal, told)) => Ok(self.carry(workload, run, (journal, lease), hands, told)),
            Err(why) => {
                // Nobody is kept from it by somebody who cannot go on with it.
                drop(lease.give_back_to(held_before));
                Err(why)
            }
        }
    }

    /// What there is to go on with, once it is written down by whom.
    fn taken_over(&self, journal: &Path, lease: &Lease, from: Option<Holder>, now: Timestamp) -> Result<(Run, Journal, Told), String> {
        // Only now: whoever held it may have written more until a moment ago.
        let opened = Journal::open(journal).map_err(|error| error.to_string())?;
        let records = opened.lines.iter().map(|line| (line.at, &line.record));
        let (mut run, _) = replay(records, &|action| action.deed()).map_err(|error| error.to_string())?;
        let mut journal = opened.journal;
        let mut told: Told = opened.lines.into_iter().map(|line| (line.at, line.record)).collect();
        let taken = Record::TakenOver { who: self.who.clone(), from: from.map(|holder| holder.who), lease: lease.mine().number };
        let resumed = run.can_resume().then(|| Order::Resume.heard(&run, &Desk::default(), &self.who)).transpose()?;
        for record in std::iter::once(taken).chain(resumed) {
            journal.append(now, &record).map_err(|error| error.to_string())?;
            run.take(now, record.clone(), None);
            told.push((now, record));
        }
        Ok((run, journal, told))
    }

    fn carry(&self, workload: &Workload, run: Run, (journal, lease): (Journal, Lease), hands: Hands, told: Told) -> Current {
        let (give, orders) = mpsc::channel(MOST_ORDERS);
        let board = Arc::new(Board::default());
        let news = Arc::new(watch::News::default());
        let listen = watch::Order::Listen(Arc::clone(&news));
        let executor = Executor {
            workload: workload.clone(),
            run,
            journal,
            lease: lease.clone(),
            hands,
            rules: Box::new(Catalogue),
            history: self.place.as_ref().map(|place| past::history(place, &workload.name, self.lab)).unwrap_or_default(),
            clock: self.clock,
            watch: self.watch.clone(),
            news,
            snapshot: Snapshot::default(),
            orders,
            board: Arc::clone(&board),
            told,
            persists: true,
        };
        let watch = self.watch.clone();
        let executing = async move {
            // A watch that has ended shows nothing new, and then nothing is done.
            drop(watch.send(listen).await);
            executor.run().await
        };
        Current { executing: Box::pin(executing), board, give, lease, finished: false }
    }

    /// Gives an order, and what its answer will come by.
    fn pass_on(&self, order: Order, current: Option<&Current>) -> Result<Pin<Box<dyn Future<Output = Answer>>>, String> {
        let current = current.ok_or("there is no run")?;
        let (heard, answer) = oneshot::channel();
        current.give.try_send((order, self.who.clone(), heard)).map_err(|_| "the run does not take orders now".to_owned())?;
        // Who ends without an answer has told why it ended.
        Ok(Box::pin(async move { answer.await.unwrap_or(Ok(())) }))
    }
}

/// A run that begins, or why it does not.
fn taken(begun: Result<Current, String>, current: &mut Option<Current>) -> Option<Message> {
    match begun {
        Ok(begun) => {
            *current = Some(begun);
            None
        }
        Err(why) => Some(Message::Refused(why)),
    }
}

fn shown(view: View) -> Message {
    Message::Run { run: view.run, desk: view.desk, news: view.news }
}

async fn waited(arming: &mut Option<Arming>) -> (usize, Result<Armed, NotArmed>) {
    match arming {
        Some(arming) => arming.await,
        None => pending().await,
    }
}

/// Carries on with the run. What is to be seen of it is fetched once what was seen before has been told.
async fn followed(current: &mut Option<Current>, tells: bool) -> Heard {
    let Some(current) = current else { return pending().await };
    tokio::select! {
        biased;
        stopped = &mut current.executing => Heard::Stopped(stopped),
        view = current.board.next(), if tells => Heard::View(view),
    }
}
