//! Somebody in front of the console: the lab in this process, the real watch over it, the real model, the real screen; on a paused clock.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use drlab_core::app::{Effect, Look, Message, Model, Press, SessionKind, Theme, update};
use drlab_core::assess::Assessment;
use drlab_core::config::Config;
use drlab_core::keymap::{Chord, Keymap};
use drlab_tui::aws::{Endpoints, Keeper, Meter, Place, Source, connect};
use drlab_tui::clock::WorldClock;
use drlab_tui::probe::Wire;
use drlab_tui::shell::{Engine, Request};
use drlab_tui::watch::{Eyes, News, Order, Watch};
use ratatui::buffer::Buffer;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use crate::lab::rig::{Rig, START, paused};
use crate::lab::transcript::Recorder;
use crate::screens::styled;

/// As the shell does it.
const TICK: Duration = Duration::from_secs(1);
const METERED: Duration = Duration::from_secs(2);

/// What the smallest of the usual projectors shows.
pub(crate) const SIZE: (u16, u16) = (120, 40);

pub(crate) struct Seat {
    pub(crate) rig: Rig,
    pub(crate) model: Model,
    pub(crate) clock: WorldClock,
    /// What was put into the clipboard.
    pub(crate) copied: Vec<String>,
    /// It has asked to be left.
    pub(crate) quit: bool,
    /// Where its runs are kept.
    pub(crate) state: PathBuf,
    /// As it is written.
    config: Arc<Config>,
    meter: Meter,
    orders: mpsc::Sender<Order>,
    news: Arc<News>,
    requests: mpsc::Sender<Request>,
    engine: mpsc::Receiver<Message>,
    next_tick: Instant,
    next_metered: Instant,
}

/// What one sits on: the console's configuration, its credentials and its way to AWS.
#[derive(Clone, Debug)]
pub(crate) struct Chair {
    pub(crate) config: Arc<Config>,
    pub(crate) source: Source,
    pub(crate) http: SharedHttpClient,
}

impl Chair {
    /// As usual.
    pub(crate) fn before(rig: &Rig) -> Self {
        let way = Recorder { inner: rig.way.clone(), transcript: rig.transcript.clone() };
        Self { config: Arc::new(rig.stage.config.clone()), source: Source::Lab, http: SharedHttpClient::new(way) }
    }
}

impl Seat {
    /// Sits down before a topology, with a scenario that begins at once or nothing that happens by itself.
    pub(crate) fn at(topology: &str, scenario: Option<&str>, story: impl AsyncFnOnce(&mut Self)) {
        paused(async { Self::before(Rig::playing(topology, scenario), story).await });
    }

    /// The same before any lab; `paused` is up to the caller.
    pub(crate) async fn before(rig: Rig, story: impl AsyncFnOnce(&mut Self)) {
        Self::on(Chair::before(&rig), rig, story).await;
    }

    /// The same with a console whose configuration is not the lab's own: it may ask for what is not there.
    pub(crate) async fn watching(rig: Rig, config: Arc<Config>, story: impl AsyncFnOnce(&mut Self)) {
        let chair = Chair { config, ..Chair::before(&rig) };
        Self::on(chair, rig, story).await;
    }

    /// The same with whatever else is not as usual.
    pub(crate) async fn on(chair: Chair, rig: Rig, story: impl AsyncFnOnce(&mut Self)) {
        let Chair { config, source, http } = chair;
        let clock = WorldClock::new(START, 1.0);
        let way = http.clone();
        let (mut keeper, provider) = Keeper::new(source, clock);
        let meter = Meter::new(clock);
        let regions: Vec<_> = config.regions().into_iter().collect();
        let place =
            Place { regions: &regions, endpoints: &Endpoints::default(), timeouts: config.timeouts.into(), clock, http: Some(http) };
        let eyes = Eyes { aws: connect(&place, provider.clone(), &meter), wire: Wire::lab(rig.way.clone(), &config), clock };
        let wire = eyes.wire.clone();
        let (watch, orders, news) = Watch::new(eyes, Arc::clone(&config), 1);
        let (requests, asked) = mpsc::channel(16);
        let (told, engine) = mpsc::channel(16);
        let folder = tempfile::tempdir().unwrap();
        let serving = Engine {
            config: Arc::clone(&config),
            clock,
            wire,
            credentials: provider,
            http: Some(way),
            watch: orders.clone(),
            place: drlab_tui::store::Place::find(Some(folder.path().to_owned())),
            runbooks: Arc::new(drlab_core::runbook::shelf(&[], &|action| action.deed()).0),
            who: "tests".to_owned(),
            lab: true,
        };
        let learn = orders.clone();
        let look = Look { theme: Theme::Terminal, ascii: false };
        let model = Model::new(Arc::clone(&config), Arc::new(Keymap::default()), look, SIZE, clock.now());
        let now = Instant::now();
        let mut seat = Self {
            rig,
            model,
            clock,
            copied: Vec::new(),
            quit: false,
            state: folder.path().to_owned(),
            config,
            meter,
            orders,
            news,
            requests,
            engine,
            next_tick: now + TICK,
            next_metered: now + METERED,
        };
        seat.tell(Message::Session(SessionKind::Lab { speed: 1.0 }));
        assert_eq!(seat.order(Order::Attend(seat.model.attended())), None);
        tokio::select! {
            biased;
            () = story(&mut seat) => {}
            tally = watch.run() => panic!("the watch has ended by itself: {tally:?}"),
            () = serving.serve(asked, told) => panic!("the engine has ended by itself"),
            () = keep(&mut keeper, learn) => panic!("nobody listens to the keeper"),
        }
    }

    /// Lives on, as the shell's loop does: takes what comes, ticks every second.
    pub(crate) async fn wait(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            let wake = self.next_tick.min(self.next_metered).min(end);
            let message = tokio::select! {
                biased;
                told = self.engine.recv() => told,
                news = self.news.next() => Some(Message::Observed(news)),
                () = sleep_until(wake) => None,
            };
            if let Some(message) = message {
                self.tell(message);
            }
            let now = Instant::now();
            if now >= self.next_tick {
                self.next_tick = now + TICK;
                self.tell(Message::Tick(self.clock.now()));
            }
            while self.model.is_behind() {
                self.tell(Message::Settle(self.clock.now()));
            }
            if now >= self.next_metered {
                self.next_metered = now + METERED;
                self.tell(Message::Metered(self.meter.told()));
            }
        }
    }

    /// Whoever sits down the next morning: nothing is known but what is written in the configuration, and what the journals tell, which is told
    /// to whoever arms.
    pub(crate) fn sit_down_again(&mut self) {
        self.sit_down_with(Arc::clone(&self.config));
    }

    /// The same with a configuration in which somebody has written something else meanwhile.
    pub(crate) fn sit_down_with(&mut self, config: Arc<Config>) {
        let (keymap, look, size) = (Arc::clone(&self.model.keymap), self.model.look, self.model.size);
        self.model = Model::new(Arc::clone(&config), keymap, look, size, self.clock.now());
        self.model.runbooks = Arc::new(drlab_core::runbook::shelf(&[], &|action| action.deed()).0);
        self.tell(Message::Session(SessionKind::Lab { speed: 1.0 }));
        assert_eq!(self.order(Order::Plan(Arc::clone(&config))), None);
        self.ask(Request::Plan(config));
        self.ask(Request::Disarm);
    }

    /// How long it has been since the lab was opened.
    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.now().since(START)
    }

    /// Waits until that long after the opening.
    pub(crate) async fn wait_until(&mut self, elapsed: Duration) {
        self.wait(elapsed.saturating_sub(self.elapsed())).await;
    }

    /// Presses keys one after the other, as `keymap.toml` writes them: `"j j Enter"`.
    pub(crate) fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            self.tell(Message::Key(Press { chord: Chord::parse(key).unwrap(), at: self.clock.now().since(START), repeat: false }));
        }
    }

    pub(crate) fn resize(&mut self, (columns, rows): (u16, u16)) {
        self.tell(Message::Resize(columns, rows));
    }

    /// What the shell does with a message and all that follows from it.
    pub(crate) fn tell(&mut self, message: Message) {
        let mut messages = VecDeque::from([message]);
        while let Some(message) = messages.pop_front() {
            for effect in update(&mut self.model, message) {
                match effect {
                    Effect::Quit => self.quit = true,
                    // Nobody stops a test; it goes on with what it had.
                    Effect::Suspend => {}
                    Effect::Copy(text) => {
                        self.copied.push(text);
                        messages.push_back(Message::Copied(Ok("copied".to_owned())));
                    }
                    Effect::Refresh(subjects) => messages.extend(self.order(Order::Refresh(subjects))),
                    Effect::Attend(workloads) => messages.extend(self.order(Order::Attend(workloads))),
                    Effect::Await { subjects, until } => messages.extend(self.order(Order::Await { subjects, until })),
                    Effect::Plan(config) => {
                        messages.extend(self.order(Order::Plan(Arc::clone(&config))));
                        self.ask(Request::Plan(config));
                    }
                    Effect::Arm(workload) => self.ask(Request::Arm(workload)),
                    Effect::Disarm => self.ask(Request::Disarm),
                    Effect::Declare(beginning) => self.ask(Request::Declare(beginning)),
                    Effect::Order(order) => self.ask(Request::Order(order)),
                    Effect::TakeUp(run) => self.ask(Request::TakeUp(run)),
                    Effect::Read(run) => self.ask(Request::Read(run)),
                }
            }
        }
    }

    /// Whoever asks faster than the engine listens is told so by the shell; here it is of no account.
    fn ask(&self, request: Request) {
        drop(self.requests.try_send(request));
    }

    /// Passes it on; what comes back is what stands against it: nobody who types faster than the watch listens is stopped by that.
    fn order(&self, order: Order) -> Option<Message> {
        let refused = self.orders.try_send(order).err()?;
        assert!(matches!(refused, mpsc::error::TrySendError::Full(_)), "the watch has ended by itself");
        Some(Message::Broken("the watch does not keep up with its orders".to_owned()))
    }

    pub(crate) fn drawn(&self) -> Buffer {
        styled::drawn(&self.model, self.model.size)
    }

    /// The lines of the screen.
    pub(crate) fn screen(&self) -> Vec<String> {
        styled::lines(&self.drawn())
    }

    /// The whole screen, to be looked at where a test fails.
    pub(crate) fn text(&self) -> String {
        self.screen().join("\n")
    }

    /// What is thought of the workload that is looked at.
    pub(crate) fn assessment(&self) -> &Assessment {
        &self.model.picture.assessments[self.model.workload]
    }
}

/// The credentials' own task.
async fn keep(keeper: &mut Keeper, watch: mpsc::Sender<Order>) {
    while watch.send(Order::Learn(keeper.next().await)).await.is_ok() {
        // Whatever the keeper waits for, it must not be asked without time passing.
        sleep(Duration::from_millis(1)).await;
    }
}
