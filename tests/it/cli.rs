//! The real binary, as a person or a script meets it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

mod catalogue;
mod documents;
mod left;
mod looks;
mod moves;
mod policies;
mod runs;
pub(crate) mod theatre;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_drlab-tui");

pub(crate) fn drlab(arguments: &[&str]) -> Output {
    // What whoever runs the tests has run here before is nobody's business.
    let nothing_kept = concat!(env!("CARGO_TARGET_TMPDIR"), "/nothing-kept");
    let mut command = Command::new(BINARY);
    command.args(arguments).env_remove("DRLAB_CONTROL").env("XDG_STATE_HOME", nothing_kept).stdin(Stdio::null()).output().unwrap()
}

/// Each of these command lines is refused with its exit code, says these words and prints nothing.
pub(crate) fn refused(cases: &[(&[&str], i32, &str)]) {
    for (arguments, code, words) in cases {
        let output = drlab(arguments);
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(words), "{arguments:?}: {}", said(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A served lab, and what its first line says. Ended by its own id, however the test ends.
pub(crate) struct Served {
    process: Child,
    pub(crate) opened: Value,
}

impl Served {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(BINARY);
        command.args(["lab", "serve"]).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, opened: serde_json::from_str(&line).unwrap() }
    }

    pub(crate) fn control(&self) -> &str {
        self.opened["control"].as_str().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already, which is what is wanted.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    folder.join(format!("{}-{name}", std::process::id()))
}

/// A command that is shown is typed: by the name that this program was started by, whatever that is.
#[cfg(unix)]
#[test]
fn what_a_lab_says_to_try_begins_with_the_name_it_was_started_by() {
    use std::os::unix::process::CommandExt;
    for (name, typed) in [("drlab-tui", "drlab-tui"), ("target/debug/drlab-tui", "target/debug/drlab-tui"), ("my lab/d", "'my lab/d'")] {
        let mut command = Command::new(BINARY);
        command.arg0(name).args(["lab", "serve"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let told: Vec<_> = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok).take(3).collect();
        process.kill().unwrap();
        process.wait().unwrap();
        assert!(told.iter().any(|line| line.contains(&format!("try: {typed} lab inject region-dark:primary --for 10m"))), "{told:?}");
    }
}

#[test]
fn the_first_line_tells_where_everything_is() {
    let served = Served::start(&["--topology", "platform"]);
    let opened = &served.opened;
    let regions: Vec<_> = opened["endpoints"].as_object().unwrap().keys().collect();
    assert_eq!(regions, ["us-east-1", "us-east-2", "us-west-2"]);
    for place in ["authoritative", "a", "b"] {
        assert!(opened["dns"][place].as_str().unwrap().starts_with("127.0.0.1:"), "{opened}");
    }
    assert!(opened["route53"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert!(opened["config"].is_null());
    let one = Served::start(&["--port", "0"]);
    assert_eq!(one.opened["endpoints"]["us-west-2"], one.opened["control"]);
    assert_eq!(one.opened["route53"], one.opened["control"]);
}

#[test]
fn the_written_configuration_is_one_that_can_be_read_back() {
    let path = scratch("matching.toml");
    let served = Served::start(&["--topology", "pilot", "--config-out", path.to_str().unwrap()]);
    let text = std::fs::read_to_string(&path).unwrap();
    let config = drlab_lab::topologies::parse("matching.toml", &text).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(config.endpoints.route53.as_deref(), served.opened["route53"].as_str());
    let resolvers: Vec<_> = config.workloads[0].dns.as_ref().unwrap().resolvers.iter().map(ToString::to_string).collect();
    assert_eq!(resolvers, [served.opened["dns"]["a"].as_str().unwrap(), served.opened["dns"]["b"].as_str().unwrap()]);
    assert_eq!(served.opened["config"].as_str(), path.to_str());
}

#[test]
fn a_facilitator_breaks_it_looks_at_it_and_puts_it_back() {
    let served = Served::start(&["--speed", "50"]);
    let control = ["--control", served.control()];
    let run = |words: &[&str]| {
        let output = drlab(&[words, &control[..]].concat());
        assert!(output.status.success(), "{words:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run(&["lab", "inject", "region-dark:primary", "--for", "2h"]).starts_with("region-dark:primary"));
    let faults: Value = serde_json::from_str(&run(&["lab", "faults", "--json"])).unwrap();
    assert_eq!(faults["active"][0]["region"], "ap-southeast-2");
    let state: Value = serde_json::from_str(&run(&["lab", "state", "--json"])).unwrap();
    assert_eq!(state["schema"], "drlab.lab.state/1");
    assert_eq!(state["workloads"][0]["sites"][0]["dark"], true);
    assert!(run(&["lab", "state"]).contains("DARK"));
    assert_eq!(run(&["lab", "lift"]), "1 lifted\n");
    assert!(!run(&["lab", "state"]).contains("DARK"));
    run(&["lab", "inject", "region-dark:primary"]);
    run(&["lab", "reset"]);
    let faults: Value = serde_json::from_str(&run(&["lab", "faults", "--json"])).unwrap();
    assert_eq!(faults["active"].as_array().unwrap().len(), 0);
}

#[test]
fn what_cannot_be_done_is_said_with_its_own_code() {
    let bad = scratch("bad.toml");
    std::fs::write(&bad, "[[workload]]\nname = \"x\"\nunhealthy_afer = 3\n").unwrap();
    let path = bad.to_str().unwrap();
    let cases: [(&[&str], i32, &str); 8] = [
        (&["lab", "serve", "--topology", "tier3"], 64, "there are tier2, pilot"),
        (&["lab", "serve", "--config", path], 65, "did you mean “unhealthy_after”?"),
        (&["lab", "serve", "--config", "/no/such/file.toml"], 65, "/no/such/file.toml"),
        (&["lab", "serve", "--scenario", "picnic"], 64, "built in: primary-outage"),
        (&["lab", "serve", "--speed", "0"], 64, "--speed 0"),
        (&["lab", "inject", "region-dark", "--for", "long", "--control", "http://127.0.0.1:1"], 64, "“long” is not a duration"),
        (&["lab", "state", "--control", "ftp://x"], 69, "is not a control URL"),
        (&["lab", "fetch"], 64, "Usage"),
    ];
    refused(&cases);
    std::fs::remove_file(&bad).unwrap();
}

#[cfg(unix)]
#[test]
fn it_ends_in_peace_when_it_is_asked_to() {
    let mut served = Served::start(&[]);
    let id = served.process.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(served.process.wait().unwrap().code(), Some(0));
}
