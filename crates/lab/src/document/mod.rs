//! What an operation takes and returns, before any protocol has dressed it: one tree for XML, JSON, CBOR and forms.

mod error;

use drlab_core::domain::Timestamp;

pub use error::ApiError;

/// A value between a protocol and an operation. Members keep their order, because AWS's XML has one.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Document {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Blob(Vec<u8>),
    Time(Timestamp),
    /// `item` is the element each entry is wrapped in by XML (`member` unless the service says otherwise); JSON and CBOR do not show it.
    List {
        item: &'static str,
        flat: bool,
        items: Vec<Document>,
    },
    Map(Vec<(String, Document)>),
}

/// Builds a `Document::Map`; members whose value is `None` (or `Document::Null`) are left out, as AWS leaves them out.
///
/// ```
/// use drlab_lab::{doc, document::Document};
/// let endpoint = doc! { "Address": "db.example", "Port": 5432, "HostedZoneId": None::<&str> };
/// assert_eq!(endpoint, Document::Map(vec![("Address".into(), "db.example".into()), ("Port".into(), 5432.into())]));
/// ```
#[macro_export]
macro_rules! doc {
    ($($name:literal : $value:expr),* $(,)?) => {{
        #[allow(unused_mut, clippy::allow_attributes, reason = "an empty document has no members to push")]
        let mut members: Vec<(String, $crate::document::Document)> = Vec::new();
        $(
            let value = $crate::document::Document::from($value);
            if value != $crate::document::Document::Null {
                members.push(($name.to_owned(), value));
            }
        )*
        $crate::document::Document::Map(members)
    }};
}

impl Document {
    /// A list whose XML entries are called `member`.
    pub fn list<T: Into<Document>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::list_of("member", items)
    }

    /// A list whose XML entries have a name of their own, such as `DBInstance`.
    pub fn list_of<T: Into<Document>>(item: &'static str, items: impl IntoIterator<Item = T>) -> Self {
        Self::List { item, flat: false, items: items.into_iter().map(Into::into).collect() }
    }

    /// A list that XML writes without a wrapper: the member's own name is repeated for each entry.
    pub fn flat<T: Into<Document>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List { item: "member", flat: true, items: items.into_iter().map(Into::into).collect() }
    }

    pub fn get(&self, name: &str) -> Option<&Document> {
        match self {
            Self::Map(members) => members.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Adds or replaces a member. Nothing happens to what is not a map.
    pub fn set(&mut self, name: &str, value: impl Into<Document>) {
        if let Self::Map(members) = self {
            let value = value.into();
            match members.iter_mut().find(|(key, _)| key == name) {
                Some((_, old)) => *old = value,
                None => members.push((name.to_owned(), value)),
            }
        }
    }

    /// This value as text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// This value as a whole number; forms and XML carry numbers as text.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            #[expect(clippy::cast_possible_truncation, reason = "only whole floats within 53 bits are taken")]
            Self::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Float(number) => Some(*number),
            #[expect(clippy::cast_precision_loss, reason = "AWS's numbers are doubles")]
            Self::Int(number) => Some(*number as f64),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(yes) => Some(*yes),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// This value as an instant: RFC 3339 text, or seconds since the epoch as JSON tells them.
    pub fn as_time(&self) -> Option<Timestamp> {
        match self {
            Self::Time(instant) => Some(*instant),
            Self::Text(text) => Timestamp::parse(text.trim()).or_else(|| seconds(text.trim().parse().ok()?)),
            Self::Int(secs) => Some(Timestamp::from_secs(*secs)),
            Self::Float(secs) => seconds(*secs),
            _ => None,
        }
    }

    /// The member `name` as text: `None` when absent, `ApiError::validation` when it is something else.
    pub fn text(&self, name: &str) -> Result<Option<&str>, ApiError> {
        self.typed(name, "a string", Self::as_text)
    }

    pub fn int(&self, name: &str) -> Result<Option<i64>, ApiError> {
        self.typed(name, "an integer", Self::as_int)
    }

    pub fn float(&self, name: &str) -> Result<Option<f64>, ApiError> {
        self.typed(name, "a number", Self::as_float)
    }

    pub fn bool(&self, name: &str) -> Result<Option<bool>, ApiError> {
        self.typed(name, "a boolean", Self::as_bool)
    }

    pub fn time(&self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        self.typed(name, "a timestamp", Self::as_time)
    }

    /// The member `name` as text, which the caller must have given.
    pub fn need(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name)?.ok_or_else(|| ApiError::missing(name))
    }

    /// The entries of the list `name`, whose XML entries are called `item`; an absent list is an empty one.
    /// Forms and XML cannot tell a list of one from a structure, so the item's name decides.
    pub fn items(&self, name: &str, item: &str) -> Vec<&Document> {
        match self.get(name) {
            None | Some(Self::Null) => Vec::new(),
            Some(Self::List { items, .. }) => items.iter().collect(),
            Some(Self::Text(text)) if text.trim().is_empty() => Vec::new(),
            Some(wrapper @ Self::Map(_)) => match wrapper.get(item) {
                Some(Self::List { items, .. }) => items.iter().collect(),
                Some(one) => vec![one],
                None => vec![wrapper],
            },
            Some(one) => vec![one],
        }
    }

    /// The entries of the list `name` that are text.
    pub fn texts(&self, name: &str, item: &str) -> Vec<&str> {
        self.items(name, item).into_iter().filter_map(Self::as_text).collect()
    }

    /// The members of the map `name`, such as tags or attribute values.
    pub fn members(&self, name: &str) -> &[(String, Document)] {
        match self.get(name) {
            Some(Self::Map(members)) => members,
            _ => &[],
        }
    }

    fn typed<'d, T>(&'d self, name: &str, kind: &str, read: impl Fn(&'d Document) -> Option<T>) -> Result<Option<T>, ApiError> {
        match self.get(name) {
            None | Some(Self::Null) => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| ApiError::validation(format!("{name} must be {kind}"))),
        }
    }
}

fn seconds(secs: f64) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    (secs.abs() < 9e12).then(|| Timestamp::from_millis((secs * 1000.0).round() as i64))
}

impl From<&str> for Document {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Document {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Document {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<bool> for Document {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<i32> for Document {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<u32> for Document {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<i64> for Document {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<usize> for Document {
    fn from(number: usize) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u64> for Document {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Document {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<Timestamp> for Document {
    fn from(instant: Timestamp) -> Self {
        Self::Time(instant)
    }
}

impl<T: Into<Document>> From<Option<T>> for Document {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_one_is_a_list_however_it_came() {
        let json = doc! { "Filters": Document::list([doc! { "Name": "a" }]) };
        let xml = doc! { "Filters": doc! { "Filter": doc! { "Name": "a" } } };
        let form = doc! { "Filters": doc! { "Filter": Document::list([doc! { "Name": "a" }]) } };
        for input in [json, xml, form] {
            assert_eq!(input.items("Filters", "Filter"), vec![&doc! { "Name": "a" }]);
        }
        assert!(Document::Null.items("Filters", "Filter").is_empty());
    }

    #[test]
    fn numbers_come_as_text_too_and_wrong_types_are_said() {
        let form = doc! { "MaxRecords": "20", "Port": "many" };
        assert_eq!(form.int("MaxRecords").unwrap(), Some(20));
        assert_eq!(form.int("Port").unwrap_err().message, "Port must be an integer");
        assert_eq!(form.int("Absent").unwrap(), None);
    }
}
