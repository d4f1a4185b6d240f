//! The program's own lab, as a process.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_drlab-tui");

/// `lab serve` in a process of its own.
pub(crate) struct Lab {
    child: Child,
    control: String,
    pub(crate) config: PathBuf,
    /// By region.
    pub(crate) endpoints: BTreeMap<String, String>,
    pub(crate) route53: String,
}

impl Lab {
    pub(crate) fn serve(speed: u32, shape: &[&str]) -> Self {
        let config = std::env::temp_dir().join(format!("drlab-bench-{}.toml", std::process::id()));
        let mut child = Command::new(BINARY)
            .args(["lab", "serve", "--speed", &speed.to_string(), "--config-out"])
            .arg(&config)
            .args(shape)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let opened: serde_json::Value = serde_json::from_str(&line).unwrap();
        let endpoints = opened["endpoints"].as_object().unwrap().iter();
        let endpoints = endpoints.map(|(region, url)| (region.clone(), url.as_str().unwrap().to_owned())).collect();
        let told = |what: &str| opened[what].as_str().unwrap().to_owned();
        Self { child, control: told("control"), config, endpoints, route53: told("route53") }
    }

    fn say(&self, arguments: &[&str]) -> String {
        let said = Command::new(BINARY).arg("lab").args(arguments).args(["--control", &self.control]).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).unwrap()
    }

    /// What is so, whatever anybody says.
    pub(crate) fn truth(&self) -> serde_json::Value {
        serde_json::from_str(&self.say(&["state", "--json"])).unwrap()
    }

    pub(crate) fn inject(&self, fault: &str, level: Option<f64>) {
        let level = level.map(|level| level.to_string());
        let mut arguments = vec!["inject", fault];
        arguments.extend(level.iter().flat_map(|level| ["--level", level.as_str()]));
        self.say(&arguments);
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::fs::remove_file(&self.config).unwrap();
    }
}
