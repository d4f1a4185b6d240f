use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, ChangeStatus, ResourceRecord, ResourceRecordSet, ResourceRecordSetFailover, RrType,
};

use super::Rig;
use crate::lab::rig::{refused, until};

super::tour!("tier2", change_records_whole_or_not_at_all);

pub(super) const ZONE: &str = "Z04TIER2LAB0123456789";
pub(super) const RECORD: &str = "tier2.example.com";

fn note(action: ChangeAction, name: &str, value: &str) -> Change {
    let record = ResourceRecord::builder().value(format!("\"{value}\"")).build().unwrap();
    let set = ResourceRecordSet::builder().name(name).r#type(RrType::Txt).ttl(60).resource_records(record).build().unwrap();
    Change::builder().action(action).resource_record_set(set).build().unwrap()
}

async fn change_records_whole_or_not_at_all(rig: Rig) {
    let route53 = &rig.aws.route53;
    let zones = route53.list_hosted_zones().send().await.unwrap();
    let zone = &zones.hosted_zones()[0];
    assert_eq!((zone.id(), zone.name()), (format!("/hostedzone/{ZONE}").as_str(), "example.com."));
    let found = route53.get_hosted_zone().id(ZONE).send().await.unwrap();
    assert!(!found.delegation_set().unwrap().name_servers().is_empty());
    let by_name = route53.list_hosted_zones_by_name().dns_name("example.com").send().await.unwrap();
    assert_eq!(by_name.hosted_zones()[0].id(), zone.id());

    let records = route53.list_resource_record_sets().hosted_zone_id(ZONE).send().await.unwrap();
    let pair: Vec<_> = records.resource_record_sets().iter().filter(|set| set.name() == format!("{RECORD}.")).collect();
    let roles: Vec<_> = pair.iter().filter_map(|set| set.failover()).collect();
    assert_eq!(roles, [&ResourceRecordSetFailover::Primary, &ResourceRecordSetFailover::Secondary]);
    assert!(pair[0].alias_target().unwrap().dns_name().contains(".elb.amazonaws.com"));
    // A page at a time, each beginning where the last one ended.
    let page = route53.list_resource_record_sets().hosted_zone_id(ZONE).max_items(1).send().await.unwrap();
    assert!(page.is_truncated() && page.next_record_name().is_some());

    let change = async |changes: Vec<Change>| {
        let batch = ChangeBatch::builder().set_changes(Some(changes)).build().unwrap();
        route53.change_resource_record_sets().hosted_zone_id(ZONE).change_batch(batch).send().await
    };
    let pending = change(vec![note(ChangeAction::Upsert, "note.example.com", "one")]).await.unwrap().change_info.unwrap();
    assert_eq!(*pending.status(), ChangeStatus::Pending);
    let status = async || route53.get_change().id(pending.id()).send().await.unwrap().change_info.unwrap().status;
    until(90, status, |status| *status == ChangeStatus::Insync).await;
    // One bad change spoils the batch.
    let bad = vec![note(ChangeAction::Upsert, "note.example.com", "two"), note(ChangeAction::Delete, "absent.example.com", "never")];
    assert!(refused(change(bad).await).is_invalid_change_batch());
    let answer =
        route53.test_dns_answer().hosted_zone_id(ZONE).record_name("note.example.com").record_type(RrType::Txt).send().await.unwrap();
    assert_eq!((answer.response_code(), answer.record_data()), ("NOERROR", ["\"one\"".to_owned()].as_slice()));

    assert!(refused(route53.get_change().id("C0000000NOBODY").send().await).is_no_such_change());
    assert!(refused(route53.get_hosted_zone().id("Z0000000NOBODY").send().await).is_no_such_hosted_zone());
    assert!(refused(route53.list_resource_record_sets().hosted_zone_id("Z0000000NOBODY").send().await).is_no_such_hosted_zone());
}
