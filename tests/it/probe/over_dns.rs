//! DNS over real loopback sockets.

use drlab_core::config::Endpoints;
use drlab_core::domain::Cause;
use drlab_lab::control::Stage;
use drlab_lab::serve::{Ports, open};
use drlab_tui::probe::Wire;

use super::server::{Server, answer};
use super::{hasty, patient, resolved};
use crate::lab::rig::{START, config};

const NAME: &str = "app.example.com";

fn net() -> Wire {
    Wire::net(&Endpoints::default())
}

#[tokio::test]
async fn the_labs_resolvers_and_name_server_are_asked_like_any_others() {
    let stage = Stage { config: config("tier2"), scenario: None };
    let running = open(stage, START, std::net::Ipv4Addr::LOCALHOST.into(), Ports::Each).await.unwrap();
    let dns = running.dns();
    for (server, authoritative) in [(dns.a, false), (dns.b, false), (dns.authoritative, true)] {
        let told = resolved(&net(), &server.to_string(), "tier2.example.com", &patient()).await.unwrap();
        assert_eq!((told.code.as_str(), told.authoritative), ("NOERROR", authoritative));
        assert!(told.addresses.iter().all(|address| address.starts_with("198.51.100.")) && !told.addresses.is_empty(), "{told:?}");
        let told = resolved(&net(), &server.to_string(), "nobody.example.com", &patient()).await.unwrap();
        assert_eq!((told.code.as_str(), told.addresses.len()), ("NXDOMAIN", 0));
    }
    running.stop().await;
}

#[tokio::test]
async fn a_resolver_may_be_given_by_name() {
    let server = Server::honest_dns().await;
    let told = resolved(&net(), &format!("localhost:{}", server.address.port()), NAME, &patient()).await.unwrap();
    assert_eq!((told.addresses, told.ttl), (vec!["127.0.0.1".to_owned()], Some(7)));
    // Names under `invalid` never exist.
    let trouble = resolved(&net(), "ns.invalid:53", NAME, &patient()).await.unwrap_err();
    assert_eq!(trouble.cause, Cause::Unreachable);
}

#[tokio::test]
async fn nonsense_and_strangers_are_waited_out() {
    let server = Server::dns(|question| {
        let right = answer(question);
        let mut stranger = right.clone();
        stranger.metadata.id = right.metadata.id.wrapping_add(1);
        stranger.answers[0].ttl = 666;
        let mut elsewhere = right.clone();
        elsewhere.queries.clear();
        let mut echo = right.clone();
        echo.metadata.message_type = hickory_proto::op::MessageType::Query;
        let cut_short = right.to_vec().unwrap()[..20].to_vec();
        let messages = [stranger, elsewhere, echo].map(|message| message.to_vec().unwrap());
        [vec![b"nonsense".to_vec(), Vec::new(), vec![0xff; 2000], cut_short], messages.to_vec(), vec![right.to_vec().unwrap()]].concat()
    })
    .await;
    let told = resolved(&net(), &server.address.to_string(), NAME, &patient()).await.unwrap();
    assert_eq!((told.addresses, told.ttl), (vec!["127.0.0.1".to_owned()], Some(7)));
}

#[tokio::test]
async fn silence_nonsense_and_refusal_are_three_things() {
    let silent = Server::dns(|_| Vec::new()).await;
    let trouble = resolved(&net(), &silent.address.to_string(), NAME, &hasty()).await.unwrap_err();
    assert_eq!((trouble.cause, trouble.text.as_str()), (Cause::Silent, "no answer"));
    let mad = Server::dns(|_| vec![b"nonsense".to_vec(); 50]).await;
    let trouble = resolved(&net(), &mad.address.to_string(), NAME, &hasty()).await.unwrap_err();
    assert_eq!(trouble.cause, Cause::Unintelligible);
}

/// Only some systems tell a client that its datagram was refused.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_closed_port_refuses_at_once() {
    let closed = super::server::nobody().await;
    let trouble = resolved(&net(), &closed.to_string(), NAME, &patient()).await.unwrap_err();
    assert_eq!((trouble.cause, trouble.text.as_str()), (Cause::Unreachable, "connection refused"));
}

#[tokio::test]
async fn a_lost_datagram_is_sent_again() {
    let asked = std::sync::atomic::AtomicU32::new(0);
    let server = Server::dns(move |question| {
        let first = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        if first { Vec::new() } else { vec![answer(question).to_vec().unwrap()] }
    })
    .await;
    assert_eq!(resolved(&net(), &server.address.to_string(), NAME, &hasty()).await.unwrap().code, "NOERROR");
}

#[tokio::test]
async fn what_is_cut_off_is_asked_for_over_tcp() {
    let server = Server::dns(|question| {
        let mut cut = answer(question);
        cut.answers.clear();
        cut.metadata.truncation = true;
        vec![cut.to_vec().unwrap()]
    })
    .await;
    let told = resolved(&net(), &server.address.to_string(), NAME, &patient()).await.unwrap();
    assert_eq!(told.addresses, ["127.0.0.1"]);
}
