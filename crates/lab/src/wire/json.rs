//! JSON: `awsJson1_0`, `awsJson1_1`, and the bodies of REST-JSON.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::errors::Trouble;
use super::limits::Budget;
use super::services::Dialect;
use super::{Asked, HttpRequest, HttpResponse, body, object};
use crate::base64;
use crate::document::Document;
use crate::world::Reply;

pub(super) fn read(dialect: &Dialect, request: &HttpRequest) -> Result<Asked, Trouble> {
    let target = request.header("x-amz-target").unwrap_or_default();
    let (service, operation) = target.rsplit_once('.').unwrap_or(("", target));
    if service != dialect.target || operation.is_empty() {
        let shown: String = target.chars().take(120).collect();
        return Err(Trouble::UnknownOperation(format!("There is no operation {shown} here.")));
    }
    let plain = body::plain(request)?;
    Ok(Asked { operation: operation.to_owned(), input: parse(&plain.bytes)?, payload: bytes::Bytes::new(), route: None })
}

pub(super) fn dressed(mut reply: Reply, request: &HttpRequest) -> HttpResponse {
    let body = object(std::mem::take(&mut reply.body));
    let mut response = HttpResponse::new(reply.status.unwrap_or(200), content_type(request), write(&body));
    response.headers_of(&reply.headers, &reply.named_headers);
    response
}

/// The version of the protocol that was asked in.
pub(super) fn content_type(request: &HttpRequest) -> &'static str {
    let asked = request.header("content-type").unwrap_or_default();
    if asked.starts_with("application/x-amz-json-1.1") { "application/x-amz-json-1.1" } else { "application/x-amz-json-1.0" }
}

/// The members of a body; no body is no members.
pub(super) fn parse(bytes: &[u8]) -> Result<Document, Trouble> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Document::Map(Vec::new()));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mut budget = Budget::default();
    let document = Value { budget: &mut budget, depth: 0 }.deserialize(&mut reader);
    match document.and_then(|document| reader.end().map(|()| document)) {
        Ok(document @ Document::Map(_)) => Ok(document),
        Ok(_) => Err(Trouble::Malformed("The body is not a JSON object.".to_owned())),
        Err(error) => Err(Trouble::Malformed(format!("The body is not JSON: {error}"))),
    }
}

pub(super) fn write(document: &Document) -> String {
    serde_json::to_string(&Written(document)).unwrap_or_default()
}

/// Reads one value, counting it against the budget.
struct Value<'b> {
    budget: &'b mut Budget,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Document;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Document, D::Error> {
        self.budget.take(self.depth).map_err(|_| serde::de::Error::custom("too many values, or too deep"))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Document, E> {
        Ok(Document::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Document, E> {
        Ok(Document::Bool(yes))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Document, E> {
        Ok(Document::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Document, E> {
        #[expect(clippy::cast_precision_loss, reason = "numbers beyond 63 bits are doubles in JSON")]
        Ok(i64::try_from(number).map_or(Document::Float(number as f64), Document::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Document, E> {
        Ok(Document::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Document, E> {
        Ok(Document::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Document, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = entries.next_element_seed(Value { budget: &mut *self.budget, depth: self.depth + 1 })? {
            items.push(item);
        }
        Ok(Document::list(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Document, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = entries.next_key::<String>()? {
            members.push((name, entries.next_value_seed(Value { budget: &mut *self.budget, depth: self.depth + 1 })?));
        }
        Ok(Document::Map(members))
    }
}

struct Written<'d>(&'d Document);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Document::Null => serializer.serialize_unit(),
            Document::Bool(yes) => serializer.serialize_bool(*yes),
            Document::Int(number) => serializer.serialize_i64(*number),
            Document::Float(number) if number.is_finite() => serializer.serialize_f64(*number),
            Document::Float(number) if number.is_nan() => serializer.serialize_str("NaN"),
            Document::Float(number) => serializer.serialize_str(if *number > 0.0 { "Infinity" } else { "-Infinity" }),
            Document::Text(text) => serializer.serialize_str(text),
            Document::Blob(bytes) => serializer.serialize_str(&base64::encode(bytes)),
            Document::Time(instant) => serializer.serialize_f64(instant.secs_f64()),
            Document::List { items, .. } => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Written(item))?;
                }
                list.end()
            }
            Document::Map(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, &Written(value))?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use drlab_core::domain::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::doc;
    use crate::wire::tests::documents;

    #[test]
    fn members_keep_their_order_and_times_are_seconds() {
        let body = doc! { "z": 1, "a": Timestamp::from_millis(1_795_172_551_123), "f": 2.0, "b": Document::Blob(vec![1, 2]) };
        assert_eq!(write(&body), r#"{"z":1,"a":1795172551.123,"f":2.0,"b":"AQI="}"#);
    }

    #[test]
    fn bodies_that_are_no_object_are_said() {
        assert_eq!(parse(b" ").unwrap(), Document::Map(Vec::new()));
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        let many = format!("{{\"a\":[{}1]}}", "1,".repeat(300_000));
        for body in ["[1]", "3", "{\"a\":", "{}{}", "{\"a\":1e999}", &format!("{{\"a\":{deep}}}"), &many] {
            assert!(matches!(parse(body.as_bytes()), Err(Trouble::Malformed(_))), "{:.40}", body);
        }
    }

    proptest! {
        #[test]
        fn documents_survive_a_round_trip(document in documents()) {
            prop_assert_eq!(parse(write(&document).as_bytes()).unwrap(), document);
        }

        #[test]
        fn any_bytes_are_json_or_a_trouble(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
