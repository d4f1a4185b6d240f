//! The webhook is told, and its URL is told to nobody.

use std::time::Duration;

use drlab_core::domain::Receipt;
use drlab_lab::control::Stage;
use drlab_tui::clock::WorldClock;
use drlab_tui::probe::{Wire, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::failover::bridge::{Called, carry_out};
use crate::lab::rig::{Rig, START, config, paused};

const SECRET: &str = "s3cr3t-path";

/// Answers once, and gives back what it was asked.
async fn told(status: &'static str) -> (Receipt, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/{SECRET}", listener.local_addr().unwrap());
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = String::new();
        while !heard.contains("dialled") {
            let mut part = [0; 4096];
            let length = stream.read(&mut part).await.unwrap();
            heard.push_str(&String::from_utf8_lossy(&part[..length]));
        }
        let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        heard
    };
    let (receipt, heard) = tokio::join!(ask(&url), serve);
    (receipt, heard)
}

async fn ask(url: &str) -> Receipt {
    let mut workload = config("tier2").workloads[0].clone();
    workload.notify.webhook = Some(url.to_owned());
    let wire = Wire::net(&drlab_core::config::Endpoints::default());
    let receipt = post(&wire, &workload, "the DR site is \"dialled\"", &WorldClock::wall()).await;
    assert!(!format!("{receipt:?}").contains(SECRET), "{receipt:?}");
    receipt
}

#[tokio::test]
async fn it_hears_the_message_as_json() {
    let (receipt, heard) = told("204").await;
    assert!(matches!(&receipt, Receipt::Accepted { told } if told["status"] == "204"), "{receipt:?}");
    assert!(heard.starts_with(&format!("POST /{SECRET} HTTP/1.1\r\n")), "{heard}");
    assert!(heard.ends_with(r#"{"text":"the DR site is \"dialled\""}"#), "{heard}");
    assert!(heard.to_ascii_lowercase().contains("content-type: application/json"), "{heard}");
}

#[tokio::test]
async fn whether_it_has_heard_is_said_as_far_as_it_is_known() {
    assert!(matches!(told("410").await.0, Receipt::Refused { code, .. } if code == "410"));
    assert!(matches!(told("503").await.0, Receipt::Unknown { .. }));
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert!(matches!(ask(&format!("http://{closed}/{SECRET}")).await, Receipt::Refused { code, .. } if code == "NotReached"));
    assert!(matches!(ask(&format!("ftp://127.0.0.1/{SECRET}")).await, Receipt::Refused { code, .. } if code == "NoUrl"));
    // Nobody speaks TLS there.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/{SECRET}", listener.local_addr().unwrap());
    let hang_up = async { drop(listener.accept().await) };
    let (receipt, ()) = tokio::join!(ask(&url), hang_up);
    assert!(!matches!(receipt, Receipt::Accepted { .. }), "{receipt:?}");
}

/// A rehearsal's message must not reach the people whom the real thing concerns.
#[test]
fn the_lab_hears_what_its_workloads_post_and_knows_no_other_host() {
    paused(async {
        let rig = Rig::open("tier2");
        let wire = Wire::lab(rig.way.clone(), &rig.stage.config);
        let mut workload = rig.stage.config.workloads[0].clone();
        let heard = post(&wire, &workload, "x", &rig.clock()).await;
        assert!(matches!(&heard, Receipt::Accepted { told } if told["status"] == "200"), "{heard:?}");
        workload.notify.webhook = Some("https://hooks.elsewhere.example.com/tier2".to_owned());
        let asked = post(&wire, &workload, "x", &rig.clock()).await;
        assert!(matches!(&asked, Receipt::Refused { code, text } if code == "NoSuchHost" && text.contains("lab")), "{asked:?}");
    });
}

/// That a runbook goes on without a message does not make it a message that was told.
#[test]
fn a_message_that_nobody_has_heard_is_owed() {
    paused(async {
        let mut config = config("tier2");
        let rig = Rig::of(config.clone());
        config.workloads[0].notify.webhook = Some("https://hooks.elsewhere.example.com/tier2".to_owned());
        let elsewhere = Rig { stage: Stage { config, scenario: None }, ..rig };
        let step = "[[step]]\nid = \"call\"\ntitle = \"Call\"\naction = \"notify.webhook\"\ntimeout = \"1m\"\non_fail = \"continue\"\n";
        let own = format!("title = \"A call\"\nwhen = \"A test asks for it.\"\nkind = \"isolation\"\n\n{step}");
        let called = Called { own: Some(&own), ..Called::plain("call") };
        let outcome = carry_out(&elsewhere, called, Duration::from_secs(300)).await;
        let finished = outcome.run.finished.as_ref().unwrap();
        assert_eq!((&finished.owed[..], &finished.unproven[..]), (&["call".to_owned()][..], &[][..]), "{}", outcome.story(START));
    });
}
