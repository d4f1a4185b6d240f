//! The shortest that this failover could have been: what the lab did, by its own account and by nobody's journal, put one after the other only
//! where one thing truly needs the other. Not a word of the runbook is in it.
//!
//! What must wait for what: evidence takes as many looks as the configuration demands, at its pace; nobody is promoted before the source has
//! stopped; tasks read the secret when they start, so where the secret had to be written they start after it, and it is written when the
//! database takes writes; the load must be carried; users follow when a write has arrived, at the next expiry of what their resolver holds;
//! the proof takes three rounds, five seconds apart. People take no time here, calls take none, and nobody waits for the next look.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use drlab_core::config::{Site, Workload};
use drlab_core::domain::{Region, Timestamp};
use drlab_lab::world::Transition;
use drlab_tui::aws::Timeouts;

use super::witness::Witness;
use crate::lab::rig::Rig;

const USERS: &str = "users";
/// Between three rounds.
const PROOF: Duration = Duration::from_secs(10);
/// For how long a resolver keeps the answer of an alias.
const TTL: Duration = Duration::from_secs(60);
/// AWS is asked no more often than that about one thing.
const LOOK: Duration = Duration::from_secs(1);

/// What must follow upon what, each with how long it took at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) legs: Vec<(&'static str, Duration)>,
}

impl Path {
    pub(crate) fn total(&self) -> Duration {
        self.legs.iter().map(|(_, lasted)| *lasted).sum()
    }

    /// Until a write can arrive at the standby: what comes after it is up to resolvers, whose answers expire when they will.
    pub(crate) fn written(&self) -> Duration {
        self.legs.iter().take_while(|(leg, _)| *leg != USERS).map(|(_, lasted)| *lasted).sum()
    }
}

/// What happened from the outage on.
struct Facts<'r> {
    workload: &'r Workload,
    outage: Timestamp,
    transitions: Vec<Transition>,
}

/// The path of a failover from the primary to the standby that has come to its end.
pub(crate) fn shortest(rig: &Rig, outage: Timestamp, witness: &Witness) -> Path {
    let transitions = rig.truth(|world| world.truth.transitions().filter(|known| known.at >= outage).cloned().collect());
    let facts = Facts { workload: &rig.stage.config.workloads[0], outage, transitions };
    let mut path = Path { legs: Vec::new() };
    path.legs.push(("evidence", facts.evidence()));
    let declared = outage + path.total();
    path.legs.push(("the database", facts.handover()));
    // Tasks start beside it.
    let (begun, carried) = facts.carried();
    let left = (declared + begun).since(outage + path.total());
    path.legs.push(("tasks", carried.unwrap_or(left)));
    path.legs.push((USERS, facts.users(outage + path.total(), witness)));
    path.legs.push(("proof", PROOF));
    path
}

impl Facts<'_> {
    fn region(&self, site: Site) -> &Region {
        self.workload.region(site)
    }

    fn of<'f>(&'f self, kind: &'f str, site: Site) -> impl DoubleEndedIterator<Item = &'f Transition> {
        let region = self.region(site);
        self.transitions.iter().filter(move |known| known.kind == kind && known.region.as_ref() == Some(region))
    }

    /// The client's eye fails from the outage on and looks at the pace that is configured; of what AWS tells the first that turns is the second
    /// kind that there must be.
    fn evidence(&self) -> Duration {
        let more = self.workload.unhealthy_after.saturating_sub(1);
        let client = self.workload.dns.as_ref().map_or(Duration::ZERO, |dns| dns.probe.every * more);
        let dark = self.transitions.iter().any(|known| known.became == "region-dark");
        let groups = self.workload.services.iter().filter_map(|service| service.sites.primary.target_group.as_deref());
        let told = groups.filter_map(|arn| self.all_unhealthy(group(arn))).min().unwrap_or(self.outage);
        // In the dark every kind fails at once, and each look takes as long as a connection is waited for.
        if dark { Timeouts::default().connect + LOOK * more } else { client.max(told.since(self.outage) + LOOK * more) }
    }

    /// When no target of a group was healthy any more: the last of those that had been.
    fn all_unhealthy(&self, group: &str) -> Option<Timestamp> {
        let theirs = self.of("target", Site::Primary).filter(|known| known.id.split('/').next() == Some(group));
        let mut first: BTreeMap<&str, &Transition> = BTreeMap::new();
        for known in theirs {
            first.entry(&known.id).or_insert(known);
        }
        first.values().filter(|known| known.became == "unhealthy").map(|known| known.at).max()
    }

    /// From the beginning of the handover to the first write that could be taken.
    fn handover(&self) -> Duration {
        let Some(database) = &self.workload.database else { return Duration::ZERO };
        let (id, global) = (database.sites.standby.as_str(), database.global_cluster.as_deref());
        let begins = |known: &&Transition| match global {
            Some(global) => known.id == global && known.became == "failing-over",
            None => known.id == id && known.became == "modifying",
        };
        let at = |site| self.of("rds", site).chain(self.of("rds-cluster", site)).chain(self.of("rds-global", site));
        let begun = at(Site::Standby).filter(begins).map(|known| known.at).min();
        let writable = at(Site::Standby).filter(|known| known.id == id && known.became == "writable").map(|known| known.at).min();
        begun.zip(writable).map_or(Duration::ZERO, |(begun, writable)| writable.since(begun))
    }

    /// How long the tasks took that were started at once, and, where the secret was written, those that were started after it.
    fn carried(&self) -> (Duration, Option<Duration>) {
        let secret = self.of("secretsmanager", Site::Standby).find(|known| known.became == "changed").map(|known| known.at);
        let anew = secret.map(|changed| self.staffed(changed, true));
        let begun = if secret.is_some() { Duration::ZERO } else { self.staffed(self.outage, false) };
        (begun, anew)
    }

    /// From the first task that was started after `since` to when as many as the load takes were healthy; and, where they take the place of
    /// others, none of those ran.
    fn staffed(&self, since: Timestamp, instead: bool) -> Duration {
        let starts = self.of("task", Site::Standby).filter(|known| known.at >= since && known.became == "PROVISIONING");
        let Some(begun) = starts.map(|known| known.at).min() else { return Duration::ZERO };
        let service = |service: &drlab_core::config::Service| {
            let at = &service.sites.standby;
            let wanted = if instead { at.failover_tasks } else { at.failover_tasks.saturating_sub(at.tasks) };
            let group = at.target_group.as_deref().map(group);
            let (mut new, mut healthy, mut old) = (BTreeSet::new(), 0, begun);
            let mut enough = (wanted == 0).then_some(begun);
            for known in
                self.transitions.iter().filter(|known| known.at >= since && known.region.as_ref() == Some(self.region(Site::Standby)))
            {
                let mut name = known.id.splitn(3, '/');
                match (known.kind, name.next(), name.next()) {
                    ("target", ours, _) if group.is_some() && ours == group => match known.became.as_str() {
                        "initial" => drop(new.insert(&known.id)),
                        "healthy" if new.contains(&known.id) => healthy += 1,
                        _ => {}
                    },
                    ("task", Some(cluster), Some(name)) if cluster == at.cluster && name == at.service => match known.became.as_str() {
                        "RUNNING" if group.is_none() => healthy += 1,
                        "DEACTIVATING" if instead => old = known.at,
                        _ => {}
                    },
                    _ => {}
                }
                if healthy >= wanted && enough.is_none() {
                    enough = Some(known.at);
                }
                // Whoever leaves afterwards is scaled in, or makes room for nobody.
                if enough.is_some_and(|enough| known.at > enough + LOOK) {
                    break;
                }
            }
            enough.unwrap_or(begun).max(old)
        };
        self.workload.services.iter().map(service).max().unwrap_or(begun).since(begun)
    }

    /// From a proven write to the last resolver that turned: nothing where health checks had turned them all before.
    fn users(&self, written: Timestamp, witness: &Witness) -> Duration {
        let changed = self.transitions.iter().find(|known| known.kind == "dns" && known.became == "PENDING");
        let turned = || witness.given.values().map(|(at, _)| *at);
        let by_themselves = turned().all(|at| changed.is_none_or(|changed| at < changed.at));
        if by_themselves {
            return turned().max().map_or(Duration::ZERO, |at| at.since(written));
        }
        let served = changed.and_then(|changed| {
            self.transitions.iter().find(|known| known.id == changed.id && known.became == "served").map(|known| known.at.since(changed.at))
        });
        let led = written + served.unwrap_or_default();
        // A resolver turns when what it holds runs out, once a minute, whoever asks.
        let first = |mut at: Timestamp| {
            while at - TTL >= led {
                at = at - TTL;
            }
            at
        };
        turned().map(first).max().map_or(Duration::ZERO, |at| at.since(written))
    }
}

/// The name in a target group's ARN.
fn group(arn: &str) -> &str {
    arn.split('/').nth(1).unwrap_or(arn)
}
