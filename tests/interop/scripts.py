"""What is asked of the lab, service by service. Each script takes a driver (boto3 or the CLI) and checks what only a person who knows
AWS would know; together they drive every operation the lab claims. Names are found by asking, as a stranger would."""

import datetime
import json
import time

import pytest

from drive import Refused

NOW = datetime.datetime.now(datetime.timezone.utc)


def refused(code, drive, *arguments, **parameters):
    """The call must be refused with this code and no other."""
    with pytest.raises(Refused) as caught:
        drive(*arguments, **parameters)
    assert caught.value.code == code, caught.value


def eventually(ask, accept, seconds=60):
    """Asks until the answer is accepted: labs run faster than life, but not at once. Returns what was accepted."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if accept(answer):
            return answer
        assert time.monotonic() < deadline, f"never came true; last answer: {answer}"
        time.sleep(0.1)


def identity(drive, here, there):
    assert drive("sts", "GetCallerIdentity", here)["Account"] == "123456789012"


# -- databases


def instances(drive, region):
    return drive("rds", "DescribeDBInstances", region)["DBInstances"]


def status(drive, region, name):
    return drive("rds", "DescribeDBInstances", region, DBInstanceIdentifier=name)["DBInstances"][0]["DBInstanceStatus"]


def until_available(drive, region, name):
    return eventually(lambda: status(drive, region, name), lambda now: now == "available")


def database_reading(drive, here, there):
    [source] = [found for found in instances(drive, here) if found.get("ReadReplicaDBInstanceIdentifiers")]
    [replica] = [found for found in instances(drive, there) if found.get("ReadReplicaSourceDBInstanceIdentifier")]
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == source["DBInstanceArn"]
    assert source["ReadReplicaDBInstanceIdentifiers"] == [replica["DBInstanceArn"]]
    assert replica["StatusInfos"][0]["StatusType"] == "read replication" and replica["StatusInfos"][0]["Normal"] is True
    assert source["BackupRetentionPeriod"] > 0 and source["LatestRestorableTime"]
    refused("DBInstanceNotFound", drive, "rds", "DescribeDBInstances", here, DBInstanceIdentifier="nobody")
    filtered = drive("rds", "DescribeDBInstances", here, Filters=[{"Name": "db-instance-id", "Values": [source["DBInstanceIdentifier"]]}])
    assert [found["DBInstanceIdentifier"] for found in filtered["DBInstances"]] == [source["DBInstanceIdentifier"]]
    group = source["DBParameterGroups"][0]["DBParameterGroupName"]
    assert drive("rds", "DescribeDBParameterGroups", here)["DBParameterGroups"]
    parameters = drive("rds", "DescribeDBParameters", here, DBParameterGroupName=group)["Parameters"]
    assert any(parameter["ParameterName"] in ("default_transaction_read_only", "read_only") for parameter in parameters)
    drive("rds", "DescribeEvents", here, SourceType="db-instance")
    drive("rds", "DescribeDBInstanceAutomatedBackups", here)
    return source["DBInstanceIdentifier"], replica["DBInstanceIdentifier"]


def database_changes(drive, here, there):
    source, replica = database_reading(drive, here, there)
    arn = instances(drive, here)[0]["DBInstanceArn"]
    drive("rds", "AddTagsToResource", here, ResourceName=arn, Tags=[{"Key": "team", "Value": "dr"}])
    tags = drive("rds", "ListTagsForResource", here, ResourceName=arn)["TagList"]
    assert {"Key": "team", "Value": "dr"} in tags
    until_available(drive, here, source)

    # A snapshot, its copy in the other region, and what is made of it.
    drive("rds", "CreateDBSnapshot", here, DBInstanceIdentifier=source, DBSnapshotIdentifier="by-hand")
    snapshot = eventually(
        lambda: drive("rds", "DescribeDBSnapshots", here, DBSnapshotIdentifier="by-hand")["DBSnapshots"][0], lambda now: now["Status"] == "available"
    )
    until_available(drive, here, source)
    refused("DBSnapshotAlreadyExists", drive, "rds", "CreateDBSnapshot", here, DBInstanceIdentifier=source, DBSnapshotIdentifier="by-hand")
    copy = {"SourceDBSnapshotIdentifier": snapshot["DBSnapshotArn"], "TargetDBSnapshotIdentifier": "copied"}
    assert snapshot["Encrypted"] is True
    refused("InvalidParameterCombination", drive, "rds", "CopyDBSnapshot", there, **copy)
    drive("rds", "CopyDBSnapshot", there, **copy, KmsKeyId=instance(drive, there, replica)["KmsKeyId"])
    eventually(lambda: drive("rds", "DescribeDBSnapshots", there, DBSnapshotIdentifier="copied")["DBSnapshots"][0]["Status"], lambda now: now == "available")
    restored = drive("rds", "RestoreDBInstanceFromDBSnapshot", there, DBInstanceIdentifier="restored", DBSnapshotIdentifier="copied")
    assert restored["DBInstance"]["DBInstanceStatus"] == "creating"
    until_available(drive, there, "restored")
    until_available(drive, here, source)
    drive("rds", "RestoreDBInstanceToPointInTime", here, SourceDBInstanceIdentifier=source, TargetDBInstanceIdentifier="rewound", UseLatestRestorableTime=True)
    until_available(drive, here, "rewound")

    # The life of an instance.
    drive("rds", "ModifyDBInstance", there, DBInstanceIdentifier="restored", BackupRetentionPeriod=3, ApplyImmediately=True)
    changed = eventually(lambda: instance(drive, there, "restored"), lambda now: now["DBInstanceStatus"] == "available" and now["BackupRetentionPeriod"] == 3)
    assert changed["BackupRetentionPeriod"] == 3
    assert drive("rds", "RebootDBInstance", there, DBInstanceIdentifier="restored")["DBInstance"]["DBInstanceStatus"] == "rebooting"
    until_available(drive, there, "restored")
    drive("rds", "StopDBInstance", there, DBInstanceIdentifier="restored")
    eventually(lambda: status(drive, there, "restored"), lambda now: now == "stopped")
    drive("rds", "StartDBInstance", there, DBInstanceIdentifier="restored")
    until_available(drive, there, "restored")
    refused("InvalidDBInstanceState", drive, "rds", "StopDBInstance", here, DBInstanceIdentifier=source)
    drive("rds", "DeleteDBInstance", there, DBInstanceIdentifier="restored", SkipFinalSnapshot=True)
    drive("rds", "DeleteDBSnapshot", there, DBSnapshotIdentifier="copied")
    refused("DBSnapshotNotFound", drive, "rds", "DescribeDBSnapshots", there, DBSnapshotIdentifier="copied")
    drive("rds", "CreateDBInstance", here, DBInstanceIdentifier="fresh", DBInstanceClass="db.t4g.medium", Engine="postgres", AllocatedStorage=20,
          MasterUsername="lab", MasterUserPassword="labpassword")
    until_available(drive, here, "fresh")

    # Promotion: minutes, a reboot, and no way back.
    refused("InvalidDBInstanceState", drive, "rds", "PromoteReadReplica", here, DBInstanceIdentifier=source)
    until_available(drive, there, replica)
    drive("rds", "PromoteReadReplica", there, DBInstanceIdentifier=replica, BackupRetentionPeriod=7)
    refused("InvalidDBInstanceState", drive, "rds", "PromoteReadReplica", there, DBInstanceIdentifier=replica)
    promoted = eventually(
        lambda: instance(drive, there, replica),
        lambda now: now["DBInstanceStatus"] == "available" and not now.get("ReadReplicaSourceDBInstanceIdentifier"),
    )
    assert promoted["BackupRetentionPeriod"] == 7

    # The way back begins with a new replica, of a new name, at the old site.
    drive("rds", "CreateDBInstanceReadReplica", here, DBInstanceIdentifier="back-home", SourceDBInstanceIdentifier=promoted["DBInstanceArn"],
          SourceRegion=there, KmsKeyId=instance(drive, here, source)["KmsKeyId"])
    until_available(drive, here, "back-home")
    group = instance(drive, here, source)["DBParameterGroups"][0]["DBParameterGroupName"]
    if not group.startswith("default."):
        drive("rds", "ModifyDBParameterGroup", here, DBParameterGroupName=group,
              Parameters=[{"ParameterName": "default_transaction_read_only", "ParameterValue": "1", "ApplyMethod": "immediate"}])


def instance(drive, region, name):
    return drive("rds", "DescribeDBInstances", region, DBInstanceIdentifier=name)["DBInstances"][0]


def global_cluster(drive, region):
    [found] = drive("rds", "DescribeGlobalClusters", region)["GlobalClusters"]
    return found


def aurora(drive, here, there):
    before = global_cluster(drive, here)
    name = before["GlobalClusterIdentifier"]
    members = {member["DBClusterArn"].split(":")[3]: member for member in before["GlobalClusterMembers"]}
    assert members[here]["IsWriter"] is True and members[there]["IsWriter"] is False
    assert not before.get("FailoverState")
    [writing] = drive("rds", "DescribeDBClusters", here)["DBClusters"]
    [following] = drive("rds", "DescribeDBClusters", there)["DBClusters"]
    assert following["GlobalWriteForwardingStatus"] == "disabled" and "GlobalWriteForwardingStatus" not in writing
    assert following["ReplicationSourceIdentifier"] == writing["DBClusterArn"] and writing["ReadReplicaIdentifiers"] == [following["DBClusterArn"]]
    refused("GlobalClusterNotFoundFault", drive, "rds", "SwitchoverGlobalCluster", here, GlobalClusterIdentifier="nobody",
            TargetDbClusterIdentifier=members[there]["DBClusterArn"])
    switching = drive("rds", "SwitchoverGlobalCluster", here, GlobalClusterIdentifier=name, TargetDbClusterIdentifier=members[there]["DBClusterArn"])
    assert switching["GlobalCluster"]["FailoverState"]["Status"] in ("pending", "switching-over")
    writes_at(drive, there, there)
    eventually(lambda: global_cluster(drive, there), lambda now: now["Status"] == "available")
    failing = drive("rds", "FailoverGlobalCluster", here, GlobalClusterIdentifier=name, TargetDbClusterIdentifier=members[here]["DBClusterArn"],
                    AllowDataLoss=True)
    assert failing["GlobalCluster"]["FailoverState"]["IsDataLossAllowed"] is True
    writes_at(drive, here, here)
    old = members[here]["DBClusterArn"].split(":")[-1]
    eventually(lambda: global_cluster(drive, here), lambda now: now["Status"] == "available")
    drive("rds", "ModifyDBCluster", here, DBClusterIdentifier=old, BackupRetentionPeriod=9, ApplyImmediately=True)
    drive("rds", "CreateDBClusterSnapshot", here, DBClusterIdentifier=old, DBClusterSnapshotIdentifier="by-hand")
    eventually(
        lambda: drive("rds", "DescribeDBClusterSnapshots", here, DBClusterSnapshotIdentifier="by-hand")["DBClusterSnapshots"][0]["Status"],
        lambda now: now == "available",
    )
    drive("rds", "RemoveFromGlobalCluster", there, GlobalClusterIdentifier=name, DbClusterIdentifier=members[there]["DBClusterArn"])
    eventually(lambda: global_cluster(drive, here), lambda now: len(now["GlobalClusterMembers"]) == 1)
    lonely = members[there]["DBClusterArn"].split(":")[-1]
    for member in drive("rds", "DescribeDBClusters", there, DBClusterIdentifier=lonely)["DBClusters"][0]["DBClusterMembers"]:
        drive("rds", "DeleteDBInstance", there, DBInstanceIdentifier=member["DBInstanceIdentifier"], SkipFinalSnapshot=True)
    eventually(
        lambda: drive("rds", "DescribeDBClusters", there, DBClusterIdentifier=lonely)["DBClusters"][0]["DBClusterMembers"], lambda now: not now
    )
    # The writer went first, so the cluster was looking for another one when it lost the last.
    eventually(lambda: drive("rds", "DescribeDBClusters", there, DBClusterIdentifier=lonely)["DBClusters"][0]["Status"], lambda now: now == "available")
    drive("rds", "DeleteDBCluster", there, DBClusterIdentifier=lonely, SkipFinalSnapshot=True)


def writes_at(drive, region, asked_in):
    def writer(now):
        members = {member["DBClusterArn"].split(":")[3]: member for member in now["GlobalClusterMembers"]}
        return members[region]["IsWriter"] and not now.get("FailoverState")

    eventually(lambda: global_cluster(drive, asked_in), writer)


# -- compute


def compute(drive, here, there):
    [cluster] = drive("ecs", "ListClusters", here)["clusterArns"]
    assert drive("ecs", "DescribeClusters", here, clusters=[cluster])["clusters"][0]["status"] == "ACTIVE"
    services = drive("ecs", "ListServices", here, cluster=cluster)["serviceArns"]
    described = drive("ecs", "DescribeServices", here, cluster=cluster, services=[services[0], "nobody"])
    service = described["services"][0]
    assert described["failures"][0]["reason"] == "MISSING"
    assert service["runningCount"] == service["desiredCount"] >= 1 and service["deployments"][0]["rolloutState"] == "COMPLETED"
    refused("ClusterNotFoundException", drive, "ecs", "DescribeServices", here, cluster="nobody", services=["app"])
    tasks = drive("ecs", "ListTasks", here, cluster=cluster, serviceName=service["serviceName"])["taskArns"]
    task = drive("ecs", "DescribeTasks", here, cluster=cluster, tasks=tasks)["tasks"][0]
    assert task["lastStatus"] == "RUNNING" and task["startedAt"]
    definition = drive("ecs", "DescribeTaskDefinition", here, taskDefinition=service["taskDefinition"])["taskDefinition"]
    assert definition["containerDefinitions"][0]["image"]
    assert drive("ecs", "ListTaskDefinitions", here)["taskDefinitionArns"]

    # One task dies and is replaced; a new deployment rolls; the count follows what is desired.
    drive("ecs", "StopTask", here, cluster=cluster, task=tasks[0], reason="interop")
    eventually(lambda: running(drive, here, cluster, service), lambda now: now < service["desiredCount"] or tasks[0] not in listed(drive, here, cluster, service))
    eventually(lambda: running(drive, here, cluster, service), lambda now: now == service["desiredCount"])
    rolling = drive("ecs", "UpdateService", here, cluster=cluster, service=service["serviceName"], forceNewDeployment=True)["service"]
    assert rolling["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    eventually(
        lambda: drive("ecs", "DescribeServices", here, cluster=cluster, services=[service["serviceName"]])["services"][0]["deployments"],
        lambda now: len(now) == 1 and now[0]["rolloutState"] == "COMPLETED",
    )
    more = service["desiredCount"] + 1
    drive("ecs", "UpdateService", here, cluster=cluster, service=service["serviceName"], desiredCount=more)
    eventually(lambda: running(drive, here, cluster, service), lambda now: now == more)


def running(drive, region, cluster, service):
    return drive("ecs", "DescribeServices", region, cluster=cluster, services=[service["serviceName"]])["services"][0]["runningCount"]


def listed(drive, region, cluster, service):
    return drive("ecs", "ListTasks", region, cluster=cluster, serviceName=service["serviceName"])["taskArns"]


def autoscaling(drive, here, there):
    def target(name):
        found = drive("application-autoscaling", "DescribeScalableTargets", there, ServiceNamespace="ecs", ResourceIds=[name])
        return found["ScalableTargets"][0]

    targets = drive("application-autoscaling", "DescribeScalableTargets", there, ServiceNamespace="ecs")["ScalableTargets"]
    resource = {"ServiceNamespace": "ecs", "ResourceId": targets[0]["ResourceId"], "ScalableDimension": "ecs:service:DesiredCount"}
    _, cluster, service = resource["ResourceId"].split("/")
    least = targets[0]["MinCapacity"] + 2
    drive("application-autoscaling", "RegisterScalableTarget", there, **resource, MinCapacity=least)
    assert target(resource["ResourceId"])["MinCapacity"] == least
    eventually(lambda: drive("ecs", "DescribeServices", there, cluster=cluster, services=[service])["services"][0]["desiredCount"], lambda now: now >= least)
    assert drive("application-autoscaling", "DescribeScalingActivities", there, ServiceNamespace="ecs")["ScalingActivities"]
    policy = {"TargetValue": 60.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
    drive("application-autoscaling", "PutScalingPolicy", there, **resource, PolicyName="interop", PolicyType="TargetTrackingScaling",
          TargetTrackingScalingPolicyConfiguration=policy)
    policies = drive("application-autoscaling", "DescribeScalingPolicies", there, ServiceNamespace="ecs", ResourceId=resource["ResourceId"])["ScalingPolicies"]
    assert "interop" in [found["PolicyName"] for found in policies]
    drive("application-autoscaling", "DeleteScalingPolicy", there, **resource, PolicyName="interop")
    drive("application-autoscaling", "RegisterScalableTarget", there, **resource,
          SuspendedState={"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": True, "ScheduledScalingSuspended": True})
    assert target(resource["ResourceId"])["SuspendedState"]["DynamicScalingInSuspended"] is True
    drive("application-autoscaling", "DeregisterScalableTarget", there, **resource)
    refused("ObjectNotFoundException", drive, "application-autoscaling", "DeregisterScalableTarget", there, **resource)


def targets(drive, here, there):
    [balancer, *_] = drive("elbv2", "DescribeLoadBalancers", here)["LoadBalancers"]
    assert balancer["DNSName"].endswith(".elb.amazonaws.com") and balancer["State"]["Code"] == "active"
    refused("LoadBalancerNotFound", drive, "elbv2", "DescribeLoadBalancers", here, Names=["nobody"])
    [group, *_] = drive("elbv2", "DescribeTargetGroups", here, LoadBalancerArn=balancer["LoadBalancerArn"])["TargetGroups"]
    arn = group["TargetGroupArn"]
    health = drive("elbv2", "DescribeTargetHealth", here, TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert health and all(target["TargetHealth"]["State"] in ("healthy", "initial", "draining") for target in health)
    assert drive("elbv2", "DescribeListeners", here, LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    drive("elbv2", "DescribeLoadBalancerAttributes", here, LoadBalancerArn=balancer["LoadBalancerArn"])
    drive("elbv2", "ModifyTargetGroupAttributes", here, TargetGroupArn=arn, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "60"}])
    attributes = drive("elbv2", "DescribeTargetGroupAttributes", here, TargetGroupArn=arn)["Attributes"]
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "60"} in attributes
    drive("elbv2", "RegisterTargets", here, TargetGroupArn=arn, Targets=[{"Id": "10.9.9.9", "Port": 8080}])

    def stranger():
        described = drive("elbv2", "DescribeTargetHealth", here, TargetGroupArn=arn)["TargetHealthDescriptions"]
        return next(target["TargetHealth"] for target in described if target["Target"]["Id"] == "10.9.9.9")

    # Nothing answers there: the checks end in a timeout, however soon the first look comes.
    begins = stranger()
    assert (begins["State"], begins["Reason"]) in [
        ("initial", "Elb.RegistrationInProgress"), ("initial", "Elb.InitialHealthChecking"), ("unhealthy", "Target.Timeout")
    ]
    eventually(stranger, lambda now: (now["State"], now.get("Reason")) == ("unhealthy", "Target.Timeout"))
    drive("elbv2", "DeregisterTargets", here, TargetGroupArn=arn, Targets=[{"Id": "10.9.9.9", "Port": 8080}])
    refused("TargetGroupNotFound", drive, "elbv2", "DescribeTargetHealth", here, TargetGroupArn=arn[:-4] + "beef")


def images(drive, here, there):
    [repository, *_] = drive("ecr", "DescribeRepositories", here)["repositories"]
    name = repository["repositoryName"]
    [image, *_] = drive("ecr", "DescribeImages", here, repositoryName=name)["imageDetails"]
    copies = drive("ecr", "DescribeImages", there, repositoryName=name)["imageDetails"]
    assert image["imageDigest"] in [copy["imageDigest"] for copy in copies]
    replicated = drive("ecr", "DescribeImageReplicationStatus", here, repositoryName=name, imageId={"imageDigest": image["imageDigest"]})
    assert replicated["replicationStatuses"][0]["region"] == there and replicated["replicationStatuses"][0]["status"] == "COMPLETE"
    assert drive("ecr", "DescribeRegistry", here)["replicationConfiguration"]["rules"]
    refused("RepositoryNotFoundException", drive, "ecr", "DescribeImages", here, repositoryName="nobody")


# -- traffic


def dns(drive, here, there):
    [zone] = drive("route53", "ListHostedZones", here)["HostedZones"]
    zone_id = zone["Id"].split("/")[-1]
    assert drive("route53", "GetHostedZone", here, Id=zone_id)["DelegationSet"]["NameServers"]
    assert drive("route53", "ListHostedZonesByName", here, DNSName=zone["Name"])["HostedZones"][0]["Id"] == zone["Id"]
    records = drive("route53", "ListResourceRecordSets", here, HostedZoneId=zone_id)["ResourceRecordSets"]
    pair = {record["Failover"]: record for record in records if "Failover" in record}
    assert set(pair) == {"PRIMARY", "SECONDARY"}
    name = pair["PRIMARY"]["Name"]
    first = drive("route53", "TestDNSAnswer", here, HostedZoneId=zone_id, RecordName=name, RecordType="A")
    assert first["ResponseCode"] == "NOERROR" and first["RecordData"][0].startswith("198.51.100.")

    # Health checks: what the checkers say, and turning them upside down.
    checks = drive("route53", "ListHealthChecks", here)["HealthChecks"]
    check = pair["PRIMARY"].get("HealthCheckId") or checks[0]["Id"]
    observed = drive("route53", "GetHealthCheckStatus", here, HealthCheckId=check)["HealthCheckObservations"]
    assert len(observed) >= 8 and all(seen["StatusReport"]["Status"].startswith("Success") for seen in observed)
    version = drive("route53", "GetHealthCheck", here, HealthCheckId=check)["HealthCheck"]["HealthCheckVersion"]
    refused("HealthCheckVersionMismatch", drive, "route53", "UpdateHealthCheck", here, HealthCheckId=check, HealthCheckVersion=version + 7, Inverted=True)
    updated = drive("route53", "UpdateHealthCheck", here, HealthCheckId=check, HealthCheckVersion=version, Inverted=True)["HealthCheck"]
    assert updated["HealthCheckConfig"]["Inverted"] is True and updated["HealthCheckVersion"] == version + 1
    flipped = lambda: drive("route53", "TestDNSAnswer", here, HostedZoneId=zone_id, RecordName=name, RecordType="A")["RecordData"]
    eventually(flipped, lambda now: now[0].startswith("203.0.113."))
    drive("route53", "GetHealthCheckLastFailureReason", here, HealthCheckId=check)
    drive("route53", "UpdateHealthCheck", here, HealthCheckId=check, Inverted=False)
    eventually(flipped, lambda now: now[0].startswith("198.51.100."))
    created = drive("route53", "CreateHealthCheck", here, CallerReference="interop",
                    HealthCheckConfig={"Type": "HTTP", "IPAddress": "203.0.113.10", "ResourcePath": "/healthz", "RequestInterval": 10, "FailureThreshold": 3})
    mine = created["HealthCheck"]["Id"]
    drive("route53", "ChangeTagsForResource", here, ResourceType="healthcheck", ResourceId=mine, AddTags=[{"Key": "Name", "Value": "interop"}])
    tags = drive("route53", "ListTagsForResource", here, ResourceType="healthcheck", ResourceId=mine)["ResourceTagSet"]["Tags"]
    assert tags == [{"Key": "Name", "Value": "interop"}]
    drive("route53", "DeleteHealthCheck", here, HealthCheckId=mine)
    refused("NoSuchHealthCheck", drive, "route53", "GetHealthCheck", here, HealthCheckId=mine)

    # A change is whole or not at all, and takes its time.
    def upsert(value, action="UPSERT", name="note." + zone["Name"]):
        return {"Action": action, "ResourceRecordSet": {"Name": name, "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": value}]}}

    change = drive("route53", "ChangeResourceRecordSets", here, HostedZoneId=zone_id, ChangeBatch={"Changes": [upsert('"one"')]})["ChangeInfo"]
    assert change["Status"] == "PENDING"
    eventually(lambda: drive("route53", "GetChange", here, Id=change["Id"])["ChangeInfo"]["Status"], lambda now: now == "INSYNC")
    bad = {"Changes": [upsert('"two"'), upsert('"never"', action="DELETE", name="absent." + zone["Name"])]}
    refused("InvalidChangeBatch", drive, "route53", "ChangeResourceRecordSets", here, HostedZoneId=zone_id, ChangeBatch=bad)
    answer = drive("route53", "TestDNSAnswer", here, HostedZoneId=zone_id, RecordName="note." + zone["Name"], RecordType="TXT")
    assert answer["RecordData"] == ['"one"']


def metrics(drive, here, there):
    def lag(region):
        listed = drive("cloudwatch", "ListMetrics", region, Namespace="AWS/RDS", MetricName="ReplicaLag")["Metrics"]
        query = {"Id": "lag", "MetricStat": {"Metric": listed[0], "Period": 60, "Stat": "Maximum"}}
        window = {"StartTime": NOW - datetime.timedelta(hours=1), "EndTime": NOW + datetime.timedelta(days=2)}
        return drive("cloudwatch", "GetMetricData", region, MetricDataQueries=[query], **window)["MetricDataResults"][0]["Values"]

    assert len(lag(there)) >= 10 and all(value >= 0 for value in lag(there))
    assert not drive("cloudwatch", "ListMetrics", here, Namespace="AWS/RDS", MetricName="ReplicaLag")["Metrics"]
    statistics = drive("cloudwatch", "GetMetricStatistics", here, Namespace="AWS/RDS", MetricName="CPUUtilization", Dimensions=[], Period=60,
                       StartTime=NOW - datetime.timedelta(hours=1), EndTime=NOW + datetime.timedelta(hours=2), Statistics=["Average"])
    assert statistics["Label"] == "CPUUtilization"
    datum = {"MetricName": "Heartbeat", "Value": 1.0, "Unit": "Count"}
    drive("cloudwatch", "PutMetricData", here, Namespace="Interop", MetricData=[datum])

    alarms = drive("cloudwatch", "DescribeAlarms", here)["MetricAlarms"]
    assert alarms and all(alarm["StateValue"] in ("OK", "ALARM", "INSUFFICIENT_DATA") for alarm in alarms)
    alarm = {"AlarmName": "interop", "Namespace": "Interop", "MetricName": "Heartbeat", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
             "Threshold": 1.0, "ComparisonOperator": "LessThanThreshold", "TreatMissingData": "breaching"}
    drive("cloudwatch", "PutMetricAlarm", here, **alarm)
    eventually(lambda: drive("cloudwatch", "DescribeAlarms", here, AlarmNames=["interop"])["MetricAlarms"][0]["StateValue"], lambda now: now == "ALARM")
    drive("cloudwatch", "PutCompositeAlarm", here, AlarmName="interop-both", AlarmRule='ALARM("interop") AND NOT OK("interop")')
    composite = lambda: drive("cloudwatch", "DescribeAlarms", here, AlarmNames=["interop-both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    eventually(composite, lambda now: now[0]["StateValue"] == "ALARM")
    assert drive("cloudwatch", "DescribeAlarms", here, AlarmNames=["interop-both"]).get("CompositeAlarms", []) == []
    drive("cloudwatch", "SetAlarmState", here, AlarmName="interop", StateValue="OK", StateReason="by hand")
    history = drive("cloudwatch", "DescribeAlarmHistory", here, AlarmName="interop", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert history
    drive("cloudwatch", "DescribeAlarmsForMetric", here, Namespace="Interop", MetricName="Heartbeat")
    drive("cloudwatch", "DisableAlarmActions", here, AlarmNames=["interop"])
    assert drive("cloudwatch", "DescribeAlarms", here, AlarmNames=["interop"])["MetricAlarms"][0]["ActionsEnabled"] is False
    drive("cloudwatch", "EnableAlarmActions", here, AlarmNames=["interop"])
    drive("cloudwatch", "DeleteAlarms", here, AlarmNames=["interop-both"])
    drive("cloudwatch", "DeleteAlarms", here, AlarmNames=["interop"])
    assert not drive("cloudwatch", "DescribeAlarms", here, AlarmNames=["interop"])["MetricAlarms"]


# -- storage


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


# -- automation and telling


def topics(drive, here, there):
    [topic, *_] = drive("sns", "ListTopics", here)["Topics"]
    arn = topic["TopicArn"]
    attributes = drive("sns", "GetTopicAttributes", here, TopicArn=arn)["Attributes"]
    assert attributes["TopicArn"] == arn and int(attributes["SubscriptionsConfirmed"]) >= 0
    assert drive("sns", "Publish", here, TopicArn=arn, Subject="interop", Message="hello")["MessageId"]
    refused("NotFound", drive, "sns", "Publish", here, TopicArn=arn + "-nobody", Message="hello")
    mine = drive("sns", "CreateTopic", here, Name="interop")["TopicArn"]
    assert drive("sns", "Subscribe", here, TopicArn=mine, Protocol="email", Endpoint="ops@example.com")["SubscriptionArn"] == "pending confirmation"
    subscribed = lambda: drive("sns", "ListSubscriptionsByTopic", here, TopicArn=mine)["Subscriptions"]
    assert [each["SubscriptionArn"] for each in subscribed()] == ["PendingConfirmation"]
    drive("sns", "Publish", here, TopicArn=mine, Message="too early")

    # Nobody but the subscriber has the token: it comes with the mail.
    refused("InvalidParameter", drive, "sns", "ConfirmSubscription", here, TopicArn=mine, Token="0" * 64)
    [asked] = [mail for mail in drive.lab.control("/_lab/mail")["asked"] if mail["topic"] == mine]
    confirmed = drive("sns", "ConfirmSubscription", here, TopicArn=mine, Token=asked["token"])["SubscriptionArn"]
    assert [each["SubscriptionArn"] for each in subscribed()] == [confirmed]
    drive("sns", "Publish", here, TopicArn=mine, Message="in time")
    assert [mail["message"] for mail in drive.lab.control("/_lab/mail")["delivered"] if mail["endpoint"] == asked["endpoint"]] == ["in time"]

    hook = drive("sns", "Subscribe", here, TopicArn=mine, Protocol="https", Endpoint="https://hooks.example.com/dr", ReturnSubscriptionArn=True)
    assert hook["SubscriptionArn"] in [each["SubscriptionArn"] for each in drive("sns", "ListSubscriptions", here)["Subscriptions"]]
    drive("sns", "Unsubscribe", here, SubscriptionArn=hook["SubscriptionArn"])
    assert [each["SubscriptionArn"] for each in subscribed()] == [confirmed]
    drive("sns", "DeleteTopic", here, TopicArn=mine)
    refused("NotFound", drive, "sns", "GetTopicAttributes", here, TopicArn=mine)


def functions(drive, here, there):
    found = drive("lambda", "ListFunctions", here)["Functions"]
    name = found[0]["FunctionName"]
    assert drive("lambda", "GetFunction", here, FunctionName=name)["Configuration"]["FunctionName"] == name
    assert drive("lambda", "GetFunctionConfiguration", here, FunctionName=name)["State"] == "Active"
    answered = drive("lambda", "Invoke", here, FunctionName=name, Payload=b"{}")
    assert answered["StatusCode"] == 200
    drive("lambda", "PutFunctionConcurrency", here, FunctionName=name, ReservedConcurrentExecutions=0)
    assert drive("lambda", "GetFunctionConcurrency", here, FunctionName=name)["ReservedConcurrentExecutions"] == 0
    refused("TooManyRequestsException", drive, "lambda", "Invoke", here, FunctionName=name, Payload=b"{}")
    drive("lambda", "DeleteFunctionConcurrency", here, FunctionName=name)
    refused("ResourceNotFoundException", drive, "lambda", "GetFunction", here, FunctionName="nobody")


def rules(drive, here):
    drive("events", "ListEventBuses", here)
    [rule, *_] = drive("events", "ListRules", here)["Rules"]
    name = rule["Name"]
    assert drive("events", "ListTargetsByRule", here, Rule=name)["Targets"][0]["Arn"]
    drive("events", "DisableRule", here, Name=name)
    assert drive("events", "DescribeRule", here, Name=name)["State"] == "DISABLED"
    drive("events", "EnableRule", here, Name=name)
    assert drive("events", "DescribeRule", here, Name=name)["State"] == "ENABLED"
    drive("events", "PutRule", here, Name="interop", ScheduleExpression="rate(5 minutes)", State="DISABLED")
    target = drive("events", "ListTargetsByRule", here, Rule=name)["Targets"][0]["Arn"]
    drive("events", "PutTargets", here, Rule="interop", Targets=[{"Id": "1", "Arn": target}])
    assert drive("events", "PutEvents", here, Entries=[{"Source": "interop", "DetailType": "test", "Detail": "{}"}])["FailedEntryCount"] == 0
    refused("ResourceNotFoundException", drive, "events", "DescribeRule", here, Name="nobody")


def machines(drive, region):
    found = drive("stepfunctions", "ListStateMachines", region)["stateMachines"]
    arn = found[0]["stateMachineArn"]
    assert json.loads(drive("stepfunctions", "DescribeStateMachine", region, stateMachineArn=arn)["definition"])["States"]
    started = drive("stepfunctions", "StartExecution", region, stateMachineArn=arn, name="interop", input="{}")["executionArn"]
    described = drive("stepfunctions", "DescribeExecution", region, executionArn=started)
    assert described["status"] in ("RUNNING", "SUCCEEDED", "FAILED")
    refused("ExecutionAlreadyExists", drive, "stepfunctions", "StartExecution", region, stateMachineArn=arn, name="interop", input='{"other": 1}')
    assert drive("stepfunctions", "ListExecutions", region, stateMachineArn=arn)["executions"]
    history = drive("stepfunctions", "GetExecutionHistory", region, executionArn=started)["events"]
    assert history[0]["type"] == "ExecutionStarted" and [event["id"] for event in history] == list(range(1, len(history) + 1))
    running = drive("stepfunctions", "StartExecution", region, stateMachineArn=arn, input="{}")["executionArn"]
    drive("stepfunctions", "StopExecution", region, executionArn=running, error="Interop", cause="enough")
    ended = drive("stepfunctions", "DescribeExecution", region, executionArn=running)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Interop", "enough")
    refused("StateMachineDoesNotExist", drive, "stepfunctions", "DescribeStateMachine", region, stateMachineArn=arn + "-nobody")


def items(drive, region):
    [table, *_] = drive("dynamodb", "ListTables", region)["TableNames"]
    schema = drive("dynamodb", "DescribeTable", region, TableName=table)["Table"]
    hash_key = next(key["AttributeName"] for key in schema["KeySchema"] if key["KeyType"] == "HASH")
    range_key = next((key["AttributeName"] for key in schema["KeySchema"] if key["KeyType"] == "RANGE"), None)
    kinds = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in schema["AttributeDefinitions"]}
    key = {hash_key: {kinds[hash_key]: "1" if kinds[hash_key] == "N" else "interop"}}
    if range_key:
        key[range_key] = {kinds[range_key]: "7" if kinds[range_key] == "N" else "a"}
    only_if_absent = {"ConditionExpression": "attribute_not_exists(#k)", "ExpressionAttributeNames": {"#k": hash_key}}
    drive("dynamodb", "PutItem", region, TableName=table, Item={**key, "holder": {"S": "me"}, "turn": {"N": "1"}}, **only_if_absent)
    refused("ConditionalCheckFailedException", drive, "dynamodb", "PutItem", region, TableName=table, Item={**key, "holder": {"S": "you"}}, **only_if_absent)
    updated = drive("dynamodb", "UpdateItem", region, TableName=table, Key=key, UpdateExpression="SET turn = turn + :one, seen = if_not_exists(seen, :yes)",
                    ConditionExpression="holder = :me", ExpressionAttributeValues={":one": {"N": "1"}, ":me": {"S": "me"}, ":yes": {"BOOL": True}},
                    ReturnValues="ALL_NEW")["Attributes"]
    assert updated["turn"] == {"N": "2"} and updated["seen"] == {"BOOL": True}
    assert drive("dynamodb", "GetItem", region, TableName=table, Key=key, ConsistentRead=True)["Item"]["holder"] == {"S": "me"}
    queried = drive("dynamodb", "Query", region, TableName=table, KeyConditionExpression="#k = :k", ExpressionAttributeNames={"#k": hash_key},
                    ExpressionAttributeValues={":k": key[hash_key]})
    assert queried["Count"] == 1
    assert drive("dynamodb", "Scan", region, TableName=table, FilterExpression="holder = :me", ExpressionAttributeValues={":me": {"S": "me"}})["Count"] == 1
    got = drive("dynamodb", "BatchGetItem", region, RequestItems={table: {"Keys": [key]}})
    assert got["Responses"][table][0]["turn"] == {"N": "2"}
    assert drive("dynamodb", "DeleteItem", region, TableName=table, Key=key, ReturnValues="ALL_OLD")["Attributes"]["holder"] == {"S": "me"}
    refused("ResourceNotFoundException", drive, "dynamodb", "GetItem", region, TableName="nobody", Key=key)


def apis(drive, region):
    [api, *_] = drive("apigateway", "GetRestApis", region)["items"]
    assert drive("apigateway", "GetStages", region, restApiId=api["id"])["item"]
    assert drive("apigateway", "GetResources", region, restApiId=api["id"])["items"]
