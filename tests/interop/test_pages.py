"""Every list comes whole, however small its pages: boto3's paginators and the CLI's own paging, on the topology with the most of everything."""

import datetime

import pytest
from botocore import xform_name

from drive import Boto3, Cli
from lab import Lab

# The lab names services as requests are signed for them.
CLIENTS = {"monitoring": "cloudwatch", "elasticloadbalancing": "elbv2", "states": "stepfunctions"}
# The least an operation takes in a page, where that is not 1; and what keeps within DescribeAlarms' nine calls a second.
LEAST = {"rds": 20, "cloudwatch": 9}


@pytest.fixture(scope="module")
def lab():
    # Fast enough for AWS's rate limits not to be in the way.
    with Lab("fleet", speed=20) as lab:
        yield lab


def named(drive, region):
    """What operations need to be told, by the first or the longest that is found."""
    clusters = drive("ecs", "ListClusters", region)["clusterArns"]
    cluster = {"cluster": max(clusters, key=lambda arn: len(drive("ecs", "ListTasks", region, cluster=arn)["taskArns"]))} if clusters else None
    located = {name: drive("s3", "GetBucketLocation", region, Bucket=name).get("LocationConstraint") or "us-east-1"
               for name in (each["Name"] for each in drive("s3", "ListBuckets", region)["Buckets"])}
    bucket = next(({"Bucket": name, "Prefix": "pages/"} for name, home in located.items() if home == region), None)
    # Where no writer of the workload's writes in the meantime.
    for nth in range(12 if bucket else 0):
        drive("s3", "PutObject", region, Bucket=bucket["Bucket"], Key=f"pages/{nth % 5}", Body=b"page")
    balancer = drive("elbv2", "DescribeLoadBalancers", region)["LoadBalancers"]
    machine = drive("stepfunctions", "ListStateMachines", region)["stateMachines"]
    repository = drive("ecr", "DescribeRepositories", region)["repositories"]
    return {
        "ListServices": cluster,
        "ListTasks": cluster,
        "ListResourceRecordSets": {"HostedZoneId": drive("route53", "ListHostedZones", region)["HostedZones"][0]["Id"].split("/")[-1]},
        "ListObjectsV2": bucket,
        "ListObjectVersions": bucket,
        "DescribeListeners": {"LoadBalancerArn": balancer[0]["LoadBalancerArn"]} if balancer else None,
        "ListExecutions": {"stateMachineArn": machine[0]["stateMachineArn"]} if machine else None,
        "DescribeImages": {"repositoryName": repository[0]["repositoryName"]} if repository else None,
        **{f"DescribeScal{what}": {"ServiceNamespace": "ecs"} for what in ("ableTargets", "ingPolicies", "ingActivities")},
    }


@pytest.fixture(scope="module")
def lists(lab):
    """(service, region, operation, parameters) of all that comes in pages, each where there is most of it."""
    found, names = [], {region: named(Boto3(lab), region) for region in lab.regions}
    for claim in lab.control("/_lab/operations")["operations"]:
        service, operation = CLIENTS.get(claim["service"], claim["service"]), claim["operation"]
        client = lab.client(service, lab.regions[0])
        if not client.can_paginate(xform_name(operation)) or not client.get_paginator(xform_name(operation))._pagination_cfg.get("limit_key"):
            continue
        required = set(client.meta.service_model.operation_model(operation).input_shape.required_members)
        asked = [(service, region, operation, names[region].get(operation, {})) for region in lab.regions]
        asked = [each for each in asked if each[3] is not None and required <= set(each[3])]
        if asked:
            found.append(max(asked, key=lambda each: longest(whole(lab, *each))))
    return found


def longest(answer):
    return max((len(value) for value in answer.values() if isinstance(value, list)), default=0)


def lasting(value):
    """Without what changes from one second to the next."""
    if isinstance(value, dict):
        return {name: lasting(each) for name, each in value.items() if not isinstance(each, datetime.datetime) and name != "ResponseMetadata"}
    return [lasting(each) for each in value] if isinstance(value, list) else value


def whole(lab, service, region, operation, parameters, **paging):
    # Small pages are many calls, and the lab allows no more of them a second than AWS does.
    client = lab.client(service, region, retries={"total_max_attempts": 8, "mode": "standard"})
    pages = client.get_paginator(xform_name(operation)).paginate(**parameters, PaginationConfig=paging)
    return lasting(pages.build_full_result())


def test_boto3_gets_the_same_from_small_pages(lab, lists):
    turned = 0
    for service, region, operation, parameters in lists:
        small = whole(lab, service, region, operation, parameters, PageSize=LEAST.get(service, 1))
        assert small == whole(lab, service, region, operation, parameters), f"{service} {operation}"
        turned += longest(small) > LEAST.get(service, 1)
    assert turned >= 15, "too few lists are longer than a page to prove anything"


def test_the_cli_turns_the_pages_too(lab, lists):
    drive = Cli(lab)
    # Where the API's own parameter is called PageSize, the CLI takes it for somebody turning the pages by hand.
    for service, region, operation, parameters in (each for each in lists if each[0] != "elbv2"):
        expected = whole(lab, service, region, operation, parameters)
        paged = drive(service, operation, region, **parameters, page_size=LEAST.get(service, 1))
        for name, value in expected.items():
            if isinstance(value, list):
                assert len(paged.get(name, [])) == len(value), f"{service} {operation}: {name}"
