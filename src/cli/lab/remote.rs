//! Talking to a lab that is already being served.

use std::fmt::Write;

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::domain::parse_duration;
use drlab_lab::control::ask;
use drlab_lab::world::Fault;
use serde_json::{Value, json};

use crate::cli::{Failure, print};

/// Which lab is meant.
#[derive(Debug, Args)]
struct Control {
    /// The control URL that `lab serve` printed
    #[arg(long = "control", value_name = "URL", env = "DRLAB_CONTROL")]
    url: String,
}

impl Control {
    async fn get(&self, path: &str) -> Result<Value> {
        Ok(ask(&self.url, "GET", path, None).await.map_err(Failure::unreachable)?)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let answer = ask(&self.url, "POST", path, Some(body)).await.map_err(Failure::unreachable)?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(Failure::usage(error).into()),
            None => Ok(answer),
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Inject {
    /// FAULT, FAULT:SITE or FAULT:SITE:COMPONENT; a site is primary, standby, control, a region, or WORKLOAD/primary
    fault: String,
    /// How long it lasts (such as 5m); without it, until `lab reset`
    #[arg(long = "for", value_name = "DURATION")]
    lasting: Option<String>,
    /// How hard, where the fault has a measure
    #[arg(long)]
    level: Option<f64>,
    #[command(flatten)]
    control: Control,
}

impl Inject {
    pub(super) async fn run(self) -> Result<()> {
        if let Some(lasting) = &self.lasting {
            parse_duration(lasting).map_err(Failure::usage)?;
        }
        let body = json!({ "fault": self.fault, "for": self.lasting, "level": self.level });
        let answer = self.control.post("/_lab/inject", &body).await?;
        print(&format!("{}\n", answer.get("says").and_then(Value::as_str).unwrap_or("injected")))
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Faults {
    #[arg(long)]
    json: bool,
    /// A running lab, whose faults at work are listed too
    #[arg(long = "control", value_name = "URL", env = "DRLAB_CONTROL")]
    url: Option<String>,
}

impl Faults {
    pub(super) async fn run(self) -> Result<()> {
        let active = match self.url {
            Some(url) => Control { url }.get("/_lab/faults").await?,
            None => Value::Null,
        };
        let active = active.get("active").cloned().unwrap_or(Value::Null);
        let mut out = String::new();
        if self.json {
            let known: Vec<_> = Fault::ALL.iter().map(|fault| json!({ "fault": fault.name(), "says": fault.says().trim() })).collect();
            return print(&format!("{}\n", json!({ "schema": "drlab.lab.faults/1", "known": known, "active": active })));
        }
        for fault in Fault::ALL {
            writeln!(out, "{:<20}{}", fault.name(), fault.says().trim())?;
        }
        if let Some(active) = active.as_array() {
            writeln!(out, "\nat work: {}", if active.is_empty() { "none" } else { "" })?;
            for fault in active {
                writeln!(out, "  {}", fault.get("says").and_then(Value::as_str).unwrap_or_default())?;
            }
        }
        print(&out)
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct State {
    /// The whole truth as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    control: Control,
}

impl State {
    pub(super) async fn run(self) -> Result<()> {
        let state = self.control.get("/_lab/state").await?;
        let mut out = String::new();
        if self.json {
            return print(&format!("{state}\n"));
        }
        writeln!(out, "world time {}", text(&state, "at"))?;
        for workload in list(&state, "workloads") {
            // After a failback users write to a database that the configuration does not name yet.
            let served = workload.get("writes").and_then(|writes| writes.get("served")).filter(|served| !served.is_null());
            let configured =
                |id: &str| list(workload, "sites").iter().any(|site| site.get("database").is_some_and(|known| text(known, "id") == id));
            let apart = served.is_some_and(|served| !configured(&text(served, "database")));
            let split = match workload.get("split") == Some(&Value::Bool(true)) {
                true if apart => "   both configured databases take writes",
                true => "   SPLIT: both databases take writes",
                false => "",
            };
            writeln!(out, "\n{}   users land on {}{split}", text(workload, "name"), text(workload, "landing"))?;
            for site in list(workload, "sites") {
                let database = site.get("database").filter(|database| !database.is_null());
                let database = database.map_or_else(
                    || "no database".to_owned(),
                    |database| {
                        let word = |yes: &str, on: &'static str, off: &'static str| {
                            if database.get(yes) == Some(&Value::Bool(true)) { on } else { off }
                        };
                        format!("{} {} {}", text(database, "id"), word("up", "up", "DOWN"), word("writable", "writable", "read-only"))
                    },
                );
                let dark = if site.get("dark") == Some(&Value::Bool(true)) { "  DARK" } else { "" };
                writeln!(
                    out,
                    "  {:<8} {:<15} answers {}  {database}{dark}",
                    text(site, "name"),
                    text(site, "region"),
                    text(site, "answers")
                )?;
            }
            if let Some(writes) = workload.get("writes") {
                let (database, of) = served.map_or_else(|| ("the landing database".to_owned(), writes), |of| (text(of, "database"), of));
                writeln!(out, "  rows acknowledged {}, missing from {database} {}", text(writes, "acknowledged"), text(of, "missing"))?;
            }
        }
        print(&out)
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Lift {
    /// The kind of fault that ends, everywhere; without it all of them
    fault: Option<String>,
    #[command(flatten)]
    control: Control,
}

impl Lift {
    pub(super) async fn run(self) -> Result<()> {
        let answer = self.control.post("/_lab/lift", &json!({ "fault": self.fault })).await?;
        print(&format!("{}\n", answer.get("says").and_then(Value::as_str).unwrap_or("lifted")))
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Reset {
    #[command(flatten)]
    control: Control,
}

impl Reset {
    pub(super) async fn run(self) -> Result<()> {
        self.control.post("/_lab/reset", &json!({})).await?;
        print("the lab is back at its beginning\n")
    }
}

fn text(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "–".to_owned(),
        Some(other) => other.to_string(),
    }
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
