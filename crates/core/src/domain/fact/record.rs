use serde::{Deserialize, Serialize};

/// A hosted zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Zone {
    pub id: String,
    pub name: String,
    pub private: bool,
    pub records: Option<i64>,
    /// Whether its records can be changed while us-east-1 is down; `None` where AWS does not say.
    pub accelerated_recovery: Option<bool>,
    pub name_servers: Vec<String>,
}

/// Everything Route 53 holds under one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Record {
    pub name: String,
    pub sets: Vec<RecordSet>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSet {
    pub kind: String,
    pub set_identifier: Option<String>,
    /// `PRIMARY` or `SECONDARY`.
    pub failover: Option<String>,
    pub weight: Option<i64>,
    pub ttl: Option<i64>,
    pub alias: Option<Alias>,
    pub values: Vec<String>,
    pub health_check: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    pub name: String,
    pub zone: String,
    pub evaluate_target_health: bool,
}

/// A Route 53 health check, as it is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HealthCheck {
    pub id: String,
    /// `HTTP`, `HTTPS`, `TCP`, `CALCULATED`, `CLOUDWATCH_METRIC` …
    pub kind: String,
    /// Host, port and path, as a person would write them.
    pub target: String,
    pub interval_seconds: Option<i32>,
    pub failure_threshold: Option<i32>,
    /// Turns its finding round: this is one of the ways to move traffic.
    pub inverted: bool,
    /// Counts as healthy, whatever it finds.
    pub disabled: bool,
    pub version: i64,
}

/// What the checkers around the world report of a health check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checkers {
    pub reports: Vec<CheckerReport>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckerReport {
    pub region: String,
    pub address: String,
    pub ok: bool,
    pub report: String,
}

impl Checkers {
    #[must_use]
    pub fn up(&self) -> usize {
        self.reports.iter().filter(|report| report.ok).count()
    }

    /// Route 53 calls an endpoint healthy while more than 18 % of its checkers do. `None` without any report.
    #[must_use]
    pub fn is_healthy(&self) -> Option<bool> {
        (!self.reports.is_empty()).then(|| self.up() * 100 > self.reports.len() * 18)
    }
}
