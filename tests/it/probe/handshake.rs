//! Is it a lab? Over loopback sockets, with strangers among the endpoints.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use drlab_core::config::{Config, Endpoints};
use drlab_core::domain::Region;
use drlab_lab::control::Stage;
use drlab_lab::serve::{Ports, Running, open};
use drlab_tui::probe::handshake::{Session, handshake};
use tokio::time::timeout;

use super::server::{Server, nobody};
use crate::lab::rig::{START, config};

async fn lab(ports: Ports) -> Running {
    let mut config = config("tier2");
    config.lab.speed = 20.0;
    open(Stage { config, scenario: None }, START, Ipv4Addr::LOCALHOST.into(), ports).await.unwrap()
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// tier2, with a lab as its AWS.
fn pointed_at(running: &Running) -> Config {
    let addresses = running.addresses();
    let regions = addresses.regions.iter().map(|(region, address)| (region.clone(), url(*address))).collect();
    let endpoints = Endpoints { regions, route53: Some(url(addresses.route53)), proxy: Some(url(addresses.control)) };
    Config { endpoints, ..config("tier2") }
}

async fn session(config: &Config) -> Session {
    timeout(Duration::from_secs(30), handshake(config)).await.unwrap()
}

fn why(session: &Session) -> &[String] {
    match session {
        Session::Elsewhere { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_lab_at_every_endpoint_is_a_lab_and_tells_the_time() {
    for ports in [Ports::Each, Ports::One(0)] {
        let running = lab(ports).await;
        let session = session(&pointed_at(&running)).await;
        assert!(matches!(session, Session::Lab { .. }), "{session:?}");
        let (ours, theirs) = (session.clock().now(), running.lab().clock().now());
        assert!(theirs.since(ours).max(ours.since(theirs)) < Duration::from_secs(20), "{ours} is not {theirs}");
        assert!((session.clock().speed() - 20.0).abs() < f64::EPSILON);
        running.stop().await;
    }
}

#[tokio::test]
async fn without_endpoints_it_is_aws() {
    assert!(matches!(session(&config("tier2")).await, Session::Live(_)));
}

#[tokio::test]
async fn one_endpoint_that_is_something_else_is_enough() {
    let (running, other) = (lab(Ports::Each).await, lab(Ports::Each).await);
    let standby = Region::new("us-west-2");
    let stranger = Server::http("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", true).await;
    for (endpoint, says) in [
        (url(stranger.address), "is no lab"),
        (url(other.addresses().regions[&standby]), "not every endpoint is the same lab"),
        ("https://rds.us-west-2.amazonaws.com".to_owned(), "no lab listens"),
    ] {
        let mut config = pointed_at(&running);
        config.endpoints.regions.insert(standby.clone(), endpoint);
        let session = session(&config).await;
        let why = why(&session);
        assert!(why.len() == 1 && why[0].contains(says), "{why:?}");
        assert!((session.clock().speed() - 1.0).abs() < f64::EPSILON);
    }
    let mut config = pointed_at(&running);
    config.endpoints.regions.remove(&standby);
    assert!(why(&session(&config).await)[0].contains("us-west-2 has no endpoint"));
    config.endpoints = pointed_at(&running).endpoints;
    config.endpoints.route53 = None;
    assert!(why(&session(&config).await)[0].contains("Route 53 has no endpoint"));
    running.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn a_silent_endpoint_keeps_the_word_from_us_and_leaves_the_time() {
    let running = lab(Ports::Each).await;
    let mut config = pointed_at(&running);
    config.endpoints.regions.insert(Region::new("us-west-2"), url(nobody().await));
    let session = session(&config).await;
    assert!(why(&session).len() == 1 && why(&session)[0].starts_with("us-west-2 ("), "{session:?}");
    assert!((session.clock().speed() - 20.0).abs() < f64::EPSILON);
    running.stop().await;
}
