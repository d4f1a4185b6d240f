"""Other servers that speak AWS, written by strangers, and what each needs before it looks like the lab's `platform` topology."""

import contextlib
import datetime
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile

import boto3.session
import botocore.config

from lab import CREDENTIALS, Lab

HOME, AWAY, STEERING = "us-east-1", "us-west-2", "us-east-2"
CLUSTER, SERVICE, FUNCTION, MACHINE, TABLE = "platform-primary", "frontend", "platform-dr-test", "platform-failover", "platform-dr-state"
BUCKET, REPLICA, PREFIX = "platform-content", "platform-content-replica", "content/"


class Server:
    """One address for all regions: they are told apart by what requests are signed for."""

    # How long something may take that AWS does in minutes.
    patience = 2

    def __init__(self, command, environment, ready, furnished):
        with socket.socket() as chosen:
            chosen.bind(("127.0.0.1", 0))
            port = chosen.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.clients, self.session = {}, boto3.session.Session()
        self.scratch = tempfile.TemporaryDirectory()
        self.said = tempfile.TemporaryFile(mode="w+")
        environment = {**os.environ, **{name: value.format(port=port) for name, value in environment.items()}}
        self.process = subprocess.Popen(
            [sys.executable, *[word.format(port=port) for word in command]], env=environment, cwd=self.scratch.name, stdout=self.said, stderr=self.said
        )
        try:
            self.await_answer(ready)
            self.prepare()
            if furnished:
                furnish(self)
        except BaseException:
            self.close()
            raise

    def prepare(self):
        """What it must be told before it can be used like the others."""

    def await_answer(self, path):
        deadline = time.monotonic() + 30
        while True:
            try:
                return urllib.request.urlopen(self.url + path, timeout=2).read()
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.said.seek(0)
                    raise RuntimeError(f"{self.process.args} does not answer: {self.said.read()}") from error
            time.sleep(0.05)

    def close(self):
        self.process.terminate()
        try:
            # How a stranger's server ends is its own affair.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=3)
        finally:
            self.process.kill()
            self.said.close()
            self.scratch.cleanup()

    def client(self, service, region=HOME):
        key = service, region
        if key not in self.clients:
            config = botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=60, s3={"addressing_style": "path"})
            self.clients[key] = self.session.client(service, region_name=region, endpoint_url=self.url, config=config, **CREDENTIALS)
        return self.clients[key]

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc)


class Moto(Server):
    # What it does, it does at once.
    patience = 0.2

    def __init__(self, furnished=True):
        super().__init__(["-m", "moto.server", "-H", "127.0.0.1", "-p", "{port}"], {}, "/moto-api/data.json", furnished)

    def prepare(self):
        # No containers: what is compared is what the API says.
        settings = json.dumps({"lambda": {"use_docker": False}}).encode()
        urllib.request.urlopen(urllib.request.Request(self.url + "/moto-api/config", data=settings), timeout=5).read()


class Ministack(Server):
    def __init__(self, furnished=True):
        settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": "{port}", "LAMBDA_EXECUTOR": "local"}
        super().__init__(["-m", "ministack"], settings, "/_ministack/health", furnished)


class Ours:
    """The lab, with nothing added."""

    patience = 20

    def __init__(self):
        self.lab = Lab("platform", speed=300)
        # A machine that finds nothing to do ends within seconds; where it is asked about, they must be long.
        self.slow = Lab("platform", speed=1)
        self.clients = {}

    def close(self):
        self.lab.close()
        self.slow.close()

    def client(self, service, region=HOME):
        key = service, region
        if key not in self.clients:
            self.clients[key] = (self.slow if service == "stepfunctions" else self.lab).client(service, region)
        return self.clients[key]

    def now(self):
        return datetime.datetime.fromisoformat(self.lab.control("/_lab/hello")["world"])


SERVERS = {"lab": Ours, "moto": Moto, "ministack": Ministack}


def furnish(server):
    """Makes what the lab has from the start."""
    ec2 = server.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    guard = ec2.create_security_group(GroupName="platform", Description="platform", VpcId=vpc)["GroupId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{nth}.0/24", AvailabilityZone=HOME + zone)["Subnet"]["SubnetId"] for nth, zone in enumerate("ab")]
    elb = server.client("elbv2")
    balancer = elb.create_load_balancer(Name="platform-primary", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(Name="platform-frontend", Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip")["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])

    ecs = server.client("ecs")
    ecs.create_cluster(clusterName=CLUSTER)
    container = {"name": "app", "image": "platform/frontend:1", "memory": 512}
    ecs.register_task_definition(family="platform-frontend", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
                                 containerDefinitions=[container])
    ecs.create_service(cluster=CLUSTER, serviceName=SERVICE, taskDefinition="platform-frontend", desiredCount=4, launchType="FARGATE",
                       networkConfiguration={"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [guard]}})

    zone = server.client("route53").create_hosted_zone(Name="platform.example.org", CallerReference="platform")["HostedZone"]["Id"]
    record = {"Name": "www.platform.example.org", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.10"}]}
    server.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]})

    server.client("s3").create_bucket(Bucket=BUCKET)
    server.client("s3", AWAY).create_bucket(Bucket=REPLICA, CreateBucketConfiguration={"LocationConstraint": AWAY})
    for bucket, region in ((BUCKET, HOME), (REPLICA, AWAY)):
        server.client("s3", region).put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ID": "content", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": PREFIX}, "DeleteMarkerReplication": {"Status": "Enabled"},
            "Destination": {"Bucket": f"arn:aws:s3:::{REPLICA}"}}
    role = "arn:aws:iam::123456789012:role/replication"
    server.client("s3").put_bucket_replication(Bucket=BUCKET, ReplicationConfiguration={"Role": role, "Rules": [rule]})

    server.client("dynamodb", STEERING).create_table(
        TableName=TABLE, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "workload", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "workload", "AttributeType": "S"}],
    )
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = server.client("iam").create_role(RoleName="platform", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    machine = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}
    server.client("stepfunctions", STEERING).create_state_machine(name=MACHINE, roleArn=role, definition=json.dumps(machine))
    code = io.BytesIO()
    with contextlib.closing(zipfile.ZipFile(code, "w")) as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return {}\n")
    server.client("lambda", STEERING).create_function(FunctionName=FUNCTION, Runtime="python3.12", Role=role, Handler="index.handler",
                                                      Code={"ZipFile": code.getvalue()})
