//! drlab.toml: what the console watches and may touch, and what the lab shall be like.
//!
//! `model` and `lab` are what everybody else works with: resolved, with every default filled in, nothing impossible. Text enters through
//! `Config::parse` alone, which reports every mistake at once, and leaves through `Config::to_toml`.

mod dns;
mod example;
mod lab;
mod model;
mod read_lab;
mod shapes;
mod sites;
mod standard;
mod subjects;
pub(crate) mod words;
mod workload;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;

pub use dns::*;
pub use example::EXAMPLE;
pub use lab::*;
pub use model::*;
pub use sites::{Place, Site, Sites};

pub use crate::reading::FileError as ConfigError;
use crate::reading::{Table, Value, read};

impl Config {
    /// Reads a drlab.toml. `file` is what errors call it; `timings` are the names of the lab's stretches of time that `[lab.timings]` may set.
    pub fn parse(file: &str, text: impl AsRef<[u8]>, timings: &[&str]) -> Result<Self, ConfigError> {
        read(file, text.as_ref(), |t| config(t, timings))
    }

    /// The same configuration as text. `[lab]` is left out where it says nothing that the workloads do not imply.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        #[derive(Serialize)]
        struct Written<'c> {
            #[serde(skip_serializing_if = "Option::is_none")]
            endpoints: Option<&'c Endpoints>,
            #[serde(skip_serializing_if = "Option::is_none")]
            timeouts: Option<&'c Timeouts>,
            workload: &'c [Workload],
            #[serde(skip_serializing_if = "Option::is_none")]
            lab: Option<&'c Lab>,
        }
        let implied = self.lab == Lab::standard(&self.workloads);
        toml::to_string(&Written {
            endpoints: (!self.endpoints.is_empty()).then_some(&self.endpoints),
            timeouts: (self.timeouts != Timeouts::default()).then_some(&self.timeouts),
            workload: &self.workloads,
            lab: (!implied).then_some(&self.lab),
        })
    }

    /// What the console needs of it: the lab is forgotten.
    #[must_use]
    pub fn for_console(&self, endpoints: Endpoints) -> Self {
        Self { endpoints, timeouts: self.timeouts, workloads: self.workloads.clone(), lab: Lab::standard(&self.workloads) }
    }
}

fn config(t: &mut Table<'_>, timings: &[&str]) -> Option<Config> {
    let endpoints = t.or("endpoints", Endpoints::default(), endpoints);
    let timeouts = t.or("timeouts", Timeouts::default(), timeouts);
    let mut names = BTreeSet::new();
    let mut all_read = true;
    if t.value("workload").is_none() {
        t.wrong::<()>("there is no [[workload]] in this file");
    }
    let workloads = t.may("workload", |v| {
        let workloads = v.list(|v| {
            let read = workload::workload(v, &mut names);
            all_read &= read.is_some();
            read
        })?;
        if workloads.is_empty() && all_read { v.wrong("there must be at least one [[workload]]") } else { Some(workloads) }
    });
    // Against workloads that could not be read, everything in the lab would look wrong.
    let given = t.value("lab");
    let workloads = workloads.filter(|_| all_read)?;
    let lab = match given {
        Some(v) => read_lab::lab(v, &workloads, timings)?,
        None => Lab::standard(&workloads),
    };
    Some(Config { endpoints, timeouts, workloads, lab })
}

fn endpoints(v: Value<'_>) -> Option<Endpoints> {
    v.table(|t| {
        let regions = t.may("regions", |v| {
            v.entries(|key, name, v| {
                let url = shapes::url(v);
                if shapes::looks_like_a_region(name) {
                    url.map(|url| (name.to_owned().into(), url))
                } else {
                    key.wrong(format!("“{name}” is not the name of an AWS region"))
                }
            })
        });
        let route53 = t.may("route53", shapes::url);
        let proxy = t.may("proxy", shapes::url);
        Some(Endpoints { regions: regions.unwrap_or_default().into_iter().collect(), route53, proxy })
    })
}

fn timeouts(v: Value<'_>) -> Option<Timeouts> {
    let usual = Timeouts::default();
    v.table(|t| {
        let connect = t.or("connect", usual.connect, |v| v.duration(Duration::from_millis(100)..=Duration::from_secs(30)));
        let attempt = t.or("attempt", usual.attempt, |v| v.duration(Duration::from_millis(250)..=Duration::from_secs(60)));
        if attempt < connect {
            return t.wrong_at("attempt", "an attempt includes its connection: this must not be less than “connect”");
        }
        Some(Timeouts { connect, attempt })
    })
}

#[cfg(test)]
mod tests;
