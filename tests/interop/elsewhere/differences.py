"""Where moto and ministack differ from the lab, and why AWS sides with the lab: the page of AWS's documentation that says so, by its title.
A step that depends on one that differs is listed with it, or with why the other server cannot get that far."""

NAMED = {}


def differs(step, page, why, **outcomes):
    """`outcomes`: what the other servers say instead."""
    assert step not in NAMED and why and page
    NAMED[step] = (page, why, outcomes)


RDS, DYNAMODB, ECS, ELB = "Amazon RDS API Reference: ", "Amazon DynamoDB API Reference: ", "Amazon ECS API Reference: ", "Elastic Load Balancing API Reference: "
ROUTE53, CLOUDWATCH, S3, SNS = "Amazon Route 53 API Reference: ", "Amazon CloudWatch API Reference: ", "Amazon S3 API Reference: ", "Amazon SNS API Reference: "
LAMBDA, STATES, SECRETS = "AWS Lambda API Reference: ", "AWS Step Functions API Reference: ", "AWS Secrets Manager API Reference: "
NO_REPLICA = "refused: DBInstanceNotFound"  # ministack refuses replicas from another region, so there is none to ask about

# -- databases
differs("rds_an_instance_takes_time_to_be_created", "Amazon RDS User Guide: Viewing Amazon RDS DB instance status",
        "an instance that is being created says “creating” and cannot be reached", moto="available", ministack="available")
differs("rds_its_endpoint", "Amazon RDS User Guide: Finding the connection information for an Amazon RDS DB instance",
        "the host is identifier, account and region under rds.amazonaws.com", ministack=(5432, "localhost", ""))
differs("rds_pages_have_at_least_twenty_rows", RDS + "DescribeDBInstances", "MaxRecords: minimum 20, maximum 100", moto="accepted", ministack="accepted")
differs("rds_a_replica_in_another_region", RDS + "CreateDBInstanceReadReplica",
        "a source in another region is named by its ARN, and the replica is created from a snapshot of it, which takes time",
        moto="available", ministack="refused: InvalidParameterValue")
differs("rds_the_replica_names_its_source_by_arn", RDS + "DBInstance", "cross-region replicas carry ReadReplicaSourceDBInstanceIdentifier", ministack=NO_REPLICA)
differs("rds_the_source_lists_its_replica_by_arn", RDS + "DBInstance", "ReadReplicaDBInstanceIdentifiers holds the replicas of an instance", ministack=NO_REPLICA)
differs("rds_a_source_with_replicas_cannot_be_stopped", "Amazon RDS User Guide: Stopping an Amazon RDS DB instance temporarily",
        "“You can't stop a DB instance that has a read replica, or that is a read replica”", moto="accepted", ministack="accepted")
differs("rds_what_is_no_replica_cannot_be_promoted", RDS + "PromoteReadReplica",
        "the instance must be a read replica; InvalidDBInstanceState is the error of the operation for one in no fit state", moto="accepted", ministack="InvalidAction")
differs("rds_promotion_takes_time", "AWS CLI Command Reference: promote-read-replica", "the answer's status is “modifying”: promotion takes minutes and a reboot",
        moto="available", ministack=NO_REPLICA)
differs("rds_promotion_ends_replication_and_keeps_backups", "Amazon RDS User Guide: Promoting a read replica to be a standalone DB instance",
        "a promoted replica stands alone: neither side names the other any more",
        moto=(False, 3, ["arn:aws:rds:us-west-2:123456789012:db:orders-replica"]), ministack=NO_REPLICA)
differs("rds_no_replica_of_what_keeps_no_backups", "Amazon RDS User Guide: Creating a read replica",
        "automatic backups must be enabled on the source by a retention period other than 0", moto="accepted", ministack="accepted")
differs("rds_a_snapshot_takes_time", "AWS CLI Command Reference: create-db-snapshot", "the answer's status is “creating”", moto="available", ministack="available")
differs("rds_a_change_waits_for_the_window_unless_told_otherwise", RDS + "ModifyDBInstance",
        "without ApplyImmediately a change of class is pending until the maintenance window", moto=("db.t4g.large", None))
differs("rds_a_reboot_takes_time", "AWS CLI Command Reference: reboot-db-instance", "the answer's status is “rebooting”", moto="available")
differs("rds_deleting_needs_a_word_about_the_last_snapshot", RDS + "DeleteDBInstance",
        "without SkipFinalSnapshot, FinalDBSnapshotIdentifier must be given", moto="accepted", ministack="accepted")
differs("rds_no_such_global_cluster", RDS + "SwitchoverGlobalCluster", "GlobalClusterNotFoundFault, and an answer in XML: moto's is HTML", moto="broke: ResponseParserError")
differs("dynamodb_an_update_makes_what_is_missing", DYNAMODB + "UpdateItem", "UPDATED_NEW returns only the updated attributes; the key is none of them",
        moto={"workload": {"S": "counter"}, "visits": {"N": "1"}})
differs("dynamodb_words_do_not_add_up", "Amazon DynamoDB Developer Guide: Using update expressions in DynamoDB",
        "+ and - take numbers; another type is a ValidationException", ministack="accepted")
differs("dynamodb_a_scan_comes_in_pages", DYNAMODB + "Scan", "Limit counts the items that are evaluated, not those that match", moto=(3, False))

# -- what runs
differs("ecs_services_come_ten_at_a_time", ECS + "DescribeServices", "up to 10 services in one operation", moto="accepted", ministack="accepted")
differs("ecs_a_missing_task_is_a_failure_not_an_error", "Amazon ECS Developer Guide: API failure reasons", "DescribeTasks names what is MISSING", moto=([], []))
differs("ecs_tasks_do_not_run_at_once", "Amazon ECS Developer Guide: Amazon ECS task lifecycle",
        "a task passes PROVISIONING, PENDING and ACTIVATING before it runs", moto=(5, 5), ministack=(5, 5))
differs("ecs_a_deployment_rolls_beside_the_old_one", ECS + "Deployment",
        "PRIMARY is the newest deployment, ACTIVE one that still has tasks; rolloutState begins as IN_PROGRESS",
        moto=[("PRIMARY", "IN_PROGRESS")], ministack=[("PRIMARY", "COMPLETED")])
differs("ecs_and_replaces_it", ECS + "Deployment", "rolloutState is COMPLETED once the service is in a steady state", moto=[("PRIMARY", "IN_PROGRESS")])
differs("ecs_a_stranger_cannot_be_stopped", ECS + "StopTask", "a task that is not there is an InvalidParameterException; moto breaks", moto="500")
differs("ecs_tasks_come_in_pages", ECS + "ListTasks", "a service has as many tasks as it says are running, and maxResults of them in a page", moto=(False, False))
differs("elbv2_no_such_target_group", ELB + "DescribeTargetGroups", "TargetGroupNotFound is an error of the operation", ministack="accepted")
differs("elbv2_a_group_by_its_load_balancer", ELB + "CreateLoadBalancer", "Scheme: the default is an Internet-facing load balancer", moto="broke: KeyError")
UNKNOWN_TARGETS = "a target that is asked for is described: “unused” with Target.NotRegistered where it is not registered"
differs("elbv2_a_stranger_is_unused", ELB + "TargetHealth", UNKNOWN_TARGETS, moto=("unavailable", "Target.NotRegistered"), ministack="broke: ValueError")
differs("elbv2_who_registers_is_looked_at_first", ELB + "TargetHealth", "a new target is “initial” until it has passed or failed its checks", moto=False, ministack=False)
differs("elbv2_who_leaves_is_drained", "User Guide for Application Load Balancers: Edit target group attributes (deregistration delay)",
        "“draining” until the deregistration delay is over", moto=("unused", "Target.NotRegistered"), ministack="broke: ValueError")
differs("lambda_no_such_function", LAMBDA + "Invoke", "ResourceNotFoundException; moto's stub invokes anything", moto=("ResourceNotFoundException", "accepted"))
differs("lambda_what_is_no_json_is_refused", LAMBDA + "Invoke", "InvalidRequestContentException: the request body could not be parsed as JSON", moto="accepted", ministack="accepted")
differs("lambda_nobody_reserves_more_than_there_is", LAMBDA + "PutFunctionConcurrency", "at least 100 of an account's 1,000 must stay unreserved", moto="accepted", ministack="accepted")
differs("lambda_without_concurrency_it_is_throttled", "AWS Lambda Developer Guide: Configuring reserved concurrency for a function",
        "a reserved concurrency of 0 throttles every request", moto=(0, "accepted"))
differs("stepfunctions_the_same_start_is_the_same_execution", STATES + "StartExecution",
        "idempotent for STANDARD workflows: same name and input as a running execution give the original answer", ministack="refused: ExecutionAlreadyExists")
differs("stepfunctions_input_must_be_json", STATES + "StartExecution", "InvalidExecutionInput: the provided JSON input data is not valid", ministack="accepted")
differs("stepfunctions_an_execution_is_stopped", STATES + "DescribeExecution", "error and cause are those given when it was stopped", moto=("ABORTED", None, None, True))
differs("stepfunctions_its_history_says_so", STATES + "GetExecutionHistory", "maxResults bounds a page", moto="broke: ValueError")

# -- names and numbers
differs("route53_a_change_is_pending_first", ROUTE53 + "ChangeResourceRecordSets", "status PENDING until all name servers have it", moto=(True, "INSYNC"))
differs("route53_no_such_change", ROUTE53 + "GetChange", "NoSuchChange: a change with the specified change ID does not exist", moto="accepted")
BATCH = "InvalidChangeBatch: a change batch holds a change that cannot be made"
differs("route53_a_batch_is_whole_or_not_at_all", ROUTE53 + "ChangeResourceRecordSets", BATCH, moto=("InvalidInput", False))
differs("route53_a_delete_must_match", ROUTE53 + "ChangeResourceRecordSets", BATCH, moto="InvalidInput")
differs("route53_no_alias_for_the_apex_by_cname", "Amazon Route 53 Developer Guide: Supported DNS record types",
        "the DNS protocol does not allow a CNAME for the zone apex", moto="accepted", ministack="accepted")
differs("route53_a_pair_needs_two_roles", ROUTE53 + "ResourceRecordSet", "one PRIMARY and one SECONDARY of a name and type", moto="accepted", ministack="accepted")
differs("route53_records_come_in_pages_that_end", ROUTE53 + "ListResourceRecordSets", "each page begins where NextRecordName and -Type say; moto repeats itself", moto=False)
differs("route53_a_health_check_is_made_once", ROUTE53 + "CreateHealthCheck", "same CallerReference and settings: the existing health check is returned", moto=(1, False))
differs("route53_its_reference_is_taken", ROUTE53 + "CreateHealthCheck", "same CallerReference, other settings: HealthCheckAlreadyExists", moto="accepted", ministack="accepted")
differs("route53_a_health_checks_status", ROUTE53 + "GetHealthCheckStatus",
        "one observation for each checker that has reported; nobody answers at that address, so they fail", moto=(False, False), ministack="refused: InvalidInput")
differs("route53_a_stale_version_is_refused", ROUTE53 + "UpdateHealthCheck", "HealthCheckVersionMismatch", moto="accepted", ministack="accepted")
differs("route53_an_update_counts", ROUTE53 + "UpdateHealthCheck", "the version is incremented by 1 for each update, and the update is made; moto never counts, and "
        "ministack counted the one it should have refused and then turned the check back", moto=(1, True), ministack=(3, False))
differs("route53_no_such_health_check", ROUTE53 + "DeleteHealthCheck", "NoSuchHealthCheck is an error of the operation", moto=("NoSuchHealthCheck", "accepted"))
differs("route53_tells_what_it_would_answer", ROUTE53 + "TestDNSAnswer", "returns the answer a record would be given; neither has it",
        moto="refused: 404", ministack="refused: InvalidInput")
differs("cloudwatch_an_alarm_without_data_does_not_know", CLOUDWATCH + "PutMetricAlarm", "a new alarm's state is immediately set to INSUFFICIENT_DATA", moto="OK")
differs("cloudwatch_alarms_come_in_pages", CLOUDWATCH + "DescribeAlarms", "MaxRecords bounds a page", moto=(["drill-a", "drill-b", "drill-c"], False))
differs("cloudwatch_a_state_set_by_hand_is_in_the_history", CLOUDWATCH + "SetAlarmState", "the alarm's history holds the change; moto breaks", moto="refused: 500")
differs("cloudwatch_composites_are_told_only_when_asked_for", CLOUDWATCH + "DescribeAlarms", "without AlarmTypes only metric alarms are returned; moto breaks", moto="refused: 500")
differs("cloudwatch_actions_are_switched_off", CLOUDWATCH + "DisableAlarmActions", "an operation of the service; moto does not have it", moto="refused: 500")
differs("cloudwatch_newest_first_unless_told_otherwise", CLOUDWATCH + "GetMetricData", "ScanBy: TimestampDescending is the default", ministack=[1.0, 5.0, 9.0])
differs("cloudwatch_a_window_ends_after_it_begins", CLOUDWATCH + "GetMetricStatistics", "InvalidParameterValue: StartTime must be before EndTime", ministack="accepted")

# -- what is kept and told
differs("s3_a_replica_is_the_same_version", "Amazon S3 User Guide: What does Amazon S3 replicate?", "replicas keep their original's metadata, version IDs included; moto makes none",
        moto=(None, False), ministack=("REPLICA", False))
differs("s3_the_original_knows", "Amazon S3 User Guide: Getting replication status information", "COMPLETED once the replica is there", moto=None)
differs("s3_a_marker_cannot_be_read", "Amazon S3 User Guide: Working with delete markers", "a GET of a delete marker by its version answers 405 Method Not Allowed", moto="NoSuchVersion")
differs("s3_what_is_no_version_is_no_argument", S3 + "Error responses", "InvalidArgument: “Invalid version id specified”; NoSuchVersion is for ids that could be one",
        moto="NoSuchVersion", ministack="NoSuchVersion")
differs("s3_several_are_deleted_at_once", S3 + "DeleteObjects", "in a versioned bucket a delete without a version leaves a marker, whether or not there was an object",
        moto=[(False, None), (True, True)])
differs("s3_a_copy_needs_a_change", S3 + "CopyObject", "a copy onto itself must change metadata, storage class, redirect or encryption: InvalidRequest", ministack="accepted")
differs("s3_a_restore_goes_on_for_hours", "Amazon S3 User Guide: Understanding archive retrieval options",
        "Standard takes 12 hours from DEEP_ARCHIVE; until then ongoing-request is true and asking again is RestoreAlreadyInProgress",
        moto=(202, 'ongoing-request="false"', "accepted"))
differs("s3_what_is_not_archived_is_not_restored", S3 + "Error responses",
        "InvalidObjectState: restore is not allowed for the object's storage class; ObjectAlreadyInActiveTierError is Intelligent-Tiering's",
        ministack="ObjectAlreadyInActiveTierError")
differs("s3_replication_keeps_versions_on", "Amazon S3 User Guide: Using versioning in S3 buckets",
        "versioning cannot be suspended while replication is configured: InvalidBucketState", moto="accepted", ministack="accepted")
differs("s3_the_rule", S3 + "GetBucketReplication", "the rule is returned as it was put; moto says Disabled whatever DeleteMarkerReplication was",
        moto=("Enabled", "Disabled", "arn:aws:s3:::platform-content-replica"))
differs("secrets_a_token_is_used_once", SECRETS + "PutSecretValue", "a version cannot be changed: same token and another value fail", ministack="accepted")
differs("secrets_a_copy_in_another_region", SECRETS + "PutSecretValue", "the copy holds what the primary does, which here is what it took too much",
        ministack=("four", [("us-west-2", "InSync")]))
differs("secrets_the_copy_is_read_only", "AWS Secrets Manager User Guide: Promote a replica secret to a standalone secret",
        "a replica cannot be updated by itself; the code AWS answers with is InvalidParameterException (gruntwork-io/cloud-nuke issue 435 quotes it)",
        ministack="InvalidRequestException")
differs("secrets_until_it_is_promoted", SECRETS + "StopReplicationToReplica", "called in the replica's region, it makes the replica a secret of its own; neither does",
        moto="refused: 500", ministack="refused: InvalidRequestException")
differs("sns_mail_must_be_confirmed", SNS + "Subscribe", "the ARN is not told before the subscription is confirmed, unless asked for", moto="an ARN", ministack="an ARN")
differs("sns_and_is_pending_until_then", SNS + "GetTopicAttributes", "SubscriptionsPending counts subscriptions that await confirmation",
        moto=("an ARN", "0", "0"), ministack=("an ARN", "0", "1"))
differs("sns_a_token_must_be_the_one_mailed", SNS + "ConfirmSubscription", "InvalidParameter is the code of InvalidParameterException on this query API",
        moto="accepted", ministack="InvalidParameterException")
differs("sns_mail_needs_an_address", SNS + "Subscribe", "an endpoint must be what its protocol needs, and the protocol a known one: InvalidParameter",
        moto=("accepted", "accepted"), ministack=("accepted", "accepted"))
differs("sns_an_empty_message_is_none", SNS + "Publish", "Message is required and may not be empty: InvalidParameter", moto="accepted", ministack="accepted")
