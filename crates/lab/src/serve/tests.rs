//! The lab over real loopback sockets. Patience is real time, and short.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::*;
use crate::wire::{HttpResponse, Log};
use crate::world::testing::{east, west, world};
use crate::world::{ActiveFault, Fault, World};

const PATIENCE: Duration = Duration::from_millis(300);

async fn lab(ports: Ports) -> (Lab, Server) {
    let lab = Lab::new(world(), 20.0, "here");
    let server = Server::start(lab.clone(), Ipv4Addr::LOCALHOST.into(), ports, Arc::new(control)).await.unwrap();
    (lab, server)
}

/// A control that clears faults, and knows nothing else.
fn control(world: &mut World, _log: &mut Log, method: &str, target: &str, _body: bytes::Bytes) -> Option<HttpResponse> {
    (method == "POST" && target == "/_lab/clear").then(|| {
        world.faults.clear();
        HttpResponse::empty(204)
    })
}

fn break_east(lab: &Lab, fault: Fault) {
    lab.with(|world| {
        let now = world.now();
        world.faults.inject(ActiveFault::on(fault, &east(), now, None));
    });
}

/// A signed GetCallerIdentity.
fn caller(region: &str) -> String {
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    format!(
        "POST / HTTP/1.1\r\nHost: lab\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nAuthorization: \
         AWS4-HMAC-SHA256 Credential=AKIALAB/20261120/{region}/sts/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{body}",
        body.len()
    )
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: lab\r\n\r\n")
}

/// What a connection sends back until it ends or says no more; `None` if it cannot be opened in time.
async fn ask(address: SocketAddr, request: &str) -> Option<String> {
    let mut stream = timeout(PATIENCE, TcpStream::connect(address)).await.ok()?.ok()?;
    stream.write_all(request.as_bytes()).await.ok()?;
    Some(answer(&mut stream).await)
}

/// One answer with its body, or what came of it in time.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = timeout(PATIENCE, async {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            bytes.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&bytes);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if body.len() >= length.unwrap_or(0) {
                break;
            }
        }
    })
    .await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Asks again until the answer is as expected. Links change within a tick; this is patient for much longer.
async fn until(address: SocketAddr, request: &str, expected: impl Fn(Option<&str>) -> bool) -> bool {
    for _ in 0..20 {
        if expected(ask(address, request).await.as_deref()) {
            return true;
        }
        sleep(Duration::from_millis(30)).await;
    }
    false
}

fn answered(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.starts_with("HTTP/1.1 200") && text.contains("<Account>123456789012</Account>"))
}

#[tokio::test]
async fn every_region_has_its_door() {
    let (_lab, server) = lab(Ports::Each).await;
    let addresses = server.addresses().clone();
    let (east, west) = (addresses.regions[&east()], addresses.regions[&west()]);
    let text = ask(east, &caller("us-east-1")).await.unwrap();
    assert!(answered(Some(&text)), "{text}");
    assert!(!text.to_lowercase().contains("\r\ndate:"), "{text}");
    assert!(ask(west, &caller("us-east-1")).await.unwrap().contains("<Code>SignatureDoesNotMatch</Code>"));
    for address in [east, west, addresses.route53, addresses.control] {
        let hello = ask(address, &get("/_lab/hello")).await.unwrap();
        assert!(hello.contains("\"speed\":20.0,\"instance\":\"here\"}"), "{hello}");
    }
    server.stop().await;
    assert!(ask(east, &caller("us-east-1")).await.is_none());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_dark_region_swallows_connections_and_comes_back() {
    let (lab, server) = lab(Ports::Each).await;
    let (address, control) = (server.addresses().regions[&east()], server.addresses().control);
    let mut kept = TcpStream::connect(address).await.unwrap();
    kept.write_all(caller("us-east-1").as_bytes()).await.unwrap();
    assert!(answered(Some(&answer(&mut kept).await)));
    break_east(&lab, Fault::RegionDark);
    assert!(until(address, &caller("us-east-1"), |text| text.is_none()).await);
    // What is connected goes silent, and others are not touched.
    kept.write_all(caller("us-east-1").as_bytes()).await.unwrap();
    assert_eq!(answer(&mut kept).await, "");
    let west_address = server.addresses().regions[&west()];
    assert!(answered(ask(west_address, &caller("us-west-2")).await.as_deref()));
    let asked = lab.log(|log| log.answered());
    assert!(ask(control, "POST /_lab/clear HTTP/1.1\r\nHost: lab\r\nContent-Length: 0\r\n\r\n").await.unwrap().starts_with("HTTP/1.1 204"));
    assert!(until(address, &caller("us-east-1"), answered).await);
    // What was sent into the dark never arrives.
    assert_eq!(lab.log(|log| log.answered()), asked + 1);
    server.stop().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_refusing_region_refuses_and_resets() {
    let (lab, server) = lab(Ports::Each).await;
    let address = server.addresses().regions[&east()];
    let mut kept = TcpStream::connect(address).await.unwrap();
    kept.write_all(caller("us-east-1").as_bytes()).await.unwrap();
    assert!(answered(Some(&answer(&mut kept).await)));
    break_east(&lab, Fault::ApiRefused);
    assert!(until(address, &caller("us-east-1"), |text| text.is_none()).await);
    let error = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    let ended = timeout(PATIENCE, kept.read(&mut [0; 16])).await.unwrap();
    assert_eq!(ended.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    lab.with(|world| world.faults.clear());
    assert!(until(address, &caller("us-east-1"), answered).await);
    server.stop().await;
}

#[tokio::test]
async fn a_silent_region_accepts_and_says_nothing() {
    let (lab, server) = lab(Ports::Each).await;
    let address = server.addresses().regions[&east()];
    break_east(&lab, Fault::ApiSilent);
    assert!(until(address, &caller("us-east-1"), |text| text == Some("")).await);
    lab.with(|world| world.faults.clear());
    assert!(until(address, &caller("us-east-1"), answered).await);
    server.stop().await;
}

#[tokio::test]
async fn one_listener_tells_regions_by_the_scope() {
    let (lab, server) = lab(Ports::One(0)).await;
    let address = server.addresses().control;
    assert!(answered(ask(address, &caller("us-east-1")).await.as_deref()));
    break_east(&lab, Fault::RegionDark);
    assert_eq!(ask(address, &caller("us-east-1")).await.as_deref(), Some(""));
    assert!(answered(ask(address, &caller("us-west-2")).await.as_deref()));
    assert!(ask(address, &get("/_lab/hello")).await.unwrap().contains("\"instance\":\"here\""));
    assert!(ask(address, &get("/_lab/nothing")).await.unwrap().starts_with("HTTP/1.1 404"));
    server.stop().await;
}

#[tokio::test]
async fn slow_apis_are_slow_by_the_worlds_clock() {
    let (lab, server) = lab(Ports::Each).await;
    let address = server.addresses().regions[&east()];
    break_east(&lab, Fault::ApiSlow);
    let began = tokio::time::Instant::now();
    assert!(answered(ask(address, &caller("us-east-1")).await.as_deref()));
    // Two seconds of the world at twenty times its speed.
    assert!(began.elapsed() >= Duration::from_millis(100));
    server.stop().await;
}

#[tokio::test]
async fn whether_it_is_a_lab_is_told_however_slow_apis_are() {
    let (lab, server) = lab(Ports::Each).await;
    let days = |now| ActiveFault { level: Some(86_400_000.0), ..ActiveFault::on(Fault::ApiSlow, &east(), now, None) };
    lab.with(|world| world.faults.inject(days(world.now())));
    let hello = ask(server.addresses().regions[&east()], &get("/_lab/hello")).await.unwrap();
    assert!(hello.contains("\"instance\":\"here\""), "{hello}");
    server.stop().await;
}

#[tokio::test]
async fn the_lab_is_a_proxy_for_its_own_addresses_only() {
    let (_lab, server) = lab(Ports::Each).await;
    let control = server.addresses().control;
    let unknown = ask(control, &get("http://example.com/healthz")).await.unwrap();
    assert!(unknown.starts_with("HTTP/1.1 502") && unknown.contains("knows no such host"), "{unknown}");
    let tunnel = ask(control, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n").await.unwrap();
    assert!(tunnel.starts_with("HTTP/1.1 501"), "{tunnel}");
    server.stop().await;
}

#[tokio::test]
async fn bounds_hold_and_the_lab_goes_on() {
    let (_lab, server) = lab(Ports::Each).await;
    let address = server.addresses().regions[&east()];
    let large = caller("us-east-1").replace("Content-Length: 43", "Content-Length: 99999999");
    assert!(ask(address, &large).await.unwrap().contains("<Code>RequestEntityTooLarge</Code>"));
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(80 * 1024));
    assert!(!ask(address, &long).await.is_some_and(|text| text.starts_with("HTTP/1.1 200")));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: x\r\n".repeat(200));
    assert!(ask(address, &many).await.unwrap().starts_with("HTTP/1.1 431"));
    assert!(ask(address, "nonsense\r\n\r\n").await.unwrap().starts_with("HTTP/1.1 400"));
    assert!(answered(ask(address, &caller("us-east-1")).await.as_deref()));
    server.stop().await;
}

#[tokio::test]
async fn whoever_hangs_up_is_forgotten() {
    let (lab, server) = lab(Ports::Each).await;
    let address = server.addresses().regions[&east()];
    break_east(&lab, Fault::ApiSilent);
    assert!(until(address, &caller("us-east-1"), |text| text == Some("")).await);
    let mut waiting = TcpStream::connect(address).await.unwrap();
    waiting.write_all(caller("us-east-1").as_bytes()).await.unwrap();
    waiting.shutdown().await.unwrap();
    // The lab ends its half too, instead of holding the request for a client that is gone.
    let ended = timeout(PATIENCE, waiting.read(&mut [0; 16])).await;
    assert_eq!(ended.unwrap().unwrap(), 0);
    server.stop().await;
}

#[tokio::test]
async fn stopping_does_not_wait_for_those_who_wait() {
    let (lab, server) = lab(Ports::Each).await;
    let address = server.addresses().regions[&east()];
    break_east(&lab, Fault::ApiSilent);
    assert!(until(address, &caller("us-east-1"), |text| text == Some("")).await);
    let mut waiting = TcpStream::connect(address).await.unwrap();
    waiting.write_all(caller("us-east-1").as_bytes()).await.unwrap();
    let idle = TcpStream::connect(address).await.unwrap();
    timeout(Duration::from_secs(3), server.stop()).await.unwrap();
    drop(idle);
}

#[tokio::test]
async fn time_passes_when_nobody_asks() {
    let (lab, server) = lab(Ports::Each).await;
    sleep(Duration::from_millis(200)).await;
    let seen = lab.log(|_| lab.clock().now());
    assert!(seen.since(world().now()) >= Duration::from_secs(3));
    server.stop().await;
}
