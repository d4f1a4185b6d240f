"""A workload built on a server that strangers wrote, from the drlab.toml of one of the lab's topologies, with boto3 alone. The configuration that
comes out names what was really made: servers give their own identifiers."""

import contextlib
import datetime
import io
import json
import zipfile

import botocore.exceptions

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
SITES = ("primary", "standby")


class Estate:
    """What could be made; what the server refused is kept with its words, so that a test can say what it did not see."""

    def __init__(self, server, config):
        self.server, self.refused = server, {}
        self.networks, self.balancers = {}, {}
        account = server.client("sts").get_caller_identity()["Account"]
        # ARNs that are only mentioned belong to the same account.
        self.config = json.loads(json.dumps(config).replace(config["workload"][0]["account"], account))
        self.config["endpoints"] = {"route53": server.url, "regions": {region: server.url for region in config["endpoints"]["regions"]}}
        for workload in self.config["workload"]:
            self.build(workload)

    @contextlib.contextmanager
    def attempt(self, what):
        try:
            yield
        except (botocore.exceptions.ClientError, botocore.exceptions.ParamValidationError, botocore.parsers.ResponseParserError) as error:
            self.refused[what] = str(error)

    def aws(self, service, region):
        return self.server.client(service, region)

    def build(self, workload):
        for service in workload.get("service", []):
            for site in SITES:
                self.service(workload, service, site)
        if "database" in workload:
            self.database(workload)
        for bucket in workload.get("bucket", []):
            self.bucket(workload, bucket)
        self.platform(workload)
        self.record(workload)

    # -- what runs

    def network(self, region):
        if region not in self.networks:
            ec2 = self.aws("ec2", region)
            vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
            guard = ec2.create_security_group(GroupName="watched", Description="watched", VpcId=vpc)["GroupId"]
            subnets = [
                ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{nth}.0/24", AvailabilityZone=region + zone)["Subnet"]["SubnetId"]
                for nth, zone in enumerate("ab")
            ]
            self.networks[region] = vpc, guard, subnets
        return self.networks[region]

    def service(self, workload, service, site):
        region, at = workload[site], service[site]
        vpc, guard, subnets = self.network(region)
        if (region, site) not in self.balancers:
            made = self.aws("elbv2", region).create_load_balancer(Name=f"{workload['name']}-{site}", Subnets=subnets)["LoadBalancers"][0]
            self.balancers[region, site] = made
            workload["dns"][site]["load_balancer"] = made["DNSName"]
        elb = self.aws("elbv2", region)
        name = f"{workload['name']}-{service['name']}"
        group = elb.create_target_group(Name=name, Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip")["TargetGroups"][0]["TargetGroupArn"]
        port = 80 + workload["service"].index(service)
        forward = [{"Type": "forward", "TargetGroupArn": group}]
        elb.create_listener(LoadBalancerArn=self.balancers[region, site]["LoadBalancerArn"], Protocol="HTTP", Port=port, DefaultActions=forward)
        at["target_group"] = group

        ecs = self.aws("ecs", region)
        with self.attempt(f"{site} cluster"):
            ecs.create_cluster(clusterName=at["cluster"])
        ecs.register_task_definition(
            family=name, networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
            containerDefinitions=[{"name": "app", "image": f"{name}:1", "memory": 512, "portMappings": [{"containerPort": 8080}]}],
        )
        ecs.create_service(
            cluster=at["cluster"], serviceName=at["service"], taskDefinition=name, desiredCount=at["tasks"], launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [guard]}},
            loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 8080}],
        )
        # ECS registers the tasks of its services. A server without containers does not: this stands for as many as may ever run.
        registered = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        most = max(at["tasks"], at.get("failover_tasks", 0))
        missing = [{"Id": f"10.0.0.{10 + nth}", "Port": 8080} for nth in range(len(registered), most)]
        if missing:
            elb.register_targets(TargetGroupArn=group, Targets=missing)
        if service.get("autoscaled"):
            with self.attempt(f"{site} bounds of {service['name']}"):
                self.aws("application-autoscaling", region).register_scalable_target(
                    ServiceNamespace="ecs", ResourceId=f"service/{at['cluster']}/{at['service']}", ScalableDimension="ecs:service:DesiredCount",
                    MinCapacity=at["min"], MaxCapacity=at["max"],
                )

    # -- data

    def database(self, workload):
        database = workload["database"]
        home, away = (self.aws("rds", workload[site]) for site in SITES)
        settings = {"Engine": "postgres", "DBInstanceClass": "db.r6g.large", "AllocatedStorage": 20, "MasterUsername": "owner", "MasterUserPassword": "not-a-secret"}
        if database["kind"] == "rds-replica":
            home.create_db_instance(DBInstanceIdentifier=database["primary"], BackupRetentionPeriod=7, **settings)
            source = home.describe_db_instances(DBInstanceIdentifier=database["primary"])["DBInstances"][0]["DBInstanceArn"]
            with self.attempt("replica"):
                away.create_db_instance_read_replica(
                    DBInstanceIdentifier=database["standby"], SourceDBInstanceIdentifier=source, DBInstanceClass="db.r6g.large", SourceRegion=workload["primary"]
                )
        else:
            for region, identifier in ((workload["primary"], database["primary"]), (workload["standby"], database["standby"])):
                rds = self.aws("rds", region)
                with self.attempt(f"cluster {identifier}"):
                    if region == workload["primary"]:
                        rds.create_global_cluster(GlobalClusterIdentifier=database["global_cluster"], Engine="aurora-postgresql")
                    extra = {"MasterUsername": "owner", "MasterUserPassword": "not-a-secret"} if region == workload["primary"] else {}
                    rds.create_db_cluster(
                        DBClusterIdentifier=identifier, Engine="aurora-postgresql", GlobalClusterIdentifier=database["global_cluster"], **extra
                    )
                with self.attempt(f"instance of {identifier}"):
                    rds.create_db_instance(
                        DBInstanceIdentifier=f"{identifier}-1", DBClusterIdentifier=identifier, Engine="aurora-postgresql", DBInstanceClass="db.r6g.large"
                    )
        self.lag(workload)
        secret = database.get("secret")
        if isinstance(secret, str):
            for site in SITES:
                with self.attempt(f"{site} secret"):
                    self.aws("secretsmanager", workload[site]).create_secret(Name=secret, SecretString='{"host":"db"}')
        elif secret and not secret.get("replicated", True):
            for site in SITES:
                self.aws("secretsmanager", workload[site]).create_secret(Name=secret[site], SecretString='{"host":"db","port":5432,"username":"owner"}')
        elif secret:
            with self.attempt("secret"):
                self.aws("secretsmanager", workload["primary"]).create_secret(
                    Name=secret["primary"], SecretString='{"host":"db"}', AddReplicaRegions=[{"Region": workload["standby"]}]
                )

    def lag(self, workload):
        """As AWS publishes it: in the replica's region, a point a minute, some of them late."""
        database = workload["database"]
        aurora = database["kind"] != "rds-replica"
        metric, dimension, value = ("AuroraGlobalDBReplicationLag", "DBClusterIdentifier", 640.0) if aurora else ("ReplicaLag", "DBInstanceIdentifier", 2.5)
        now = self.server.now().replace(second=0, microsecond=0)
        data = [{"MetricName": metric, "Dimensions": [{"Name": dimension, "Value": database["standby"]}], "Value": value,
                 "Timestamp": now - datetime.timedelta(minutes=ago)} for ago in (1, 2, 3)]
        with self.attempt("lag"):
            self.aws("cloudwatch", workload["standby"]).put_metric_data(Namespace="AWS/RDS", MetricData=data)

    def bucket(self, workload, bucket):
        for site in SITES:
            region = workload[site]
            where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            self.aws("s3", region).create_bucket(Bucket=bucket[site], **where)
            self.aws("s3", region).put_bucket_versioning(Bucket=bucket[site], VersioningConfiguration={"Status": "Enabled"})
        rule = {"ID": bucket.get("rule", "all"), "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {"Status": "Disabled"},
                "Destination": {"Bucket": f"arn:aws:s3:::{bucket['standby']}"}}
        with self.attempt("replication"):
            self.aws("s3", workload["primary"]).put_bucket_replication(
                Bucket=bucket["primary"], ReplicationConfiguration={"Role": "arn:aws:iam::123456789012:role/replication", "Rules": [rule]}
            )

    # -- around it

    def platform(self, workload):
        for alarm in workload.get("alarm", []):
            with self.attempt(f"alarm {alarm['name']}"):
                self.aws("cloudwatch", alarm["region"]).put_metric_alarm(
                    AlarmName=alarm["name"], Namespace="AWS/ECS", MetricName="CPUUtilization", Statistic="Average", Period=60, EvaluationPeriods=1,
                    Threshold=80, ComparisonOperator="GreaterThanThreshold", Dimensions=[{"Name": "ClusterName", "Value": "c"}],
                )
                self.aws("cloudwatch", alarm["region"]).set_alarm_state(AlarmName=alarm["name"], StateValue="OK", StateReason="quiet")
        for site, arn in workload.get("notify", {}).get("topic", {}).items():
            topic = self.aws("sns", workload[site]).create_topic(Name=arn.rsplit(":", 1)[1])["TopicArn"]
            # Some servers really post there: nobody outside is to be asked, and nobody listens here.
            self.aws("sns", workload[site]).subscribe(TopicArn=topic, Protocol="https", Endpoint="https://127.0.0.1:9/watched")
            workload["notify"]["topic"][site] = topic
        for table in workload.get("table", []):
            self.aws("dynamodb", table["region"]).create_table(
                TableName=table["name"], BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            )
        for repository in workload.get("repository", []):
            for site in SITES:
                with self.attempt(f"{site} repository {repository['name']}"):
                    self.aws("ecr", workload[site]).create_repository(repositoryName=repository["name"])
        for key in workload.get("key", []):
            for site in SITES:
                with self.attempt(f"{site} key"):
                    key[site] = self.aws("kms", workload[site]).create_key()["KeyMetadata"]["KeyId"]
        role = self.role() if workload.get("function") or workload.get("automation") else None
        automations = workload.get("automation", [])
        functions = {(function["name"], function["region"]) for function in workload.get("function", [])}
        functions |= {(automation["function"], automation["region"]) for automation in automations if "function" in automation}
        for name, region in sorted(functions):
            self.function(name, region, role)
        for automation in automations:
            if "rule" in automation:
                self.aws("events", automation["region"]).put_rule(Name=automation["rule"], ScheduleExpression="rate(5 minutes)", State="ENABLED")
            elif "state_machine" in automation:
                definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}
                name = automation["state_machine"].rsplit(":", 1)[-1]
                with self.attempt(f"machine {name}"):
                    self.aws("stepfunctions", automation["region"]).create_state_machine(name=name, roleArn=role, definition=json.dumps(definition))

    def role(self):
        with self.attempt("role"):
            self.aws("iam", "us-east-1").create_role(RoleName="watched", AssumeRolePolicyDocument=json.dumps(TRUST))
        return self.aws("iam", "us-east-1").get_role(RoleName="watched")["Role"]["Arn"]

    def function(self, name, region, role):
        code = io.BytesIO()
        with contextlib.closing(zipfile.ZipFile(code, "w")) as archive:
            archive.writestr("index.py", "def handler(event, context):\n    return {}\n")
        with self.attempt(f"function {name} in {region}"):
            self.aws("lambda", region).create_function(
                FunctionName=name, Runtime="python3.12", Role=role, Handler="index.handler", Code={"ZipFile": code.getvalue()}
            )

    def record(self, workload):
        dns, route53 = workload["dns"], self.aws("route53", "us-east-1")
        name = dns["record"]
        zone = route53.create_hosted_zone(Name=name.split(".", 1)[1], CallerReference=name)["HostedZone"]["Id"]
        dns["zone"] = zone.rsplit("/", 1)[1]
        # Nobody answers DNS here; what is made of that is part of what is looked at.
        dns["resolvers"], dns["name_servers"] = ["127.0.0.1:9"], ["127.0.0.1:9"]
        changes = []
        for site, role in zip(SITES, ("PRIMARY", "SECONDARY"), strict=True):
            if "health_check" in dns[site]:
                check = route53.create_health_check(
                    CallerReference=f"{name} {site}",
                    HealthCheckConfig={"Type": "HTTP", "FullyQualifiedDomainName": dns[site]["load_balancer"], "Port": 80, "ResourcePath": dns["probe"]["path"],
                                       "RequestInterval": 30, "FailureThreshold": 3},
                )["HealthCheck"]["Id"]
                dns[site]["health_check"] = check
            record = {"Name": name, "Type": "A", "SetIdentifier": dns[site]["set_identifier"], "Failover": role,
                      "AliasTarget": {"HostedZoneId": self.balancers[workload[site], site].get("CanonicalHostedZoneId", "Z1H1FL5HABSF5"),
                                      "DNSName": dns[site]["load_balancer"], "EvaluateTargetHealth": True}}
            if "health_check" in dns[site]:
                record["HealthCheckId"] = dns[site]["health_check"]
            changes.append({"Action": "CREATE", "ResourceRecordSet": record})
        with self.attempt("record"):
            route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
