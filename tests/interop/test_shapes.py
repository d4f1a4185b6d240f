"""The check of answers against AWS's models catches what it is there to catch."""


import botocore.session
import pytest

import shapes

SESSION = botocore.session.get_session()


def strange(service, operation, protocol, body):
    model = SESSION.get_service_model(service).operation_model(operation)
    return shapes.unknown_members(model, {"status_code": 200, "body": body}, protocol)


RDS = (
    b'<DescribeDBInstancesResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribeDBInstancesResult><DBInstances><DBInstance>'
    b"<DBInstanceStatus>available</DBInstanceStatus>%s</DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>"
)
ROUTE53 = (
    b'<GetChangeResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeInfo><Id>/change/C1</Id>%s</ChangeInfo></GetChangeResponse>'
)
S3 = b'<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Version><Key>k</Key>%s</Version></ListVersionsResult>'
CASES = {
    "query": ("rds", "DescribeDBInstances", "query", RDS, b"<DbInstanceStatus>no</DbInstanceStatus>"),
    "REST-XML": ("route53", "GetChange", "rest-xml", ROUTE53, b"<state>INSYNC</state>"),
    "REST-XML, flat": ("s3", "ListObjectVersions", "rest-xml", S3, b"<IsNewest>true</IsNewest>"),
    "JSON": ("ecs", "DescribeServices", "json", b'{"services": [{"desiredCount": 2%s}]}', b', "DesiredCount": 2'),
    "JSON of the wrong type": ("ecs", "DescribeServices", "json", b'{"services": [{"status": "ACTIVE"%s}]}', b', "runningCount": "2"'),
    "REST-JSON": ("lambda", "ListFunctions", "rest-json", b'{"Functions": [{"FunctionName": "f"%s}]}', b', "Name": "f"'),
}


@pytest.mark.parametrize("case", CASES)
def test_a_member_that_aws_does_not_have_is_caught(case):
    service, operation, protocol, body, intruder = CASES[case]
    assert strange(service, operation, protocol, body % b"") == []
    assert len(strange(service, operation, protocol, body % intruder)) == 1


def test_it_looks_at_every_answer():
    from lab import Lab

    with Lab("tier2") as lab:
        seen = []
        client = lab.client("ecs", "us-west-2")
        client.meta.events.register("before-parse.*.*", lambda operation_model, **_: seen.append(operation_model.name))
        client.list_clusters()
        assert seen == ["ListClusters"], "botocore no longer tells of answers before it parses them"


