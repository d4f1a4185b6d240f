"""Whatever is thrown at the lab, it answers as AWS would, and goes on."""

import concurrent.futures
import re
import socket
import urllib.parse

import botocore.exceptions
import pytest

from lab import Lab

SIGNED = "AWS4-HMAC-SHA256 Credential=AKIALAB/20261120/{region}/{service}/aws4_request, SignedHeaders=host, Signature=00"


@pytest.fixture(scope="module")
def lab():
    with Lab("tier2", speed=20) as lab:
        yield lab


def exchange(lab, text, region="us-west-2", half_close=False):
    """Sends bytes as they are; returns whatever comes back until the lab closes or is silent for a second."""
    url = urllib.parse.urlparse(lab.opened["endpoints"][region])
    with socket.create_connection((url.hostname, url.port), timeout=5) as connection:
        connection.sendall(text)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        connection.settimeout(1)
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except TimeoutError:
            pass
        return received


def request(service, body, headers="", method="POST", path="/", region="us-west-2"):
    signature = SIGNED.format(region=region, service=service)
    body = body if isinstance(body, bytes) else body.encode()
    head = f"{method} {path} HTTP/1.1\r\nhost: lab\r\nconnection: close\r\nauthorization: {signature}\r\n{headers}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def unsigned(sent):
    return re.sub(rb"authorization: [^\r]*\r\n", b"", sent)


FORM = "content-type: application/x-www-form-urlencoded\r\n"
JSON = "content-type: application/x-amz-json-1.1\r\nx-amz-target: AmazonEC2ContainerServiceV20141113.DescribeServices\r\n"
CBOR = "content-type: application/cbor\r\nsmithy-protocol: rpc-v2-cbor\r\n"

BAD = {
    # S3 takes unsigned requests as an anonymous visitor's, everybody else misses the signature.
    "no signature at S3's": (unsigned(request("s3", "", method="GET", path="/tier2-app-data")), b"<Code>AccessDenied</Code>"),
    "no signature on a form": (unsigned(request("rds", "Action=DescribeDBInstances&Version=2014-10-31", FORM)), b"<Code>MissingAuthenticationToken</Code>"),
    "no signature on JSON": (unsigned(request("ecs", "{}", JSON)), b"MissingAuthenticationTokenException"),
    "form without an action": (request("rds", "Version=2014-10-31", FORM), b"<Code>"),
    "unknown action": (request("rds", "Action=DropEverything&Version=2014-10-31", FORM), b"InvalidAction"),
    "truncated JSON": (request("ecs", '{"cluster": "x', JSON), b"SerializationException"),
    "JSON of the wrong kind": (request("ecs", "[1,2,3]", JSON), b"__type"),
    "deep JSON": (request("ecs", "[" * 100_000, JSON), b"SerializationException"),
    "unknown target": (request("ecs", "{}", JSON.replace("DescribeServices", "DropEverything")), b"UnknownOperationException"),
    "broken CBOR": (request("monitoring", b"\xbf\x61", CBOR, path="/service/GraniteServiceVersion20100801/operation/DescribeAlarms"), b"SerializationException"),
    "a service nobody has": (request("quantumleap", "{}", JSON), b"HTTP/1.1 4"),
    "another region's signature": (request("rds", "Action=DescribeDBInstances&Version=2014-10-31", FORM, region="eu-north-1"), b"HTTP/1.1 4"),
    "a method nobody uses": (request("rds", "", method="BREW"), b"HTTP/1.1 4"),
    "broken XML": (request("s3", "<a><b></a>", "content-type: application/xml\r\n", method="PUT", path="/tier2-app-data?versioning"), b"<Error>"),
    "a claimed length far beyond what is taken": (
        request("rds", "", FORM).replace(b"content-length: 0", b"content-length: 99999999999"),
        b"HTTP/1.1 4",
    ),
    "not HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n", b""),
}


@pytest.mark.parametrize("case", BAD)
def test_nonsense_is_answered_as_aws_would(lab, case):
    sent, expected = BAD[case]
    received = exchange(lab, sent)
    assert expected in received
    assert len(received) < 10_000, "an error is short, whatever it is about"
    assert alive(lab)


def test_a_client_that_hangs_up_in_the_middle_harms_nobody(lab):
    whole = request("rds", "Action=DescribeDBInstances&Version=2014-10-31", FORM)
    for length in (1, 10, len(whole) // 2, len(whole) - 1):
        exchange(lab, whole[:length], half_close=True)
    assert alive(lab)


def test_a_thousand_requests_at_once(lab):
    client = lab.client("sts", "us-west-2", max_pool_connections=100)
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: client.get_caller_identity()["Account"], range(1000)))
    assert set(answers) == {"123456789012"}


def test_aws_own_rate_limits_are_kept(lab):
    client = lab.client("route53", "us-east-1")
    check = client.list_health_checks()["HealthChecks"][0]["Id"]
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        for _ in range(200):
            client.get_health_check_status(HealthCheckId=check)
    assert caught.value.response["Error"]["Code"].startswith("Throttling")


def test_a_dark_region_swallows_connections_and_comes_back(lab):
    lab.inject("region-dark:standby")
    silent = lab.client("sts", "us-west-2", connect_timeout=1, read_timeout=1)
    with pytest.raises((botocore.exceptions.ConnectTimeoutError, botocore.exceptions.ReadTimeoutError)):
        silent.get_caller_identity()
    assert lab.client("sts", "ap-southeast-2").get_caller_identity()
    lab.control("/_lab/reset", {})
    assert lab.client("sts", "us-west-2", connect_timeout=5).get_caller_identity()


def test_one_listener_tells_regions_by_their_signature():
    with Lab("tier2", speed=20, single_port=True) as lab:
        names = {region: lab.client("rds", region).describe_db_instances()["DBInstances"][0]["DBInstanceIdentifier"] for region in lab.regions}
        assert len(set(lab.opened["endpoints"].values())) == 1 and len(set(names.values())) == 2
        lab.inject("region-dark:standby")
        with pytest.raises(botocore.exceptions.ReadTimeoutError):
            lab.client("rds", "us-west-2", read_timeout=1).describe_db_instances()
        assert lab.client("rds", "ap-southeast-2").describe_db_instances()


def alive(lab):
    return lab.control("/_lab/hello")["speed"] == 20
