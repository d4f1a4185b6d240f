//! The query protocol: a form in, an XML envelope out.

use std::collections::BTreeMap;

use super::errors::Trouble;
use super::http::pairs;
use super::limits::{Budget, MAX_DEPTH};
use super::services::Dialect;
use super::{Asked, HttpRequest, HttpResponse, body, object, xml};
use crate::document::Document;
use crate::world::Reply;

/// A form's names as the tree they spell. `A.B.1.C` is four levels deep.
enum Node {
    Leaf(String),
    Branch(BTreeMap<String, Node>),
}

pub(super) fn read(request: &HttpRequest) -> Result<Asked, Trouble> {
    let plain = body::plain(request)?;
    let text = std::str::from_utf8(&plain.bytes).map_err(|_| broken("The query string is not UTF-8."))?;
    let mut input = form(if text.is_empty() { &request.query } else { text })?;
    let operation = input.get("Action").and_then(Document::as_text).unwrap_or_default().to_owned();
    if operation.is_empty() {
        return Err(Trouble::UnknownOperation("Could not find an Action in the request.".to_owned()));
    }
    if let Document::Map(members) = &mut input {
        members.retain(|(name, _)| name != "Action" && name != "Version");
    }
    Ok(Asked { operation, input, payload: bytes::Bytes::new(), route: None })
}

pub(super) fn dressed(dialect: &Dialect, operation: &str, mut reply: Reply, id: &str) -> HttpResponse {
    // The result must come first: the SDK reads no further than it has to.
    let envelope = Document::Map(vec![
        (format!("{operation}Result"), object(std::mem::take(&mut reply.body))),
        ("ResponseMetadata".to_owned(), Document::Map(vec![("RequestId".to_owned(), id.into())])),
    ]);
    let body = xml::write(&format!("{operation}Response"), dialect.namespace, &envelope);
    let mut response = HttpResponse::new(reply.status.unwrap_or(200), "text/xml", body);
    response.headers_of(&reply.headers, &reply.named_headers);
    response
}

/// Reads a form into the document it spells.
pub(super) fn form(text: &str) -> Result<Document, Trouble> {
    let mut root = BTreeMap::new();
    let mut budget = Budget::default();
    for pair in pairs(text) {
        let (name, value) = pair.ok_or_else(|| broken("The query string holds a broken escape."))?;
        let depth = name.matches('.').count() + 1;
        budget.take(depth).map_err(|_| broken("The query string is too long or too deep."))?;
        if name.is_empty() || depth > MAX_DEPTH {
            return Err(broken("The query string holds a value without a name."));
        }
        plant(&mut root, &name, value.into_owned())?;
    }
    Ok(grown(root))
}

fn plant(branch: &mut BTreeMap<String, Node>, name: &str, value: String) -> Result<(), Trouble> {
    let both = || broken("The query string gives one name a value and members.");
    let Some((head, rest)) = name.split_once('.') else {
        if matches!(branch.insert(name.to_owned(), Node::Leaf(value)), Some(Node::Branch(_))) {
            return Err(both());
        }
        return Ok(());
    };
    match branch.entry(head.to_owned()).or_insert_with(|| Node::Branch(BTreeMap::new())) {
        Node::Branch(below) => plant(below, rest, value),
        Node::Leaf(_) => Err(both()),
    }
}

/// A level of nothing but numbers is a list in their order; `member` is a mere wrapper and leaves with it.
fn grown(branch: BTreeMap<String, Node>) -> Document {
    let numbers: Option<Vec<u64>> = branch.keys().map(|key| key.parse().ok()).collect();
    if let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) {
        let mut numbered: Vec<(u64, Node)> = numbers.into_iter().zip(branch.into_values()).collect();
        numbered.sort_by_key(|(number, _)| *number);
        return Document::list(numbered.into_iter().map(|(_, node)| leaf_or_branch(node)));
    }
    let mut members: Vec<(String, Document)> = branch.into_iter().map(|(name, node)| (name, leaf_or_branch(node))).collect();
    match members.as_slice() {
        [(name, Document::List { .. })] if name == "member" => members.swap_remove(0).1,
        _ => Document::Map(members),
    }
}

fn leaf_or_branch(node: Node) -> Document {
    match node {
        Node::Leaf(text) => Document::Text(text),
        Node::Branch(branch) => grown(branch),
    }
}

fn broken(message: &str) -> Trouble {
    Trouble::Malformed(message.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::doc;

    #[test]
    fn names_spell_lists_and_structures() {
        let text =
            "Filters.Filter.1.Name=db-cluster-id&Filters.Filter.1.Values.Value.2=c2&Filters.Filter.1.Values.Value.1=c1&MaxRecords=100";
        let input = form(text).unwrap();
        let filters = input.items("Filters", "Filter");
        assert_eq!(filters.len(), 1);
        assert_eq!(filters[0].texts("Values", "Value"), ["c1", "c2"]);
        assert_eq!(input.int("MaxRecords").unwrap(), Some(100));
    }

    #[test]
    fn lists_are_in_numeric_order_and_members_have_no_wrapper() {
        let text: String = (1..=12).rev().map(|n| format!("Names.member.{n}=n{n}&")).collect();
        let names = form(&text).unwrap();
        assert_eq!(names.texts("Names", "anything")[8..], ["n9", "n10", "n11", "n12"]);
    }

    #[test]
    fn entries_of_a_map_are_items() {
        let input = form("Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=DR+alarms").unwrap();
        assert_eq!(input.items("Attributes", "entry"), [&doc! { "key": "DisplayName", "value": "DR alarms" }]);
    }

    #[test]
    fn broken_forms_are_said() {
        let deep = vec!["A"; MAX_DEPTH + 1].join(".");
        for text in ["A=%zz", "A=1&A.B=2", "A.B=2&A=1", "=1", &deep] {
            assert!(matches!(form(text), Err(Trouble::Malformed(_))), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_form_or_a_trouble(text in "[ -~]{0,200}") {
            let _ = form(&text);
        }

        #[test]
        fn texts_come_back_in_order(values in prop::collection::vec("[a-z &=.%+]{0,8}", 1..30)) {
            let text: Vec<String> = values.iter().enumerate().map(|(n, value)| {
                let encoded: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
                format!("Ids.Id.{}={encoded}", n + 1)
            }).collect();
            let input = form(&text.join("&")).unwrap();
            prop_assert_eq!(input.texts("Ids", "Id"), values);
        }
    }
}
