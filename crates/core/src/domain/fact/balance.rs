use serde::Serialize;

use crate::domain::Timestamp;

/// A target group, and the load balancers that use it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TargetGroup {
    pub arn: String,
    pub name: String,
    pub load_balancers: Vec<String>,
    pub protocol: Option<String>,
    pub port: Option<i32>,
    pub health_path: Option<String>,
    pub target_type: Option<String>,
}

/// The health of a target group's targets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Targets {
    pub targets: Vec<Target>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Target {
    pub id: String,
    pub port: Option<i32>,
    /// `healthy`, `unhealthy`, `initial`, `draining`, `unused`, `unavailable`.
    pub state: String,
    pub reason: Option<String>,
    pub description: Option<String>,
}

impl Targets {
    #[must_use]
    pub fn healthy(&self) -> usize {
        self.targets.iter().filter(|target| target.state == "healthy").count()
    }

    /// Those that count: one that drains is on its way out.
    #[must_use]
    pub fn registered(&self) -> usize {
        self.targets.iter().filter(|target| target.state != "draining").count()
    }
}

/// The certificate in a region that covers a name, if any; the one that lives longest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Certificate {
    pub arn: String,
    pub names: Vec<String>,
    /// `ISSUED`, `EXPIRED`, `PENDING_VALIDATION` …
    pub status: String,
    pub not_after: Option<Timestamp>,
    pub in_use_by: Vec<String>,
}
