//! The lab's listener: whatever is sent to a port, the next who asks is answered.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use drlab_lab::control::Stage;
use drlab_lab::serve::{Lab, Ports, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::time::timeout;

use super::judge::{Bounds, Came, Target, anywhere, judge};
use super::monsters::{self, Monster};
use crate::lab::rig::{START, config};

const SCOPE: &str = "AWS4-HMAC-SHA256 Credential=AKIALAB/20261120/us-west-2/sts/aws4_request, SignedHeaders=host, Signature=0";
const HELLO: &[u8] = b"GET /_lab/hello HTTP/1.1\r\nhost: lab\r\nconnection: close\r\n\r\n";

fn requests() -> Vec<Vec<u8>> {
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let head = format!("POST / HTTP/1.1\r\nhost: lab\r\nconnection: close\r\nauthorization: {SCOPE}\r\n");
    vec![
        HELLO.to_vec(),
        format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes(),
        format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).into_bytes(),
        b"GET http://203.0.113.10/healthz HTTP/1.1\r\nhost: app.example.com\r\nconnection: close\r\n\r\n".to_vec(),
        b"POST /_lab/inject HTTP/1.1\r\nhost: lab\r\ncontent-length: 32\r\nconnection: close\r\n\r\n{\"fault\":\"api-slow\",\"for\":\"1s\"  }".to_vec(),
        b"GET /_lab/faults HTTP/1.1\r\nhost: lab\r\n\r\nGET /_lab/operations HTTP/1.1\r\nhost: lab\r\nconnection: close\r\n\r\n".to_vec(),
    ]
}

fn monsters() -> Vec<Monster> {
    let request = |called: &str, text: String| (called.to_owned(), text.into_bytes());
    let mut all = monsters::of_text();
    all.extend([
        request("headers-without-end", format!("GET / HTTP/1.1\r\n{}", "a: b\r\n".repeat(100_000))),
        request("promised", format!("POST / HTTP/1.1\r\nhost: lab\r\ncontent-length: {}\r\n\r\na", u64::MAX)),
        request("promised-more", "POST / HTTP/1.1\r\nhost: lab\r\ncontent-length: 99999999999999999999\r\n\r\na".to_owned()),
        request(
            "smuggled",
            "POST / HTTP/1.1\r\nhost: lab\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"
                .to_owned(),
        ),
        request("large-chunk", "POST / HTTP/1.1\r\nhost: lab\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\na".to_owned()),
        request(
            "small-chunks",
            format!(
                "POST / HTTP/1.1\r\nhost: lab\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{}0\r\n\r\n",
                "1\r\na\r\n".repeat(100_000)
            ),
        ),
        request("many", "GET /_lab/hello HTTP/1.1\r\nhost: lab\r\n\r\n".repeat(2_000)),
        request("tunnel", "CONNECT 198.51.100.10:443 HTTP/1.1\r\nhost: lab\r\n\r\n".to_owned()),
        request("no-host", "GET http:///healthz HTTP/1.1\r\n\r\n".to_owned()),
        request("tls", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}".to_owned()),
        request("other-protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
    ]);
    all
}

/// Sends all of it, says that there is no more, and hears what comes back: as much as anybody would.
async fn said(to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let (mut from, mut into) = stream.split();
    let mut heard = Vec::new();
    let speaking = async {
        let _ = into.write_all(bytes).await;
        let _ = into.shutdown().await;
    };
    let hearing = async {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut piece).await {
            heard.extend_from_slice(&piece[..length.min(65_536_usize.saturating_sub(heard.len()))]);
        }
    };
    // Some is never answered: a page of a site that is silent, say.
    let _ = timeout(Duration::from_millis(500), async { tokio::join!(speaking, hearing) }).await;
    heard
}

#[test]
fn whatever_a_port_is_sent_the_next_is_answered() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let stage = Stage { config: config("tier2"), scenario: None };
    let lab = Lab::new(stage.open(START).unwrap(), 1.0, "hostile");
    let control = Arc::new(move |world: &mut _, log: &mut _, method: &str, path: &str, body: bytes::Bytes| {
        stage.answer(world, log, method, path, &body)
    });
    let server = runtime.block_on(Server::start(lab, IpAddr::V4(Ipv4Addr::LOCALHOST), Ports::One(0), control)).unwrap();
    let to = server.addresses().control;
    let bounds = Bounds { held: (96 << 20, 8), asked: (512 << 20, 64) };
    judge(
        Target { name: "front", seeds: requests(), monsters: monsters(), cases: 300, bounds, longest: 70_000, places: anywhere },
        |bytes| {
            runtime.block_on(async {
                let answer = said(to, bytes).await;
                let hello = said(to, HELLO).await;
                assert!(hello.starts_with(b"HTTP/1.1 200 OK"), "the next is answered {:?}", String::from_utf8_lossy(&hello));
                // Whoever asks in an older HTTP is answered in it.
                let rest = [&b"HTTP/1.1 "[..], b"HTTP/1.0 "].into_iter().find_map(|version| answer.strip_prefix(version));
                if rest.is_some_and(|rest| rest.starts_with(b"2")) {
                    return Came::Taken;
                }
                assert!(answer.is_empty() || rest.is_some(), "{:?}", String::from_utf8_lossy(&answer));
                let words: String = String::from_utf8_lossy(&answer).chars().filter(|c| !c.is_control()).collect();
                Came::Refused(if words.is_empty() { "hangs up".to_owned() } else { words })
            })
        },
    );
}
