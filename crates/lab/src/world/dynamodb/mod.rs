//! Tables and items: DR state, test results, cost figures, the team's lease. Conditions are evaluated for real, because a lease rests on them.

mod condition;
mod condition_text;
mod items;
mod number;
mod search;
mod syntax;
mod table;
mod update;
mod value;

use drlab_core::domain::Region;

use super::{Answer, ApiError, Call, Gauges, Operation, Service, World};
use crate::doc;
use crate::document::Document;

pub use table::{DynamoDb, Table};
pub use value::KeyValue;

pub const SERVICE: Service = Service {
    name: "dynamodb",
    operations: &[
        Operation::read("ListTables", list_tables),
        Operation::read("DescribeTable", describe_table),
        Operation::read("GetItem", items::get_item),
        Operation::read("BatchGetItem", items::batch_get_item),
        Operation::read("Query", search::query),
        Operation::read("Scan", search::scan),
        Operation::write("PutItem", items::put_item),
        Operation::write("UpdateItem", items::update_item),
        Operation::write("DeleteItem", items::delete_item),
    ],
};

/// Reports what the tables' writers consumed in the minute just ended.
pub fn measure(world: &mut World, gauges: &mut Gauges) {
    for (region, here) in &mut world.regional {
        here.dynamodb.measure(region, gauges);
    }
}

/// A table whose key attributes are texts, and what is in it. Items that lack their key are left out.
pub fn add_table(world: &mut World, region: &Region, name: &str, hash: &str, range: Option<&str>, items: Vec<Document>) {
    let now = world.now();
    let Some(here) = world.regional.get_mut(region) else { return };
    let mut table = Table::new(name, (hash, "S"), range.map(|range| (range, "S")), now);
    for item in items {
        if let (Ok(item), Ok(key)) = (value::checked_item(&item), table.key_in_item(&item)) {
            table.items.insert(key, item);
        }
    }
    here.dynamodb.tables.insert(name.to_owned(), table);
}

fn list_tables(world: &mut World, call: &Call) -> Answer {
    let limit = call.input.int("Limit")?.unwrap_or(100);
    if !(1..=100).contains(&limit) {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value between 1 and 100"
        )));
    }
    let limit = usize::try_from(limit).unwrap_or(100);
    let after = call.input.text("ExclusiveStartTableName")?.unwrap_or("");
    let tables = &world.here(&call.region)?.dynamodb.tables;
    let mut names: Vec<&String> = tables.keys().filter(|name| name.as_str() > after).take(limit + 1).collect();
    let more = names.len() > limit;
    names.truncate(limit);
    let last = names.last().filter(|_| more).map(|last| Document::from(*last));
    Ok(doc! { "TableNames": Document::list(names), "LastEvaluatedTableName": last }.into())
}

fn describe_table(world: &mut World, call: &Call) -> Answer {
    let name = table::name_in(&call.input)?;
    let arn = world.arn("dynamodb", &call.region, &format!("table/{name}"));
    let id = world.chance.uuid(("table", call.region.as_str(), name));
    let table = world.here(&call.region)?.dynamodb.table(name)?;
    Ok(doc! { "Table": table.described(&arn, &id) }.into())
}
