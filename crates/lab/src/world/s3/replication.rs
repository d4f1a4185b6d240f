//! Replication between buckets: rules, queues, and what arrives when.
//!
//! Only what is written after a rule came into force is queued; deletions by version id and replicas of others never are.

use std::collections::BTreeMap;
use std::sync::Arc;

use drlab_core::domain::{Region, Timestamp};

use super::bucket::{Moment, VersionName, Versioning};
use super::filter::Filter;
use super::version::{Object, ReplicationStatus, StorageClass, Version, VersionId};
use crate::world::{Fault, Faults, Gauges, Reading, World};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replication {
    pub role: String,
    pub rules: Vec<ReplicationRule>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ReplicationRule {
    pub id: String,
    pub priority: Option<i64>,
    pub enabled: bool,
    pub filter: Filter,
    /// `None` where the old schema says nothing: delete markers are replicated there.
    pub delete_markers: Option<bool>,
    pub destination: String,
    pub destination_region: Region,
    pub storage_class: Option<StorageClass>,
    pub account: Option<String>,
    /// The key replicas are encrypted with, and whether KMS-encrypted objects are taken at all.
    pub replica_key: Option<String>,
    pub kms_objects: Option<bool>,
    pub replica_modifications: Option<bool>,
    /// Replication Time Control, in minutes.
    pub time_control: Option<i64>,
    pub metrics: bool,
}

impl ReplicationRule {
    fn takes(&self, key: &str, object: Option<&Object>) -> bool {
        self.enabled
            && self.filter.takes(key, object)
            && match object {
                Some(object) => !object.class.is_archive(),
                None => self.delete_markers.unwrap_or(self.filter.old),
            }
    }
}

impl Replication {
    /// The rules under which something new is replicated: for each destination the one of the highest priority.
    pub(super) fn rules_for<'r>(&'r self, key: &str, object: Option<&Object>) -> Vec<&'r ReplicationRule> {
        let mut chosen: Vec<&ReplicationRule> = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.takes(key, object)) {
            match chosen.iter_mut().find(|other| other.destination == rule.destination) {
                Some(other) if rule.priority > other.priority => *other = rule,
                Some(_) => {}
                None => chosen.push(rule),
            }
        }
        chosen
    }

    pub fn rule(&self, id: &str) -> Option<&ReplicationRule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

/// The queue of one rule.
#[derive(Clone, Debug, Default)]
pub struct Lane {
    /// By the instant at which it is to arrive.
    queue: BTreeMap<(Timestamp, u64), Pending>,
    queued: u64,
    /// Nothing gets through just now.
    blocked: bool,
    /// Of this minute.
    done: u64,
    failed: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) key: Arc<str>,
    pub(super) id: VersionId,
    pub(super) size: u64,
    pub(super) since: Timestamp,
}

impl Lane {
    pub(super) fn push(&mut self, due: Timestamp, pending: Pending) {
        self.queue.insert((due, self.queued), pending);
        self.queued += 1;
    }

    fn pop(&mut self, now: Timestamp) -> Option<Pending> {
        let first = self.queue.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    pub fn backlog(&self) -> Backlog {
        self.queue.values().fold(Backlog::default(), |sum, pending| sum.and(pending.size, pending.since))
    }

    fn holds(&self, key: &str, id: VersionId) -> bool {
        self.queue.values().any(|pending| pending.id == id && *pending.key == *key)
    }

    /// What should have arrived meanwhile takes its time from now on.
    fn resume(&mut self, moment: &Moment, bucket: &str) {
        self.blocked = false;
        let waiting = self.queue.split_off(&(moment.now + std::time::Duration::from_millis(1), 0));
        for pending in std::mem::replace(&mut self.queue, waiting).into_values() {
            let delay = moment.chance.between(("s3-resumed", bucket, &pending.key, pending.since, moment.now), moment.replication);
            self.push(moment.now + delay, pending);
        }
    }

    pub(super) fn into_waiting(self) -> impl Iterator<Item = (Arc<str>, VersionId)> {
        self.queue.into_values().map(|pending| (pending.key, pending.id))
    }
}

/// What is written in one bucket and not yet in the other: the truth, not what CloudWatch tells of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    pub bytes: u64,
    pub operations: u64,
    /// When the oldest of it was written.
    pub oldest: Option<Timestamp>,
}

impl Backlog {
    fn and(self, bytes: u64, since: Timestamp) -> Self {
        Self {
            bytes: self.bytes + bytes,
            operations: self.operations + 1,
            oldest: Some(self.oldest.map_or(since, |oldest| oldest.min(since))),
        }
    }
}

/// What waits to be replicated out of a bucket, over all its rules.
pub fn backlog(world: &World, bucket: &str) -> Backlog {
    let lanes = world.s3.buckets.get(bucket).into_iter().flat_map(|bucket| bucket.lanes.values());
    lanes.map(Lane::backlog).fold(Backlog::default(), |sum, lane| Backlog {
        bytes: sum.bytes + lane.bytes,
        operations: sum.operations + lane.operations,
        oldest: [sum.oldest, lane.oldest].into_iter().flatten().min(),
    })
}

struct Arrival {
    source: String,
    rule: ReplicationRule,
    pending: Pending,
}

pub(super) fn pulse(world: &mut World) {
    let moment = Moment::of(world);
    let mut arrivals = Vec::new();
    let World { s3, faults, truth, .. } = world;
    for bucket in s3.buckets.values_mut() {
        let Some(replication) = &bucket.replication else { continue };
        for (id, lane) in bucket.lanes.iter_mut().filter(|(_, lane)| !lane.queue.is_empty()) {
            let Some(rule) = replication.rule(id) else { continue };
            if !flows(faults, (&bucket.region, &bucket.name), rule) {
                if !std::mem::replace(&mut lane.blocked, true) {
                    truth.note(moment.now, Some(&bucket.region), "s3", &bucket.name, "replication stalled");
                }
                continue;
            }
            if lane.blocked {
                lane.resume(&moment, &bucket.name);
                truth.note(moment.now, Some(&bucket.region), "s3", &bucket.name, "replication flowing");
            }
            while let Some(pending) = lane.pop(moment.now) {
                arrivals.push(Arrival { source: bucket.name.clone(), rule: rule.clone(), pending });
            }
        }
    }
    for arrival in arrivals {
        arrive(world, &arrival);
    }
}

fn flows(faults: &Faults, source: (&Region, &str), rule: &ReplicationRule) -> bool {
    [source, (&rule.destination_region, &rule.destination)]
        .into_iter()
        .all(|(region, bucket)| !faults.is_dark(region) && !faults.hits(Fault::S3Stall, region, bucket))
}

fn arrive(world: &mut World, arrival: &Arrival) {
    let Arrival { source, rule, pending } = arrival;
    let name = VersionName::Id(pending.id);
    let found = world.s3.buckets.get(source).and_then(|bucket| bucket.stack(&pending.key)?.find(name)).cloned();
    // Deleted for good before its turn came: there is nothing left to copy.
    let Some(version) = found else { return };
    let arrived = match world.s3.buckets.get_mut(&rule.destination) {
        Some(destination) if destination.versioning == Versioning::Enabled => {
            destination.insert(&pending.key, replica(version, rule));
            true
        }
        _ => false,
    };
    let Some(bucket) = world.s3.buckets.get_mut(source) else { return };
    if let Some(lane) = bucket.lanes.get_mut(&rule.id) {
        lane.done += 1;
        lane.failed += u64::from(!arrived);
    }
    // With a single rule there is no other queue to look through.
    let elsewhere = bucket.lanes.len() > 1 && bucket.lanes.values().any(|lane| lane.holds(&pending.key, pending.id));
    let told = bucket.objects.get_mut(&pending.key).and_then(|stack| stack.find_mut(name)).and_then(|version| version.replication.as_mut());
    if let Some(status) = told {
        *status = match (arrived, *status) {
            (false, _) | (_, ReplicationStatus::Failed) => ReplicationStatus::Failed,
            _ if elsewhere => ReplicationStatus::Pending,
            _ => ReplicationStatus::Completed,
        };
    }
}

/// The same version, as the destination keeps it.
pub(super) fn replica(mut version: Version, rule: &ReplicationRule) -> Version {
    if let Some(object) = &mut version.object {
        object.class = rule.storage_class.unwrap_or(object.class);
        object.restore = None;
        version.replication = Some(ReplicationStatus::Replica);
    }
    version
}

/// The minute's replication metrics, where AWS tells them: pending and latency at the destination, failures at the source.
/// They come from S3's machinery between the two, so nothing is told at the destination while either end is lost.
pub(super) fn measure(world: &mut World, gauges: &mut Gauges) {
    let World { s3, faults, now, .. } = world;
    let existing: std::collections::BTreeSet<String> = s3.buckets.keys().cloned().collect();
    for bucket in s3.buckets.values_mut() {
        let Some(replication) = &bucket.replication else { continue };
        for rule in replication.rules.iter().filter(|rule| rule.enabled && rule.metrics && existing.contains(&rule.destination)) {
            let dimensions =
                [("SourceBucket", bucket.name.as_str()), ("DestinationBucket", rule.destination.as_str()), ("RuleId", rule.id.as_str())];
            let lane = bucket.lanes.entry(rule.id.clone()).or_default();
            let (done, failed) = (std::mem::take(&mut lane.done), std::mem::take(&mut lane.failed));
            if done > 0 {
                let reading = Reading {
                    sum: count(failed),
                    samples: count(done),
                    min: f64::from(u8::from(failed == done)),
                    max: f64::from(u8::from(failed > 0)),
                    p95: None,
                };
                gauges.put(&bucket.region, "AWS/S3", "OperationsFailedReplication", &dimensions, reading);
            }
            if faults.is_dark(&bucket.region) || faults.is_dark(&rule.destination_region) {
                continue;
            }
            let backlog = lane.backlog();
            let latency = backlog.oldest.map_or(0.0, |oldest| now.since(oldest).as_secs_f64());
            for (metric, value) in [
                ("BytesPendingReplication", count(backlog.bytes)),
                ("OperationsPendingReplication", count(backlog.operations)),
                ("ReplicationLatency", latency),
            ] {
                gauges.put(&rule.destination_region, "AWS/S3", metric, &dimensions, Reading::level(value));
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "CloudWatch's numbers are doubles")]
pub(super) fn count(number: u64) -> f64 {
    number as f64
}
