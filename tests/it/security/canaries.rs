//! Secrets that are known again wherever they turn up: planted in the environment, in the configuration and in the lab, while the real binary
//! looks, plans, fails over and tells.

use std::path::Path;
use std::process::Output;

use drlab_core::domain::{READS, WRITES};
use serde_json::Value;

use super::{KEY, SECRET, TOKEN, told, with_credentials};
use crate::cli::theatre::Theatre;
use crate::crashes::stage::{UNPLANNED, lab};
use crate::lab::rig::Rig;

const WEBHOOK: &str = "canary-webhook-path";
const ACCOUNT: &str = "123456789012";

/// The same seed makes up the same password.
fn password() -> String {
    let rig = Rig::open("tier2");
    let region = rig.stage.config.workloads[0].standby.clone();
    let text = rig.truth(|world| drlab_lab::world::secrets::value(world, &region, "tier2/db").unwrap().0.to_owned());
    let secret: Value = serde_json::from_str(&text).unwrap();
    secret["password"].as_str().unwrap().to_owned()
}

/// Everything that lies in a folder, as text.
fn kept(folder: &Path) -> Vec<(String, String)> {
    let inside = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    inside
        .flat_map(|path| {
            if path.is_dir() {
                kept(&path)
            } else {
                vec![(path.display().to_string(), String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned())]
            }
        })
        .collect()
}

struct Planted {
    theatre: Theatre,
    secrets: Vec<String>,
    said: Vec<(String, String)>,
}

impl Planted {
    fn ask(&mut self, words: &[&str], with_state: bool) -> Output {
        let (config, state) = (self.theatre.config(), self.theatre.state());
        let mut all = words.to_vec();
        if words[0] != "report" && words[0] != "runs" {
            all.extend(["--config", config.to_str().unwrap()]);
        }
        if with_state {
            all.extend(["--state-dir", state.to_str().unwrap()]);
        }
        let output = with_credentials(&all);
        self.said.push((words.join(" "), told(&output)));
        output
    }

    fn nothing_is_told(&self) {
        for (place, text) in self.said.iter().chain(&kept(&self.theatre.state())) {
            for secret in &self.secrets {
                assert!(!text.contains(secret.as_str()), "{place} tells {secret}:\n{text}");
            }
        }
    }
}

#[test]
fn no_secret_is_told_and_none_is_kept() {
    let theatre = UNPLANNED.open();
    let text = std::fs::read_to_string(theatre.config()).unwrap();
    assert!(text.contains("hooks.example.com/"), "a lab's configuration without a webhook proves nothing");
    std::fs::write(theatre.config(), text.replace("hooks.example.com/tier2", &format!("hooks.example.com/{WEBHOOK}"))).unwrap();
    let secrets = [KEY, SECRET, TOKEN, WEBHOOK].map(str::to_owned).into_iter().chain([password()]).collect();
    let mut planted = Planted { theatre, secrets, said: Vec::new() };

    let sent = "--send-credentials";
    let run = [&UNPLANNED.declared()[..], &["--confirm", "tier2", sent], UNPLANNED.consent].concat();
    let run = planted.ask(&run, true);
    assert!(matches!(run.status.code(), Some(0 | 7 | 8)), "{}", told(&run));
    let name = planted.theatre.latest();
    let masked: &[&[&str]] = &[
        &["status", sent],
        &["check", sent],
        &["plan", "failback", sent],
        &["report", &name],
        &["report", &name, "--format", "json"],
        &["report", &name, "--format", "html"],
        &["report", &name, "--format", "badge"],
        &["runs"],
    ];
    for words in masked {
        planted.ask(words, matches!(words[0], "report" | "runs"));
    }
    for (place, text) in &planted.said {
        assert!(!text.contains(ACCOUNT), "{place} tells the account:\n{text}");
    }
    let json: [&[&str]; 6] = [
        &["status", "--json", sent],
        &["check", "--json", sent],
        &["plan", "failback", "--json", sent],
        &["export", "unplanned_failover", "--markdown", sent],
        &["policy", "--operate"],
        &["check", "--catalogue"],
    ];
    for words in json {
        planted.ask(words, false);
    }
    // They were used, and the secret was read.
    let log = lab(&planted.theatre, "/_lab/log");
    let calls = log["calls"].as_array().unwrap();
    assert!(calls.iter().any(|call| call["access_key"] == KEY && call["operation"] == "GetSecretValue"), "nothing was at stake");
    permitted(&planted, calls);

    // A mistake beside a secret is shown with its line.
    let text = std::fs::read_to_string(planted.theatre.config()).unwrap();
    std::fs::write(planted.theatre.config(), text.replace("webhook = \"https://hooks", "webhook = \"htps://hooks")).unwrap();
    let wrong = planted.ask(&["status"], false);
    assert_eq!(wrong.status.code(), Some(65), "{}", told(&wrong));
    planted.nothing_is_told();
}

/// Whatever was asked of the lab is in the policy that the same configuration makes.
fn permitted(planted: &Planted, calls: &[Value]) {
    let policy = planted.said.iter().find(|(words, _)| words.starts_with("policy")).map(|(_, text)| text).unwrap();
    for call in calls.iter().filter(|call| call["access_key"] == KEY) {
        let operation = call["operation"].as_str().unwrap();
        let mut needed = READS.iter().filter(|read| read.operation == operation).map(|read| read.action).collect::<Vec<_>>();
        needed.extend(
            WRITES.iter().filter(|write| write.operation == operation).flat_map(|write| write.needs.iter().map(|(action, _)| *action)),
        );
        assert!(!needed.is_empty(), "{operation} is on no list");
        assert!(needed.iter().any(|action| policy.contains(&format!("\"{action}\""))), "{operation} needs one of {needed:?}:\n{policy}");
    }
}

/// What a profile's own process says is not said again, even where it makes no sense.
#[test]
fn credentials_that_cannot_be_read_are_not_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let config = file("drlab.toml", drlab_core::config::EXAMPLE);
    let broken = format!(r#"{{"Version":1,"AccessKeyId":"{KEY}","SecretAccessKey":"{SECRET}","SessionToken":"{TOKEN}""#);
    let said = file("said.json", &broken);
    let profiles = file("config", &format!("[profile broken]\ncredential_process = cat {said}\n"));
    let mut command = std::process::Command::new(crate::cli::BINARY);
    command.args(["status", "--profile", "broken", "--config", &config]).env("AWS_CONFIG_FILE", &profiles);
    let output = command.env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null").stdin(std::process::Stdio::null()).output().unwrap();
    let text = told(&output);
    assert_eq!(output.status.code(), Some(69), "{text}");
    for secret in [KEY, SECRET, TOKEN] {
        assert!(!text.contains(secret), "{text}");
    }
}
