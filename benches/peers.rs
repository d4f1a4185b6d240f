//! The program as a process beside what one would use instead: a folder of scripts around the AWS CLI (`peers/*.sh`). One look at both regions, and
//! one failover, over sockets, by the wall and in real time, against a lab in a process of its own. Whether users are served is told by the
//! lab, of both alike.
//!
//! `DRLAB_AWS=$(which aws) cargo bench --bench peers`. The failovers take a quarter of an hour: their lab is as slow as AWS.
//! `DRLAB_BENCH_SPEED` makes it faster, at the cost of whoever needs longer to start.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on says so by panicking")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use drlab_core::domain::Timestamp;
use serde_json::Value;

#[path = "shared/serve.rs"]
mod serve;
#[path = "shared/told.rs"]
mod told;

use serve::{BINARY, Lab};
use told::{figure, told};

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIALAB"), ("AWS_SECRET_ACCESS_KEY", "lab")];
const TIER2: &[&str] = &["--topology", "tier2"];
const OUTAGE: &[&str] = &["--topology", "tier2", "--scenario", "primary-outage"];
/// What a call across an ocean takes.
const FAR: f64 = 150.0;
const LOOKS: usize = 3;
/// Between two looks at the truth, on the wall.
const GLANCE: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(1800);

fn main() {
    if told::only_built() {
        return;
    }
    let Ok(aws) = std::env::var("DRLAB_AWS") else {
        println!("left out: DRLAB_AWS does not say where the AWS CLI is");
        return;
    };
    told::head();
    look(&aws);
    let speed = std::env::var("DRLAB_BENCH_SPEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let ours = failover(speed, |lab, state| command(lab, state).spawn().unwrap());
    figure("failover of tier2 by the program, from the word to users served", ours, "s");
    let theirs = failover(speed, |lab, _| script("failover.sh", lab, &aws).spawn().unwrap());
    figure("failover of tier2 by CLI calls one after the other", theirs, "s");
    told("the program's share of the CLI's time", ours / theirs, 1.0, "");
}

/// All of both regions once: what is configured and how it stands.
fn look(aws: &str) {
    let lab = Lab::serve(1, TIER2);
    for site in ["primary", "standby"] {
        lab.inject(&format!("api-slow:{site}"), Some(FAR));
    }
    let median = |mut once: Box<dyn FnMut()>| {
        let mut took: Vec<_> = (0..LOOKS)
            .map(|_| {
                let began = Instant::now();
                once();
                began.elapsed()
            })
            .collect();
        took.sort();
        took[LOOKS / 2].as_secs_f64()
    };
    let config = lab.config.clone();
    // It says by its exit code how it found things; unwell is an answer, too.
    let ours = median(Box::new(move || {
        let said = Command::new(BINARY).args(["status", "--json", "--config"]).arg(&config).envs(KEYS).output().unwrap();
        serde_json::from_slice::<Value>(&said.stdout).unwrap();
    }));
    let mut theirs = script("status.sh", &lab, aws);
    let theirs = median(Box::new(move || assert!(theirs.status().unwrap().success())));
    figure("a whole status of both regions by the program, 150 ms a call", ours, "s");
    figure("twenty-five calls of the CLI for less of it", theirs, "s");
    told("the program's share of the CLI's time", ours / theirs, 1.0, "");
}

/// How long it takes on the lab's clock from the moment at which somebody begins until users are served by the standby and can write.
fn failover(speed: u32, begin: impl FnOnce(&Lab, &Path) -> Child) -> f64 {
    let lab = Lab::serve(speed, OUTAGE);
    let state = tempfile::tempdir().unwrap();
    until(&lab, |truth| truth["workloads"][0]["sites"][0]["answers"] != 200);
    // As long as it takes to be sure of an outage; the same for both.
    std::thread::sleep(Duration::from_secs(30) / speed);
    let begun = at(&lab.truth());
    let mut child = begin(&lab, state.path());
    let served = until(&lab, |truth| {
        let workload = &truth["workloads"][0];
        workload["landing"] == "standby" && workload["sites"][1]["writes"] == 200
    });
    child.kill().unwrap();
    child.wait().unwrap();
    served.since(begun).as_secs_f64()
}

/// When it was first seen to be so.
fn until(lab: &Lab, so: impl Fn(&Value) -> bool) -> Timestamp {
    let began = Instant::now();
    loop {
        let truth = lab.truth();
        if so(&truth) {
            return at(&truth);
        }
        assert!(began.elapsed() < PATIENCE, "it does not come: {truth}");
        std::thread::sleep(GLANCE);
    }
}

fn at(truth: &Value) -> Timestamp {
    Timestamp::parse(truth["at"].as_str().unwrap()).unwrap()
}

fn command(lab: &Lab, state: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command
        .args(["run", "unplanned_failover", "--reason", "bench", "--confirm", "tier2", "--approve", "all"])
        .args(["--override", "database.loss.bounded=bench", "--json", "--config"])
        .arg(&lab.config)
        .arg("--state-dir")
        .arg(state)
        .envs(KEYS)
        .stdout(Stdio::null());
    command
}

fn script(name: &str, lab: &Lab, aws: &str) -> Command {
    let group = |site: usize| lab_group(&lab.config, site);
    let mut command = Command::new("sh");
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers").join(name))
        .envs(KEYS)
        .env("AWS", aws)
        .env("PRIMARY", &lab.endpoints["ap-southeast-2"])
        .env("STANDBY", &lab.endpoints["us-west-2"])
        .env("ROUTE53", &lab.route53)
        .env("PRIMARY_GROUP", group(0))
        .env("STANDBY_GROUP", group(1))
        .stdout(Stdio::null());
    command
}

/// The target group of a site, as the lab's own configuration names it.
fn lab_group(config: &Path, site: usize) -> String {
    let text = std::fs::read_to_string(config).unwrap();
    let groups = text.lines().filter_map(|line| line.strip_prefix("target_group = \""));
    let group = groups.map(|rest| rest.trim_end_matches('"').to_owned()).nth(site);
    group.unwrap_or_else(|| panic!("no target group in {}", config.display()))
}
