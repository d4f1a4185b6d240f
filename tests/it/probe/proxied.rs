//! The eye through a lab's HTTP proxy: the only way to documentation addresses.

use std::net::Ipv4Addr;

use drlab_core::config::Endpoints;
use drlab_core::domain::{Cause, Region};
use drlab_lab::control::Stage;
use drlab_lab::serve::{Ports, Running, open};
use drlab_lab::world::{ActiveFault, Fault};
use drlab_tui::probe::Wire;

use super::server::nobody;
use super::{errand, hasty, patient, seen};
use crate::lab::rig::{START, config};

const URL: &str = "http://tier2.example.com/healthz";

async fn lab() -> (Running, Wire, [String; 1]) {
    let running = open(Stage { config: config("tier2"), scenario: None }, START, Ipv4Addr::LOCALHOST.into(), Ports::Each).await.unwrap();
    let wire = through(&format!("http://{}", running.addresses().control));
    let resolvers = [running.dns().a.to_string()];
    (running, wire, resolvers)
}

fn through(proxy: &str) -> Wire {
    Wire::net(&Endpoints { proxy: Some(proxy.to_owned()), ..Endpoints::default() })
}

#[tokio::test]
async fn sites_are_seen_well_and_ill() {
    let (running, wire, resolvers) = lab().await;
    let sight = seen(&wire, errand(URL, None, &resolvers), &patient()).await.unwrap();
    assert!(sight.status == Some(200) && sight.body.contains("\"site\":\"primary\""), "{sight:?}");
    assert!(sight.address.unwrap().starts_with("198.51.100."));
    let region = Region::new("ap-southeast-2");
    for (fault, status, problem) in [(Fault::AppDown, Some(503), None), (Fault::RegionDark, None, Some("no answer"))] {
        running.lab().with(|world| {
            world.faults.clear();
            world.faults.inject(ActiveFault::on(fault, &region, world.now(), None));
        });
        let clock = if status.is_some() { patient() } else { hasty() };
        let sight = seen(&wire, errand(URL, None, &resolvers), &clock).await.unwrap();
        assert_eq!((sight.status, sight.problem.as_deref()), (status, problem), "{fault}");
    }
    running.stop().await;
}

#[tokio::test]
async fn what_ails_the_proxy_says_nothing_of_the_workload() {
    let (running, wire, resolvers) = lab().await;
    // A lab is both ends of what a scheme promises.
    let secure = errand(&URL.replace("http:", "https:"), None, &resolvers);
    assert_eq!(seen(&wire, secure, &patient()).await.unwrap().status, Some(200));
    for proxy in [format!("http://{}", nobody().await), "https://127.0.0.1:1".to_owned(), "no url".to_owned()] {
        let trouble = seen(&through(&proxy), errand(URL, None, &resolvers), &patient()).await.unwrap_err();
        assert!(trouble.cause == Cause::NotYet && trouble.text.contains("proxy"), "{trouble:?}");
    }
    running.stop().await;
}
