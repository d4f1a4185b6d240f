//! Real credentials go to AWS alone; and a lab is nobody's but this machine's.

use std::collections::BTreeSet;

use super::{KEY, told, with_credentials};
use crate::cli::theatre::Theatre;
use crate::cli::{Served, refused};

/// Whose keys the requests were signed with.
fn signed_by(control: &str) -> BTreeSet<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let log = runtime.block_on(drlab_lab::control::ask(control, "GET", "/_lab/log", None)).unwrap();
    let keys = log["calls"].as_array().unwrap().iter().map(|call| call["access_key"].as_str().unwrap().to_owned());
    keys.filter(|key| !key.is_empty()).collect()
}

#[test]
fn an_endpoint_that_is_not_awss_gets_made_up_credentials() {
    let theatre = Theatre::open("tier2", None);
    let (config, state) = (theatre.config(), theatre.state());
    let place = ["--config", config.to_str().unwrap()];
    let kept = [&place[..], &["--state-dir", state.to_str().unwrap()]].concat();
    // By what the configuration says; the run stops where it asks for consent, and is taken up from its journal, endpoints and all.
    for words in [&["status"][..], &["check"], &["plan", "planned_failover"]] {
        with_credentials(&[words, &place].concat());
    }
    let run = with_credentials(&[&["run", "planned_failover", "--reason", "a drill", "--confirm", "tier2"][..], &kept].concat());
    assert_eq!(run.status.code(), Some(6), "{}", told(&run));
    let again = with_credentials(&[&["resume", "--confirm", "tier2"][..], &kept].concat());
    assert_eq!(again.status.code(), Some(6), "{}", told(&again));
    let made_up = BTreeSet::from(["AKIALABLABLABLABLAB0".to_owned()]);
    assert_eq!(signed_by(theatre.control()), made_up);

    // By what the command line says.
    let one = Served::start(&["--port", "0"]);
    let there = ["--endpoint-url", one.control()];
    with_credentials(&[&["status"][..], &place, &there].concat());
    assert_eq!(signed_by(one.control()), made_up);
    // Only where somebody says so; a test that could not see them would prove nothing.
    with_credentials(&[&["status", "--send-credentials"][..], &place, &there].concat());
    assert!(signed_by(one.control()).contains(KEY));
}

#[test]
fn a_lab_listens_to_nobody_from_elsewhere() {
    refused(&[
        (&["lab", "serve", "--listen", "0.0.0.0"], 64, "nobody else may reach it"),
        (&["lab", "serve", "--listen", "::"], 64, "nobody else may reach it"),
        (&["lab", "serve", "--listen", "192.0.2.1", "--port", "0"], 64, "nobody else may reach it"),
    ]);
    let other = Served::start(&["--listen", "127.0.0.1"]);
    assert!(other.control().starts_with("http://127.0.0.1:"));
}
