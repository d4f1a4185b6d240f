#!/bin/sh
# What one looks at before a failover, asked of AWS one call after the other: both regions of the lab's tier2, as somebody would who has a folder
# of scripts. `AWS` is the CLI; `PRIMARY`, `STANDBY` and `ROUTE53` are endpoints.
set -eu
export AWS_PAGER= AWS_DEFAULT_OUTPUT=json

aws() { "$AWS" "$@" >/dev/null; }
primary() { aws --region ap-southeast-2 --endpoint-url "$PRIMARY" "$@"; }
standby() { aws --region us-west-2 --endpoint-url "$STANDBY" "$@"; }
route53() { aws --region us-east-1 --endpoint-url "$ROUTE53" route53 "$@"; }

now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
ago=$(date -u -d '15 minutes ago' +%Y-%m-%dT%H:%M:%SZ)
metric() {
    printf '[{"Id":"m","MetricStat":{"Metric":{"Namespace":"%s","MetricName":"%s","Dimensions":[{"Name":"%s","Value":"%s"}]},"Period":60,"Stat":"Average"}}]' "$@"
}

primary sts get-caller-identity
primary rds describe-db-instances --db-instance-identifier tier2-db
primary ecs describe-services --cluster tier2-primary --services app
primary ecs list-tasks --cluster tier2-primary --service-name app
primary elbv2 describe-target-health --target-group-arn "$PRIMARY_GROUP"
primary cloudwatch describe-alarms
primary cloudwatch get-metric-data --start-time "$ago" --end-time "$now" --metric-data-queries "$(metric AWS/RDS CPUUtilization DBInstanceIdentifier tier2-db)"
primary secretsmanager describe-secret --secret-id tier2/db
primary s3api get-bucket-versioning --bucket tier2-app-data
primary s3api get-bucket-replication --bucket tier2-app-data
primary sns list-subscriptions-by-topic --topic-arn arn:aws:sns:ap-southeast-2:123456789012:tier2-dr
primary kms describe-key --key-id mrk-5f1c2d7e9a3b4c6d8e0f1a2b3c4d5e6f

standby rds describe-db-instances --db-instance-identifier tier2-db-replica
standby ecs describe-services --cluster tier2-standby --services app
standby ecs list-tasks --cluster tier2-standby --service-name app
standby elbv2 describe-target-health --target-group-arn "$STANDBY_GROUP"
standby cloudwatch describe-alarms
standby cloudwatch get-metric-data --start-time "$ago" --end-time "$now" --metric-data-queries "$(metric AWS/RDS ReplicaLag DBInstanceIdentifier tier2-db-replica)"
standby secretsmanager describe-secret --secret-id tier2/db
standby s3api get-bucket-versioning --bucket tier2-app-data-replica
standby sns list-subscriptions-by-topic --topic-arn arn:aws:sns:us-west-2:123456789012:tier2-dr
standby kms describe-key --key-id mrk-5f1c2d7e9a3b4c6d8e0f1a2b3c4d5e6f
standby stepfunctions list-executions --state-machine-arn arn:aws:states:us-west-2:123456789012:stateMachine:tier2-failover

route53 list-resource-record-sets --hosted-zone-id Z04TIER2LAB0123456789
route53 get-health-check-status --health-check-id 2f6a1c1e-9d5b-4a53-8f0e-1c6b7d2e3f40
