//! The eye in a lab in this process: to the millisecond, because the clock is paused.

use std::time::Duration;

use drlab_core::config::{Dns, Site};
use drlab_core::domain::{Cause, Question, Topic};
use drlab_tui::clock::WorldClock;
use drlab_tui::probe::{Wire, look};
use tokio::time::{Instant, sleep};

use super::{errand, resolved, seen};
use crate::lab::rig::{Rig, START};

/// tier2, and an eye in it.
struct Scene {
    rig: Rig,
    wire: Wire,
    clock: WorldClock,
    dns: Dns,
}

impl Scene {
    fn open() -> Self {
        let rig = Rig::open("tier2");
        let wire = Wire::lab(rig.way.clone(), &rig.stage.config);
        let dns = rig.stage.config.workloads[0].dns.clone().unwrap();
        Self { rig, wire, clock: WorldClock::new(START, 1.0), dns }
    }

    fn resolvers(&self) -> Vec<String> {
        self.dns.resolvers.iter().map(ToString::to_string).collect()
    }

    fn balancer(&self, site: Site) -> &str {
        self.dns.sites.get(site).load_balancer.as_deref().unwrap()
    }

    fn url(&self) -> String {
        format!("http://{}{}", self.dns.record, self.dns.probe.path)
    }

    async fn addresses(&self, resolver: &str, name: &str) -> Vec<String> {
        resolved(&self.wire, resolver, name, &self.clock).await.unwrap().addresses
    }
}

#[tokio::test(start_paused = true)]
async fn resolvers_remember_each_for_itself_and_the_name_server_knows_first() {
    let scene = Scene::open();
    let name_server = scene.dns.name_servers[0].to_string();
    let told = resolved(&scene.wire, &name_server, &scene.dns.record, &scene.clock).await.unwrap();
    assert_eq!((told.code.as_str(), told.authoritative, told.ttl, told.millis), ("NOERROR", true, Some(60), 150));
    let resolvers = scene.resolvers();
    let told = resolved(&scene.wire, &resolvers[0], &scene.dns.record, &scene.clock).await.unwrap();
    assert!(!told.authoritative && told.ttl.is_some_and(|ttl| ttl <= 60), "{told:?}");
    let primary = scene.addresses(&name_server, scene.balancer(Site::Primary)).await;
    let standby = scene.addresses(&name_server, scene.balancer(Site::Standby)).await;
    assert_eq!(told.addresses, primary);

    scene.rig.inject("app-down:primary", None, None);
    let began = Instant::now();
    let turned = [&name_server, &resolvers[0], &resolvers[1]].map(async |server| {
        while scene.addresses(server, &scene.dns.record).await != standby {
            assert!(began.elapsed() < Duration::from_secs(600), "{server} never turned");
            sleep(Duration::from_millis(500)).await;
        }
        began.elapsed()
    });
    let turned = futures_util::future::join_all(turned).await;
    assert!(turned[0] < turned[1] && turned[0] < turned[2], "{turned:?}");
    assert_ne!(turned[1], turned[2]);
}

#[tokio::test(start_paused = true)]
async fn that_a_name_does_not_exist_is_an_answer() {
    let scene = Scene::open();
    let name_server = scene.dns.name_servers[0].to_string();
    for (server, name, code) in [
        (&scene.resolvers()[0], "nobody.example.com", "NXDOMAIN"),
        (&name_server, "nobody.example.com", "NXDOMAIN"),
        (&name_server, "elsewhere.test", "REFUSED"),
    ] {
        let told = resolved(&scene.wire, server, name, &scene.clock).await.unwrap();
        assert_eq!((told.code.as_str(), told.addresses.len(), told.ttl), (code, 0, None), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_nobody_listens_nobody_answers() {
    let (scene, began) = (Scene::open(), Instant::now());
    let trouble = resolved(&scene.wire, "192.0.2.53:53", &scene.dns.record, &scene.clock).await.unwrap_err();
    assert_eq!((trouble.cause, trouble.text.as_str(), began.elapsed()), (Cause::Silent, "no answer", Duration::from_secs(2)));
    let trouble = resolved(&scene.wire, &scene.resolvers()[0], "a..b", &scene.clock).await.unwrap_err();
    assert_eq!(trouble.cause, Cause::NotYet);
}

#[tokio::test(start_paused = true)]
async fn a_healthy_site_is_seen_by_the_record_and_past_it() {
    let scene = Scene::open();
    for (by, site) in [(None, "primary"), (Some(Site::Primary), "primary"), (Some(Site::Standby), "standby")] {
        let by = by.map(|site| scene.balancer(site));
        let sight = seen(&scene.wire, errand(&scene.url(), by, &scene.resolvers()), &scene.clock).await.unwrap();
        assert!(sight.is_ok() && sight.status == Some(200) && sight.problem.is_none(), "{sight:?}");
        assert!(sight.body.contains(&format!("\"site\":\"{site}\"")), "{sight:?}");
        assert!(sight.millis > 150, "a way there, a way back, and the application's own time: {sight:?}");
        let name = by.unwrap_or(&scene.dns.record);
        assert!(scene.addresses(&scene.resolvers()[0], name).await.contains(sight.address.as_ref().unwrap()), "{sight:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_200_from_the_wrong_site_is_told_by_its_address() {
    let scene = Scene::open();
    let standby = scene.addresses(&scene.resolvers()[0], scene.balancer(Site::Standby)).await;
    let sight = seen(&scene.wire, errand(&scene.url(), None, &scene.resolvers()), &scene.clock).await.unwrap();
    assert!(sight.is_ok() && !standby.contains(sight.address.as_ref().unwrap()), "{sight:?}");
}

#[tokio::test(start_paused = true)]
async fn sick_is_a_status_and_dark_is_silence_for_as_long_as_a_connection_is_waited_for() {
    let scene = Scene::open();
    let by = || errand(&scene.url(), Some(scene.balancer(Site::Primary)), &scene.resolvers());
    scene.rig.inject("app-down:primary", None, Some("10s"));
    let sight = seen(&scene.wire, by(), &scene.clock).await.unwrap();
    assert_eq!((sight.status, sight.is_ok()), (Some(503), false));
    sleep(Duration::from_secs(10)).await;
    scene.rig.inject("region-dark:primary", None, None);
    let sight = seen(&scene.wire, by(), &scene.clock).await.unwrap();
    assert_eq!((sight.status, sight.problem.as_deref(), sight.millis), (None, Some("no answer"), 1000));
    assert!(sight.address.is_some());
}

#[tokio::test(start_paused = true)]
async fn what_keeps_us_from_looking_says_nothing_of_the_workload() {
    let scene = Scene::open();
    let nobody = ["192.0.2.53:53".to_owned()];
    for errand in [errand(&scene.url(), None, &nobody), errand(&scene.url(), None, &[]), errand("no url", None, &scene.resolvers())] {
        let url = errand.url.clone();
        let reading = look(&scene.wire, &Question::global(Topic::Look(errand)), &scene.clock).await.remove(0);
        assert_eq!(reading.ails(), None, "{url}");
        assert_eq!(reading.outcome.unwrap_err().cause, Cause::NotYet, "{url}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_resolver_is_asked_where_one_is_silent_and_a_name_that_leads_nowhere_is_seen() {
    let scene = Scene::open();
    let resolvers = ["192.0.2.53:53".to_owned(), scene.resolvers()[0].clone()];
    let sight = seen(&scene.wire, errand(&scene.url(), None, &resolvers), &scene.clock).await.unwrap();
    assert!(sight.is_ok(), "{sight:?}");
    let sight = seen(&scene.wire, errand("http://nobody.example.com/", None, &resolvers), &scene.clock).await.unwrap();
    let problem = format!("nobody.example.com has no address: NXDOMAIN at {}", resolvers[1]);
    assert_eq!((sight.status, sight.address, sight.problem), (None, None, Some(problem)));
}
