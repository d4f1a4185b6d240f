//! What the console asks IAM for.

use serde_json::Value;

use super::{drlab, refused, said};

fn written(topology: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("drlab.toml");
    let topology = drlab_lab::topologies::TOPOLOGIES.iter().find(|known| known.name == topology).unwrap();
    std::fs::write(&config, topology.text).unwrap();
    let config = config.to_str().unwrap().to_owned();
    (folder, config)
}

#[test]
fn the_policy_for_operating_is_one_that_iam_takes_and_says_what_for() {
    for topology in ["tier2", "pilot", "platform", "payments"] {
        let (_folder, config) = written(topology);
        let told = drlab(&["policy", "--operate", "--config", &config]);
        assert_eq!((told.status.code(), said(&told)), (Some(0), String::new()), "{topology}");
        let policy: Value = serde_json::from_slice(&told.stdout).unwrap();
        assert_eq!(policy["Version"], "2012-10-17");
        for statement in policy["Statement"].as_array().unwrap() {
            assert_eq!(statement["Effect"], "Allow");
            assert!(!statement["Action"].as_array().unwrap().is_empty() && !statement["Resource"].as_array().unwrap().is_empty());
        }
        let promotes = if topology == "payments" { "rds:FailoverGlobalCluster" } else { "rds:PromoteReadReplica" };
        assert!(policy.to_string().contains(promotes), "{topology}: {policy:#}");
        let why = drlab(&["policy", "--operate", "--why", "--config", &config]);
        let why = String::from_utf8(why.stdout).unwrap();
        assert!(why.contains(&format!("| `{promotes}` |")), "{why}");
    }
}

#[test]
fn a_fleets_policy_is_too_long_for_one_and_says_so() {
    let (_folder, config) = written("fleet");
    let told = drlab(&["policy", "--config", &config]);
    assert!(said(&told).contains("make one for each workload"), "{}", said(&told));
    let one = drlab(&["policy", "--config", &config, "--workload", "cart"]);
    assert_eq!((one.status.code(), said(&one)), (Some(0), String::new()));
    refused(&[(&["policy", "--config", &config, "--workload", "nobody"], 64, "there is no such workload")]);
}
