//! The loop: one owner of the model, one wait for everything.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use drlab_core::app::{Effect, Message, Model, Screen, update};
use drlab_core::runbook::Runbook;
use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::engine::Request;
use super::pace::Pace;
use super::punctual::Punctuality;
use super::start::{Access, Ended, Opened, Start};
use super::watcher::{News, Watcher};
use super::zone;
use crate::clock::WorldClock;
use crate::term::{self, Input, Keys, Session, Signal, Signals};
use crate::ui;

/// How often ages grow, and all else that only time changes.
const TICK: Duration = Duration::from_secs(1);
/// How long the model may catch up before somebody looks whether a key has been pressed.
const SLICE: Duration = Duration::from_millis(2);
/// Inputs taken in one go: a flood of them must not keep anything else waiting.
const GULP: usize = 256;

/// Shows a console until it ends. Whoever calls has a runtime of one thread, and a terminal.
pub async fn run(start: Start) -> io::Result<Ended> {
    match show(start).await {
        // A frame may find out before any signal tells.
        Err(error) if term::is_gone(&error) => Ok(Ended::Gone),
        ended => ended,
    }
}

async fn show(start: Start) -> io::Result<Ended> {
    // Before the terminal is taken over: from then on every signal finds somebody who gives it back.
    let signals = Signals::listen()?;
    let terminal = Session::enter(start.manners)?;
    let mut console = Console::new(start, signals, terminal)?;
    console.draw()?;
    let mut keys = Keys::listen()?;
    loop {
        if let Some(ended) = console.turn(&mut keys).await? {
            return Ok(ended);
        }
    }
}

struct Console {
    terminal: Session,
    signals: Signals,
    watcher: Watcher,
    model: Model,
    clock: WorldClock,
    pace: Pace,
    next_tick: Instant,
    punctuality: Punctuality,
    begun: Instant,
    access: Access,
    runbooks: Arc<Vec<Runbook>>,
    opening: Option<oneshot::Receiver<Result<Opened, String>>>,
}

/// `None`: it goes on.
type Turn = io::Result<Option<Ended>>;

/// What woke the loop.
enum Heard {
    Signal(Signal),
    Input(Input),
    Opened(Result<Opened, String>),
    News(News),
    Time,
}

impl Console {
    /// Makes what is needed for the first frame, and sets going what is not.
    fn new(start: Start, signals: Signals, terminal: Session) -> io::Result<Self> {
        let clock = WorldClock::wall();
        let mut model = Model::new(start.config.clone(), start.keymap, start.look, terminal.size()?, clock.now());
        (model.session.hint, model.session.profile) = (start.hint, start.access.profile.clone());
        model.session.state_dir = start.access.state_dir.as_ref().map(|folder| folder.display().to_string());
        if let Some(named) = start.workload {
            (model.workload, model.screen) = (named, Screen::Dashboard);
        }
        (model.clock.utc_offset_seconds, model.clock.zone) = zone::at(clock.now());
        let (access, runbooks) = (start.access.clone(), Arc::clone(&start.runbooks));
        let mut watcher = if start.opening.is_some() { Watcher::idle() } else { Watcher::start(start.config, access, runbooks)? };
        // There is nobody yet who could refuse.
        drop(watcher.attend(model.attended()));
        Ok(Self {
            terminal,
            signals,
            watcher,
            model,
            clock,
            pace: Pace::default(),
            next_tick: Instant::now() + TICK,
            punctuality: Punctuality::default(),
            begun: Instant::now(),
            access: start.access,
            runbooks: start.runbooks,
            opening: start.opening,
        })
    }

    fn draw(&mut self) -> io::Result<()> {
        let model = &self.model;
        self.terminal.draw(|frame| ui::view(model, frame))?;
        self.pace.drawn(Instant::now());
        Ok(())
    }

    async fn turn(&mut self, keys: &mut Keys) -> Turn {
        let now = Instant::now();
        if self.pace.due(now).is_some_and(|at| at <= now) {
            self.draw()?;
        }
        let soonest = if self.model.is_behind() { now } else { self.next_tick };
        let wake = self.pace.due(now).map_or(soonest, |frame| frame.min(soonest));
        let opening = async {
            match &mut self.opening {
                Some(opening) => opening.await.unwrap_or_else(|_| Err("the lab has ended".to_owned())),
                None => std::future::pending().await,
            }
        };
        let heard = tokio::select! {
            biased;
            // Rare, and never to be kept waiting by a flood of keys.
            signal = self.signals.next() => Heard::Signal(signal),
            input = keys.next() => Heard::Input(input),
            opened = opening => Heard::Opened(opened),
            news = self.watcher.next() => Heard::News(news),
            () = tokio::time::sleep_until(wake) => Heard::Time,
        };
        if let Some(ended) = self.take(heard).await? {
            return Ok(Some(ended));
        }
        // Whatever else is there is taken in before anything is drawn.
        for _ in 0..GULP {
            let Some(input) = keys.ready() else { break };
            if let Some(ended) = self.take(Heard::Input(input)).await? {
                return Ok(Some(ended));
            }
        }
        if let Some(news) = self.watcher.next().now_or_never()
            && let Some(ended) = self.take(Heard::News(news)).await?
        {
            return Ok(Some(ended));
        }
        if Instant::now() >= self.next_tick {
            let late = Instant::now() - self.next_tick;
            self.next_tick = Instant::now() + TICK;
            if let Some(late) = self.punctuality.tick(late, self.clock.speed())
                && let Some(ended) = self.tell(Message::Late(late)).await?
            {
                return Ok(Some(ended));
            }
            if let Some(ended) = self.tell(Message::Tick(self.clock.now())).await? {
                return Ok(Some(ended));
            }
        }
        self.catch_up().await
    }

    /// Assesses what waits for it, for a moment.
    async fn catch_up(&mut self) -> Turn {
        let end = Instant::now() + SLICE;
        while self.model.is_behind() && Instant::now() < end {
            if let Some(ended) = self.tell(Message::Settle(self.clock.now())).await? {
                return Ok(Some(ended));
            }
        }
        Ok(None)
    }

    async fn take(&mut self, heard: Heard) -> Turn {
        match heard {
            Heard::Signal(Signal::End { name, code }) => Ok(Some(Ended::Asked { name, code })),
            Heard::Signal(Signal::Continued) => {
                self.again()?;
                Ok(None)
            }
            Heard::Input(Input::Gone) => Ok(Some(Ended::Gone)),
            Heard::Input(Input::Message(mut message)) => {
                self.pace.key();
                // When it counts is when the screen takes notice of it, not when it was waiting to be read.
                if let Message::Key(press) = &mut message {
                    press.at = self.begun.elapsed();
                }
                self.tell(message).await
            }
            Heard::Opened(Ok(opened)) => {
                self.open(opened)?;
                Ok(None)
            }
            Heard::Opened(Err(why)) => Ok(Some(Ended::NoLab(why))),
            Heard::News(News::Clock(clock)) => {
                self.clock = clock;
                self.tell(Message::Tick(clock.now())).await
            }
            Heard::News(News::Message(message)) => self.tell(message).await,
            Heard::Time => Ok(None),
        }
    }

    /// Changes the model, and does what it asks for.
    async fn tell(&mut self, message: Message) -> Turn {
        self.pace.news();
        let mut messages = VecDeque::from([message]);
        while let Some(message) = messages.pop_front() {
            for effect in update(&mut self.model, message) {
                match effect {
                    Effect::Quit => return Ok(Some(Ended::Quit)),
                    Effect::Suspend => {
                        self.terminal.leave();
                        self.signals.stop().await?;
                        self.again()?;
                    }
                    Effect::Copy(text) => messages.push_back(Message::Copied(self.terminal.copy(&text))),
                    Effect::Refresh(subjects) => messages.extend(self.watcher.refresh(subjects)),
                    Effect::Await { subjects, until } => messages.extend(self.watcher.look_for(subjects, until)),
                    Effect::Plan(config) => self.watcher.plan(config),
                    Effect::Attend(workloads) => messages.extend(self.watcher.attend(workloads)),
                    Effect::Arm(workload) => messages.extend(self.watcher.ask(Request::Arm(workload))),
                    Effect::Disarm => messages.extend(self.watcher.ask(Request::Disarm)),
                    Effect::Declare(beginning) => messages.extend(self.watcher.ask(Request::Declare(beginning))),
                    Effect::Order(order) => messages.extend(self.watcher.ask(Request::Order(order))),
                    Effect::TakeUp(run) => messages.extend(self.watcher.ask(Request::TakeUp(run))),
                    Effect::Read(run) => messages.extend(self.watcher.ask(Request::Read(run))),
                }
            }
        }
        Ok(None)
    }

    /// From here on the lab is what is watched.
    fn open(&mut self, opened: Opened) -> io::Result<()> {
        self.opening = None;
        let config = Arc::new(opened.config);
        // Where the resolvers are is new, and nothing has been observed yet; what the operator has done meanwhile stays.
        let before = &self.model;
        let mut fresh = Model::new(config.clone(), before.keymap.clone(), before.look, before.size, self.clock.now());
        (fresh.screen, fresh.workload, fresh.present) = (before.screen, before.workload, before.present);
        (fresh.overlays, fresh.cursors) = (before.overlays.clone(), before.cursors.clone());
        (fresh.filters, fresh.typing_filter) = (before.filters.clone(), before.typing_filter);
        fresh.clock = before.clock.clone();
        (fresh.session.hint, fresh.session.profile) = (Some(opened.hint), before.session.profile.clone());
        fresh.session.state_dir.clone_from(&before.session.state_dir);
        fresh.session.lab_within = true;
        self.model = fresh;
        self.watcher = Watcher::start(config, self.access.clone(), Arc::clone(&self.runbooks))?;
        // There is nobody yet who could refuse.
        drop(self.watcher.attend(self.model.attended()));
        self.pace.news();
        Ok(())
    }

    /// The terminal may have been anybody's meanwhile, and of any size.
    fn again(&mut self) -> io::Result<()> {
        self.terminal.resume()?;
        let (columns, rows) = self.terminal.size()?;
        drop(update(&mut self.model, Message::Resize(columns, rows)));
        drop(update(&mut self.model, Message::Tick(self.clock.now())));
        self.draw()
    }
}
