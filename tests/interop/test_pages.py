"""Every list comes whole, however small its pages: boto3's paginators and the CLI's own paging, on the topology with the most of everything."""

import datetime

import pytest
from botocore import xform_name

from drive import Boto3, Cli
from lab import Lab

# The lab names services as requests are signed for them.
CLIENTS = {"monitoring": "cloudwatch", "elasticloadbalancing": "elbv2", "states": "stepfunctions"}
# The least an operation takes in a page, where that is not 1; and pages that keep the number of calls bearable.
LEAST = {"rds": 20, "s3": 400}


@pytest.fixture(scope="module")
def lab():
    with Lab("fleet", speed=1) as lab:
        yield lab


@pytest.fixture(scope="module")
def lists(lab):
    """(service, region, operation, parameters) of all that comes in pages: what needs a name is asked about the first thing found."""
    drive, region = Boto3(lab), lab.regions[0]
    cluster = max(drive("ecs", "ListClusters", region)["clusterArns"], key=lambda arn: len(drive("ecs", "ListTasks", region, cluster=arn)["taskArns"]))
    home = next(name for name in (each["Name"] for each in drive("s3", "ListBuckets", region)["Buckets"])
                if (drive("s3", "GetBucketLocation", region, Bucket=name).get("LocationConstraint") or "us-east-1") == region)
    zone = drive("route53", "ListHostedZones", region)["HostedZones"][0]["Id"].split("/")[-1]
    named = {
        "ListServices": {"cluster": cluster},
        "ListTasks": {"cluster": cluster},
        "ListResourceRecordSets": {"HostedZoneId": zone},
        "ListObjectsV2": {"Bucket": home},
        "ListObjectVersions": {"Bucket": home},
        "DescribeScalableTargets": {"ServiceNamespace": "ecs"},
        "DescribeScalingPolicies": {"ServiceNamespace": "ecs"},
        "DescribeScalingActivities": {"ServiceNamespace": "ecs"},
        "DescribeImages": {"repositoryName": drive("ecr", "DescribeRepositories", region)["repositories"][0]["repositoryName"]},
    }
    found = []
    for claim in lab.control("/_lab/operations")["operations"]:
        service, operation = CLIENTS.get(claim["service"], claim["service"]), claim["operation"]
        client = lab.client(service, region)
        if not client.can_paginate(xform_name(operation)):
            continue
        shape = client.meta.service_model.operation_model(operation).input_shape
        limited = client.get_paginator(xform_name(operation))._pagination_cfg.get("limit_key")
        if limited and set(shape.required_members) <= set(named.get(operation, {})):
            found.append((service, region, operation, named.get(operation, {})))
    return found


def lasting(value):
    """Without what changes from one second to the next."""
    if isinstance(value, dict):
        return {name: lasting(each) for name, each in value.items() if not isinstance(each, datetime.datetime) and name != "ResponseMetadata"}
    return [lasting(each) for each in value] if isinstance(value, list) else value


def whole(lab, service, region, operation, parameters, **paging):
    pages = lab.client(service, region).get_paginator(xform_name(operation)).paginate(**parameters, PaginationConfig=paging)
    return lasting(pages.build_full_result())


def test_boto3_gets_the_same_from_small_pages(lab, lists):
    turned = 0
    for service, region, operation, parameters in lists:
        small = whole(lab, service, region, operation, parameters, PageSize=LEAST.get(service, 1))
        assert small == whole(lab, service, region, operation, parameters), f"{service} {operation}"
        turned += any(isinstance(value, list) and len(value) > LEAST.get(service, 1) for value in small.values())
    assert turned >= 15, "too few lists are longer than a page to prove anything"


def test_the_cli_turns_the_pages_too(lab, lists):
    drive = Cli(lab)
    for service, region, operation, parameters in lists:
        expected = whole(lab, service, region, operation, parameters)
        paged = drive(service, operation, region, **parameters, page_size=LEAST.get(service, 1))
        for name, value in expected.items():
            if isinstance(value, list):
                assert len(paged.get(name, [])) == len(value), f"{service} {operation}: {name}"
