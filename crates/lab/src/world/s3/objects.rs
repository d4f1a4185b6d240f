//! Reading, deleting and restoring objects.

use drlab_core::domain::Timestamp;

use super::bucket::{Bucket, Moment, VersionName, Versioning};
use super::http::{self, Part};
use super::lifecycle::midnight;
use super::request::{body, header_date, invalid, key, no_such_key, open, open_mut, precondition_failed, version, version_named};
use super::version::{Object, Restore, StorageClass, Version, days};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, Reply, World};

/// The most objects one DeleteObjects may name.
const MOST_DELETED: usize = 1000;

/// The version a read is about. A delete marker is not one, and S3 says so in a different way each time.
pub(super) fn find<'b>(
    bucket: &'b Bucket,
    key: &str,
    name: Option<VersionName>,
    method: &str,
) -> Result<(&'b Version, &'b Object), ApiError> {
    let stack = bucket.stack(key);
    let found = match name {
        Some(name) => stack.and_then(|stack| stack.find(name)).ok_or_else(|| no_such_version(key, name))?,
        None => stack.and_then(|stack| stack.latest()).ok_or_else(|| no_such_key(key))?,
    };
    if let Some(object) = &found.object {
        return Ok((found, object));
    }
    let error = match name {
        Some(_) => ApiError::new("MethodNotAllowed", 405, "The specified method is not allowed against this resource.")
            .member("Method", method)
            .member("ResourceType", "DeleteMarker")
            .header("Allow", "DELETE")
            .header("Last-Modified", http::date(found.modified)),
        None => no_such_key(key),
    };
    Err(error.header("x-amz-delete-marker", "true").header("x-amz-version-id", found.name()))
}

fn no_such_version(key: &str, name: VersionName) -> ApiError {
    let name = match name {
        VersionName::Null => "null".to_owned(),
        VersionName::Id(id) => id.to_string(),
    };
    ApiError::new("NoSuchVersion", 404, "The specified version does not exist.").member("Key", key).member("VersionId", name)
}

pub(super) fn get_object(world: &mut World, call: &Call) -> Answer {
    let bucket = open(world, call)?;
    let (version, object) = find(bucket, key(call)?, version(call)?, "GET")?;
    conditions(call, version, object)?;
    if !object.is_readable(world.now) {
        return Err(ApiError::new("InvalidObjectState", 403, "The operation is not valid for the object's storage class")
            .member("StorageClass", object.class.name()));
    }
    let size = object.body.size();
    let reply = match part(call, size)? {
        None => Reply::payload(object.body.read(0, size)),
        Some((from, until)) => partial(Reply::payload(object.body.read(from, until)), from, until, size),
    };
    Ok(described(reply, bucket, version, object, world.now))
}

pub(super) fn head_object(world: &mut World, call: &Call) -> Answer {
    let bucket = open(world, call)?;
    let (version, object) = find(bucket, key(call)?, version(call)?, "HEAD")?;
    conditions(call, version, object)?;
    let size = object.body.size();
    let (reply, length) = match part(call, size)? {
        None => (Reply::default(), size),
        Some((from, until)) => (partial(Reply::default(), from, until, size), until - from),
    };
    Ok(described(reply.header("Content-Length", length.to_string()), bucket, version, object, world.now))
}

fn part(call: &Call, size: u64) -> Result<Option<(u64, u64)>, ApiError> {
    let range = call.input.text("Range")?;
    match http::part(range, size) {
        Part::Whole => Ok(None),
        Part::Bytes(from, until) => Ok(Some((from, until))),
        Part::Unsatisfiable => Err(ApiError::new("InvalidRange", 416, "The requested range is not satisfiable")
            .member("RangeRequested", range.unwrap_or_default())
            .member("ActualObjectSize", size)
            .header("Content-Range", format!("bytes */{size}"))),
    }
}

fn partial(reply: Reply, from: u64, until: u64, size: u64) -> Reply {
    reply.status(206).header("Content-Range", format!("bytes {from}-{}/{size}", until.saturating_sub(1)))
}

/// RFC 9110's conditions. A matching ETag outweighs a date.
fn conditions(call: &Call, version: &Version, object: &Object) -> Result<(), ApiError> {
    let etag = object.etag.to_string();
    let modified = Timestamp::from_secs(version.modified.secs());
    match call.input.text("IfMatch")? {
        Some(wanted) if !matches(wanted, &etag) => return Err(precondition_failed("If-Match")),
        None if header_date(call, "IfUnmodifiedSince").is_some_and(|since| modified > since) => {
            return Err(precondition_failed("If-Unmodified-Since"));
        }
        _ => {}
    }
    let unchanged = match call.input.text("IfNoneMatch")? {
        Some(known) => matches(known, &etag),
        None => header_date(call, "IfModifiedSince").is_some_and(|since| modified <= since),
    };
    if unchanged { Err(ApiError::new("NotModified", 304, "Not Modified").header("ETag", etag)) } else { Ok(()) }
}

/// Whether a list of ETags, quoted or not, has this one.
pub(super) fn matches(wanted: &str, etag: &str) -> bool {
    wanted.split(',').map(str::trim).any(|one| one == "*" || one.trim_matches('"') == etag.trim_matches('"'))
}

/// What S3 tells of an object in headers.
fn described(reply: Reply, bucket: &Bucket, version: &Version, object: &Object, now: Timestamp) -> Reply {
    let content_type = object.about.as_ref().and_then(|about| about.content_type.as_deref()).unwrap_or("binary/octet-stream");
    let mut reply = reply
        .header("ETag", object.etag.to_string())
        .header("Last-Modified", http::date(version.modified))
        .header("Content-Type", content_type)
        .header("accept-ranges", "bytes")
        .header("x-amz-server-side-encryption", "AES256");
    if bucket.versioning != Versioning::Off {
        reply = reply.header("x-amz-version-id", version.name());
    }
    if object.class != StorageClass::Standard {
        reply = reply.header("x-amz-storage-class", object.class.name());
    }
    if let Some(status) = version.replication {
        reply = reply.header("x-amz-replication-status", status.name());
    }
    if let Some(restore) = object.restore.filter(|restore| now < restore.expires) {
        reply = reply.header(
            "x-amz-restore",
            if now < restore.ready {
                "ongoing-request=\"true\"".to_owned()
            } else {
                format!("ongoing-request=\"false\", expiry-date=\"{}\"", http::date(restore.expires))
            },
        );
    }
    if !object.tags().is_empty() {
        reply = reply.header("x-amz-tagging-count", object.tags().len().to_string());
    }
    let metadata = object.about.iter().flat_map(|about| &about.metadata);
    reply.named_headers.extend(metadata.map(|(name, value)| (format!("x-amz-meta-{}", name.to_ascii_lowercase()), value.clone())));
    reply
}

/// What became of one deletion.
struct Deleted {
    /// The version that was meant, or the marker that was left.
    version: Option<String>,
    /// It was, or left, a delete marker.
    marker: bool,
}

fn delete(bucket: &mut Bucket, moment: &Moment, key: &str, name: Option<VersionName>) -> Deleted {
    match name {
        // Deleting what is not there is a success, too.
        Some(name) => {
            let removed = bucket.remove(key, name);
            Deleted { version: removed.as_ref().map(Version::name), marker: removed.is_some_and(|version| version.is_marker()) }
        }
        None => {
            let marker = bucket.mark(moment, key);
            Deleted { version: marker.as_ref().map(Version::name), marker: marker.is_some() }
        }
    }
}

pub(super) fn delete_object(world: &mut World, call: &Call) -> Answer {
    let moment = Moment::of(world);
    let (key, name) = (key(call)?, version(call)?);
    let bucket = open_mut(world, call)?;
    if let Some(wanted) = call.input.text("IfMatch")? {
        let current = bucket.stack(key).and_then(|stack| stack.current()).ok_or_else(|| no_such_key(key))?;
        if !matches(wanted, &current.1.etag.to_string()) {
            return Err(precondition_failed("If-Match"));
        }
    }
    let deleted = delete(bucket, &moment, key, name);
    let mut reply = Reply::default().status(204);
    let named = call.input.text("VersionId")?.map(str::to_owned);
    if let Some(version) = deleted.version.or(named) {
        reply = reply.header("x-amz-version-id", version);
    }
    Ok(if deleted.marker { reply.header("x-amz-delete-marker", "true") } else { reply })
}

pub(super) fn delete_objects(world: &mut World, call: &Call) -> Answer {
    let moment = Moment::of(world);
    let told = body(call, "Delete")?;
    let objects = told.items("Object", "Object");
    if objects.is_empty() || objects.len() > MOST_DELETED {
        return Err(super::filter::malformed());
    }
    let quiet = told.bool("Quiet")?.unwrap_or(false);
    let bucket = open_mut(world, call)?;
    let (mut deleted, mut failed) = (Vec::new(), Vec::new());
    for object in objects {
        let key = object.text("Key")?.ok_or_else(super::filter::malformed)?;
        let version = object.text("VersionId")?;
        match version.map(version_named).transpose() {
            Ok(name) => {
                let gone = delete(bucket, &moment, key, name);
                deleted.push(doc! {
                    "Key": key,
                    "VersionId": version,
                    "DeleteMarker": gone.marker.then_some(true),
                    "DeleteMarkerVersionId": gone.version.filter(|_| gone.marker),
                });
            }
            Err(_) => failed.push(doc! {
                "Key": key,
                "VersionId": version,
                "Code": "NoSuchVersion",
                "Message": "The specified version does not exist.",
            }),
        }
    }
    let deleted = (!quiet && !deleted.is_empty()).then(|| Document::flat(deleted));
    Ok(doc! { "Deleted": deleted, "Error": (!failed.is_empty()).then(|| Document::flat(failed)) }.into())
}

pub(super) fn restore_object(world: &mut World, call: &Call) -> Answer {
    let (now, chance, timings) = (world.now, world.chance, world.timings.clone());
    let (key, name) = (key(call)?, version(call)?);
    let request = body(call, "RestoreRequest")?;
    let kept = match request.int("Days")? {
        Some(count) => u32::try_from(count)
            .ok()
            .filter(|count| *count > 0)
            .ok_or_else(|| invalid("Days", &count.to_string(), "Days must be a positive integer"))?,
        None => return Err(super::filter::malformed()),
    };
    let tier = match request.get("GlacierJobParameters") {
        Some(parameters) => parameters.text("Tier")?,
        None => request.text("Tier")?,
    };
    let bucket = open_mut(world, call)?;
    let (found, object) = find(bucket, key, name, "POST")?;
    let (id, class, restore) = (found.id, object.class, object.restore.filter(|restore| now < restore.expires));
    let span = match (class, tier.unwrap_or("Standard")) {
        (StorageClass::Glacier, "Expedited") => timings.restore_expedited,
        (StorageClass::Glacier, "Standard") => timings.restore_standard,
        (StorageClass::Glacier, "Bulk") => timings.restore_bulk,
        (StorageClass::DeepArchive, "Standard") => timings.restore_deep_standard,
        (StorageClass::DeepArchive, "Bulk") => timings.restore_deep_bulk,
        (StorageClass::DeepArchive, "Expedited") => {
            return Err(invalid("Tier", "Expedited", "Retrieval option is not supported by this storage class"));
        }
        (class, _) if class.is_archive() => return Err(super::filter::malformed()),
        _ => {
            return Err(ApiError::new("InvalidObjectState", 403, "Restore is not allowed for the object's current storage class")
                .member("StorageClass", class.name()));
        }
    };
    let (ready, status) = match restore {
        Some(restore) if now < restore.ready => {
            return Err(ApiError::new("RestoreAlreadyInProgress", 409, "Object restore is already in progress"));
        }
        // A copy that is there already only stays longer.
        Some(restore) => (restore.ready, 200),
        None => (now + chance.between(("s3-restore", &bucket.name, key, id, now), span), 202),
    };
    let expires = midnight(ready.max(now) + days(kept));
    let stack = bucket.objects.get_mut(key).map(super::Stack::versions_mut);
    if let Some(object) = stack.and_then(|versions| versions.iter_mut().find(|version| version.id == id)?.object.as_mut()) {
        object.restore = Some(Restore { ready, expires });
    }
    Ok(Reply::default().status(status))
}
