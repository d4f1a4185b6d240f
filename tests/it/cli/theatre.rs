//! Somewhere to carry runs out with the real binary: a served lab, and a place for what is kept of them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use drlab_core::domain::Region;
use serde_json::Value;
use tempfile::TempDir;

use super::{BINARY, Served, drlab, said};

/// Fast enough to be waited for, slow enough for a busy machine to keep pace.
const SPEED: &str = "12";

/// A served lab, and a place for what is run against it.
pub(crate) struct Theatre {
    lab: Served,
    folder: TempDir,
    workload: &'static str,
    /// The folder of the state directory.
    machine: &'static str,
}

impl Theatre {
    pub(crate) fn open(topology: &'static str, scenario: Option<&str>) -> Self {
        let mut words = vec!["--topology", topology, "--speed", SPEED];
        words.extend(scenario.iter().flat_map(|scenario| ["--scenario", scenario]));
        Self::serving(&words, tempfile::tempdir().unwrap(), topology)
    }

    /// On a lab that is served like this; what belongs to it is in the folder.
    pub(crate) fn serving(words: &[&str], folder: TempDir, workload: &'static str) -> Self {
        let config = folder.path().join("drlab.toml");
        let lab = Served::start(&[words, &["--config-out", config.to_str().unwrap()]].concat());
        Self { lab, folder, workload, machine: "state" }
    }

    /// Once it is seen to be one.
    pub(crate) fn in_an_outage(topology: &'static str) -> Self {
        let theatre = Self::open(topology, Some("primary-outage"));
        assert!((0..600).any(|_| theatre.status()["impairment"]["impaired"] == true), "there is no outage");
        theatre
    }

    /// Null where nothing answers in time: a busy machine is slow for a world that goes by fast.
    pub(crate) fn status(&self) -> Value {
        serde_json::from_slice(&self.run(&["status", "--json"]).stdout).unwrap_or_default()
    }

    pub(crate) fn control(&self) -> &str {
        self.lab.control()
    }

    pub(crate) fn endpoints(&self) -> BTreeMap<Region, String> {
        let endpoints = self.lab.opened["endpoints"].as_object().unwrap();
        endpoints.iter().map(|(region, url)| (Region::new(region), url.as_str().unwrap().to_owned())).collect()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("drlab.toml")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join(self.machine)
    }

    /// Somebody goes on where nothing is known of the run but its journal.
    pub(crate) fn move_to_another_machine(&mut self) {
        let journal = self.journal();
        self.machine = "another";
        let folder = self.state().join("runs").join(journal.parent().unwrap().file_name().unwrap());
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(&journal, folder.join("journal.jsonl")).unwrap();
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        drlab(&[words, &["--config", self.config().to_str().unwrap()]].concat())
    }

    /// With the state directory, too.
    pub(crate) fn kept(&self, words: &[&str]) -> Output {
        drlab(&[words, &["--state-dir", self.state().to_str().unwrap()]].concat())
    }

    pub(crate) fn command(&self, words: &[&str], more: &[&str]) -> Command {
        let (config, state) = (self.config(), self.state());
        let mut command = Command::new(BINARY);
        command.args(words).args(["--confirm", self.workload, "--json", "--config", config.to_str().unwrap()]);
        command.args(["--state-dir", state.to_str().unwrap()]).args(more).stdin(Stdio::null());
        command
    }

    /// To its end: the exit code, and every line.
    pub(crate) fn carried(&self, words: &[&str], more: &[&str]) -> (i32, Vec<Value>) {
        let output = self.command(words, more).output().unwrap();
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (output.status.code().unwrap_or_else(|| panic!("{}", said(&output))), lines)
    }

    /// Killed, without a word, right after this line.
    pub(crate) fn killed_at(&self, words: &[&str], more: &[&str], at: impl Fn(&Value) -> bool) {
        let mut process = Killed(self.command(words, more).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
        let lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
        let mut seen = Vec::new();
        for line in lines {
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            if at(&line) {
                process.0.kill().unwrap();
                return;
            }
            seen.push(line);
        }
        panic!("it ended before it could be killed: {:#?}", seen.last());
    }

    pub(crate) fn journal(&self) -> PathBuf {
        let runs = std::fs::read_dir(self.state().join("runs")).unwrap();
        runs.map(|entry| entry.unwrap().path().join("journal.jsonl")).max().unwrap()
    }

    /// The name of the latest run.
    pub(crate) fn latest(&self) -> String {
        let journal = self.journal();
        journal.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned()
    }

    /// How often something was asked for that holds these words.
    pub(crate) fn asked(&self, words: &str) -> usize {
        let text = std::fs::read_to_string(self.journal()).unwrap();
        text.lines().filter(|line| line.contains("\"record\":\"intent\"") && line.contains(words)).count()
    }
}

/// Ended by its own id, however the test ends.
pub(crate) struct Killed(pub(crate) Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
