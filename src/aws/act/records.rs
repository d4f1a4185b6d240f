use aws_sdk_route53::Client;
use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, ResourceRecordSetFailover, RrType,
};
use drlab_core::domain::change::NamedSet;
use drlab_core::domain::{Receipt, What};

use super::receipt::{accepted, failed, refused};

pub(super) async fn apply(route53: &Client, what: &What) -> Receipt {
    match what {
        What::ChangeRecords { zone, comment, sets } => {
            let batch = sets.iter().map(change).collect::<Result<Vec<_>, _>>();
            let batch = batch.and_then(|changes| ChangeBatch::builder().comment(comment).set_changes(Some(changes)).build());
            let batch = match batch {
                Ok(batch) => batch,
                Err(error) => return refused("Incomplete", &error.to_string()),
            };
            match route53.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch).send().await {
                Ok(changed) => {
                    let info = changed.change_info;
                    accepted([("change", info.as_ref().map(|info| info.id.clone())), ("status", info.map(|info| info.status.to_string()))])
                }
                Err(error) => failed(&error),
            }
        }
        What::InvertHealthCheck { health_check, inverted } => {
            let request = route53.update_health_check().health_check_id(health_check).inverted(*inverted);
            request.send().await.map_or_else(|error| failed(&error), |_| accepted([]))
        }
        _ => refused("NotHere", "Route 53 does not do that"),
    }
}

/// What is there is overwritten, what is not is made.
fn change(named: &NamedSet) -> Result<Change, BuildError> {
    let set = &named.set;
    let alias = set.alias.as_ref().map(|alias| {
        AliasTarget::builder()
            .dns_name(&alias.name)
            .hosted_zone_id(&alias.zone)
            .evaluate_target_health(alias.evaluate_target_health)
            .build()
    });
    let values = set.values.iter().map(|value| ResourceRecord::builder().value(value).build()).collect::<Result<Vec<_>, _>>()?;
    let set = ResourceRecordSet::builder()
        .name(&named.name)
        .r#type(RrType::from(set.kind.as_str()))
        .set_set_identifier(set.set_identifier.clone())
        .set_failover(set.failover.as_deref().map(ResourceRecordSetFailover::from))
        .set_weight(set.weight)
        .set_ttl(set.ttl)
        .set_alias_target(alias.transpose()?)
        .set_resource_records((!values.is_empty()).then_some(values))
        .set_health_check_id(set.health_check.clone())
        .build()?;
    Change::builder().action(ChangeAction::Upsert).resource_record_set(set).build()
}
