//! Writing objects: from a request's body, or from another object.

use std::sync::Arc;

use super::bucket::{Bucket, Moment, Versioning};
use super::http::decode;
use super::objects::{find, matches};
use super::request::{header_date, invalid, key, no_such_bucket, no_such_key, open, open_mut, owned, precondition_failed, version_named};
use super::version::{About, Body, Object, StorageClass, Version};
use crate::doc;
use crate::world::{Answer, ApiError, Call, Reply, World};

pub(super) fn put_object(world: &mut World, call: &Call) -> Answer {
    let moment = Moment::of(world);
    let key = key(call)?;
    let mut object = Object::new(Body::Held(call.payload.clone()), class(call)?.unwrap_or(StorageClass::Standard));
    object.about = about(call, tags(call)?)?.map(Arc::new);
    let bucket = open_mut(world, call)?;
    write_conditions(call, bucket, key)?;
    let size = object.body.size();
    let etag = object.etag.to_string();
    let version = bucket.put(&moment, key, object);
    let reply = Reply::default().header("ETag", etag).header("x-amz-server-side-encryption", "AES256");
    Ok(versioned(reply, bucket, &version).header("x-amz-object-size", size.to_string()))
}

fn versioned(reply: Reply, bucket: &Bucket, version: &Version) -> Reply {
    if bucket.versioning == Versioning::Off { reply } else { reply.header("x-amz-version-id", version.name()) }
}

fn class(call: &Call) -> Result<Option<StorageClass>, ApiError> {
    let known = |name| {
        StorageClass::parse(name).ok_or_else(|| {
            ApiError::new("InvalidStorageClass", 400, "The storage class you specified is not valid").member("StorageClassRequested", name)
        })
    };
    call.input.text("StorageClass")?.map(known).transpose()
}

/// The tags of the header `x-amz-tagging`, written as an address's query.
fn tags(call: &Call) -> Result<Vec<(String, String)>, ApiError> {
    let Some(text) = call.input.text("Tagging")? else { return Ok(Vec::new()) };
    let refused = || {
        invalid(
            "x-amz-tagging",
            text,
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
        )
    };
    let mut tags: Vec<(String, String)> = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let read = |part: &str| decode(&part.replace('+', " ")).ok_or_else(refused);
        let (name, value) = (read(name)?, read(value)?);
        if tags.iter().any(|(other, _)| *other == name) {
            return Err(refused());
        }
        tags.push((name, value));
    }
    if tags.len() > 10 {
        return Err(ApiError::new("BadRequest", 400, "Object tags cannot be greater than 10"));
    }
    Ok(tags)
}

fn about(call: &Call, tags: Vec<(String, String)>) -> Result<Option<About>, ApiError> {
    let metadata = call.input.members("Metadata").iter();
    let about = About {
        content_type: call.input.text("ContentType")?.map(str::to_owned),
        metadata: metadata.filter_map(|(name, value)| Some((name.clone(), value.as_text()?.to_owned()))).collect(),
        tags,
    };
    let size: usize = about.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > 2048 {
        return Err(ApiError::new("MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size")
            .member("Size", size)
            .member("MaxSizeAllowed", 2048));
    }
    Ok((about != About::default()).then_some(about))
}

/// Writing only what is not there, or only over what is known.
fn write_conditions(call: &Call, bucket: &Bucket, key: &str) -> Result<(), ApiError> {
    let current = bucket.stack(key).and_then(|stack| stack.current()).map(|(_, object)| object.etag.to_string());
    match call.input.text("IfNoneMatch")? {
        Some("*") if current.is_some() => return Err(precondition_failed("If-None-Match")),
        None | Some("*") => {}
        Some(_) => {
            return Err(ApiError::new("NotImplemented", 501, "A header you provided implies functionality that is not implemented")
                .member("Header", "If-None-Match"));
        }
    }
    match (call.input.text("IfMatch")?, current) {
        (Some(_), None) => Err(no_such_key(key)),
        (Some(wanted), Some(etag)) if !matches(wanted, &etag) => Err(precondition_failed("If-Match")),
        _ => Ok(()),
    }
}

/// A copy is a new object; its source may be in any bucket, at any version.
pub(super) fn copy_object(world: &mut World, call: &Call) -> Answer {
    let moment = Moment::of(world);
    let key = key(call)?;
    let source = Source::read(call)?;
    owned(world, call, "ExpectedSourceBucketOwner")?;
    let target = open(world, call)?;
    let from = world.s3.buckets.get(&source.bucket).ok_or_else(|| no_such_bucket(&source.bucket))?;
    if world.faults.is_dark(&from.region) && from.region != target.region {
        return Err(ApiError::new("ServiceUnavailable", 503, "Service is unable to handle request."));
    }
    let name = source.version.as_deref().map(version_named).transpose()?;
    let (version, object) = find(from, &source.key, name, "PUT").map_err(|error| {
        if error.status == 405 {
            ApiError::new(
                "InvalidRequest",
                400,
                "The source of a copy request may not specifically refer to a delete marker by version id.",
            )
        } else {
            error
        }
    })?;
    let modified = drlab_core::domain::Timestamp::from_secs(version.modified.secs());
    let etag = object.etag.to_string();
    let fails = call.input.text("CopySourceIfMatch")?.is_some_and(|wanted| !matches(wanted, &etag))
        || call.input.text("CopySourceIfNoneMatch")?.is_some_and(|known| matches(known, &etag))
        || header_date(call, "CopySourceIfModifiedSince").is_some_and(|since| modified <= since)
        || header_date(call, "CopySourceIfUnmodifiedSince").is_some_and(|since| modified > since);
    if fails {
        return Err(precondition_failed("x-amz-copy-source-If-*"));
    }
    if !object.is_readable(world.now) {
        return Err(ApiError::new("ObjectNotInActiveTierError", 403, "The source object of the COPY action is not in the active tier"));
    }
    let replaces = |directive: &str| match call.input.text(directive)? {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(other) => Err(invalid(directive, other, "Unknown directive.")),
    };
    let class = class(call)?;
    let (new_metadata, new_tags) = (replaces("MetadataDirective")?, replaces("TaggingDirective")?);
    let itself = target.name == source.bucket && key == source.key;
    if itself && name.is_none() && !new_metadata && class.is_none_or(|class| class == object.class) {
        return Err(ApiError::new(
            "InvalidRequest",
            400,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage \
             class, website redirect location or encryption attributes.",
        ));
    }
    let tags = if new_tags { tags(call)? } else { object.tags().to_vec() };
    let told = if new_metadata {
        about(call, tags)?
    } else {
        let old = object.about.as_deref().cloned().unwrap_or_default();
        Some(About { tags, ..old })
    };
    let copy = Object {
        class: class.unwrap_or(StorageClass::Standard),
        restore: None,
        about: told.filter(|about| *about != About::default()).map(Arc::new),
        ..object.clone()
    };
    let copied = (from.versioning != Versioning::Off).then(|| version.name());
    let bucket = open_mut(world, call)?;
    write_conditions(call, bucket, key)?;
    let written = bucket.put(&moment, key, copy);
    let mut reply = Reply::from(doc! { "ETag": etag, "LastModified": written.modified });
    if let Some(copied) = copied {
        reply = reply.header("x-amz-copy-source-version-id", copied);
    }
    Ok(versioned(reply, bucket, &written).header("x-amz-server-side-encryption", "AES256"))
}

/// `bucket/key?versionId=…`, percent-encoded, with or without a slash in front; the bucket may also be an ARN's.
struct Source {
    bucket: String,
    key: String,
    version: Option<String>,
}

impl Source {
    fn read(call: &Call) -> Result<Self, ApiError> {
        let text = call.input.need("CopySource")?;
        let refused = || invalid("x-amz-copy-source", text, "Invalid copy source encoding.");
        let (path, version) = match text.rsplit_once("?versionId=") {
            Some((path, version)) => (path, Some(version.to_owned())),
            None => (text, None),
        };
        let path = decode(path).ok_or_else(refused)?;
        let path = path.strip_prefix('/').unwrap_or(&path);
        let path = path.strip_prefix("arn:aws:s3:::").unwrap_or(path);
        let (bucket, key) = path.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty()).ok_or_else(|| {
            invalid("x-amz-copy-source", text, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
        })?;
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned(), version })
    }
}
