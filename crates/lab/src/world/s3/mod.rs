//! Buckets, versions, replication.
//!
//! Buckets live in `World` because their names are global; each has a home region, and calls elsewhere are redirected there.
//! `bucket` holds stacks of versions and knows what writes and deletions do to them; `replication`, `lifecycle` and `traffic` move them on
//! with the clock; `buckets` and `objects` and `listing` are the operations; `install` is for who builds a topology.

mod bucket;
mod buckets;
mod filter;
mod http;
mod install;
mod lifecycle;
mod lifecycle_xml;
mod listing;
mod objects;
mod replication;
mod replication_xml;
mod request;
mod traffic;
mod transfer;
mod version;

use std::collections::BTreeMap;

pub use bucket::{Bucket, Stack, VersionName, Versioning};
pub use filter::Filter;
pub use install::{NewBucket, NewReplication, Objects, add_bucket, add_replication, fill};
pub use lifecycle::{Lifecycle, LifecycleRule, Noncurrent, NoncurrentTransition, Transition, When};
pub use replication::{Backlog, Lane, Replication, ReplicationRule, backlog};
pub use traffic::Writes;
pub use version::{About, Body, ETag, Object, ReplicationStatus, Restore, StorageClass, Version, VersionId};

use super::{Gauges, Operation, Reading, Service, World};

/// All buckets of the account, by name.
#[derive(Clone, Debug, Default)]
pub struct S3 {
    pub buckets: BTreeMap<String, Bucket>,
}

pub const SERVICE: Service = Service {
    name: "s3",
    operations: &[
        Operation::read("ListBuckets", buckets::list_buckets),
        Operation::read("HeadBucket", buckets::head_bucket),
        Operation::read("GetBucketLocation", buckets::get_bucket_location),
        Operation::read("GetBucketVersioning", buckets::get_bucket_versioning),
        Operation::write("PutBucketVersioning", buckets::put_bucket_versioning),
        Operation::read("GetBucketReplication", replication_xml::get_bucket_replication),
        Operation::write("PutBucketReplication", replication_xml::put_bucket_replication),
        Operation::write("DeleteBucketReplication", replication_xml::delete_bucket_replication),
        Operation::read("GetBucketLifecycleConfiguration", lifecycle_xml::get_bucket_lifecycle_configuration),
        Operation::write("PutBucketLifecycleConfiguration", lifecycle_xml::put_bucket_lifecycle_configuration),
        Operation::read("ListObjectsV2", listing::list_objects_v2),
        Operation::read("ListObjectVersions", listing::list_object_versions),
        Operation::read("GetObject", objects::get_object),
        Operation::read("HeadObject", objects::head_object),
        Operation::write("PutObject", transfer::put_object),
        Operation::write("CopyObject", transfer::copy_object),
        Operation::write("DeleteObject", objects::delete_object),
        Operation::write("DeleteObjects", objects::delete_objects),
        Operation::write("RestoreObject", objects::restore_object),
    ],
};

pub fn pulse(world: &mut World) {
    traffic::pulse(world);
    replication::pulse(world);
    lifecycle::pulse(world);
}

pub fn measure(world: &mut World, gauges: &mut Gauges) {
    replication::measure(world, gauges);
    if world.now.secs().rem_euclid(86_400) == 0 {
        measure_storage(world, gauges);
    }
}

/// The daily storage metrics. They count every version that holds bytes.
fn measure_storage(world: &World, gauges: &mut Gauges) {
    for bucket in world.s3.buckets.values() {
        let mut bytes: BTreeMap<StorageClass, u64> = BTreeMap::new();
        let mut objects = 0;
        for object in bucket.objects.values().flat_map(Stack::newest_first).filter_map(|(version, _)| version.object.as_ref()) {
            *bytes.entry(object.class).or_default() += object.body.size();
            objects += 1;
        }
        let mut put = |metric: &str, kind: &str, value: u64| {
            let dimensions = [("BucketName", bucket.name.as_str()), ("StorageType", kind)];
            gauges.put(&bucket.region, "AWS/S3", metric, &dimensions, Reading::level(replication::count(value)));
        };
        for (class, bytes) in bytes {
            put("BucketSizeBytes", class.metric(), bytes);
        }
        put("NumberOfObjects", "AllStorageTypes", objects);
    }
}

#[cfg(test)]
mod tests;
