"""Route 53 and CloudWatch."""

import datetime

from scripts.asking import eventually, refused

NOW = datetime.datetime.now(datetime.timezone.utc)


def dns(drive, here, there):
    [zone] = drive("route53", "ListHostedZones", here)["HostedZones"]
    zone_id = zone["Id"].split("/")[-1]
    assert drive("route53", "GetHostedZone", here, Id=zone_id)["DelegationSet"]["NameServers"]
    assert drive("route53", "ListHostedZonesByName", here, DNSName=zone["Name"])["HostedZones"][0]["Id"] == zone["Id"]
    records = drive("route53", "ListResourceRecordSets", here, HostedZoneId=zone_id)["ResourceRecordSets"]
    pair = {record["Failover"]: record for record in records if "Failover" in record}
    assert set(pair) == {"PRIMARY", "SECONDARY"}
    name = pair["PRIMARY"]["Name"]
    first = drive("route53", "TestDNSAnswer", here, HostedZoneId=zone_id, RecordName=name, RecordType="A")
    assert first["ResponseCode"] == "NOERROR" and first["RecordData"][0].startswith("198.51.100.")

    # Health checks: what the checkers say, and turning them upside down.
    checks = drive("route53", "ListHealthChecks", here)["HealthChecks"]
    check = pair["PRIMARY"].get("HealthCheckId") or checks[0]["Id"]
    observed = drive("route53", "GetHealthCheckStatus", here, HealthCheckId=check)["HealthCheckObservations"]
    assert len(observed) >= 8 and all(seen["StatusReport"]["Status"].startswith("Success") for seen in observed)
    version = drive("route53", "GetHealthCheck", here, HealthCheckId=check)["HealthCheck"]["HealthCheckVersion"]
    refused("HealthCheckVersionMismatch", drive, "route53", "UpdateHealthCheck", here, HealthCheckId=check, HealthCheckVersion=version + 7, Inverted=True)
    updated = drive("route53", "UpdateHealthCheck", here, HealthCheckId=check, HealthCheckVersion=version, Inverted=True)["HealthCheck"]
    assert updated["HealthCheckConfig"]["Inverted"] is True and updated["HealthCheckVersion"] == version + 1
    flipped = lambda: drive("route53", "TestDNSAnswer", here, HostedZoneId=zone_id, RecordName=name, RecordType="A")["RecordData"]
    eventually(flipped, lambda now: now[0].startswith("203.0.113."))
    drive("route53", "GetHealthCheckLastFailureReason", here, HealthCheckId=check)
    drive("route53", "UpdateHealthCheck", here, HealthCheckId=check, Inverted=False)
    eventually(flipped, lambda now: now[0].startswith("198.51.100."))
    created = drive("route53", "CreateHealthCheck", here, CallerReference="interop",
                    HealthCheckConfig={"Type": "HTTP", "IPAddress": "203.0.113.10", "ResourcePath": "/healthz", "RequestInterval": 10, "FailureThreshold": 3})
    mine = created["HealthCheck"]["Id"]
    drive("route53", "ChangeTagsForResource", here, ResourceType="healthcheck", ResourceId=mine, AddTags=[{"Key": "Name", "Value": "interop"}])
    tags = drive("route53", "ListTagsForResource", here, ResourceType="healthcheck", ResourceId=mine)["ResourceTagSet"]["Tags"]
    assert tags == [{"Key": "Name", "Value": "interop"}]
    drive("route53", "DeleteHealthCheck", here, HealthCheckId=mine)
    refused("NoSuchHealthCheck", drive, "route53", "GetHealthCheck", here, HealthCheckId=mine)

    # A change is whole or not at all, and takes its time.
    def upsert(value, action="UPSERT", name="note." + zone["Name"]):
        return {"Action": action, "ResourceRecordSet": {"Name": name, "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": value}]}}

    change = drive("route53", "ChangeResourceRecordSets", here, HostedZoneId=zone_id, ChangeBatch={"Changes": [upsert('"one"')]})["ChangeInfo"]
    assert change["Status"] == "PENDING"
    eventually(lambda: drive("route53", "GetChange", here, Id=change["Id"])["ChangeInfo"]["Status"], lambda now: now == "INSYNC")
    bad = {"Changes": [upsert('"two"'), upsert('"never"', action="DELETE", name="absent." + zone["Name"])]}
    refused("InvalidChangeBatch", drive, "route53", "ChangeResourceRecordSets", here, HostedZoneId=zone_id, ChangeBatch=bad)
    answer = drive("route53", "TestDNSAnswer", here, HostedZoneId=zone_id, RecordName="note." + zone["Name"], RecordType="TXT")
    assert answer["RecordData"] == ['"one"']


def metrics(drive, here, there):
    def lag(region):
        listed = drive("cloudwatch", "ListMetrics", region, Namespace="AWS/RDS", MetricName="ReplicaLag")["Metrics"]
        query = {"Id": "lag", "MetricStat": {"Metric": listed[0], "Period": 60, "Stat": "Maximum"}}
        window = {"StartTime": NOW - datetime.timedelta(hours=1), "EndTime": NOW + datetime.timedelta(days=2)}
        return drive("cloudwatch", "GetMetricData", region, MetricDataQueries=[query], **window)["MetricDataResults"][0]["Values"]

    assert len(lag(there)) >= 10 and all(value >= 0 for value in lag(there))
    assert not drive("cloudwatch", "ListMetrics", here, Namespace="AWS/RDS", MetricName="ReplicaLag")["Metrics"]
    statistics = drive("cloudwatch", "GetMetricStatistics", here, Namespace="AWS/RDS", MetricName="CPUUtilization", Dimensions=[], Period=60,
                       StartTime=NOW - datetime.timedelta(hours=1), EndTime=NOW + datetime.timedelta(hours=2), Statistics=["Average"])
    assert statistics["Label"] == "CPUUtilization"
    datum = {"MetricName": "Heartbeat", "Value": 1.0, "Unit": "Count"}
    drive("cloudwatch", "PutMetricData", here, Namespace="Interop", MetricData=[datum])

    alarms = drive("cloudwatch", "DescribeAlarms", here)["MetricAlarms"]
    assert alarms and all(alarm["StateValue"] in ("OK", "ALARM", "INSUFFICIENT_DATA") for alarm in alarms)
    alarm = {"AlarmName": "interop", "Namespace": "Interop", "MetricName": "Heartbeat", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
             "Threshold": 1.0, "ComparisonOperator": "LessThanThreshold", "TreatMissingData": "breaching"}
    drive("cloudwatch", "PutMetricAlarm", here, **alarm)
    eventually(lambda: drive("cloudwatch", "DescribeAlarms", here, AlarmNames=["interop"])["MetricAlarms"][0]["StateValue"], lambda now: now == "ALARM")
    drive("cloudwatch", "PutCompositeAlarm", here, AlarmName="interop-both", AlarmRule='ALARM("interop") AND NOT OK("interop")')
    composite = lambda: drive("cloudwatch", "DescribeAlarms", here, AlarmNames=["interop-both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    eventually(composite, lambda now: now[0]["StateValue"] == "ALARM")
    assert drive("cloudwatch", "DescribeAlarms", here, AlarmNames=["interop-both"]).get("CompositeAlarms", []) == []
    drive("cloudwatch", "SetAlarmState", here, AlarmName="interop", StateValue="OK", StateReason="by hand")
    history = drive("cloudwatch", "DescribeAlarmHistory", here, AlarmName="interop", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert history
    drive("cloudwatch", "DescribeAlarmsForMetric", here, Namespace="Interop", MetricName="Heartbeat")
    drive("cloudwatch", "DisableAlarmActions", here, AlarmNames=["interop"])
    assert drive("cloudwatch", "DescribeAlarms", here, AlarmNames=["interop"])["MetricAlarms"][0]["ActionsEnabled"] is False
    drive("cloudwatch", "EnableAlarmActions", here, AlarmNames=["interop"])
    drive("cloudwatch", "DeleteAlarms", here, AlarmNames=["interop-both"])
    drive("cloudwatch", "DeleteAlarms", here, AlarmNames=["interop"])
    assert not drive("cloudwatch", "DescribeAlarms", here, AlarmNames=["interop"])["MetricAlarms"]
