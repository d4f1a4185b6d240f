//! Nothing that is written in a file makes the console run a program.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::{drlab, said};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

fn written(room: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(room), &mut found);
    found.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// There is no way to start one in the program at all. Credentials may come from a process that the AWS profile names: that is the SDK's, and
/// in a file of its own.
#[test]
fn the_program_starts_no_other() {
    for room in ["src", "crates/core/src", "crates/lab/src"] {
        for (path, text) in written(room).into_iter().filter(|(path, _)| !path.ends_with("tests.rs")) {
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for way in
                ["std::process::Command", "process::Command", "tokio::process", "Command::new(", "execv", "posix_spawn", "libc::system"]
            {
                assert!(!text.contains(way), "{}: {way}", path.display());
            }
        }
    }
}

/// Every key that a drlab.toml, a runbook, a keymap or a scenario can have, as their readers ask for them.
fn keys() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for room in ["crates/core/src/config", "crates/core/src/runbook", "crates/core/src/keymap", "crates/lab/src/scenarios"] {
        for (_, text) in written(room) {
            for way in [".need(\"", ".may(\"", ".or(\"", ".many(\"", ".value(\""] {
                keys.extend(text.split(way).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
            }
        }
    }
    keys
}

#[test]
fn no_key_of_a_file_names_a_program() {
    let keys = keys();
    for known in ["workload", "webhook", "database", "endpoints", "step", "choice"] {
        assert!(keys.contains(known), "the readers are read wrongly: {known} is not among {keys:?}");
    }
    let suspects = [
        "command",
        "exec",
        "program",
        "process",
        "script",
        "shell",
        "hook",
        "run",
        "spawn",
        "plugin",
        "credential",
        "credentials",
        "profile",
    ];
    let found: Vec<_> = keys.iter().filter(|key| key.split('_').any(|word| suspects.contains(&word))).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn what_the_aws_files_may_say_a_drlab_toml_may_not() {
    let folder = tempfile::tempdir().unwrap();
    let (config, witness) = (folder.path().join("drlab.toml"), folder.path().join("was-run"));
    let order = format!("credential_process = \"touch {}\"\n", witness.display());
    for text in [format!("{order}{}", drlab_core::config::EXAMPLE), format!("{}\n[profile]\n{order}", drlab_core::config::EXAMPLE)] {
        fs::write(&config, text).unwrap();
        let output = drlab(&["status", "--config", config.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(65), "{}", said(&output));
        assert!(!witness.exists());
    }
}
