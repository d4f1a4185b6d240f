//! Attribute values: `{"S": "…"}`, `{"N": "1"}`, … as documents, checked and brought to one form on their way in.

use std::cmp::Ordering;

use super::number::{NotANumber, Number};
use crate::doc;
use crate::document::Document;
use crate::world::ApiError;

/// Deeper than this, DynamoDB refuses a document.
const DEEPEST: usize = 32;

/// What may be a key, in the order in which a range is sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyValue {
    Number(Number),
    Text(String),
    Binary(Vec<u8>),
}

#[cfg(test)]
pub(super) fn text(text: impl Into<String>) -> Document {
    doc! { "S": text.into() }
}

pub(super) fn number(number: Number) -> Document {
    doc! { "N": number.to_string() }
}

/// The type's letters and what it holds.
pub(super) fn parts(value: &Document) -> (&str, &Document) {
    match value {
        Document::Map(members) => members.first().map_or(("", &Document::Null), |(kind, inner)| (kind.as_str(), inner)),
        _ => ("", &Document::Null),
    }
}

pub(super) fn as_number(value: &Document) -> Option<Number> {
    match parts(value) {
        ("N", inner) => Number::parse(inner.as_text()?).ok(),
        _ => None,
    }
}

pub(super) fn as_str(value: &Document) -> Option<&str> {
    match parts(value) {
        ("S", inner) => inner.as_text(),
        _ => None,
    }
}

/// Bytes as they came: base64 text in JSON, a blob where the protocol has one.
fn bytes(inner: &Document) -> Option<Vec<u8>> {
    match inner {
        Document::Blob(bytes) => Some(bytes.clone()),
        Document::Text(text) => crate::base64::decode(text),
        _ => None,
    }
}

pub(super) fn key_value(value: &Document) -> Option<KeyValue> {
    match parts(value) {
        ("N", inner) => Some(KeyValue::Number(Number::parse(inner.as_text()?).ok()?)),
        ("S", inner) => Some(KeyValue::Text(inner.as_text()?.to_owned())),
        ("B", inner) => Some(KeyValue::Binary(bytes(inner)?)),
        _ => None,
    }
}

/// Checks a value and brings its numbers to one form.
pub(super) fn checked(value: &Document) -> Result<Document, ApiError> {
    checked_within(value, DEEPEST)
}

/// The same for each attribute of an item or a key.
pub(super) fn checked_item(item: &Document) -> Result<Document, ApiError> {
    let Document::Map(members) = item else { return Err(ApiError::validation("An item must be a map of attribute values")) };
    members.iter().map(|(name, value)| Ok((name.clone(), checked(value)?))).collect::<Result<_, ApiError>>().map(Document::Map)
}

fn checked_within(value: &Document, depth: usize) -> Result<Document, ApiError> {
    if depth == 0 {
        return Err(ApiError::validation("Nesting Levels have exceeded supported limits"));
    }
    let Document::Map(members) = value else { return Err(wrong_type()) };
    let [(kind, inner)] = members.as_slice() else {
        return Err(ApiError::validation(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
        ));
    };
    let wrong_number = |error: NotANumber| ApiError::validation(error.0);
    let inner = match kind.as_str() {
        "S" if inner.as_text().is_some() => inner.clone(),
        "N" => Number::parse(inner.as_text().ok_or_else(wrong_type)?).map_err(wrong_number)?.to_string().into(),
        "B" if bytes(inner).is_some() => inner.clone(),
        "BOOL" if inner.as_bool().is_some() => inner.clone(),
        "NULL" if inner.as_bool() == Some(true) => inner.clone(),
        "M" => match inner {
            Document::Map(members) => {
                Document::Map(members.iter().map(|(name, value)| Ok((name.clone(), checked_within(value, depth - 1)?))).collect::<Result<
                    _,
                    ApiError,
                >>(
                )?)
            }
            _ => return Err(wrong_type()),
        },
        "L" => match inner {
            Document::List { items, .. } => {
                Document::list(items.iter().map(|value| checked_within(value, depth - 1)).collect::<Result<Vec<_>, _>>()?)
            }
            _ => return Err(wrong_type()),
        },
        "SS" | "NS" | "BS" => checked_set(kind, inner)?,
        _ => return Err(wrong_type()),
    };
    Ok(Document::Map(vec![(kind.clone(), inner)]))
}

fn checked_set(kind: &str, inner: &Document) -> Result<Document, ApiError> {
    let invalid = |why: &str| ApiError::validation(format!("One or more parameter values were invalid: {why}"));
    let Document::List { items, .. } = inner else { return Err(wrong_type()) };
    if items.is_empty() {
        return Err(invalid("An set may not be empty"));
    }
    let mut kept: Vec<Document> = Vec::with_capacity(items.len());
    for entry in items {
        let entry = match kind {
            "NS" => {
                Number::parse(entry.as_text().ok_or_else(wrong_type)?).map_err(|error| ApiError::validation(error.0))?.to_string().into()
            }
            "SS" if entry.as_text().is_some() => entry.clone(),
            "BS" if bytes(entry).is_some() => entry.clone(),
            _ => return Err(wrong_type()),
        };
        if kept.contains(&entry) {
            return Err(invalid("Input collection contains duplicates."));
        }
        kept.push(entry);
    }
    Ok(Document::list(kept))
}

fn wrong_type() -> ApiError {
    ApiError::validation("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
}

/// Whether two values are equal: of one type, sets and maps in any order.
pub(super) fn same(left: &Document, right: &Document) -> bool {
    let ((left_kind, left), (right_kind, right)) = (parts(left), parts(right));
    left_kind == right_kind
        && match (left_kind, left, right) {
            ("M", Document::Map(a), Document::Map(b)) => {
                a.len() == b.len() && a.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
            }
            ("L", Document::List { items: a, .. }, Document::List { items: b, .. }) => {
                a.len() == b.len() && a.iter().zip(b).all(|(left, right)| same(left, right))
            }
            ("SS" | "NS" | "BS", Document::List { items: a, .. }, Document::List { items: b, .. }) => {
                a.len() == b.len() && a.iter().all(|entry| b.contains(entry))
            }
            ("B", ..) => bytes(left) == bytes(right),
            _ => left == right,
        }
}

/// The order of two numbers, two texts or two binaries; nothing else has one.
pub(super) fn order(left: &Document, right: &Document) -> Option<Ordering> {
    match (key_value(left)?, key_value(right)?) {
        (KeyValue::Number(a), KeyValue::Number(b)) => Some(a.cmp(&b)),
        (KeyValue::Text(a), KeyValue::Text(b)) => Some(a.cmp(&b)),
        (KeyValue::Binary(a), KeyValue::Binary(b)) => Some(a.cmp(&b)),
        _ => None,
    }
}

pub(super) fn begins_with(value: &Document, prefix: &Document) -> bool {
    match (key_value(value), key_value(prefix)) {
        (Some(KeyValue::Text(value)), Some(KeyValue::Text(prefix))) => value.starts_with(&prefix),
        (Some(KeyValue::Binary(value)), Some(KeyValue::Binary(prefix))) => value.starts_with(&prefix),
        _ => false,
    }
}

/// A text in a text, an entry in a set, a value in a list.
pub(super) fn contains(value: &Document, sought: &Document) -> bool {
    let (sought_kind, sought_inner) = parts(sought);
    match (parts(value), sought_kind) {
        (("S", whole), "S") => whole.as_text().zip(sought_inner.as_text()).is_some_and(|(whole, part)| whole.contains(part)),
        (("B", whole), "B") => bytes(whole)
            .zip(bytes(sought_inner))
            .is_some_and(|(whole, part)| part.is_empty() || whole.windows(part.len()).any(|window| window == part.as_slice())),
        (("SS", Document::List { items, .. }), "S")
        | (("NS", Document::List { items, .. }), "N")
        | (("BS", Document::List { items, .. }), "B") => items.contains(sought_inner),
        (("L", Document::List { items, .. }), _) => items.iter().any(|entry| same(entry, sought)),
        _ => false,
    }
}

/// What `size(…)` says: bytes of a text or binary, entries of the rest.
pub(super) fn size(value: &Document) -> Option<usize> {
    match parts(value) {
        ("S", inner) => inner.as_text().map(str::len),
        ("B", inner) => bytes(inner).map(|bytes| bytes.len()),
        (_, Document::List { items, .. }) => Some(items.len()),
        ("M", Document::Map(members)) => Some(members.len()),
        _ => None,
    }
}

/// How many bytes an item counts for, names and values.
pub(super) fn weight(item: &Document) -> usize {
    match item {
        Document::Map(members) => members.iter().map(|(name, value)| name.len() + weight_of_value(value)).sum(),
        _ => 0,
    }
}

fn weight_of_value(value: &Document) -> usize {
    match parts(value) {
        ("S", inner) => inner.as_text().map_or(0, str::len),
        ("N", inner) => inner.as_text().map_or(0, |digits| digits.len() / 2 + 2),
        ("B", inner) => bytes(inner).map_or(0, |bytes| bytes.len()),
        ("BOOL" | "NULL", _) => 1,
        ("M", inner) => 3 + weight(inner),
        ("L", Document::List { items, .. }) => 3 + items.iter().map(|value| 1 + weight_of_value(value)).sum::<usize>(),
        (_, Document::List { items, .. }) => items.iter().filter_map(Document::as_text).map(str::len).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_brought_to_one_form_and_nonsense_is_refused() {
        assert_eq!(checked(&doc! { "N": "1.50" }).unwrap(), doc! { "N": "1.5" });
        for wrong in [doc! { "N": "one" }, doc! { "S": 1 }, doc! {}, doc! { "X": "y" }, doc! { "S": "a", "N": "1" }, Document::Null] {
            assert!(checked(&wrong).is_err(), "{wrong:?}");
        }
        assert!(checked(&doc! { "SS": Document::list(["a", "a"]) }).is_err());
    }

    #[test]
    fn depth_is_bounded() {
        let mut value = text("x");
        for _ in 0..40 {
            value = doc! { "L": Document::list([value]) };
        }
        assert!(checked(&value).is_err());
    }

    #[test]
    fn sets_and_maps_are_equal_in_any_order() {
        assert!(same(&doc! { "SS": Document::list(["a", "b"]) }, &doc! { "SS": Document::list(["b", "a"]) }));
        let (left, right) = (doc! { "M": doc! { "a": text("1"), "b": text("2") } }, doc! { "M": doc! { "b": text("2"), "a": text("1") } });
        assert!(same(&left, &right));
        assert!(!same(&text("1"), &doc! { "N": "1" }));
    }

    #[test]
    fn numbers_sort_as_numbers() {
        assert_eq!(order(&doc! { "N": "9" }, &doc! { "N": "10" }), Some(Ordering::Less));
        assert_eq!(order(&text("9"), &text("10")), Some(Ordering::Greater));
        assert_eq!(order(&text("9"), &doc! { "N": "10" }), None);
    }
}
