//! One table: its key, its items in order, what it was asked for.

use std::collections::BTreeMap;

use drlab_core::domain::{Region, Timestamp};

use super::value::{self, KeyValue};
use crate::doc;
use crate::document::Document;
use crate::world::{ApiError, Gauges, Reading};

#[derive(Clone, Debug, Default)]
pub struct DynamoDb {
    pub tables: BTreeMap<String, Table>,
}

/// An item's place: its partition, and its place in it.
pub(super) type Key = (KeyValue, Option<KeyValue>);

#[derive(Clone, Debug)]
pub struct Table {
    pub name: String,
    /// The name and type of the partition key.
    pub hash: (String, String),
    pub range: Option<(String, String)>,
    pub created: Timestamp,
    pub items: BTreeMap<(KeyValue, Option<KeyValue>), Document>,
    /// Capacity units written since the last minute. Reads are not counted: looking must not change the world.
    writes: f64,
}

impl DynamoDb {
    pub(super) fn table(&self, name: &str) -> Result<&Table, ApiError> {
        self.tables.get(name).ok_or_else(|| no_such_table(name))
    }

    pub(super) fn table_mut(&mut self, name: &str) -> Result<&mut Table, ApiError> {
        self.tables.get_mut(name).ok_or_else(|| no_such_table(name))
    }

    pub(super) fn measure(&mut self, region: &Region, gauges: &mut Gauges) {
        for (name, table) in &mut self.tables {
            if table.writes > 0.0 {
                let reading = Reading::level(std::mem::take(&mut table.writes));
                gauges.put(region, "AWS/DynamoDB", "ConsumedWriteCapacityUnits", &[("TableName", name)], reading);
            }
        }
    }
}

fn no_such_table(name: &str) -> ApiError {
    ApiError::new("ResourceNotFoundException", 400, format!("Requested resource not found: Table: {name} not found"))
}

/// The table a request names, by name or by ARN.
pub(super) fn name_in(input: &Document) -> Result<&str, ApiError> {
    let given = input.need("TableName")?;
    let name = given.split_once(":table/").map_or(given, |(_, name)| name);
    let legal = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    if !(3..=255).contains(&name.len()) || !legal {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '{}' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
            given.chars().take(255).collect::<String>()
        )));
    }
    Ok(name)
}

impl Table {
    pub(super) fn new(name: &str, hash: (&str, &str), range: Option<(&str, &str)>, created: Timestamp) -> Self {
        let owned = |(name, kind): (&str, &str)| (name.to_owned(), kind.to_owned());
        Self { name: name.to_owned(), hash: owned(hash), range: range.map(owned), created, items: BTreeMap::new(), writes: 0.0 }
    }

    pub(super) fn key_attributes(&self) -> impl Iterator<Item = &(String, String)> {
        std::iter::once(&self.hash).chain(&self.range)
    }

    pub(super) fn is_key(&self, attribute: &str) -> bool {
        self.key_attributes().any(|(name, _)| name == attribute)
    }

    /// The key of an item that is to be stored.
    pub(super) fn key_in_item(&self, item: &Document) -> Result<Key, ApiError> {
        let invalid = |why: String| ApiError::validation(format!("One or more parameter values were invalid: {why}"));
        for (name, kind) in self.key_attributes() {
            let value = item.get(name).ok_or_else(|| invalid(format!("Missing the key {name} in the item")))?;
            let found = value::parts(value).0;
            if found != kind {
                return Err(invalid(format!("Type mismatch for key {name} expected: {kind} actual: {found}")));
            }
            if value::size(value) == Some(0) {
                return Err(invalid(format!("The AttributeValue for a key attribute cannot contain an empty string value. Key: {name}")));
            }
        }
        self.place(item).ok_or_else(mismatch)
    }

    /// The key that a request gives: its attributes and no others.
    pub(super) fn key(&self, key: &Document) -> Result<Key, ApiError> {
        let Document::Map(members) = key else { return Err(ApiError::validation("Key must be a map of attribute values")) };
        let key = value::checked_item(key)?;
        let fits = |(name, kind): &(String, String)| key.get(name).is_some_and(|value| value::parts(value).0 == kind);
        if members.len() != self.key_attributes().count() || !self.key_attributes().all(fits) {
            return Err(mismatch());
        }
        self.place(&key).ok_or_else(mismatch)
    }

    fn place(&self, item: &Document) -> Option<Key> {
        let hash = value::key_value(item.get(&self.hash.0)?)?;
        let range = match &self.range {
            Some((name, _)) => Some(value::key_value(item.get(name)?)?),
            None => None,
        };
        Some((hash, range))
    }

    /// The key attributes of an item, as `LastEvaluatedKey` gives them.
    pub(super) fn key_of(&self, item: &Document) -> Document {
        Document::Map(self.key_attributes().filter_map(|(name, _)| Some((name.clone(), item.get(name)?.clone()))).collect())
    }

    pub(super) fn wrote(&mut self, bytes: usize) -> f64 {
        let units = units(bytes, 1024);
        self.writes += units;
        units
    }

    pub(super) fn described(&self, arn: &str, id: &str) -> Document {
        let roles = ["HASH", "RANGE"];
        let schema = self.key_attributes().zip(roles).map(|((name, _), role)| doc! { "AttributeName": name, "KeyType": role });
        let definitions = self.key_attributes().map(|(name, kind)| doc! { "AttributeName": name, "AttributeType": kind });
        doc! {
            "AttributeDefinitions": Document::list(definitions),
            "TableName": &self.name,
            "KeySchema": Document::list(schema),
            "TableStatus": "ACTIVE",
            "CreationDateTime": self.created,
            "ProvisionedThroughput": doc! { "NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0 },
            "TableSizeBytes": self.items.values().map(value::weight).sum::<usize>(),
            "ItemCount": self.items.len(),
            "TableArn": arn,
            "TableId": id,
            "BillingModeSummary": doc! { "BillingMode": "PAY_PER_REQUEST", "LastUpdateToPayPerRequestDateTime": self.created },
            "TableClassSummary": doc! { "TableClass": "STANDARD" },
            "DeletionProtectionEnabled": true,
        }
    }
}

fn mismatch() -> ApiError {
    ApiError::validation("The provided key element does not match the schema")
}

/// What a read of so many bytes costs; eventually consistent reads cost half.
pub(super) fn read_units(bytes: usize, consistent: bool) -> f64 {
    units(bytes, 4096) * if consistent { 1.0 } else { 0.5 }
}

fn units(bytes: usize, block: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "an answer is at most a megabyte")]
    let blocks = bytes.div_ceil(block).max(1) as f64;
    blocks
}

/// `ConsumedCapacity`, where it was asked for.
pub(super) fn consumed(input: &Document, table: &str, units: f64) -> Option<Document> {
    match input.get("ReturnConsumedCapacity").and_then(Document::as_text) {
        Some("TOTAL") => Some(doc! { "TableName": table, "CapacityUnits": units }),
        Some("INDEXES") => Some(doc! { "TableName": table, "CapacityUnits": units, "Table": doc! { "CapacityUnits": units } }),
        _ => None,
    }
}
