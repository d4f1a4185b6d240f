"""SNS, Lambda, EventBridge, Step Functions, DynamoDB, API Gateway, and who is asking."""

import json

from scripts.asking import refused


def identity(drive, here, there):
    assert drive("sts", "GetCallerIdentity", here)["Account"] == "123456789012"


def topics(drive, here, there):
    [topic, *_] = drive("sns", "ListTopics", here)["Topics"]
    arn = topic["TopicArn"]
    attributes = drive("sns", "GetTopicAttributes", here, TopicArn=arn)["Attributes"]
    assert attributes["TopicArn"] == arn and int(attributes["SubscriptionsConfirmed"]) >= 0
    assert drive("sns", "Publish", here, TopicArn=arn, Subject="interop", Message="hello")["MessageId"]
    refused("NotFound", drive, "sns", "Publish", here, TopicArn=arn + "-nobody", Message="hello")
    mine = drive("sns", "CreateTopic", here, Name="interop")["TopicArn"]
    assert drive("sns", "Subscribe", here, TopicArn=mine, Protocol="email", Endpoint="ops@example.com")["SubscriptionArn"] == "pending confirmation"
    subscribed = lambda: drive("sns", "ListSubscriptionsByTopic", here, TopicArn=mine)["Subscriptions"]
    assert [each["SubscriptionArn"] for each in subscribed()] == ["PendingConfirmation"]
    drive("sns", "Publish", here, TopicArn=mine, Message="too early")

    # Nobody but the subscriber has the token: it comes with the mail.
    refused("InvalidParameter", drive, "sns", "ConfirmSubscription", here, TopicArn=mine, Token="0" * 64)
    [asked] = [mail for mail in drive.lab.control("/_lab/mail")["asked"] if mail["topic"] == mine]
    confirmed = drive("sns", "ConfirmSubscription", here, TopicArn=mine, Token=asked["token"])["SubscriptionArn"]
    assert [each["SubscriptionArn"] for each in subscribed()] == [confirmed]
    drive("sns", "Publish", here, TopicArn=mine, Message="in time")
    assert [mail["message"] for mail in drive.lab.control("/_lab/mail")["delivered"] if mail["endpoint"] == asked["endpoint"]] == ["in time"]

    hook = drive("sns", "Subscribe", here, TopicArn=mine, Protocol="https", Endpoint="https://hooks.example.com/dr", ReturnSubscriptionArn=True)
    assert hook["SubscriptionArn"] in [each["SubscriptionArn"] for each in drive("sns", "ListSubscriptions", here)["Subscriptions"]]
    drive("sns", "Unsubscribe", here, SubscriptionArn=hook["SubscriptionArn"])
    assert [each["SubscriptionArn"] for each in subscribed()] == [confirmed]
    drive("sns", "DeleteTopic", here, TopicArn=mine)
    refused("NotFound", drive, "sns", "GetTopicAttributes", here, TopicArn=mine)


def functions(drive, here, there):
    found = drive("lambda", "ListFunctions", here)["Functions"]
    name = found[0]["FunctionName"]
    assert drive("lambda", "GetFunction", here, FunctionName=name)["Configuration"]["FunctionName"] == name
    assert drive("lambda", "GetFunctionConfiguration", here, FunctionName=name)["State"] == "Active"
    answered = drive("lambda", "Invoke", here, FunctionName=name, Payload=b"{}")
    assert answered["StatusCode"] == 200
    drive("lambda", "PutFunctionConcurrency", here, FunctionName=name, ReservedConcurrentExecutions=0)
    assert drive("lambda", "GetFunctionConcurrency", here, FunctionName=name)["ReservedConcurrentExecutions"] == 0
    refused("TooManyRequestsException", drive, "lambda", "Invoke", here, FunctionName=name, Payload=b"{}")
    drive("lambda", "DeleteFunctionConcurrency", here, FunctionName=name)
    refused("ResourceNotFoundException", drive, "lambda", "GetFunction", here, FunctionName="nobody")


def rules(drive, here):
    drive("events", "ListEventBuses", here)
    [rule, *_] = drive("events", "ListRules", here)["Rules"]
    name = rule["Name"]
    assert drive("events", "ListTargetsByRule", here, Rule=name)["Targets"][0]["Arn"]
    drive("events", "DisableRule", here, Name=name)
    assert drive("events", "DescribeRule", here, Name=name)["State"] == "DISABLED"
    drive("events", "EnableRule", here, Name=name)
    assert drive("events", "DescribeRule", here, Name=name)["State"] == "ENABLED"
    drive("events", "PutRule", here, Name="interop", ScheduleExpression="rate(5 minutes)", State="DISABLED")
    target = drive("events", "ListTargetsByRule", here, Rule=name)["Targets"][0]["Arn"]
    drive("events", "PutTargets", here, Rule="interop", Targets=[{"Id": "1", "Arn": target}])
    assert drive("events", "PutEvents", here, Entries=[{"Source": "interop", "DetailType": "test", "Detail": "{}"}])["FailedEntryCount"] == 0
    refused("ResourceNotFoundException", drive, "events", "DescribeRule", here, Name="nobody")


def machines(drive, region):
    found = drive("stepfunctions", "ListStateMachines", region)["stateMachines"]
    arn = found[0]["stateMachineArn"]
    assert json.loads(drive("stepfunctions", "DescribeStateMachine", region, stateMachineArn=arn)["definition"])["States"]
    started = drive("stepfunctions", "StartExecution", region, stateMachineArn=arn, name="interop", input="{}")["executionArn"]
    described = drive("stepfunctions", "DescribeExecution", region, executionArn=started)
    assert described["status"] in ("RUNNING", "SUCCEEDED", "FAILED")
    refused("ExecutionAlreadyExists", drive, "stepfunctions", "StartExecution", region, stateMachineArn=arn, name="interop", input='{"other": 1}')
    assert drive("stepfunctions", "ListExecutions", region, stateMachineArn=arn)["executions"]
    history = drive("stepfunctions", "GetExecutionHistory", region, executionArn=started)["events"]
    assert history[0]["type"] == "ExecutionStarted" and [event["id"] for event in history] == list(range(1, len(history) + 1))
    running = drive("stepfunctions", "StartExecution", region, stateMachineArn=arn, input="{}")["executionArn"]
    drive("stepfunctions", "StopExecution", region, executionArn=running, error="Interop", cause="enough")
    ended = drive("stepfunctions", "DescribeExecution", region, executionArn=running)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Interop", "enough")
    refused("StateMachineDoesNotExist", drive, "stepfunctions", "DescribeStateMachine", region, stateMachineArn=arn + "-nobody")


def items(drive, region):
    [table, *_] = drive("dynamodb", "ListTables", region)["TableNames"]
    schema = drive("dynamodb", "DescribeTable", region, TableName=table)["Table"]
    hash_key = next(key["AttributeName"] for key in schema["KeySchema"] if key["KeyType"] == "HASH")
    range_key = next((key["AttributeName"] for key in schema["KeySchema"] if key["KeyType"] == "RANGE"), None)
    kinds = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in schema["AttributeDefinitions"]}
    key = {hash_key: {kinds[hash_key]: "1" if kinds[hash_key] == "N" else "interop"}}
    if range_key:
        key[range_key] = {kinds[range_key]: "7" if kinds[range_key] == "N" else "a"}
    only_if_absent = {"ConditionExpression": "attribute_not_exists(#k)", "ExpressionAttributeNames": {"#k": hash_key}}
    drive("dynamodb", "PutItem", region, TableName=table, Item={**key, "holder": {"S": "me"}, "turn": {"N": "1"}}, **only_if_absent)
    refused("ConditionalCheckFailedException", drive, "dynamodb", "PutItem", region, TableName=table, Item={**key, "holder": {"S": "you"}}, **only_if_absent)
    updated = drive("dynamodb", "UpdateItem", region, TableName=table, Key=key, UpdateExpression="SET turn = turn + :one, seen = if_not_exists(seen, :yes)",
                    ConditionExpression="holder = :me", ExpressionAttributeValues={":one": {"N": "1"}, ":me": {"S": "me"}, ":yes": {"BOOL": True}},
                    ReturnValues="ALL_NEW")["Attributes"]
    assert updated["turn"] == {"N": "2"} and updated["seen"] == {"BOOL": True}
    assert drive("dynamodb", "GetItem", region, TableName=table, Key=key, ConsistentRead=True)["Item"]["holder"] == {"S": "me"}
    queried = drive("dynamodb", "Query", region, TableName=table, KeyConditionExpression="#k = :k", ExpressionAttributeNames={"#k": hash_key},
                    ExpressionAttributeValues={":k": key[hash_key]})
    assert queried["Count"] == 1
    assert drive("dynamodb", "Scan", region, TableName=table, FilterExpression="holder = :me", ExpressionAttributeValues={":me": {"S": "me"}})["Count"] == 1
    got = drive("dynamodb", "BatchGetItem", region, RequestItems={table: {"Keys": [key]}})
    assert got["Responses"][table][0]["turn"] == {"N": "2"}
    assert drive("dynamodb", "DeleteItem", region, TableName=table, Key=key, ReturnValues="ALL_OLD")["Attributes"]["holder"] == {"S": "me"}
    refused("ResourceNotFoundException", drive, "dynamodb", "GetItem", region, TableName="nobody", Key=key)


def apis(drive, region):
    [api, *_] = drive("apigateway", "GetRestApis", region)["items"]
    assert drive("apigateway", "GetStages", region, restApiId=api["id"])["item"]
    assert drive("apigateway", "GetResources", region, restApiId=api["id"])["items"]
