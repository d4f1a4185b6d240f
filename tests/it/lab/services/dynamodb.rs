use aws_sdk_dynamodb::types::{AttributeValue, KeyType, KeysAndAttributes, ReturnValue, ReturnValuesOnConditionCheckFailure, TableStatus};

use super::Rig;
use crate::lab::rig::refused;

super::tour!("platform", hold_a_lease_by_conditions);

const LEASE: &str = "platform-dr-state";
const RESULTS: &str = "platform-dr-test-results";

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: u32) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

async fn hold_a_lease_by_conditions(rig: Rig) {
    let dynamodb = &rig.control().dynamodb;
    let tables = dynamodb.list_tables().send().await.unwrap();
    assert!(tables.table_names().contains(&LEASE.to_owned()));
    let described = dynamodb.describe_table().table_name(LEASE).send().await.unwrap();
    let table = described.table().unwrap();
    assert_eq!(table.table_status(), Some(&TableStatus::Active));
    assert_eq!((table.key_schema()[0].attribute_name(), table.key_schema()[0].key_type()), ("workload", &KeyType::Hash));

    // Whoever is first holds the lease; the second is refused, and told by whom.
    let take = |holder: &str| {
        let put =
            dynamodb.put_item().table_name(LEASE).item("workload", text("lease")).item("holder", text(holder)).item("turn", number(1));
        put.condition_expression("attribute_not_exists(workload)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    };
    take("me").send().await.unwrap();
    let refusal = refused(take("you").send().await);
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failed) = refusal else {
        panic!("{refusal:?}")
    };
    assert_eq!(failed.item().unwrap()["holder"], text("me"));

    let renewed = dynamodb
        .update_item()
        .table_name(LEASE)
        .key("workload", text("lease"))
        .update_expression("SET turn = turn + :one, seen = if_not_exists(seen, :yes)")
        .condition_expression("holder = :me")
        .expression_attribute_values(":one", number(1))
        .expression_attribute_values(":me", text("me"))
        .expression_attribute_values(":yes", AttributeValue::Bool(true))
        .return_values(ReturnValue::AllNew)
        .send()
        .await
        .unwrap();
    let attributes = renewed.attributes().unwrap();
    assert_eq!((&attributes["turn"], &attributes["seen"]), (&number(2), &AttributeValue::Bool(true)));
    let stolen = dynamodb
        .update_item()
        .table_name(LEASE)
        .key("workload", text("lease"))
        .update_expression("SET holder = :you")
        .condition_expression("holder = :you")
        .expression_attribute_values(":you", text("you"));
    assert!(refused(stolen.send().await).is_conditional_check_failed_exception());
    let got = dynamodb.get_item().table_name(LEASE).key("workload", text("lease")).consistent_read(true).send().await.unwrap();
    assert_eq!(got.item().unwrap()["holder"], text("me"));
    let none = dynamodb.get_item().table_name(LEASE).key("workload", text("nobody")).send().await.unwrap();
    assert!(none.item().is_none());

    // A table with a sort key: a partition is read in order, and in pages.
    for nth in 1..=3 {
        let item = dynamodb.put_item().table_name(RESULTS).item("test_id", text("weekly"));
        item.item("started_at", text(&format!("2026-11-0{nth}"))).item("passed", AttributeValue::Bool(nth != 2)).send().await.unwrap();
    }
    let query = || {
        let query = dynamodb.query().table_name(RESULTS).key_condition_expression("test_id = :id AND started_at >= :from");
        query.expression_attribute_values(":id", text("weekly")).expression_attribute_values(":from", text("2026-11-02"))
    };
    let newest = query().scan_index_forward(false).limit(1).send().await.unwrap();
    assert_eq!((newest.count(), &newest.items()[0]["started_at"]), (1, &text("2026-11-03")));
    let rest = query().scan_index_forward(false).set_exclusive_start_key(newest.last_evaluated_key().cloned()).send().await.unwrap();
    assert_eq!((rest.count(), &rest.items()[0]["started_at"]), (1, &text("2026-11-02")));
    let scanned = dynamodb.scan().table_name(RESULTS).filter_expression("passed = :no AND begins_with(test_id, :week)");
    let scanned =
        scanned.expression_attribute_values(":no", AttributeValue::Bool(false)).expression_attribute_values(":week", text("week"));
    assert_eq!(scanned.send().await.unwrap().count(), 1);

    let keys = KeysAndAttributes::builder().keys([("workload".to_owned(), text("lease"))].into()).build().unwrap();
    let batch = dynamodb.batch_get_item().request_items(LEASE, keys).send().await.unwrap();
    assert_eq!(batch.responses().unwrap()[LEASE][0]["turn"], number(2));
    let deleted = dynamodb.delete_item().table_name(LEASE).key("workload", text("lease")).return_values(ReturnValue::AllOld).send().await;
    assert_eq!(deleted.unwrap().attributes().unwrap()["holder"], text("me"));

    let refusal = refused(dynamodb.get_item().table_name("nobody").key("workload", text("lease")).send().await);
    assert!(refusal.is_resource_not_found_exception());
    assert!(refused(dynamodb.describe_table().table_name("nobody").send().await).is_resource_not_found_exception());
    let refusal = refused(dynamodb.get_item().table_name(LEASE).key("wrong", text("lease")).send().await);
    assert_eq!(refusal.meta().code(), Some("ValidationException"));
}
