//! For who builds a topology: buckets in steady state, as if they had lived for months.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::bucket::{Bucket, Versioning};
use super::filter::Filter;
use super::lifecycle::{Lifecycle, LifecycleRule};
use super::replication::{Replication, ReplicationRule, replica};
use super::traffic::Writes;
use super::version::{Body, Object, ReplicationStatus, StorageClass, Version, VersionId};
use crate::world::{Chance, Span, World};

/// A bucket to be.
#[derive(Clone, Debug, Default)]
pub struct NewBucket<'a> {
    pub name: &'a str,
    pub versioned: bool,
    pub lifecycle: Vec<LifecycleRule>,
    pub writes: Option<Writes>,
}

/// A replication rule to be.
#[derive(Clone, Debug, Default)]
pub struct NewReplication<'a> {
    pub rule: &'a str,
    pub prefix: &'a str,
    pub destination: &'a str,
    /// The class replicas are kept in; the source's unless said.
    pub storage_class: Option<StorageClass>,
    pub delete_markers: bool,
    pub metrics: bool,
    pub priority: i64,
}

/// Objects that are there from the beginning.
#[derive(Clone, Debug, Default)]
pub struct Objects<'a> {
    pub count: u32,
    pub prefix: &'a str,
    /// Smallest and largest.
    pub bytes: (u64, u64),
    /// Youngest and oldest, evenly between.
    pub age: (Duration, Duration),
    /// Where they are kept; what the lifecycle made of them unless said.
    pub class: Option<StorageClass>,
}

pub fn add_bucket(world: &mut World, region: &Region, new: NewBucket<'_>) {
    let mut bucket = Bucket::new(new.name, region, world.started);
    bucket.versioning = if new.versioned { Versioning::Enabled } else { Versioning::Off };
    bucket.lifecycle = (!new.lifecycle.is_empty()).then_some(Lifecycle { rules: new.lifecycle, archives_small: false });
    bucket.writes = new.writes;
    world.s3.buckets.insert(new.name.to_owned(), bucket);
}

/// Adds a rule to a bucket's replication. Both buckets must be there; a missing one leaves the world as it was.
pub fn add_replication(world: &mut World, bucket: &str, new: &NewReplication<'_>) {
    let Some(destination_region) = world.s3.buckets.get(new.destination).map(|bucket| bucket.region.clone()) else { return };
    let role = format!("arn:aws:iam::{}:role/s3-replication-{bucket}", world.account);
    let Some(bucket) = world.s3.buckets.get_mut(bucket) else { return };
    bucket.replication.get_or_insert_with(|| Replication { role, rules: Vec::new() }).rules.push(ReplicationRule {
        id: new.rule.to_owned(),
        priority: Some(new.priority),
        enabled: true,
        filter: Filter::prefix(new.prefix),
        delete_markers: Some(new.delete_markers),
        destination: new.destination.to_owned(),
        destination_region,
        storage_class: new.storage_class,
        account: None,
        replica_key: None,
        kms_objects: None,
        replica_modifications: None,
        time_control: None,
        metrics: new.metrics,
    });
}

/// Puts old objects into a bucket, and, where its rules say so, their replicas: all of it arrived long ago.
/// Rules added later do not reach them.
pub fn fill(world: &mut World, bucket: &str, objects: &Objects<'_>) {
    let (chance, now) = (world.chance, world.now);
    let Some(source) = world.s3.buckets.get_mut(bucket) else { return };
    let (mut made, mut replicas) = (Vec::with_capacity(objects.count as usize), BTreeMap::<String, Vec<_>>::new());
    // The names are hashed once: there are tens of thousands of objects, and a lab is to open at once.
    let luck = Chance::new(chance.bits(("s3-fill", bucket, objects.prefix)));
    let null = source.versioning != Versioning::Enabled;
    for nth in 0..objects.count {
        let key: Arc<str> = format!("{}{nth:06}.dat", objects.prefix).into();
        let size = objects.bytes.0 + luck.bits((1, nth)) % (objects.bytes.1.saturating_sub(objects.bytes.0) + 1);
        let modified = now - luck.between((2, nth), Span { least: objects.age.0, most: objects.age.1 });
        let object = Object::new(Body::made(luck.bits((3, nth)), size), StorageClass::Standard);
        let id = VersionId::new(modified, nth.into(), luck.bits((4, nth)), None);
        let mut version = Version { id, null, modified, object: Some(object), replication: None };
        if !null && let Some(replication) = &source.replication {
            for rule in replication.rules_for(&key, version.object.as_ref()) {
                let copy = (Arc::clone(&key), replica(version.clone(), rule));
                match replicas.get_mut(&rule.destination) {
                    Some(copies) => copies.push(copy),
                    None => drop(replicas.insert(rule.destination.clone(), vec![copy])),
                }
                version.replication = Some(ReplicationStatus::Completed);
            }
        }
        made.push((key, version));
    }
    settle(source, made, objects.class, now);
    for (destination, copies) in replicas {
        if let Some(destination) = world.s3.buckets.get_mut(&destination) {
            settle(destination, copies, None, now);
        }
    }
}

/// Puts versions into a bucket, in the class that its lifecycle has brought them to by now.
fn settle(bucket: &mut Bucket, mut versions: Vec<(Arc<str>, Version)>, class: Option<StorageClass>, now: Timestamp) {
    for (key, version) in &mut versions {
        let class = class.or_else(|| bucket.lifecycle.as_ref()?.class_at(key, version, now));
        if let (Some(object), Some(class)) = (&mut version.object, class) {
            object.class = class;
        }
    }
    bucket.extend(versions);
}
