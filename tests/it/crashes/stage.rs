//! Hurried systems: the same boundaries in less of the world's time.

use drlab_lab::topologies::Topology;
use serde_json::Value;

use crate::cli::theatre::Theatre;
use crate::cli::{drlab, said};

/// What AWS takes minutes for takes seconds here. Nothing else is different.
const HURRIED: &str = r#"
[lab.timings]
promotion_modifying = "20s"
promotion_rebooting = "10s"
promotion_backing_up = "10s"
database_modifying = "15s"
task_provisioning = "3s"
task_pending = "5s"
task_activating = "2s"
target_initial = "5s"
task_stopping = "5s"
target_draining = "5s"
record_change = "10s"
metric_delay = "10s"
"#;

/// The same where databases are made anew or change their roles.
const HOURS: &str = r#"
database_creating = "30s"
snapshot_creating = "15s"
aurora_switchover = "30s"
aurora_failover = "30s"
aurora_resync = "30s"
"#;

/// Nobody writes past the application: whoever stops that would be asked whether they stop, too.
const STOPPABLE: &str = r#"
title = "Everybody writes through the application"
what = "Writers that go past it have stopped."
expect = "A planned failover is asked nothing."
step = [{ at = "0s", fault = "direct-off" }]
"#;

/// The outage of the scenario of that name, without the two minutes before it.
const OUTAGE: &str = r#"
title = "The primary fails, its region does not"
what = "The application and the database at the primary go down soon."
expect = "A failover."
step = [
    { at = "0s", fault = "direct-off" },
    { at = "10s", fault = "app-down", site = "primary" },
    { at = "10s", fault = "database-down", site = "primary" },
]
"#;

/// A system as it comes, in a hurry.
pub(crate) fn hurried(topology: &str) -> String {
    format!("{}{HURRIED}{}", Topology::named(topology).unwrap().text, HOURS.trim_start())
}

/// A failover that is to be survived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Play {
    pub(super) topology: &'static str,
    pub(super) runbook: &'static str,
    pub(super) outage: bool,
    /// What is consented to beforehand, whenever it is begun or taken up.
    pub(crate) consent: &'static [&'static str],
}

pub(crate) const UNPLANNED: Play = Play {
    topology: "tier2",
    runbook: "unplanned_failover",
    outage: true,
    consent: &["--approve", "all", "--override", "database.loss.bounded=what is lost is lost"],
};

pub(super) const PLANNED: Play = Play { topology: "tier2", runbook: "planned_failover", outage: false, consent: &["--approve", "all"] };

impl Play {
    /// A lab on which it can be carried out at once.
    pub(crate) fn open(self) -> Theatre {
        let folder = tempfile::tempdir().unwrap();
        let written = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let topology = written("topology.toml", &hurried(self.topology));
        let scenario = written("scenario.toml", if self.outage { OUTAGE } else { STOPPABLE });
        let theatre = Theatre::serving(&["--config", &topology, "--speed", "15", "--scenario", &scenario], folder, self.topology);
        if self.outage {
            // Whoever declares it sees it: nobody is asked who has what to lose.
            assert!((0..600).any(|_| theatre.status()["impairment"]["impaired"] == true), "there is no outage");
        }
        theatre
    }

    pub(super) fn says(self) -> String {
        format!("{} of {}", self.runbook, self.topology)
    }

    pub(crate) fn declared(self) -> [&'static str; 6] {
        ["run", self.runbook, "--reason", "a drill", "--set", "soak.for=10s"]
    }
}

/// What the lab says of itself.
pub(crate) fn lab(theatre: &Theatre, path: &str) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(drlab_lab::control::ask(theatre.control(), "GET", path, None)).unwrap()
}

/// A facilitator moves the scenery.
pub(crate) fn scenery(theatre: &Theatre, words: &[&str]) {
    let output = drlab(&[&["lab"], words, &["--control", theatre.control()]].concat());
    assert!(output.status.success(), "{words:?}: {}", said(&output));
}
