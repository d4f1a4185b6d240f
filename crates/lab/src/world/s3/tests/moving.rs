use std::time::Duration;

use super::*;

#[test]
fn an_object_is_pending_then_completed_and_its_replica_has_the_same_version() {
    let mut world = pair(false);
    let version = put(&mut world, "data/a", "hello");
    put(&mut world, "other/a", "elsewhere");
    let status = |world: &mut World, region: &Region, bucket: &str| {
        let head = s3(world, region, "HeadObject", object(bucket, "data/a", Some(&version)))?;
        assert_eq!(header(&head, "Content-Length"), Some("5"));
        Ok::<_, ApiError>(header(&head, "x-amz-replication-status").unwrap_or("none").to_owned())
    };
    assert_eq!(status(&mut world, &east(), "src").as_deref(), Ok("PENDING"));
    assert_eq!(status(&mut world, &west(), "dst").unwrap_err().code, "NoSuchVersion");
    let waiting = backlog(&world, "src");
    assert_eq!((waiting.operations, waiting.bytes, waiting.oldest), (1, 5, Some(world.now())));
    settle(&mut world);
    assert_eq!(status(&mut world, &east(), "src").as_deref(), Ok("COMPLETED"));
    assert_eq!(status(&mut world, &west(), "dst").as_deref(), Ok("REPLICA"));
    assert_eq!(backlog(&world, "src"), Backlog::default());
    let replica = s3(&mut world, &west(), "GetObject", object("dst", "data/a", None)).unwrap();
    assert_eq!((replica.payload.as_deref(), header(&replica, "x-amz-storage-class")), (Some(b"hello".as_slice()), Some("STANDARD_IA")));
    assert!(world.s3.buckets["dst"].stack("other/a").is_none());
    s3(&mut world, &east(), "DeleteObject", object("src", "data/a", Some(&version))).unwrap();
    settle(&mut world);
    assert!(status(&mut world, &west(), "dst").is_ok(), "deletions by version are never replicated");
}

#[test]
fn a_stall_grows_the_backlog_and_its_end_drains_it() {
    for (broken, at) in [(Fault::S3Stall, east()), (Fault::RegionDark, east()), (Fault::RegionDark, west())] {
        let mut world = pair(false);
        world.s3.buckets.get_mut("src").unwrap().writes =
            Some(Writes { by: None, prefix: "data/".into(), keys: 10, per_minute: 30, bytes: (100, 100) });
        live(&mut world, 120);
        let kept = backlog(&world, "src").operations;
        assert!(kept <= 10, "{kept} wait though nothing is wrong");
        fault(&mut world, broken, &at);
        put(&mut world, "data/mine", "hello");
        let since = world.now();
        live(&mut world, 600);
        let grown = backlog(&world, "src");
        assert!(grown.oldest.is_some_and(|oldest| oldest <= since) && grown.operations > 0);
        let told = readings(&mut world);
        match broken {
            Fault::S3Stall => {
                assert!(grown.operations >= 300 && grown.bytes >= 30_000);
                let (region, latency) = &told["ReplicationLatency"];
                assert!(*region == west() && latency.max >= 600.0);
                assert!((told["OperationsPendingReplication"].1.max - replication::count(grown.operations)).abs() < 0.5);
            }
            _ => assert!(!told.contains_key("BytesPendingReplication"), "nobody tells while an end is lost"),
        }
        world.s3.buckets.get_mut("src").unwrap().writes = None;
        world.faults.clear();
        settle(&mut world);
        assert_eq!(backlog(&world, "src"), Backlog::default(), "{broken} in {at}");
        assert!(world.s3.buckets["dst"].stack("data/mine").is_some());
    }
}

#[test]
fn replication_fails_where_the_destination_cannot_take_it() {
    let mut world = pair(false);
    put(&mut world, "data/a", "hello");
    settle(&mut world);
    let (region, fine) = readings(&mut world)["OperationsFailedReplication"].clone();
    assert_eq!((region, fine.sum, fine.samples), (east(), 0.0, 1.0));
    let off = doc! { "Bucket": "dst", "VersioningConfiguration": doc! { "Status": "Suspended" } };
    s3(&mut world, &west(), "PutBucketVersioning", off).unwrap();
    put(&mut world, "data/b", "hello");
    settle(&mut world);
    let head = s3(&mut world, &east(), "HeadObject", object("src", "data/b", None)).unwrap();
    assert_eq!(header(&head, "x-amz-replication-status"), Some("FAILED"));
    assert_eq!(readings(&mut world)["OperationsFailedReplication"].1.sum, 1.0);
    world.s3.buckets.remove("dst");
    put(&mut world, "data/c", "hello");
    settle(&mut world);
    assert_eq!(backlog(&world, "src"), Backlog::default());
    assert!(readings(&mut world).is_empty(), "with the destination gone the points stop");
}

#[test]
fn a_new_rule_leaves_old_objects_where_they_are_and_the_end_of_one_drops_what_waits() {
    let mut world = pair(false);
    let told = s3(&mut world, &east(), "GetBucketReplication", doc! { "Bucket": "src" }).unwrap().body;
    s3(&mut world, &east(), "DeleteBucketReplication", doc! { "Bucket": "src" }).unwrap();
    let none = s3(&mut world, &east(), "GetBucketReplication", doc! { "Bucket": "src" }).unwrap_err();
    assert_eq!((none.code.as_ref(), none.status), ("ReplicationConfigurationNotFoundError", 404));
    put(&mut world, "data/before", "x");
    s3(&mut world, &east(), "PutBucketReplication", doc! { "Bucket": "src", "ReplicationConfiguration": told.clone() }).unwrap();
    let again = s3(&mut world, &east(), "GetBucketReplication", doc! { "Bucket": "src" }).unwrap().body;
    assert_eq!(again, told, "a configuration is told as it was given");
    put(&mut world, "data/after", "x");
    settle(&mut world);
    let arrived: Vec<_> = world.s3.buckets["dst"].objects.keys().map(ToString::to_string).collect();
    assert_eq!(arrived, ["data/after"]);
    put(&mut world, "data/late", "x");
    s3(&mut world, &east(), "DeleteBucketReplication", doc! { "Bucket": "src" }).unwrap();
    settle(&mut world);
    assert_eq!((backlog(&world, "src"), world.s3.buckets["dst"].objects.len()), (Backlog::default(), 1));
}

#[test]
fn replication_configurations_are_checked() {
    let mut world = pair(false);
    add_bucket(&mut world, &west(), NewBucket { name: "plain", ..NewBucket::default() });
    let rule = |destination: &str| {
        doc! {
            "ID": "r", "Priority": "1", "Status": "Enabled", "Filter": doc! { "Prefix": "x/" },
            "DeleteMarkerReplication": doc! { "Status": "Disabled" },
            "Destination": doc! { "Bucket": format!("arn:aws:s3:::{destination}") },
        }
    };
    let mut ask = |rule: Document| {
        let configuration = doc! { "Role": "arn:aws:iam::123456789012:role/r", "Rule": rule };
        s3(&mut world, &east(), "PutBucketReplication", doc! { "Bucket": "src", "ReplicationConfiguration": configuration })
            .map(|_| ())
            .map_err(|error| error.code.into_owned())
    };
    assert_eq!(ask(rule("dst")), Ok(()));
    assert_eq!(ask(rule("plain")).unwrap_err(), "InvalidRequest");
    assert_eq!(ask(rule("none")).unwrap_err(), "InvalidRequest");
    assert_eq!(ask(rule("src")).unwrap_err(), "InvalidRequest");
    let mut unclear = rule("dst");
    unclear.set("Status", "Perhaps");
    assert_eq!(ask(unclear).unwrap_err(), "MalformedXML");
    assert_eq!(ask(Document::list([rule("dst"), rule("dst")])).unwrap_err(), "InvalidArgument");
}

#[test]
fn lifecycle_configurations_are_told_as_given() {
    let mut world = pair(false);
    let get = doc! { "Bucket": "src" };
    let none = s3(&mut world, &east(), "GetBucketLifecycleConfiguration", get.clone()).unwrap_err();
    assert_eq!((none.code.as_ref(), none.status), ("NoSuchLifecycleConfiguration", 404));
    let one = doc! {
        "ID": "cold", "Filter": doc! { "Prefix": "data/" }, "Status": "Enabled",
        "Transition": Document::flat([
            doc! { "Days": 30, "StorageClass": "STANDARD_IA" }, doc! { "Days": 90, "StorageClass": "DEEP_ARCHIVE" },
        ]),
        "NoncurrentVersionExpiration": doc! { "NoncurrentDays": 7, "NewerNoncurrentVersions": 2 },
    };
    let two = doc! { "ID": "old", "Prefix": "", "Status": "Disabled", "Expiration": doc! { "Days": 365 } };
    let rules = Document::flat([one, two.clone()]);
    let put = |rules: Document| doc! { "Bucket": "src", "LifecycleConfiguration": doc! { "Rule": rules } };
    s3(&mut world, &east(), "PutBucketLifecycleConfiguration", put(rules.clone())).unwrap();
    let told = s3(&mut world, &east(), "GetBucketLifecycleConfiguration", get).unwrap().body;
    assert_eq!(told.get("Rule"), Some(&rules));
    for (member, value) in [("Expiration", doc! { "Days": 0 }), ("Transition", doc! { "Days": 10, "StorageClass": "STANDARD_IA" })] {
        let mut bad = two.clone();
        bad.set(member, value);
        assert_eq!(s3(&mut world, &east(), "PutBucketLifecycleConfiguration", put(bad)).unwrap_err().code, "InvalidArgument");
    }
}

#[test]
fn ransomware_deletes_and_overwrites_and_garbage_is_replicated() {
    let mut world = pair(false);
    fill(&mut world, "src", &Objects { count: 200, prefix: "data/", bytes: (10, 10), ..Objects::default() });
    let good: BTreeMap<_, _> = world.s3.buckets["src"].objects.clone();
    assert_eq!(world.s3.buckets["dst"].objects.len(), 200, "old objects are replicated already");
    let now = world.now();
    world.faults.inject(ActiveFault {
        level: Some(0.5),
        component: Some("src".into()),
        ..ActiveFault::on(Fault::S3Ransomware, &east(), now, Some(Duration::from_secs(90)))
    });
    live(&mut world, 120);
    settle(&mut world);
    let now_there = &world.s3.buckets["src"].objects;
    let markers = now_there.values().filter(|stack| stack.current().is_none()).count();
    let garbage =
        now_there.iter().filter(|(key, stack)| stack.current().is_some_and(|(v, _)| v.id != good[*key].latest().unwrap().id)).count();
    assert!(markers > 20 && garbage > 20, "{markers} deleted, {garbage} overwritten");
    let replicas = &world.s3.buckets["dst"].objects;
    assert!(replicas.values().all(|stack| stack.current().is_some()), "markers stay at the source");
    assert!(replicas.values().filter(|stack| stack.newest_first().count() > 1).count() >= garbage);
    for (key, stack) in &good {
        let kept = now_there[key].find(VersionName::Id(stack.latest().unwrap().id));
        assert!(kept.is_some(), "what was good is still beneath");
    }
}

#[test]
fn steady_writes_need_no_more_memory_from_day_to_day() {
    let mut world = world();
    add_bucket(
        &mut world,
        &east(),
        NewBucket {
            name: "src",
            versioned: true,
            lifecycle: vec![LifecycleRule::forgetting("old", "", 1)],
            writes: Some(Writes { by: None, prefix: "data/".into(), keys: 20, per_minute: 2, bytes: (1, 100) }),
        },
    );
    let mut counts = Vec::new();
    for _ in 0..5 {
        live(&mut world, 86_400);
        counts.push(world.s3.buckets["src"].objects.values().map(|stack| stack.newest_first().count()).sum::<usize>());
    }
    assert!(counts[4] <= counts[2] + 40 && counts[4] <= 2 * 2880 + 40, "{counts:?}");
    let told = readings(&mut world);
    assert!(told.contains_key("BucketSizeBytes") && told["NumberOfObjects"].1.max >= 20.0);
}

#[test]
fn the_stride_and_the_looking_do_not_change_what_happens() {
    let busy = || {
        let mut world = pair(true);
        world.s3.buckets.get_mut("src").unwrap().writes =
            Some(Writes { by: None, prefix: "data/".into(), keys: 50, per_minute: 40, bytes: (1, 1000) });
        fault(&mut world, Fault::S3Ransomware, &east());
        world
    };
    let (mut strided, mut watched) = (busy(), busy());
    live(&mut strided, 300);
    for _ in 0..300 {
        live(&mut watched, 1);
        s3(&mut watched, &east(), "ListObjectVersions", doc! { "Bucket": "src" }).unwrap();
        backlog(&watched, "src");
    }
    for bucket in ["src", "dst"] {
        assert_eq!(strided.s3.buckets[bucket].objects, watched.s3.buckets[bucket].objects);
    }
    assert_eq!(backlog(&strided, "src"), backlog(&watched, "src"));
}
