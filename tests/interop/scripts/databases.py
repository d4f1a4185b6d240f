"""RDS: instances, replicas, snapshots, Aurora's global clusters."""

from scripts.asking import eventually, refused


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
