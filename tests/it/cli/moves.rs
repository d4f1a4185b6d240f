//! There without loss and home again by the real binary over a served lab, as a script does it: consent beforehand, and an answer to the one
//! question that nobody can answer beforehand.

use std::path::Path;

use drlab_core::config::Config;
use serde_json::Value;

use super::theatre::Theatre;
use super::{drlab, said};
use crate::crashes::stage::{hurried, lab, scenery};

/// A test waits far more than it computes.
const SPEED: &str = "15";

/// So many answers a run may ask for: whoever has answered is asked again until the figures show it.
const ANSWERS: usize = 12;

fn opened(topology: &'static str) -> Theatre {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("topology.toml");
    std::fs::write(&path, hurried(topology)).unwrap();
    let path = path.to_str().unwrap().to_owned();
    Theatre::serving(&["--config", &path, "--speed", SPEED], folder, topology)
}

/// To its end, proven, with nothing lost by its own account, and nothing by the lab's. Whoever writes round the services stops when the fence
/// asks for that.
fn moved(theatre: &Theatre, runbook: &str, from: &str, to: &str) {
    // The database that was left takes writes, though nobody writes there: whoever sees that must be told from where it leads.
    let declared = ["run", runbook, "--source", from, "--reason", "a drill", "--set", "soak.for=10s"];
    let (mut code, mut lines) = theatre.carried(&declared, &["--approve", "all"]);
    for _ in 0..ANSWERS {
        let last = lines.last().unwrap();
        if code != 6 {
            break;
        }
        let asked = last["detail"].as_str().unwrap();
        assert!(asked.contains("fence") && asked.contains("connect"), "{last:#}");
        scenery(theatre, &["inject", "direct-off"]);
        (code, lines) = theatre.carried(&["resume"], &["--approve", "all"]);
    }
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["event"], &last["verdict"], &last["owed"]),
        (&"finished".into(), &"proven".into(), &Value::Array(vec![])),
        "{last:#}"
    );
    assert!(matches!((code, last["met"].as_bool()), (0, Some(true)) | (8, Some(false))), "{code}: {last:#}");
    assert_eq!(last["rpo_s"].as_f64(), Some(0.0), "{last:#}");
    let truth = lab(theatre, "/_lab/state")["workloads"][0].clone();
    assert_eq!(truth["landing"], to, "{truth:#}");
    let served = &truth["writes"]["served"];
    assert!(served["held"].as_u64().is_some_and(|held| held > 1_000), "{served:#}");
    // Whose rows, and when: nobody sees it twice.
    let lost = || format!("{:#}\n{}", truth["writes"], said(&theatre.kept(&["report", &theatre.latest(), "--format", "md"])));
    assert_eq!(served["missing"].as_u64(), Some(0), "{}", lost());
    // Whoever asks the lab by hand hears of the same database.
    let told = String::from_utf8(drlab(&["lab", "state", "--control", theatre.control()]).stdout).unwrap();
    assert!(told.contains(&format!("missing from {} 0", served["database"].as_str().unwrap())), "{told}");
}

fn there_and_back(topology: &'static str) -> Theatre {
    let theatre = opened(topology);
    moved(&theatre, "planned_failover", "primary", "standby");
    moved(&theatre, "failback", "standby", "primary");
    theatre
}

/// And moves again, while drlab.toml still names what the way home has put aside: whoever looks where journals tell of what was left there looks
/// at that, says so, and goes on with it.
#[test]
fn tier2_moves_without_loss_comes_home_and_moves_again() {
    let theatre = there_and_back("tier2");
    let headline = |state: &Path| {
        let output = theatre.run(&["status", "--json", "--state-dir", state.to_str().unwrap()]);
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        (status["headline"].to_string(), said(&output))
    };
    let (blind, told) = headline(tempfile::tempdir().unwrap().path());
    assert!(blind.contains("SPLIT") && told.is_empty(), "{blind}\n{told}");
    let (seen, told) = headline(&theatre.state());
    assert!(!seen.contains("SPLIT"), "{seen}");
    let config = Config::parse("drlab.toml", std::fs::read(theatre.config()).unwrap(), &[]).unwrap();
    let named = config.workloads[0].database.clone().unwrap().sites.primary;
    assert!(told.contains(&format!("{named} has been put aside by a run")) && told.contains("[workload.database] primary = "), "{told}");
    moved(&theatre, "planned_failover", "primary", "standby");
    // A region that is dark does not say that it is a lab's: what was rehearsed there holds all the same.
    scenery(&theatre, &["inject", "region-dark:standby"]);
    let (dark, told) = headline(&theatre.state());
    assert!(told.contains(&format!("{named} has been put aside by a run; looked at is ")), "{told}");
    // And what the move has left behind at the primary is not active because it still takes writes.
    assert!(dark.contains("DARK") && !dark.contains("READ-ONLY"), "{dark}");
}

#[test]
fn pilot_moves_without_loss_and_comes_home() {
    there_and_back("pilot");
}

#[test]
fn platform_moves_without_loss_and_comes_home() {
    there_and_back("platform");
}

#[test]
fn payments_moves_without_loss_and_comes_home() {
    there_and_back("payments");
}
