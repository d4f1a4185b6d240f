//! A table and a few of its items, as text.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use drlab_core::domain::fact::Table;
use drlab_core::domain::{self, Kind, Region, Subject, Trouble};

use super::Findings;
use super::answers::{existing, serious, text};
use crate::aws::RegionClients;

const ABSENT: &[&str] = &["ResourceNotFoundException"];
/// An item may be 400 kB; what is looked at of it is not.
const LONGEST: usize = 300;
const ATTRIBUTES: usize = 40;
const DEEPEST: usize = 4;

pub(super) async fn table(region: &RegionClients, at: &Region, name: &str) -> Result<Findings, Trouble> {
    let (described, items) = tokio::join!(
        region.dynamodb.describe_table().table_name(name).send(),
        region.dynamodb.scan().table_name(name).limit(i32::from(Table::ITEMS)).send(),
    );
    let described = existing(described.map_err(|error| serious(&error, ABSENT)))?.and_then(|answer| answer.table);
    let Some(found) = described else { return Ok(Findings::new()) };
    let items = existing(items.map_err(|error| serious(&error, ABSENT)))?.and_then(|page| page.items).unwrap_or_default();
    let table = Table {
        name: name.to_owned(),
        status: text(found.table_status().map(|status| status.as_str())),
        items: items.into_iter().take(usize::from(Table::ITEMS)).map(|item| in_order(item).take(ATTRIBUTES).collect()).collect(),
    };
    Ok(Findings::from([(Subject::new(Kind::Table, at, name), table.into())]))
}

fn in_order(item: impl IntoIterator<Item = (String, AttributeValue)>) -> impl Iterator<Item = (String, String)> {
    let sorted: BTreeMap<String, AttributeValue> = item.into_iter().collect();
    sorted.into_iter().map(|(name, value)| (cut(&name), cut(&told(&value, DEEPEST))))
}

fn cut(text: &str) -> String {
    let mut kept = domain::cut(text, LONGEST).to_owned();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

fn told(value: &AttributeValue, deeper: usize) -> String {
    let list = |items: &[String]| format!("[{}]", items.join(", "));
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.clone(),
        AttributeValue::Bool(yes) => yes.to_string(),
        AttributeValue::Null(_) => "null".to_owned(),
        AttributeValue::B(bytes) => format!("{} bytes", bytes.as_ref().len()),
        AttributeValue::Bs(all) => format!("{} binary values", all.len()),
        AttributeValue::Ss(all) | AttributeValue::Ns(all) => list(all),
        AttributeValue::L(_) | AttributeValue::M(_) if deeper == 0 => "…".to_owned(),
        AttributeValue::L(all) => list(&all.iter().map(|value| told(value, deeper - 1)).collect::<Vec<_>>()),
        AttributeValue::M(map) => {
            let sorted: BTreeMap<&String, &AttributeValue> = map.iter().collect();
            let told = sorted.into_iter().map(|(name, value)| format!("{name}: {}", told(value, deeper - 1)));
            format!("{{{}}}", told.collect::<Vec<_>>().join(", "))
        }
        _ => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_in_an_item_is_a_short_text() {
        let nested =
            AttributeValue::M([("b".to_owned(), AttributeValue::N("2".to_owned())), ("a".to_owned(), AttributeValue::Null(true))].into());
        assert_eq!(told(&nested, DEEPEST), "{a: null, b: 2}");
        let deep = (0..50).fold(AttributeValue::Bool(true), |inner, _| AttributeValue::L(vec![inner]));
        assert_eq!(told(&deep, DEEPEST), "[[[[…]]]]");
        let long = AttributeValue::S("x".repeat(400_000));
        let item: Vec<_> = in_order([("k".to_owned(), long)]).collect();
        assert_eq!(item[0].1.chars().count(), LONGEST + 1);
    }
}
