#!/bin/sh
# The unplanned failover of the lab's tier2 as a runbook of CLI calls has it: one step after the other, each waited for as the CLI waits. It knows
# every name by heart and never hesitates. `AWS` is the CLI; `PRIMARY`, `STANDBY` and `ROUTE53` are endpoints.
set -eu
export AWS_PAGER=

primary() { "$AWS" --region ap-southeast-2 --endpoint-url "$PRIMARY" "$@"; }
standby() { "$AWS" --region us-west-2 --endpoint-url "$STANDBY" "$@"; }
route53() { "$AWS" --region us-east-1 --endpoint-url "$ROUTE53" route53 "$@"; }

# The source stops.
primary ecs update-service --cluster tier2-primary --service app --desired-count 0 >/dev/null
primary ecs wait services-stable --cluster tier2-primary --services app

# The replica becomes a database of its own. `wait db-instance-available` is satisfied before the promotion has begun, so it is looked at, too.
standby rds promote-read-replica --db-instance-identifier tier2-db-replica >/dev/null
replica() {
    standby rds describe-db-instances --db-instance-identifier tier2-db-replica \
        --query 'DBInstances[0].[DBInstanceStatus,ReadReplicaSourceDBInstanceIdentifier||`gone`]' --output text
}
until [ "$(replica)" = "available	gone" ]; do sleep 30; done

# The secret names it.
host=$(standby rds describe-db-instances --db-instance-identifier tier2-db-replica --query 'DBInstances[0].Endpoint.Address' --output text)
secret=$(standby secretsmanager get-secret-value --secret-id tier2/db --query SecretString --output text)
standby secretsmanager put-secret-value --secret-id tier2/db \
    --secret-string "$(printf '%s' "$secret" | sed -E "s/\"host\": *\"[^\"]*\"/\"host\":\"$host\"/")" >/dev/null

# The application grows, and reads the secret.
standby ecs update-service --cluster tier2-standby --service app --desired-count 2 >/dev/null
standby ecs wait services-stable --cluster tier2-standby --services app
standby ecs update-service --cluster tier2-standby --service app --force-new-deployment >/dev/null
standby ecs wait services-stable --cluster tier2-standby --services app

# Users are sent there.
sets=$(route53 list-resource-record-sets --hosted-zone-id Z04TIER2LAB0123456789 --output json \
    --query 'ResourceRecordSets[?SetIdentifier==`standby`].AliasTarget | [0]')
health=2f6a1c1e-9d5b-4a53-8f0e-1c6b7d2e3f40
batch='{"Changes":[
 {"Action":"UPSERT","ResourceRecordSet":{"Name":"tier2.example.com","Type":"A","SetIdentifier":"primary","Failover":"PRIMARY","HealthCheckId":"'$health'","AliasTarget":'$sets'}},
 {"Action":"UPSERT","ResourceRecordSet":{"Name":"tier2.example.com","Type":"A","SetIdentifier":"standby","Failover":"SECONDARY","AliasTarget":'$sets'}}]}'
change=$(route53 change-resource-record-sets --hosted-zone-id Z04TIER2LAB0123456789 --change-batch "$batch" --query ChangeInfo.Id --output text)
route53 wait resource-record-sets-changed --id "$change"
