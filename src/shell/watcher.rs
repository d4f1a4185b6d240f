//! The watch, on a thread of its own: making clients and reading answers takes time that a key must not wait for.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use drlab_core::app::{Message, SessionKind};
use drlab_core::config::Config;
use drlab_core::domain::{Subject, Timestamp};
use drlab_core::runbook::Runbook;
use tokio::sync::{Notify, mpsc};

use super::engine::{Engine, Request};
use super::outlook::Outlook;
use super::start::Access;
use super::who::who;
use crate::aws::{Keeper, Meter};
use crate::clock::WorldClock;
use crate::probe::handshake::{Session, handshake};
use crate::store;
use crate::watch::{self, Order, Watch};

/// How often the bill is told.
const METERED: Duration = Duration::from_secs(2);
/// How often a lab that has not answered everywhere is asked again, on the wall.
const GREETED: Duration = Duration::from_secs(5);
/// How long the first look waits for credentials, on the wall. They are a matter of milliseconds, as a rule, and a look without them would
/// be told as a failure; where they take their time, what needs none is looked at meanwhile.
const HEADSTART: Duration = Duration::from_secs(1);
/// What spreads those who back off. Nothing depends on its being secret or different.
const SEED: u64 = 1;

/// What comes from the watch.
#[derive(Debug)]
pub(super) enum News {
    /// Whose time holds from now on.
    Clock(WorldClock),
    Message(Message),
}

/// The console's end of the watch.
#[derive(Debug)]
pub(super) struct Watcher {
    /// `None`: nothing is watched, now or any more.
    letters: Option<mpsc::Receiver<Letter>>,
    /// There once the watch has begun.
    desk: Option<Desk>,
    /// Who was to be attended before there was a watch.
    attended: Option<Vec<usize>>,
    /// What is to be looked at and acted on from now on, until the watch and the engine have room to hear of it.
    planned: Option<Arc<Config>>,
}

#[derive(Debug)]
struct Desk {
    orders: mpsc::Sender<Order>,
    news: Arc<watch::News>,
    requests: mpsc::Sender<Request>,
    told: mpsc::Receiver<Message>,
}

/// What must not be overtaken by something newer.
enum Letter {
    News(News),
    Begun(Desk),
}

impl Watcher {
    /// Watches nothing.
    pub(super) const fn idle() -> Self {
        Self { letters: None, desk: None, attended: None, planned: None }
    }

    pub(super) fn start(config: Arc<Config>, access: Access, runbooks: Arc<Vec<Runbook>>) -> io::Result<Self> {
        let (post, letters) = mpsc::channel(16);
        thread::Builder::new().name("watch".to_owned()).spawn(move || {
            // Without a runtime the post ends unused, which the console tells.
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
                runtime.block_on(watch(config, access, runbooks, post));
            }
        })?;
        Ok(Self { letters: Some(letters), ..Self::idle() })
    }

    /// The next that is new. Nothing is lost if the waiting is given up.
    pub(super) async fn next(&mut self) -> News {
        loop {
            let Some(letters) = &mut self.letters else { return pending().await };
            let ways = self.desk.as_ref().map(|desk| (desk.orders.clone(), desk.requests.clone()));
            let news = async {
                match &mut self.desk {
                    Some(desk) => tokio::select! {
                        biased;
                        Some(told) = desk.told.recv() => told,
                        news = desk.news.next() => Message::Observed(news),
                    },
                    None => pending().await,
                }
            };
            let letter = tokio::select! {
                biased;
                letter = letters.recv() => Some(letter),
                () = room(self.planned.as_ref().and(ways.as_ref())) => None,
                news = news => return News::Message(news),
            };
            let Some(letter) = letter else {
                self.pass_on_the_plan();
                continue;
            };
            match letter {
                Some(Letter::News(news)) => return news,
                Some(Letter::Begun(desk)) => {
                    self.desk = Some(desk);
                    if let Some(broken) = self.attended.take().and_then(|workloads| self.attend(workloads)) {
                        return News::Message(broken);
                    }
                }
                None => {
                    *self = Self::idle();
                    return News::Message(Message::Broken("the watch has ended: what is shown grows old".to_owned()));
                }
            }
        }
    }

    /// Passes it on; what comes back is what stands against it.
    pub(super) fn attend(&mut self, workloads: Vec<usize>) -> Option<Message> {
        if self.desk.is_none() {
            self.attended = Some(workloads);
            return None;
        }
        self.order(Order::Attend(workloads))
    }

    /// The same. Before there is a watch there is nothing to refresh: everything is about to be asked.
    pub(super) fn refresh(&mut self, subjects: Vec<Subject>) -> Option<Message> {
        self.order(Order::Refresh(subjects))
    }

    /// Before there is a watch, nobody has told of anything that is not configured.
    pub(super) fn look_for(&mut self, subjects: Vec<Subject>, until: Timestamp) -> Option<Message> {
        self.order(Order::Await { subjects, until })
    }

    /// Both look at the same, the watch and whoever acts on what it sees: at once, or as soon as both have room.
    pub(super) fn plan(&mut self, config: Arc<Config>) {
        self.planned = Some(config);
        self.pass_on_the_plan();
    }

    fn pass_on_the_plan(&mut self) {
        let Some(desk) = &self.desk else { return };
        if let (Ok(order), Ok(request)) = (desk.orders.try_reserve(), desk.requests.try_reserve())
            && let Some(config) = self.planned.take()
        {
            order.send(Order::Plan(Arc::clone(&config)));
            request.send(Request::Plan(config));
        }
    }

    /// What is asked of the engine. Before there is a watch there is nothing to change, either.
    pub(super) fn ask(&self, request: Request) -> Option<Message> {
        let Some(desk) = &self.desk else { return Some(Message::Refused("nothing is watched yet".to_owned())) };
        // Nothing is begun by names that are about to be others.
        if self.planned.is_some() && matches!(request, Request::Declare(_) | Request::TakeUp(_)) {
            return Some(Message::Refused("the watch does not keep up with its orders: try again".to_owned()));
        }
        let refused = desk.requests.try_send(request).err()?;
        Some(Message::Refused(match refused {
            mpsc::error::TrySendError::Full(_) => "the engine does not keep up with what is asked of it".to_owned(),
            mpsc::error::TrySendError::Closed(_) => "the engine has ended".to_owned(),
        }))
    }

    fn order(&self, order: Order) -> Option<Message> {
        let refused = self.desk.as_ref()?.orders.try_send(order).err()?;
        Some(Message::Broken(match refused {
            mpsc::error::TrySendError::Full(_) => "the watch does not keep up with its orders".to_owned(),
            mpsc::error::TrySendError::Closed(_) => "the watch has ended".to_owned(),
        }))
    }
}

/// Until there is room for one more in both; for ever where nobody waits for that, or nobody listens any more.
async fn room(ways: Option<&(mpsc::Sender<Order>, mpsc::Sender<Request>)>) {
    let Some((orders, requests)) = ways else { return pending().await };
    let (Ok(_), Ok(_)) = tokio::join!(orders.reserve(), requests.reserve()) else { return pending().await };
}

/// Finds out whose AWS it is, then asks it until nobody listens.
async fn watch(config: Arc<Config>, access: Access, runbooks: Arc<Vec<Runbook>>, post: mpsc::Sender<Letter>) {
    let session = handshake(&config).await;
    let clock = session.clock();
    // Whoever does not listen any more has ended, here and below.
    drop(post.send(Letter::News(News::Clock(clock))).await);
    drop(post.send(Letter::News(News::Message(Message::Session(kind(&session))))).await);

    let place = store::Place::find(access.state_dir.clone());
    let Outlook { eyes, keeper, meter, credentials } = Outlook::new(&config, access, clock);
    let wire = eyes.wire.clone();
    let (watch, orders, news) = Watch::new(eyes, config.clone(), SEED);
    let learn = orders.clone();
    let (ask, requests) = mpsc::channel(16);
    let (tell_screen, told) = mpsc::channel(16);
    let engine = Engine {
        config: Arc::clone(&config),
        clock,
        wire,
        credentials,
        http: None,
        watch: orders.clone(),
        place,
        runbooks,
        who: who(),
        lab: session.rehearses(),
    };
    drop(post.send(Letter::Begun(Desk { orders, news, requests: ask, told })).await);
    let loaded = Notify::new();
    let watching = async {
        // Either way it goes on.
        drop(tokio::time::timeout(HEADSTART, loaded.notified()).await);
        watch.run().await
    };
    tokio::select! {
        _ = watching => {}
        () = engine.serve(requests, tell_screen) => {}
        () = keep(keeper, learn, &loaded) => {}
        () = tell(&meter, &post) => {}
        () = greet(&config, &session, &post) => {}
    }
}

const fn kind(session: &Session) -> SessionKind {
    match session {
        Session::Live(_) => SessionKind::Live,
        Session::Lab { clock, .. } => SessionKind::Lab { speed: clock.speed() },
        Session::Elsewhere { .. } => SessionKind::Elsewhere,
    }
}

/// Tells the watch how the credentials stand, and by it the screen and the engine, until nobody listens; and once when they have been looked
/// for.
async fn keep(mut keeper: Keeper, watch: mpsc::Sender<Order>, loaded: &Notify) {
    loop {
        let readings = keeper.next().await;
        loaded.notify_one();
        if watch.send(Order::Learn(readings)).await.is_err() {
            return;
        }
    }
}

/// Tells what watching costs, where that has changed.
async fn tell(meter: &Meter, post: &mpsc::Sender<Letter>) {
    let mut told = None;
    loop {
        tokio::time::sleep(METERED).await;
        let now = meter.told();
        if told != Some(now) && post.send(Letter::News(News::Message(Message::Metered(now)))).await.is_err() {
            return;
        }
        told = Some(now);
    }
}

/// A lab of which a part is dark does not say hello everywhere; once it does, the screen may say LAB.
async fn greet(config: &Config, first: &Session, post: &mpsc::Sender<Letter>) {
    let mut open = matches!(first, Session::Elsewhere { .. });
    while open {
        tokio::time::sleep(GREETED).await;
        let session = handshake(config).await;
        open = matches!(session, Session::Elsewhere { .. });
        if !open && post.send(Letter::News(News::Message(Message::Session(kind(&session))))).await.is_err() {
            return;
        }
    }
    pending().await
}

#[cfg(test)]
mod tests {
    use drlab_core::config::EXAMPLE;

    use super::*;

    /// A run has left other databases at a moment at which the watch has its hands full.
    #[tokio::test]
    async fn a_plan_that_finds_no_room_is_passed_on_as_soon_as_there_is_some() {
        let (post, letters) = mpsc::channel(1);
        let (orders, mut ordered) = mpsc::channel(1);
        let (requests, mut requested) = mpsc::channel(1);
        let (_tell, told) = mpsc::channel(1);
        let desk = Desk { orders, news: Arc::new(watch::News::default()), requests, told };
        let mut watcher = Watcher { letters: Some(letters), desk: Some(desk), ..Watcher::idle() };
        assert_eq!(watcher.refresh(Vec::new()), None);
        watcher.plan(Arc::new(Config::parse("example", EXAMPLE, &[]).unwrap()));
        assert!(matches!(watcher.ask(Request::TakeUp("a run".to_owned())), Some(Message::Refused(_))), "not by the old names");
        assert!(requested.try_recv().is_err(), "neither hears of it before the other");
        assert!(matches!(ordered.recv().await, Some(Order::Refresh(_))));
        tokio::select! {
            biased;
            _ = watcher.next() => panic!("there is no news"),
            order = ordered.recv() => assert!(matches!(order, Some(Order::Plan(_)))),
        }
        assert!(matches!(requested.recv().await, Some(Request::Plan(_))));
        drop(post);
    }
}
