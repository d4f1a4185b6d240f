"""The script's part about names and numbers: Route 53 and CloudWatch."""

import datetime

from elsewhere import code, pages, step

# -- Route 53


def route53(aws):
    return aws.client("route53")


def zone(aws):
    [found] = route53(aws).list_hosted_zones()["HostedZones"]
    return found["Id"].split("/")[-1], found["Name"]


def text(name, value="one", **more):
    return {"Name": name, "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": f'"{value}"'}], **more}


def change(aws, *changes):
    """Each change is an action and a record."""
    changes = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    return {"HostedZoneId": zone(aws)[0], "ChangeBatch": {"Changes": changes}}


def names(aws):
    found = route53(aws).list_resource_record_sets(HostedZoneId=zone(aws)[0])["ResourceRecordSets"]
    return {record["Name"].split(".")[0] for record in found}


@step
def route53_a_change_is_pending_first(aws):
    made = route53(aws).change_resource_record_sets(**change(aws, ("CREATE", text("one." + zone(aws)[1]))))["ChangeInfo"]
    aws.memory.change = made["Id"]
    return made["Id"].startswith("/change/"), made["Status"]


@step
def route53_and_in_sync_later(aws):
    return aws.eventually(lambda: route53(aws).get_change(Id=aws.memory.change)["ChangeInfo"]["Status"], lambda now: now == "INSYNC")


@step
def route53_no_such_change(aws):
    return code(route53(aws).get_change, Id="C0123456789ABCDEFGHIJ")


@step
def route53_no_such_zone(aws):
    return code(route53(aws).list_resource_record_sets, HostedZoneId="Z0123456789ABCDEFGHIJ")


@step
def route53_what_exists_is_not_created(aws):
    return code(route53(aws).change_resource_record_sets, **change(aws, ("CREATE", text("one." + zone(aws)[1]))))


@step
def route53_a_batch_is_whole_or_not_at_all(aws):
    batch = change(aws, ("UPSERT", text("two." + zone(aws)[1])), ("DELETE", text("absent." + zone(aws)[1])))
    return code(route53(aws).change_resource_record_sets, **batch), "two" in names(aws)


@step
def route53_a_delete_must_match(aws):
    return code(route53(aws).change_resource_record_sets, **change(aws, ("DELETE", text("one." + zone(aws)[1], "other"))))


@step
def route53_no_alias_for_the_apex_by_cname(aws):
    record = {"Name": zone(aws)[1], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "elsewhere.example.net"}]}
    return code(route53(aws).change_resource_record_sets, **change(aws, ("UPSERT", record)))


@step
def route53_a_pair_needs_two_roles(aws):
    name = "pair." + zone(aws)[1]
    batch = change(aws, ("CREATE", text(name, SetIdentifier="a", Failover="PRIMARY")), ("CREATE", text(name, SetIdentifier="b", Failover="PRIMARY")))
    return code(route53(aws).change_resource_record_sets, **batch)


@step
def route53_records_come_in_pages_that_end(aws):
    everything = len(route53(aws).list_resource_record_sets(HostedZoneId=zone(aws)[0])["ResourceRecordSets"])
    found, given, turned = [], {}, 0
    while turned < 60:
        page = route53(aws).list_resource_record_sets(HostedZoneId=zone(aws)[0], MaxItems="1", **given)
        found, turned = found + page["ResourceRecordSets"], turned + 1
        if not page["IsTruncated"]:
            break
        starts = {"StartRecordName": "NextRecordName", "StartRecordType": "NextRecordType", "StartRecordIdentifier": "NextRecordIdentifier"}
        given = {start: page[following] for start, following in starts.items() if following in page}
    return len(found) == everything == turned


CHECK = {"Type": "HTTP", "IPAddress": "203.0.113.77", "Port": 80, "ResourcePath": "/healthz", "RequestInterval": 10, "FailureThreshold": 3}


@step
def route53_a_health_check_is_made_once(aws):
    first = route53(aws).create_health_check(CallerReference="drill", HealthCheckConfig=CHECK)["HealthCheck"]
    aws.memory.check = first["Id"]
    again = route53(aws).create_health_check(CallerReference="drill", HealthCheckConfig=CHECK)["HealthCheck"]
    return first["HealthCheckVersion"], again["Id"] == first["Id"]


@step
def route53_its_reference_is_taken(aws):
    return code(route53(aws).create_health_check, CallerReference="drill", HealthCheckConfig={**CHECK, "Port": 81})


@step
def route53_a_health_checks_status(aws):
    observed = aws.eventually(lambda: route53(aws).get_health_check_status(HealthCheckId=aws.memory.check)["HealthCheckObservations"],
                              lambda now: len(now) >= 8 and all(seen["StatusReport"]["Status"].startswith("Failure") for seen in now))
    return len(observed) >= 8, {seen["StatusReport"]["Status"].split(":")[0] for seen in observed} == {"Failure"}


@step
def route53_a_stale_version_is_refused(aws):
    return code(route53(aws).update_health_check, HealthCheckId=aws.memory.check, HealthCheckVersion=9, Inverted=True)


@step
def route53_an_update_counts(aws):
    updated = route53(aws).update_health_check(HealthCheckId=aws.memory.check, HealthCheckVersion=1, Inverted=True)["HealthCheck"]
    return updated["HealthCheckVersion"], updated["HealthCheckConfig"]["Inverted"]


@step
def route53_no_such_health_check(aws):
    route53(aws).delete_health_check(HealthCheckId=aws.memory.check)
    return code(route53(aws).get_health_check, HealthCheckId=aws.memory.check), code(route53(aws).delete_health_check, HealthCheckId=aws.memory.check)


@step
def route53_tells_what_it_would_answer(aws):
    answer = route53(aws).test_dns_answer(HostedZoneId=zone(aws)[0], RecordName="one." + zone(aws)[1], RecordType="TXT")
    return answer["ResponseCode"], answer["RecordData"]


# -- CloudWatch

QUIET = {"Namespace": "Drill", "MetricName": "Silence", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0,
         "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "missing"}


def cloudwatch(aws):
    return aws.client("cloudwatch")


def alarm(aws, name, kind="MetricAlarms", **more):
    return cloudwatch(aws).describe_alarms(AlarmNames=[name], **more).get(kind, [])


@step
def cloudwatch_an_alarm_without_data_does_not_know(aws):
    for name in ("drill-a", "drill-b", "drill-c"):
        cloudwatch(aws).put_metric_alarm(AlarmName=name, **QUIET)
    return alarm(aws, "drill-a")[0]["StateValue"]


@step
def cloudwatch_alarms_come_in_pages(aws):
    things, turned = pages(cloudwatch(aws).describe_alarms, "NextToken", "NextToken", lambda page: page["MetricAlarms"], AlarmNamePrefix="drill-", MaxRecords=1)
    return [found["AlarmName"] for found in things], turned >= 3


@step
def cloudwatch_a_state_set_by_hand_is_in_the_history(aws):
    cloudwatch(aws).set_alarm_state(AlarmName="drill-a", StateValue="ALARM", StateReason="by hand")
    items = cloudwatch(aws).describe_alarm_history(AlarmName="drill-a", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    return any("ALARM" in item["HistorySummary"] for item in items)


@step
def cloudwatch_no_such_alarm(aws):
    return code(cloudwatch(aws).set_alarm_state, AlarmName="nobody", StateValue="OK", StateReason="by hand")


@step
def cloudwatch_composites_are_told_only_when_asked_for(aws):
    cloudwatch(aws).put_composite_alarm(AlarmName="drill-both", AlarmRule='ALARM("drill-a") OR ALARM("drill-b")')
    return len(alarm(aws, "drill-both", "CompositeAlarms")), len(alarm(aws, "drill-both", "CompositeAlarms", AlarmTypes=["CompositeAlarm"]))


@step
def cloudwatch_actions_are_switched_off(aws):
    cloudwatch(aws).disable_alarm_actions(AlarmNames=["drill-b"])
    return alarm(aws, "drill-b")[0]["ActionsEnabled"]


@step
def cloudwatch_alarms_are_deleted(aws):
    cloudwatch(aws).delete_alarms(AlarmNames=["drill-both"])
    cloudwatch(aws).delete_alarms(AlarmNames=["drill-a", "drill-b", "drill-c"])
    return alarm(aws, "drill-a"), alarm(aws, "drill-both", "CompositeAlarms", AlarmTypes=["CompositeAlarm"])


def series(aws, **more):
    query = {"Id": "drill", "MetricStat": {"Metric": {"Namespace": "Drill", "MetricName": "Steps"}, "Period": 60, "Stat": "Sum"}}
    window = {"StartTime": aws.memory.noted - datetime.timedelta(hours=1), "EndTime": aws.memory.noted + datetime.timedelta(hours=1)}
    [answer] = cloudwatch(aws).get_metric_data(MetricDataQueries=[query], **window, **more)["MetricDataResults"]
    return answer["Values"]


@step
def cloudwatch_newest_first_unless_told_otherwise(aws):
    aws.memory.noted = aws.now().replace(second=0, microsecond=0) - datetime.timedelta(minutes=10)
    points = [{"MetricName": "Steps", "Timestamp": aws.memory.noted + datetime.timedelta(minutes=minute), "Value": value}
              for minute, value in ((0, 1.0), (1, 2.0), (1, 3.0), (2, 9.0))]
    cloudwatch(aws).put_metric_data(Namespace="Drill", MetricData=points)
    return aws.eventually(lambda: series(aws), lambda now: len(now) == 3)


@step
def cloudwatch_oldest_first_when_told(aws):
    return series(aws, ScanBy="TimestampAscending")


@step
def cloudwatch_statistics_of_a_minute(aws):
    minute = aws.memory.noted + datetime.timedelta(minutes=1)
    found = cloudwatch(aws).get_metric_statistics(Namespace="Drill", MetricName="Steps", Period=60, StartTime=minute, EndTime=minute + datetime.timedelta(minutes=1),
                                                  Statistics=["Sum", "Maximum", "SampleCount"])["Datapoints"]
    return [(point["Sum"], point["Maximum"], point["SampleCount"]) for point in found]


@step
def cloudwatch_a_window_ends_after_it_begins(aws):
    return code(cloudwatch(aws).get_metric_statistics, Namespace="Drill", MetricName="Steps", Period=60, StartTime=aws.memory.noted,
                EndTime=aws.memory.noted - datetime.timedelta(minutes=1), Statistics=["Sum"])


@step
def cloudwatch_nobody_measures_that(aws):
    return cloudwatch(aws).list_metrics(Namespace="Nobody")["Metrics"]
