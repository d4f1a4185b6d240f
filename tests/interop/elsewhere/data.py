"""The script's part about databases: RDS and DynamoDB."""

import botocore.exceptions

from elsewhere import code, pages, step
from elsewhere.servers import AWAY, STEERING, TABLE

SOURCE = {"DBInstanceIdentifier": "orders", "DBInstanceClass": "db.t4g.medium", "Engine": "postgres", "AllocatedStorage": 20, "MasterUsername": "lab",
          "MasterUserPassword": "labpassword", "BackupRetentionPeriod": 1}


def instance(aws, name, region="us-east-1"):
    return aws.client("rds", region).describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def settled(aws, name, region="us-east-1"):
    return aws.eventually(lambda: instance(aws, name, region), lambda now: now["DBInstanceStatus"] == "available")


@step
def rds_an_instance_takes_time_to_be_created(aws):
    return aws.client("rds").create_db_instance(**SOURCE)["DBInstance"]["DBInstanceStatus"]


@step
def rds_it_is_available_in_the_end(aws):
    aws.memory.source = settled(aws, "orders")
    return aws.memory.source["DBInstanceStatus"]


@step
def rds_its_endpoint(aws):
    endpoint = aws.memory.source["Endpoint"]
    return endpoint["Port"], endpoint["Address"].split(".", 2)[0], ".".join(endpoint["Address"].split(".")[2:])


@step
def rds_a_name_is_taken_once(aws):
    return code(aws.client("rds").create_db_instance, **SOURCE)


@step
def rds_nobody_is_not_found(aws):
    return code(aws.client("rds").describe_db_instances, DBInstanceIdentifier="nobody")


@step
def rds_pages_have_at_least_twenty_rows(aws):
    return code(aws.client("rds").describe_db_instances, MaxRecords=5)


@step
def rds_a_replica_in_another_region(aws):
    made = aws.client("rds", AWAY).create_db_instance_read_replica(
        DBInstanceIdentifier="orders-replica", SourceDBInstanceIdentifier=aws.memory.source["DBInstanceArn"], SourceRegion="us-east-1"
    )
    return made["DBInstance"]["DBInstanceStatus"]


@step
def rds_the_replica_names_its_source_by_arn(aws):
    return settled(aws, "orders-replica", AWAY).get("ReadReplicaSourceDBInstanceIdentifier") == aws.memory.source["DBInstanceArn"]


@step
def rds_the_source_lists_its_replica_by_arn(aws):
    return instance(aws, "orders").get("ReadReplicaDBInstanceIdentifiers") == [instance(aws, "orders-replica", AWAY)["DBInstanceArn"]]


@step
def rds_a_source_with_replicas_cannot_be_stopped(aws):
    settled(aws, "orders")
    return code(aws.client("rds").stop_db_instance, DBInstanceIdentifier="orders")


@step
def rds_what_is_no_replica_cannot_be_promoted(aws):
    return code(aws.client("rds").promote_read_replica, DBInstanceIdentifier="orders")


@step
def rds_promotion_takes_time(aws):
    settled(aws, "orders-replica", AWAY)
    promoted = aws.client("rds", AWAY).promote_read_replica(DBInstanceIdentifier="orders-replica", BackupRetentionPeriod=3)
    return promoted["DBInstance"]["DBInstanceStatus"]


@step
def rds_promotion_ends_replication_and_keeps_backups(aws):
    def alone(now):
        return now["DBInstanceStatus"] == "available" and not now.get("ReadReplicaSourceDBInstanceIdentifier")

    promoted = aws.eventually(lambda: instance(aws, "orders-replica", AWAY), alone)
    return alone(promoted), promoted["BackupRetentionPeriod"], instance(aws, "orders").get("ReadReplicaDBInstanceIdentifiers", [])


@step
def rds_no_replica_of_what_keeps_no_backups(aws):
    aws.client("rds").create_db_instance(**{**SOURCE, "DBInstanceIdentifier": "forgetful", "BackupRetentionPeriod": 0})
    settled(aws, "forgetful")
    return code(aws.client("rds").create_db_instance_read_replica, DBInstanceIdentifier="copy", SourceDBInstanceIdentifier="forgetful")


@step
def rds_a_snapshot_takes_time(aws):
    settled(aws, "orders")
    return aws.client("rds").create_db_snapshot(DBInstanceIdentifier="orders", DBSnapshotIdentifier="by-hand")["DBSnapshot"]["Status"]


@step
def rds_a_snapshots_name_is_taken_once(aws):
    describe = aws.client("rds").describe_db_snapshots
    aws.eventually(lambda: describe(DBSnapshotIdentifier="by-hand")["DBSnapshots"][0]["Status"], lambda now: now == "available")
    settled(aws, "orders")
    return code(aws.client("rds").create_db_snapshot, DBInstanceIdentifier="orders", DBSnapshotIdentifier="by-hand")


@step
def rds_no_such_snapshot(aws):
    return code(aws.client("rds").describe_db_snapshots, DBSnapshotIdentifier="nobody")


@step
def rds_a_change_waits_for_the_window_unless_told_otherwise(aws):
    changed = aws.client("rds").modify_db_instance(DBInstanceIdentifier="orders", DBInstanceClass="db.t4g.large")["DBInstance"]
    return changed["DBInstanceClass"], changed.get("PendingModifiedValues", {}).get("DBInstanceClass")


@step
def rds_a_reboot_takes_time(aws):
    settled(aws, "forgetful")
    return aws.client("rds").reboot_db_instance(DBInstanceIdentifier="forgetful")["DBInstance"]["DBInstanceStatus"]


def protected(aws, wanted):
    """`forgetful`, made anew where somebody deleted it too lightly."""
    if code(aws.client("rds").describe_db_instances, DBInstanceIdentifier="forgetful") != "accepted":
        aws.client("rds").create_db_instance(**{**SOURCE, "DBInstanceIdentifier": "forgetful", "BackupRetentionPeriod": 0})
        settled(aws, "forgetful")
    aws.client("rds").modify_db_instance(DBInstanceIdentifier="forgetful", DeletionProtection=wanted, ApplyImmediately=True)
    settled(aws, "forgetful")


@step
def rds_what_is_protected_is_not_deleted(aws):
    settled(aws, "forgetful")
    protected(aws, True)
    return code(aws.client("rds").delete_db_instance, DBInstanceIdentifier="forgetful", SkipFinalSnapshot=True)


@step
def rds_deleting_needs_a_word_about_the_last_snapshot(aws):
    protected(aws, False)
    return code(aws.client("rds").delete_db_instance, DBInstanceIdentifier="forgetful")


@step
def rds_deletion_takes_time(aws):
    protected(aws, False)
    return aws.client("rds").delete_db_instance(DBInstanceIdentifier="forgetful", SkipFinalSnapshot=True)["DBInstance"]["DBInstanceStatus"]


@step
def rds_no_such_global_cluster(aws):
    return code(aws.client("rds").switchover_global_cluster, GlobalClusterIdentifier="nobody",
                TargetDbClusterIdentifier="arn:aws:rds:us-west-2:123456789012:cluster:nobody")


# -- DynamoDB


def table(aws):
    return aws.client("dynamodb", STEERING)


def key(name):
    return {"workload": {"S": name}}


@step
def dynamodb_a_condition_lets_the_first_one_in(aws):
    lease = {**key("lease"), "holder": {"S": "me"}, "turn": {"N": "1"}}
    return code(table(aws).put_item, TableName=TABLE, Item=lease, ConditionExpression="attribute_not_exists(workload)")


@step
def dynamodb_and_nobody_after_it(aws):
    try:
        table(aws).put_item(TableName=TABLE, Item={**key("lease"), "holder": {"S": "you"}}, ConditionExpression="attribute_not_exists(workload)",
                            ReturnValuesOnConditionCheckFailure="ALL_OLD")
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"], error.response.get("Item", {}).get("holder")


@step
def dynamodb_an_update_counts(aws):
    updated = table(aws).update_item(
        TableName=TABLE, Key=key("lease"), UpdateExpression="SET turn = turn + :one ADD seen :one REMOVE holder",
        ConditionExpression="holder = :me AND turn BETWEEN :one AND :nine",
        ExpressionAttributeValues={":one": {"N": "1"}, ":nine": {"N": "9"}, ":me": {"S": "me"}}, ReturnValues="ALL_NEW",
    )
    return sorted((name, *value.values()) for name, value in updated["Attributes"].items())


@step
def dynamodb_an_update_makes_what_is_missing(aws):
    made = table(aws).update_item(TableName=TABLE, Key=key("counter"), UpdateExpression="ADD visits :one", ExpressionAttributeValues={":one": {"N": "1"}},
                                  ReturnValues="UPDATED_NEW")
    return made["Attributes"]


@step
def dynamodb_a_reserved_word_is_refused(aws):
    return code(table(aws).update_item, TableName=TABLE, Key=key("lease"), UpdateExpression="SET status = :x", ExpressionAttributeValues={":x": {"S": "x"}})


@step
def dynamodb_a_value_nobody_uses_is_refused(aws):
    return code(table(aws).update_item, TableName=TABLE, Key=key("lease"), UpdateExpression="SET seen = :x",
                ExpressionAttributeValues={":x": {"N": "1"}, ":y": {"N": "2"}})


@step
def dynamodb_words_do_not_add_up(aws):
    table(aws).put_item(TableName=TABLE, Item={**key("words"), "text": {"S": "abc"}})
    return code(table(aws).update_item, TableName=TABLE, Key=key("words"), UpdateExpression="SET #t = #t + :one", ExpressionAttributeNames={"#t": "text"},
                ExpressionAttributeValues={":one": {"N": "1"}})


@step
def dynamodb_a_key_must_be_whole(aws):
    return code(table(aws).get_item, TableName=TABLE, Key={"other": {"S": "x"}})


@step
def dynamodb_nothing_is_not_an_error(aws):
    return "Item" in table(aws).get_item(TableName=TABLE, Key=key("nobody"))


@step
def dynamodb_no_such_table(aws):
    return code(table(aws).get_item, TableName="nobody", Key=key("lease"))


@step
def dynamodb_conditions_look_inside(aws):
    item = {**key("inside"), "tags": {"L": [{"S": "a"}, {"S": "b"}]}, "shape": {"M": {"deep": {"N": "7"}}}}
    table(aws).put_item(TableName=TABLE, Item=item)
    deleted = table(aws).delete_item(
        TableName=TABLE, Key=key("inside"), ReturnValues="ALL_OLD", ExpressionAttributeValues={":two": {"N": "2"}, ":a": {"S": "a"}, ":n": {"N": "7"}},
        ConditionExpression="size(tags) = :two AND contains(tags, :a) AND shape.deep IN (:n) AND NOT attribute_exists(tags[2])",
    )
    return deleted["Attributes"]["shape"]


@step
def dynamodb_a_scan_comes_in_pages(aws):
    things, turned = pages(table(aws).scan, "LastEvaluatedKey", "ExclusiveStartKey", lambda page: page["Items"], TableName=TABLE, Limit=1,
                           FilterExpression="workload IN (:a, :b, :c)", ExpressionAttributeValues={":a": {"S": "lease"}, ":b": {"S": "counter"}, ":c": {"S": "words"}})
    return len(things), turned > len(things)
