"""Each topology is failed over from end to end by a stranger with boto3, and the ground truth says whether it worked."""

import json
import tomllib

import pytest

from drive import Boto3
from lab import Lab
from scripts.asking import eventually, refused
from scripts.databases import global_cluster, instance, status

SPEED = 120


def scale(drive, region, workload_services):
    """Minimum before desired, or scale-in undoes it."""
    targets = drive("application-autoscaling", "DescribeScalableTargets", region, ServiceNamespace="ecs")["ScalableTargets"]
    scaled = {target["ResourceId"]: target for target in targets}
    for (cluster, service), wanted in workload_services.items():
        resource = f"service/{cluster}/{service}"
        if resource in scaled:
            drive("application-autoscaling", "RegisterScalableTarget", region, ServiceNamespace="ecs", ResourceId=resource,
                  ScalableDimension="ecs:service:DesiredCount", MinCapacity=wanted, MaxCapacity=max(wanted, scaled[resource]["MaxCapacity"]))
        drive("ecs", "UpdateService", region, cluster=cluster, service=service, desiredCount=wanted)
    for (cluster, service), wanted in workload_services.items():
        eventually(lambda: drive("ecs", "DescribeServices", region, cluster=cluster, services=[service])["services"][0]["runningCount"], lambda now: now >= wanted)


def services_of(lab, workload, site, wanted):
    return {(each["cluster"], each["service"]): wanted for each in lab.site(workload, site)["services"]}


def pin(drive, lab, workload, target):
    """Both records of the pair lead to the target, whatever the health checks say."""
    name = lab.workload(workload)["record"]
    [zone] = [zone for zone in drive("route53", "ListHostedZones", "us-east-1")["HostedZones"] if name.endswith(zone["Name"].rstrip("."))]
    records = drive("route53", "ListResourceRecordSets", "us-east-1", HostedZoneId=zone["Id"], StartRecordName=name, MaxItems="10")["ResourceRecordSets"]
    pair = {record["Failover"]: record for record in records if record["Name"].rstrip(".") == name and "Failover" in record}
    wanted = pair["SECONDARY" if target == "standby" else "PRIMARY"]
    data = {key: wanted[key] for key in ("AliasTarget", "ResourceRecords", "TTL") if key in wanted}
    changes = []
    for record in pair.values():
        kept = {key: value for key, value in record.items() if key not in ("AliasTarget", "ResourceRecords", "TTL")}
        changes.append({"Action": "UPSERT", "ResourceRecordSet": {**kept, **data}})
    change = drive("route53", "ChangeResourceRecordSets", "us-east-1", HostedZoneId=zone["Id"], ChangeBatch={"Changes": changes})["ChangeInfo"]
    eventually(lambda: drive("route53", "GetChange", "us-east-1", Id=change["Id"])["ChangeInfo"]["Status"], lambda now: now == "INSYNC")


def proven(lab, workload, site, write_path):
    """Users land on the site at both resolvers, and what they write is kept there."""
    record = lab.workload(workload)["record"]
    network = {"primary": "198.51.100.", "standby": "203.0.113."}[site]
    for resolver in ("a", "b"):
        [address, *_] = eventually(lambda: lab.resolve(record, resolver), lambda now: bool(now) and now[0].startswith(network))
        code, body = eventually(lambda: lab.fetch(address, write_path) or (0, None), lambda now: now[0] == 200)
        assert body["site"] == site and body["wrote"] is True
    truth = eventually(lambda: lab.workload(workload), lambda now: now["landing"] == site)
    assert truth["split"] is False or lab.site(workload, "primary")["dark"]
    return truth


def test_tier2_loses_its_region_and_the_lost_writes_are_counted():
    with Lab("tier2", speed=SPEED) as lab:
        drive = Boto3(lab)
        before = lab.workload("tier2")["writes"]
        lab.inject("region-dark:primary")
        standby = lab.site("tier2", "standby")
        replica = standby["database"]["id"]
        drive("rds", "PromoteReadReplica", "us-west-2", DBInstanceIdentifier=replica, BackupRetentionPeriod=7)
        scale(drive, "us-west-2", services_of(lab, "tier2", "standby", 2))
        eventually(lambda: lab.site("tier2", "standby")["database"]["writable"], lambda now: now)
        eventually(lambda: status(drive, "us-west-2", replica), lambda now: now == "available")
        pin(drive, lab, "tier2", "standby")
        truth = proven(lab, "tier2", "standby", "/dbcheck")
        assert truth["writes"]["acknowledged"] > before["acknowledged"]
        # The replica was behind when the region went: what it had not applied is missing, exactly, and no more than a few seconds of it.
        lost = truth["writes"]["missing"]
        assert 0 <= lost <= 60 * 60
        assert lost == sum(stretch["rows"] for stretch in truth["writes"]["stretches"])


def test_pilot_starts_from_nothing():
    with Lab("pilot", speed=SPEED) as lab:
        drive = Boto3(lab)
        assert all(service["running"] == 0 for service in lab.site("pilot", "standby")["services"])
        # The monitor would act by itself after three failures; whoever fails over by hand holds it first.
        for rule in drive("events", "ListRules", "eu-central-1")["Rules"]:
            drive("events", "DisableRule", "eu-central-1", Name=rule["Name"])
        lab.inject("app-down:primary")
        lab.inject("database-down:primary")
        replica = lab.site("pilot", "standby")["database"]["id"]
        drive("rds", "PromoteReadReplica", "eu-central-1", DBInstanceIdentifier=replica)
        # The application asks the secret where its database is, and Frankfurt's copy cannot be changed while it is one.
        name = secret_of(lab, "pilot", "standby")
        value = json.loads(drive("secretsmanager", "GetSecretValue", "eu-central-1", SecretId=name)["SecretString"])
        told = json.dumps({**value, "host": instance(drive, "eu-central-1", replica)["Endpoint"]["Address"]})
        refused("InvalidParameterException", drive, "secretsmanager", "PutSecretValue", "eu-central-1", SecretId=name, SecretString=told)
        drive("secretsmanager", "StopReplicationToReplica", "eu-central-1", SecretId=name)
        drive("secretsmanager", "PutSecretValue", "eu-central-1", SecretId=name, SecretString=told)
        scale(drive, "eu-central-1", services_of(lab, "pilot", "standby", 2))
        eventually(lambda: lab.site("pilot", "standby")["database"]["writable"], lambda now: now)
        pin(drive, lab, "pilot", "standby")
        proven(lab, "pilot", "standby", write_path(lab, "pilot"))


def test_platform_fails_over_by_its_own_state_machine():
    with Lab("platform", speed=SPEED) as lab:
        drive = Boto3(lab)
        lab.inject("app-down:primary")
        lab.inject("database-down:primary")
        run_machine(drive, "us-east-2", "failover")
        proven(lab, "platform", "standby", write_path(lab, "platform"))


def test_payments_switches_over_without_losing_a_row():
    with Lab("payments", speed=SPEED) as lab:
        drive = Boto3(lab)
        found = global_cluster(drive, "us-east-1")
        target = next(member["DBClusterArn"] for member in found["GlobalClusterMembers"] if not member["IsWriter"])
        drive("rds", "SwitchoverGlobalCluster", "us-east-1", GlobalClusterIdentifier=found["GlobalClusterIdentifier"], TargetDbClusterIdentifier=target)
        eventually(lambda: lab.site("payments", "standby")["database"]["writable"], lambda now: now)
        scale(drive, "us-east-2", services_of(lab, "payments", "standby", 10))
        pin(drive, lab, "payments", "standby")
        truth = proven(lab, "payments", "standby", write_path(lab, "payments"))
        assert truth["writes"]["missing"] == 0 and truth["split"] is False


def test_payments_loses_its_region():
    with Lab("payments", speed=SPEED) as lab:
        drive = Boto3(lab)
        found = global_cluster(drive, "us-east-2")
        target = next(member["DBClusterArn"] for member in found["GlobalClusterMembers"] if not member["IsWriter"])
        lab.inject("region-dark:primary")
        drive("rds", "FailoverGlobalCluster", "us-east-2", GlobalClusterIdentifier=found["GlobalClusterIdentifier"], TargetDbClusterIdentifier=target,
              AllowDataLoss=True)
        scale(drive, "us-east-2", services_of(lab, "payments", "standby", 10))
        eventually(lambda: lab.site("payments", "standby")["database"]["writable"], lambda now: now)
        # us-east-1 is dark, and Route 53's control plane with it: nothing can be pinned, and health checks must do it.
        with pytest.raises(Exception):
            lab.client("route53", "us-east-1", connect_timeout=1, read_timeout=1).list_hosted_zones()
        proven(lab, "payments", "standby", write_path(lab, "payments"))


def test_fleet_moves_one_workload_and_leaves_the_others():
    with Lab("fleet", speed=SPEED) as lab:
        drive = Boto3(lab)
        state = lab.state()
        assert len(state["workloads"]) >= 20
        moved = next(each for each in state["workloads"] if each["landing"] == "primary" and any(site["database"] for site in each["sites"]))
        others = {each["name"]: each["landing"] for each in state["workloads"] if each["name"] != moved["name"]}
        pin(drive, lab, moved["name"], "standby")
        eventually(lambda: lab.workload(moved["name"])["landing"], lambda now: now == "standby")
        assert {each["name"]: each["landing"] for each in lab.state()["workloads"] if each["name"] != moved["name"]} == others


def run_machine(drive, region, word):
    machines = drive("stepfunctions", "ListStateMachines", region)["stateMachines"]
    [machine] = [found for found in machines if word in found["name"].lower()]
    started = drive("stepfunctions", "StartExecution", region, stateMachineArn=machine["stateMachineArn"], input=json.dumps({"reason": "interop"}))["executionArn"]
    ended = eventually(lambda: drive("stepfunctions", "DescribeExecution", region, executionArn=started), lambda now: now["status"] != "RUNNING")
    assert ended["status"] == "SUCCEEDED", ended
    [last] = drive("stepfunctions", "GetExecutionHistory", region, executionArn=started, reverseOrder=True, maxResults=1)["events"]
    assert last["type"] == "ExecutionSucceeded"


# What the console is told: the drlab.toml that matches the lab.


def configured(lab, workload):
    config = tomllib.loads(lab.config_file.read_text())
    [found] = [each for each in config["workload"] if each["name"] == workload]
    return found


def write_path(lab, workload):
    return configured(lab, workload)["dns"]["probe"]["write_path"]


def secret_of(lab, workload, site):
    return configured(lab, workload)["database"]["secret"][site]
