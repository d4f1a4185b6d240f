//! What a topology tells its automation: names, counts, addresses. Plain data, for one direction; the way back is another plan.

use std::time::Duration;

use drlab_core::domain::Region;

/// Moving a workload from one site to the other.
#[derive(Clone, Debug)]
pub struct Recovery {
    pub workload: String,
    pub source: Site,
    pub target: Site,
    pub database: Option<DatabasePlan>,
    /// The secret, by name or ARN, in the target's region: its `host` and `port` are to name the target's database.
    pub secret: Option<String>,
    pub record: Option<RecordPlan>,
    /// The path at which the target's application proves a write, such as `/dbcheck`.
    pub write_path: Option<String>,
    /// The ARN of the topic that is told how it ended.
    pub topic: Option<String>,
    /// Where the active region is written down.
    pub state: Option<TablePlan>,
    /// Where results of tests are written down.
    pub results: Option<TablePlan>,
    /// When to give the whole of it up.
    pub limit: Duration,
}

#[derive(Clone, Debug)]
pub struct Site {
    pub region: Region,
    pub probe: Probe,
    pub services: Vec<ServicePlan>,
}

/// An HTTP request that says whether a site lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// A load balancer's own name, or an address.
    pub host: String,
    pub path: String,
}

/// How large a service is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePlan {
    pub cluster: String,
    pub service: String,
    pub tasks: u32,
    /// The autoscaling bounds that go with it, where the service is autoscaled.
    pub bounds: Option<(u32, u32)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatabasePlan {
    /// The instances of the source's region that may be the writer, most likely first. Their snapshots are what a restore begins with.
    pub writers: Vec<String>,
    /// The replica in the target's region that is to be promoted. On the way back it is created first.
    pub replica: String,
    /// The name under which a snapshot is restored where the replica is of no use.
    pub restored: String,
    /// How many days of backups the promoted instance keeps. A replica keeps none, and without them nothing can ever be replicated from it.
    pub retention_days: Option<u32>,
    pub class: Option<String>,
    pub subnet_group: Option<String>,
    pub security_groups: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordPlan {
    pub zone: String,
    pub name: String,
    /// `A`, `CNAME`, …
    pub kind: String,
    /// Where each record set, by its identifier, is to lead.
    pub leads: Vec<(String, Lead)>,
}

/// Where a record set leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lead {
    Alias { zone: String, name: String, evaluate: bool },
    Values { ttl: u32, values: Vec<String> },
}

/// A DynamoDB table with a text key, and a text range where results are kept one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablePlan {
    pub region: Region,
    pub name: String,
    pub hash: String,
    pub range: Option<String>,
}
