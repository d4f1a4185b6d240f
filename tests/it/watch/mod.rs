//! The watch on a paused clock: how soon it knows, what it makes of silence, what it asks meanwhile.

use std::sync::Arc;
use std::time::Duration;

use drlab_core::asking;
use drlab_core::config::{Config, Site};
use drlab_core::domain::{Kind, Observation, Snapshot, Subject, Timestamp, Value};
use drlab_tui::clock::WorldClock;
use drlab_tui::probe::Wire;
use drlab_tui::watch::{Eyes, News, Order, Watch, once};
use tokio::sync::mpsc::Sender;
use tokio::time::{sleep, timeout};

use crate::lab::rig::{Rig, START, paused};

/// What one call takes, there and back.
const CALL: Duration = Duration::from_millis(150);

/// A lab, somebody who watches it, and what they have been told.
struct Post {
    rig: Rig,
    config: Arc<Config>,
    clock: WorldClock,
    orders: Sender<Order>,
    news: Arc<News>,
    known: Snapshot,
}

fn eyes(rig: &Rig, clock: WorldClock) -> Eyes {
    Eyes { aws: rig.aws.clone(), wire: Wire::lab(rig.way.clone(), &rig.stage.config), clock }
}

impl Post {
    /// Runs `story` beside a watch of a topology.
    fn at(topology: &str, story: impl AsyncFnOnce(&mut Self)) {
        paused(async {
            let rig = Rig::open(topology);
            let clock = WorldClock::new(START, 1.0);
            let config = Arc::new(rig.stage.config.clone());
            let (watch, orders, news) = Watch::new(eyes(&rig, clock), Arc::clone(&config), 1);
            let mut post = Self { rig, config, clock, orders, news, known: Snapshot::default() };
            tokio::select! {
                biased;
                () = story(&mut post) => {}
                tally = watch.run() => panic!("the watch has ended by itself: {tally:?}"),
            }
        });
    }

    /// Listens for a while.
    async fn listen(&mut self, time: Duration) {
        let end = self.clock.now() + time;
        while self.clock.now() < end {
            let news = timeout(end.since(self.clock.now()), self.news.next()).await.unwrap_or_default();
            for observation in news {
                self.known.put(observation);
            }
        }
    }

    fn of(&self, subject: &Subject) -> &Observation {
        self.known.get(subject).unwrap()
    }

    fn subject(&self, kind: Kind, site: Site) -> Subject {
        let workload = &self.config.workloads[0];
        match kind {
            Kind::Instance => workload.database_subject(workload.database.as_ref().unwrap(), site),
            Kind::Targets => workload.target_subject(kind, &workload.services[0], site).unwrap(),
            _ => workload.service_subject(kind, &workload.services[0], site),
        }
    }

    fn calls(&self) -> u64 {
        self.rig.way.lab().log(|log| log.answered())
    }
}

/// What is asked for and not known.
fn unknown(config: &Config, known: &Snapshot) -> Vec<(Subject, Option<String>)> {
    let asked = asking::questions(config, known).into_iter().flat_map(|question| question.subjects());
    let seen = |subject: &Subject| known.get(subject);
    asked
        .filter(|subject| seen(subject).is_none_or(|observation| observation.known.is_none()))
        .map(|subject| (subject.clone(), seen(&subject).and_then(|o| o.failing.as_ref()).map(|failing| failing.trouble.text.clone())))
        .collect()
}

#[test]
fn everything_of_both_regions_is_there_within_two_and_a_half_calls() {
    Post::at("tier2", async |post| {
        post.listen(CALL * 5 / 2).await;
        // A client's look takes as long as the application does, on top of its two calls.
        let late: Vec<_> = unknown(&post.config, &post.known).into_iter().filter(|(subject, _)| subject.kind != Kind::Sight).collect();
        assert!(late.is_empty(), "{late:#?}");
        post.listen(CALL * 3 / 2).await;
        assert_eq!(unknown(&post.config, &post.known), []);
    });
}

#[test]
fn a_black_holed_region_delays_no_other_and_its_return_is_noticed() {
    Post::at("tier2", async |post| {
        post.listen(Duration::from_secs(30)).await;
        post.rig.inject("region-dark:primary", None, Some("60s"));
        let dark_since = post.clock.now();
        for _ in 0..30 {
            post.listen(Duration::from_secs(2)).await;
            for kind in [Kind::Instance, Kind::Service, Kind::Targets] {
                let age = post.of(&post.subject(kind, Site::Standby)).age(post.clock.now()).unwrap();
                assert!(age <= kind.every() + CALL * 2, "{kind}: {age:?}");
            }
        }
        for kind in [Kind::Instance, Kind::Targets] {
            let observation = post.of(&post.subject(kind, Site::Primary));
            assert!(observation.known.as_ref().unwrap().read_at <= dark_since + CALL);
            assert!(observation.ailing.unwrap().times >= 8, "{observation:?}");
        }
        post.listen(Duration::from_secs(20)).await;
        for kind in [Kind::Instance, Kind::Service, Kind::Targets] {
            assert_eq!(post.of(&post.subject(kind, Site::Primary)).failing, None, "{kind}");
        }
    });
}

#[test]
fn a_throttled_service_is_asked_less_and_never_called_ill() {
    Post::at("tier2", async |post| {
        post.listen(Duration::from_secs(30)).await;
        let service = post.subject(Kind::Service, Site::Primary);
        post.rig.inject("api-throttled:primary:ecs", Some(1.0), Some("3m"));
        post.listen(Duration::from_secs(60)).await;
        let before = post.of(&service).failing.as_ref().unwrap().times;
        post.listen(Duration::from_secs(60)).await;
        let observation = post.of(&service);
        assert!(observation.failing.as_ref().unwrap().times - before <= 4, "{observation:?}");
        assert_eq!(observation.ailing, None);
        assert!(post.of(&post.subject(Kind::Targets, Site::Primary)).age(post.clock.now()).unwrap() <= Duration::from_secs(6));
        post.listen(Duration::from_secs(120)).await;
        assert_eq!(post.of(&service).failing, None);
    });
}

#[test]
fn orders_are_carried_out_and_the_last_one_ends_it() {
    Post::at("tier2", async |post| {
        post.listen(Duration::from_secs(20)).await;
        let groups = post.subject(Kind::Service, Site::Primary);
        let zone = Subject::global(Kind::Zone, &post.config.workloads[0].dns.as_ref().unwrap().zone);
        let asked = post.clock.now();
        post.orders.send(Order::Refresh(vec![zone.clone()])).await.unwrap();
        post.listen(CALL * 2).await;
        assert!(post.of(&zone).known.as_ref().unwrap().begun >= asked, "nobody would have looked for a quarter of an hour");
        post.orders.send(Order::Await { subjects: vec![groups.clone()], until: asked + Duration::from_secs(60) }).await.unwrap();
        for _ in 0..10 {
            post.listen(Duration::from_secs(1)).await;
            assert!(post.of(&groups).age(post.clock.now()).unwrap() <= Duration::from_millis(2_500));
        }
    });
    paused(async {
        let rig = Rig::open("tier2");
        let (watch, orders, _news) = Watch::new(eyes(&rig, WorldClock::new(START, 1.0)), Arc::new(rig.stage.config.clone()), 1);
        orders.send(Order::Stop).await.unwrap();
        let tally = timeout(Duration::from_secs(1), watch.run()).await.unwrap();
        assert!(tally.flights > 20);
    });
}

#[test]
fn a_fleet_stays_within_its_calls() {
    Post::at("fleet", async |post| {
        post.orders.send(Order::Attend(vec![0])).await.unwrap();
        post.listen(Duration::from_secs(120)).await;
        let before = post.calls();
        post.listen(Duration::from_secs(60)).await;
        let (calls, regions) = (post.calls() - before, post.config.regions().len() as u64);
        assert!(calls <= 300 * regions, "{calls} calls a minute for {regions} regions");
        let throttled = post.known.iter().filter(|known| known.failing.as_ref().is_some_and(|f| f.trouble.text.contains("throttled")));
        assert_eq!(throttled.count(), 0);
    });
}

#[test]
fn who_wants_to_know_and_go_gets_everything_once() {
    paused(async {
        let rig = Rig::open("tier2");
        let clock = WorldClock::new(START, 1.0);
        let config = Arc::new(rig.stage.config.clone());
        let known = once(&eyes(&rig, clock), Arc::clone(&config), Duration::from_secs(10), |_, _| true).await;
        assert_eq!(unknown(&config, &known), []);
        assert!(clock.now() <= START + CALL * 4, "{}", clock.now());
        let learnt = known.iter().any(|seen| seen.subject.kind == Kind::Metric && seen.subject.name.ends_with("RequestCount"));
        assert!(learnt, "the load balancers' metrics can only be asked for in a second round");
    });
}

#[test]
fn who_wants_to_know_and_go_does_not_wait_for_the_dark() {
    paused(async {
        let rig = Rig::open("tier2");
        rig.inject("region-dark:primary", None, None);
        sleep(Duration::from_secs(1)).await;
        let clock = WorldClock::new(START + Duration::from_secs(1), 1.0);
        let config = Arc::new(rig.stage.config.clone());
        let known = once(&eyes(&rig, clock), Arc::clone(&config), Duration::from_secs(10), |_, _| true).await;
        assert!(clock.now() <= START + Duration::from_secs(11));
        let standby: Vec<_> = known.iter().filter(|seen| seen.subject.region == config.workloads[0].standby).collect();
        let missing = |seen: &&&Observation| seen.known.as_ref().is_none_or(|known| matches!(known.value, Value::Missing(_)));
        assert!(standby.len() > 10 && standby.iter().filter(missing).count() < standby.len() / 2);
        let latest: Timestamp = standby.iter().filter_map(|seen| seen.known.as_ref()).map(|known| known.read_at).max().unwrap();
        assert!(latest <= START + Duration::from_secs(2), "{latest}");
    });
}
