//! Single items: get, put, update, delete, under a condition or without.

use super::condition::Condition;
use super::syntax::{Placeholders, Projection};
use super::table::{Key, consumed, name_in, read_units};
use super::update::Update;
use super::value;
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World};

const LARGEST: usize = 400 * 1024;

/// The members of the interface before expressions. A request that uses them would be half understood.
const LEGACY: &[&str] =
    &["Expected", "AttributeUpdates", "ConditionalOperator", "AttributesToGet", "KeyConditions", "QueryFilter", "ScanFilter"];

pub(super) fn refuse_legacy(input: &Document) -> Result<(), ApiError> {
    match LEGACY.iter().find(|member| input.get(member).is_some()) {
        Some(member) => Err(ApiError::validation(format!("{member} is not supported by the lab; use expressions"))),
        None => Ok(()),
    }
}

/// What a write says about itself, read before anything is touched.
struct Write {
    condition: Option<Condition>,
    show_on_failure: bool,
    returns: String,
}

impl Write {
    fn read(input: &Document, allowed: &[&str], placeholders: &mut Placeholders<'_>) -> Result<Self, ApiError> {
        refuse_legacy(input)?;
        let returns = input.text("ReturnValues")?.unwrap_or("NONE");
        if !allowed.contains(&returns) {
            return Err(ApiError::validation(format!("ReturnValues can only be {}", allowed.join(" or "))));
        }
        let condition = input.text("ConditionExpression")?;
        Ok(Self {
            condition: condition.map(|text| Condition::parse("ConditionExpression", text, placeholders)).transpose()?,
            show_on_failure: input.text("ReturnValuesOnConditionCheckFailure")? == Some("ALL_OLD"),
            returns: returns.to_owned(),
        })
    }

    fn check(&self, old: Option<&Document>) -> Result<(), ApiError> {
        let nothing = Document::Map(Vec::new());
        if self.condition.as_ref().is_none_or(|condition| condition.holds(old.unwrap_or(&nothing))) {
            return Ok(());
        }
        let failed = ApiError::new("ConditionalCheckFailedException", 400, "The conditional request failed");
        Err(match old {
            Some(item) if self.show_on_failure => failed.member("Item", item.clone()),
            _ => failed,
        })
    }
}

fn bounded(item: &Document) -> Result<(), ApiError> {
    if value::weight(item) > LARGEST {
        return Err(ApiError::validation("Item size has exceeded the maximum allowed size"));
    }
    Ok(())
}

pub(super) fn get_item(world: &mut World, call: &Call) -> Answer {
    refuse_legacy(&call.input)?;
    let name = name_in(&call.input)?;
    let consistent = call.input.bool("ConsistentRead")?.unwrap_or(false);
    let mut placeholders = Placeholders::new(&call.input);
    let projection = call.input.text("ProjectionExpression")?.map(|text| Projection::parse(text, &mut placeholders)).transpose()?;
    placeholders.finish()?;
    let table = world.here(&call.region)?.dynamodb.table(name)?;
    let key = table.key(call.input.get("Key").ok_or_else(|| ApiError::missing("Key"))?)?;
    let item = table.items.get(&key).cloned();
    let units = read_units(item.as_ref().map_or(0, value::weight), consistent);
    let shown = item.map(|item| projection.map_or_else(|| item.clone(), |projection| projection.of(&item)));
    Ok(doc! { "Item": shown, "ConsumedCapacity": consumed(&call.input, name, units) }.into())
}

pub(super) fn put_item(world: &mut World, call: &Call) -> Answer {
    let name = name_in(&call.input)?;
    let mut placeholders = Placeholders::new(&call.input);
    let write = Write::read(&call.input, &["NONE", "ALL_OLD"], &mut placeholders)?;
    placeholders.finish()?;
    let item = value::checked_item(call.input.get("Item").ok_or_else(|| ApiError::missing("Item"))?)?;
    bounded(&item)?;
    let table = world.here_mut(&call.region)?.dynamodb.table_mut(name)?;
    let key = table.key_in_item(&item)?;
    write.check(table.items.get(&key))?;
    let units = table.wrote(value::weight(&item));
    let old = table.items.insert(key, item).filter(|_| write.returns == "ALL_OLD");
    Ok(doc! { "Attributes": old, "ConsumedCapacity": consumed(&call.input, name, units) }.into())
}

pub(super) fn delete_item(world: &mut World, call: &Call) -> Answer {
    let name = name_in(&call.input)?;
    let mut placeholders = Placeholders::new(&call.input);
    let write = Write::read(&call.input, &["NONE", "ALL_OLD"], &mut placeholders)?;
    placeholders.finish()?;
    let table = world.here_mut(&call.region)?.dynamodb.table_mut(name)?;
    let key = table.key(call.input.get("Key").ok_or_else(|| ApiError::missing("Key"))?)?;
    write.check(table.items.get(&key))?;
    let old = table.items.remove(&key);
    let units = table.wrote(old.as_ref().map_or(0, value::weight));
    let old = old.filter(|_| write.returns == "ALL_OLD");
    Ok(doc! { "Attributes": old, "ConsumedCapacity": consumed(&call.input, name, units) }.into())
}

pub(super) fn update_item(world: &mut World, call: &Call) -> Answer {
    let name = name_in(&call.input)?;
    let mut placeholders = Placeholders::new(&call.input);
    let write = Write::read(&call.input, &["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"], &mut placeholders)?;
    let update = call.input.text("UpdateExpression")?.map(|text| Update::parse(text, &mut placeholders)).transpose()?.unwrap_or_default();
    placeholders.finish()?;
    let table = world.here_mut(&call.region)?.dynamodb.table_mut(name)?;
    if let Some(path) = update.paths().find(|path| table.is_key(path.attribute())) {
        let attribute = path.attribute();
        return Err(ApiError::validation(format!(
            "One or more parameter values were invalid: Cannot update attribute {attribute}. This attribute is part of the key"
        )));
    }
    let given = call.input.get("Key").ok_or_else(|| ApiError::missing("Key"))?;
    let key: Key = table.key(given)?;
    let old = table.items.get(&key).cloned();
    write.check(old.as_ref())?;
    let new = update.apply(&match &old {
        Some(item) => item.clone(),
        None => value::checked_item(given)?,
    })?;
    bounded(&new)?;
    let units = table.wrote(value::weight(&new));
    let touched = |item: &Document| {
        let mut shown = Document::Map(Vec::new());
        for path in update.paths() {
            if let Some(value) = item.get(path.attribute()) {
                shown.set(path.attribute(), value.clone());
            }
        }
        Some(shown).filter(|shown| *shown != Document::Map(Vec::new()))
    };
    let attributes = match write.returns.as_str() {
        "ALL_OLD" => old,
        "UPDATED_OLD" => old.as_ref().and_then(touched),
        "ALL_NEW" => Some(new.clone()),
        "UPDATED_NEW" => touched(&new),
        _ => None,
    };
    table.items.insert(key, new);
    Ok(doc! { "Attributes": attributes, "ConsumedCapacity": consumed(&call.input, name, units) }.into())
}

pub(super) fn batch_get_item(world: &mut World, call: &Call) -> Answer {
    let wanted = call.input.members("RequestItems");
    let count: usize = wanted.iter().map(|(_, request)| request.items("Keys", "member").len()).sum();
    if count == 0 {
        return Err(ApiError::validation(
            "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ));
    }
    if count > 100 {
        return Err(ApiError::validation("Too many items requested for the BatchGetItem call"));
    }
    let mut responses = Document::Map(Vec::new());
    let mut capacity = Vec::new();
    for (given, request) in wanted {
        refuse_legacy(request)?;
        let named = doc! { "TableName": given };
        let name = name_in(&named)?;
        let consistent = request.bool("ConsistentRead")?.unwrap_or(false);
        let mut placeholders = Placeholders::new(request);
        let projection = request.text("ProjectionExpression")?.map(|text| Projection::parse(text, &mut placeholders)).transpose()?;
        placeholders.finish()?;
        let table = world.here(&call.region)?.dynamodb.table(name)?;
        let keys = request.items("Keys", "member").into_iter().map(|key| table.key(key)).collect::<Result<Vec<Key>, _>>()?;
        if (1..keys.len()).any(|nth| keys[..nth].contains(&keys[nth])) {
            return Err(ApiError::validation("Provided list of item keys contains duplicates"));
        }
        let (mut found, mut units) = (Vec::new(), 0.0);
        for key in keys {
            let item = table.items.get(&key).cloned();
            units += read_units(item.as_ref().map_or(0, value::weight), consistent);
            found.extend(item.map(|item| projection.as_ref().map_or_else(|| item.clone(), |projection| projection.of(&item))));
        }
        responses.set(given, Document::list(found));
        capacity.extend(consumed(&call.input, name, units));
    }
    let capacity = (!capacity.is_empty()).then(|| Document::list(capacity));
    Ok(doc! { "Responses": responses, "UnprocessedKeys": doc! {}, "ConsumedCapacity": capacity }.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::dynamodb::add_table;
    use crate::world::dynamodb::value::text;
    use crate::world::testing::{ask, east, world};

    fn lease(world: &mut World) {
        add_table(
            world,
            &east(),
            "dr-state",
            "id",
            None,
            vec![doc! { "id": text("lease"), "holder": text("ann"), "fence": doc! { "N": "3" } }],
        );
    }

    fn key() -> Document {
        doc! { "id": text("lease") }
    }

    #[test]
    fn a_lease_is_taken_once() {
        let mut world = world();
        lease(&mut world);
        let take = |holder: &str, fence: &str| {
            doc! {
                "TableName": "dr-state", "Key": key(), "ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                "UpdateExpression": "SET holder = :me, fence = fence + :one", "ConditionExpression": "fence = :seen",
                "ExpressionAttributeValues": doc! { ":me": text(holder), ":one": doc! { "N": "1" }, ":seen": doc! { "N": fence } },
            }
        };
        let taken = ask(&mut world, &east(), "dynamodb", "UpdateItem", take("bob", "3")).unwrap();
        assert_eq!(taken.body.get("Attributes").unwrap().get("fence"), Some(&doc! { "N": "4" }));
        let refused = ask(&mut world, &east(), "dynamodb", "UpdateItem", take("cat", "3")).unwrap_err();
        assert_eq!(
            (refused.code.as_ref(), refused.status, refused.message.as_str()),
            ("ConditionalCheckFailedException", 400, "The conditional request failed")
        );
        assert_eq!(refused.members[0].1.get("holder"), Some(&text("bob")));
    }

    #[test]
    fn put_get_and_delete() {
        let mut world = world();
        lease(&mut world);
        let put = doc! { "TableName": "dr-state", "Item": doc! { "id": text("x"), "n": doc! { "N": "1.0" } }, "ConditionExpression": "attribute_not_exists(id)" };
        ask(&mut world, &east(), "dynamodb", "PutItem", put.clone()).unwrap();
        assert_eq!(ask(&mut world, &east(), "dynamodb", "PutItem", put).unwrap_err().code, "ConditionalCheckFailedException");
        let get = doc! { "TableName": "dr-state", "Key": doc! { "id": text("x") }, "ReturnConsumedCapacity": "TOTAL" };
        let got = ask(&mut world, &east(), "dynamodb", "GetItem", get.clone()).unwrap().body;
        assert_eq!(got.get("Item").unwrap().get("n"), Some(&doc! { "N": "1" }));
        assert_eq!(got.get("ConsumedCapacity").unwrap().get("CapacityUnits"), Some(&Document::Float(0.5)));
        let delete = doc! { "TableName": "dr-state", "Key": doc! { "id": text("x") }, "ReturnValues": "ALL_OLD" };
        assert!(ask(&mut world, &east(), "dynamodb", "DeleteItem", delete).unwrap().body.get("Attributes").is_some());
        assert_eq!(ask(&mut world, &east(), "dynamodb", "GetItem", get).unwrap().body.get("Item"), None);
    }

    #[test]
    fn a_wrong_key_or_table_is_refused() {
        let mut world = world();
        lease(&mut world);
        let get = |table: &str, key: Document| doc! { "TableName": table, "Key": key };
        let missing = ask(&mut world, &east(), "dynamodb", "GetItem", get("nothing", key())).unwrap_err();
        assert_eq!(missing.code, "ResourceNotFoundException");
        for key in [doc! { "id": doc! { "N": "1" } }, doc! {}, doc! { "id": text("a"), "more": text("b") }] {
            let error = ask(&mut world, &east(), "dynamodb", "GetItem", get("dr-state", key)).unwrap_err();
            assert_eq!(error.message, "The provided key element does not match the schema");
        }
        let update = doc! { "TableName": "dr-state", "Key": key(), "UpdateExpression": "REMOVE id" };
        assert!(ask(&mut world, &east(), "dynamodb", "UpdateItem", update).unwrap_err().message.contains("part of the key"));
    }

    #[test]
    fn a_batch_answers_what_there_is() {
        let mut world = world();
        lease(&mut world);
        let batch = doc! { "RequestItems": doc! { "dr-state": doc! { "Keys": Document::list([key(), doc! { "id": text("no") }]), "ProjectionExpression": "holder" } } };
        let body = ask(&mut world, &east(), "dynamodb", "BatchGetItem", batch).unwrap().body;
        assert_eq!(body.get("Responses").unwrap().items("dr-state", "member"), vec![&doc! { "holder": text("ann") }]);
        let twice = doc! { "RequestItems": doc! { "dr-state": doc! { "Keys": Document::list([key(), key()]) } } };
        assert!(ask(&mut world, &east(), "dynamodb", "BatchGetItem", twice).unwrap_err().message.contains("duplicates"));
    }
}
