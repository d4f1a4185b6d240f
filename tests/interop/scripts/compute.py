"""ECS, autoscaling, load balancers and images."""

from scripts.asking import eventually, refused


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
