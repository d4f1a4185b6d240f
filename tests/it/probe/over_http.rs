//! HTTP over real loopback sockets.

use drlab_core::config::Endpoints;
use drlab_core::domain::fact::Sight;
use drlab_tui::clock::WorldClock;
use drlab_tui::probe::Wire;

use super::server::{Server, nobody};
use super::{errand, hasty, patient, seen};

/// What a client sees of a server that says `reply`.
async fn sight_of(reply: impl Into<Vec<u8>>, open: bool, clock: &WorldClock) -> Sight {
    let server = Server::http(reply, open).await;
    let errand = errand(&format!("http://{}/healthz", server.address), None, &[]);
    seen(&Wire::net(&Endpoints::default()), errand, clock).await.unwrap()
}

#[tokio::test]
async fn the_request_is_a_plain_get_in_the_hosts_name() {
    let (dns, server) = (Server::honest_dns().await, Server::http("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", true).await);
    let url = format!("http://app.example.com:{}/healthz?deep=1", server.address.port());
    for by in [None, Some("balancer.example.net")] {
        let errand = errand(&url, by, &[dns.address.to_string()]);
        let sight = seen(&Wire::net(&Endpoints::default()), errand, &patient()).await.unwrap();
        assert_eq!((sight.status, sight.address.as_deref(), sight.body.as_str()), (Some(200), Some("127.0.0.1"), "ok"));
    }
    let heard = server.heard();
    assert_eq!(heard.len(), 2, "one connection a look");
    for request in heard {
        assert!(request.starts_with("GET /healthz?deep=1 HTTP/1.1\r\n"), "{request}");
        assert!(request.contains(&format!("\r\nhost: app.example.com:{}\r\n", server.address.port())), "{request}");
        assert!(request.contains(concat!("\r\nuser-agent: drlab-tui/", env!("CARGO_PKG_VERSION"), "\r\n")), "{request}");
    }
}

#[tokio::test]
async fn any_status_is_an_answer_and_redirects_are_not_followed() {
    for (reply, status, ok) in [
        ("HTTP/1.1 503 Down\r\ncontent-length: 0\r\n\r\n", 503, false),
        ("HTTP/1.1 404 Gone\r\ncontent-length: 0\r\n\r\n", 404, false),
        ("HTTP/1.1 204 Fine\r\n\r\n", 204, true),
        ("HTTP/1.1 302 Elsewhere\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\n\r\n", 302, true),
    ] {
        let sight = sight_of(reply, true, &patient()).await;
        assert_eq!((sight.status, sight.is_ok(), sight.problem), (Some(status), ok, None));
    }
}

#[tokio::test]
async fn bodies_are_bounded_and_kept_as_they_are() {
    let huge = format!("HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n{}", "x".repeat(200_000));
    let sight = sight_of(huge, true, &patient()).await;
    assert_eq!((sight.status, sight.body.len()), (Some(200), 512));
    let raw = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n\x1b[2J\x00\xff\x07ok";
    let sight = sight_of(raw.as_slice(), true, &patient()).await;
    assert_eq!(sight.body, "\u{1b}[2J\0\u{fffd}\u{7}ok");
    let sight = sight_of("HTTP/1.1 200 OK\r\n\r\nuntil the end", false, &patient()).await;
    assert_eq!((sight.status, sight.body.as_str()), (Some(200), "until the end"));
}

#[tokio::test]
async fn half_an_answer_is_none() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
    let sight = sight_of(half, true, &hasty()).await;
    assert_eq!((sight.status, sight.problem.as_deref()), (None, Some("answers 200, but its body does not end")));
    assert_eq!(sight.body, "half");
    let sight = sight_of(half, false, &patient()).await;
    assert_eq!((sight.status, sight.problem.as_deref()), (None, Some("answers 200, but its body breaks off")));
    assert!(!sight.is_ok());
}

#[tokio::test]
async fn silence_refusal_and_nonsense_are_seen_as_what_they_are() {
    let sight = sight_of("", true, &hasty()).await;
    assert_eq!((sight.status, sight.problem.as_deref()), (None, Some("no answer")));
    let mute = Server::http("", true).await;
    let secure = errand(&format!("https://{}/healthz", mute.address), None, &[]);
    let sight = seen(&Wire::net(&Endpoints::default()), secure, &hasty()).await.unwrap();
    assert_eq!((sight.status, sight.problem.as_deref()), (None, Some("no answer")), "no handshake, no connection");
    for nonsense in ["", "220 mail.example.com ESMTP\r\n", "HTTP/1.1 999999 OK\r\n\r\n"] {
        let sight = sight_of(nonsense, false, &patient()).await;
        assert!(sight.status.is_none() && sight.problem.is_some_and(|why| !why.is_empty() && why != "no answer"), "{nonsense}");
    }
    let endless = format!("HTTP/1.1 200 OK\r\n{}", "x: y\r\n".repeat(50_000));
    let sight = sight_of(endless, true, &patient()).await;
    assert!(sight.status.is_none() && sight.problem.is_some(), "{sight:?}");
    for scheme in ["http", "https"] {
        let errand = errand(&format!("{scheme}://{}/", nobody().await), None, &[]);
        let sight = seen(&Wire::net(&Endpoints::default()), errand, &patient()).await.unwrap();
        assert_eq!((sight.status, sight.problem.as_deref()), (None, Some("connection refused")), "{scheme}");
        assert_eq!(sight.address.as_deref(), Some("127.0.0.1"));
    }
}

#[tokio::test]
async fn tls_is_spoken_to_the_pinned_address_in_the_hosts_name() {
    let (dns, server) = (Server::honest_dns().await, Server::http("this is no TLS", false).await);
    let url = format!("https://app.example.com:{}/healthz", server.address.port());
    let sight = seen(&Wire::net(&Endpoints::default()), errand(&url, None, &[dns.address.to_string()]), &patient()).await.unwrap();
    assert!(sight.status.is_none() && sight.problem.is_some(), "{sight:?}");
    assert_eq!(sight.address.as_deref(), Some("127.0.0.1"));
    // The name goes over the wire in the clear, for the server to choose its certificate by.
    let [hello] = <[String; 1]>::try_from(server.heard()).unwrap();
    assert!(hello.starts_with('\u{16}') && hello.contains("app.example.com"), "{hello:?}");
}
