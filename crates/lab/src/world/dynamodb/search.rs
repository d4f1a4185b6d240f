//! Many items: one partition in order, or the whole table, a page at a time.

use std::ops::Bound;

use super::condition::{Comparison, Condition, Operand};
use super::items::refuse_legacy;
use super::syntax::{Placeholders, Projection};
use super::table::{Key, Table, consumed, name_in, read_units};
use super::value::{self, KeyValue};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World};

/// What one answer may hold before it becomes a page.
const PAGE_BYTES: usize = 1024 * 1024;

/// What Query and Scan have in common.
struct Search {
    limit: Option<usize>,
    filter: Option<Condition>,
    projection: Option<Projection>,
    count_only: bool,
    consistent: bool,
}

impl Search {
    fn read(input: &Document, placeholders: &mut Placeholders<'_>) -> Result<Self, ApiError> {
        refuse_legacy(input)?;
        if let Some(index) = input.text("IndexName")? {
            return Err(ApiError::validation(format!("The table does not have the specified index: {index}")));
        }
        let limit = input.int("Limit")?;
        if limit.is_some_and(|limit| limit < 1) {
            return Err(ApiError::validation(
                "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
            ));
        }
        let filter = input.text("FilterExpression")?.map(|text| Condition::parse("FilterExpression", text, placeholders)).transpose()?;
        let projection = input.text("ProjectionExpression")?.map(|text| Projection::parse(text, placeholders)).transpose()?;
        let select = input.text("Select")?;
        match select {
            None | Some("ALL_ATTRIBUTES" | "COUNT" | "SPECIFIC_ATTRIBUTES") => {}
            Some(other) => return Err(ApiError::validation(format!("Select type {other} is not supported for a table without indexes"))),
        }
        if projection.is_some() && !matches!(select, None | Some("SPECIFIC_ATTRIBUTES")) {
            return Err(ApiError::validation("Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES or COUNT"));
        }
        Ok(Self {
            limit: limit.and_then(|limit| usize::try_from(limit).ok()),
            filter,
            projection,
            count_only: select == Some("COUNT"),
            consistent: input.bool("ConsistentRead")?.unwrap_or(false),
        })
    }

    /// Takes a page of the items that were matched by key, and filters it: a page may be empty and yet not be the last.
    fn page<'t>(&self, table: &Table, matched: impl Iterator<Item = &'t Document>) -> Page {
        let mut page = Page { items: Vec::new(), count: 0, scanned: 0, bytes: 0, last: None };
        let mut matched = matched.peekable();
        while let Some(item) = matched.next() {
            page.scanned += 1;
            page.bytes += value::weight(item);
            if self.filter.as_ref().is_none_or(|filter| filter.holds(item)) {
                page.count += 1;
                if !self.count_only {
                    page.items.push(self.projection.as_ref().map_or_else(|| item.clone(), |projection| projection.of(item)));
                }
            }
            // DynamoDB stops at the limit without looking whether anything follows.
            if self.limit == Some(page.scanned) || (page.bytes >= PAGE_BYTES && matched.peek().is_some()) {
                page.last = Some(table.key_of(item));
                break;
            }
        }
        page
    }

    fn answer(&self, call: &Call, name: &str, page: Page) -> Document {
        let units = read_units(page.bytes, self.consistent);
        doc! {
            "Items": (!self.count_only).then(|| Document::list(page.items)),
            "Count": page.count,
            "ScannedCount": page.scanned,
            "LastEvaluatedKey": page.last,
            "ConsumedCapacity": consumed(&call.input, name, units),
        }
    }
}

struct Page {
    items: Vec<Document>,
    count: usize,
    scanned: usize,
    bytes: usize,
    last: Option<Document>,
}

/// One condition on the sort key.
#[derive(Debug)]
enum Within {
    Compare(Comparison, Document),
    Between(Document, Document),
    Prefix(Document),
}

impl Within {
    fn holds(&self, found: &Document) -> bool {
        match self {
            Self::Compare(comparison, bound) => comparison.holds(found, bound),
            Self::Between(low, high) => Comparison::AtLeast.holds(found, low) && Comparison::AtMost.holds(found, high),
            Self::Prefix(prefix) => value::begins_with(found, prefix),
        }
    }
}

/// What a key condition says: which partition, and where in it.
fn key_condition(table: &Table, condition: Condition) -> Result<(KeyValue, Option<Within>), ApiError> {
    let invalid = |why: &str| ApiError::validation(format!("Invalid KeyConditionExpression: {why}"));
    let parts = match condition {
        Condition::All(parts) => parts,
        one => vec![one],
    };
    let (mut partition, mut within) = (None, None);
    for part in parts {
        let (path, test) = match part {
            Condition::Compare(Operand::Path(path), comparison, Operand::Value(value)) if comparison != Comparison::Unequal => {
                (path, Within::Compare(comparison, value))
            }
            Condition::Between(Operand::Path(path), Operand::Value(low), Operand::Value(high)) => (path, Within::Between(low, high)),
            Condition::BeginsWith(Operand::Path(path), Operand::Value(prefix)) => (path, Within::Prefix(prefix)),
            _ => return Err(invalid("Invalid operator used in KeyConditionExpression")),
        };
        let known = table.key_attributes().find(|(name, _)| path.0.len() == 1 && name == path.attribute());
        let Some((name, kind)) = known else {
            return Err(ApiError::validation(format!("Query condition missed key schema element: {}", table.hash.0)));
        };
        let operand = match &test {
            Within::Compare(_, value) | Within::Between(value, _) | Within::Prefix(value) => value,
        };
        if value::parts(operand).0 != kind {
            return Err(ApiError::validation(
                "One or more parameter values were invalid: Condition parameter type does not match schema type",
            ));
        }
        if *name == table.hash.0 && partition.is_none() {
            match test {
                Within::Compare(Comparison::Equal, value) => partition = value::key_value(&value),
                _ => return Err(ApiError::validation("Query key condition not supported")),
            }
        } else if *name != table.hash.0 && within.is_none() {
            within = Some(test);
        } else {
            return Err(invalid("KeyConditionExpressions must only contain one condition per key"));
        }
    }
    let partition =
        partition.ok_or_else(|| ApiError::validation(format!("Query condition missed key schema element: {}", table.hash.0)))?;
    Ok((partition, within))
}

/// Filters may not look at the key: that is what the key condition is for.
fn refuse_key_in_filter(table: &Table, filter: Option<&Condition>) -> Result<(), ApiError> {
    let attributes = filter.map(Condition::attributes).unwrap_or_default();
    match attributes.into_iter().find(|attribute| table.is_key(attribute)) {
        Some(attribute) => Err(ApiError::validation(format!(
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: {attribute}"
        ))),
        None => Ok(()),
    }
}

fn start_key(table: &Table, input: &Document) -> Result<Option<Key>, ApiError> {
    let invalid = |_| ApiError::validation("The provided starting key is invalid: The provided key element does not match the schema");
    input.get("ExclusiveStartKey").map(|key| table.key(key).map_err(invalid)).transpose()
}

pub(super) fn query(world: &mut World, call: &Call) -> Answer {
    let name = name_in(&call.input)?;
    let mut placeholders = Placeholders::new(&call.input);
    let search = Search::read(&call.input, &mut placeholders)?;
    let Some(text) = call.input.text("KeyConditionExpression")? else {
        return Err(ApiError::validation("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."));
    };
    let condition = Condition::parse("KeyConditionExpression", text, &mut placeholders)?;
    placeholders.finish()?;
    let forward = call.input.bool("ScanIndexForward")?.unwrap_or(true);
    let table = world.here(&call.region)?.dynamodb.table(name)?;
    refuse_key_in_filter(table, search.filter.as_ref())?;
    let (partition, within) = key_condition(table, condition)?;
    let start = start_key(table, &call.input)?;
    if start.as_ref().is_some_and(|(hash, _)| *hash != partition) {
        return Err(ApiError::validation("The provided starting key is outside query boundaries based on provided conditions"));
    }
    let after = |key: &Key| start.as_ref().is_none_or(|start| if forward { key > start } else { key < start });
    let ranged = |item: &Document| match (&within, &table.range) {
        (Some(within), Some((range, _))) => item.get(range).is_some_and(|found| within.holds(found)),
        _ => true,
    };
    let in_partition = || {
        let from = (partition.clone(), None);
        table.items.range((Bound::Included(from), Bound::Unbounded)).take_while(|((hash, _), _)| *hash == partition)
    };
    let matched = in_partition().filter(|(key, item)| after(key) && ranged(item)).map(|(_, item)| item);
    let page = if forward {
        search.page(table, matched)
    } else {
        let backwards: Vec<_> = matched.collect();
        search.page(table, backwards.into_iter().rev())
    };
    Ok(search.answer(call, name, page).into())
}

pub(super) fn scan(world: &mut World, call: &Call) -> Answer {
    let name = name_in(&call.input)?;
    let mut placeholders = Placeholders::new(&call.input);
    let search = Search::read(&call.input, &mut placeholders)?;
    placeholders.finish()?;
    let segments = match (call.input.int("Segment")?, call.input.int("TotalSegments")?) {
        (None, None) => None,
        (Some(segment), Some(total)) if (0..total).contains(&segment) && total <= 1_000_000 => {
            Some((segment.unsigned_abs(), total.unsigned_abs()))
        }
        _ => {
            return Err(ApiError::validation(
                "The Segment parameter is zero-based and must be less than parameter TotalSegments, and both must be given",
            ));
        }
    };
    let chance = world.chance;
    let table = world.here(&call.region)?.dynamodb.table(name)?;
    let start = start_key(table, &call.input)?;
    let from = start.map_or(Bound::Unbounded, Bound::Excluded);
    let mine = |key: &Key| segments.is_none_or(|(segment, total)| chance.bits(("segment", format!("{:?}", key.0))) % total == segment);
    let matched = table.items.range((from, Bound::Unbounded)).filter(|(key, _)| mine(key)).map(|(_, item)| item);
    let page = search.page(table, matched);
    Ok(search.answer(call, name, page).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::world::dynamodb::add_table;
    use crate::world::dynamodb::value::text;
    use crate::world::testing::{ask, east, world};

    /// Results of two workloads, `count` each, one after the other.
    fn results(count: usize) -> World {
        let mut world = world();
        let items = (0..count * 2).map(|nth| {
            let workload = if nth % 2 == 0 { "a" } else { "b" };
            doc! { "workload": text(workload), "at": text(format!("2026-01-{:02}", nth / 2)), "rto": doc! { "N": nth.to_string() } }
        });
        add_table(&mut world, &east(), "test-results", "workload", Some("at"), items.collect());
        world
    }

    fn query_of(condition: &str, values: Document) -> Document {
        let names = condition.contains("#at").then(|| doc! { "#at": "at" });
        doc! { "TableName": "test-results", "KeyConditionExpression": condition, "ExpressionAttributeValues": values, "ExpressionAttributeNames": names }
    }

    fn dates(body: &Document) -> Vec<&str> {
        body.items("Items", "member").into_iter().filter_map(|item| value::as_str(item.get("at")?)).collect()
    }

    #[test]
    fn a_partition_is_read_in_order_either_way() {
        let mut world = results(5);
        let values = doc! { ":w": text("b"), ":low": text("2026-01-01"), ":high": text("2026-01-03") };
        let mut input = query_of("workload = :w AND #at BETWEEN :low AND :high", values);
        let body = ask(&mut world, &east(), "dynamodb", "Query", input.clone()).unwrap().body;
        assert_eq!(dates(&body), ["2026-01-01", "2026-01-02", "2026-01-03"]);
        input.set("ScanIndexForward", false);
        input.set("Limit", 2);
        let body = ask(&mut world, &east(), "dynamodb", "Query", input.clone()).unwrap().body;
        assert_eq!(dates(&body), ["2026-01-03", "2026-01-02"]);
        input.set("ExclusiveStartKey", body.get("LastEvaluatedKey").unwrap().clone());
        let body = ask(&mut world, &east(), "dynamodb", "Query", input).unwrap().body;
        assert_eq!(dates(&body), ["2026-01-01"]);
        assert_eq!(body.get("LastEvaluatedKey"), None);
    }

    #[test]
    fn a_filter_works_after_the_limit() {
        let mut world = results(5);
        let input = doc! {
            "TableName": "test-results", "FilterExpression": "rto > :n", "ExpressionAttributeValues": doc! { ":n": doc! { "N": "100" } }, "Limit": 3,
        };
        let body = ask(&mut world, &east(), "dynamodb", "Scan", input).unwrap().body;
        assert_eq!((body.int("Count").unwrap(), body.int("ScannedCount").unwrap()), (Some(0), Some(3)));
        assert!(body.get("LastEvaluatedKey").is_some());
    }

    #[test]
    fn key_conditions_are_checked() {
        let mut world = results(2);
        let value = || doc! { ":w": text("b") };
        for condition in
            ["#at = :w", "workload > :w", "workload = :w OR #at = :w", "workload = :w AND #at <> :w", "workload = :w AND workload = :w"]
        {
            assert!(ask(&mut world, &east(), "dynamodb", "Query", query_of(condition, value())).is_err(), "{condition}");
        }
        let mut input =
            doc! { "TableName": "test-results", "KeyConditionExpression": "workload = :w", "ExpressionAttributeValues": value() };
        input.set("FilterExpression", "workload = :w");
        assert!(ask(&mut world, &east(), "dynamodb", "Query", input).unwrap_err().message.contains("non-primary key"));
    }

    proptest! {
        #[test]
        fn pages_of_any_size_give_everything_once(count in 0..12_usize, limit in 1..9_i64) {
            let mut world = results(count);
            let (mut input, mut seen) = (doc! { "TableName": "test-results", "Limit": limit }, 0);
            loop {
                let body = ask(&mut world, &east(), "dynamodb", "Scan", input.clone()).unwrap().body;
                seen += body.items("Items", "member").len();
                match body.get("LastEvaluatedKey") {
                    Some(key) => input.set("ExclusiveStartKey", key.clone()),
                    None => break,
                }
            }
            prop_assert_eq!(seen, count * 2);
        }
    }
}
