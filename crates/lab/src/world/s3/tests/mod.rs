//! The room from outside: what requests are answered, what happens between them, and what holds whatever is done.

mod moving;
mod properties;
mod requests;

use super::*;
use crate::doc;
use crate::document::Document;
use crate::world::testing::{ask, east, live, west, world};
use crate::world::{ActiveFault, ApiError, Call, Fault, Reply};
use bytes::Bytes;
use drlab_core::domain::Region;

/// A versioned bucket in the east whose `data/` is replicated to one in the west.
fn pair(delete_markers: bool) -> World {
    let mut world = world();
    add_bucket(&mut world, &east(), NewBucket { name: "src", versioned: true, ..NewBucket::default() });
    add_bucket(&mut world, &west(), NewBucket { name: "dst", versioned: true, ..NewBucket::default() });
    let rule = NewReplication {
        rule: "all",
        prefix: "data/",
        destination: "dst",
        storage_class: Some(StorageClass::StandardIa),
        delete_markers,
        metrics: true,
        priority: 1,
    };
    add_replication(&mut world, "src", &rule);
    world
}

fn s3(world: &mut World, region: &Region, operation: &str, input: Document) -> Result<Reply, ApiError> {
    ask(world, region, "s3", operation, input)
}

fn put(world: &mut World, key: &str, body: &'static str) -> String {
    let call = Call {
        region: east(),
        service: "s3",
        operation: "PutObject".into(),
        input: doc! { "Bucket": "src", "Key": key },
        payload: Bytes::from_static(body.as_bytes()),
        access_key: String::new(),
    };
    header(&world.call(&call).unwrap(), "x-amz-version-id").unwrap().to_owned()
}

fn header<'r>(reply: &'r Reply, name: &str) -> Option<&'r str> {
    reply.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

fn said<'e>(error: &'e ApiError, name: &str) -> Option<&'e str> {
    error.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

fn object(bucket: &str, key: &str, version: Option<&str>) -> Document {
    doc! { "Bucket": bucket, "Key": key, "VersionId": version }
}

fn settle(world: &mut World) {
    let most = world.timings.object_replication.most.as_secs();
    live(world, most + 1);
}

fn fault(world: &mut World, fault: Fault, region: &Region) {
    let now = world.now();
    world.faults.inject(ActiveFault::on(fault, region, now, None));
}

/// The latest of a minute's readings by metric name, each with its region.
fn readings(world: &mut World) -> BTreeMap<String, (Region, Reading)> {
    let mut gauges = Gauges::default();
    measure(world, &mut gauges);
    gauges.into_readings().into_iter().map(|(region, name, reading)| (name.metric, (region, reading))).collect()
}
