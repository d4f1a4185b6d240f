//! Escape sequences, overrides of direction and what has no width, wherever other people's words come from: none of it reaches a terminal raw.

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::path::Path;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_cloudwatch::types::StateValue;
use drlab_core::config::{Config, Site};
use drlab_core::domain::{Region, Timestamp};
use drlab_core::run::Record;
use drlab_core::runbook::{Certainty, shelf};
use drlab_tui::aws::{Clients, Endpoints, Timeouts};
use drlab_tui::engine::Declaration;
use drlab_tui::store::{Journal, Place};
use hickory_proto::op::{Message, MessageType, OpCode};
use hickory_proto::rr::rdata::CNAME;
use hickory_proto::rr::{Name, RData, Record as Answer};

use super::told;
use crate::cli::drlab;
use crate::cli::theatre::Theatre;
use crate::lab::rig::credentials;

/// Clears the screen, fills the clipboard, colours by one byte, turns the rest round, hides a joint, and what is invisible and tells apart.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]52;c;b3duZWQ=\u{7}\u{9b}31m\u{9d}0;t\u{9c}\u{202e}gnp\u{2066}\u{200b}\u{feff}\u{e0041}\u{8}";

/// What came out is text, whatever went in.
fn harmless(place: &str, output: &std::process::Output) {
    let text = told(output);
    let foreign = |c: char| {
        c != '\n'
            && c != '\t'
            && (c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'))
    };
    let found = text.char_indices().find(|(_, c)| foreign(*c));
    assert!(found.is_none(), "{place}: {found:?} in {text:?}");
    assert!(!text.is_empty(), "{place} says nothing");
}

/// A journal of somebody who means harm.
fn journal(state: &Path) -> String {
    let at = Timestamp::from_secs(1_795_000_000);
    let mut config = Config::parse("example", drlab_core::config::EXAMPLE, &[]).unwrap();
    config.workloads.truncate(1);
    let (books, _) = shelf(&[], &|action| action.deed());
    let run = Declaration {
        workload: &config.workloads[0],
        runbook: books.iter().find(|book| book.name == "unplanned_failover").unwrap(),
        source: Site::Primary,
        outage_at: None,
        reason: HOSTILE.to_owned(),
        who: HOSTILE.to_owned(),
        lab: true,
        config_text: config.to_toml().unwrap(),
    }
    .begin(at)
    .unwrap();
    let place = Place::find(Some(state.to_owned())).unwrap();
    let folder = place.make(&run.declared.run).unwrap();
    let mut journal = Journal::create(&folder.journal()).unwrap();
    let stage = run.plan.stages[0].id.clone();
    let words = || HOSTILE.to_owned();
    for record in [
        Record::Declared(Box::new(run.declared.clone())),
        Record::Ready { stage: stage.clone() },
        Record::Done { stage: stage.clone(), shows: words(), certainty: Certainty::Told },
        Record::Failed { stage: run.plan.stages[1].id.clone(), why: words(), ways: vec![words()] },
        Record::Owed { stage: run.plan.stages[2].id.clone(), why: words() },
        Record::Paused { why: words(), who: Some(words()) },
    ] {
        journal.append(at, &record).unwrap();
    }
    std::fs::write(
        folder.lease(),
        format!("{{\"number\":1,\"who\":{:?},\"process\":{},\"since\":\"{at}\"}}", "X", std::process::id())
            .replace("\"X\"", &serde_json::to_string(HOSTILE).unwrap()),
    )
    .unwrap();
    run.declared.run
}

#[test]
fn a_journal_of_somebody_elses_steers_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let run = journal(folder.path());
    let state = ["--state-dir", folder.path().to_str().unwrap()];
    for words in [
        &["report", &run][..],
        &["report", &run, "--format", "json"],
        &["report", &run, "--format", "html"],
        &["report", &run, "--format", "badge"],
        &["runs"],
        &["runs", "--json"],
        // Somebody is at it, who is called like that.
        &["resume", &run, "--confirm", "web"],
        &["resume", &run, "--confirm", HOSTILE],
        &["resume", HOSTILE, "--confirm", "web"],
    ] {
        harmless(&format!("{words:?}"), &drlab(&[words, &state].concat()));
    }
    // Damaged, it is quoted.
    let path = folder.path().join("runs").join(&run).join("journal.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        format!("{}{HOSTILE}\n", text.replace("\"record\":\"ready\"", &format!("\"record\":\"{}\"", "\\u001b[2J\\u009b"))),
    )
    .unwrap();
    for words in [&["report", &run][..], &["runs"], &["resume", &run, "--confirm", "web"]] {
        harmless(&format!("{words:?}"), &drlab(&[words, &state].concat()));
    }
}

#[test]
fn files_and_arguments_that_mean_harm_steer_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("x{}.toml", HOSTILE.replace('/', "")));
    let toml: String = HOSTILE.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect();
    let path = path.to_str().unwrap();
    let harmful = [
        format!("[[workload]]\nname = \"{HOSTILE}\"\n"),
        format!("[[workload]]\nname = \"{toml}\"\n\"{toml}\" = 1\naccount = \"{toml}\"\n"),
        format!("[[key]]\non = [\"{toml}\"]\ndo = \"{toml}\"\n"),
    ];
    for text in &harmful {
        std::fs::write(path, text).unwrap();
        for words in [&["status"][..], &["plan", "dr_test"], &["policy"], &["keys"]] {
            let flag = if words[0] == "keys" { "--keymap" } else { "--config" };
            let output = drlab(&[words, &[flag, path]].concat());
            assert_eq!(output.status.code(), Some(65), "{words:?} {text:?}");
            harmless(&format!("{words:?} {text:?}"), &output);
        }
    }
    // What is no control character may be in a name.
    std::fs::write(path, drlab_core::config::EXAMPLE.replacen("name = \"", "name = \"a\u{202e}\u{200b}\u{2066}", 1)).unwrap();
    for words in [&["policy"][..], &["policy", "--why"], &["policy", "--workload", "nobody"]] {
        harmless(&format!("{words:?}"), &drlab(&[words, &["--config", path]].concat()));
    }
    for words in [&[HOSTILE][..], &["status", HOSTILE], &["status", "--config", HOSTILE], &["lab", "inject", HOSTILE, "--control", HOSTILE]]
    {
        harmless(&format!("{words:?}"), &drlab(words));
    }
}

/// Answers every question with a name that means harm.
fn resolver() -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut datagram = [0; 4096];
        // Until this process ends.
        while let Ok((length, from)) = socket.recv_from(&mut datagram) {
            let Ok(question) = Message::from_vec(&datagram[..length]) else { continue };
            let mut reply = Message::new(question.metadata.id, MessageType::Response, OpCode::Query);
            let query = question.queries[0].clone();
            let name = Name::from_labels([HOSTILE.as_bytes(), b"example".as_slice(), b"com".as_slice()]).unwrap();
            reply.add_answer(Answer::from_rdata(query.name.clone(), 5, RData::CNAME(CNAME(name))));
            reply.add_query(query);
            drop(socket.send_to(&reply.to_vec().unwrap(), from));
        }
    });
    address
}

#[test]
fn what_aws_and_resolvers_say_steers_no_terminal() {
    let theatre = Theatre::open("tier2", None);
    let region = Region::new("ap-southeast-2");
    let regions: BTreeMap<Region, String> = theatre.endpoints();
    let shared = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).credentials_provider(credentials()).build();
    let clients = Clients::unguarded(&shared, std::slice::from_ref(&region), &Endpoints { regions, route53: None }, Timeouts::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let alarm = clients.regions[&region].cloudwatch.set_alarm_state().alarm_name("tier2-app-cpu").state_value(StateValue::Alarm);
        alarm.state_reason(HOSTILE).send().await.unwrap();
    });
    // One resolver of two: the other still tells the way.
    let text = std::fs::read_to_string(theatre.config()).unwrap();
    let (before, after) = text.split_once("resolvers = [\"").unwrap();
    let (_, rest) = after.split_once('"').unwrap();
    std::fs::write(theatre.config(), format!("{before}resolvers = [\"{}\"{rest}", resolver())).unwrap();
    for words in [
        &["status"][..],
        &["status", "--json"],
        &["check"],
        &["check", "--json"],
        &["plan", "planned_failover"],
        &["plan", "planned_failover", "--json"],
        &["export", "planned_failover", "--markdown"],
    ] {
        harmless(&format!("{words:?}"), &theatre.run(words));
    }
    let (_, lines) = theatre.carried(&["run", "unplanned_failover", "--reason", "a drill"], &["--approve", "all"]);
    let name = lines.last().unwrap()["run"].as_str().unwrap().to_owned();
    for words in [&["report", &name][..], &["runs"]] {
        harmless(&format!("{words:?}"), &theatre.kept(words));
    }
}
