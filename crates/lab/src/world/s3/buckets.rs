//! Operations on buckets themselves.

use super::bucket::Versioning;
use super::request::{body, configure, invalid, known, open};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, Reply, World, pages};

pub(super) fn list_buckets(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let (prefix, region) = (input.text("Prefix")?.unwrap_or(""), input.text("BucketRegion")?);
    let most = match input.int("MaxBuckets")? {
        None => usize::MAX,
        Some(most @ 1..=10_000) => usize::try_from(most).unwrap_or(usize::MAX),
        Some(other) => {
            return Err(invalid("max-buckets", &other.to_string(), "Argument max-buckets must be an integer between 1 and 10000"));
        }
    };
    let after = match input.text("ContinuationToken")? {
        None => None,
        Some(token) => {
            let after = pages::open("buckets", token);
            Some(after.ok_or_else(|| invalid("continuation-token", token, "The continuation token provided is incorrect"))?)
        }
    };
    let mut buckets = world
        .s3
        .buckets
        .values()
        .filter(|bucket| bucket.name.starts_with(prefix) && region.is_none_or(|region| bucket.region.as_str() == region))
        .filter(|bucket| after.as_ref().is_none_or(|after| bucket.name > *after));
    let page: Vec<_> = buckets.by_ref().take(most).collect();
    let more = buckets.next().is_some();
    let token = page.last().filter(|_| more).map(|bucket| pages::seal("buckets", &bucket.name));
    let told = page.iter().map(|bucket| {
        doc! {
            "Name": &bucket.name,
            "CreationDate": bucket.created,
            "BucketRegion": bucket.region.as_str(),
            "BucketArn": format!("arn:aws:s3:::{}", bucket.name),
        }
    });
    Ok(doc! {
        "Owner": owner(world),
        "Buckets": Document::list_of("Bucket", told),
        "ContinuationToken": token,
        "Prefix": input.text("Prefix")?,
    }
    .into())
}

/// The account's canonical user.
pub(super) fn owner(world: &World) -> Document {
    doc! { "ID": world.chance.hex(("s3-owner", &world.account), 64) }
}

pub(super) fn head_bucket(world: &mut World, call: &Call) -> Answer {
    let bucket = open(world, call)?;
    Ok(Reply::default()
        .header("x-amz-bucket-region", bucket.region.as_str())
        .header("x-amz-bucket-arn", format!("arn:aws:s3:::{}", bucket.name))
        .header("x-amz-access-point-alias", "false"))
}

/// Answered by every endpoint: it is how one learns which is the right one. us-east-1 goes by no name, as it always has.
pub(super) fn get_bucket_location(world: &mut World, call: &Call) -> Answer {
    let bucket = known(world, call)?;
    Ok(doc! { "LocationConstraint": Some(bucket.region.as_str()).filter(|region| *region != "us-east-1") }.into())
}

pub(super) fn get_bucket_versioning(world: &mut World, call: &Call) -> Answer {
    let status = match open(world, call)?.versioning {
        Versioning::Off => None,
        Versioning::Enabled => Some("Enabled"),
        Versioning::Suspended => Some("Suspended"),
    };
    Ok(doc! { "Status": status }.into())
}

pub(super) fn put_bucket_versioning(world: &mut World, call: &Call) -> Answer {
    let now = world.now;
    let bucket = configure(world, call)?;
    let versioning = match body(call, "VersioningConfiguration")?.text("Status")? {
        Some("Enabled") => Versioning::Enabled,
        Some("Suspended") if bucket.replication.is_some() => {
            return Err(ApiError::new(
                "InvalidBucketState",
                409,
                "A replication configuration is present on this bucket, so you cannot change the versioning state. To change the \
                 versioning state, first delete the replication configuration.",
            ));
        }
        Some("Suspended") => Versioning::Suspended,
        _ => {
            return Err(ApiError::new("IllegalVersioningConfigurationException", 400, "The Versioning element must be specified"));
        }
    };
    bucket.versioning = versioning;
    let (region, name) = (bucket.region.clone(), bucket.name.clone());
    world.truth.note(now, Some(&region), "s3", &name, if versioning == Versioning::Enabled { "versioned" } else { "unversioned" });
    Ok(Reply::default())
}
