use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    DeleteMarkerReplication, DeleteMarkerReplicationStatus, Destination, ExpirationStatus, Metrics, MetricsStatus,
    ReplicationConfiguration, ReplicationRule, ReplicationRuleFilter, ReplicationRuleStatus,
};
use drlab_core::domain::Receipt;

use crate::aws::act::receipt::{accepted, failed, refused};

/// A bucket's rules can only be written all at once: they are read, one word is changed, and they are written back.
pub(super) async fn replication(s3: &Client, bucket: &str, rule: &str, enabled: bool) -> Receipt {
    let mut told = match s3.get_bucket_replication().bucket(bucket).send().await {
        Ok(told) => match told.replication_configuration {
            Some(told) => told,
            None => return refused("NoRules", "the bucket has no replication"),
        },
        Err(error) => return failed(&error),
    };
    let wanted = if enabled { ReplicationRuleStatus::Enabled } else { ReplicationRuleStatus::Disabled };
    let Some(found) = told.rules.iter_mut().find(|known| known.id.as_deref() == Some(rule)) else {
        return refused("NoSuchRule", "the bucket has no replication rule of this id");
    };
    if found.status == wanted {
        return accepted([("status", Some("unchanged".to_owned()))]);
    }
    found.status = wanted;
    let request = s3.put_bucket_replication().bucket(bucket).replication_configuration(told);
    request.send().await.map_or_else(|error| failed(&error), |_| accepted([]))
}

pub(super) async fn lifecycle(s3: &Client, bucket: &str, rule: &str, enabled: bool) -> Receipt {
    let mut rules = match s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await {
        Ok(told) => told.rules.unwrap_or_default(),
        Err(error) => return failed(&error),
    };
    let wanted = if enabled { ExpirationStatus::Enabled } else { ExpirationStatus::Disabled };
    let Some(found) = rules.iter_mut().find(|known| known.id.as_deref() == Some(rule)) else {
        return refused("NoSuchRule", "the bucket has no lifecycle rule of this id");
    };
    if found.status == wanted {
        return accepted([("status", Some("unchanged".to_owned()))]);
    }
    found.status = wanted;
    let told = aws_sdk_s3::types::BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build();
    let told = match told {
        Ok(told) => told,
        Err(error) => return refused("Incomplete", &error.to_string()),
    };
    let request = s3.put_bucket_lifecycle_configuration().bucket(bucket).lifecycle_configuration(told);
    request.send().await.map_or_else(|error| failed(&error), |_| accepted([]))
}

/// One rule beside whatever `bucket` has already, by the role and to the place that the opposite rule of `of` names.
pub(in crate::aws::act) async fn reverse(here: &Client, there: &Client, bucket: &str, of: &str, rule: &str) -> Receipt {
    let opposite = match there.get_bucket_replication().bucket(of).send().await {
        Ok(told) => told.replication_configuration,
        Err(error) => return failed(&error),
    };
    let Some(opposite) = opposite.filter(|opposite| !opposite.role.is_empty()) else {
        return refused("NoRole", "the opposite bucket has no replication whose role could be used");
    };
    let own_arn = opposite.rules.iter().filter_map(|rule| rule.destination.as_ref()).map(|destination| destination.bucket.as_str());
    let partition = own_arn.filter_map(|arn| arn.strip_suffix(bucket)).next().unwrap_or("arn:aws:s3:::").to_owned();
    let (to_arn, role) = (format!("{partition}{of}"), opposite.role);
    let before = match here.get_bucket_replication().bucket(bucket).send().await {
        Ok(told) => told.replication_configuration,
        Err(error) if error.as_service_error().is_some_and(is_none_yet) => None,
        Err(error) => return failed(&error),
    };
    let mut rules = before.map(|before| before.rules).unwrap_or_default();
    let priority = rules.iter().filter_map(|rule| rule.priority).max().unwrap_or(0).saturating_add(1);
    rules.retain(|known| known.id.as_deref() != Some(rule));
    let destination = Metrics::builder()
        .status(MetricsStatus::Enabled)
        .build()
        .and_then(|metrics| Destination::builder().bucket(to_arn).metrics(metrics).build());
    let built = destination.and_then(|destination| {
        let rule = ReplicationRule::builder()
            .id(rule)
            .priority(priority)
            .filter(ReplicationRuleFilter::builder().prefix("").build())
            .status(ReplicationRuleStatus::Enabled)
            .delete_marker_replication(DeleteMarkerReplication::builder().status(DeleteMarkerReplicationStatus::Disabled).build())
            .destination(destination)
            .build()?;
        rules.push(rule);
        ReplicationConfiguration::builder().role(role).set_rules(Some(rules)).build()
    });
    match built {
        Ok(told) => {
            let request = here.put_bucket_replication().bucket(bucket).replication_configuration(told);
            request.send().await.map_or_else(|error| failed(&error), |_| accepted([]))
        }
        Err(error) => refused("Incomplete", &error.to_string()),
    }
}

fn is_none_yet(error: &aws_sdk_s3::operation::get_bucket_replication::GetBucketReplicationError) -> bool {
    use aws_smithy_types::error::metadata::ProvideErrorMetadata;
    error.code() == Some("ReplicationConfigurationNotFoundError")
}
