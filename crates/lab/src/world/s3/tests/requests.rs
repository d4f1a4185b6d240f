use std::time::Duration;

use super::*;

#[test]
fn a_bucket_is_answered_for_at_home_only() {
    let mut world = pair(false);
    let away = s3(&mut world, &west(), "GetBucketVersioning", doc! { "Bucket": "src" }).unwrap_err();
    assert_eq!((away.code.as_ref(), away.status, said(&away, "x-amz-bucket-region")), ("PermanentRedirect", 301, Some("us-east-1")));
    let none = s3(&mut world, &west(), "ListObjectsV2", doc! { "Bucket": "none" }).unwrap_err();
    assert_eq!((none.code.as_ref(), none.status), ("NoSuchBucket", 404));
    let stranger = s3(&mut world, &east(), "HeadBucket", doc! { "Bucket": "src", "ExpectedBucketOwner": "999999999999" });
    assert_eq!(stranger.unwrap_err().code, "AccessDenied");
    let location = s3(&mut world, &east(), "GetBucketLocation", doc! { "Bucket": "dst" }).unwrap();
    assert_eq!(location.body.text("LocationConstraint").unwrap(), Some("us-west-2"));
    let page = s3(&mut world, &west(), "ListBuckets", doc! { "MaxBuckets": 1 }).unwrap().body;
    assert_eq!(page.items("Buckets", "Bucket")[0].need("Name").unwrap(), "dst");
    let rest = doc! { "ContinuationToken": page.need("ContinuationToken").unwrap() };
    let rest = s3(&mut world, &west(), "ListBuckets", rest).unwrap().body;
    assert_eq!(rest.items("Buckets", "Bucket")[0].need("BucketRegion").unwrap(), "us-east-1");
    assert!(rest.get("ContinuationToken").is_none());
}

#[test]
fn a_delete_marker_hides_an_object_and_lifting_it_brings_it_back() {
    let mut world = pair(false);
    let first = put(&mut world, "data/a", "hello");
    let deleted = s3(&mut world, &east(), "DeleteObject", object("src", "data/a", None)).unwrap();
    let marker = header(&deleted, "x-amz-version-id").unwrap().to_owned();
    assert_eq!((deleted.status, header(&deleted, "x-amz-delete-marker")), (Some(204), Some("true")));
    let gone = s3(&mut world, &east(), "GetObject", object("src", "data/a", None)).unwrap_err();
    assert_eq!((gone.code.as_ref(), said(&gone, "x-amz-delete-marker")), ("NoSuchKey", Some("true")));
    let direct = s3(&mut world, &east(), "GetObject", object("src", "data/a", Some(&marker))).unwrap_err();
    assert_eq!((direct.code.as_ref(), direct.status, said(&direct, "x-amz-delete-marker")), ("MethodNotAllowed", 405, Some("true")));
    let old = s3(&mut world, &east(), "GetObject", object("src", "data/a", Some(&first))).unwrap();
    assert_eq!(old.payload.as_deref(), Some(b"hello".as_slice()));
    let lifted = s3(&mut world, &east(), "DeleteObject", object("src", "data/a", Some(&marker))).unwrap();
    assert_eq!(header(&lifted, "x-amz-delete-marker"), Some("true"));
    let back = s3(&mut world, &east(), "GetObject", object("src", "data/a", None)).unwrap();
    assert_eq!(header(&back, "x-amz-version-id"), Some(first.as_str()));
    let unknown = s3(&mut world, &east(), "GetObject", object("src", "data/a", Some(&marker))).unwrap_err();
    assert_eq!(unknown.code, "NoSuchVersion");
    let nonsense = s3(&mut world, &east(), "GetObject", object("src", "data/a", Some("nonsense"))).unwrap_err();
    assert_eq!(nonsense.code, "InvalidArgument");
}

#[test]
fn configurations_cannot_change_while_us_east_1_is_lost() {
    let mut world = pair(false);
    let off = doc! { "Bucket": "dst", "VersioningConfiguration": doc! { "Status": "Suspended" } };
    for broken in [Fault::RegionDark, Fault::ControlPlaneDown] {
        fault(&mut world, broken, &east());
        let refused = s3(&mut world, &west(), "PutBucketVersioning", off.clone()).unwrap_err();
        assert_eq!((refused.code.as_ref(), refused.status), ("ServiceUnavailable", 503), "{broken}");
        s3(&mut world, &west(), "GetBucketVersioning", doc! { "Bucket": "dst" }).unwrap();
        s3(&mut world, &west(), "DeleteObject", object("dst", "x", None)).unwrap();
        world.faults.clear();
    }
    s3(&mut world, &west(), "PutBucketVersioning", off).unwrap();
    let held = doc! { "Bucket": "src", "VersioningConfiguration": doc! { "Status": "Suspended" } };
    assert_eq!(s3(&mut world, &east(), "PutBucketVersioning", held).unwrap_err().code, "InvalidBucketState");
}

#[test]
fn an_archived_object_is_restored_after_its_time() {
    let mut world = world();
    add_bucket(
        &mut world,
        &east(),
        NewBucket {
            name: "src",
            versioned: true,
            lifecycle: vec![LifecycleRule::archiving("cold", "", &[(90, StorageClass::DeepArchive)])],
            ..NewBucket::default()
        },
    );
    let age = Duration::from_secs(100 * 86_400);
    fill(&mut world, "src", &Objects { count: 1, prefix: "old/", bytes: (200_000, 200_000), age: (age, age), class: None });
    let key = || object("src", "old/000000.dat", None);
    let refused = s3(&mut world, &east(), "GetObject", key()).unwrap_err();
    assert_eq!((refused.code.as_ref(), refused.status), ("InvalidObjectState", 403));
    let copy = doc! { "Bucket": "src", "Key": "new", "CopySource": "src/old/000000.dat" };
    assert_eq!(s3(&mut world, &east(), "CopyObject", copy.clone()).unwrap_err().code, "ObjectNotInActiveTierError");
    let mut request = key();
    let tier = |name: &str| doc! { "Days": "2", "GlacierJobParameters": doc! { "Tier": name } };
    request.set("RestoreRequest", tier("Expedited"));
    assert_eq!(s3(&mut world, &east(), "RestoreObject", request.clone()).unwrap_err().code, "InvalidArgument");
    request.set("RestoreRequest", tier("Standard"));
    assert_eq!(s3(&mut world, &east(), "RestoreObject", request.clone()).unwrap().status, Some(202));
    assert_eq!(s3(&mut world, &east(), "RestoreObject", request.clone()).unwrap_err().code, "RestoreAlreadyInProgress");
    let restore = |world: &mut World| header(&s3(world, &east(), "HeadObject", key()).unwrap(), "x-amz-restore").map(str::to_owned);
    assert_eq!(restore(&mut world).as_deref(), Some("ongoing-request=\"true\""));
    let most = world.timings.restore_deep_standard.most.as_secs();
    live(&mut world, most + 1);
    assert!(restore(&mut world).is_some_and(|told| told.starts_with("ongoing-request=\"false\", expiry-date=\"")));
    assert_eq!(s3(&mut world, &east(), "GetObject", key()).unwrap().payload.map(|body| body.len()), Some(200_000));
    s3(&mut world, &east(), "CopyObject", copy).unwrap();
    assert_eq!(s3(&mut world, &east(), "RestoreObject", request).unwrap().status, Some(200));
    live(&mut world, 4 * 86_400);
    assert_eq!(restore(&mut world), None);
    assert_eq!(s3(&mut world, &east(), "GetObject", key()).unwrap_err().code, "InvalidObjectState");
}

#[test]
fn copies_take_any_version_and_refuse_what_would_change_nothing() {
    let mut world = pair(false);
    let first = put(&mut world, "data/a b", "one");
    put(&mut world, "data/a b", "two");
    let copy = |source: &str| doc! { "Bucket": "src", "Key": "data/a b", "CopySource": source };
    let same = s3(&mut world, &east(), "CopyObject", copy("/src/data/a%20b")).unwrap_err();
    assert_eq!(same.code, "InvalidRequest");
    let done = s3(&mut world, &east(), "CopyObject", copy(&format!("src/data/a%20b?versionId={first}"))).unwrap();
    assert_eq!(header(&done, "x-amz-copy-source-version-id"), Some(first.as_str()));
    let now = s3(&mut world, &east(), "GetObject", object("src", "data/a b", None)).unwrap();
    assert_eq!(now.payload.as_deref(), Some(b"one".as_slice()));
    assert_eq!(world.s3.buckets["src"].stack("data/a b").unwrap().newest_first().count(), 3);
    for (source, code) in
        [("none/k", "NoSuchBucket"), ("src/none", "NoSuchKey"), ("src", "InvalidArgument"), ("src/%zz", "InvalidArgument")]
    {
        assert_eq!(s3(&mut world, &east(), "CopyObject", copy(source)).unwrap_err().code, code, "{source}");
    }
}

#[test]
fn conditions_and_ranges_are_kept() {
    let mut world = pair(false);
    put(&mut world, "k", "hello world");
    let etag = "\"5eb63bbbe01eeed093cb22bb8f5acdc3\"";
    let mut get = |name: &str, value: &str| {
        let mut input = object("src", "k", None);
        input.set(name, value);
        s3(&mut world, &east(), "GetObject", input).map_err(|error| error.status)
    };
    let part = get("Range", "bytes=6-").unwrap();
    assert_eq!(
        (part.status, part.payload.as_deref(), header(&part, "Content-Range")),
        (Some(206), Some(b"world".as_slice()), Some("bytes 6-10/11"))
    );
    assert_eq!(get("Range", "bytes=11-").unwrap_err(), 416);
    assert_eq!(header(&get("IfMatch", etag).unwrap(), "ETag"), Some(etag));
    assert_eq!(get("IfMatch", "\"other\"").unwrap_err(), 412);
    assert_eq!(get("IfNoneMatch", etag).unwrap_err(), 304);
    assert_eq!(get("IfModifiedSince", "Thu, 01 Jan 2026 00:00:00 GMT").unwrap_err(), 304);
    assert!(get("IfModifiedSince", "Wed, 31 Dec 2025 23:59:59 GMT").is_ok());
    assert_eq!(get("IfUnmodifiedSince", "Wed, 31 Dec 2025 23:59:59 GMT").unwrap_err(), 412);
    let once = doc! { "Bucket": "src", "Key": "k", "IfNoneMatch": "*" };
    assert_eq!(s3(&mut world, &east(), "PutObject", once).unwrap_err().code, "PreconditionFailed");
}

#[test]
fn what_a_client_says_of_an_object_comes_back() {
    let mut world = pair(false);
    let input = doc! {
        "Bucket": "src", "Key": "data/k", "ContentType": "text/plain", "Metadata": doc! { "Owner": "me" }, "Tagging": "team=a%20b&x=",
        "StorageClass": "STANDARD_IA",
    };
    s3(&mut world, &east(), "PutObject", input).unwrap();
    settle(&mut world);
    for (region, bucket) in [(east(), "src"), (west(), "dst")] {
        let head = s3(&mut world, &region, "HeadObject", object(bucket, "data/k", None)).unwrap();
        assert_eq!(header(&head, "Content-Type"), Some("text/plain"));
        assert_eq!(head.named_headers, [("x-amz-meta-owner".to_owned(), "me".to_owned())]);
        assert_eq!(header(&head, "x-amz-tagging-count"), Some("2"));
        assert_eq!(header(&head, "x-amz-storage-class"), Some("STANDARD_IA"));
    }
    let odd = doc! { "Bucket": "src", "Key": "k", "StorageClass": "COSY" };
    assert_eq!(s3(&mut world, &east(), "PutObject", odd).unwrap_err().code, "InvalidStorageClass");
}

#[test]
fn many_objects_are_deleted_at_once() {
    let mut world = pair(false);
    let version = put(&mut world, "a", "x");
    let objects =
        Document::list([doc! { "Key": "a" }, doc! { "Key": "a", "VersionId": &version }, doc! { "Key": "b", "VersionId": "bad" }]);
    let input = doc! { "Bucket": "src", "Delete": doc! { "Object": objects } };
    let told = s3(&mut world, &east(), "DeleteObjects", input).unwrap().body;
    let deleted = told.items("Deleted", "Deleted");
    assert!(deleted[0].get("DeleteMarkerVersionId").is_some() && deleted[1].get("DeleteMarker").is_none());
    assert_eq!(told.items("Error", "Error")[0].need("Code").unwrap(), "NoSuchVersion");
    assert_eq!(world.s3.buckets["src"].stack("a").unwrap().newest_first().count(), 1, "the marker stays");
    let none = doc! { "Bucket": "src", "Delete": doc! { "Quiet": "true" } };
    assert_eq!(s3(&mut world, &east(), "DeleteObjects", none).unwrap_err().code, "MalformedXML");
}
