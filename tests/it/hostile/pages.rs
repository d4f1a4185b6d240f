//! HTTP as the client's eye sees it: what a server may answer, byte for byte, over a loopback socket; and what may pass for a lab's greeting.

use std::net::Ipv4Addr;

use drlab_core::config::{Config, Endpoints};
use drlab_core::domain::fact::Fact;
use drlab_core::domain::{Errand, Question, Subject, Topic, Value};
use drlab_tui::clock::WorldClock;
use drlab_tui::probe::handshake::{Session, handshake};
use drlab_tui::probe::{Wire, look};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use super::judge::{Bounds, Came, Target, anywhere, judge};
use super::monsters::{self, Monster};
use crate::lab::rig::{START, config};

/// What is read of a page, and of its head, is bounded: so much for whatever comes.
const BOUNDS: Bounds = Bounds { held: (2 << 20, 4), asked: (8 << 20, 16) };

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Says these bytes to whoever comes, and hangs up; meanwhile somebody looks.
async fn served<T>(bytes: &[u8], times: usize, looks: impl AsyncFnOnce(u16) -> T) -> T {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = async {
        for _ in 0..times {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            // Whoever has heard enough hangs up.
            let _ = stream.write_all(bytes).await;
            let _ = stream.shutdown().await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        looked = looks(port) => looked,
        () = serving => unreachable!(),
    }
}

fn pages() -> Vec<Vec<u8>> {
    [
        "HTTP/1.1 200 OK\r\ncontent-length: 15\r\ncontent-type: text/plain\r\n\r\n{\"status\":\"ok\"}",
        "HTTP/1.1 503 Service Unavailable\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nuntil the end",
        "HTTP/1.1 301 Moved\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    ]
    .map(|page| page.as_bytes().to_vec())
    .to_vec()
}

fn monsters() -> Vec<Monster> {
    let page = |called: &str, text: String| (called.to_owned(), text.into_bytes());
    let mut all = monsters::of_text();
    all.extend([
        page("head-without-end", format!("HTTP/1.1 200 OK\r\n{}", "a: b\r\n".repeat(200_000))),
        page("header-without-end", format!("HTTP/1.1 200 OK\r\na: {}", "b".repeat(1 << 20))),
        page("long-body", format!("HTTP/1.1 200 OK\r\n\r\n{}", "a".repeat(10 << 20))),
        page("promised", format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\na", u64::MAX)),
        page("promised-more", "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\na".to_owned()),
        page("two-lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".to_owned()),
        page("large-chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\na".to_owned()),
        page("small-chunks", format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}", "1\r\na\r\n".repeat(300_000))),
        page("continues", "HTTP/1.1 100 Continue\r\n\r\n".repeat(20_000)),
        page("status", "HTTP/1.1 99999 What\r\n\r\n".to_owned()),
        page("steers", "HTTP/1.1 200 \u{1b}[2J\r\ncontent-length: 4\r\n\r\n\u{1b}[2J".to_owned()),
    ]);
    all
}

#[test]
fn whatever_a_page_is_it_is_a_sight() {
    let runtime = runtime();
    let clock = WorldClock::new(START, 0.1);
    judge(
        Target { name: "page", seeds: pages(), monsters: monsters(), cases: 600, bounds: BOUNDS, longest: 500, places: anywhere },
        |bytes| {
            runtime.block_on(served(bytes, 1, async |port| {
                let errand = Errand {
                    subject: Subject::sight("tier2", "record"),
                    url: format!("http://127.0.0.1:{port}/healthz"),
                    by: None,
                    resolvers: Vec::new(),
                };
                let readings = look(&Wire::net(&Endpoints::default()), &Question::global(Topic::Look(errand)), &clock).await;
                match &readings[0].outcome {
                    Ok(Value::Found { fact, .. }) => match &**fact {
                        Fact::Sight(sight) => match &sight.problem {
                            Some(problem) => Came::Refused(problem.clone()),
                            None => {
                                assert!(sight.body.len() <= 3 * 512, "{} bytes are kept", sight.body.len());
                                Came::Taken
                            }
                        },
                        other => panic!("{other:?}"),
                    },
                    Ok(other) => panic!("{other:?}"),
                    Err(trouble) => Came::Refused(trouble.text.clone()),
                }
            }))
        },
    );
}

/// Only what says so itself, and says a time and a speed that can be, is a lab.
#[test]
fn whatever_greets_us_is_a_lab_or_is_not() {
    let runtime = runtime();
    let greeting = |text: &str| format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len()).into_bytes();
    let seeds = vec![
        greeting(r#"{"world":"2026-11-20T09:00:00.000Z","speed":20.0,"instance":"a0b1"}"#),
        greeting(r#"{"world":"2026-11-20T09:00:00+11:00","speed":0.5,"instance":"b"}"#),
    ];
    let monsters = monsters::of_json().into_iter().map(|(called, body)| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        (called, [head, body].concat())
    });
    let target = Target {
        name: "greeting",
        seeds,
        monsters: monsters.collect(),
        cases: 400,
        bounds: BOUNDS,
        longest: 1_000,
        places: |why| why.contains("http://127.0.0.1:"),
    };
    let console = config("tier2");
    judge(target, |bytes| {
        let mut config: Config = console.clone();
        runtime.block_on(served(bytes, 8, async |port| {
            let url = format!("http://127.0.0.1:{port}");
            let regions = config.regions().into_iter().map(|region| (region, url.clone())).collect();
            config.endpoints = Endpoints { regions, route53: Some(url.clone()), proxy: None };
            match handshake(&config).await {
                Session::Lab { clock, .. } => {
                    assert!(clock.speed() > 0.0 && clock.speed() <= 10_000.0, "{}", clock.speed());
                    drop(clock.now().to_string());
                    Came::Taken
                }
                Session::Elsewhere { why, .. } => Came::Refused(why.join("; ")),
                Session::Live(_) => panic!("an endpoint of our own is not AWS"),
            }
        }))
    });
}
