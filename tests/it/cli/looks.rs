//! `status` and `check` over a served lab: what a script gets.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::{BINARY, Served, drlab, refused, said, scratch};

/// A served lab, and the drlab.toml that leads there.
struct Watched {
    lab: Served,
    config: PathBuf,
}

impl Watched {
    fn start(topology: &str, speed: &str) -> Self {
        let config = scratch(&format!("watched-{topology}-{speed}-{:?}.toml", std::thread::current().id()));
        let lab = Served::start(&["--topology", topology, "--speed", speed, "--config-out", config.to_str().unwrap()]);
        Self { lab, config }
    }

    fn run(&self, words: &[&str]) -> Output {
        drlab(&[words, &["--config", self.config.to_str().unwrap()]].concat())
    }

    /// The exit code, and every line's object.
    fn json(&self, command: &str) -> (i32, Vec<Value>) {
        let output = self.run(&[command, "--json"]);
        assert_eq!(said(&output), "");
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    fn inject(&self, fault: &str) {
        let output = drlab(&["lab", "inject", fault, "--control", self.lab.control()]);
        assert!(output.status.success(), "{}", said(&output));
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // It is a scratch file.
        drop(std::fs::remove_file(&self.config));
    }
}

fn row<'r>(report: &'r Value, id: &str) -> &'r Value {
    report["components"].as_array().unwrap().iter().find(|row| row["id"] == id).unwrap()
}

#[test]
fn a_healthy_workload_is_told_in_words_and_in_json_and_by_the_exit_code() {
    let watched = Watched::start("tier2", "1");
    let output = watched.run(&["status"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), text.lines().next().unwrap().ends_with(", LAB")), (Some(0), true), "{text}");
    assert!(text.starts_with("tier2: HEALTHY at ") && text.contains("2/2 running"), "{text}");
    let (code, reports) = watched.json("status");
    let [report] = reports.as_slice() else { panic!("{reports:?}") };
    assert_eq!((code, &report["schema"]), (0, &Value::from("drlab-tui/status/1")));
    for (member, wanted) in [("verdict", "healthy"), ("active", "primary"), ("landing", "primary"), ("session", "lab")] {
        assert_eq!(report[member], wanted, "{report:#}");
    }
    assert_eq!((&row(report, "primary/service/app")["number"], &row(report, "standby/edge")["number"]), (&2.0.into(), &1.0.into()));
}

#[test]
fn a_region_that_does_not_answer_is_unknown_and_never_green() {
    let watched = Watched::start("tier2", "20");
    watched.inject("region-dark:primary");
    let (code, reports) = watched.json("status");
    let report = &reports[0];
    // Users are with a region that does not answer, which two kinds of evidence may or may not have shown by now.
    assert_eq!(code, if report["verdict"] == "critical" { 2 } else { 3 }, "{report:#}");
    assert_ne!((&report["active"], &report["sites"][0]["verdict"]), (&"primary".into(), &"healthy".into()));
    for id in ["primary/edge", "primary/service/app", "primary/database", "primary/alarms", "primary/secret"] {
        let row = row(report, id);
        assert_eq!((&row["verdict"], &row["number"], &row["source_at"]), (&"unknown".into(), &Value::Null, &Value::Null), "{row:#}");
        assert!(row["reason"].as_str().unwrap().contains("no answer from ap-southeast-2"), "{row:#}");
    }
    assert_eq!(row(report, "standby/secret")["verdict"], "healthy", "the other region is as clear as ever");
    // What cannot all say hello is not called a lab.
    assert_eq!(report["session"], "elsewhere");
}

#[test]
fn whether_a_failover_would_succeed_is_checked() {
    let watched = Watched::start("tier2", "1");
    let output = watched.run(&["check"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for words in
        ["tier2: a failover would succeed now", "reading: database instance in us-west-2: read", "unknown  writing: ", "identity: …9012"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    watched.inject("api-throttled:primary:rds");
    let (code, reports) = watched.json("check");
    assert_eq!(
        code,
        match reports[0]["ready"] {
            Value::Bool(true) => 0,
            Value::Bool(false) => 1,
            _ => 3,
        },
        "{:#}",
        reports[0]
    );
    assert_eq!(reports[0]["identity"]["account"], reports[0]["identity"]["expected"]);
    let throttled = |line: &&Value| line["reads"] == "database instance" && line["region"] == "ap-southeast-2";
    let line = reports[0]["permissions"].as_array().unwrap().iter().find(throttled).unwrap();
    assert_eq!((&line["ok"], line["why"].as_str().unwrap().contains("throttled")), (&Value::Null, true), "{line}");
}

#[test]
fn credentials_of_another_account_are_no_way_to_fail_over() {
    let watched = Watched::start("tier2", "1");
    let text = std::fs::read_to_string(&watched.config).unwrap();
    std::fs::write(&watched.config, text.replace("123456789012", "210987654321")).unwrap();
    let (code, reports) = watched.json("check");
    let report = &reports[0];
    assert_eq!((code, &report["ready"], &report["identity"]["ok"]), (1, &false.into(), &false.into()), "{report:#}");
    assert_eq!((&report["identity"]["account"], &report["identity"]["expected"]), (&"123456789012".into(), &"210987654321".into()));
    assert_eq!(watched.run(&["status"]).status.code(), Some(2));
}

#[test]
fn one_workload_of_a_fleet_is_one_line_and_all_of_them_are_as_many() {
    let watched = Watched::start("fleet", "1");
    let output = watched.run(&["status", "--json", "--workload", "cart"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1);
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["workload"], "cart");
    let output = watched.run(&["check", "--workload", "card"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(said(&output).contains("--workload card: there is no such workload; there are catalog, cart, "), "{}", said(&output));
    assert!(output.stdout.is_empty());
}

#[test]
fn what_is_wrong_with_what_it_is_given_is_said_before_anybody_is_asked() {
    let bad = scratch("bad-look.toml");
    std::fs::write(&bad, "[[workload]]\nname = \"x\"\nunhealthy_afer = 3\n").unwrap();
    let keys = scratch("bad-keys.toml");
    std::fs::write(&keys, "[[key]]\non = [\"q\"]\ndo = \"fly\"\n").unwrap();
    let (bad_path, keys_path) = (bad.to_str().unwrap(), keys.to_str().unwrap());
    let cases: [(&[&str], i32, &str); 8] = [
        (&["status", "--config", env!("CARGO_TARGET_TMPDIR")], 65, "this is a folder, and a configuration is a file"),
        (&["keys", "--keymap", "/no/such/keymap.toml"], 65, "there is no such file: name a keymap that is there"),
        (&["status", "--config", bad_path], 65, "did you mean “unhealthy_after”?"),
        (&["check", "--json", "--config", bad_path], 65, ":3:"),
        (&["status", "--config", "/no/such/drlab.toml"], 65, "/no/such/drlab.toml"),
        (&["check", "--keymap", keys_path], 65, "fly"),
        (&["keys", "--keymap", keys_path], 65, "fly"),
        (&["status", "--yaml"], 64, "--yaml"),
    ];
    refused(&cases);
    std::fs::remove_file(&bad).unwrap();
    std::fs::remove_file(&keys).unwrap();
}

#[test]
fn without_credentials_nobody_is_asked() {
    let config = scratch("no-credentials.toml");
    std::fs::write(&config, drlab_core::config::EXAMPLE).unwrap();
    for command in ["status", "check"] {
        let mut asked = Command::new(BINARY);
        asked.args([command, "--json", "--profile", "nobody", "--config", config.to_str().unwrap()]).stdin(Stdio::null());
        for file in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            asked.env(file, if cfg!(windows) { "NUL" } else { "/dev/null" });
        }
        let output = asked.output().unwrap();
        assert_eq!(output.status.code(), Some(69), "{}", said(&output));
        assert!(said(&output).starts_with("drlab-tui: credentials: no profile 'nobody'"), "{}", said(&output));
        assert!(output.stdout.is_empty());
    }
    std::fs::remove_file(&config).unwrap();
}

#[test]
fn whoever_has_read_enough_changes_nothing() {
    let watched = Watched::start("tier2", "1");
    let config = watched.config.to_str().unwrap();
    for (words, code) in [
        (&["status", "--config", config][..], 0),
        (&["keys"], 0),
        (&["man"], 0),
        (&["completions", "bash"], 0),
        (&["completions", "zsh"], 0),
    ] {
        let mut command = Command::new(BINARY);
        let mut process = command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Gone before a word was said.
        drop(process.stdout.take());
        let mut told = String::new();
        process.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert_eq!((process.wait().unwrap().code(), told.as_str()), (Some(code), ""), "{words:?}");
    }
}

/// Options that all commands share mean the same wherever they stand.
#[test]
fn common_options_stand_on_either_side_of_the_command() {
    let watched = Watched::start("tier2", "1");
    let (config, state) = (watched.config.to_str().unwrap(), scratch("no-runs"));
    let state = state.to_str().unwrap();
    let before = ["--ascii", "--theme", "mono", "--config", config, "--workload", "tier2", "--state-dir", state];
    for (command, code, words) in [
        (&["status"][..], 0, "tier2: HEALTHY"),
        (&["check"], 0, "tier2: a failover would succeed now"),
        (&["plan", "dr_test"], 0, "tier2"),
        (&["policy"], 0, "rds:DescribeDBInstances"),
        (&["runs"], 0, "nothing has been run here yet"),
        (&["keys"], 0, "everywhere"),
        (&["lab", "faults"], 0, "region-dark"),
    ] {
        for line in [[&before[..], command].concat(), [command, &before[..]].concat()] {
            let output = drlab(&line);
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!((output.status.code(), text.contains(words)), (Some(code), true), "{line:?}: {text}{}", said(&output));
        }
    }
}

#[test]
fn what_common_options_say_is_heard_on_either_side() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/drlab.example.toml");
    let cases: [(&[&str], i32, &str); 12] = [
        (&["--config", "/no/such/drlab.toml", "status"], 65, "/no/such/drlab.toml"),
        (&["--config", "/no/such/drlab.toml"], 64, "terminal"),
        (&["--config", example, "--profile", "nobody", "status"], 69, "nobody"),
        (&["--config", example, "--workload", "card", "check"], 64, "--workload card: there is no such workload"),
        (&["--config", example, "--endpoint-url", "ftp://x", "status"], 64, "--endpoint-url ftp://x"),
        (&["--runbooks", "/no/such/folder", "check"], 65, "/no/such/folder"),
        (&["--runbooks", "/no/such/folder", "--config", example, "plan", "dr_test"], 65, "/no/such/folder"),
        (&["--config", example, "lab", "serve", "--topology", "pilot"], 64, "leave the other out"),
        (&["--ascii", "demo"], 64, "terminal"),
        (&["--theme", "plaid", "demo"], 64, "plaid"),
        (&["status", "--config", example, "--config", example], 64, "multiple times"),
        (&["--keymap", "/no/such/keymap.toml", "keys"], 65, "/no/such/keymap.toml"),
    ];
    refused(&cases);
}
