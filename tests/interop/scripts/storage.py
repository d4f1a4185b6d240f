"""S3, secrets, keys and certificates."""

import json

from drive import Refused
from scripts.asking import eventually, refused


def objects(drive, here, there):
    def replication(region, bucket):
        try:
            return drive("s3", "GetBucketReplication", region, Bucket=bucket)["ReplicationConfiguration"]
        except Refused as refusal:
            assert refusal.code == "ReplicationConfigurationNotFoundError"
            return None

    def home(bucket):
        return drive("s3", "GetBucketLocation", here, Bucket=bucket).get("LocationConstraint") or "us-east-1"

    buckets = [bucket["Name"] for bucket in drive("s3", "ListBuckets", here)["Buckets"]]
    bucket = next(name for name in buckets if home(name) == here and replication(here, name))
    rule = replication(here, bucket)["Rules"][0]
    replica = rule["Destination"]["Bucket"].split(":")[-1]
    prefix = (rule.get("Filter") or {}).get("Prefix", "")
    drive("s3", "HeadBucket", here, Bucket=bucket)
    assert drive("s3", "GetBucketVersioning", here, Bucket=bucket)["Status"] == "Enabled"
    assert drive("s3", "GetBucketVersioning", there, Bucket=replica)["Status"] == "Enabled"

    # Pages, forwards and through versions.
    first = drive("s3", "ListObjectsV2", here, Bucket=bucket, Prefix=prefix, MaxKeys=3)
    assert first["KeyCount"] == 3 and first["IsTruncated"] is True
    second = drive("s3", "ListObjectsV2", here, Bucket=bucket, Prefix=prefix, MaxKeys=3, ContinuationToken=first["NextContinuationToken"])
    assert second["Contents"][0]["Key"] > first["Contents"][-1]["Key"]

    # An object's life, and what reaches the other region.
    key = prefix + "interop/a b+c"
    put = drive("s3", "PutObject", here, Bucket=bucket, Key=key, Body=b"one")
    put = drive("s3", "PutObject", here, Bucket=bucket, Key=key, Body=b"two")
    got = drive("s3", "GetObject", here, Bucket=bucket, Key=key)
    assert got["Body"] == b"two" and got["VersionId"] == put["VersionId"]
    eventually(lambda: drive("s3", "HeadObject", here, Bucket=bucket, Key=key)["ReplicationStatus"], lambda now: now == "COMPLETED")
    arrived = drive("s3", "HeadObject", there, Bucket=replica, Key=key)
    assert arrived["ReplicationStatus"] == "REPLICA" and arrived["VersionId"] == put["VersionId"]
    drive("s3", "DeleteObject", here, Bucket=bucket, Key=key)
    refused("NoSuchKey", drive, "s3", "GetObject", here, Bucket=bucket, Key=key)
    versions = drive("s3", "ListObjectVersions", here, Bucket=bucket, Prefix=key)
    assert len(versions["Versions"]) == 2 and versions["DeleteMarkers"][0]["IsLatest"] is True
    assert drive("s3", "GetObject", there, Bucket=replica, Key=key)["Body"] == b"two", "the rule replicates no delete markers"
    drive("s3", "DeleteObject", here, Bucket=bucket, Key=key, VersionId=versions["DeleteMarkers"][0]["VersionId"])
    drive("s3", "CopyObject", here, Bucket=bucket, Key=key + ".old", CopySource={"Bucket": bucket, "Key": key, "VersionId": versions["Versions"][-1]["VersionId"]}
          if type(drive).__name__ == "Boto3" else f"{bucket}/{key}?versionId={versions['Versions'][-1]['VersionId']}")
    assert drive("s3", "GetObject", here, Bucket=bucket, Key=key + ".old")["Body"] == b"one"
    deleted = drive("s3", "DeleteObjects", here, Bucket=bucket, Delete={"Objects": [{"Key": key}, {"Key": key + ".old"}]})["Deleted"]
    assert all(each["DeleteMarker"] for each in deleted)

    # Archive: nothing to read until it is restored, and that takes hours.
    drive("s3", "PutObject", here, Bucket=bucket, Key=prefix + "cold", Body=b"cold", StorageClass="DEEP_ARCHIVE")
    refused("InvalidObjectState", drive, "s3", "GetObject", here, Bucket=bucket, Key=prefix + "cold")
    drive("s3", "RestoreObject", here, Bucket=bucket, Key=prefix + "cold", RestoreRequest={"Days": 1, "GlacierJobParameters": {"Tier": "Standard"}})
    assert 'ongoing-request="true"' in drive("s3", "HeadObject", here, Bucket=bucket, Key=prefix + "cold")["Restore"]

    # What a bucket is told.
    rules = {"Rules": [{"ID": "interop", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}}]}
    drive("s3", "PutBucketLifecycleConfiguration", there, Bucket=replica, LifecycleConfiguration=rules)
    assert drive("s3", "GetBucketLifecycleConfiguration", there, Bucket=replica)["Rules"][0]["ID"] == "interop"
    drive("s3", "PutBucketVersioning", there, Bucket=replica, VersioningConfiguration={"Status": "Enabled"})
    configured = replication(here, bucket)
    drive("s3", "DeleteBucketReplication", here, Bucket=bucket)
    assert replication(here, bucket) is None
    drive("s3", "PutBucketReplication", here, Bucket=bucket, ReplicationConfiguration=configured)
    assert replication(here, bucket)["Rules"][0]["ID"] == rule["ID"]
    refused("NoSuchBucket", drive, "s3", "ListObjectsV2", here, Bucket="nobody-has-this-bucket")


def secrets(drive, here, there):
    [listed, *_] = drive("secretsmanager", "ListSecrets", here)["SecretList"]
    name = listed["Name"]
    value = json.loads(drive("secretsmanager", "GetSecretValue", here, SecretId=name)["SecretString"])
    assert value["host"].endswith(".rds.amazonaws.com")
    drive("secretsmanager", "PutSecretValue", here, SecretId=name, SecretString=json.dumps({**value, "port": 6432}))
    assert json.loads(drive("secretsmanager", "GetSecretValue", here, SecretId=name)["SecretString"])["port"] == 6432
    drive("secretsmanager", "UpdateSecret", here, SecretId=name, Description="interop")
    described = drive("secretsmanager", "DescribeSecret", here, SecretId=name)
    assert described["Description"] == "interop" and described["VersionIdsToStages"]
    drive("secretsmanager", "CreateSecret", here, Name="interop/a", SecretString="one")
    drive("secretsmanager", "ReplicateSecretToRegions", here, SecretId="interop/a", AddReplicaRegions=[{"Region": there}])
    copy = eventually(lambda: secret_or_none(drive, there, "interop/a"), lambda now: now == "one")
    refused("InvalidParameterException", drive, "secretsmanager", "PutSecretValue", there, SecretId="interop/a", SecretString="two")
    drive("secretsmanager", "StopReplicationToReplica", there, SecretId="interop/a")
    drive("secretsmanager", "PutSecretValue", there, SecretId="interop/a", SecretString="two")
    assert drive("secretsmanager", "GetSecretValue", there, SecretId="interop/a")["SecretString"] == "two" and copy == "one"
    drive("secretsmanager", "CreateSecret", here, Name="interop/b", SecretString="one", AddReplicaRegions=[{"Region": there}])
    eventually(lambda: secret_or_none(drive, there, "interop/b"), lambda now: now == "one")
    drive("secretsmanager", "RemoveRegionsFromReplication", here, SecretId="interop/b", RemoveReplicaRegions=[there])
    refused("ResourceNotFoundException", drive, "secretsmanager", "GetSecretValue", here, SecretId="nobody")


def secret_or_none(drive, region, name):
    try:
        return drive("secretsmanager", "GetSecretValue", region, SecretId=name)["SecretString"]
    except Refused:
        return None


def keys(drive, here, there):
    keys = [key["KeyId"] for key in drive("kms", "ListKeys", here)["Keys"]]
    assert drive("kms", "ListAliases", here)["Aliases"]
    key = next(key for key in keys if drive("kms", "DescribeKey", here, KeyId=key)["KeyMetadata"]["MultiRegion"])
    shape = drive("kms", "DescribeKey", here, KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"]
    assert shape["PrimaryKey"]["Region"] == here and shape["ReplicaKeys"][0]["Region"] == there
    drive("kms", "DisableKey", here, KeyId=key)
    assert drive("kms", "DescribeKey", here, KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    drive("kms", "EnableKey", here, KeyId=key)
    drive("kms", "UpdatePrimaryRegion", here, KeyId=key, PrimaryRegion=there)
    primary = lambda: drive("kms", "DescribeKey", there, KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"]["MultiRegionKeyType"]
    eventually(primary, lambda now: now == "PRIMARY")
    refused("NotFoundException", drive, "kms", "DescribeKey", here, KeyId="12345678-1234-1234-1234-123456789012")


def certificates(drive, here, there):
    [listed, *_] = drive("acm", "ListCertificates", there)["CertificateSummaryList"]
    found = drive("acm", "DescribeCertificate", there, CertificateArn=listed["CertificateArn"])["Certificate"]
    assert found["Status"] == "ISSUED" and found["DomainName"]
