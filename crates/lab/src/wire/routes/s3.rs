//! S3, 2006-03-01: buckets in the path or in the host, and subresources in the query.

use std::borrow::Cow;

use crate::wire::HttpRequest;
use crate::wire::rest::{Bindings, Payload, Route, Table};

const OWNER: Bindings = &[("x-amz-expected-bucket-owner", "ExpectedBucketOwner")];

const READ: Bindings = &[
    ("if-match", "IfMatch"),
    ("if-modified-since", "IfModifiedSince"),
    ("if-none-match", "IfNoneMatch"),
    ("if-unmodified-since", "IfUnmodifiedSince"),
    ("range", "Range"),
    ("x-amz-checksum-mode", "ChecksumMode"),
    ("x-amz-expected-bucket-owner", "ExpectedBucketOwner"),
];

const READ_QUERY: Bindings = &[("versionId", "VersionId"), ("partNumber", "PartNumber")];

const OBJECT: Bindings = &[
    ("Metadata", "x-amz-meta-*"),
    ("DeleteMarker", "x-amz-delete-marker"),
    ("AcceptRanges", "accept-ranges"),
    ("Expiration", "x-amz-expiration"),
    ("Restore", "x-amz-restore"),
    ("ArchiveStatus", "x-amz-archive-status"),
    ("LastModified", "last-modified"),
    ("ContentLength", "content-length"),
    ("ContentRange", "content-range"),
    ("ContentType", "content-type"),
    ("CacheControl", "cache-control"),
    ("ETag", "etag"),
    ("VersionId", "x-amz-version-id"),
    ("ServerSideEncryption", "x-amz-server-side-encryption"),
    ("SSEKMSKeyId", "x-amz-server-side-encryption-aws-kms-key-id"),
    ("StorageClass", "x-amz-storage-class"),
    ("ReplicationStatus", "x-amz-replication-status"),
];

/// A copy's ETag stands in the body.
const COPIED: Bindings = &[
    ("Expiration", "x-amz-expiration"),
    ("VersionId", "x-amz-version-id"),
    ("CopySourceVersionId", "x-amz-copy-source-version-id"),
    ("ServerSideEncryption", "x-amz-server-side-encryption"),
    ("SSEKMSKeyId", "x-amz-server-side-encryption-aws-kms-key-id"),
];

const STORED: Bindings = &[
    ("ETag", "etag"),
    ("Expiration", "x-amz-expiration"),
    ("VersionId", "x-amz-version-id"),
    ("ServerSideEncryption", "x-amz-server-side-encryption"),
    ("SSEKMSKeyId", "x-amz-server-side-encryption-aws-kms-key-id"),
    ("ChecksumCRC32", "x-amz-checksum-crc32"),
    ("ChecksumCRC32C", "x-amz-checksum-crc32c"),
    ("ChecksumCRC64NVME", "x-amz-checksum-crc64nvme"),
    ("ChecksumSHA1", "x-amz-checksum-sha1"),
    ("ChecksumSHA256", "x-amz-checksum-sha256"),
    ("ChecksumType", "x-amz-checksum-type"),
];

pub(super) const TABLE: Table = Table {
    routes: &[
        Route::new("GET", "/", "ListBuckets").root("ListAllMyBucketsResult").query(&[
            ("max-buckets", "MaxBuckets"),
            ("continuation-token", "ContinuationToken"),
            ("prefix", "Prefix"),
            ("bucket-region", "BucketRegion"),
        ]),
        Route::new("HEAD", "/{Bucket}", "HeadBucket").headers(OWNER).sends(&[
            ("BucketArn", "x-amz-bucket-arn"),
            ("BucketRegion", "x-amz-bucket-region"),
            ("AccessPointAlias", "x-amz-access-point-alias"),
        ]),
        Route::new("GET", "/{Bucket}", "GetBucketLocation").asks(&["location"]).headers(OWNER).root("LocationConstraint"),
        Route::new("GET", "/{Bucket}", "GetBucketVersioning").asks(&["versioning"]).headers(OWNER).root("VersioningConfiguration"),
        Route::new("PUT", "/{Bucket}", "PutBucketVersioning")
            .asks(&["versioning"])
            .headers(OWNER)
            .takes(Payload::Element("VersioningConfiguration")),
        Route::new("GET", "/{Bucket}", "GetBucketReplication").asks(&["replication"]).headers(OWNER).root("ReplicationConfiguration"),
        Route::new("PUT", "/{Bucket}", "PutBucketReplication")
            .asks(&["replication"])
            .headers(&[("x-amz-bucket-object-lock-token", "Token"), ("x-amz-expected-bucket-owner", "ExpectedBucketOwner")])
            .takes(Payload::Element("ReplicationConfiguration")),
        Route::new("DELETE", "/{Bucket}", "DeleteBucketReplication").asks(&["replication"]).headers(OWNER).status(204),
        Route::new("GET", "/{Bucket}", "GetBucketLifecycleConfiguration")
            .asks(&["lifecycle"])
            .headers(OWNER)
            .root("LifecycleConfiguration")
            .sends(&[("TransitionDefaultMinimumObjectSize", "x-amz-transition-default-minimum-object-size")]),
        Route::new("PUT", "/{Bucket}", "PutBucketLifecycleConfiguration")
            .asks(&["lifecycle"])
            .headers(&[
                ("x-amz-expected-bucket-owner", "ExpectedBucketOwner"),
                ("x-amz-transition-default-minimum-object-size", "TransitionDefaultMinimumObjectSize"),
            ])
            .takes(Payload::Element("LifecycleConfiguration"))
            .sends(&[("TransitionDefaultMinimumObjectSize", "x-amz-transition-default-minimum-object-size")]),
        Route::new("GET", "/{Bucket}", "ListObjectsV2")
            .asks(&["list-type=2"])
            .headers(OWNER)
            .query(&[
                ("delimiter", "Delimiter"),
                ("encoding-type", "EncodingType"),
                ("max-keys", "MaxKeys"),
                ("prefix", "Prefix"),
                ("continuation-token", "ContinuationToken"),
                ("fetch-owner", "FetchOwner"),
                ("start-after", "StartAfter"),
            ])
            .root("ListBucketResult"),
        Route::new("GET", "/{Bucket}", "ListObjectVersions")
            .asks(&["versions"])
            .headers(OWNER)
            .query(&[
                ("delimiter", "Delimiter"),
                ("encoding-type", "EncodingType"),
                ("key-marker", "KeyMarker"),
                ("max-keys", "MaxKeys"),
                ("prefix", "Prefix"),
                ("version-id-marker", "VersionIdMarker"),
            ])
            .root("ListVersionsResult"),
        Route::new("POST", "/{Bucket}", "DeleteObjects")
            .asks(&["delete"])
            .headers(&[("x-amz-bypass-governance-retention", "BypassGovernanceRetention"), ("x-amz-mfa", "MFA")])
            .takes(Payload::Element("Delete"))
            .root("DeleteResult"),
        Route::new("GET", "/{Bucket}/{Key+}", "GetObject").query(READ_QUERY).headers(READ).sends(OBJECT),
        Route::new("HEAD", "/{Bucket}/{Key+}", "HeadObject").query(READ_QUERY).headers(READ).sends(OBJECT),
        Route::new("PUT", "/{Bucket}/{Key+}", "CopyObject")
            .needs("x-amz-copy-source")
            .headers(&[
                ("x-amz-copy-source", "CopySource"),
                ("x-amz-copy-source-if-match", "CopySourceIfMatch"),
                ("x-amz-copy-source-if-none-match", "CopySourceIfNoneMatch"),
                ("x-amz-copy-source-if-modified-since", "CopySourceIfModifiedSince"),
                ("x-amz-copy-source-if-unmodified-since", "CopySourceIfUnmodifiedSince"),
                ("x-amz-metadata-directive", "MetadataDirective"),
                ("x-amz-tagging-directive", "TaggingDirective"),
                ("x-amz-tagging", "Tagging"),
                ("if-match", "IfMatch"),
                ("if-none-match", "IfNoneMatch"),
                ("x-amz-storage-class", "StorageClass"),
                ("content-type", "ContentType"),
                ("cache-control", "CacheControl"),
                ("x-amz-meta-*", "Metadata"),
                ("x-amz-expected-bucket-owner", "ExpectedBucketOwner"),
            ])
            .root("CopyObjectResult")
            .sends(COPIED),
        Route::new("PUT", "/{Bucket}/{Key+}", "PutObject")
            .headers(&[
                ("cache-control", "CacheControl"),
                ("content-type", "ContentType"),
                ("if-match", "IfMatch"),
                ("if-none-match", "IfNoneMatch"),
                ("x-amz-storage-class", "StorageClass"),
                ("x-amz-server-side-encryption", "ServerSideEncryption"),
                ("x-amz-server-side-encryption-aws-kms-key-id", "SSEKMSKeyId"),
                ("x-amz-tagging", "Tagging"),
                ("x-amz-meta-*", "Metadata"),
                ("x-amz-checksum-crc32", "ChecksumCRC32"),
                ("x-amz-checksum-crc32c", "ChecksumCRC32C"),
                ("x-amz-checksum-crc64nvme", "ChecksumCRC64NVME"),
                ("x-amz-checksum-sha1", "ChecksumSHA1"),
                ("x-amz-checksum-sha256", "ChecksumSHA256"),
                ("x-amz-expected-bucket-owner", "ExpectedBucketOwner"),
            ])
            .takes(Payload::Stream)
            .sends(STORED),
        Route::new("DELETE", "/{Bucket}/{Key+}", "DeleteObject")
            .query(&[("versionId", "VersionId")])
            .headers(&[
                ("x-amz-mfa", "MFA"),
                ("x-amz-bypass-governance-retention", "BypassGovernanceRetention"),
                ("if-match", "IfMatch"),
                ("x-amz-expected-bucket-owner", "ExpectedBucketOwner"),
            ])
            .status(204)
            .sends(&[("DeleteMarker", "x-amz-delete-marker"), ("VersionId", "x-amz-version-id")]),
        Route::new("POST", "/{Bucket}/{Key+}", "RestoreObject")
            .asks(&["restore"])
            .query(&[("versionId", "VersionId")])
            .headers(OWNER)
            .takes(Payload::Element("RestoreRequest"))
            .sends(&[("RestoreOutputPath", "x-amz-restore-output-path")]),
    ],
    // Without these, `PUT /bucket/key?tagging` would overwrite the object.
    subresources: &[
        "accelerate",
        "acl",
        "analytics",
        "append",
        "attributes",
        "cors",
        "delete",
        "encryption",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "lifecycle",
        "list-type",
        "location",
        "logging",
        "metadataConfiguration",
        "metadataTable",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "renameObject",
        "replication",
        "requestPayment",
        "restore",
        "retention",
        "select",
        "session",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versioning",
        "versions",
        "website",
    ],
};

/// The path with the bucket in it, wherever the request has it.
pub(super) fn path(request: &HttpRequest) -> Cow<'_, str> {
    match request.header("host").and_then(bucket_in) {
        Some(bucket) => Cow::Owned(format!("/{bucket}{}", request.path)),
        None => Cow::Borrowed(&request.path),
    }
}

/// The bucket of `bucket.s3.us-west-2.amazonaws.com`, `bucket.s3-us-west-2.…` or `bucket.localhost`. Bucket names may hold dots.
fn bucket_in(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let bucket =
        [".s3.", ".s3-"].iter().find_map(|mark| name.rfind(mark).map(|at| &name[..at])).or_else(|| name.strip_suffix(".localhost"))?;
    (!bucket.is_empty() && bucket != "s3" && !bucket.starts_with("s3.")).then_some(bucket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_found_in_hosts() {
        for (host, bucket) in [
            ("logs.s3.us-west-2.amazonaws.com", Some("logs")),
            ("logs.s3-us-west-2.amazonaws.com:80", Some("logs")),
            ("my.dotted.logs.s3.amazonaws.com", Some("my.dotted.logs")),
            ("logs.localhost:4566", Some("logs")),
            ("s3.us-west-2.amazonaws.com", None),
            ("s3.localhost:4566", None),
            ("127.0.0.1:4566", None),
            ("localhost:4566", None),
        ] {
            assert_eq!(bucket_in(host), bucket, "{host}");
        }
    }
}
