//! What every request to a bucket goes through: does the bucket exist, is it here, is it meant, and may it be changed.

use drlab_core::domain::{Region, Timestamp};

use super::bucket::{Bucket, VersionName};
use super::filter::malformed;
use super::http;
use crate::document::Document;
use crate::world::{ApiError, Call, Fault, World};

/// The longest key, in bytes.
const LONGEST_KEY: usize = 1024;

/// Where the configuration of all buckets is changed, wherever they are.
const CONTROL: &str = "us-east-1";

/// The bucket a request names, if it may be spoken to at the endpoint it came to.
pub(super) fn open<'w>(world: &'w World, call: &Call) -> Result<&'w Bucket, ApiError> {
    let bucket = known(world, call)?;
    if bucket.region == call.region {
        return Ok(bucket);
    }
    Err(ApiError::new(
        "PermanentRedirect",
        301,
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this \
         endpoint.",
    )
    .member("Endpoint", format!("{}.s3.{}.amazonaws.com", bucket.name, bucket.region))
    .member("Bucket", &bucket.name)
    .header("x-amz-bucket-region", bucket.region.as_str()))
}

/// The same, wherever it is.
pub(super) fn known<'w>(world: &'w World, call: &Call) -> Result<&'w Bucket, ApiError> {
    let name = call.input.need("Bucket")?;
    let bucket = world.s3.buckets.get(name).ok_or_else(|| no_such_bucket(name))?;
    owned(world, call, "ExpectedBucketOwner")?;
    Ok(bucket)
}

/// Refuses who names another owner than the lab's one account.
pub(super) fn owned(world: &World, call: &Call, member: &str) -> Result<(), ApiError> {
    match call.input.text(member)? {
        Some(owner) if owner != world.account => Err(ApiError::new("AccessDenied", 403, "Access Denied")),
        _ => Ok(()),
    }
}

/// The bucket, to be changed, after `open` has let the request in.
pub(super) fn open_mut<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Bucket, ApiError> {
    let name = open(world, call)?.name.clone();
    world.s3.buckets.get_mut(&name).ok_or_else(|| no_such_bucket(&name))
}

/// The bucket, to be configured anew: possible only while the control plane in us-east-1 is there, wherever the bucket is.
pub(super) fn configure<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Bucket, ApiError> {
    open(world, call)?;
    let control = Region::new(CONTROL);
    if world.faults.is_dark(&control) || world.faults.hits_region(Fault::ControlPlaneDown, &control) {
        return Err(ApiError::new("ServiceUnavailable", 503, "Service is unable to handle request."));
    }
    open_mut(world, call)
}

/// The XML body of a request, which is called `name`.
pub(super) fn body<'c>(call: &'c Call, name: &str) -> Result<&'c Document, ApiError> {
    call.input.get(name).ok_or_else(malformed)
}

pub(super) fn key(call: &Call) -> Result<&str, ApiError> {
    let key = call.input.need("Key")?;
    if key.len() > LONGEST_KEY {
        return Err(ApiError::new("KeyTooLongError", 400, "Your key is too long")
            .member("Size", key.len())
            .member("MaxSizeAllowed", LONGEST_KEY));
    }
    Ok(key)
}

/// The version a request names, if any.
pub(super) fn version(call: &Call) -> Result<Option<VersionName>, ApiError> {
    call.input.text("VersionId")?.map(version_named).transpose()
}

pub(super) fn version_named(text: &str) -> Result<VersionName, ApiError> {
    VersionName::parse(text).ok_or_else(|| invalid("versionId", text, "Invalid version id specified"))
}

pub(super) fn invalid(name: &str, value: &str, message: &str) -> ApiError {
    ApiError::new("InvalidArgument", 400, message).member("ArgumentName", name).member("ArgumentValue", value)
}

/// An instant that came in a header, in HTTP's notation or already read. One that is no date counts as absent, as RFC 9110 has it.
pub(super) fn header_date(call: &Call, name: &str) -> Option<Timestamp> {
    let value = call.input.get(name)?;
    value.as_text().and_then(http::parse_date).or_else(|| value.as_time())
}

pub(super) fn no_such_bucket(name: &str) -> ApiError {
    ApiError::new("NoSuchBucket", 404, "The specified bucket does not exist").member("BucketName", name)
}

pub(super) fn no_such_key(key: &str) -> ApiError {
    ApiError::new("NoSuchKey", 404, "The specified key does not exist.").member("Key", key)
}

pub(super) fn precondition_failed(condition: &str) -> ApiError {
    ApiError::new("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold").member("Condition", condition)
}
