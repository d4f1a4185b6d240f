"""What boto3 says of a workload, in the words in which the console's rows must say it."""

import datetime
import time

import botocore.exceptions

SITES = ("primary", "standby")
SLOWLY = {"Throttling", "ThrottlingException"}
ABSENT = {"DBInstanceNotFound", "DBClusterNotFoundFault", "ResourceNotFoundException", "NotFoundException", "NoSuchBucket", "404"}
MISSING = "missing"


def eventually(ask, patience=30):
    """Route 53 answers one such question a second, and the console has just asked it."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return ask()
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in SLOWLY or time.monotonic() > deadline:
                raise
            time.sleep(1)


def record_sets(server, workload):
    """Where each of the record's sets leads, by its identifier."""
    dns = workload["dns"]
    answer = server.client("route53", "us-east-1").list_resource_record_sets(HostedZoneId=dns["zone"], StartRecordName=dns["record"], MaxItems="10")
    ours = [found for found in answer["ResourceRecordSets"] if found["Name"].rstrip(".") == dns["record"]]
    target = lambda found: found["AliasTarget"]["DNSName"] if "AliasTarget" in found else found["ResourceRecords"][0]["Value"]  # noqa: E731
    return {found["SetIdentifier"]: target(found).rstrip(".").removeprefix("dualstack.") for found in ours if found["Type"] in ("A", "CNAME")}


class Truth:
    """Each row's figures, asked for when they are wanted; `MISSING` where the server says that there is no such thing."""

    def __init__(self, server, workload):
        self.server, self.workload = server, workload
        self.rows, self.numbers = {}, {}
        for site in SITES:
            self.site(site, workload[site])
        self.around()

    def aws(self, service, region):
        return self.server.client(service, region)

    def expect(self, row, ask):
        """A row and the figures it must show. A server that cannot say it to boto3 either says nothing of the console."""
        try:
            self.rows[row] = ask()
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                self.rows[row] = [MISSING]

    # -- a site

    def site(self, site, region):
        workload = self.workload
        for service in workload.get("service", []):
            self.expect(f"{site}/service/{service['name']}", lambda service=service: self.service(service, site, region))
        if any("target_group" in service[site] for service in workload.get("service", [])):
            self.expect(f"{site}/edge", lambda: self.edge(site, region))
        if "database" in workload:
            self.expect(f"{site}/database", lambda: self.database(site, region))
            if "secret" in workload["database"]:
                self.expect(f"{site}/secret", lambda: self.secret(site, region))
        for bucket in workload.get("bucket", []):
            self.expect(f"{site}/bucket/{bucket[site]}", lambda bucket=bucket: self.bucket(bucket[site], region))
        if [alarm for alarm in workload.get("alarm", []) if alarm["region"] == region]:
            self.expect(f"{site}/alarms", lambda: self.alarms(region))
        if site in workload.get("notify", {}).get("topic", {}):
            self.expect(f"{site}/topic", lambda: self.topic(workload["notify"]["topic"][site], region))
        for nth, key in enumerate(workload.get("key", [])):
            self.expect(f"{site}/key/{nth}" if nth else f"{site}/key", lambda key=key: self.key(key[site], region))
        for function in workload.get("function", []):
            if function["region"] == region:
                self.expect(f"{site}/function/{function['name']}", lambda function=function: self.function(function))

    def service(self, service, site, region):
        at = service[site]
        [found] = self.aws("ecs", region).describe_services(cluster=at["cluster"], services=[at["service"]])["services"]
        self.numbers[f"{site}/service/{service['name']}"] = found["runningCount"]
        figures = [f"{found['runningCount']}/{found['desiredCount']} running"]
        if found["pendingCount"]:
            figures.append(f"{found['pendingCount']} pending")
        if service.get("autoscaled"):
            try:
                [bounds] = self.aws("application-autoscaling", region).describe_scalable_targets(
                    ServiceNamespace="ecs", ResourceIds=[f"service/{at['cluster']}/{at['service']}"])["ScalableTargets"]
                figures.append(f"{bounds['MinCapacity']}–{bounds['MaxCapacity']}")
            except botocore.exceptions.ClientError:
                figures.append("bounds unknown")
        return figures

    def edge(self, site, region):
        states = []
        for service in self.workload["service"]:
            described = self.aws("elbv2", region).describe_target_health(TargetGroupArn=service[site]["target_group"])
            states += [target["TargetHealth"]["State"] for target in described["TargetHealthDescriptions"]]
        self.numbers[f"{site}/edge"] = states.count("healthy")
        return [f"{states.count('healthy')}/{len(states)} healthy"]

    def database(self, site, region):
        database = self.workload["database"]
        rds = self.aws("rds", region)
        if database["kind"] == "rds-replica":
            [found] = rds.describe_db_instances(DBInstanceIdentifier=database[site])["DBInstances"]
            return ["replica, promotable" if found.get("ReadReplicaSourceDBInstanceIdentifier") else "writable"]
        [whole] = rds.describe_global_clusters(GlobalClusterIdentifier=database["global_cluster"])["GlobalClusters"]
        [writes] = [member["IsWriter"] for member in whole["GlobalClusterMembers"] if member["DBClusterArn"].endswith(":" + database[site])]
        return ["writable" if writes else "secondary, promotable"]

    def secret(self, site, region):
        secret = self.workload["database"]["secret"]
        found = self.aws("secretsmanager", region).describe_secret(SecretId=secret if isinstance(secret, str) else secret[site])
        return ["replica" if found.get("PrimaryRegion", region) != region else "present"]

    def bucket(self, name, region):
        versioning = self.aws("s3", region).get_bucket_versioning(Bucket=name).get("Status", "off")
        return [name, "versioned" if versioning == "Enabled" else f"versioning {versioning.lower()}"]

    def alarms(self, region):
        names = [alarm["name"] for alarm in self.workload["alarm"] if alarm["region"] == region]
        found = self.aws("cloudwatch", region).describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        states = [alarm["StateValue"] for alarm in found["MetricAlarms"] + found.get("CompositeAlarms", [])]
        assert len(states) == len(names)
        return [f"{states.count('ALARM')} of {len(names)}"]

    def topic(self, arn, region):
        subscriptions = self.aws("sns", region).list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
        confirmed = [one for one in subscriptions if one["SubscriptionArn"].startswith("arn:")]
        return [f"{len(confirmed)}/{len(subscriptions)} confirmed"]

    def key(self, name, region):
        return [self.aws("kms", region).describe_key(KeyId=name)["KeyMetadata"]["KeyState"].lower()]

    def function(self, function):
        found = self.aws("lambda", function["region"]).get_function(FunctionName=function["name"])["Configuration"]
        return [function["name"], found["State"].lower()]

    # -- between and around the sites

    def around(self):
        workload = self.workload
        account = self.aws("sts", workload["primary"]).get_caller_identity()["Account"]
        self.rows["identity"] = [account]
        if "database" in workload:
            self.expect("replication/database", self.lag)
        for automation in workload.get("automation", []):
            self.automation(automation)
        control = workload.get("control")
        if control and control not in (workload["primary"], workload["standby"]):
            self.rows["control"] = [f"{control} answers"]
            for function in workload.get("function", []):
                if function["region"] == control:
                    self.expect(f"control/function/{function['name']}", lambda function=function: self.function(function))
        for table in workload.get("table", []):
            self.expect(f"table/{table['name']}", lambda table=table: self.table(table))
        dns = workload["dns"]
        route53 = self.aws("route53", "us-east-1")
        self.expect("dns/zone", lambda: self.zone(route53, dns))
        self.expect("dns/record", lambda: self.checkers(route53, dns))

    def lag(self):
        """The newest points; a later one may come while one looks."""
        database = self.workload["database"]
        aurora = database["kind"] != "rds-replica"
        name, dimension, scale = ("AuroraGlobalDBReplicationLag", "DBClusterIdentifier", 1000) if aurora else ("ReplicaLag", "DBInstanceIdentifier", 1)
        metric = {"Namespace": "AWS/RDS", "MetricName": name, "Dimensions": [{"Name": dimension, "Value": database["standby"]}]}
        now = self.server.now()
        [found] = self.aws("cloudwatch", self.workload["standby"]).get_metric_data(
            MetricDataQueries=[{"Id": "lag", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}],
            StartTime=now - datetime.timedelta(minutes=15), EndTime=now + datetime.timedelta(minutes=1), ScanBy="TimestampDescending",
        )["MetricDataResults"]
        assert found["Values"], "no lag was published"
        self.numbers["replication/database"] = [value / scale for value in found["Values"][:3]]
        return []

    def automation(self, automation):
        region = automation["region"]
        if "rule" in automation:
            rule = automation["rule"]
            self.expect(f"automation/rule/{rule}", lambda: [rule, self.aws("events", region).describe_rule(Name=rule)["State"].lower()])
        elif "function" in automation:
            self.expect(f"automation/function/{automation['function']}", lambda: self.function({"name": automation["function"], "region": region})[:1])
        else:
            name = automation["state_machine"].rsplit(":", 1)[-1]

            def machine():
                machines = self.aws("stepfunctions", region).list_state_machines()["stateMachines"]
                [arn] = [found["stateMachineArn"] for found in machines if found["name"] == name]
                running = self.aws("stepfunctions", region).list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]
                return [name, "running" if running else "idle"]

            self.expect(f"automation/machine/{name}", machine)

    def table(self, table):
        return [table["name"], self.aws("dynamodb", table["region"]).describe_table(TableName=table["name"])["Table"]["TableStatus"].lower()]

    @staticmethod
    def zone(route53, dns):
        zone = route53.get_hosted_zone(Id=dns["zone"])["HostedZone"]
        return [zone["Name"].rstrip("."), f"{zone['ResourceRecordSetCount']} records"]

    @staticmethod
    def checkers(route53, dns):
        try:
            found = eventually(lambda: route53.get_health_check_status(HealthCheckId=dns["primary"]["health_check"])["HealthCheckObservations"])
        except botocore.exceptions.ClientError:
            return ["checkers unknown"]
        up = [one for one in found if one["StatusReport"]["Status"].startswith("Success")]
        return [f"{len(up)}/{len(found)} up"]

    # -- what readiness rests on

    def record_sets(self):
        return record_sets(self.server, self.workload)

    def replicates(self, bucket):
        rules = self.aws("s3", self.workload["primary"]).get_bucket_replication(Bucket=bucket["primary"])["ReplicationConfiguration"]["Rules"]
        return any(rule["Status"] == "Enabled" and rule["Destination"]["Bucket"].rsplit(":", 1)[-1] == bucket["standby"] for rule in rules)
