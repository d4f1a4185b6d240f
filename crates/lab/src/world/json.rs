//! JSON text inside documents: payloads, events, inputs, outputs, secrets.

use serde_json::Value;

use crate::base64;
use crate::document::Document;

pub(crate) fn to_json(document: &Document) -> Value {
    match document {
        Document::Null => Value::Null,
        Document::Bool(yes) => (*yes).into(),
        Document::Int(number) => (*number).into(),
        Document::Float(number) => (*number).into(),
        Document::Text(text) => text.as_str().into(),
        Document::Blob(bytes) => base64::encode(bytes).into(),
        Document::Time(instant) => instant.to_string().into(),
        Document::List { items, .. } => items.iter().map(to_json).collect(),
        Document::Map(members) => members.iter().map(|(name, value)| (name.clone(), to_json(value))).collect(),
    }
}

pub(crate) fn from_json(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(yes) => Document::Bool(*yes),
        Value::Number(number) => number.as_i64().map_or_else(|| Document::Float(number.as_f64().unwrap_or(0.0)), Document::Int),
        Value::String(text) => Document::Text(text.clone()),
        Value::Array(items) => Document::list(items.iter().map(from_json)),
        Value::Object(members) => Document::Map(members.iter().map(|(name, value)| (name.clone(), from_json(value))).collect()),
    }
}

/// The document a text holds, if it is JSON.
pub(crate) fn parse(text: &str) -> Option<Document> {
    serde_json::from_str(text).ok().map(|value| from_json(&value))
}

pub(crate) fn text(document: &Document) -> String {
    to_json(document).to_string()
}
