//! XML, in and out. Attributes say nothing in AWS's requests and are passed over; document types and entities of their own are refused.

use std::fmt::Write;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

use super::errors::Trouble;
use super::limits::Budget;
use crate::base64;
use crate::document::Document;

/// An element that has begun.
#[derive(Default)]
struct Open {
    name: String,
    text: String,
    children: Vec<(String, Document)>,
}

/// Reads one element: its name, and what it holds. Repeated children become a list.
pub(super) fn parse(bytes: &[u8]) -> Result<(String, Document), Trouble> {
    let text = std::str::from_utf8(bytes).map_err(|_| broken("it is not UTF-8"))?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim());
    reader.config_mut().expand_empty_elements = true;
    let mut budget = Budget::default();
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().map_err(|error| broken(&error.to_string()))? {
            Event::Start(start) => {
                if root.is_some() {
                    return Err(broken("it has two roots"));
                }
                budget.take(open.len()).map_err(|_| broken("it is too long or too deep"))?;
                let name = start.local_name().as_ref().to_owned();
                open.push(Open { name: text_of(name), ..Open::default() });
            }
            Event::End(_) => {
                let Some(done) = open.pop() else { return Err(broken("an element ends that never began")) };
                let (name, value) = done.closed();
                match open.last_mut() {
                    Some(parent) => parent.children.push((name, value)),
                    None => root = Some((name, value)),
                }
            }
            Event::Text(piece) => match open.last_mut() {
                Some(parent) => parent.text.push_str(&piece.xml10_content()),
                None if piece.xml10_content().trim().is_empty() => {}
                None => return Err(broken("it has text outside its root")),
            },
            Event::CData(piece) => match open.last_mut() {
                Some(parent) => parent.text.push_str(&piece.xml10_content()),
                None => return Err(broken("it has text outside its root")),
            },
            Event::GeneralRef(reference) => match open.last_mut() {
                Some(parent) => parent.text.push(referred(&reference)?),
                None => return Err(broken("it has text outside its root")),
            },
            Event::DocType(_) => return Err(broken("it has a document type")),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if open.is_empty() => return root.ok_or_else(|| broken("it is empty")),
            Event::Eof => return Err(broken("it ends too early")),
        }
    }
}

impl Open {
    fn closed(self) -> (String, Document) {
        if self.children.is_empty() {
            return (self.name, Document::Text(self.text));
        }
        (self.name, Document::Map(gathered(self.children)))
    }
}

/// Children of the same name as one list, where the first of them stood.
fn gathered(children: Vec<(String, Document)>) -> Vec<(String, Document)> {
    let mut places = std::collections::BTreeMap::new();
    let mut groups: Vec<(String, Vec<Document>)> = Vec::new();
    for (name, value) in children {
        let place = *places.entry(name.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, values)) => values.push(value),
            None => groups.push((name, vec![value])),
        }
    }
    let one_or_list = |(name, mut values): (String, Vec<Document>)| match values.pop() {
        Some(one) if values.is_empty() => (name, one),
        Some(last) => {
            values.push(last);
            (name, Document::flat(values))
        }
        None => (name, Document::Null),
    };
    groups.into_iter().map(one_or_list).collect()
}

fn referred(reference: &BytesRef<'_>) -> Result<char, Trouble> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| broken(&error.to_string()))? {
        return Ok(character);
    }
    match reference.xml10_content().as_ref() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(broken("it refers to an entity of its own")),
    }
}

fn text_of(name: impl Into<String>) -> String {
    name.into()
}

fn broken(why: &str) -> Trouble {
    Trouble::Malformed(format!("The XML you provided was not well-formed: {why}"))
}

/// Writes one document with its declaration; `namespace` may be empty.
pub(super) fn write(root: &str, namespace: &str, content: &Document) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<");
    name(&mut out, root);
    if !namespace.is_empty() {
        out.push_str(" xmlns=\"");
        text(&mut out, namespace);
        out.push('"');
    }
    out.push('>');
    inside(&mut out, content);
    out.push_str("</");
    name(&mut out, root);
    out.push('>');
    out
}

fn element(out: &mut String, called: &str, value: &Document) {
    match value {
        Document::Null => {}
        Document::List { flat: true, items, .. } => items.iter().for_each(|item| element(out, called, item)),
        _ => {
            out.push('<');
            name(out, called);
            out.push('>');
            inside(out, value);
            out.push_str("</");
            name(out, called);
            out.push('>');
        }
    }
}

fn inside(out: &mut String, value: &Document) {
    // Writing to a String cannot fail.
    let _ = match value {
        Document::Null => Ok(()),
        Document::Bool(yes) => write!(out, "{yes}"),
        Document::Int(number) => write!(out, "{number}"),
        Document::Float(number) => write!(out, "{number}"),
        Document::Time(instant) => write!(out, "{instant}"),
        Document::Blob(bytes) => {
            out.push_str(&base64::encode(bytes));
            Ok(())
        }
        Document::Text(content) => {
            text(out, content);
            Ok(())
        }
        Document::List { item, items, .. } => {
            items.iter().for_each(|entry| element(out, item, entry));
            Ok(())
        }
        Document::Map(members) => {
            members.iter().for_each(|(called, member)| element(out, called, member));
            Ok(())
        }
    };
}

/// Text as XML can hold it: marks are escaped, and what XML 1.0 has no way to say becomes the replacement character.
fn text(out: &mut String, content: &str) {
    for character in content.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(character),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
}

/// A name that cannot break out of its tag, whatever it came from.
fn name(out: &mut String, called: &str) {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    out.extend(called.chars().map(|c| if fits(c) { c } else { '_' }));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::doc;
    use crate::wire::tests::documents;

    #[test]
    fn lists_are_wrapped_or_flat() {
        let body = doc! { "DBInstances": Document::list_of("DBInstance", [doc! { "Port": 1 }]), "Version": Document::flat(["a", "b"]) };
        let written = write("Root", "http://x/", &body);
        let expected = "<Root xmlns=\"http://x/\"><DBInstances><DBInstance><Port>1</Port></DBInstance></DBInstances>\
                        <Version>a</Version><Version>b</Version></Root>";
        assert_eq!(written.split_once('\n').unwrap().1, expected);
    }

    #[test]
    fn one_child_and_many_are_both_items() {
        let (root, one) = parse(b"<r xmlns='u'><Rules><Rule><ID>a</ID></Rule></Rules></r>").unwrap();
        assert_eq!((root.as_str(), one.items("Rules", "Rule").len()), ("r", 1));
        let (_, two) = parse(b"<?xml version='1.0'?><r><Rules><Rule/>\n <Rule>x</Rule></Rules></r>").unwrap();
        assert_eq!(two.items("Rules", "Rule"), [&Document::from(""), &Document::from("x")]);
        let (_, flat) = parse(b"<r><Rule><ID>a</ID></Rule><Other>1</Other><Rule><ID>b</ID></Rule></r>").unwrap();
        assert_eq!(flat.items("Rule", "member").len(), 2);
    }

    #[test]
    fn references_are_resolved_and_foreign_ones_refused() {
        let (_, document) = parse("<r>a &lt;&amp;&#65;&#x42; <![CDATA[<c>]]></r>".as_bytes()).unwrap();
        assert_eq!(document, Document::from("a <&AB <c>"));
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        let bomb = "<!DOCTYPE r [<!ENTITY a 'b'>]><r>&a;</r>";
        for xml in ["", "<r>", "<r></q>", "<r/><r/>", "x", "<r>&mine;</r>", "<r>&#0;</r>", "<r></r>x", bomb, &deep] {
            assert!(matches!(parse(xml.as_bytes()), Err(Trouble::Malformed(_))), "{xml:.40}");
        }
    }

    #[test]
    fn nothing_breaks_out_of_an_element() {
        let written = write("r", "", &Document::Map(vec![("a><b".to_owned(), "\u{1b}[31m</r>".into())]));
        assert!(written.ends_with("<r><a__b>\u{fffd}[31m&lt;/r&gt;</a__b></r>"), "{written}");
    }

    /// What is left of a document after XML: everything is text, and a list of one or none is not told from its item.
    fn plain(document: &Document) -> Document {
        match document {
            Document::Map(members) => {
                let members: Vec<_> = members.iter().filter_map(|(name, value)| one(name, value)).collect();
                if members.is_empty() { "".into() } else { Document::Map(members) }
            }
            Document::List { item, items, .. } => {
                let items: Vec<_> = items.iter().filter(|item| **item != Document::Null).map(plain).collect();
                match items.len() {
                    0 => "".into(),
                    1 => Document::Map(vec![((*item).to_owned(), items[0].clone())]),
                    _ => Document::Map(vec![((*item).to_owned(), Document::flat(items))]),
                }
            }
            Document::Text(text) => text.clone().into(),
            Document::Null => "".into(),
            scalar => {
                let mut out = String::new();
                inside(&mut out, scalar);
                out.into()
            }
        }
    }

    fn one(name: &str, value: &Document) -> Option<(String, Document)> {
        (*value != Document::Null).then(|| (name.to_owned(), plain(value)))
    }

    proptest! {
        #[test]
        fn documents_survive_a_round_trip(document in documents()) {
            let (root, read) = parse(write("Root", "", &document).as_bytes()).unwrap();
            prop_assert_eq!(root, "Root");
            prop_assert_eq!(read, plain(&document));
        }

        #[test]
        fn any_text_is_xml_or_a_trouble(text in "(<[a-c/!?]{0,3}>|[ -~]|&[a-z#0-9]{0,4};|\\PC){0,60}") {
            let _ = parse(text.as_bytes());
        }

        #[test]
        fn any_bytes_are_xml_or_a_trouble(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = parse(&bytes);
        }
    }
}
