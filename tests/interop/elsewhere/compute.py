"""The script's part about what runs: ECS, load balancers, Lambda and Step Functions."""

import json

from elsewhere import code, pages, step
from elsewhere.servers import CLUSTER, FUNCTION, MACHINE, SERVICE, STEERING


def service(aws):
    return aws.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]


@step
def ecs_services_come_ten_at_a_time(aws):
    return code(aws.client("ecs").describe_services, cluster=CLUSTER, services=[f"s{nth}" for nth in range(11)])


@step
def ecs_no_such_cluster(aws):
    return code(aws.client("ecs").describe_services, cluster="nobody", services=[SERVICE])


@step
def ecs_a_missing_service_is_a_failure_not_an_error(aws):
    described = aws.client("ecs").describe_services(cluster=CLUSTER, services=["nobody"])
    return described["services"], [failure["reason"] for failure in described["failures"]]


@step
def ecs_a_missing_task_is_a_failure_not_an_error(aws):
    missing = "arn:aws:ecs:us-east-1:123456789012:task/platform-primary/0123456789abcdef0123456789abcdef"
    described = aws.client("ecs").describe_tasks(cluster=CLUSTER, tasks=[missing])
    return described["tasks"], [failure["reason"] for failure in described["failures"]]


@step
def ecs_no_such_service_to_update(aws):
    return code(aws.client("ecs").update_service, cluster=CLUSTER, service="nobody", desiredCount=1)


@step
def ecs_tasks_do_not_run_at_once(aws):
    aws.eventually(lambda: service(aws), lambda now: now["runningCount"] == now["desiredCount"])
    updated = aws.client("ecs").update_service(cluster=CLUSTER, service=SERVICE, desiredCount=5)["service"]
    return updated["desiredCount"], updated["runningCount"]


@step
def ecs_but_in_the_end(aws):
    return aws.eventually(lambda: service(aws), lambda now: now["runningCount"] == 5)["runningCount"]


@step
def ecs_a_deployment_rolls_beside_the_old_one(aws):
    aws.eventually(lambda: service(aws), lambda now: [each.get("rolloutState") for each in now["deployments"]] == ["COMPLETED"])
    updated = aws.client("ecs").update_service(cluster=CLUSTER, service=SERVICE, forceNewDeployment=True)["service"]
    return [(each["status"], each.get("rolloutState")) for each in updated["deployments"]]


@step
def ecs_and_replaces_it(aws):
    def over(now):
        return len(now["deployments"]) == 1 and now["deployments"][0].get("rolloutState") == "COMPLETED"

    return [(each["status"], each.get("rolloutState")) for each in aws.eventually(lambda: service(aws), over)["deployments"]]


@step
def ecs_a_stranger_cannot_be_stopped(aws):
    return code(aws.client("ecs").stop_task, cluster=CLUSTER, task="0123456789abcdef0123456789abcdef")


@step
def ecs_tasks_come_in_pages(aws):
    things, turned = pages(aws.client("ecs").list_tasks, "nextToken", "nextToken", lambda page: page["taskArns"], cluster=CLUSTER, serviceName=SERVICE, maxResults=2)
    return len(set(things)) == len(things) >= 4, turned > 1


# -- load balancers


@step
def elbv2_no_such_load_balancer(aws):
    return code(aws.client("elbv2").describe_load_balancers, Names=["nobody"])


@step
def elbv2_no_such_target_group(aws):
    return code(aws.client("elbv2").describe_target_groups, Names=["nobody"])


@step
def elbv2_a_group_by_its_load_balancer(aws):
    [balancer] = aws.client("elbv2").describe_load_balancers(Names=["platform-primary"])["LoadBalancers"]
    groups = aws.client("elbv2").describe_target_groups(LoadBalancerArn=balancer["LoadBalancerArn"])["TargetGroups"]
    aws.memory.group = next(group["TargetGroupArn"] for group in groups if group["TargetGroupName"] == "platform-frontend")
    return balancer["State"]["Code"], balancer["Type"], balancer["Scheme"]


def health(aws, address):
    [found] = aws.client("elbv2").describe_target_health(TargetGroupArn=aws.memory.group, Targets=[{"Id": address, "Port": 8080}])["TargetHealthDescriptions"]
    return found["TargetHealth"]["State"], found["TargetHealth"].get("Reason")


@step
def elbv2_a_stranger_is_unused(aws):
    return health(aws, "10.0.0.77")


@step
def elbv2_who_registers_is_looked_at_first(aws):
    aws.client("elbv2").register_targets(TargetGroupArn=aws.memory.group, Targets=[{"Id": "10.0.0.77", "Port": 8080}])
    # At once or a few checks later, but never healthy: nobody is there.
    return health(aws, "10.0.0.77")[0] in ("initial", "unhealthy")


@step
def elbv2_who_leaves_is_drained(aws):
    aws.client("elbv2").deregister_targets(TargetGroupArn=aws.memory.group, Targets=[{"Id": "10.0.0.77", "Port": 8080}])
    return health(aws, "10.0.0.77")


@step
def elbv2_attributes_are_kept(aws):
    wanted = {"Key": "deregistration_delay.timeout_seconds", "Value": "45"}
    aws.client("elbv2").modify_target_group_attributes(TargetGroupArn=aws.memory.group, Attributes=[wanted])
    return wanted in aws.client("elbv2").describe_target_group_attributes(TargetGroupArn=aws.memory.group)["Attributes"]


@step
def elbv2_groups_come_in_pages(aws):
    everything = len(aws.client("elbv2").describe_target_groups()["TargetGroups"])
    things, turned = pages(aws.client("elbv2").describe_target_groups, "NextMarker", "Marker", lambda page: page["TargetGroups"], PageSize=1)
    return len(things) == everything == turned


# -- Lambda


@step
def lambda_no_such_function(aws):
    return code(aws.client("lambda", STEERING).get_function, FunctionName="nobody"), code(aws.client("lambda", STEERING).invoke, FunctionName="nobody")


@step
def lambda_a_dry_run_only_checks(aws):
    return aws.client("lambda", STEERING).invoke(FunctionName=FUNCTION, InvocationType="DryRun")["StatusCode"]


@step
def lambda_what_is_no_json_is_refused(aws):
    return code(aws.client("lambda", STEERING).invoke, FunctionName=FUNCTION, Payload=b"{")


@step
def lambda_nobody_reserves_more_than_there_is(aws):
    return code(aws.client("lambda", STEERING).put_function_concurrency, FunctionName=FUNCTION, ReservedConcurrentExecutions=5000)


@step
def lambda_without_concurrency_it_is_throttled(aws):
    client = aws.client("lambda", STEERING)
    client.put_function_concurrency(FunctionName=FUNCTION, ReservedConcurrentExecutions=0)
    return client.get_function_concurrency(FunctionName=FUNCTION).get("ReservedConcurrentExecutions"), code(client.invoke, FunctionName=FUNCTION, Payload=b"{}")


@step
def lambda_concurrency_is_given_back(aws):
    client = aws.client("lambda", STEERING)
    client.delete_function_concurrency(FunctionName=FUNCTION)
    return client.get_function_concurrency(FunctionName=FUNCTION).get("ReservedConcurrentExecutions")


# -- Step Functions


def machines(aws):
    return aws.client("stepfunctions", STEERING)


def machine(aws):
    return next(found["stateMachineArn"] for found in machines(aws).list_state_machines()["stateMachines"] if found["name"] == MACHINE)


@step
def stepfunctions_a_machine_runs(aws):
    aws.memory.execution = machines(aws).start_execution(stateMachineArn=machine(aws), name="once", input='{"drill": true}')["executionArn"]
    described = machines(aws).describe_execution(executionArn=aws.memory.execution)
    return described["status"], described["name"], json.loads(described["input"])


@step
def stepfunctions_the_same_start_is_the_same_execution(aws):
    again = machines(aws).start_execution(stateMachineArn=machine(aws), name="once", input='{"drill": true}')["executionArn"]
    return again == aws.memory.execution


@step
def stepfunctions_another_start_of_that_name_is_refused(aws):
    return code(machines(aws).start_execution, stateMachineArn=machine(aws), name="once", input='{"drill": false}')


@step
def stepfunctions_input_must_be_json(aws):
    return code(machines(aws).start_execution, stateMachineArn=machine(aws), input="{")


@step
def stepfunctions_no_such_machine(aws):
    return code(machines(aws).start_execution, stateMachineArn=machine(aws) + "-nobody")


@step
def stepfunctions_no_such_execution(aws):
    return code(machines(aws).describe_execution, executionArn=aws.memory.execution + "-nobody")


@step
def stepfunctions_an_execution_is_stopped(aws):
    running = machines(aws).start_execution(stateMachineArn=machine(aws), name="short", input="{}")["executionArn"]
    machines(aws).stop_execution(executionArn=running, error="Drill", cause="enough")
    ended = machines(aws).describe_execution(executionArn=running)
    aws.memory.stopped = running
    return ended["status"], ended.get("error"), ended.get("cause"), "stopDate" in ended


@step
def stepfunctions_its_history_says_so(aws):
    history = machines(aws).get_execution_history(executionArn=aws.memory.stopped)["events"]
    [last] = machines(aws).get_execution_history(executionArn=aws.memory.stopped, reverseOrder=True, maxResults=1)["events"]
    return history[0]["type"], last["type"]


@step
def stepfunctions_executions_are_listed_by_state(aws):
    listed = machines(aws).list_executions(stateMachineArn=machine(aws), statusFilter="ABORTED")["executions"]
    return [found["name"] for found in listed]
