"""The script's part about what is kept and told: S3, Secrets Manager and SNS."""

from elsewhere import code, pages, step
from elsewhere.servers import AWAY, BUCKET, PREFIX, REPLICA

KEY = PREFIX + "drill/a b+c"


def s3(aws, region="us-east-1"):
    return aws.client("s3", region)


def read(aws, **more):
    return s3(aws).get_object(Bucket=BUCKET, Key=KEY, **more)["Body"].read()


@step
def s3_every_put_is_a_version(aws):
    aws.memory.versions = [s3(aws).put_object(Bucket=BUCKET, Key=KEY, Body=body)["VersionId"] for body in (b"one", b"two")]
    listed = s3(aws).list_object_versions(Bucket=BUCKET, Prefix=KEY)["Versions"]
    return [version["VersionId"] for version in listed] == aws.memory.versions[::-1], [version["IsLatest"] for version in listed]


@step
def s3_an_old_version_is_still_there(aws):
    return read(aws), read(aws, VersionId=aws.memory.versions[0])


@step
def s3_a_replica_is_the_same_version(aws):
    def copied():
        try:
            copy = s3(aws, AWAY).head_object(Bucket=REPLICA, Key=KEY)
        except s3(aws, AWAY).exceptions.ClientError:
            return None, False
        return copy.get("ReplicationStatus"), copy.get("VersionId") == aws.memory.versions[1]

    return aws.eventually(copied, lambda now: now == ("REPLICA", True))


@step
def s3_the_original_knows(aws):
    return aws.eventually(lambda: s3(aws).head_object(Bucket=BUCKET, Key=KEY).get("ReplicationStatus"), lambda now: now == "COMPLETED")


@step
def s3_a_delete_is_a_marker(aws):
    deleted = s3(aws).delete_object(Bucket=BUCKET, Key=KEY)
    aws.memory.marker = deleted.get("VersionId")
    return deleted.get("DeleteMarker"), code(s3(aws).get_object, Bucket=BUCKET, Key=KEY), code(s3(aws).head_object, Bucket=BUCKET, Key=KEY)


@step
def s3_a_marker_cannot_be_read(aws):
    return code(s3(aws).get_object, Bucket=BUCKET, Key=KEY, VersionId=aws.memory.marker)


@step
def s3_markers_travel_when_the_rule_says_so(aws):
    return aws.eventually(lambda: code(s3(aws, AWAY).get_object, Bucket=REPLICA, Key=KEY), lambda now: now == "NoSuchKey")


@step
def s3_without_the_marker_it_is_back_here_alone(aws):
    s3(aws).delete_object(Bucket=BUCKET, Key=KEY, VersionId=aws.memory.marker)
    return read(aws), code(s3(aws, AWAY).get_object, Bucket=REPLICA, Key=KEY)


@step
def s3_a_version_is_gone_for_good(aws):
    s3(aws).delete_object(Bucket=BUCKET, Key=KEY, VersionId=aws.memory.versions[0])
    return code(s3(aws).get_object, Bucket=BUCKET, Key=KEY, VersionId=aws.memory.versions[0])


@step
def s3_what_is_no_version_is_no_argument(aws):
    return code(s3(aws).get_object, Bucket=BUCKET, Key=KEY, VersionId="nonsense")


@step
def s3_several_are_deleted_at_once(aws):
    s3(aws).put_object(Bucket=BUCKET, Key=KEY + "1", Body=b"one")
    deleted = s3(aws).delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": KEY + "1"}, {"Key": KEY + "-nobody"}]})["Deleted"]
    return sorted((each["Key"] == KEY + "1", each.get("DeleteMarker")) for each in deleted)


@step
def s3_a_copy_needs_a_change(aws):
    return code(s3(aws).copy_object, Bucket=BUCKET, Key=KEY, CopySource={"Bucket": BUCKET, "Key": KEY})


@step
def s3_a_part_of_it(aws):
    part = s3(aws).get_object(Bucket=BUCKET, Key=KEY, Range="bytes=1-")
    return part["ResponseMetadata"]["HTTPStatusCode"], part["ContentRange"], part["Body"].read()


@step
def s3_only_if_it_is_the_one(aws):
    return code(s3(aws).get_object, Bucket=BUCKET, Key=KEY, IfMatch='"0"'), code(s3(aws).put_object, Bucket=BUCKET, Key=KEY, Body=b"x", IfNoneMatch="*")


@step
def s3_keys_come_in_pages(aws):
    for nth in range(4):
        s3(aws).put_object(Bucket=BUCKET, Key=f"{PREFIX}pages/{nth}", Body=b"page")
    things, turned = pages(s3(aws).list_objects_v2, "NextContinuationToken", "ContinuationToken", lambda page: page["Contents"], Bucket=BUCKET,
                           Prefix=PREFIX + "pages/", MaxKeys=2)
    return [each["Key"][-1] for each in things], turned


@step
def s3_versions_come_in_pages(aws):
    for nth in range(2):
        s3(aws).put_object(Bucket=BUCKET, Key=PREFIX + "pages/0", Body=b"again")
    found, given, turned = [], {}, 0
    while turned < 20:
        page = s3(aws).list_object_versions(Bucket=BUCKET, Prefix=PREFIX + "pages/", MaxKeys=1, **given)
        found, turned = found + page.get("Versions", []), turned + 1
        if not page["IsTruncated"]:
            break
        given = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
    return len({each["VersionId"] for each in found}), turned


@step
def s3_archives_are_not_read(aws):
    s3(aws).put_object(Bucket=BUCKET, Key=PREFIX + "cold", Body=b"cold", StorageClass="DEEP_ARCHIVE")
    return code(s3(aws).get_object, Bucket=BUCKET, Key=PREFIX + "cold")


@step
def s3_a_restore_goes_on_for_hours(aws):
    asked = {"Days": 1, "GlacierJobParameters": {"Tier": "Standard"}}
    answer = s3(aws).restore_object(Bucket=BUCKET, Key=PREFIX + "cold", RestoreRequest=asked)["ResponseMetadata"]["HTTPStatusCode"]
    told = s3(aws).head_object(Bucket=BUCKET, Key=PREFIX + "cold").get("Restore", "")
    return answer, told.split(",")[0], code(s3(aws).restore_object, Bucket=BUCKET, Key=PREFIX + "cold", RestoreRequest=asked)


@step
def s3_what_is_not_archived_is_not_restored(aws):
    return code(s3(aws).restore_object, Bucket=BUCKET, Key=KEY, RestoreRequest={"Days": 1, "GlacierJobParameters": {"Tier": "Standard"}})


@step
def s3_replication_keeps_versions_on(aws):
    return code(s3(aws).put_bucket_versioning, Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})


@step
def s3_the_rule(aws):
    [rule] = s3(aws).get_bucket_replication(Bucket=BUCKET)["ReplicationConfiguration"]["Rules"]
    return rule["Status"], rule["DeleteMarkerReplication"]["Status"], rule["Destination"]["Bucket"]


@step
def s3_the_copy_has_no_rule(aws):
    return code(s3(aws, AWAY).get_bucket_replication, Bucket=REPLICA)


@step
def s3_where_it_is(aws):
    return s3(aws).get_bucket_location(Bucket=BUCKET)["LocationConstraint"], s3(aws, AWAY).get_bucket_location(Bucket=REPLICA)["LocationConstraint"]


@step
def s3_no_such_bucket(aws):
    return code(s3(aws).list_objects_v2, Bucket="nobody-has-this-bucket"), code(s3(aws).head_bucket, Bucket="nobody-has-this-bucket")


# -- secrets


def secrets(aws, region="us-east-1"):
    return aws.client("secretsmanager", region)


@step
def secrets_a_name_is_taken_once(aws):
    secrets(aws).create_secret(Name="drill/db", SecretString="one")
    return code(secrets(aws).create_secret, Name="drill/db", SecretString="two")


@step
def secrets_the_one_before_is_kept(aws):
    secrets(aws).put_secret_value(SecretId="drill/db", SecretString="two")
    stages = [secrets(aws).get_secret_value(SecretId="drill/db", VersionStage=stage)["SecretString"] for stage in ("AWSCURRENT", "AWSPREVIOUS")]
    return stages


@step
def secrets_a_token_is_used_once(aws):
    token = "0" * 36
    secrets(aws).put_secret_value(SecretId="drill/db", SecretString="three", ClientRequestToken=token)
    secrets(aws).put_secret_value(SecretId="drill/db", SecretString="three", ClientRequestToken=token)
    return code(secrets(aws).put_secret_value, SecretId="drill/db", SecretString="four", ClientRequestToken=token)


@step
def secrets_no_such_secret(aws):
    return code(secrets(aws).get_secret_value, SecretId="nobody"), code(secrets(aws).get_secret_value, SecretId="drill/db", VersionStage="NOBODY")


def copied(aws):
    try:
        return secrets(aws, AWAY).get_secret_value(SecretId="drill/db")["SecretString"]
    except secrets(aws, AWAY).exceptions.ClientError:
        return None


@step
def secrets_a_copy_in_another_region(aws):
    secrets(aws).replicate_secret_to_regions(SecretId="drill/db", AddReplicaRegions=[{"Region": AWAY}])
    copy = aws.eventually(lambda: copied(aws), lambda now: now == "three")
    told = aws.eventually(lambda: secrets(aws).describe_secret(SecretId="drill/db").get("ReplicationStatus", []), lambda now: now and now[0]["Status"] == "InSync")
    return copy, [(each["Region"], each["Status"]) for each in told]


@step
def secrets_the_copy_is_read_only(aws):
    return code(secrets(aws, AWAY).put_secret_value, SecretId="drill/db", SecretString="mine")


@step
def secrets_until_it_is_promoted(aws):
    secrets(aws, AWAY).stop_replication_to_replica(SecretId="drill/db")
    secrets(aws, AWAY).put_secret_value(SecretId="drill/db", SecretString="mine")
    return copied(aws), secrets(aws).get_secret_value(SecretId="drill/db")["SecretString"]


# -- topics


def sns(aws):
    return aws.client("sns")


def kind(subscription):
    return "an ARN" if subscription.startswith("arn:") else subscription


@step
def sns_a_topic_is_made_once(aws):
    aws.memory.topic = sns(aws).create_topic(Name="drill")["TopicArn"]
    return sns(aws).create_topic(Name="drill")["TopicArn"] == aws.memory.topic


@step
def sns_mail_must_be_confirmed(aws):
    return kind(sns(aws).subscribe(TopicArn=aws.memory.topic, Protocol="email", Endpoint="ops@example.com")["SubscriptionArn"])


@step
def sns_and_is_pending_until_then(aws):
    [found] = sns(aws).list_subscriptions_by_topic(TopicArn=aws.memory.topic)["Subscriptions"]
    attributes = sns(aws).get_topic_attributes(TopicArn=aws.memory.topic)["Attributes"]
    return kind(found["SubscriptionArn"]), attributes["SubscriptionsPending"], attributes["SubscriptionsConfirmed"]


@step
def sns_a_token_must_be_the_one_mailed(aws):
    return code(sns(aws).confirm_subscription, TopicArn=aws.memory.topic, Token="0" * 64)


@step
def sns_mail_needs_an_address(aws):
    return code(sns(aws).subscribe, TopicArn=aws.memory.topic, Protocol="email", Endpoint="nobody"), code(
        sns(aws).subscribe, TopicArn=aws.memory.topic, Protocol="pigeon", Endpoint="nobody")


@step
def sns_an_empty_message_is_none(aws):
    return code(sns(aws).publish, TopicArn=aws.memory.topic, Message="")


@step
def sns_no_such_topic(aws):
    missing = aws.memory.topic + "-nobody"
    return code(sns(aws).publish, TopicArn=missing, Message="hello"), code(sns(aws).get_topic_attributes, TopicArn=missing), code(
        sns(aws).subscribe, TopicArn=missing, Protocol="email", Endpoint="ops@example.com")


@step
def sns_deleting_twice_is_no_error(aws):
    return code(sns(aws).delete_topic, TopicArn=aws.memory.topic), code(sns(aws).delete_topic, TopicArn=aws.memory.topic)
