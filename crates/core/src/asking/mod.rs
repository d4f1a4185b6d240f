//! What has to be asked so that a configuration can be assessed: batched as AWS's limits allow, shared by all workloads of a fleet, and grown by
//! what has been learnt (a metric of a load balancer needs the load balancer's name).

mod metrics;
mod one;
mod price;
mod wants;
mod workload;
mod write;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::config::{Config, Site, Workload};
use crate::domain::{Kind, Question, Snapshot, Subject, Topic};

pub use one::question_for;
pub use price::dollars_per_hour;
use wants::{Askers, Wants};
pub use write::write_errand;

/// A question, how often it is worth asking, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub question: Question,
    pub every: Duration,
    /// Indices into the configuration's workloads.
    pub workloads: BTreeSet<usize>,
    /// How often in a row nobody must answer it until that counts.
    pub counts: u32,
}

/// Everything that must be asked, in a fixed order, each thing once.
#[must_use]
pub fn plan(config: &Config, snapshot: &Snapshot) -> Vec<Planned> {
    let mut wants = Wants::default();
    for region in config.regions() {
        let concerned = config.workloads.iter().enumerate().filter(|(_, workload)| workload.regions().any(|at| *at == region));
        for (index, _) in concerned {
            wants.ask(index, &region, Topic::Identity);
        }
    }
    for (index, workload) in config.workloads.iter().enumerate() {
        workload::want(&mut wants, index, workload);
        metrics::want(&mut wants, index, workload, snapshot);
    }
    let counts = |asker: &usize| config.workloads.get(*asker).map_or(1, |workload| workload.unhealthy_after);
    let planned = |(question, every, workloads): (_, _, Askers)| {
        let counts = workloads.iter().map(counts).max().unwrap_or(1);
        Planned { question, every, workloads, counts }
    };
    wants.into_questions().into_iter().map(planned).collect()
}

/// The questions alone.
#[must_use]
pub fn questions(config: &Config, snapshot: &Snapshot) -> Vec<Question> {
    plan(config, snapshot).into_iter().map(|planned| planned.question).collect()
}

/// What tells first, beside clients, that a site fails: the targets of its load balancers.
#[must_use]
pub fn targets(workload: &Workload) -> Vec<Subject> {
    let at = |site| workload.services.iter().filter_map(move |service| workload.target_subject(Kind::Targets, service, site));
    [Site::Primary, Site::Standby].into_iter().flat_map(at).collect()
}

/// Whether answers of this kind can change what has to be asked.
#[must_use]
pub const fn teaches(kind: Kind) -> bool {
    matches!(kind, Kind::TargetGroup | Kind::Replication)
}

#[cfg(test)]
mod tests;
