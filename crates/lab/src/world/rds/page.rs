//! `MaxRecords`, `Marker` and `Filters`, which all of RDS's lists share.

use super::arn::{invalid, name_of};
use crate::document::Document;
use crate::world::{ApiError, pages};

/// The part of `rows` (sorted by key) that the request asks for, and the marker of the next part.
pub(super) fn page<T>(input: &Document, rows: Vec<(String, T)>) -> Result<(Vec<T>, Option<String>), ApiError> {
    let most = input.int("MaxRecords")?.unwrap_or(100);
    if !(20..=100).contains(&most) {
        return Err(invalid(format!("Invalid value {most} for MaxRecords. Must be between 20 and 100")));
    }
    let marker = input.text("Marker")?.filter(|marker| !marker.is_empty());
    let page = pages::page("rds", rows, |(key, _)| key.clone(), marker, usize::try_from(most).unwrap_or(100));
    let (part, next) = page.ok_or_else(|| invalid("The request contains an invalid marker"))?;
    Ok((part.into_iter().map(|(_, row)| row).collect(), next))
}

/// The answer of a list operation.
pub(super) fn listing(name: &'static str, item: &'static str, items: Vec<Document>, marker: Option<String>) -> Document {
    let mut body = Document::Map(vec![(name.to_owned(), Document::list_of(item, items))]);
    if let Some(marker) = marker {
        body.set("Marker", marker);
    }
    body
}

/// What a request filters by.
pub(super) struct Filters(Vec<(String, Vec<String>)>);

impl Filters {
    pub(super) fn read(input: &Document, supported: &[&str]) -> Result<Self, ApiError> {
        let mut filters = Vec::new();
        for filter in input.items("Filters", "Filter") {
            let name = filter.need("Name")?;
            if !supported.contains(&name) {
                return Err(invalid(format!("Unrecognized filter name: {name}")));
            }
            let values: Vec<String> = filter.texts("Values", "Value").into_iter().map(ToOwned::to_owned).collect();
            if values.is_empty() {
                return Err(invalid(format!("The filter {name} must have at least one value")));
            }
            filters.push((name.to_owned(), values));
        }
        Ok(Self(filters))
    }

    /// Whether something whose attribute `name` is `value` passes; identifiers may be given as ARNs.
    pub(super) fn pass(&self, name: &str, value: &str) -> bool {
        self.0.iter().filter(|(filter, _)| filter == name).all(|(_, values)| values.iter().any(|v| v == value || name_of(v) == value))
    }

    pub(super) fn pass_any(&self, name: &str, mut has: impl FnMut(&str) -> bool) -> bool {
        self.0.iter().filter(|(filter, _)| filter == name).all(|(_, values)| values.iter().any(|v| has(v)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc;

    #[test]
    fn pages_cover_everything_once() {
        let rows = |n: usize| (0..n).map(|i| (format!("db-{i:03}"), i)).collect::<Vec<_>>();
        let (mut seen, mut marker) = (Vec::new(), None);
        loop {
            let (part, next) = page(&doc! { "MaxRecords": "20", "Marker": marker.clone() }, rows(45)).unwrap();
            seen.extend(part);
            marker = next;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, (0..45).collect::<Vec<_>>());
    }

    #[test]
    fn bad_pages_are_refused() {
        assert_eq!(page::<()>(&doc! { "MaxRecords": 10 }, vec![]).unwrap_err().code, "InvalidParameterValue");
        assert_eq!(page::<()>(&doc! { "Marker": "zz" }, vec![]).unwrap_err().code, "InvalidParameterValue");
        let filters =
            doc! { "Filters": Document::list_of("Filter", [doc! { "Name": "colour", "Values": Document::list_of("Value", ["red"]) }]) };
        assert!(Filters::read(&filters, &["engine"]).is_err());
    }
}
